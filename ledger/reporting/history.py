"""What happened, read backward and forward; the live stream is read by ledger.reporting.log."""

from collections.abc import Sequence

from ledger.db.transacting import Connection
from ledger.reporting import parties, sql_entries, sql_history
from ledger.reporting.grouping import group
from ledger.reporting.log import ENTRY, LogRecord, find_few_members, to_log_record
from ledger.reporting.model import EntryFilter, Span


async def list_history(
    conn: Connection, *, scope: int | None, kinds: Sequence[str] | None = None, party: str | None = None, span: Span
) -> list[LogRecord]:
    """
    Records of the log in its order, those of `kinds` only, and only those that concern the party (by reference) or
    somebody below it. At most six statements.

    The records of a small subtree are found through its accounts and the events of its parties; those of a large one
    are so many that walking the log soon fills a page.
    """
    root_id = scope
    if party is not None:
        (found,) = await parties.find_parties_by_reference(conn, keys=[party], scope=scope)
        if found is None:
            return []
        root_id = found.party_id
    if root_id is not None:
        sequences = await _find_few(conn, root_id=root_id, kinds=kinds, span=span)
        if sequences is not None:
            return [_to_record(row) for row in await sql_history.find_records(conn, sequences=sequences)]
    rows = await sql_history.list_records(conn, kinds=kinds, root_id=root_id, span=span)
    return [_to_record(row) for row in rows]


async def _find_few(conn: Connection, *, root_id: int, kinds: Sequence[str] | None, span: Span) -> list[int] | None:
    """The places of a page of records of a small subtree; None when it is large."""
    members = await find_few_members(conn, root_id=root_id)
    if members is None:
        return None
    found = set(await sql_history.list_events_of(conn, party_ids=members.party_ids, kinds=kinds, span=span))
    if kinds is None or ENTRY in kinds:
        # Entries are listed newest first, the log oldest first: the one's forward is the other's backward.
        mirrored = Span(span.limit, not span.backward, after=span.before, before=span.after)
        rows = await sql_entries.list_entries_of_accounts(
            conn, account_ids=members.account_ids, matching=EntryFilter(), span=mirrored
        )
        found.update(row["sequence"] for row in rows)
    return sorted(found, reverse=span.backward)[: span.limit]


async def list_document_events(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[list[LogRecord]]:
    """The events of each document, named as the log names it ("order/O-1"), in the order of the log; one statement."""
    return group(await sql_history.list_by_subject(conn, subjects=keys, scope=scope), keys, _to_record)


def _to_record(row: sql_history.Row) -> LogRecord:
    """A record as the stream has it, but without its circle, which only a subscriber's filter needs."""
    return to_log_record(row, circle=frozenset())
