"""Exports read from the store, in one snapshot."""

from collections.abc import AsyncIterator

from app.exporting.rows import BALANCE_COLUMNS, CHANNEL_COLUMNS, DIFFERENCE_COLUMNS, write_csv_row, write_json_row
from ledger.charging.channel_days.model import Difference
from ledger.db.transacting import Connection
from ledger.exports.balances import stream_balances
from ledger.exports.entries import stream_entries
from ledger.reporting.channel_days import (
    ChannelDayFilter,
    ChannelDayRow,
    check_channel,
    list_channel_days,
    list_channel_differences,
    place_difference,
)
from ledger.reporting.fee_lines import ComparisonFilter, compare_orders
from ledger.reporting.model import Position, Span
from ledger.reporting.parties import find_parties

ORDERS_AT_ONCE = 200
ROWS_AT_ONCE = 1_000


async def write_balances(conn: Connection, as_json: bool) -> AsyncIterator[str]:
    """Yield the balances as lines of CSV or JSON."""
    if not as_json:
        yield write_csv_row(BALANCE_COLUMNS)
    async for row in stream_balances(conn):
        yield write_json_row(row._asdict()) if as_json else write_csv_row(row)


async def write_entries(conn: Connection) -> AsyncIterator[str]:
    """Yield the entries as lines of JSON."""
    async for entry in stream_entries(conn):
        yield write_json_row(entry)


async def write_fee_differences(conn: Connection, as_json: bool, *, matching: ComparisonFilter) -> AsyncIterator[str]:
    """
    Yield where own and submitted fees differ, as lines of CSV or JSON; amounts in minor units.

    Refusals: InvalidInput, as compare_orders.
    """
    matching.check()
    if not as_json:
        yield write_csv_row(DIFFERENCE_COLUMNS)
    last: Position | None = None
    while orders := await compare_orders(conn, matching=matching, span=Span(ORDERS_AT_ONCE, after=last)):
        keys = [each.key for order in orders for each in order.differences]
        ids = sorted({number for key in keys for number in (key.party_id, key.book_id)})
        found = zip(ids, await find_parties(conn, keys=ids, scope=None), strict=True)
        names = {number: party.reference if party else "" for number, party in found}
        for order in orders:
            for each in order.differences:
                key = each.key
                place = (key.order, key.line, names[key.book_id], names[key.party_id], key.item)
                row = (*place, each.reason.value, key.currency, each.own, each.submitted)
                yield write_json_row(dict(zip(DIFFERENCE_COLUMNS, row, strict=True))) if as_json else write_csv_row(row)
        last = orders[-1].position


async def write_channel_differences(
    conn: Connection, as_json: bool, *, matching: ChannelDayFilter
) -> AsyncIterator[str]:
    """
    Yield where payment channels' days and the book differ, as lines of CSV or JSON; amounts in minor units.

    Refusals, first match wins: InvalidInput, ChannelUnheard.
    """
    matching.check()
    if matching.channel is not None:
        await check_channel(conn, channel=matching.channel)
    if not as_json:
        yield write_csv_row(CHANNEL_COLUMNS)
    last: Position | None = None
    while days := await list_channel_days(conn, matching=matching, span=Span(ROWS_AT_ONCE, after=last)):
        for day in days:
            async for each in _list_differences(conn, day):
                name = (
                    day.day.isoformat(),
                    day.channel,
                    day.legal_entity,
                    day.file,
                    each.reason.value,
                    each.kind.value,
                )
                sides = (each.told, each.told_currency, each.booked, each.booked_currency)
                row = (*name, each.order, each.name, each.record, *sides)
                yield write_json_row(dict(zip(CHANNEL_COLUMNS, row, strict=True))) if as_json else write_csv_row(row)
        last = days[-1].position


async def _list_differences(conn: Connection, day: ChannelDayRow) -> AsyncIterator[Difference]:
    last: Position | None = None
    while page := await list_channel_differences(
        conn, channel_day_id=day.channel_day_id, is_open=True, span=Span(ROWS_AT_ONCE, after=last)
    ):
        for each in page:
            yield each
        last = place_difference(page[-1])
