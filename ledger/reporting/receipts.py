"""Receipts and their matches, in the viewer's scope."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_receipts
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span


class ReceiptRow(NamedTuple):
    """A receipt as it stands; `payer` is "" where nobody said; `sequence` is the place of its entry in the log."""

    receipt_id: int
    reference: str
    legal_entity: str
    bank_account: str
    payer: str
    currency: str
    amount_minor: int
    matched_minor: int
    value_date: date
    recorded_by: str
    recorded_at: datetime
    sequence: int


class MatchRow(NamedTuple):
    """
    A match, and who undid it, when and why; None while it stands. `shows_receipt`: the viewer sees the receipt and what
    was said about it, not only that its sheet was cleared.
    """

    match_id: int
    reference: str
    receipt_id: int
    sheet_id: int
    currency: str
    amount_minor: int
    matched_by: str
    matched_at: datetime
    sequence: int
    unmatched_by: str | None
    unmatched_at: datetime | None
    reason: str | None
    undone_sequence: int | None
    shows_receipt: bool


async def list_receipts(
    conn: Connection, *, book_id: int | None, is_open: bool | None, scope: int | None, span: Span
) -> list[ReceiptRow]:
    """Receipts, the newest first; open are those of which something is unidentified. Positions are (receipt)."""
    rows = await sql_receipts.list_receipts(conn, book_id=book_id, is_open=is_open, scope=scope, span=span)
    return [_to_receipt(row) for row in rows]


async def find_receipts(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[ReceiptRow | None]:
    """Receipts by number, in order; None for those that are not there or not to be seen."""
    return place(await sql_receipts.find_receipts(conn, receipt_ids=keys, scope=scope), keys, _to_receipt)


async def find_named_receipts(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[ReceiptRow | None]:
    """Receipts by reference, in order; None for those that are not there or not to be seen."""
    return place(await sql_receipts.find_named_receipts(conn, references=keys, scope=scope), keys, _to_receipt)


async def find_matches(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[MatchRow | None]:
    """Matches by number, in order; None for those that are not there or not to be seen."""
    return place(await sql_receipts.find_matches(conn, match_ids=keys, scope=scope), keys, _to_match)


async def list_matches_of_receipts(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[list[MatchRow]]:
    """The matches of each of these receipts, the oldest first, those that were undone included."""
    return group(await sql_receipts.find_matches_of_receipts(conn, receipt_ids=keys, scope=scope), keys, _to_match)


async def list_matches_of_sheets(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[list[MatchRow]]:
    """The matches of each of these sheets, the oldest first, those that were undone included."""
    return group(await sql_receipts.find_matches_of_sheets(conn, sheet_ids=keys, scope=scope), keys, _to_match)


def _to_receipt(row: sql_receipts.Row) -> ReceiptRow:
    return read_row(ReceiptRow, row)


def _to_match(row: sql_receipts.Row) -> MatchRow:
    return read_row(MatchRow, row)
