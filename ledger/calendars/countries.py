"""The public holidays of a country, from the package `holidays`, as a version to be published."""

from collections.abc import Sequence
from datetime import date, timedelta

import holidays

from ledger import fields
from ledger.calendars.errors import CountryUnknown, Why
from ledger.calendars.model import CalendarDraft
from ledger.errors import InvalidInput

_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def draft_country(*, country: str, years: Sequence[int], name: str | None = None) -> CalendarDraft:
    """
    The working days of a country (BR), or of a part of one (BR-SP), in these years, by its public holidays.

    A day on which the country's week does not tell is a day off or a make-up day: holidays, weekends worked instead,
    and years whose week was another. The years are filled to a whole: 2016 and 2018 mean 2017, too. The calendar is
    named like the country unless `name` says otherwise.

    Refusals, first match wins: InvalidInput for the years or the name, CountryUnknown.
    """
    if not years or min(years) < _FIRST_YEAR or max(years) > _LAST_YEAR:
        raise InvalidInput(field=("years",), reason=Why.YEARS, first=_FIRST_YEAR, last=_LAST_YEAR)
    called = country if name is None else fields.read_text(name, field=("name",))
    span = range(min(years), max(years) + 1)
    source = _open_country(country, span)
    week = frozenset(day for day in range(1, 8) if day - 1 not in source.weekend)
    days = _days(date(span[0], 1, 1), date(span[-1], 12, 31))
    off: dict[date, str] = {}
    made_up: dict[date, str] = {}
    for day in days:
        usual, works = day.isoweekday() in week, source.is_working_day(day)
        if usual and not works:
            off[day] = source.get(day) or "weekend"
        elif works and not usual:
            made_up[day] = "working day instead"
    return CalendarDraft(called, days[0], days[-1], days_off=off, make_up_days=made_up, week=week)


def _open_country(country: str, years: range) -> holidays.HolidayBase:
    code, _, part = country.partition("-")
    try:
        source = holidays.country_holidays(code, subdiv=part or None, years=years)
        # Without a language the names follow the machine's locale, and one list would be several contents.
        language = "en_US" if "en_US" in source.supported_languages else source.default_language
        return holidays.country_holidays(code, subdiv=part or None, years=years, language=language)
    except NotImplementedError as unknown:
        raise CountryUnknown(field=("country",), country=country) from unknown


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]
