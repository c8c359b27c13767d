"""
The last lines of accounts, as this process knows them: what the lock protects need not be read again as long as nobody
else has posted. (Measured: a tenth of the server's time per two-line entry, and all of it under the lock.)

They are those of the log at one sequence. A batch that finds the log there under the lock takes them as they are; one
that finds it further on first reads the lines that it missed. They change only after a commit. The database proves each
running balance against the line before it in any case (check_lines), so a wrong memory could get a batch refused and
never spoil the book.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.log import Head
from ledger.journal.model import Running

REMEMBERED = 250_000
# Beyond this many records, reading what was missed costs more than reading the accounts again.
MISSED_AT_MOST = 2_000


class LastLines:
    """Running figures of accounts when the log ended at `sequence`, its last record written at `posted_at`."""

    def __init__(self) -> None:
        self.sequence = -1
        self.posted_at: datetime | None = None
        self.running: dict[int, Running] = {}

    def begin(self, *, instead_of: int, sequence: int, posted_at: datetime) -> None:
        """Forget everything, unless somebody has moved on from `instead_of` meanwhile."""
        if self.sequence == instead_of:
            self.sequence, self.posted_at, self.running = sequence, posted_at, {}

    def advance(self, *, since: int, sequence: int, posted_at: datetime, running: Mapping[int, Running]) -> None:
        """
        Move on by what was written after `since`. What comes before its predecessor has been heard of is left out: the
        next batch reads it.
        """
        if self.sequence == since:
            if len(self.running) > REMEMBERED:
                self.running = {}
            self.sequence, self.posted_at = sequence, posted_at
            self.running.update(running)


async def known_lines(conn: Connection, *, head: Head) -> tuple[Mapping[int, Running], dict[int, Running]]:
    """
    The accounts whose last line is known without asking for it: those remembered, which are shared and not to be
    changed, and before them those that were missed. The caller holds the log's lock.
    """
    lines: LastLines = conn.memory.setdefault("last_lines", LastLines())
    if lines.sequence != head.sequence:
        # The batch before may be ours, and its commit be heard of in this very turn of the loop.
        await asyncio.sleep(0)
    since, missed = lines.sequence, head.sequence - lines.sequence
    if missed == 0 and lines.posted_at == head.posted_at:
        return lines.running, {}
    if since < 0 or not 0 < missed <= MISSED_AT_MOST:
        conn.after_commit(lambda: lines.begin(instead_of=since, sequence=head.sequence, posted_at=head.posted_at))
        return {}, {}
    # In the order of the log: of an account's lines the last one stays.
    rows = await sql.find_lines_after(conn, sequence=since)
    newer = {row["account_id"]: Running(row["version"], row["debit_after"], row["credit_after"]) for row in rows}
    heard = dict(newer)
    conn.after_commit(
        lambda: lines.advance(since=since, sequence=head.sequence, posted_at=head.posted_at, running=heard)
    )
    return lines.running, newer


def remember_lines(
    conn: Connection, *, head: Head, sequence: int, posted_at: datetime, running: Mapping[int, Running]
) -> None:
    """Once this transaction has committed, know the accounts as they stand after it."""
    lines: LastLines = conn.memory["last_lines"]
    conn.after_commit(
        lambda: lines.advance(since=head.sequence, sequence=sequence, posted_at=posted_at, running=running)
    )
