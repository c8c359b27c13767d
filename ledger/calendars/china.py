"""
A calendar whose holiday was extended while it was on: mainland China, spring of 2020.

Ships with the program because it shows what versions are for. The first one is what was announced in 2019, the second
what was known from late January on: the holiday ends on 2 February, and 1 February is no working day after all. Only
the days that both speak of are in them; for a whole year load the country.
"""

from datetime import date

from ledger.calendars.model import CalendarDraft

NAME = "CN-2020"

_FIRST_DAY = date(2020, 1, 1)
_LAST_DAY = date(2020, 3, 31)
_NEW_YEAR = {date(2020, 1, 1): "New Year's Day"}
_SPRING_FESTIVAL = {date(2020, 1, day): "Spring Festival" for day in range(24, 31)}
_EXTENSION = {
    date(2020, 1, 31): "Spring Festival, extended",
    date(2020, 2, 1): "Spring Festival, extended",
    date(2020, 2, 2): "Spring Festival, extended",
}
_FIRST_MAKE_UP = {date(2020, 1, 19): "make-up for 24 January"}
_SECOND_MAKE_UP = {date(2020, 2, 1): "make-up for 30 January"}

CN_2020 = (
    CalendarDraft(
        NAME,
        _FIRST_DAY,
        _LAST_DAY,
        days_off=_NEW_YEAR | _SPRING_FESTIVAL,
        make_up_days=_FIRST_MAKE_UP | _SECOND_MAKE_UP,
        version=1,
    ),
    CalendarDraft(
        NAME,
        _FIRST_DAY,
        _LAST_DAY,
        days_off=_NEW_YEAR | _SPRING_FESTIVAL | _EXTENSION,
        make_up_days=_FIRST_MAKE_UP,
        version=2,
    ),
)
