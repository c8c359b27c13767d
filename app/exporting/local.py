"""Exports read from the store, in one snapshot."""

from collections.abc import AsyncIterator

from app.exporting.rows import BALANCE_COLUMNS, write_csv_row, write_json_row
from ledger.db.transacting import Connection
from ledger.exports.balances import stream_balances
from ledger.exports.entries import stream_entries


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
