"""
The log as a stream. Its records are visible in the order of their sequence, without gaps: the head's lock is held until
commit, so whoever has seen a sequence has seen, or can see, all before it.
"""

from datetime import datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_log

ENTRY = "ENTRY"


class LogRecord(NamedTuple):
    """
    One record: a document event, or an entry (kind ENTRY, its document as subject, "" without one, no payload).

    `parties` are those it concerns; `circle` holds them and everybody above them, as the tree stood when it was read.
    """

    sequence: int
    kind: str
    subject: str
    occurred_at: datetime
    posted_at: datetime
    actor: str
    parties: tuple[int, ...]
    payload: str
    circle: frozenset[int]


async def find_log_head(conn: Connection) -> int:
    """The last sequence of the platform's log; 0 while it is empty."""
    return await sql_log.find_head(conn)


async def read_log(conn: Connection, *, after: int, limit: int) -> list[LogRecord]:
    """The records that follow a place in the log, at most `limit`; two statements."""
    rows = await sql_log.read_stretch(conn, after=after, limit=limit)
    concerned = sorted({party_id for row in rows for party_id in row["parties"]})
    paths = {row["party_id"]: row["path"] for row in await sql_log.find_paths(conn, party_ids=concerned)}
    return [
        LogRecord(
            row["sequence"],
            row["kind"],
            row["subject"],
            row["occurred_at"],
            row["posted_at"],
            row["actor"],
            tuple(row["parties"]),
            row["payload"],
            frozenset(above for party_id in row["parties"] for above in paths.get(party_id, (party_id,))),
        )
        for row in rows
    ]
