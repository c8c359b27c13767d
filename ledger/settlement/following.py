"""
Following the log: what others posted is acted on once, whoever was killed in between.

A follower reads a stretch of the log, acts, and remembers where it stopped, in one transaction under the log's lock.
"""

from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.settlement import following_sql as sql

# Records of the log at a time: far more than are posted between two runs, and read in some ten milliseconds.
STRETCH = 20_000


class Stretch(NamedTuple):
    """The records after `after` up to and with `through`; the log ends at `end`."""

    after: int
    through: int
    end: int


async def find_stretch(conn: Connection, *, name: str) -> Stretch | None:
    """The next stretch of the log that this follower has not read; None at the log's end. The log is locked."""
    head = await lock_log(conn)
    after = await sql.find_read(conn, name=name)
    return None if after >= head.sequence else Stretch(after, min(head.sequence, after + STRETCH), head.sequence)


async def list_stretches(conn: Connection, *, name: str) -> list[Stretch]:
    """All that this follower has not read, stretch by stretch to the log's end. The log is locked."""
    first = await find_stretch(conn, name=name)
    if first is None:
        return []
    return [
        Stretch(after, min(after + STRETCH, first.end), first.end) for after in range(first.after, first.end, STRETCH)
    ]


async def finish_stretch(conn: Connection, *, name: str, through: int) -> None:
    """Remember that this follower has acted on the log up to there."""
    await sql.keep_read(conn, name=name, sequence=through)


async def finish_repeatable(conn: Connection, *, name: str, through: int) -> None:
    """The same of what may be acted on twice, outside the lock: somebody else may have come further meanwhile."""
    await sql.keep_furthest(conn, name=name, sequence=through)
