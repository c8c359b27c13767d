"""When a party is paid next and how much, once what it has agreed that it owes is taken off, as a payout run does."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting.unpaid import UnpaidPart, load_parts
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.netting import plan_nettings
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.unpaid import find_nettable

_PAID_NEXT = ("ACCRUED", "ON_SHEET", "IN_PAYOUT")
_NOTHING: Mapping[int, int] = MappingProxyType({})


class NextPayout(NamedTuple):
    """The first day on which something is due to a party from a legal entity in a currency, and how much."""

    legal_entity: str
    currency: str
    due_date: date
    amount_minor: int


async def load_next_payouts(conn: Connection, *, keys: Sequence[int]) -> list[list[NextPayout]]:
    """
    What each of these parties is paid next, by legal entity and currency; one statement, and eight more at most where
    one of them owes something from a sheet. Whoever asks is told the same day: a bank's word that nobody has decided on
    moves none.
    """
    told = await load_parts(conn, keys=keys, tells_all=False)
    netted = await _find_netted(conn, [part for parts in told if any(map(_is_debt, parts)) for part in parts])
    return [find_next_payouts(parts, netted=netted) for parts in told]


def find_next_payouts(parts: Sequence[UnpaidPart], *, netted: Mapping[int, int] = _NOTHING) -> list[NextPayout]:
    """
    What is due on the first day of each legal entity and currency: in payouts that are not sent, on closed sheets, and
    accrued so far on the open one; less what of each sheet goes to a debt (`netted`, by its number). What is due by
    then and too little to be paid by itself goes with it. What failed to be paid comes by no run, but once a person
    pays it again. A day on which nothing is left after returns and debts is none.
    """
    places: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    carried: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    left = dict(netted)
    for part in parts:
        if part.due_date is not None and _comes_next(part):
            days = carried if part.awaits == "NEXT_PAYOUT" else places
            taken = left.pop(part.sheet_id, 0) if part.sheet_id is not None else 0
            days[part.legal_entity, part.currency][part.due_date] += part.amount_minor - taken
    found = []
    for place, amounts in sorted(places.items()):
        first = min((day for day, amount in amounts.items() if amount > 0), default=None)
        if first is not None:
            rests = sum(amount for day, amount in carried[place].items() if day <= first)
            found.append(NextPayout(*place, first, amounts[first] + rests))
    return found


def _comes_next(part: UnpaidPart) -> bool:
    return part.state in _PAID_NEXT and part.awaits != Status.PAY_FAILED.value


def _is_debt(part: UnpaidPart) -> bool:
    return part.state == "OWED" and part.sheet_id is not None


async def _find_netted(conn: Connection, parts: Iterable[UnpaidPart]) -> Counter[int]:
    """What of each sheet that is paid next goes to what its party owes, the first due first."""
    amounts: Counter[int] = Counter()
    for part in parts:
        if part.due_date is not None and part.sheet_id is not None and _comes_next(part):
            amounts[part.sheet_id] += part.amount_minor
    netted: Counter[int] = Counter()
    if amounts:
        known = await find_sheets(conn, sheet_ids=amounts)
        payers = [_stand(known[number], amount) for number, amount in amounts.items()]
        payers.sort(key=_payment_order)
        nettable = await find_nettable(conn, sheets=payers)
        for netting in plan_nettings(nettable.sheets, debts=nettable.debts, rules=nettable.rules):
            netted[netting.payer_id] += netting.amount
    return netted


def _payment_order(sheet: Sheet) -> tuple[bool, date, int]:
    """A run nets what may be paid now; whatever else is due, also earlier, pays what is left of a debt by then."""
    return sheet.status is not Status.PAYMENT_PENDING, sheet.due_date, sheet.sheet_id


def _stand(sheet: Sheet, amount: int) -> Sheet:
    """A sheet as it would stand if it closed now, with what accrues on it."""
    return sheet._replace(total=amount) if sheet.status is Status.OPEN else sheet
