"""The platform's log and its one lock. Who must judge before posting takes it first; posting takes it in any case."""

from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal import sql


class Head(NamedTuple):
    """Where the log stood when the lock was taken; `tree_version` counts the moves of parties."""

    sequence: int
    posted_at: datetime
    posting_day: date
    tree_version: int
    volume: int


async def lock_log(conn: Connection) -> Head:
    """
    Take the platform's log until the end of the transaction.

    What the lock protects is read by later statements: a statement that waited keeps the snapshot it began with.
    """
    row = await sql.lock_head(conn)
    return Head(row["sequence"], row["posted_at"], row["posting_day"], row["tree_version"], int(row["volume"]))
