"""On which sheets money is, for those who act on it after its period has ended."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.books import resolve_books
from ledger.journal.model import AccountKey
from ledger.settlement.sheets import claimed_sql as sql
from ledger.settlement.sheets import closing_sql
from ledger.settlement.sheets.fixing import list_places
from ledger.settlement.sheets.keys import find_kind
from ledger.settlement.sheets.payable import find_sheets


class DocumentLine(NamedTuple):
    """One line of a document ("order/O1", "1"), as far as it concerns a party."""

    document: str
    line: str
    party_id: int


async def find_claims(conn: Connection, *, lines: Sequence[DocumentLine]) -> list[list[tuple[int, int]]]:
    """The sheets that claimed each of these with what they claimed of it, in minor units, signed; one statement."""
    found: list[list[tuple[int, int]]] = [[] for _ in lines]
    for row in await sql.find_claims(
        conn,
        documents=[each.document for each in lines],
        lines=[each.line for each in lines],
        party_ids=[each.party_id for each in lines],
    ):
        found[row["place"] - 1].append((row["sheet_id"], row["amount_minor"]))
    return found


async def sum_claimed(conn: Connection, *, sheet_ids: Sequence[int], sequences: Sequence[int]) -> dict[int, int]:
    """What these sheets claimed of the entries at these places in the log, in minor units, signed; one statement."""
    rows = await sql.sum_claimed(conn, sheet_ids=sheet_ids, sequences=sequences) if sequences else ()
    return {row["sheet_id"]: row["amount_minor"] for row in rows}


class Ended(NamedTuple):
    """
    The last day of a period that has ended and whose sheet has not closed yet, and what stands there on one account
    before its end, in minor units; what the party is owed counts up.
    """

    last_day: date
    amount: int


async def find_ended(conn: Connection, *, keys: Collection[AccountKey], now: datetime) -> dict[AccountKey, Ended]:
    """
    The periods that have ended by now and whose sheets have not closed yet, of those of these accounts that have one;
    four statements, one where there is none.

    Their money is about to leave them with that sheet. What acts on it as it stands there is dated on that day, and
    says no cause: it is then on the sheet that the money is on, not on the next.
    """
    known = [(key, kind) for key in keys if (kind := find_kind(key.code)) is not None and key.party_id is not None]
    rows = await sql.find_ended(
        conn,
        party_ids=[key.party_id or 0 for key, _ in known],
        book_ids=[key.book_id for key, _ in known],
        roles=[role for _, (role, _) in known],
        modes=[mode for _, (_, mode) in known],
        currencies=[key.currency for key, _ in known],
        now=now,
    )
    if not rows:
        return {}
    sheets = await find_sheets(conn, sheet_ids={row["sheet_id"] for row in rows})
    books = await resolve_books(conn, book_ids={sheet.key.book_id for sheet in sheets.values()})
    sums = await closing_sql.sum_open_lines(conn, places=list_places(list(sheets.values()), books))
    stands = {(row["sheet_id"], row["code"]): row["credit"] - row["debit"] for row in sums}
    ended: dict[AccountKey, Ended] = {}
    for row in rows:
        key = known[row["place"] - 1][0]
        ended[key] = Ended(row["last_day"], stands.get((row["sheet_id"], key.code), 0))
    return ended
