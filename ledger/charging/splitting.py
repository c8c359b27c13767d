"""Success: what is not refunded is divided among the receivers of each line."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger import money
from ledger.charging.channels import find_profile
from ledger.charging.disputed import count_split_disputes
from ledger.charging.entities import hand_over
from ledger.charging.errors import FreezeExpired, OrderAlreadySucceeded
from ledger.charging.event import OrderSucceeded
from ledger.charging.moves import Amount, Move, Step, make_move
from ledger.charging.notes import write_split
from ledger.charging.order import PAYABLE, Capture, InternalSplit, Order, OrderLine, status_of
from ledger.charging.rates import Bearer
from ledger.charging.split import channel_fee, split_line
from ledger.charging.splittable import check_freeze, find_end_of_freeze
from ledger.charging.standing import share_amounts, suspend
from ledger.charging.world import World


def split_order(order: Order, event: OrderSucceeded, *, world: World, after: int) -> Step:
    """
    Split what is left of every line; who cannot be credited waits in suspense. Where the channel of a payment has let
    go of it by then, it refuses to split it (FreezeExpired): that is split here all the same, and is somebody's task.
    Of open disputes the log says what the merchants have now, so that it can be held.

    Refusals: OrderAlreadySucceeded.
    """
    if order.is_split:
        raise OrderAlreadySucceeded(field=("order",), order=order.reference)
    moves: list[Move] = []
    lines: dict[str, OrderLine] = {}
    # By reference: the entries of an order then come in one order, however it was loaded.
    for reference in sorted(order.lines):
        line = suspend(order.lines[reference], world)
        state = line.state
        lines[reference], posted = split_part(
            order,
            line,
            goods=state.goods_left,
            merchant_discount=state.merchant_discount_left,
            delivery=state.delivery_left,
            paid=state.paid_left,
        )
        moves += posted
    split, disputed = count_split_disputes(order._replace(lines=lines, held=0, is_split=True), names=world.names)
    facts: dict[str, object] = {
        "amount": money.format_amount(order.held, currency=order.currency),
        "status": status_of(split),
        **disputed,
    }
    internal = _find_internal(split, at=event.occurred_at, now=world.now)
    if internal is not None:
        split = split._replace(internal_split=internal)
        task = {
            "amountMinor": internal.amount,
            "openedAt": internal.opened_at.isoformat(),
            "frozenUntil": internal.frozen_until.isoformat(),
            "why": internal.reason,
        }
        facts.update(split="INTERNAL", reason=FreezeExpired.code, internalSplit=task)
    return Step(split, moves, facts)


def split_part(
    order: Order, line: OrderLine, *, goods: int, merchant_discount: int, delivery: int, paid: int
) -> tuple[OrderLine, list[Move]]:
    """
    Split this part of a line: all that is left of it at success, or what a rejected refund brings back later. `paid` is
    what of it the buyer paid, delivery included.

    The merchant bears the channel's fee on everything that is split, and what was refunded since does not lower it: of
    a part that comes back later, he bears what it adds to the fee on what is left.
    """
    rates, merchant_id = line.rates, line.merchant_id
    split = split_line(
        goods=goods,
        merchant_discount=merchant_discount,
        rates=rates,
        levels=[party_id is not None for party_id in line.chain],
        has_agent=line.agent_id is not None,
    )
    fee = 0
    if rates.channel_fee_born_by is Bearer.MERCHANT:
        fee = _find_fee(line, before=line.state.paid_left - paid)
    borne = sum(split.levels) if rates.levels_born_by is Bearer.PLATFORM else 0
    # The fee is the merchant's debt and never waits in suspense: an item there only holds what its owner would get.
    funds = goods - merchant_discount + delivery
    debits: list[Amount] = [
        (order.funds_code, None, funds),
        ("5090", None, borne),
        ("2010", merchant_id, fee),
    ]
    shares = share_amounts(line, split, delivery=delivery)
    credits = seat_amounts(line, shares)
    credits += [("4000", None, split.revenue), ("2105", None, split.tax), ("4030", merchant_id, fee)]
    said = write_split(
        line, split, goods=goods, merchant_discount=merchant_discount, delivery=delivery, paid=paid, fee=fee
    )
    reference = line.state.line
    moves = make_move("SPLIT", reference, place=order.owing_place, debits=debits, credits=credits, metadata=said)
    moves += hand_over(order, reference, "SPLIT", sources=[("2000", None, funds)])
    whole = split if line.state.split is None else line.state.split.plus(split)
    after = line._replace(state=line.state._replace(split=whole), fee_recovered=line.fee_recovered + fee)
    return after.with_suspense(shares), moves


def seat_amounts(line: OrderLine, shares: Mapping[int, int]) -> list[Amount]:
    """These shares on the accounts where they go now."""
    if line.suspended:
        return [(*line.seat(rank, party_id), shares[rank]) for rank, party_id in line.receivers]
    return [(PAYABLE[rank], party_id, shares[rank]) for rank, party_id in line.receivers]


def _find_internal(order: Order, *, at: datetime, now: datetime) -> InternalSplit | None:
    """What is split here of the payments whose channels have let go of them by then; None where none has."""
    further = {line for capture in order.captures for line in capture.lines}
    first = Capture(order.channel, order.paid_at, tuple([line for line in order.lines if line not in further]))
    amount, gone = 0, list[tuple[datetime, str]]()
    for capture in (first, *order.captures):
        profile = find_profile(capture.channel)
        try:
            check_freeze(order.reference, captured_at=capture.captured_at, at=at, profile=profile)
        except FreezeExpired as expired:
            amount += _split_off([order.lines[line] for line in capture.lines])
            gone.append((find_end_of_freeze(capture.captured_at, profile) or at, str(expired)))
    if not gone:
        return None
    end, reason = min(gone)
    return InternalSplit(amount, end, now, reason)


def _find_fee(line: OrderLine, *, before: int) -> int:
    """What the channel's fee on what is left of a line is above that on what was left `before`."""
    added = channel_fee(line.state.paid_left, line.rates) - channel_fee(before, line.rates)
    # Rounding may add a unit where the parts were not refunded as they had been paid; more than was charged, never.
    return min(added, line.fee_charged - line.fee_recovered)


def _split_off(lines: Iterable[OrderLine]) -> int:
    """What others than the merchants got."""
    shares = [line.state.split for line in lines if line.state.split is not None]
    return sum([each.commission + sum(each.levels) + each.agent for each in shares])
