"""The values of calendars. Days are local: a calendar knows nothing of time zones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
BUILT_IN = "MON-FRI"

_DAY = timedelta(days=1)


class Anchor(StrEnum):
    """Where counting begins: on the day itself, or on the first working day at or after it."""

    COUNT_AFTER = "COUNT_AFTER"
    ROLL = "ROLL"


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    """
    A version to be published: `week` are ISO weekdays (Monday is 1), `days_off` and `make_up_days` name their reason,
    `first_day` to `last_day` are the days it knows, both included. `version` is None for the next one.
    """

    name: str
    first_day: date
    last_day: date
    days_off: Mapping[date, str]
    make_up_days: Mapping[date, str] = field(default_factory=dict)
    week: frozenset[int] = MONDAY_TO_FRIDAY
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    One version of a calendar. Version 0 is one that nobody has published: its week is Monday to Friday and it knows no
    day, so what is dated by it is dated anew when the name is published.
    """

    name: str
    version: int
    week: frozenset[int] = MONDAY_TO_FRIDAY
    days_off: Mapping[date, str] = field(default_factory=dict)
    make_up_days: Mapping[date, str] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None

    def is_working(self, day: date) -> bool:
        """Say whether people and banks work on this day."""
        if day in self.make_up_days:
            return True
        return day.isoweekday() in self.week and day not in self.days_off

    def is_known(self, day: date) -> bool:
        """Say whether holidays of this day are known; the built-in calendar has none and knows every day."""
        if self.first_day is None or self.last_day is None:
            return self.name == BUILT_IN
        return self.first_day <= day <= self.last_day

    def next_working_day(self, day: date) -> date:
        """The first working day at or after this day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, count: int, *, anchor: Anchor = Anchor.COUNT_AFTER) -> date:
        """
        Count working days after a day; zero of them is the first working day at or after it.

        With ROLL a day that is none is first moved to the next one, so that a sale of Saturday counts as Monday's.
        Source: rule T+N, docs/sheets.md "Terms".
        """
        assert count >= 0, "working days are counted forward"
        if count == 0 or anchor == Anchor.ROLL:
            day = self.next_working_day(day)
        for _ in range(count):
            day = self.next_working_day(day + _DAY)
        return day

    def count_working_days(self, day: date, through: date) -> int:
        """How many working days come after a day, through another; what add_working_days has counted."""
        return sum(self.is_working(day + number * _DAY) for number in range(1, (through - day).days + 1))


WEEKDAYS_ONLY = Calendar(BUILT_IN, 0)


@dataclass(frozen=True, slots=True)
class PublishedCalendar:
    """`replayed` when a version with this content was there; `sequence` is the publication's place in the log."""

    name: str
    version: int
    sequence: int
    replayed: bool
