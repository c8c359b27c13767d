"""A payment: what was captured, what the channel kept, and what is frozen on its lines."""

from collections.abc import Iterable, Sequence

from ledger import money
from ledger.charging.errors import (
    AmountMismatch,
    LineExists,
    OrderAlreadySucceeded,
    OrderAlreadyUnfrozen,
    OrderChargedElsewhere,
    OrderMismatch,
)
from ledger.charging.event import OrderPaid, PaidLine
from ledger.charging.frozen import PublishedPlan
from ledger.charging.model import DiscountParts, LineState
from ledger.charging.moves import Step, make_move
from ledger.charging.order import Capture, Order, OrderLine, Place, list_parties, list_receivers
from ledger.charging.rates import MAX_PAID_LEVELS, FrozenRates, SelfPurchase
from ledger.charging.sealing import Frozen, seal_lines
from ledger.charging.split import channel_fee, spread_discounts
from ledger.charging.world import World
from ledger.journal.model import MAX_AMOUNT_MINOR
from ledger.parties.model import Party


def pay_order(order: Order | None, event: OrderPaid, *, world: World, after: int) -> Step:
    """
    Capture new lines of an order, the first time or again.

    Refusals, first match wins: OrderChargedElsewhere, PartyOfKindMissing (entities), PartyNotActive, OrderMismatch,
        OrderAlreadySucceeded, OrderAlreadyUnfrozen, NoPlanInForce, DepthExceeded, SplitRatioExceeded,
        PartyOfKindMissing (referrer, merchants), RatesExceedWhole and SplitRatioExceeded with rates of a merchant's
        own, DiscountExceedsGoods, LineExists, AmountMismatch, AmountTooLarge (the whole order).
    """
    if order is None and event.order in world.charged:
        raise OrderChargedElsewhere(field=("order",), order=event.order, line=world.charged[event.order])
    entity = world.get_party(event.settlement_entity, "LEGAL_ENTITY", place=("settlementEntity",))
    settling = _find_settling(event, entity, world)
    if order is not None:
        _check_order(order, event, entity)
        _check_settling(order, event, settling)
    lines = _freeze_lines(event, world)
    for reference in lines:
        if order is not None and reference in order.lines:
            raise LineExists(field=("lines",), order=event.order, line=reference)
    states = [line.state for line in lines.values()]
    paid = sum([state.paid_left for state in states])
    if paid != event.amount:
        cost, amount = (money.format_amount(each, currency=event.currency) for each in (paid, event.amount))
        raise AmountMismatch(field=("amount",), lines=cost, currency=event.currency, amount=amount)
    subsidy = sum([state.platform_discount for state in states])
    fee = sum([line.fee_charged for line in lines.values()])
    place = Place(entity.party_id, event.currency)
    captured = [("1100", None, paid), ("5020", None, subsidy)]
    moves = make_move("CAPTURE", "", debits=captured, credits=[("2000", None, paid + subsidy)], place=place)
    moves += make_move("CHANNEL_FEE", "", debits=[("5010", None, fee)], credits=[("1100", None, fee)], place=place)
    before = order or _open_order(event, entity, sequence=after + len(moves) + 1, settling=settling)
    whole = {**before.lines, **lines}
    _check_whole([line.state for line in whole.values()], event)
    paid_order = before._replace(
        lines=whole,
        parties=list_parties(before.book_id, whole.values(), settling=before.settling_book_id),
        held=before.held + paid + subsidy,
        frozen=before.frozen + paid - fee,
        captures=before.captures if order is None else (*before.captures, _capture(event)),
    )
    facts = {
        "amount": money.format_amount(paid, currency=event.currency),
        "channel": event.channel,
        "channelTransaction": event.channel_transaction,
        "lines": list(lines),
        "seal": _seal(lines.values(), event, settling=settling, world=world),
    }
    return Step(paid_order, moves, facts)


def _seal(lines: Iterable[OrderLine], event: OrderPaid, *, settling: int | None, world: World) -> str:
    frozen = [
        Frozen(
            line=line.state.line,
            merchant_id=line.merchant_id,
            agent_id=line.agent_id,
            goods=line.state.goods,
            delivery=line.state.delivery,
            platform_discount=line.state.platform_discount,
            merchant_discount=line.state.merchant_discount,
            quantity=line.quantity,
            plan_version=line.plan_version,
            sku=line.sku,
            category=line.category,
            levels_born_by=line.state.levels_born_by.value,
            chain=line.chain,
            rates=world.rates.write(line.rates),
        )
        for line in lines
    ]
    return seal_lines(frozen, settling_book_id=settling, fingerprint=event.fingerprint)


def _capture(event: OrderPaid) -> Capture:
    return Capture(event.channel, event.occurred_at, tuple([line.line for line in event.lines]))


def _check_order(order: Order, event: OrderPaid, entity: Party) -> None:
    if (order.book_id, order.currency) != (entity.party_id, event.currency):
        place = ("settlementEntity",) if order.book_id != entity.party_id else ("currency",)
        raise OrderMismatch(field=place, order=order.reference, currency=order.currency)
    if order.is_split:
        raise OrderAlreadySucceeded(field=("order",), order=order.reference)
    if order.is_unfrozen:
        raise OrderAlreadyUnfrozen(field=("order",), order=order.reference)


def _check_whole(states: Sequence[LineState], event: OrderPaid) -> None:
    """What an order brings in is at most what one line of an entry carries: it is unfrozen by one, whatever else."""
    total = sum([state.goods + state.delivery - state.merchant_discount for state in states])
    if total > MAX_AMOUNT_MINOR:
        most, given = (money.format_amount(each, currency=event.currency) for each in (MAX_AMOUNT_MINOR, total))
        raise money.AmountTooLarge(field=("amount",), currency=event.currency, limit=most, given=given)


def _find_settling(event: OrderPaid, entity: Party, world: World) -> int | None:
    """The entity that owes the parties, where it is another one."""
    if not event.settling_entity:
        return None
    settling = world.get_party(event.settling_entity, "LEGAL_ENTITY", place=("settlingEntity",))
    return settling.party_id if settling.party_id != entity.party_id else None


def _check_settling(order: Order, event: OrderPaid, settling: int | None) -> None:
    if order.settling_book_id != settling:
        raise OrderMismatch(field=("settlingEntity",), order=order.reference, currency=order.currency)


def _open_order(event: OrderPaid, entity: Party, *, sequence: int, settling: int | None) -> Order:
    return Order(
        reference=event.order,
        book_id=entity.party_id,
        currency=event.currency,
        channel=event.channel,
        channel_transaction=event.channel_transaction,
        paid_at=event.occurred_at,
        sequence=sequence,
        lines={},
        refunds={},
        parties=(),
        held=0,
        frozen=0,
        settling_book_id=settling,
    )


def _freeze_lines(event: OrderPaid, world: World) -> dict[str, OrderLine]:
    published = world.get_plan(event.occurred_at, event.channel)
    uplines = _find_uplines(event, published, world)
    merchants = [
        world.get_party(line.merchant, "MERCHANT", place=("lines", str(index), "merchant")).party_id
        for index, line in enumerate(event.lines)
    ]
    lines = {}
    for line, parts, merchant_id in zip(event.lines, _spread(event), merchants, strict=True):
        rates = world.get_rates(
            published, line.category, merchant_id=merchant_id, occurred_at=event.occurred_at, channel=event.channel
        )
        agent_id, version = world.find_agent(merchant_id), published.version
        lines[line.line] = _freeze_line(
            line, parts, merchant_id, uplines=uplines, agent_id=agent_id, plan_version=version, rates=rates
        )
    return lines


def _freeze_line(
    line: PaidLine,
    parts: DiscountParts,
    merchant_id: int,
    *,
    uplines: Sequence[int | None],
    agent_id: int | None,
    plan_version: int,
    rates: FrozenRates,
) -> OrderLine:
    state = LineState(
        line=line.line,
        currency=line.currency,
        goods=line.goods,
        delivery=line.delivery,
        platform_discount=parts.platform,
        merchant_discount=parts.merchant,
        levels_born_by=rates.levels_born_by,
    )
    # Merchants may pay fewer levels than the plan, or more: each line has a place for each of its own.
    depth = len(rates.levels)
    chain = (*uplines, *[None] * depth)[:depth]
    return OrderLine(
        state=state,
        merchant_id=merchant_id,
        agent_id=agent_id,
        chain=chain,
        receivers=list_receivers(merchant_id, chain, agent_id),
        plan_version=plan_version,
        rates=rates,
        sku=line.sku,
        category=line.category,
        quantity=line.quantity,
        fee_charged=channel_fee(state.paid_left, rates),
    )


def _find_uplines(event: OrderPaid, published: PublishedPlan, world: World) -> Sequence[int | None]:
    """The referrer and those above him, as many as are ever paid; None in the place of one who earns nothing on it."""
    if not event.referrer:
        return ()
    referrer = world.get_distributor(event.referrer, place=("referrer",))
    uplines = world.find_uplines(referrer.party_id, depth=MAX_PAID_LEVELS)
    if published.plan.self_purchase is SelfPurchase.FORBID_SELF and event.buyer in world.parties:
        buyer = world.parties[event.buyer].party_id
        return [None if party_id == buyer else party_id for party_id in uplines]
    return uplines


def _spread(event: OrderPaid) -> list[DiscountParts]:
    """The parts of the discounts that fall on the lines, in the event's order; ties by line reference as text."""
    lines = event.lines
    if not event.discounts:
        return [_NO_DISCOUNT] * len(lines)
    ranked = sorted(range(len(lines)), key=lambda place: lines[place].line)
    parts = spread_discounts(event.discounts, [lines[place].goods for place in ranked])
    spread = dict(zip(ranked, parts, strict=True))
    return [spread[place] for place in range(len(lines))]


_NO_DISCOUNT = DiscountParts(0, 0)
