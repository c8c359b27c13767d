"""
Orders as they stand, line by line: who got what of them, and what came back.

For a party's key an order is there when a line is on which it, or somebody below it, is merchant, agent or distributor;
of the order it sees those lines, of a line its own shares. Figures that would tell of the other lines are left to the
caller to hide: `is_merchants` says whether a line's own figures are this viewer's business.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledger.charging.channels import find_profile
from ledger.charging.rates import FrozenRates
from ledger.charging.splittable import PaidPart, find_end_of_freeze, find_splittable
from ledger.db.transacting import Connection
from ledger.reporting import parties, sql_log, sql_orders, sql_parties
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span
from ledger.reporting.ranges import check_range


class OrderRow(NamedTuple):
    """An order; `held_minor` is what is not split yet. `sequence` is the place of its first event."""

    reference: str
    sequence: int
    book_reference: str
    currency: str
    channel: str
    channel_transaction: str
    status: str
    is_split: bool
    is_unfrozen: bool
    paid_at: datetime
    held_minor: int


class OrderLineRow(NamedTuple):
    """A line of an order, with what was frozen on it when it was paid. `is_merchants`: see the module."""

    order_reference: str
    line_reference: str
    currency: str
    merchant_id: int
    agent_id: int | None
    chain: Sequence[int | None]
    sku: str
    category: str
    quantity: int
    plan_version: int
    plan: str
    valid_from: date
    levels_born_by: str
    rates: str
    is_split: bool
    goods_minor: int
    refunded_goods_minor: int
    delivery_minor: int
    refunded_delivery_minor: int
    platform_discount_minor: int
    merchant_discount_minor: int
    fee_charged_minor: int
    fee_returned_minor: int
    fee_recovered_minor: int
    fee_passed_back_minor: int
    is_merchants: bool


class ShareRow(NamedTuple):
    """What one receiver got of a line; the platform has no party, and its share includes the tax in it."""

    rank: int
    party_id: int | None
    account_code: str
    currency: str
    amount_minor: int
    tax_minor: int
    returned_minor: int
    returned_tax_minor: int
    stands: str


class RefundRow(NamedTuple):
    """A refund; `owed_minor` is what the customer still gets of `payable_minor`."""

    order_reference: str
    refund_reference: str
    sequence: int
    currency: str
    payable_minor: int
    owed_minor: int
    status: str
    reason: str


class RefundLineRow(NamedTuple):
    """What a refund took back of one line; `entry` is the place of its entry, None where nothing moved."""

    order_reference: str
    line_reference: str
    currency: str
    goods_minor: int
    delivery_minor: int
    cash_minor: int
    platform_discount_minor: int
    merchant_discount_minor: int
    entry: int | None
    is_merchants: bool


class OrderEventRow(NamedTuple):
    """An accepted event of an order; a payment says how it came in."""

    event_id: str
    kind: str
    sequence: int
    occurred_at: datetime
    channel: str | None
    channel_transaction: str | None


class SplittablePart(NamedTuple):
    """What a channel still lets be split of a payment, and when it lets go of the money; None where it never does."""

    amount_minor: int
    until: datetime | None


class SplittableRow(NamedTuple):
    """What the channels of an order still let be split of its payments."""

    currency: str
    parts: Sequence[SplittablePart]

    def stand(self, now: datetime) -> SplittablePart:
        """What of it can be split at this instant, and when the first of that ends; where none can, when it ended."""
        held = [part for part in self.parts if part.until is None or now < part.until]
        ends = [part.until for part in held or self.parts if part.until is not None]
        until = (min(ends) if held else max(ends)) if ends else None
        return SplittablePart(sum(part.amount_minor for part in held), until)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """
    Which orders; None does not matter. `paid_to` is exclusive; `party` is on a line, as whatever it is there. What an
    order `waits_for`: SPLIT (it has order funds), UNFREEZING (money that its channel froze), REFUND (one that is not
    paid), DISPUTE (one that is not decided).
    """

    legal_entity: str | None = None
    status: str | None = None
    party: str | None = None
    paid_from: datetime | None = None
    paid_to: datetime | None = None
    waits_for: str | None = None

    def check(self) -> None:
        """Refusals: InvalidInput."""
        check_range(self.paid_from, self.paid_to, field="paid_to", is_exclusive=True)


_EVERY = OrderFilter()
# A larger scope has so many orders that walking them soon fills a page.
_MOST_MEMBERS = 2_000
# To look an event's order up takes as long as a pass takes for so many places of the log: some 10 us, and 1 us each.
_LOOK_UP = 10


async def find_splittables(conn: Connection, *, keys: Sequence[str]) -> list[SplittableRow | None]:
    """What the channels of orders still let be split, by reference; one statement. For who sees whole orders."""
    rows = group(await sql_orders.find_paid_lines(conn, references=keys), keys, lambda row: row)
    return [_to_splittable(lines) if lines else None for lines in rows]


async def find_orders(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[OrderRow | None]:
    """Orders by reference; one statement."""
    return place(await sql_orders.find_orders(conn, references=keys, scope=scope), keys, _to_order)


async def list_orders(
    conn: Connection, *, scope: int | None, matching: OrderFilter = _EVERY, span: Span
) -> list[OrderRow]:
    """
    Orders, the newest first. Inside a scope the lines of others are looked at too.

    Refusals: InvalidInput for a period that has no instant.
    """
    matching.check()
    party_ids = None
    if matching.party is not None:
        (party,) = await parties.find_parties_by_reference(conn, keys=[matching.party], scope=scope)
        if party is None:
            return []
        party_ids = [party.party_id]
    elif scope is not None:
        members = await sql_parties.find_members(conn, root_id=scope, limit=_MOST_MEMBERS + 1)
        party_ids = members if len(members) <= _MOST_MEMBERS else None
    rows = await sql_orders.list_orders(
        conn,
        legal_entity=matching.legal_entity,
        status=matching.status,
        paid_from=matching.paid_from,
        paid_to=matching.paid_to,
        waits_for=matching.waits_for,
        party_ids=party_ids,
        by_events=party_ids is not None and await _has_few_events(conn, party_ids),
        scope=scope,
        span=span,
    )
    return [_to_order(row) for row in rows]


async def list_order_lines(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[list[OrderLineRow]]:
    """The lines of each order; one statement."""
    return group(await sql_orders.list_lines(conn, orders=keys, scope=scope), keys, _to_line)


async def find_order_lines(
    conn: Connection, *, keys: Sequence[tuple[str, str]], scope: int | None
) -> list[OrderLineRow | None]:
    """Lines by order and line reference; one statement."""
    orders, lines = _columns(keys)
    return place(await sql_orders.find_lines(conn, orders=orders, lines=lines, scope=scope), keys, _to_line)


async def list_shares(conn: Connection, *, keys: Sequence[tuple[str, str]], scope: int | None) -> list[list[ShareRow]]:
    """The shares of each line, given by order and line reference; one statement."""
    orders, lines = _columns(keys)
    rows = await sql_orders.list_shares(conn, orders=orders, lines=lines, scope=scope)
    return group(rows, keys, lambda row: read_row(ShareRow, row))


async def list_refunds(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[list[RefundRow]]:
    """The refunds of each order, in the order they came; one statement."""
    rows = await sql_orders.list_refunds(conn, orders=keys, scope=scope)
    return group(rows, keys, lambda row: read_row(RefundRow, row))


async def list_refund_lines(
    conn: Connection, *, keys: Sequence[tuple[str, str]], scope: int | None
) -> list[list[RefundLineRow]]:
    """The lines of each refund, given by order and refund reference; one statement."""
    orders, refunds = _columns(keys)
    rows = await sql_orders.list_refund_lines(conn, orders=orders, refunds=refunds, scope=scope)
    return group(rows, keys, lambda row: read_row(RefundLineRow, row))


async def list_order_events(conn: Connection, *, keys: Sequence[str]) -> list[list[OrderEventRow]]:
    """The accepted events of each order that moved something; one statement. For viewers of the whole platform."""
    rows = await sql_orders.list_events(conn, orders=keys)
    return group(rows, keys, lambda row: read_row(OrderEventRow, row))


async def _has_few_events(conn: Connection, party_ids: list[int]) -> bool:
    events = await sql_log.count_events_of(conn, party_ids=party_ids)
    return events * _LOOK_UP <= await sql_log.find_head(conn)


def _columns(keys: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in keys], [second for _, second in keys]


def _to_order(row: sql_orders.Row) -> OrderRow:
    return read_row(OrderRow, row)


def _to_line(row: sql_orders.Row) -> OrderLineRow:
    return read_row(OrderLineRow, row)


def _to_splittable(lines: Sequence[sql_orders.Row]) -> SplittableRow:
    payments: dict[tuple[str, datetime], list[sql_orders.Row]] = defaultdict(list)
    for line in lines:
        payments[line["channel"], line["paid_at"]].append(line)
    parts = [_find_part(paid, channel=channel, paid_at=paid_at) for (channel, paid_at), paid in payments.items()]
    return SplittableRow(lines[0]["currency"], parts)


def _find_part(lines: Sequence[sql_orders.Row], *, channel: str, paid_at: datetime) -> SplittablePart:
    profile = find_profile(channel)
    parts = [_to_paid_part(line) for line in lines]
    amount = find_splittable(parts, split=sum(line["split_minor"] for line in lines), profile=profile)
    return SplittablePart(0 if lines[0]["is_unfrozen"] else amount, find_end_of_freeze(paid_at, profile))


def _to_paid_part(line: sql_orders.Row) -> PaidPart:
    rates = FrozenRates.from_document(json.loads(line["rates"]))
    paid, refunded, disputed = line["paid_minor"], line["refunded_minor"], line["disputed_minor"]
    return PaidPart(paid, refunded, rates.channel_fee, rates.channel_fee_rounding, disputed)
