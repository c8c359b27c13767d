"""When a slice ends: whole months by the calendar, on the last day where a month is too short."""

from calendar import monthrange
from datetime import date, timedelta


def find_end(start: date, *, months: int) -> date:
    """The same day so many months later, or that month's last day: 31 August and six months are 28 or 29 February."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(years, month + 1, min(start.day, monthrange(years, month + 1)[1]))


def find_releasable(end: date) -> date:
    """The day after the last: from then on a slice may go back."""
    return end + timedelta(days=1)
