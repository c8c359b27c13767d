"""Calendars as they were published."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.calendars.model import BUILT_IN, WEEKDAYS_ONLY, Calendar
from ledger.calendars.parsing import read_content
from ledger.db.transacting import Connection
from ledger.reporting import sql_calendars
from ledger.reporting.model import Span


class CalendarRow(NamedTuple):
    """A version of a calendar; the built-in one was never published and has version 0."""

    sequence: int
    published_at: datetime | None
    calendar: Calendar


async def list_calendars(conn: Connection, *, name: str | None, span: Span) -> list[CalendarRow]:
    """Versions of calendars, of one name or of all, the last published first."""
    return [_to_row(row) for row in await sql_calendars.list_calendars(conn, name=name, span=span)]


async def find_calendars(conn: Connection, *, keys: Sequence[tuple[str, int]]) -> list[CalendarRow | None]:
    """Calendars by name and version, 0 for the latest; None where there is none."""
    names, versions = [name for name, _ in keys], [version for _, version in keys]
    rows = await sql_calendars.find_calendars(conn, names=names, versions=versions)
    found = {(row["asked"], row["asked_version"]): _to_row(row) for row in rows}
    found[BUILT_IN, 0] = CalendarRow(0, None, WEEKDAYS_ONLY)
    return [found.get(key) for key in keys]


def _to_row(row: sql_calendars.Row) -> CalendarRow:
    return CalendarRow(row["sequence"], row["published_at"], read_content(row["content"], version=row["version"]))
