"""What the payment channel does besides paying: it gives fees back, unfreezes, settles."""

from ledger import money
from ledger.charging.errors import (
    ChannelFeeExceedsCharged,
    OrderAlreadyUnfrozen,
    PaymentFrozen,
    RefundMissing,
    SettledExceedsCaptured,
)
from ledger.charging.event import FeeReturned, PaymentSettled, PaymentUnfrozen
from ledger.charging.moves import Move, Step, make_move
from ledger.charging.notes import write_passed_on
from ledger.charging.order import Order, OrderLine
from ledger.charging.refunding import get_line
from ledger.charging.world import World


def return_fee(order: Order, event: FeeReturned, *, world: World, after: int) -> Step:
    """
    The channel gives a part of its fee back because of a refund; what the merchant bore of it is passed on to him. He
    bore nothing of the fee on what was refunded before the split: that stays with the platform.

    Refusals, first match wins: RefundMissing; per line OrderLineMissing, those of an amount, ChannelFeeExceedsCharged.
    """
    refund = order.refunds.get(event.refund)
    if refund is None:
        raise RefundMissing(field=("refund",), order=order.reference, refund=event.refund)
    lines = dict(order.lines)
    moves: list[Move] = []
    total = 0
    for index, item in enumerate(event.lines):
        line = get_line(order, item.line, index)
        place = ("lines", str(index), "amount")
        amount = money.parse_amount(item.amount, currency=order.currency, field=place)
        left = line.fee_charged - line.fee_returned
        if amount > left:
            asked, spare = (money.format_amount(each, currency=order.currency) for each in (amount, left))
            raise ChannelFeeExceedsCharged(
                field=place, line=item.line, left=spare, currency=order.currency, asked=asked
            )
        part = refund.lines.get(item.line)
        kept = _find_kept(line, amount) if part is not None and part.refund.claw_back is None else 0
        passed = min(amount - kept, line.fee_recovered - line.fee_passed_back)
        total += amount
        moves += _return_of_line(order, item.line, line.merchant_id, amount, passed)
        lines[item.line] = line._replace(
            fee_returned=line.fee_returned + amount, fee_passed_back=line.fee_passed_back + passed
        )
    facts = {"refund": event.refund, "amount": money.format_amount(total, currency=order.currency)}
    return Step(order._replace(lines=lines), moves, facts, about=[item.line for item in event.lines])


def unfreeze_payment(order: Order, _event: PaymentUnfrozen, *, world: World, after: int) -> Step:
    """
    What the order still has in 1100 becomes available; the other way round where fees and refunds left less than zero.

    Refusals: OrderAlreadyUnfrozen.
    """
    if order.is_unfrozen:
        raise OrderAlreadyUnfrozen(field=("order",), order=order.reference)
    frozen = order.frozen
    target, source = ("1105", "1100") if frozen > 0 else ("1100", "1105")
    parts = _cut(abs(frozen))
    moves = make_move(
        "UNFREEZE",
        "",
        place=order.place,
        debits=[(target, None, part) for part in parts],
        credits=[(source, None, part) for part in parts],
    )
    unfrozen = order._replace(is_unfrozen=True, frozen=0)
    return Step(unfrozen, moves, {"amount": money.format_amount(frozen, currency=order.currency)})


def settle_payment(order: Order, event: PaymentSettled, *, world: World, after: int) -> Step:
    """
    The channel pays out to the bank, at most what it captured less its fees.

    Refusals, first match wins: PaymentFrozen, those of an amount, SettledExceedsCaptured.
    """
    if not order.is_unfrozen:
        raise PaymentFrozen(field=("order",), order=order.reference)
    amount = money.parse_amount(event.amount, currency=order.currency, field=("amount",))
    captured = sum([_captured(line) for line in order.lines.values()])
    left = captured - order.settled
    if amount > left:
        spare, asked = (money.format_amount(each, currency=order.currency) for each in (left, amount))
        raise SettledExceedsCaptured(
            field=("amount",), order=order.reference, left=spare, currency=order.currency, asked=asked
        )
    moves = make_move(
        "SETTLED", "", place=order.place, debits=[("1010", None, amount)], credits=[("1105", None, amount)]
    )
    said = {"amount": money.format_amount(amount, currency=order.currency)}
    return Step(order._replace(settled=order.settled + amount), moves, said)


def _find_kept(line: OrderLine, amount: int) -> int:
    """How much of a fee that comes back the platform bore, and has not got back before."""
    borne = line.fee_charged - line.fee_recovered
    return min(amount, max(0, borne - (line.fee_returned - line.fee_passed_back)))


def _cut(amount: int) -> list[int]:
    """What lines can carry, one after the other: the fees of many disputes may leave an order shorter than one can."""
    whole, rest = divmod(amount, money.MAX_AMOUNT_MINOR)
    return [money.MAX_AMOUNT_MINOR] * whole + [rest]


def _captured(line: OrderLine) -> int:
    """What the channel has had of a line. Refunds do not count: they may leave after the rest was settled."""
    state = line.state
    paid = state.goods + state.delivery - state.platform_discount - state.merchant_discount
    return paid - line.fee_charged + line.fee_returned


def _return_of_line(order: Order, line: str, merchant_id: int, amount: int, passed: int) -> list[Move]:
    charged, borne = ("5010", None, amount), ("4030", merchant_id, passed)
    free, owed = ("1105", None, amount), ("2010", merchant_id, passed)
    returned = make_move("FEE_RETURNED", line, place=order.place, debits=[free], credits=[charged])
    said = write_passed_on(order.lines[line], passed)
    return returned + make_move(
        "FEE_PASSED_ON", line, place=order.owing_place, debits=[borne], credits=[owed], metadata=said
    )
