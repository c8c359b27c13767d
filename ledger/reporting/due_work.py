"""What is due by itself: since when, per kind of work. The worker plans by it, and finance sees what waits."""

from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_due_work


async def find_due_work(conn: Connection, *, now: datetime) -> dict[str, datetime]:
    """The kinds of work that have something due at `now`, each with the instant since when; one statement."""
    return {row["kind"]: row["since"] for row in await sql_due_work.find_due_work(conn, now=now)}


async def find_outdated_calendars(conn: Connection) -> list[tuple[str, int]]:
    """The calendars by an earlier version of which unfinished sheets are dated, with their latest version."""
    return [(row["name"], row["version"]) for row in await sql_due_work.find_outdated_calendars(conn)]


class ClosingSheet(NamedTuple):
    """A sheet whose total is fixed; in minor units, what the party is owed counts up."""

    party: str
    legal_entity: str
    role: str
    mode: str
    currency: str
    zone: str
    period_start: datetime
    period_end: datetime
    due_date: date
    lines: int
    total_minor: int


async def find_last_step(conn: Connection) -> int:
    """The last step that any sheet has taken; those after it are asked for by `list_fixed_sheets`."""
    return await sql_due_work.find_last_step(conn)


async def list_fixed_sheets(conn: Connection, *, after_step: int) -> list[ClosingSheet]:
    """The sheets whose totals were fixed after a step, by their ends and parties."""
    return [ClosingSheet(*row) for row in await sql_due_work.list_fixed_sheets(conn, after_step=after_step)]


async def count_ended(conn: Connection, *, now: datetime) -> int:
    """How many sheets are to be closed: their periods are over at `now`, or their closing was begun."""
    return await sql_due_work.count_ended(conn, now=now)


async def find_first_end(conn: Connection) -> datetime | None:
    """The first boundary at which an open sheet ends; None when none is open."""
    return await sql_due_work.find_first_end(conn)
