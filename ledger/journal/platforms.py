"""A platform: one operator with its chart, its log and its books. The unit of ordering and of sharding."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal import platform_sql
from ledger.journal.books import Book
from ledger.journal.chart import CHART
from ledger.journal.errors import Why


class Platform(NamedTuple):
    """`time_zone` is the operator's: posting days are days in it."""

    platform_id: int
    reference: str
    time_zone: str


async def create_platform(conn: Connection, *, reference: str, time_zone: str) -> Platform | None:
    """
    Create a platform with its chart and an empty log, and move the transaction inside its wall; None when the
    reference is taken. `conn` is a write transaction outside every wall.

    Refusals: InvalidInput for a time zone that does not exist.
    """
    check_time_zone(time_zone)
    platform_id = await platform_sql.insert_platform(conn, reference=reference, time_zone=time_zone)
    if platform_id is None:
        return None
    await conn.enter_platform(platform_id)
    await platform_sql.insert_log_head(conn)
    rows = [(a.code, a.name, a.klass, a.side, a.kept_per, a.floor_minor, a.owned, a.is_summary) for a in CHART]
    await platform_sql.insert_chart(conn, rows=[list(column) for column in zip(*rows, strict=True)])
    return Platform(platform_id, reference, time_zone)


async def list_platforms(conn: Connection) -> list[Platform]:
    """Every platform of the store, oldest first; `conn` is outside every wall."""
    return [Platform(*row) for row in await platform_sql.list_platforms(conn)]


async def get_own_platform(conn: Connection) -> Platform:
    """The platform whose wall this transaction is in; remembered, because nothing of it ever changes."""
    platform: Platform | None = conn.memory.get("platform")
    if platform is None:
        row = await platform_sql.find_platform(conn)
        assert row is not None, "a transaction inside a wall has its platform"
        found = Platform(conn.platform_id, row["reference"], row["time_zone"])
        conn.after_commit(lambda: conn.memory.update(platform=found))
        return found
    return platform


async def open_books(conn: Connection, *, books: Sequence[Book]) -> None:
    """Open the books of new legal entities."""
    if books:
        await platform_sql.insert_books(conn, rows=[list(column) for column in zip(*books, strict=True)])


def check_time_zone(name: str) -> None:
    """Refuse a time zone that does not exist. Refusals: InvalidInput."""
    if name not in _find_time_zones():
        raise InvalidInput(field=("timeZone",), reason=Why.ZONE_UNKNOWN, zone=name)


@cache
def _find_time_zones() -> frozenset[str]:
    """Asking reads the whole directory of zones. "localtime" is whatever this machine says, and no other knows it."""
    return frozenset(available_timezones() - {"localtime"})
