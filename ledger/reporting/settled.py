"""
From a payout to what it was paid for, and back: what sheets have of which documents.

A part is what one party earned by one line of a document, such as an order line or a penalty. The parts of a sheet, of
an open one those of what stands on it now, sum to its total, and those of an order line say where every cent of it
went. Fee lines, adjustments and holds may name an order, or a line of one, and claims of deposits an order: they hang
together with it, down and up.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_naming, sql_settled
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span
from ledger.settlement.sheets.keys import KIND_BY_CODE


class PartTotal(NamedTuple):
    """What all lines of a party on a sheet come to; `sheet_id` is None for those of sheets that have not closed."""

    sheet_id: int | None
    party_id: int
    currency: str
    amount_minor: int
    line_count: int


class PartKey(NamedTuple):
    """What parts are asked of: a document as entries name it ("order/O1"), one line of it, or one entry."""

    document: str
    line: str | None = None
    step: int | None = None


class NamingDocument(NamedTuple):
    """
    A fee line, adjustment or hold ("fee-line/F1", "adjustment/A1", "hold/3"), and its place in the log. Of a slice of a
    deposit ("deposit/5") one step, a claim or what pays it, by the place of its entry: only that is for the order.
    """

    sequence: int
    document: str

    @property
    def is_step(self) -> bool:
        """Whether only this step of the document names the order."""
        return self.document.startswith("deposit/")

    @property
    def part(self) -> PartKey:
        """What of the document is of the order."""
        return PartKey(self.document, step=self.sequence if self.is_step else None)


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
    conn: Connection, *, keys: Sequence[PartKey], scope: int | None
) -> list[list[SettledPart]]:
    """The parts of each document, of one line of it, or of one of its entries."""
    rows = await sql_settled.list_parts_of_documents(
        conn,
        documents=[key.document for key in keys],
        lines=[key.line for key in keys],
        steps=[key.step for key in keys],
        codes=list(KIND_BY_CODE),
        scope=scope,
    )
    return group(rows, keys, _to_part)


async def list_parts_of_sheets(conn: Connection, *, sheet_ids: Sequence[int], span: Span) -> list[SettledPart]:
    """
    The parts of these sheets, sheet by sheet, in the order in which their documents came; the caller has seen that the
    viewer may see them. Forward only; positions are (sheet, first of the part's sequences).
    """
    sheet_id, since = span.after or (0, 0)
    after = (int(sheet_id), int(since))
    rows = await sql_settled.list_parts_of_sheets(conn, sheet_ids=sheet_ids, after=after, limit=span.limit)
    return [_to_part(row) for row in rows]


async def list_parts_of_open_sheet(conn: Connection, *, sheet_id: int, span: Span) -> list[SettledPart]:
    """
    The parts of what stands on an open sheet now, which no sheet has claimed, in the order in which their documents
    came; the caller has seen that the viewer may see it. Forward only; positions are as those of list_parts_of_sheets.
    """
    _, since = span.after or (0, 0)
    rows = await sql_settled.list_parts_of_open_sheet(conn, sheet_id=sheet_id, after=int(since), limit=span.limit)
    return [_to_part(row) for row in rows]


async def sum_parts_of_sheets(conn: Connection, *, keys: Sequence[int]) -> list[PartTotal | None]:
    """What all parts of each of these sheets come to, summed over their lines; None for those without any."""
    rows = await sql_settled.sum_parts_of_sheets(conn, sheet_ids=keys)
    return place(rows, keys, lambda row: read_row(PartTotal, row))


async def list_documents_naming(
    conn: Connection, *, order: str, line: str | None, scope: int | None, span: Span
) -> list[NamingDocument]:
    """
    The fee lines, adjustments, holds and claims that name an order, or, where a line is given, that line, as they came.
    Those that only say the order, as claims do, are of none of its lines. Forward only; positions are (sequence,
    document). It reads as much as it answers, and the holds.
    """
    sequence, document = span.after or (0, "")
    after = (int(sequence), str(document))
    rows = await sql_naming.list_documents_naming(
        conn, order=order, line=line, scope=scope, after=after, limit=span.limit
    )
    return [read_row(NamingDocument, row) for row in rows]


async def sum_parts_of_orders(
    conn: Connection, *, keys: Sequence[tuple[str, str | None]], scope: int | None
) -> list[list[PartTotal]]:
    """What parties earned by each order, or one line of it, and by all that names it, by sheet and party."""
    orders, lines = [order for order, _ in keys], [line for _, line in keys]
    rows = await sql_naming.sum_parts_of_orders(conn, orders=orders, lines=lines, codes=list(KIND_BY_CODE), scope=scope)
    return group(rows, keys, lambda row: read_row(PartTotal, row))


async def list_sheets_of_orders(
    conn: Connection, *, keys: Sequence[tuple[str, str | None]], scope: int | None
) -> list[list[int]]:
    """The numbers of the closed sheets that have something of what sum_parts_of_orders sums."""
    orders, lines = [order for order, _ in keys], [line for _, line in keys]
    rows = await sql_naming.list_sheets_of_orders(conn, orders=orders, lines=lines, scope=scope)
    return group(rows, keys, lambda row: int(row["sheet_id"]))


async def find_lines_named(conn: Connection, *, keys: Sequence[tuple[str, str, int]]) -> list[tuple[str, str] | None]:
    """
    The order and line ("" for the order as a whole) that the document of each entry, with its line and place in the
    log, is of or names; one statement. Who may see the document may not therefore see the order.
    """
    rows = await sql_settled.find_lines_named(
        conn,
        documents=[document for document, _, _ in keys],
        lines=[line for _, line, _ in keys],
        sequences=[sequence for _, _, sequence in keys],
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
