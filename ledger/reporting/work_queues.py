"""What waits for the people of finance: how much, since when, how old."""

from datetime import datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_work_queues


class WorkQueue(NamedTuple):
    """A queue that has something in it; the ages are counts that add up to `total`."""

    queue: str
    total: int
    oldest_since: datetime
    within_day: int
    within_week: int
    within_month: int
    older: int


async def count_queues(conn: Connection, *, now: datetime) -> list[WorkQueue]:
    """Every queue that has something, in a fixed order; one statement."""
    return [WorkQueue(*row) for row in await sql_work_queues.count_queues(conn, now=now)]
