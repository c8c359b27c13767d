"""The sheets that may be paid, for those who pay them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.settlement.sheets import unpaid_sql as sql


class PayableSheet(NamedTuple):
    """A sheet of which something is left to be paid: `payable` in minor units of its currency."""

    sheet_id: int
    party_id: int
    book_id: int
    role: str
    currency: str
    due_date: date
    payable: int


async def find_payable_sheets(
    conn: Connection, *, through: date | None, now: datetime, most: int
) -> list[PayableSheet]:
    """
    The sheets in PAYMENT_PENDING that have something to be paid and are due on or before a day, the first due first.
    Without a day those whose due date has begun where they are: it is a day of the sheet's zone.
    """
    rows = await sql.find_payable_sheets(conn, through=through, now=now, most=most)
    return [PayableSheet(*row) for row in rows]


async def find_payable_of(conn: Connection, *, sheet_ids: Sequence[int]) -> list[PayableSheet]:
    """Those of these sheets that may be paid now, whatever their date; a payment that failed may be tried again."""
    rows = await sql.find_payable_of(conn, sheet_ids=sheet_ids)
    return [PayableSheet(*row) for row in rows]
