"""
The log as a stream. Its records are visible in the order of their sequence, without gaps: the head's lock is held until
commit, so whoever has seen a sequence has seen, or can see, all before it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_entries, sql_history, sql_log, sql_parties

ENTRY = "ENTRY"
# So many parties or accounts are looked through in some 20 ms; the log of more is walked.
MOST_MEMBERS = 2_000


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


class Members(NamedTuple):
    """A party with everybody below it, and the accounts of all of them."""

    party_ids: list[int]
    account_ids: list[int]


class Stretch(NamedTuple):
    """What of the log concerns somebody, up to the place `through`; `is_last` where the log ends there."""

    records: list[LogRecord]
    through: int
    is_last: bool


async def read_log(conn: Connection, *, after: int, limit: int) -> list[LogRecord]:
    """The records that follow a place in the log, at most `limit`; two statements."""
    return await _draw_circles(conn, await sql_log.read_stretch(conn, after=after, limit=limit))


async def read_log_of(conn: Connection, *, root_id: int, after: int, reach: int, limit: int) -> Stretch | None:
    """
    The records that concern a party or somebody below it, as the tree stands, in the next `reach` places of the log, at
    most `limit`; None where there are too many below it, and walking the log is no slower. Six statements; what they
    cost goes with the members of the subtree and the records found, and not with the log.
    """
    members = await find_few_members(conn, root_id=root_id)
    if members is None:
        return None
    head = await sql_log.find_head(conn)
    through = min(after + reach, head)
    places = await sql_log.find_places_of(conn, **members._asdict(), after=after, through=through, limit=limit)
    if len(places) == limit:
        through = places[-1]
    records = await _draw_circles(conn, await sql_history.find_records(conn, sequences=places))
    return Stretch(records, max(through, after), through >= head)


async def find_few_members(conn: Connection, *, root_id: int) -> Members | None:
    """Who stands below a party, itself included; None where they or their accounts are very many."""
    party_ids = await sql_parties.find_members(conn, root_id=root_id, limit=MOST_MEMBERS + 1)
    account_ids = await sql_entries.find_accounts_of_interest(
        conn, account_id=None, party_id=None, scope=root_id, limit=MOST_MEMBERS + 1
    )
    return None if max(len(party_ids), len(account_ids)) > MOST_MEMBERS else Members(party_ids, account_ids)


async def _draw_circles(conn: Connection, rows: Sequence[sql_log.Row]) -> list[LogRecord]:
    concerned = sorted({party_id for row in rows for party_id in row["parties"]})
    paths = {row["party_id"]: row["path"] for row in await sql_log.find_paths(conn, party_ids=concerned)}
    return [
        to_log_record(
            row,
            circle=frozenset(above for party_id in row["parties"] for above in paths.get(party_id, (party_id,))),
        )
        for row in rows
    ]


def to_log_record(row: sql_log.Row, *, circle: frozenset[int]) -> LogRecord:
    """A row of the log, concerning that circle."""
    return LogRecord(
        sequence=row["sequence"],
        kind=row["kind"],
        subject=row["subject"],
        occurred_at=row["occurred_at"],
        posted_at=row["posted_at"],
        actor=row["actor"],
        parties=tuple(row["parties"]),
        payload=row["payload"],
        circle=circle,
    )
