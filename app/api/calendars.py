"""Calendars: which days are worked, by versions."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.errors import Why
from app.api.figures import Count, Cursor, to_span
from ledger.calendars.errors import CalendarMissing
from ledger.calendars.model import Anchor
from ledger.errors import InvalidInput
from ledger.reporting import calendars
from ledger.reporting.calendars import CalendarRow

MOST_DAYS = 366


@strawberry.enum(description="A day of the week.")
class Weekday(StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


@strawberry.enum(description="Where counting working days begins: on the day, or the first working day from it on.")
class CountFrom(StrEnum):
    COUNT_AFTER = "COUNT_AFTER"
    ROLL = "ROLL"


@strawberry.type(description="A day that is not worked, or is worked instead of another, and why.")
class NamedDay:
    day: date
    name: str


@strawberry.type(
    description="A version of a calendar. It never changes. Outside the days it knows its week counts, until a later"
    " version knows them. MON-FRI is built in, has no holidays and is version 0."
)
class Calendar:
    name: str
    version: int
    published_at: datetime | None
    first_day: date | None = strawberry.field(description="The first day that it knows.")
    last_day: date | None = strawberry.field(description="The last day that it knows.")
    row: strawberry.Private[CalendarRow]

    @classmethod
    def of(cls, row: CalendarRow) -> "Calendar":
        """Make the API's calendar of the ledger's."""
        found = row.calendar
        return cls(
            name=found.name,
            version=found.version,
            published_at=row.published_at,
            first_day=found.first_day,
            last_day=found.last_day,
            row=row,
        )

    @strawberry.field(description="The days of the week that are worked.")
    def week(self) -> list[Weekday]:
        return [tuple(Weekday)[day - 1] for day in sorted(self.row.calendar.week)]

    @strawberry.field(description="Days off, in order.")
    def days_off(self) -> list[NamedDay]:
        days = self.row.calendar.days_off
        return [NamedDay(day=day, name=days[day]) for day in sorted(days)]

    @strawberry.field(description="Days that are worked although their weekday is not, in order.")
    def working_days(self) -> list[NamedDay]:
        days = self.row.calendar.make_up_days
        return [NamedDay(day=day, name=days[day]) for day in sorted(days)]

    @strawberry.field(description="Whether a day is worked.")
    def is_working_day(self, day: date) -> bool:
        return self.row.calendar.is_working(day)

    @strawberry.field(description="The day that is so many working days (at most 366) after a day.")
    def add_working_days(self, day: date, count: int, anchor: CountFrom = CountFrom.COUNT_AFTER) -> date:
        if not 0 <= count <= MOST_DAYS:
            raise InvalidInput(field=("count",), reason=Why.DAYS_COUNTED, most=MOST_DAYS)
        try:
            return self.row.calendar.add_working_days(day, count, anchor=Anchor(str(anchor)))
        except OverflowError as past_the_last_day:
            raise InvalidInput(field=("day",), reason=Why.DAYS_END, last=date.max.isoformat()) from past_the_last_day


@strawberry.input(description="Which calendars; what is left out does not matter.")
class CalendarFilterInput:
    name: str | None = None


@strawberry.type
class CalendarQueries:
    @strawberry.field(description="A calendar in its latest version or a given one; null when there is none.")
    async def calendar(self, info: Info, name: str, version: int | None = None) -> Calendar | None:
        return await load_calendar(info.context, name, version or 0)

    @strawberry.field(description="Versions of calendars, the last published first.")
    async def calendars(
        self,
        info: Info,
        *,
        filter: CalendarFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Calendar]:
        given = filter or CalendarFilterInput()
        pager = info.context.open_list("calendars", name=given.name)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await info.context.read(calendars.list_calendars, name=given.name, span=to_span(page))
        if not rows and given.name is not None and await load_calendar(info.context, given.name, 0) is None:
            raise CalendarMissing(field=("filter", "name"), calendar=given.name)
        return pager.lay_out(rows, page, node=Calendar.of, position=lambda row: (row.sequence,))


async def load_calendar(context: Context, name: str, version: int) -> Calendar | None:
    """A version of a calendar, the latest for 0; None when there is none."""
    row = await context.load(calendars.find_calendars, (name, version))
    return None if row is None else Calendar.of(row)
