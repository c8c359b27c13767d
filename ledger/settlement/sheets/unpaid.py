"""The sheets that may be paid, for those who pay them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.settlement.sheets import unpaid_sql as sql
from ledger.settlement.sheets.approving import write_and_renew
from ledger.settlement.sheets.model import Sheet
from ledger.settlement.sheets.netting import Debts, find_debts, net_sheets
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.stepping import Steps

# So many payers are looked at together, and once so many sheets have changed, no more are looked at by their
# transaction: a store of many parties with debts would be locked for long.
SHEETS_AT_ONCE = 1_000


class PayableSheet(NamedTuple):
    """A sheet of which something is left to be paid: `payable` in minor units of its currency."""

    sheet_id: int
    party_id: int
    book_id: int
    role: str
    currency: str
    due_date: date
    payable: int


class Nettable(NamedTuple):
    """Sheets that may pay what their parties owe, in their order, what that is, and the terms that allow it."""

    sheets: Sequence[Sheet]
    debts: Debts
    rules: Rules


class Netted(NamedTuple):
    """How many sheets were changed by netting, and whether one transaction has done its part before all was netted."""

    sheets: int
    is_more: bool


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


async def find_payable_again(conn: Connection, *, sheet_ids: Sequence[int]) -> list[PayableSheet]:
    """
    As find_payable_of, of those that failed to be paid and that nobody has paid again since: what comes back to one
    after that is no part of what failed, and is paid by a run, once what its party owes was netted.
    """
    failed = set(await sql.find_failed(conn, sheet_ids=sheet_ids))
    return [sheet for sheet in await find_payable_of(conn, sheet_ids=sheet_ids) if sheet.sheet_id in failed]


async def net_before_payment(conn: Connection, *, through: date | None, actor: Actor, now: datetime) -> Netted:
    """
    Take from the sheets that are due as in find_payable_sheets what their parties owe from closed ones, the first due
    first; the log is locked. Where one transaction has done its part, call it again before anything is paid.

    Debts are netted as a sheet is confirmed. What has come back to it since, of a hold or a retention, would be paid
    out beside a debt, and so would all of it beside one that closed since.
    """
    netted = 0
    after: sql.Place = sql.FIRST_PLACE
    while netted < SHEETS_AT_ONCE:
        rows = await sql.find_payers(conn, through=through, now=now, after=after, limit=SHEETS_AT_ONCE)
        if rows:
            netted += await _net(conn, [row["sheet_id"] for row in rows], actor=actor, now=now)
        if len(rows) < SHEETS_AT_ONCE:
            break
        # Who may not net what his party owes stays among the payers: we look behind him.
        after = rows[-1]["due_date"], rows[-1]["sheet_id"]
    # Also where all payers were looked at: of whoever owes from very many sheets only so many are (find_debts).
    return Netted(netted, netted >= SHEETS_AT_ONCE)


async def find_nettable(conn: Connection, *, sheets: Sequence[Sheet]) -> Nettable:
    """
    Of these sheets those that may pay what their parties owe before they are paid, and what that is. A sheet that
    failed to be paid pays nothing before somebody has paid it again: a bank may yet say that it was, as a whole. Seven
    statements at most.
    """
    failed = set(await sql.find_failed(conn, sheet_ids=[sheet.sheet_id for sheet in sheets]))
    payers = [sheet for sheet in sheets if sheet.sheet_id not in failed]
    debts = await find_debts(conn, sheets=payers)
    return Nettable(payers, debts, await Rules.load(conn, keys={sheet.key for sheet in payers}))


async def _net(conn: Connection, sheet_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Net these sheets in their order; of how many something was taken."""
    known = await find_sheets(conn, sheet_ids=sheet_ids)
    nettable = await find_nettable(conn, sheets=[known[number] for number in sheet_ids])
    steps = Steps(actor, now)
    await net_sheets(conn, steps=steps, sheets=nettable.sheets, debts=nettable.debts, rules=nettable.rules)
    await write_and_renew(conn, steps=steps)
    return len(steps.sheets)
