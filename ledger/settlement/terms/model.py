"""The values of settlement terms. Instants are UTC, days are local to the party; amounts are minor units."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ledger.calendars.model import BUILT_IN, Anchor

# Periods of a party that settles on demand have no end of their own; this is after every instant.
OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)
# Terms that nobody has changed are in force since this day: the second, so that every zone has a midnight for it.
FIRST_DAY = date(1, 1, 2)


class Role(StrEnum):
    """As what a party is paid. One party may have several; each settles by terms of its own."""

    MERCHANT = "MERCHANT"
    AGENT = "AGENT"
    SUPPLIER = "SUPPLIER"
    DISTRIBUTOR = "DISTRIBUTOR"


class Mode(StrEnum):
    """Whether the platform sells for the party, or buys from it and sells itself."""

    AGENCY = "AGENCY"
    PURCHASE = "PURCHASE"


class Cycle(StrEnum):
    """What makes periods. T_PLUS is a period per day, due so many working days after it; DECADE begins on 1, 11, 21."""

    T_PLUS = "T_PLUS"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    DECADE = "DECADE"
    SEMI_MONTHLY = "SEMI_MONTHLY"
    MONTHLY = "MONTHLY"
    ON_DEMAND = "ON_DEMAND"


class Confirmation(StrEnum):
    """Whether a party must agree with a closed sheet, is taken to after some days, or is not asked."""

    REQUIRED = "REQUIRED"
    DEEMED = "DEEMED"
    NONE = "NONE"


class Effect(StrEnum):
    """When new terms begin: on their first day, ending the open period there, or when that day's period is over."""

    NOW = "NOW"
    NEXT_PERIOD = "NEXT_PERIOD"


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How a party settles in a role. `due_days` are working days of `calendar` after a period's last day (for T_PLUS: the
    trade day). `confirmation_days` is set exactly for DEEMED. Amounts are in minor units of the sheet's currency:
    a debt above `carry_limit_minor`, or carried for more than `carry_cycles` periods, is collected (None: carried on).
    `netting` allows debts to be taken from sheets of another mode.
    """

    cycle: Cycle = Cycle.MONTHLY
    due_days: int = 5
    calendar: str = BUILT_IN
    anchor: Anchor = Anchor.COUNT_AFTER
    confirmation: Confirmation = Confirmation.REQUIRED
    confirmation_days: int | None = None
    netting: bool = True
    carry_limit_minor: int | None = None
    carry_cycles: int | None = None
    mode: Mode = Mode.AGENCY


BUILT_IN_TERMS = Terms()


class Layer(NamedTuple):
    """What a version says; None is left open. It has the fields of Terms, in their order."""

    cycle: Cycle | None = None
    due_days: int | None = None
    calendar: str | None = None
    anchor: Anchor | None = None
    confirmation: Confirmation | None = None
    confirmation_days: int | None = None
    netting: bool | None = None
    carry_limit_minor: int | None = None
    carry_cycles: int | None = None
    mode: Mode | None = None


NOTHING = Layer()


class TermsVersion(NamedTuple):
    """A version of a role, or of a party in it, and the day from which it counts."""

    version: int
    valid_from: date
    effect: Effect
    layer: Layer


class Segment(NamedTuple):
    """From this day on, until the next segment begins, these terms are in force."""

    first_day: date
    terms: Terms


@dataclass(frozen=True, slots=True)
class History:
    """The terms of a party in a role, from the first day on; never empty, days strictly ascending."""

    segments: tuple[Segment, ...]
    first_days: tuple[date, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first_days", tuple(segment.first_day for segment in self.segments))
        assert self.first_days, "a history has at least what is built in"
        assert list(self.first_days) == sorted(set(self.first_days)), "segments follow each other"

    def place_on(self, day: date) -> int:
        """Which segment is in force on this day."""
        return max(bisect_right(self.first_days, day) - 1, 0)

    def terms_on(self, day: date) -> Terms:
        """The terms in force on a local day."""
        return self.segments[self.place_on(day)].terms


@dataclass(frozen=True, slots=True)
class Period:
    """
    A stretch of time, half-open: `start` belongs to it, `end` to the next one. `first_day` and `last_day` are the local
    days of its first and last instant. Without an end of its own (on demand) `end` is OPEN_END.
    """

    start: datetime
    end: datetime
    first_day: date
    last_day: date

    @property
    def is_open_ended(self) -> bool:
        """Whether it ends only when somebody asks for it."""
        return self.end >= OPEN_END


class PartyTerms(NamedTuple):
    """
    How a party settles in a role, and where it is. `unreadable` are the keys of its registration's settlement that say
    nothing this program understands; they count as left open.
    """

    party_id: int
    role: Role
    zone: ZoneInfo
    history: History
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermsChange:
    """
    A change asked for: of a role on the whole platform, or of one party (by reference; its role may be left to follow
    from its kind). `said` has fields of Terms by name; None goes back to what the layer below says. Without a first day
    it is the party's today.
    """

    said: dict[str, Any]
    role: Role | None = None
    party: str | None = None
    valid_from: date | None = None
    effect: Effect = Effect.NEXT_PERIOD


@dataclass(frozen=True, slots=True)
class ChangedTerms:
    """`replayed` when the latest version says this already; `party_id` is None for a role of the platform."""

    role: Role
    party_id: int | None
    version: int
    valid_from: date
    replayed: bool


def to_zone(name: str | None) -> ZoneInfo:
    """The zone of that name, UTC for none."""
    return ZoneInfo(name or "UTC")
