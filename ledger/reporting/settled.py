"""
From a payout to what it was paid for, and back: what sheets have of which documents.

A part is what one party earned by one line of a document, such as an order line or a penalty. The parts of a closed
sheet sum to its total, and those of an order line say where every cent of it went.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_settled
from ledger.reporting.grouping import group
from ledger.settlement.sheets.keys import KIND_BY_CODE


class SettledPart(NamedTuple):
    """
    `amount_minor` counts up for the party; `sequences` are the entries behind it, in the order of the log. `sheet_id`
    is None while the sheet that it is on has not closed.
    """

    sheet_id: int | None
    party_id: int
    document: str
    document_line: str
    currency: str
    amount_minor: int
    sequences: tuple[int, ...]


async def list_parts_of_documents(
    conn: Connection, *, keys: Sequence[tuple[str, str | None]], scope: int | None
) -> list[list[SettledPart]]:
    """The parts of each document, as entries name it ("order/O1"), or of one line of it."""
    rows = await sql_settled.list_parts_of_documents(
        conn,
        documents=[document for document, _ in keys],
        lines=[line for _, line in keys],
        codes=list(KIND_BY_CODE),
        scope=scope,
    )
    return group(rows, keys, _to_part)


async def list_parts_of_sheets(conn: Connection, *, keys: Sequence[int]) -> list[list[SettledPart]]:
    """The parts of each sheet, by its number; the caller has seen that the viewer may see it."""
    return group(await sql_settled.list_parts_of_sheets(conn, sheet_ids=keys), keys, _to_part)


async def list_payouts_of_sheets(conn: Connection, *, keys: Sequence[int]) -> list[list[int]]:
    """The numbers of the payouts that ever claimed something of each sheet."""
    rows = await sql_settled.list_payouts_of_sheets(conn, sheet_ids=keys)
    return group(rows, keys, lambda row: int(row["payout_id"]))


def _to_part(row: sql_settled.Row) -> SettledPart:
    return SettledPart(
        row["sheet_id"],
        row["party_id"],
        row["document"],
        row["document_line"],
        row["currency"],
        row["amount_minor"],
        tuple(row["sequences"]),
    )
