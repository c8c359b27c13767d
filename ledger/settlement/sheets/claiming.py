"""
The second half of closing: a sheet whose total is fixed claims its lines, outside the log's lock.

What is claimed follows from what was fixed, so it can be done in any number of steps, by anybody, and again after a
kill: lines of the sheet's accounts through its place in the log, before its end, that nobody has claimed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ledger.actor import Actor
from ledger.db.columns import days, instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.books import Book, resolve_books
from ledger.settlement.sheets import claiming_sql
from ledger.settlement.sheets.claiming_sql import LINES_AT_ONCE, Row
from ledger.settlement.sheets.fixing import find_day_limit
from ledger.settlement.sheets.planning import find_local_day


async def claim_lines(conn: Connection, *, actor: Actor, now: datetime, limit: int) -> int | None:
    """
    Claim lines for up to `limit` sheets that are closing, about LINES_AT_ONCE of them, and close the sheets that have
    theirs. Returns how many lines; None when no sheet is closing that another closer does not have. Seven statements.
    """
    sheets = {row["sheet_id"]: row for row in await claiming_sql.lock_closing_sheets(conn, limit=limit)}
    if not sheets:
        return None
    books = await resolve_books(conn, book_ids={row["book_id"] for row in sheets.values()})
    unclaimed = await claiming_sql.find_unclaimed_accounts(conn, sheet_ids=list(sheets))
    page = _take_page(unclaimed)
    claimed = await claiming_sql.claim_lines(conn, accounts=_columns(page, sheets, books)) if page else 0
    left = {row["sheet_id"] for row in await claiming_sql.find_unclaimed_accounts(conn, sheet_ids=list(sheets))}
    whole = [sheet_id for sheet_id in sheets if sheet_id not in left]
    if whole:
        await claiming_sql.claim_closing_lines(conn, sheet_ids=whole)
        await claiming_sql.set_closed(conn, sheet_ids=whole, at=now, actor=actor.name)
    return claimed


def _take_page(unclaimed: Sequence[Row]) -> Sequence[Row]:
    """As many accounts as have LINES_AT_ONCE between them; a larger one goes alone."""
    lines = 0
    for place, row in enumerate(unclaimed):
        lines += row["line_count"]
        if lines > LINES_AT_ONCE:
            return unclaimed[: max(place, 1)]
    return unclaimed


def _columns(page: Sequence[Row], sheets: Mapping[int, Row], books: Mapping[int, Book]) -> list[str]:
    own = [sheets[row["sheet_id"]] for row in page]
    return [
        numbers([row["sheet_id"] for row in page]),
        numbers([row["account_id"] for row in page]),
        numbers([row["claimed_through"] + 1 for row in page]),
        numbers([sheet["through_sequence"] for sheet in own]),
        instants([sheet["period_start"] for sheet in own]),
        instants([sheet["period_end"] for sheet in own]),
        texts([sheet["zone"] for sheet in own]),
        days([find_day_limit(sheet["period_end"], sheet["zone"], books[sheet["book_id"]]) for sheet in own]),
        days([find_late_day(sheet["period_start"], sheet["zone"], books[sheet["book_id"]]) for sheet in own]),
        numbers([row["line_count"] for row in page]),
    ]


def find_late_day(start: datetime, zone: str, book: Book) -> date:
    """The last business day on which a line that was not moved off a closed day may be before a period's start."""
    moment_before = start - datetime.resolution
    return max(find_local_day(moment_before, zone), find_local_day(moment_before, book.time_zone))
