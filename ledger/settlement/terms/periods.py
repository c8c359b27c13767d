"""
Periods and due dates, from the rule alone.

A period is found from a local day: the cycle gives its days, changes of terms cut them, and the zone turns their
midnights into instants. So periods of one history follow each other without gap or overlap in every zone, also where
the clocks go forward or back at midnight, or where a day does not exist at all.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ledger.calendars.model import Calendar
from ledger.settlement.terms.model import FIRST_DAY, OPEN_END, Cycle, History, Period, Terms

_DAY = timedelta(days=1)
_LAST_DAY = OPEN_END.date()
# Where the open-ended period of somebody who never settled before begins.
_EPOCH = date(1970, 1, 1)


def period_of(history: History, instant: datetime, zone: ZoneInfo) -> Period:
    """
    The period that an instant belongs to. An instant at the end of a period belongs to the next one.

    Source: rules of periods, docs/sheets.md "Terms".
    """
    assert instant < OPEN_END, "what has no end has nothing after it"
    day = instant.astimezone(zone).date()
    while True:
        first_day, end_day = _find_days(history, day)
        start, end = start_of_day(first_day, zone), start_of_day(end_day, zone)
        # Where clocks go back over midnight, the last hour of a day comes a second time when the next has begun; where
        # they skip it from before, a day's first minutes still belong to the one before it.
        if instant < start:
            day = first_day - _DAY
        elif instant >= end:
            day = end_day
        else:
            return Period(start, end, first_day, end_day - _DAY)


def next_period(history: History, *, after: datetime, zone: ZoneInfo) -> Period:
    """
    The period that begins where another ended, whatever the rule says of the time before: what is settled stays so.

    `after` is that end. A change of terms that was dated back, or a party that moved to another zone, then makes one
    period shorter, and none twice.
    """
    period = period_of(history, after, zone)
    return Period(after, period.end, after.astimezone(zone).date(), period.last_day)


def terms_of(history: History, period: Period) -> Terms:
    """The terms by which a period is settled: those in force at its end."""
    return history.terms_on(min(period.last_day, _LAST_DAY - _DAY))


def due_date(terms: Terms, period: Period, calendar: Calendar) -> date:
    """
    The day on which a period is to be paid: so many working days after its last day; a working day in any case.

    For T_PLUS the last day is the trade day. Source: rule T+N, docs/sheets.md "Terms".
    """
    return calendar.add_working_days(period.last_day, terms.due_days, anchor=terms.anchor)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """
    The instant at which a local day begins, in UTC.

    A midnight that comes twice counts the first time; one that is skipped is where the clocks of before would have it.
    """
    if day >= _LAST_DAY:
        return OPEN_END
    return datetime.combine(day, time(), zone).astimezone(UTC)


def cycle_days(cycle: Cycle, day: date) -> tuple[date, date]:
    """The days of the cycle's period that a day belongs to: the first, and the first of the next."""
    match cycle:
        case Cycle.T_PLUS | Cycle.DAILY:
            return day, day + _DAY
        case Cycle.WEEKLY:
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=7)
        case Cycle.DECADE:
            return _part_of_month(day, begins=(1, 11, 21))
        case Cycle.SEMI_MONTHLY:
            return _part_of_month(day, begins=(1, 16))
        case Cycle.MONTHLY:
            return _part_of_month(day, begins=(1,))
        case Cycle.ON_DEMAND:
            return (_EPOCH if day >= _EPOCH else FIRST_DAY), _LAST_DAY


def _part_of_month(day: date, *, begins: tuple[int, ...]) -> tuple[date, date]:
    first = max(begin for begin in begins if begin <= day.day)
    following = [begin for begin in begins if begin > first]
    if following:
        return day.replace(day=first), day.replace(day=following[0])
    next_month = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day.replace(day=first), next_month


def _find_days(history: History, day: date) -> tuple[date, date]:
    """The days of the period that a local day belongs to: the cycle's, cut where another cycle begins or ended."""
    place = history.place_on(day)
    segments = history.segments
    cycle = segments[place].terms.cycle
    first, last = place, place + 1
    while first > 0 and segments[first - 1].terms.cycle is cycle:
        first -= 1
    while last < len(segments) and segments[last].terms.cycle is cycle:
        last += 1
    first_day, end_day = cycle_days(cycle, day)
    cut_day = segments[last].first_day if last < len(segments) else _LAST_DAY
    return max(first_day, segments[first].first_day), min(end_day, cut_day)
