"""On which closed sheets the lines of documents are, for those who act on an order after its money was closed."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.settlement.sheets import claimed_sql as sql


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
