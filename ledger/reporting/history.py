"""What happened, read backward and forward; the live stream is read by ledger.reporting.log."""

from collections.abc import Sequence

from ledger.db.transacting import Connection
from ledger.reporting import parties, sql_history
from ledger.reporting.grouping import group
from ledger.reporting.log import LogRecord
from ledger.reporting.model import Span


async def list_history(
    conn: Connection, *, scope: int | None, kinds: Sequence[str] | None = None, party: str | None = None, span: Span
) -> list[LogRecord]:
    """
    Records of the log in its order, those of `kinds` only, and only those that concern the party (by reference) or
    somebody below it. Inside a scope the records of others are looked at too, until the page is full.
    """
    party_id = None
    if party is not None:
        (found,) = await parties.find_parties_by_reference(conn, keys=[party], scope=scope)
        if found is None:
            return []
        party_id = found.party_id
    rows = await sql_history.list_records(conn, kinds=kinds, party_id=party_id, scope=scope, span=span)
    return [_to_record(row) for row in rows]


async def list_document_events(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[list[LogRecord]]:
    """The events of each document, named as the log names it ("order/O-1"), in the order of the log; one statement."""
    return group(await sql_history.list_by_subject(conn, subjects=keys, scope=scope), keys, _to_record)


def _to_record(row: sql_history.Row) -> LogRecord:
    """A record as the stream has it, but without its circle, which only a subscriber's filter needs."""
    return LogRecord(
        row["sequence"],
        row["kind"],
        row["subject"],
        row["occurred_at"],
        row["posted_at"],
        row["actor"],
        tuple(row["parties"]),
        row["payload"],
        frozenset(),
    )
