"""What waits for the people of finance: how many, how much, since when, how old."""

from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_work_queues


class WorkQueue(NamedTuple):
    """
    A queue that has something in it; the ages are counts that add up to `total`. `amounts` is what those of its items
    come to that have an amount, in minor units by currency.
    """

    queue: str
    total: int
    oldest_since: datetime
    within_day: int
    within_week: int
    within_month: int
    older: int
    amounts: tuple[tuple[str, int], ...]


async def count_queues(conn: Connection, *, now: datetime) -> list[WorkQueue]:
    """Every queue that has something, in a fixed order; one statement."""
    rows = await sql_work_queues.count_queues(conn, now=now)
    return [_add_up(queue, list(found)) for queue, found in groupby(rows, key=lambda row: str(row["queue"]))]


def _add_up(queue: str, rows: list[sql_work_queues.Row]) -> WorkQueue:
    """One queue of its currencies."""
    return WorkQueue(
        queue=queue,
        total=sum(row["total"] for row in rows),
        oldest_since=min(row["oldest_since"] for row in rows),
        within_day=sum(row["within_day"] for row in rows),
        within_week=sum(row["within_week"] for row in rows),
        within_month=sum(row["within_month"] for row in rows),
        older=sum(row["older"] for row in rows),
        amounts=tuple(
            (row["currency"], int(row["amount_minor"]))
            for row in rows
            if row["currency"] and row["amount_minor"] is not None
        ),
    )
