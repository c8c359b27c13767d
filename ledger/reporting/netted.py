"""What sheets will pay of what their parties owe before anything of them is paid out, as a payout run nets it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from ledger.db.transacting import Connection
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.netting import Debts, owner_of, plan_nettings
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.unpaid import find_nettable


async def find_netted(conn: Connection, *, amounts: Mapping[int, int]) -> Mapping[int, int]:
    """
    What of each of these sheets is not paid out, by its number: of `amounts`, what each has left, or accrues and stands
    there when it closes.

    What is owed from closed sheets is taken first, of what may be paid now before all else, then by due date. What
    comes back on an open sheet, more than it brings, is taken of others that are due on its day, where their terms
    allow it; of itself nothing is paid. Statements: eight at most, none where there are no sheets.
    """
    if not amounts:
        return {}
    known = await find_sheets(conn, sheet_ids=amounts)
    sheets = sorted([_stand(known[number], amount) for number, amount in amounts.items()], key=_payment_order)
    payers, debts, rules = await find_nettable(conn, sheets=sheets)
    netted = _net(payers, debts, rules)
    returns = _gather_returns(sheets)
    for day, owed in returns.items():
        netted += _net([_pay(sheet, netted[sheet.sheet_id]) for sheet in payers if sheet.due_date == day], owed, rules)
    below = {sheet.sheet_id: sheet.total for owed in returns.values() for each in owed.values() for sheet in each}
    return {**netted, **below}


def _gather_returns(sheets: Sequence[Sheet]) -> Mapping[date, Debts]:
    """The open sheets that stand below zero, by the day on which they are due."""
    returns: dict[date, Debts] = defaultdict(lambda: defaultdict(list))
    for sheet in sheets:
        if sheet.status is Status.OPEN and sheet.total < 0:
            returns[sheet.due_date][owner_of(sheet)].append(sheet)
    return returns


def _net(sheets: Sequence[Sheet], debts: Debts, rules: Rules) -> Counter[int]:
    """What each of these sheets pays, by its number."""
    netted: Counter[int] = Counter()
    for netting in plan_nettings(sheets, debts=debts, rules=rules):
        netted[netting.payer_id] += netting.amount
    return netted


def _payment_order(sheet: Sheet) -> tuple[bool, date, int]:
    """A run nets what may be paid now; whatever else is due, also earlier, pays what is left of a debt by then."""
    return sheet.status is not Status.PAYMENT_PENDING, sheet.due_date, sheet.sheet_id


def _stand(sheet: Sheet, amount: int) -> Sheet:
    """A sheet as it would stand if it closed now, with what accrues on it."""
    return sheet._replace(total=amount) if sheet.status is Status.OPEN else sheet


def _pay(sheet: Sheet, netted: int) -> Sheet:
    return sheet._replace(netted=sheet.netted + netted)
