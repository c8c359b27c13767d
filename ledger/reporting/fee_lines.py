"""Fee lines that came from elsewhere, the catalogue they follow, and how they compare with what is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ledger.charging.fees.comparing import Difference, FeeKey, compare_fees
from ledger.charging.fees.model import FeeItem
from ledger.charging.fees.publishing import read_item
from ledger.charging.fees.standard_items import STANDARD_ITEMS
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.reporting import sql_comparisons, sql_fee_lines
from ledger.reporting.errors import PlaceGone, Why
from ledger.reporting.grouping import place, read_row
from ledger.reporting.model import Position, Span
from ledger.reporting.ranges import check_range

# Orders that came between two pages of a period and are looked at one by one; with more, the list starts again.
_MOST_ORDERS = 50_000
# A cursor of an older program says nothing of that: as if none had come since.
_UNKNOWN = 2**62


class FeeLineRow(NamedTuple):
    """A fee line; `status` follows from the sheet that claimed it. `sheet_id` is None while none did."""

    sequence: int
    reference: str
    entry: int | None
    book_id: int
    legal_entity: str
    party_id: int
    item: str
    item_version: int
    direction: str
    currency: str
    account_code: str
    base_minor: int | None
    rate: str
    exact: str
    amount_minor: int
    tax_minor: int
    reversed_minor: int
    reversed_tax_minor: int
    occurred_at: datetime
    source: str
    compare_only: bool
    reverses: str | None
    order_reference: str
    line_reference: str
    spu: str
    sku: str
    sku_kind: str
    sheet_id: int | None
    status: str


class FeeItemRow(NamedTuple):
    """An item of the catalogue in force; one that came with the program and has no line yet is version 1."""

    item: FeeItem
    version: int


class ComparedOrder(NamedTuple):
    """
    An order, and where what another system submitted of it differs from what was computed here. `at` is its place in a
    period, as its page knows it; None where orders are listed of no period.
    """

    order: str
    differences: Sequence[Difference]
    at: datetime | None = None
    known_at: int = 0

    @property
    def position(self) -> Position:
        """Where it stands in its list."""
        return (self.order,) if self.at is None else (self.at.isoformat(), self.order, self.known_at)


@dataclass(frozen=True, slots=True)
class ComparisonFilter:
    """
    Of which orders; None does not matter. `paid_to` is exclusive. `include_unmatched` lists the orders of the period of
    which the other system said nothing, too.
    """

    paid_from: datetime | None = None
    paid_to: datetime | None = None
    include_unmatched: bool = False

    def check(self) -> None:
        """Refusals: InvalidInput."""
        check_range(self.paid_from, self.paid_to, field="paid_to", is_exclusive=True)
        if self.include_unmatched and (self.paid_from is None or self.paid_to is None):
            raise InvalidInput(field=("filter", "include_unmatched"), reason=Why.PERIOD_NEEDED)


_ALL = ComparisonFilter()


class SourceRow(NamedTuple):
    """A source that fee lines are pulled from; `refused_lines` still wait."""

    name: str
    url: str
    credential_variable: str
    interval_seconds: int
    failures: int
    pulled_lines: int
    next_pull_at: datetime
    pulled_at: datetime | None
    is_active: bool
    cursor: str
    last_error: str
    last_code: str
    last_facts: str | None
    refused_lines: int


class SourceRefusalRow(NamedTuple):
    """A line of a source that is still refused, as it came."""

    refusal: int
    source: str
    refused_at: datetime
    tries: int
    next_try_at: datetime
    document: str
    code: str
    message: str
    facts: str | None


class DisputeRow(NamedTuple):
    """A dispute of an order's payment; `open_minor` is what it has in 1130."""

    dispute_reference: str
    order_reference: str
    amount_minor: int
    fee_minor: int
    open_minor: int
    status: str
    liability: str
    defended_at: datetime | None
    currency: str


class InternalSplitRow(NamedTuple):
    """An order that was split here because its channel could not any more."""

    order_reference: str
    amount_minor: int
    currency: str
    opened_at: datetime
    frozen_until: datetime
    reason: str


async def list_fee_lines(
    conn: Connection,
    *,
    party_id: int | None,
    order: str | None,
    item: str | None,
    source: str | None,
    compare_only: bool | None,
    scope: int | None,
    span: Span,
) -> list[FeeLineRow]:
    """Fee lines, the newest first; positions are (sequence)."""
    rows = await sql_fee_lines.list_fee_lines(
        conn,
        party_id=party_id,
        order=order,
        item=item,
        source=source,
        compare_only=compare_only,
        scope=scope,
        span=span,
    )
    return [read_row(FeeLineRow, row) for row in rows]


async def find_fee_lines(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[FeeLineRow | None]:
    """Fee lines by their ids, in order; None for those that are not there or not to be seen."""
    rows = await sql_fee_lines.find_fee_lines(conn, references=keys, scope=scope)
    return place(rows, keys, lambda row: read_row(FeeLineRow, row))


async def list_fee_items(conn: Connection) -> list[FeeItemRow]:
    """The catalogue in force, by code."""
    items = {item.code: FeeItemRow(item, 1) for item in STANDARD_ITEMS}
    for row in await sql_fee_lines.list_item_versions(conn):
        items[row["code"]] = FeeItemRow(read_item(row["content"]), row["version"])
    return [items[code] for code in sorted(items)]


async def compare_orders(conn: Connection, *, span: Span, matching: ComparisonFilter = _ALL) -> list[ComparedOrder]:
    """
    Orders of which another system submitted lines to be compared, each with its differences; none where both say the
    same. Of a period they are listed by when they were paid, positions begin with (ISO instant, order); else by
    reference, positions are (order). Entries from before fees were kept on them count as nothing computed.

    Refusals: InvalidInput for a period without an instant, and for unmatched orders of no period: without one, every
        order would be listed that was ever sold before the other system took part. PlaceGone when an order of which
        only lines were known has been recorded since the cursor's page, and passed it.
    """
    matching.check()
    listed = await _list_compared(conn, span=span, matching=matching)
    orders = [row["order_reference"] for row in listed]
    own_rows = await sql_fee_lines.find_own_fees(conn, orders=orders)
    rows = await sql_fee_lines.find_compared_fees(conn, orders=orders)
    found: dict[str, list[Difference]] = {order: [] for order in orders}
    # What is computed here of an order is of its currency.
    currencies = {row["order_reference"]: row["currency"] for row in listed}
    own = {_key(row, currencies[row["order_reference"]]): row["amount"] for row in own_rows}
    for difference in compare_fees(own, {_key(row, row["currency"]): row["amount"] for row in rows}):
        found[difference.key.order].append(difference)
    return [
        ComparedOrder(order, found[order], row["at"], row["known_at"])
        for order, row in zip(orders, listed, strict=True)
    ]


async def list_sources(conn: Connection) -> list[SourceRow]:
    """Every source, by name."""
    rows = await sql_fee_lines.list_sources(conn)
    return [read_row(SourceRow, row) for row in rows]


async def list_refusals(conn: Connection, *, source: str | None, span: Span) -> list[SourceRefusalRow]:
    """Lines of sources that are still refused, the oldest first; positions are (refusal)."""
    rows = await sql_fee_lines.list_refusals(conn, source=source, span=span)
    return [read_row(SourceRefusalRow, row) for row in rows]


async def list_disputes(conn: Connection, *, keys: Sequence[str]) -> list[list[DisputeRow]]:
    """The disputes of each of these orders."""
    found: dict[str, list[DisputeRow]] = {order: [] for order in keys}
    for row in await sql_fee_lines.list_disputes(conn, orders=keys):
        found[row["order_reference"]].append(read_row(DisputeRow, row))
    return [found[order] for order in keys]


async def list_internal_splits(conn: Connection, *, span: Span) -> list[InternalSplitRow]:
    """Orders split here because their channel could not, the oldest first; positions are (ISO instant, order)."""
    rows = await sql_fee_lines.list_internal_splits(conn, span=span)
    return [read_row(InternalSplitRow, row) for row in rows]


async def _list_compared(conn: Connection, *, span: Span, matching: ComparisonFilter) -> list[sql_comparisons.Row]:
    if matching.paid_from is None and matching.paid_to is None:
        return await sql_comparisons.list_compared_orders(conn, span=span)
    for name, cursor in (("after", span.after), ("before", span.before)):
        if cursor is not None:
            await _check_place(conn, *cursor, matching=matching, field=name)
    return await sql_comparisons.list_compared_orders_of_period(
        conn,
        paid_from=matching.paid_from,
        paid_to=matching.paid_to,
        with_unmatched=matching.include_unmatched,
        span=span,
    )


async def _check_place(
    conn: Connection,
    at: int | str,
    order: int | str,
    known_at: int | str = _UNKNOWN,
    *,
    matching: ComparisonFilter,
    field: str,
) -> None:
    came = await sql_comparisons.find_paid_since(
        conn,
        known_at=int(known_at),
        limit=_MOST_ORDERS + 1,
        place=(datetime.fromisoformat(str(at)), str(order)),
        paid_from=matching.paid_from,
        paid_to=matching.paid_to,
    )
    if came is not None and (came["orders"] > _MOST_ORDERS or came["is_passed"]):
        raise PlaceGone(field=(field,))


def _key(row: sql_fee_lines.Row, currency: str) -> FeeKey:
    place = (row["order_reference"], row["line_reference"])
    return FeeKey(*place, row["party_id"], row["item"], row["book_id"], currency)
