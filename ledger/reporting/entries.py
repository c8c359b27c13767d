"""Entries by their place in the log, in lists with filters, and line by line."""

from collections.abc import Sequence

from ledger.db.transacting import Connection
from ledger.reporting import parties, sql_entries
from ledger.reporting.accounts import to_line
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import EntryFilter, EntryRow, LineRow, Span

_EVERY = EntryFilter()
# Looking up the last lines of so many accounts takes some 20 ms; beyond, walking the log finds a page sooner.
_MOST_ACCOUNTS = 2_000


async def find_entries(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[EntryRow | None]:
    """Entries by sequence; one statement."""
    return place(await sql_entries.find_by_sequence(conn, sequences=keys, scope=scope), keys, to_entry)


async def find_reversals(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[EntryRow | None]:
    """The entry that reverses each of these, or None; one statement."""
    return place(await sql_entries.find_reversals(conn, sequences=keys, scope=scope), keys, to_entry)


async def list_document_entries(
    conn: Connection, *, keys: Sequence[tuple[str, str | None]], scope: int | None
) -> list[list[EntryRow]]:
    """
    The entries of each document, or of one line of it ("" is what belongs to the document as a whole), in the order of
    the log; one statement.
    """
    documents, lines = [document for document, _ in keys], [line for _, line in keys]
    rows = await sql_entries.find_by_document(conn, documents=documents, lines=lines, scope=scope)
    return group(rows, keys, to_entry)


async def list_entry_lines(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[list[LineRow]]:
    """The lines of each entry in their order, those outside the scope left out; one statement."""
    lines: list[list[LineRow]] = [[] for _ in keys]
    for row in await sql_entries.find_lines(conn, sequences=keys, scope=scope):
        lines[row["key_position"] - 1].append(to_line(row))
    return lines


async def list_entries(
    conn: Connection, *, scope: int | None, matching: EntryFilter = _EVERY, span: Span
) -> list[EntryRow]:
    """
    Entries, newest first; inside a scope those with a line in it. At most three statements.

    Whoever asks for the entries of few accounts (of a party, or of a small scope) gets them through their lines,
    without a look at the rest of the log.

    Refusals: InvalidInput for dates or sequences the wrong way round.
    """
    matching.check()
    party_id = None
    if matching.party is not None:
        (party,) = await parties.find_parties_by_reference(conn, keys=[matching.party], scope=scope)
        if party is None:
            return []
        party_id = party.party_id
    is_named = matching.document is not None or matching.key is not None
    if not is_named and (scope, party_id, matching.account_id) != (None, None, None):
        # With both, through the party's lines: those of an account of the platform's are of everybody.
        account_id = matching.account_id if party_id is None else None
        account_ids = await sql_entries.find_accounts_of_interest(
            conn, account_id=account_id, party_id=party_id, scope=scope, limit=_MOST_ACCOUNTS + 1
        )
        if len(account_ids) <= _MOST_ACCOUNTS:
            rows = await sql_entries.list_entries_of_accounts(
                conn, account_ids=account_ids, matching=matching, span=span
            )
            return [to_entry(row) for row in rows]
    rows = await sql_entries.list_entries(conn, matching=matching, party_id=party_id, scope=scope, span=span)
    return [to_entry(row) for row in rows]


def to_entry(row: sql_entries.Row) -> EntryRow:
    """A row as a value."""
    return read_row(EntryRow, row)
