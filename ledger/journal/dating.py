"""
How far ahead a caller may date what he says happened.

A business that has agreed on something for a later day records it on that day, or as a term: a due date, a plan's first
day, a bill's end; those may be as far away as they like. What is posted *happened*, and a year typed wrongly would else
stand in every balance from then on, out of reach of every closing. A year and a month leave room for whatever is
legitimately dated ahead: a fiscal year's last day, entered on its first.
"""

from datetime import date, datetime, timedelta

from ledger.journal.errors import DateTooFarAhead

FURTHEST_DAYS = 400


def furthest_day(now: datetime) -> date:
    """The last day that something said now may be dated."""
    return (now + timedelta(days=FURTHEST_DAYS)).date()


def check_instant(instant: datetime, *, now: datetime, field: tuple[str, ...]) -> None:
    """Refusals: DateTooFarAhead."""
    if instant > now + timedelta(days=FURTHEST_DAYS):
        raise too_far_ahead(instant.date(), field=field)


def too_far_ahead(day: date, *, field: tuple[str, ...]) -> DateTooFarAhead:
    """Write the refusal of a day."""
    return DateTooFarAhead(field=field, given=day.isoformat(), days=FURTHEST_DAYS)
