"""
From a payout to what it was paid for, and back: what sheets have of which documents.

A part is what one party earned by one line of a document, such as an order line or a penalty. The parts of a closed
sheet sum to its total, and those of an order line say where every cent of it went. Fee lines, adjustments and holds
may name an order, or a line of one: they hang together with it, down and up.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_settled
from ledger.reporting.grouping import group, place
from ledger.settlement.sheets.keys import KIND_BY_CODE


class SettledPart(NamedTuple):
    """
    `amount_minor` counts up for the party; `sequences` are the entries behind it, in the order of the log. `sheet_id`
    is None while the sheet that it is on has not closed. `order_reference` and `line_reference` are what the document
    is of or names, "" for none.
    """

    sheet_id: int | None
    party_id: int
    document: str
    document_line: str
    currency: str
    amount_minor: int
    sequences: tuple[int, ...]
    order_reference: str
    line_reference: str


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


async def list_documents_naming(
    conn: Connection, *, keys: Sequence[tuple[str, str | None]], scope: int | None
) -> list[list[str]]:
    """
    The fee lines, adjustments and holds ("fee-line/F1", "adjustment/A1", "hold/3") that name each order, or, where a
    line is given, that line; one statement. Those that only say the order are of none of its lines.
    """
    rows = await sql_settled.list_documents_naming(
        conn, orders=[order for order, _ in keys], lines=[line for _, line in keys], scope=scope
    )
    return group(rows, keys, lambda row: str(row["document"]))


async def find_lines_named(conn: Connection, *, keys: Sequence[tuple[str, str]]) -> list[tuple[str, str] | None]:
    """
    The order and line ("" for the order as a whole) that each document, with its line as entries say it, is of or
    names; one statement. Who may see the document may not therefore see the order.
    """
    rows = await sql_settled.find_lines_named(
        conn, documents=[document for document, _ in keys], lines=[line for _, line in keys]
    )
    return place(rows, keys, lambda row: (row["order_reference"], row["line_reference"]))


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
        row["order_reference"],
        row["line_reference"],
    )
