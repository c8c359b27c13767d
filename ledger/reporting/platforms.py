"""The platform itself, and where its log stands."""

from datetime import datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_books


class PlatformRow(NamedTuple):
    """The platform as its operator named it; `sequence` and `posted_at` are the last of its log."""

    reference: str
    name: str
    time_zone: str
    sequence: int
    posted_at: datetime


async def get_platform(conn: Connection) -> PlatformRow:
    """The platform that this snapshot is of."""
    row = await sql_books.find_platform(conn)
    assert row is not None, "a snapshot is of a platform that exists"
    return PlatformRow(
        row["reference"],
        row["name"] or row["reference"],
        row["time_zone"],
        row["sequence"],
        row["posted_at"],
    )
