"""
What a party earned in which period, worked out from order events with nothing but a calendar on the wall.

Shares no code with the ledger: the charging oracle says what each event books, and here each of its lines on a party's
account is put into the period of the party's own day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.oracle.charging_oracle import expected_book

Document = dict[str, Any]
ROLES = {"2010": "MERCHANT", "2020": "AGENT", "2041": "DISTRIBUTOR", "2042": "DISTRIBUTOR", "2043": "DISTRIBUTOR"}
# Brazil's national holidays: those of fixed date, and Good Friday (two days before Easter Sunday).
_BRAZIL = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
_GOOD_FRIDAYS = {date(2016, 3, 25), date(2017, 4, 14), date(2018, 3, 30), date(2019, 4, 19)}


class Period(NamedTuple):
    """Whose, as what, from whom, in what money, and from which local day."""

    party: str
    role: str
    entity: str
    currency: str
    first_day: date


class Earned(NamedTuple):
    """What stands on a period's sheet: the sum of its lines, and how many there are."""

    total: int
    lines: int


FIRST_DAYS: Mapping[str, Callable[[date], date]] = {
    "T+2": lambda day: day,
    "DAILY": lambda day: day,
    "WEEKLY": lambda day: day - timedelta(days=day.weekday()),
    "MONTHLY": lambda day: day.replace(day=1),
}


def expected_sheets(
    parties: Iterable[Document], plans: Iterable[Document], events: Iterable[Document], *, cycles: Mapping[str, str]
) -> dict[Period, Earned]:
    """Every period with a line in it; `cycles` by role, as FIRST_DAYS names them."""
    parties, plans = list(parties), list(plans)
    zones = find_zones(parties)
    sums: dict[Period, list[int]] = defaultdict(lambda: [0, 0])
    for told in group_orders(events).values():
        entity, currency, seen = told[0]["settlementEntity"], told[0]["currency"], 0
        for count, event in enumerate(told, 1):
            book = expected_book(parties, plans, told[:count])
            assert book.refusals == [], book.refusals
            entries = book.orders[event["order"]]
            instant = datetime.fromisoformat(event["occurredAt"])
            for entry in entries[seen:]:
                for (code, party), (debit, credit) in entry.sides.items():
                    if code in ROLES and party:
                        day = FIRST_DAYS[cycles[ROLES[code]]](instant.astimezone(zones[party]).date())
                        found = sums[Period(party, ROLES[code], entity, currency, day)]
                        found[0] += credit - debit
                        found[1] += (debit > 0) + (credit > 0)
            seen = len(entries)
    return {period: Earned(*found) for period, found in sums.items()}


def earned_by_party(sheets: Mapping[Period, Earned]) -> dict[tuple[str, str, str], int]:
    """What each party earned in all, by party, legal entity and currency."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for period, earned in sheets.items():
        sums[period.party, period.entity, period.currency] += earned.total
    return dict(sums)


def due_in_brazil(day: date, *, working_days: int) -> date:
    """So many working days after a day: neither weekend nor national holiday."""
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5 and (day.month, day.day) not in _BRAZIL and day not in _GOOD_FRIDAYS
    return day


def group_orders(events: Iterable[Document]) -> dict[str, list[Document]]:
    """The events of each order, in their order."""
    orders: dict[str, list[Document]] = defaultdict(list)
    for event in events:
        orders[event["order"]].append(event)
    return dict(orders)


def find_zones(parties: Iterable[Document]) -> dict[str, ZoneInfo]:
    """Each party's zone: its own, or that of the nearest above it that has one, else UTC; parents come first."""
    zones: dict[str, ZoneInfo] = {}
    for party in parties:
        inherited = zones.get(party.get("parent", ""), ZoneInfo("UTC"))
        zones[party["reference"]] = ZoneInfo(party["timeZone"]) if "timeZone" in party else inherited
    return zones
