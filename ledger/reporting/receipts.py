"""Receipts and their matches, in the viewer's scope."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_receipts
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import ReceiptFilter, Span


class ReceiptRow(NamedTuple):
    """
    A receipt as it stands; `payer` is "" where nobody said; `deadline` is when it has been unidentified for too long;
    `sequence` is the place of its entry in the log.
    """

    receipt_id: int
    reference: str
    legal_entity: str
    bank_account: str
    payer: str
    currency: str
    amount_minor: int
    matched_minor: int
    returned_minor: int
    value_date: date
    reason: str
    owner: str
    recorded_by: str
    recorded_at: datetime
    deadline: datetime
    sequence: int

    @property
    def unidentified_minor(self) -> int:
        """What is neither matched nor given back."""
        return self.amount_minor - self.matched_minor - self.returned_minor


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
    rest_minor: int
    matched_by: str
    matched_at: datetime
    sequence: int
    rest_sequence: int | None
    unmatched_by: str | None
    unmatched_at: datetime | None
    reason: str | None
    undone_sequence: int | None
    shows_receipt: bool


class ReturnRow(NamedTuple):
    """A part of a receipt that was given back; `sequence` is the place of its entry in the log."""

    return_id: int
    reference: str
    receipt_id: int
    currency: str
    amount_minor: int
    reason: str
    returned_by: str
    returned_at: datetime
    sequence: int


class ToleranceRow(NamedTuple):
    """How small a rest of a debt must be to be cleared with a match, and who said so."""

    legal_entity: str
    currency: str
    tolerance_minor: int
    set_by: str
    set_at: datetime


async def list_receipts(
    conn: Connection, *, asked: ReceiptFilter, book_id: int | None, scope: int | None, span: Span
) -> list[ReceiptRow]:
    """Receipts, the newest first; open are those of which something is unidentified. Positions are (receipt)."""
    rows = await sql_receipts.list_receipts(conn, asked=asked, book_id=book_id, scope=scope, span=span)
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


async def list_returns_of_receipts(
    conn: Connection, *, keys: Sequence[int], scope: int | None
) -> list[list[ReturnRow]]:
    """What was given back of each of these receipts, the oldest first."""
    return group(await sql_receipts.find_returns_of_receipts(conn, receipt_ids=keys, scope=scope), keys, _to_return)


async def find_returns(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[ReturnRow | None]:
    """Returns by number, in order; None for those that are not there or not to be seen."""
    return place(await sql_receipts.find_returns(conn, return_ids=keys, scope=scope), keys, _to_return)


async def list_tolerances(conn: Connection, *, scope: int | None) -> list[ToleranceRow]:
    """What is tolerated now, by legal entity and currency, in their order."""
    return [ToleranceRow(*row) for row in await sql_receipts.list_tolerances(conn, scope=scope)]


def _to_return(row: sql_receipts.Row) -> ReturnRow:
    return read_row(ReturnRow, row)


def _to_receipt(row: sql_receipts.Row) -> ReceiptRow:
    return read_row(ReceiptRow, row)


def _to_match(row: sql_receipts.Row) -> MatchRow:
    return read_row(MatchRow, row)
