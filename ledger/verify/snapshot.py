"""Rows of one snapshot, streamed, with a word now and then on how far it got."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
# Called with the name of the check and the number of rows it has read.
Progress = Callable[[str, int], None]

PREFETCH = 2_000


@dataclass(slots=True)
class Snapshot:
    """
    The transaction that is verified. `days` are the posting days with their last sequence, in order, filled by the
    first check and used by later ones. `rows_at_once` bounds the totals held in memory.
    """

    conn: Connection
    platform: str
    progress: Progress
    rows_at_once: int
    days: list[tuple[int, date]]
    check: str = ""
    read: int = 0

    async def stream(self, statement: str, *arguments: Any) -> AsyncIterator[Row]:
        """The rows of a statement in its order, a few thousand at a time."""
        async for row in self.conn.raw.cursor(statement, *arguments, prefetch=PREFETCH):
            self.read += 1
            if self.read % PREFETCH == 0:
                self.progress(self.check, self.read)
            yield row


async def following(rows: AsyncIterator[Row]) -> Row | None:
    """The next row, None after the last."""
    return await anext(rows, None)
