"""Settlement terms: how a party settles in a role, since when, and where it stands in its period."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.calendars import CountFrom
from app.api.context import Context, Info
from app.api.scalars import BigInt
from ledger.reporting import terms
from ledger.reporting.terms import TermsRow
from ledger.settlement.terms.model import History, Period, Role, Segment, Terms


@strawberry.enum(description="As what a party is paid.")
class SettlementRole(StrEnum):
    MERCHANT = "MERCHANT"
    AGENT = "AGENT"
    SUPPLIER = "SUPPLIER"
    DISTRIBUTOR = "DISTRIBUTOR"


@strawberry.enum(description="Whether the platform sells for the party, or buys from it and sells itself.")
class SettlementMode(StrEnum):
    AGENCY = "AGENCY"
    PURCHASE = "PURCHASE"


@strawberry.enum(
    description="What makes periods. T_PLUS is one a day, due so many working days after it; DECADE begins on the 1st,"
    " 11th and 21st; WEEKLY on Monday; ON_DEMAND ends when somebody asks."
)
class SettlementCycle(StrEnum):
    T_PLUS = "T_PLUS"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    DECADE = "DECADE"
    SEMI_MONTHLY = "SEMI_MONTHLY"
    MONTHLY = "MONTHLY"
    ON_DEMAND = "ON_DEMAND"


@strawberry.enum(description="Whether the party confirms a closed sheet, is taken to after some days, or is not asked.")
class ConfirmationRule(StrEnum):
    REQUIRED = "REQUIRED"
    DEEMED = "DEEMED"
    NONE = "NONE"


@strawberry.type(description="Terms in force from a local day of the party on, until those after them.")
class SettlementTerms:
    valid_from: date | None = strawberry.field(description="Null for those in force since ever.")
    cycle: SettlementCycle
    due_days: int = strawberry.field(description="Working days from a period's last day to its due date.")
    calendar: str = strawberry.field(description="The calendar that says which days are worked.")
    anchor: CountFrom
    confirmation: ConfirmationRule
    confirmation_days: int | None = strawberry.field(description="After how many days it is taken for given.")
    netting: bool = strawberry.field(description="Whether debts are taken from sheets of another mode.")
    carry_limit_minor_units: BigInt | None = strawberry.field(
        description="A debt above it is collected instead of carried forward; in the currency of the sheet."
    )
    carry_cycles: int | None = strawberry.field(description="For how many periods a debt is carried forward.")
    mode: SettlementMode

    @classmethod
    def of(cls, segment: Segment, *, is_first: bool = False) -> "SettlementTerms":
        """Make the API's terms of the ledger's."""
        said: Terms = segment.terms
        limit = said.carry_limit_minor
        return cls(
            valid_from=None if is_first else segment.first_day,
            cycle=SettlementCycle(said.cycle),
            due_days=said.due_days,
            calendar=said.calendar,
            anchor=CountFrom(said.anchor),
            confirmation=ConfirmationRule(said.confirmation),
            confirmation_days=said.confirmation_days,
            netting=said.netting,
            carry_limit_minor_units=None if limit is None else BigInt(limit),
            carry_cycles=said.carry_cycles,
            mode=SettlementMode(said.mode),
        )


@strawberry.type(description="A stretch of time, half-open: what happens at its end belongs to the next one.")
class SettlementPeriod:
    start: datetime
    end: datetime | None = strawberry.field(description="Null for one that ends when somebody asks.")
    first_day: date
    last_day: date | None = strawberry.field(description="The last local day of it.")
    due_date: date | None = strawberry.field(description="When it is to be paid, by the latest calendar.")

    @classmethod
    def of(cls, period: Period, *, due_date: date | None) -> "SettlementPeriod":
        """Make the API's period of the ledger's."""
        endless = period.is_open_ended
        return cls(
            start=period.start,
            end=None if endless else period.end,
            first_day=period.first_day,
            last_day=None if endless else period.last_day,
            due_date=due_date,
        )


@strawberry.type(description="How a party settles in a role.")
class PartySettlement:
    role: SettlementRole
    time_zone: str = strawberry.field(description="Its own, or that of its nearest ancestor that has one, else UTC.")
    current: SettlementTerms
    period: SettlementPeriod = strawberry.field(description="The period that now is in.")
    history: list[SettlementTerms] = strawberry.field(description="All its terms, those to come included.")
    unreadable: list[str] = strawberry.field(
        description="What its registration says of settlement in words that mean nothing here; left open."
    )

    @classmethod
    def of(cls, row: TermsRow, *, now: datetime) -> "PartySettlement":
        """Make the API's settlement of the ledger's."""
        found = row.terms
        history = write_history(found.history)
        place = found.history.place_on(now.astimezone(found.zone).date())
        return cls(
            role=SettlementRole(found.role),
            time_zone=found.zone.key,
            current=history[place],
            period=SettlementPeriod.of(row.period, due_date=row.due_date),
            history=history,
            unreadable=list(found.unreadable),
        )


@strawberry.type(description="The terms of a role on this platform, for parties that say nothing else.")
class RoleSettlement:
    role: SettlementRole
    history: list[SettlementTerms]


@strawberry.type
class TermsQueries:
    @strawberry.field(
        description="How each role settles where a party says nothing else; none for keys that see only a part."
    )
    async def role_settlements(self, info: Info) -> list[RoleSettlement]:
        if not info.context.viewer.sees_whole_platform:
            return []
        found = await info.context.read(terms.load_role_terms)
        return [
            RoleSettlement(role=SettlementRole(role), history=write_history(history)) for role, history in found.items()
        ]


async def load_settlement(
    context: Context, party_id: int, *, kind: str, role: SettlementRole | None
) -> PartySettlement | None:
    """How a party settles in a role, by default that of its kind; None for kinds that are not paid by sheets."""
    if kind not in Role.__members__:
        return None
    key = (party_id, Role(str(role)) if role else Role(kind))
    row: TermsRow = await context.load(terms.load_party_terms, key, now=context.now)
    return PartySettlement.of(row, now=context.now)


def write_history(history: History) -> list[SettlementTerms]:
    """All terms of a history, the oldest first."""
    return [SettlementTerms.of(segment, is_first=place == 0) for place, segment in enumerate(history.segments)]
