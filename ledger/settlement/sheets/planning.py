"""Which sheet comes next, by the rule alone: its period, its due date, the terms that its party agreed to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from ledger.calendars.finding import find_calendars
from ledger.calendars.model import Calendar
from ledger.db.transacting import Connection
from ledger.journal.balances import EVERYTHING
from ledger.settlement.sheets.model import Sheet, SheetKey
from ledger.settlement.terms.finding import find_changed, find_terms
from ledger.settlement.terms.model import Confirmation, PartyTerms, Period, Role, Terms
from ledger.settlement.terms.periods import due_date, next_period, period_of, terms_of

# Periods in which nothing happened and that nobody closed in time are made up for within this.
CATCH_UP = timedelta(days=31)


class Plan(NamedTuple):
    """A sheet to be: whose, when, and by what terms it will be settled."""

    key: SheetKey
    zone: str
    period: Period
    terms: Terms
    due_date: date
    calendar_version: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of parties and the calendars that they count by."""

    terms: Mapping[tuple[int, str], PartyTerms]
    calendars: Mapping[str, Calendar]
    # Due dates found so far: the many sheets of one closing have few, and counting working days is most of planning.
    due_dates: dict[tuple[str, int, str, date], date] = field(default_factory=dict, compare=False)

    @classmethod
    async def load(cls, conn: Connection, *, keys: Iterable[SheetKey]) -> "Rules":
        """Read what the sheets of these keys settle by; at most five statements."""
        wanted = sorted({(key.party_id, Role(key.role)) for key in keys})
        found = await find_terms(conn, parties=wanted)
        names = {segment.terms.calendar for party in found for segment in party.history.segments}
        calendars = await find_calendars(conn, names=names)
        return cls({(party.party_id, party.role.value): party for party in found}, calendars)

    def plan_first(self, key: SheetKey, *, instant: datetime) -> Plan:
        """The sheet of the period that an instant belongs to, for a key that had none."""
        party = self.of(key)
        return self._plan(key, period_of(party.history, instant, party.zone))

    def plan_next(self, key: SheetKey, *, after: datetime, instant: datetime | None = None) -> Plan:
        """
        The sheet that follows one which ended at `after`; with an instant more than CATCH_UP later, the sheet of that.

        So periods that passed while nobody closed are made up for, empty ones too, and what was imported years later
        does not get a sheet for every quiet day between.
        """
        party = self.of(key)
        period = next_period(party.history, after=after, zone=party.zone)
        if instant is not None and instant >= period.end and instant - after > CATCH_UP:
            period = period_of(party.history, instant, party.zone)
        return self._plan(key, period)

    def plan_again(self, sheet: Sheet) -> Plan:
        """A sheet by the terms and calendars of now, its period kept."""
        first_day = find_local_day(sheet.period_start, sheet.zone)
        last_day = find_local_day(sheet.period_end - datetime.resolution, sheet.zone)
        return self._plan(sheet.key, Period(sheet.period_start, sheet.period_end, first_day, last_day))

    def of(self, key: SheetKey) -> PartyTerms:
        """The terms of a key's party in its role."""
        return self.terms[key.party_id, key.role]

    def _plan(self, key: SheetKey, period: Period) -> Plan:
        party = self.of(key)
        terms = terms_of(party.history, period)
        calendar = self.calendars[terms.calendar]
        counted = (terms.calendar, terms.due_days, terms.anchor.value, period.last_day)
        if counted not in self.due_dates:
            self.due_dates[counted] = due_date(terms, period, calendar)
        return Plan(key, str(party.zone), period, terms, self.due_dates[counted], calendar.version)


def follow_plan(sheet: Sheet, plan: Plan) -> Sheet:
    """A sheet with the due date and the terms of a plan; its zone stays the one that it was cut in. Pure."""
    terms = plan.terms
    return sheet._replace(
        due_date=plan.due_date,
        calendar=terms.calendar,
        calendar_version=plan.calendar_version,
        confirmation=terms.confirmation.value,
        deemed_days=terms.confirmation_days if terms.confirmation is Confirmation.DEEMED else None,
    )


@lru_cache(maxsize=10_000)
def find_local_day(instant: datetime, zone: str) -> date:
    """The day of an instant in a zone, remembered: the sheets of one closing, or what one run releases, have few."""
    return instant.astimezone(ZoneInfo(zone)).date()


async def check_terms(conn: Connection, *, since: int) -> None:
    """
    Make sure that nobody has changed terms since the log stood there, for whoever planned before the log was locked.

    Raises asyncpg.SerializationError: it is to be done again.
    """
    if await find_changed(conn, after=since, through=EVERYTHING):
        raise asyncpg.SerializationError("terms have changed while sheets were planned")
