"""What a batch of events needs to know, read under the log's lock by a fixed number of statements."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ledger.charging import sql
from ledger.charging.dispute_rows import load_disputes
from ledger.charging.event import (
    FeeReturned,
    OrderEvent,
    OrderPaid,
    OrderRefunded,
    OrderSucceeded,
    RefundPaid,
    RefundRejected,
)
from ledger.charging.fees.booked import find_charged_elsewhere
from ledger.charging.frozen import RatesMemory
from ledger.charging.model import LineState, Refund, Split
from ledger.charging.moves import mirror_move
from ledger.charging.order import (
    AGENT,
    LEVEL_1,
    MERCHANT,
    PLATFORM,
    Capture,
    Order,
    OrderLine,
    OrderRefund,
    RefundLine,
    Suspended,
    list_parties,
    list_receivers,
)
from ledger.charging.overrides import load_overrides
from ledger.charging.plans import load_plans
from ledger.charging.world import World
from ledger.db.transacting import Connection
from ledger.journal.model import EntryDraft, LineDraft
from ledger.journal.platforms import get_own_platform
from ledger.journal.reversing import Reversal, mirror
from ledger.journal.subtrees import Paths, resolve_paths
from ledger.parties.finding import find_parties, find_parties_by_id
from ledger.parties.model import Party

Refunds = Mapping[tuple[str, str], bool]


class Known(NamedTuple):
    """An event that counts already: what was said, its order and its place in the log."""

    fingerprint: bytes
    order: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The events known already by id, the orders by reference, and the world."""

    known: dict[str, Known]
    orders: dict[str, Order]
    world: World


async def load(conn: Connection, *, events: Sequence[OrderEvent], tree_version: int, now: datetime) -> Loaded:
    """Load everything that these events are judged against; the caller holds the log's lock."""
    rows = await sql.find_events(conn, event_ids=list({event.event_id for event in events}))
    known = {row["event_id"]: Known(row["fingerprint"], row["order_reference"], row["sequence"]) for row in rows}
    fresh = [event for event in events if event.event_id not in known]
    rates = RatesMemory.of(conn)
    orders = await load_orders(conn, references={event.order for event in fresh}, refunds=_named(fresh), rates=rates)
    orders |= await _load_captures(conn, fresh, orders)
    parties = await _load_parties(conn, fresh)
    disputes = await load_disputes(conn, events=fresh, orders=orders, parties=parties)
    opened = {event.order for event in fresh if isinstance(event, OrderPaid)} - orders.keys()
    climbing = {each.party_id for each in parties.values() if each.kind in ("MERCHANT", "DISTRIBUTOR")}
    paths = await resolve_paths(conn, party_ids=climbing, tree_version=tree_version)
    world = World(
        parties=parties,
        paths=paths,
        inactive=await _load_inactive(conn, fresh, orders, paths, climbing),
        plans=await load_plans(conn),
        overrides=await load_overrides(conn),
        operator_zone=await _operator_zone(conn),
        now=now,
        rates=rates,
        dispute_orders=disputes.orders,
        names=disputes.names,
        charged=await find_charged_elsewhere(conn, orders=opened),
    )
    return Loaded(known, {**orders, **disputes.whole}, world)


async def load_orders(
    conn: Connection,
    *,
    references: Iterable[str],
    refunds: Refunds,
    rates: RatesMemory,
) -> dict[str, Order]:
    """
    Load orders with all their lines, shares and suspense items. Of their refunds only those named by (order, refund):
    an order may have thousands; True loads its lines too.
    """
    heads = await sql.find_orders(conn, references=sorted(references))
    if not heads:
        return {}
    whole = [row["reference"] for row in heads]
    split = [row["reference"] for row in heads if row["is_split"]]
    line_rows = await sql.find_lines(conn, orders=whole)
    share_rows = await sql.find_shares(conn, orders=split) if split else []
    item_rows = await sql.find_suspense(conn, orders=split) if split else []
    currencies = {row["reference"]: row["currency"] for row in heads}
    lines = _read_lines(line_rows, currencies, _by_line(share_rows), _by_line(item_rows), rates)
    named = await _load_refunds(conn, refunds) if refunds else {}
    return {
        row["reference"]: Order(
            reference=row["reference"],
            book_id=row["book_id"],
            currency=row["currency"],
            channel=row["channel"],
            channel_transaction=row["channel_transaction"],
            paid_at=row["paid_at"],
            sequence=row["sequence"],
            lines=lines[row["reference"]],
            parties=list_parties(row["book_id"], lines[row["reference"]].values(), settling=row["settling_book_id"]),
            refunds=named.get(row["reference"], {}),
            settling_book_id=row["settling_book_id"],
            settled=row["settled_minor"],
            held=row["held_minor"],
            frozen=row["frozen_minor"],
            is_split=row["is_split"],
            is_unfrozen=row["is_unfrozen"],
        )
        for row in heads
    }


async def _load_captures(
    conn: Connection, events: Iterable[OrderEvent], orders: Mapping[str, Order]
) -> dict[str, Order]:
    """The orders that are split and were paid more than once, with their further payments."""
    split = sorted({event.order for event in events if isinstance(event, OrderSucceeded)} & orders.keys())
    if not split:
        return {}
    rows = await sql.find_further_captures(conn, orders=split, after=[orders[order].sequence for order in split])
    found: dict[str, list[Capture]] = {}
    for row in rows:
        said = json.loads(row["payload"])
        capture = Capture(said["channel"], row["occurred_at"], tuple(said["lines"]))
        found.setdefault(row["order_reference"], []).append(capture)
    return {order: orders[order]._replace(captures=tuple(captures)) for order, captures in found.items()}


def _named(events: Iterable[OrderEvent]) -> Refunds:
    """
    The refunds that events name, and whether their lines are needed: a rejection looks back at them, who is told that
    one was paid follows from them, and who bore the fee that comes back for one.
    """
    named: dict[tuple[str, str], bool] = {}
    for event in events:
        if isinstance(event, OrderRefunded | RefundPaid | RefundRejected | FeeReturned):
            key = (event.order, event.refund)
            named[key] = named.get(key, False) or not isinstance(event, OrderRefunded)
    return named


def _by_line(rows: Iterable[Any]) -> dict[tuple[str, str], list[Any]]:
    grouped: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row["order_reference"], row["line_reference"]), []).append(row)
    return grouped


def _read_lines(
    rows: Iterable[Any],
    currencies: Mapping[str, str],
    shares: Mapping[tuple[str, str], list[Any]],
    items: Mapping[tuple[str, str], list[Any]],
    rates: RatesMemory,
) -> dict[str, dict[str, OrderLine]]:
    lines: dict[str, dict[str, OrderLine]] = {}
    for row in rows:
        order, reference = row["order_reference"], row["line_reference"]
        frozen = rates.read(row["rates"])
        depth = len(frozen.levels)
        split, returned = _read_split(shares.get((order, reference)), depth)
        lines.setdefault(order, {})[reference] = OrderLine(
            state=LineState(
                line=reference,
                currency=currencies[order],
                goods=row["goods_minor"],
                delivery=row["delivery_minor"],
                platform_discount=row["platform_discount_minor"],
                merchant_discount=row["merchant_discount_minor"],
                refunded_goods=row["refunded_goods_minor"],
                refunded_delivery=row["refunded_delivery_minor"],
                refunded_platform_discount=row["refunded_platform_discount_minor"],
                refunded_merchant_discount=row["refunded_merchant_discount_minor"],
                split=split,
                returned=returned,
                levels_born_by=frozen.levels_born_by,
            ),
            merchant_id=row["merchant_id"],
            agent_id=row["agent_id"],
            chain=tuple(row["chain"]),
            receivers=list_receivers(row["merchant_id"], row["chain"], row["agent_id"]),
            plan_version=row["plan_version"],
            rates=frozen,
            sku=row["sku"],
            category=row["category"],
            quantity=row["quantity"],
            fee_charged=row["fee_charged_minor"],
            fee_returned=row["fee_returned_minor"],
            fee_recovered=row["fee_recovered_minor"],
            fee_passed_back=row["fee_passed_back_minor"],
            suspended=_read_items(items.get((order, reference))),
            disputed=row["disputed_minor"],
        )
    return lines


def _read_split(rows: list[Any] | None, depth: int) -> tuple[Split | None, Split | None]:
    if rows is None:
        return None, None
    amounts, returned = [0] * 6, [0] * 6
    tax = returned_tax = 0
    for row in rows:
        rank = row["rank"]
        amounts[rank], returned[rank] = row["amount_minor"], row["returned_minor"]
        tax += row["tax_minor"]
        returned_tax += row["returned_tax_minor"]
    above = LEVEL_1 + depth
    return (
        Split(amounts[MERCHANT], amounts[PLATFORM], tax, tuple(amounts[LEVEL_1:above]), amounts[AGENT]),
        Split(returned[MERCHANT], returned[PLATFORM], returned_tax, tuple(returned[LEVEL_1:above]), returned[AGENT]),
    )


def _read_items(rows: list[Any] | None) -> dict[int, Suspended] | None:
    if rows is None:
        return None
    return {
        row["rank"]: Suspended(
            owner_id=row["owner_id"],
            amount=row["amount_minor"],
            reason=row["reason"],
            opened_at=row["opened_at"],
            deadline=row["deadline"],
            status=row["status"],
            item=row["item"],
            outside=row["outside_minor"],
            times=row["times"],
            given=row["given_minor"],
            disputed=row["disputed_minor"],
        )
        for row in rows
    }


async def _load_refunds(conn: Connection, named: Refunds) -> dict[str, dict[str, OrderRefund]]:
    keys = list(named)
    rows = await sql.find_refunds(conn, orders=[key[0] for key in keys], refunds=[key[1] for key in keys])
    whole = [key for key in keys if named[key]]
    lines = await _load_refund_lines(conn, whole) if whole and rows else {}
    refunds: dict[str, dict[str, OrderRefund]] = {}
    for row in rows:
        order, reference = row["order_reference"], row["refund_reference"]
        refunds.setdefault(order, {})[reference] = OrderRefund(
            payable=row["payable_minor"],
            status=row["status"],
            reason=row["reason"],
            sequence=row["sequence"],
            lines=lines.get((order, reference), {}),
        )
    return refunds


async def _load_refund_lines(
    conn: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, RefundLine]]:
    rows = await sql.find_refund_lines(conn, orders=[key[0] for key in keys], refunds=[key[1] for key in keys])
    entries = await _load_entries(conn, [row["entry"] for row in rows if row["entry"] is not None])
    lines: dict[tuple[str, str], dict[str, RefundLine]] = {}
    for row in rows:
        moved = Refund(
            goods=row["goods_minor"],
            delivery=row["delivery_minor"],
            cash=row["cash_minor"],
            platform_discount=row["platform_discount_minor"],
            merchant_discount=row["merchant_discount_minor"],
            claw_back=_read_claw_back(row),
        )
        part = RefundLine(moved, row["entry"], entries.get(row["entry"], ()), tuple(row["suspended_ranks"]))
        lines.setdefault((row["order_reference"], row["refund_reference"]), {})[row["line_reference"]] = part
    return lines


def _read_claw_back(row: Any) -> Split | None:
    if row["claw_back_merchant_minor"] is None:
        return None
    return Split(
        merchant=row["claw_back_merchant_minor"],
        commission=row["claw_back_commission_minor"],
        tax=row["claw_back_tax_minor"],
        levels=tuple(row["claw_back_levels_minor"]),
        agent=row["claw_back_agent_minor"],
    )


async def _load_entries(conn: Connection, sequences: Sequence[int]) -> dict[int, tuple[LineDraft, ...]]:
    """The lines of posted entries, as they stand in the journal."""
    reversals = [Reversal(key="", sequence=sequence, business_date=date.min) for sequence in sequences]
    mirrored = await mirror(conn, reversals=reversals) if reversals else []
    # What the journal mirrors for us is mirrored back here: a move keeps an entry as it was posted.
    return {
        sequence: mirror_move("", "", entry=sequence, lines=draft.lines).lines
        for sequence, draft in zip(sequences, mirrored, strict=True)
        if isinstance(draft, EntryDraft)
    }


async def _load_parties(conn: Connection, events: Iterable[OrderEvent]) -> dict[str, Party]:
    references: set[str] = set()
    for event in events:
        if isinstance(event, OrderPaid):
            references.add(event.settlement_entity)
            if event.settling_entity:
                references.add(event.settling_entity)
            references.update([line.merchant for line in event.lines])
            references.update([each for each in (event.referrer, event.buyer) if each])
    return await find_parties(conn, references=references) if references else {}


async def _load_inactive(
    conn: Connection, events: Iterable[OrderEvent], orders: Mapping[str, Order], paths: Paths, climbing: Iterable[int]
) -> dict[int, str]:
    """Who of those that a split in this batch may credit cannot be credited, and why."""
    # What was refunded before the split and is not paid after all is split then.
    splitting = {event.order for event in events if isinstance(event, OrderSucceeded | RefundRejected)}
    if not splitting:
        return {}
    receivers = {party_id for start in climbing for party_id in paths[start]}
    for reference in splitting & orders.keys():
        receivers.update(orders[reference].parties)
    found = await find_parties_by_id(conn, party_ids=receivers)
    return {party_id: party.status for party_id, party in found.items() if party.status != "ACTIVE"}


async def _operator_zone(conn: Connection) -> ZoneInfo:
    return ZoneInfo((await get_own_platform(conn)).time_zone)
