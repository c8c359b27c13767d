"""Mutations of calendars and of settlement terms."""

from datetime import date
from enum import StrEnum
from typing import Any

import strawberry

from app.api.batches import submit_each, write_each
from app.api.bounds import at_most
from app.api.calendars import Calendar, CountFrom, load_calendar
from app.api.context import Info
from app.api.mutations import Payload, mutation
from app.api.parties import Party, find_party
from app.api.scalars import JSON, BigInt
from app.api.terms import ConfirmationRule, SettlementMode, SettlementRole
from app.lanes.terms_kinds import CHANGE_TERMS, PUBLISH_CALENDAR
from ledger.calendars.model import CalendarDraft, PublishedCalendar
from ledger.calendars.parsing import parse_calendar
from ledger.settlement.terms.model import ChangedTerms, TermsChange
from ledger.settlement.terms.parsing import parse_change

MOST_CALENDARS = 50
MOST_CHANGES = 500


@strawberry.enum(
    description="When terms begin: NOW is on their first day, where the open period ends; NEXT_PERIOD is once the"
    " period is over that their first day is in, also where that is the period's own first day."
)
class TermsEffect(StrEnum):
    NOW = "NOW"
    NEXT_PERIOD = "NEXT_PERIOD"


@strawberry.input(
    description="At most 50 calendars as JSON objects: calendar, firstDay, lastDay, daysOff [{day, name}], and"
    " optionally workingDays [{day, name}], week [MON …] and version."
)
class PublishCalendarsInput:
    calendars: list[JSON] = at_most(MOST_CALENDARS)


@strawberry.input(
    description="A change of terms, of a party or of a role on the whole platform. What is left out stays; null goes"
    " back to what the layer below says: the party's registration, its role, what is built in."
)
class SettlementTermsInput:
    party: str | None = strawberry.UNSET
    role: SettlementRole | None = strawberry.field(
        default=strawberry.UNSET, description="Of a party: that of its kind where it is left out."
    )
    valid_from: date | None = strawberry.field(
        default=strawberry.UNSET, description="The local day that `effect` counts from; today where it is left out."
    )
    effect: TermsEffect = TermsEffect.NEXT_PERIOD
    cycle: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="T+N, DAILY, WEEKLY, DECADE, SEMI_MONTHLY, MONTHLY or ON_DEMAND.",
    )
    due_days: int | None = strawberry.UNSET
    calendar: str | None = strawberry.UNSET
    anchor: CountFrom | None = strawberry.UNSET
    confirmation: ConfirmationRule | None = strawberry.UNSET
    confirmation_days: int | None = strawberry.UNSET
    netting: bool | None = strawberry.UNSET
    carry_limit_minor_units: BigInt | None = strawberry.UNSET
    carry_cycles: int | None = strawberry.UNSET
    mode: SettlementMode | None = strawberry.UNSET

    def to_value(self) -> TermsChange:
        """Refusals: InvalidInput."""
        return parse_change({key: _plain(given) for key, name in _KEYS if (given := getattr(self, name)) is not _UNSET})


_UNSET = strawberry.UNSET
# The keys of a document of terms, and the fields of the input.
_KEYS = (
    ("party", "party"),
    ("role", "role"),
    ("validFrom", "valid_from"),
    ("effect", "effect"),
    ("cycle", "cycle"),
    ("dueDays", "due_days"),
    ("calendar", "calendar"),
    ("anchor", "anchor"),
    ("confirmation", "confirmation"),
    ("confirmationDays", "confirmation_days"),
    ("netting", "netting"),
    ("carryLimitMinorUnits", "carry_limit_minor_units"),
    ("carryCycles", "carry_cycles"),
    ("mode", "mode"),
)


@strawberry.input(description="At most 500 changes of terms.")
class ChangeSettlementTermsInput:
    changes: list[SettlementTermsInput] = at_most(MOST_CHANGES)


@strawberry.type(description="What became of one calendar.")
class CalendarPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether a version with this content was there.")
    place: strawberry.Private[tuple[str, int] | None] = None

    @strawberry.field(description="The version; null when it was refused.")
    async def calendar(self, info: Info) -> Calendar | None:
        return None if self.place is None else await load_calendar(info.context, *self.place)


@strawberry.type(description="What became of calendars.")
class PublishCalendarsPayload(Payload):
    results: list[CalendarPayload] = strawberry.field(default_factory=list, description="One per calendar, in order.")


@strawberry.type(description="What became of one change of terms.")
class SettlementTermsPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether the terms said this already.")
    role: SettlementRole | None = None
    version: int | None = strawberry.field(default=None, description="Its number among those of the party or role.")
    valid_from: date | None = None
    reference: strawberry.Private[str | None] = None

    @strawberry.field(description="The party; null for a role of the platform.")
    async def party(self, info: Info) -> Party | None:
        return None if self.reference is None else await find_party(info.context, self.reference)


@strawberry.type(description="What became of changes of terms.")
class ChangeSettlementTermsPayload(Payload):
    results: list[SettlementTermsPayload] = strawberry.field(
        default_factory=list, description="One per change, in order."
    )


@strawberry.type
class TermsMutations:
    @mutation(description="Publish calendars. A version never changes; what becomes known later is another one.")
    async def publish_calendars(self, info: Info, input: PublishCalendarsInput) -> PublishCalendarsPayload:
        answers = await submit_each(info.context, PUBLISH_CALENDAR, input.calendars, read=_read)
        results = write_each(info.context, answers, field="calendars", refused=CalendarPayload, done=_write_published)
        return PublishCalendarsPayload(results=results)

    @mutation(description="Change how roles and parties settle, each change on its own.")
    async def change_settlement_terms(
        self, info: Info, input: ChangeSettlementTermsInput
    ) -> ChangeSettlementTermsPayload:
        answers = await submit_each(
            info.context,
            CHANGE_TERMS,
            input.changes,
            read=SettlementTermsInput.to_value,
        )
        results = write_each(
            info.context, answers, field="changes", refused=SettlementTermsPayload, done=_write_changed
        )
        for result, change in zip(results, input.changes, strict=True):
            result.reference = change.party or None
        return ChangeSettlementTermsPayload(results=results)


def _read(document: JSON) -> CalendarDraft:
    return parse_calendar(document)


def _plain(value: Any) -> Any:
    """A value as a document has it."""
    if isinstance(value, StrEnum):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _write_published(published: PublishedCalendar) -> CalendarPayload:
    return CalendarPayload(replayed=published.replayed, place=(published.name, published.version))


def _write_changed(changed: ChangedTerms) -> SettlementTermsPayload:
    return SettlementTermsPayload(
        replayed=changed.replayed,
        role=SettlementRole(changed.role),
        version=changed.version,
        valid_from=changed.valid_from,
    )
