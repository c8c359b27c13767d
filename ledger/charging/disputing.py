"""Disputes: money that a buyer's bank takes back, and how that ends."""

from collections.abc import Callable, Mapping

from ledger import money
from ledger.charging.disputed import count_dispute, say_owing
from ledger.charging.errors import (
    DisputeAlreadyDecided,
    DisputeAlreadyDefended,
    DisputeExceedsRemaining,
    DisputeExists,
    DisputeMissing,
    DisputeUneven,
    Why,
)
from ledger.charging.event import ChargebackDefended, ChargebackLost, ChargebackWon, Liability, OrderChargedBack
from ledger.charging.moves import Step, make_move
from ledger.charging.order import Dispute, DisputeStatus, Order, OrderLine
from ledger.charging.refund import charge_back
from ledger.charging.refunding import get_line
from ledger.charging.returning import take_back
from ledger.charging.world import World
from ledger.money import claw_back


def charge_order_back(order: Order, event: OrderChargedBack, *, world: World, after: int) -> Step:
    """
    The channel takes the disputed money and its fee at once. Until the dispute is decided nobody else takes that money
    back, neither a refund nor another dispute.

    The log says for each line what of it the merchant would have to give back, so that it can be held.

    Refusals, first match wins: DisputeExists, those of an amount, AmountTooLarge (with the fee), per line
        OrderLineMissing and those of an amount, DisputeExceedsRemaining, DisputeUneven.
    """
    if event.dispute in order.disputes or world.dispute_orders.get(event.dispute, order.reference) != order.reference:
        raise DisputeExists(field=("dispute",), dispute=event.dispute)
    amount = money.parse_amount(event.amount, currency=order.currency, field=("amount",))
    fee = money.parse_amount(event.fee, currency=order.currency, field=("fee",), allow_zero=True)
    _check_size(order, amount, fee)
    parts = _read_lines(order, event, amount) if event.lines else _spread(order, amount)
    source = "1105" if order.is_unfrozen else "1100"
    moves = make_move(
        "CHARGED_BACK",
        "",
        place=order.place,
        debits=[("1130", None, amount), ("5040", None, fee)],
        credits=[(source, None, amount + fee)],
    )
    dispute = Dispute(amount, fee, "NOTIFIED", "", after + len(moves) + 1, parts)
    charged = order._replace(
        lines=_change(order, dispute, lambda line, part: line.with_disputed(part, waiting=0)),
        disputes={**order.disputes, event.dispute: dispute},
        frozen=order.frozen if order.is_unfrozen else order.frozen - amount - fee,
    )
    charged, said = count_dispute(charged, event.dispute, names=world.names)
    facts: dict[str, object] = {
        "dispute": event.dispute,
        "amount": money.format_amount(amount, currency=order.currency),
        "fee": money.format_amount(fee, currency=order.currency),
        "lines": said,
        **say_owing(order, names=world.names),
    }
    return Step(charged, moves, facts, about=parts)


def defend_chargeback(order: Order, event: ChargebackDefended, *, world: World, after: int) -> Step:
    """
    The buyer's bank was answered. Nothing moves: what is disputed stays so until the bank has decided.

    Refusals, first match wins: DisputeMissing, DisputeAlreadyDecided, DisputeAlreadyDefended.
    """
    dispute = _get_open(order, event.dispute)
    if dispute.defended_at is not None:
        raise DisputeAlreadyDefended(field=("dispute",), dispute=event.dispute)
    defended = dispute._replace(status="DEFENDED", defended_at=event.occurred_at)
    after_it = order._replace(disputes={**order.disputes, event.dispute: defended})
    return Step(after_it, [], _say(order, event.dispute, dispute, "DEFENDED"), about=dispute.lines)


def win_chargeback(order: Order, event: ChargebackWon, *, world: World, after: int) -> Step:
    """
    The money comes back, the fee does not.

    Refusals, first match wins: DisputeMissing, DisputeAlreadyDecided.
    """
    dispute = _get_open(order, event.dispute)
    target = "1105" if order.is_unfrozen else "1100"
    moves = make_move(
        "CHARGEBACK_WON",
        "",
        place=order.place,
        debits=[(target, None, dispute.amount)],
        credits=[("1130", None, dispute.amount)],
    )
    won = _decide(order, event.dispute, "WON", "")
    won = won._replace(
        lines=_change(order, dispute, lambda line, part: _free(line, dispute, part)),
        frozen=order.frozen if order.is_unfrozen else order.frozen + dispute.amount,
    )
    return Step(won, moves, _say(order, event.dispute, dispute, "WON"), about=dispute.lines)


def lose_chargeback(order: Order, event: ChargebackLost, *, world: World, after: int) -> Step:
    """
    The buyer keeps the money. The platform bears it, and the line keeps it reserved; or everyone who has a share
    does, by what each still has, exactly as in a refund, so that nothing can be taken back twice.

    Refusals, first match wins: DisputeMissing, DisputeAlreadyDecided.
    """
    dispute = _get_open(order, event.dispute)
    lost = _decide(order, event.dispute, "LOST", event.liability.value)
    said = {**_say(order, event.dispute, dispute, "LOST"), "liability": event.liability.value}
    if event.liability is Liability.PLATFORM:
        borne = ("5040", None, dispute.amount)
        open_money = ("1130", None, dispute.amount)
        # The lines keep the buyer's money reserved; the merchants' shares of it are theirs.
        lost = lost._replace(lines=_change(order, dispute, lambda line, _: _free(line, dispute, 0)))
        moves = make_move("CHARGEBACK_LOST", "", place=order.place, debits=[borne], credits=[open_money])
        return Step(lost, moves, said, about=dispute.lines)
    moves = []
    lines, held = dict(order.lines), order.held
    for reference, part in sorted(dispute.lines.items()):
        line = _free(lines[reference], dispute, part)
        refund = charge_back(line.state, amount=part)
        lines[reference], posted = take_back(order, line, refund, "CHARGEBACK_LOST", payee="1130")
        moves += posted
        if not order.is_split:
            held -= refund.shared + refund.delivery
    return Step(lost._replace(lines=lines, held=held), moves, said, about=dispute.lines)


def _check_size(order: Order, amount: int, fee: int) -> None:
    """The channel takes both at once: one line of an entry carries them. Refusals: AmountTooLarge."""
    if amount + fee > money.MAX_AMOUNT_MINOR:
        most = money.MAX_AMOUNT_MINOR - amount
        limit, given = (money.format_amount(each, currency=order.currency) for each in (most, fee))
        raise money.AmountTooLarge(field=("fee",), currency=order.currency, limit=limit, given=given)


def _read_lines(order: Order, event: OrderChargedBack, amount: int) -> dict[str, int]:
    parts: dict[str, int] = {}
    for index, item in enumerate(event.lines):
        line = get_line(order, item.line, index)
        place = ("lines", str(index), "amount")
        part = money.parse_amount(item.amount, currency=order.currency, field=place)
        _check_room(order, _room(line), part, what=Why.THE_LINE, field=place, line=item.line)
        parts[item.line] = part
    whole = sum(parts.values())
    if whole != amount:
        lines, said = (money.format_amount(each, currency=order.currency) for each in (whole, amount))
        raise DisputeUneven(field=("amount",), lines=lines, currency=order.currency, amount=said)
    return parts


def _spread(order: Order, amount: int) -> dict[str, int]:
    """A dispute of the whole order takes of each line by what is left of it."""
    references = sorted(order.lines)
    rooms = [_room(order.lines[reference]) for reference in references]
    _check_room(order, sum(rooms), amount, what=Why.THE_ORDER, field=("amount",))
    parts = zip(references, claw_back(amount, rooms), strict=True)
    return {reference: part for reference, part in parts if part}


def _room(line: OrderLine) -> int:
    return line.state.paid_left - line.disputed


def _check_room(order: Order, room: int, asked: int, *, what: Why, field: tuple[str, ...], line: str = "") -> None:
    if asked > room:
        left, wanted = (money.format_amount(each, currency=order.currency) for each in (room, asked))
        raise DisputeExceedsRemaining(
            field=field,
            what=what,
            order=order.reference,
            line=line,
            left=left,
            currency=order.currency,
            asked=wanted,
        )


def _free(line: OrderLine, dispute: Dispute, part: int) -> OrderLine:
    """The line of a dispute that is decided: it reserves this part no more, nor what of it was in suspense."""
    return line.with_disputed(-part, waiting=-dispute.waiting.get(line.state.line, 0))


def _change(order: Order, dispute: Dispute, change: Callable[[OrderLine, int], OrderLine]) -> Mapping[str, OrderLine]:
    changed = {reference: change(order.lines[reference], part) for reference, part in dispute.lines.items()}
    return {**order.lines, **changed}


def _get_open(order: Order, reference: str) -> Dispute:
    dispute = order.disputes.get(reference)
    if dispute is None:
        raise DisputeMissing(field=("dispute",), order=order.reference, dispute=reference)
    if not dispute.is_open:
        raise DisputeAlreadyDecided(field=("dispute",), dispute=reference, status=dispute.status)
    return dispute


def _decide(order: Order, reference: str, status: DisputeStatus, liability: str) -> Order:
    decided = order.disputes[reference]._replace(status=status, liability=liability, waiting={})
    return order._replace(disputes={**order.disputes, reference: decided})


def _say(order: Order, reference: str, dispute: Dispute, status: str) -> dict[str, object]:
    amount = money.format_amount(dispute.amount, currency=order.currency)
    return {"dispute": reference, "amount": amount, "status": status}
