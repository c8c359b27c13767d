"""When a party is paid next and how much, once what it owes from closed sheets is taken off, as a payout run does."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.db.transacting import Connection
from ledger.parties.finding import find_settlers
from ledger.reporting.netted import find_netted
from ledger.reporting.unpaid import UnpaidPart, load_parts
from ledger.settlement.sheets.model import Status

_PAID_NEXT = ("ACCRUED", "ON_SHEET", "IN_PAYOUT")
_NOTHING: Mapping[int, int] = MappingProxyType({})


class NextPayout(NamedTuple):
    """
    The first day on which something is due to a party from a legal entity in a currency, and how much comes then: where
    that day has passed, all that is due by now.
    """

    legal_entity: str
    currency: str
    due_date: date
    amount_minor: int


async def load_next_payouts(conn: Connection, *, keys: Sequence[int], now: datetime) -> list[list[NextPayout]]:
    """
    What each of these parties is paid next, by legal entity and currency; two statements, and eight more at most where
    one of them owes something from a sheet. Days are those of the party's zone. Whoever asks is told the same: a bank's
    word that nobody has decided on moves none.
    """
    told = await load_parts(conn, keys=keys, tells_all=False)
    netted = await find_netted(conn, amounts=_sum_sheets([parts for parts in told if any(map(_counts_down, parts))]))
    settlers = await find_settlers(conn, party_ids=keys)
    days = [now.astimezone(ZoneInfo(settlers[key].time_zone)).date() for key in keys]
    return [find_next_payouts(parts, today=day, netted=netted) for parts, day in zip(told, days, strict=True)]


def find_next_payouts(
    parts: Sequence[UnpaidPart], *, today: date, netted: Mapping[int, int] = _NOTHING
) -> list[NextPayout]:
    """
    What is due on the first day of each legal entity and currency, and with a day that has passed all that is due by
    `today`: in payouts that are not sent, on closed sheets, and accrued so far on the open one; less what of each sheet
    goes to a debt (`netted`, by its number). What is due by then and too little to be paid by itself goes with it. What
    failed to be paid comes by no run, but once a person pays it again. A day on which nothing is left after returns and
    debts is none.
    """
    places: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    carried: dict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    left = dict(netted)
    for part in parts:
        if part.due_date is not None and _comes_next(part):
            days = carried if _is_too_little(part) else places
            taken = left.pop(part.sheet_id, 0) if part.sheet_id is not None else 0
            days[part.legal_entity, part.currency][part.due_date] += part.amount_minor - taken
    found = []
    for place, amounts in sorted(places.items()):
        due = {day: amount for day, amount in amounts.items() if amount > 0}
        if due:
            first = min(due)
            through = max(first, today)
            comes = [amount for day, amount in (*due.items(), *carried[place].items()) if day <= through]
            found.append(NextPayout(*place, first, sum(comes)))
    return found


def _comes_next(part: UnpaidPart) -> bool:
    return part.state in _PAID_NEXT and part.awaits != Status.PAY_FAILED.value


def _is_too_little(part: UnpaidPart) -> bool:
    """What goes with a further payout has no day, also while a payout under way has the other part of its sheet."""
    return part.awaits == "NEXT_PAYOUT" or (part.awaits == "CLAIMED_MEANWHILE" and part.until is None)


def _counts_down(part: UnpaidPart) -> bool:
    """Of a debt, or of a return on an open sheet."""
    return part.sheet_id is not None and part.amount_minor < 0


def _sum_sheets(told: Iterable[Sequence[UnpaidPart]]) -> Counter[int]:
    """What comes next of each sheet, by its number."""
    amounts: Counter[int] = Counter()
    for part in chain.from_iterable(told):
        if part.due_date is not None and part.sheet_id is not None and _comes_next(part):
            amounts[part.sheet_id] += part.amount_minor
    return amounts
