"""Refunds: asked for, paid, rejected."""

from ledger import money
from ledger.charging.errors import (
    OrderLineMissing,
    RefundAlreadyPaid,
    RefundAlreadyRejected,
    RefundExists,
    RefundMissing,
)
from ledger.charging.event import AmountOfLine, OrderRefunded, RefundPaid, RefundRejected
from ledger.charging.model import Refund
from ledger.charging.moves import Move, Step, make_move
from ledger.charging.notes import write_released
from ledger.charging.order import Order, OrderLine, OrderRefund, RefundLine, status_of
from ledger.charging.refund import check_undisputed, refund_after_split, refund_before_split
from ledger.charging.returning import mirror_taken_back, take_back
from ledger.charging.splitting import split_part
from ledger.charging.standing import count_drawn, forget_unused, read_drawn, reopen, suspend
from ledger.charging.world import World


def refund_order(order: Order, event: OrderRefunded, *, world: World, after: int) -> Step:
    """
    Take goods, and delivery where it is named, back: from the order's funds before the split, from everyone after it.

    Refusals, first match wins: RefundExists; per line OrderLineMissing, those of an amount, RefundExceedsRemaining.
    """
    if event.refund in order.refunds:
        raise RefundExists(field=("refund",), order=order.reference, refund=event.refund)
    lines, parts = dict(order.lines), dict[str, RefundLine]()
    moves: list[Move] = []
    held = order.held
    for index, item in enumerate(event.lines):
        line = get_line(order, item.line, index)
        place = ("lines", str(index))
        goods, delivery = _read_amounts(item, order.currency, place)
        lines[item.line], refund, posted = _refund_line(order, line, goods, delivery, place)
        # The collecting entity's part, where there is one, follows the other.
        entry = after + len(moves) + 1 if posted else None
        moves += posted
        after_it = lines[item.line].suspended or {}
        suspended = tuple(rank for rank, at in (line.suspended or {}).items() if after_it[rank].amount < at.amount)
        parts[item.line] = RefundLine(refund, entry, posted[0].lines if posted else (), suspended)
        if not order.is_split:
            held -= refund.shared + refund.delivery
    payable = sum([part.refund.to_buyer for part in parts.values()])
    sequence = after + len(moves) + 1
    refunds = {**order.refunds, event.refund: OrderRefund(payable, "OPEN", event.reason, sequence, parts)}
    refunded = order._replace(lines=lines, refunds=refunds, held=held)
    facts = {
        "refund": event.refund,
        "amount": money.format_amount(payable, currency=order.currency),
        "status": status_of(refunded),
    }
    return Step(refunded, moves, facts, about=parts)


def pay_refund(order: Order, event: RefundPaid, *, world: World, after: int) -> Step:
    """
    The channel paid: out of frozen money, or out of free money once the payment is unfrozen.

    Refusals, first match wins: RefundMissing, RefundAlreadyPaid, RefundAlreadyRejected.
    """
    refund = _get_open_refund(order, event.refund)
    source = "1105" if order.is_unfrozen else "1100"
    moves = make_move(
        "REFUND_PAID",
        "",
        place=order.place,
        debits=[("2070", None, refund.payable)],
        credits=[(source, None, refund.payable)],
    )
    paid = order._replace(
        refunds={**order.refunds, event.refund: refund._replace(status="PAID")},
        frozen=order.frozen if order.is_unfrozen else order.frozen - refund.payable,
    )
    facts = {"refund": event.refund, "amount": _format(refund.payable, order)}
    return Step(paid, moves, facts, about=refund.lines)


def reject_refund(order: Order, event: RefundRejected, *, world: World, after: int) -> Step:
    """
    The channel did not pay: every entry of the refund is mirrored, and everyone has again what he had. What was
    refunded before the split and comes back after it is split at once, and who cannot be credited then waits for it in
    suspense; what had left suspense since then follows, or waits again where it would go to somebody like that.

    Refusals, first match wins: RefundMissing, RefundAlreadyPaid, RefundAlreadyRejected.
    """
    refund = _get_open_refund(order, event.refund)
    lines = dict(order.lines)
    moves: list[Move] = []
    held = order.held
    for reference in sorted(refund.lines):
        part = refund.lines[reference]
        moves += mirror_taken_back(order, lines[reference], part)
        line, state = lines[reference], lines[reference].state.without(part.refund)
        if not order.is_split:
            held += part.refund.shared + part.refund.delivery
            line = line._replace(state=state)
        elif part.refund.claw_back is None:
            # Who cannot be credited by now waits for this part in suspense, as at the split.
            line, posted = split_part(
                order,
                suspend(line, world)._replace(state=state),
                goods=part.refund.goods,
                merchant_discount=part.refund.merchant_discount,
                delivery=part.refund.delivery,
                paid=part.refund.to_buyer,
            )
            line = forget_unused(line, lines[reference])
            moves += posted
        else:
            line, posted = _restore_suspense(order, line, part, world)
            line = line._replace(state=state)
            moves += posted
        lines[reference] = line
    rejected = order._replace(
        lines=lines,
        refunds={**order.refunds, event.refund: refund._replace(status="REJECTED")},
        held=held,
    )
    facts = {"refund": event.refund, "amount": _format(refund.payable, order), "status": status_of(rejected)}
    return Step(rejected, moves, facts, about=refund.lines)


def get_line(order: Order, reference: str, index: int) -> OrderLine:
    """The line that an event names at this place. Refusals: OrderLineMissing."""
    line = order.lines.get(reference)
    if line is None:
        raise OrderLineMissing(field=("lines", str(index), "line"), order=order.reference, line=reference)
    return line


def _read_amounts(item: AmountOfLine, currency: str, place: tuple[str, ...]) -> tuple[int, int]:
    delivery = 0
    if item.delivery:
        field = (*place, "delivery")
        delivery = money.parse_amount(item.delivery, currency=currency, field=field, allow_zero=True)
    # A refund of delivery alone says so with goods of zero.
    field = (*place, "amount")
    return money.parse_amount(item.amount, currency=currency, field=field, allow_zero=delivery > 0), delivery


def _refund_line(
    order: Order, line: OrderLine, goods: int, delivery: int, place: tuple[str, ...]
) -> tuple[OrderLine, Refund, list[Move]]:
    judge = refund_after_split if order.is_split else refund_before_split
    refund = judge(line.state, goods=goods, delivery=delivery, place=place)
    check_undisputed(line.state, refund, disputed=line.disputed, place=place)
    after, moves = take_back(order, line, refund, "REFUND", payee="2070")
    return after, refund, moves


def _restore_suspense(order: Order, line: OrderLine, part: RefundLine, world: World) -> tuple[OrderLine, list[Move]]:
    """
    The mirror put back into 2200 what the refund took from there; an item that is released sends it on at once, and is
    opened again where whom it went to cannot be credited by now.
    """
    if not line.suspended:
        return line, []
    drawn = read_drawn(line, part)
    line = reopen(line, [rank for rank, each in drawn.items() if each.suspense], world)
    items = line.suspended or {}
    gone = {
        rank: party_id for rank, party_id in line.receivers if drawn[rank].suspense and items[rank].status != "OPEN"
    }
    moves = make_move(
        "RELEASE",
        line.state.line,
        place=order.owing_place,
        debits=[("2200", None, drawn[rank].suspense) for rank in gone],
        credits=[(*line.seat(rank, party_id), drawn[rank].suspense) for rank, party_id in gone.items()],
        metadata=write_released(line, {rank: drawn[rank].suspense for rank in gone}),
    )
    return count_drawn(line, drawn, sign=1), moves


def _get_open_refund(order: Order, reference: str) -> OrderRefund:
    refund = order.refunds.get(reference)
    place = ("refund",)
    if refund is None:
        raise RefundMissing(field=place, order=order.reference, refund=reference)
    if refund.status == "PAID":
        raise RefundAlreadyPaid(field=place, order=order.reference, refund=reference)
    if refund.status == "REJECTED":
        raise RefundAlreadyRejected(field=place, order=order.reference, refund=reference)
    return refund


def _format(amount: int, order: Order) -> str:
    return money.format_amount(amount, currency=order.currency)
