"""The sheets that may be paid, for those who pay them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.settlement.sheets import unpaid_sql as sql
from ledger.settlement.sheets.approving import OWING, write_and_renew
from ledger.settlement.sheets.netting import find_debts, net_sheets
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.stepping import Steps


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


async def find_payers(conn: Connection, *, through: date | None, now: datetime) -> list[int]:
    """
    Of the sheets that are due as in find_payable_sheets the ones whose party owes something that was agreed, by number,
    the oldest first. None that ever failed to be paid: a bank may yet say that it was, as a whole.
    """
    return await sql.find_payers(conn, through=through, now=now)


async def net_before_payment(conn: Connection, *, sheet_ids: Collection[int], actor: Actor, now: datetime) -> None:
    """
    Take from these sheets, in their order, what their parties owe from sheets that were agreed; the log is locked.

    Debts are netted as a sheet is confirmed. What has come back to it since, of a hold or a retention, and what was
    agreed to be owed since, would be paid out beside a debt.
    """
    if not sheet_ids:
        return
    known = await find_sheets(conn, sheet_ids=sheet_ids)
    payers = [known[number] for number in sheet_ids]
    found = await find_debts(conn, sheets=payers)
    # A party has a say yet in what it has not agreed to, and netted whole it would be collected.
    debts = {owner: [debt for debt in owed if debt.status in OWING] for owner, owed in found.items()}
    steps = Steps(actor, now)
    rules = await Rules.load(conn, keys={sheet.key for sheet in payers})
    await net_sheets(conn, steps=steps, sheets=payers, debts=debts, rules=rules)
    await write_and_renew(conn, steps=steps)
