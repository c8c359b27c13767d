"""The values of deposits. Amounts are minor units, positive."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ledger.journal.model import EventDraft

# The key of the step by which a slice goes back on its day. No caller's key is one.
DATE_STEP = "date"
# The key of the step by which a bill lapses with its agreement; no caller lets a bill lapse.
END_STEP = "end"


class DepositKind(StrEnum):
    """Security against breach, or part of the price kept until the warranty ends."""

    SEC = "SEC"
    WAR = "WAR"


class Basis(StrEnum):
    """PERIOD_NET: a rate of every positive sheet. TARGET: until an amount, or a rate of a stated base, is reached."""

    PERIOD_NET = "PERIOD_NET"
    TARGET = "TARGET"


class Shortfall(StrEnum):
    """What sheets do not cover of a target: it waits for the next sheet, or is billed at once (1220)."""

    WAIT = "WAIT"
    BILL = "BILL"


class Release(StrEnum):
    """Whether a slice goes back by itself on its date, or when a person says so."""

    ON_DATE = "ON_DATE"
    BY_HAND = "BY_HAND"


class MoveKind(StrEnum):
    """
    What happens to a slice. BILLED, RECEIVED and RETAINED begin one; PAID and OFFSET bring in what was billed, in cash
    or from a sheet; CLAIMED, RELEASED and FORFEITED take out of it. CLAIM_PAID pays the buyers what was claimed for
    them. LAPSED ends a bill with what it secured, or with its agreement.
    """

    BILLED = "BILLED"
    RECEIVED = "RECEIVED"
    RETAINED = "RETAINED"
    PAID = "PAID"
    OFFSET = "OFFSET"
    CLAIMED = "CLAIMED"
    CLAIM_PAID = "CLAIM_PAID"
    RELEASED = "RELEASED"
    FORFEITED = "FORFEITED"
    LAPSED = "LAPSED"


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """
    An agreement to be made once under `reference`. `target` is the amount of a TARGET, worked out of rate and base
    where these were given; `cap` bounds what a PERIOD_NET has at a time. `role` "" is the usual one of the party's
    kind: from its sheets is retained.
    """

    reference: str
    party: str
    legal_entity: str
    currency: str
    kind: DepositKind
    basis: Basis
    months: int
    shortfall: Shortfall
    release: Release
    legal_ground: str
    role: str = ""
    rate: Decimal | None = None
    base: int | None = None
    target: int | None = None
    cap: int | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement that stands."""

    agreement_id: int
    reference: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class EndingDraft:
    """
    An agreement that shall end now, and why. `due` is what may lapse with it by the word of approval `approval_id`;
    both are None where nobody else has agreed yet.
    """

    agreement: str
    reason: str
    due: int | None = None
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """
    An agreement that has ended, and what lapsed with it. While it waits for approval the agreement stands, and nothing
    has lapsed.
    """

    agreement_id: int
    reference: str
    currency: str
    lapsed: int
    replayed: bool
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    An agreement as it stands. `reached` is what its slices ever had, `left` what they still have, billed and not
    received included. `ended_by` and `end_reason` are "" while it stands.
    """

    agreement_id: int
    reference: str
    party_id: int
    party: str
    book_id: int
    role: str
    currency: str
    kind: DepositKind
    basis: Basis
    rate: Decimal | None
    target: int | None
    cap: int | None
    months: int
    shortfall: Shortfall
    release: Release
    agreed_at: datetime
    reached: int
    left: int
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""
    is_of_closed_party: bool = False

    @property
    def is_billed(self) -> bool:
        """Whether anything may be billed under it: what has ended, or is of a closed party, takes what sheets have."""
        return self.ended_at is None and not self.is_of_closed_party


@dataclass(frozen=True, slots=True)
class Slice:
    """
    A part of a deposit with its own dates. `due` is what of `principal` is billed and not received, `lapsed` what was
    billed and is asked for no more. Its dates are days in `zone`.
    """

    slice_id: int
    agreement_id: int
    agreement: str
    party_id: int
    party: str
    book_id: int
    role: str
    sheet_id: int | None
    currency: str
    kind: DepositKind
    release: Release
    zone: str
    start_date: date
    end_date: date
    releasable_date: date
    opened_at: datetime
    principal: int
    due: int
    claimed: int
    released: int
    forfeited: int
    lapsed: int
    status: str

    @property
    def left(self) -> int:
        """What it still has, on 2060."""
        return self.principal - self.claimed - self.released - self.forfeited - self.lapsed

    @property
    def received(self) -> int:
        """What ever came in of it: a bill may come in by parts, and stays due until all of it has."""
        return self.principal - self.due - self.lapsed

    @property
    def held(self) -> int:
        """What of that we have in hand: this can be claimed, released and forfeited."""
        return self.left - self.due


@dataclass(frozen=True, slots=True)
class Move:
    """
    A step of a slice, which it stands after. `counter` is the other account's code and party; `sheet_id` names the
    sheet whose 2015 moves.
    """

    kind: MoveKind
    after: Slice
    amount: int
    reference: str
    reason: str
    counter_code: str
    counter_party_id: int | None = None
    sheet_id: int | None = None
    order: str = ""
    sheet_events: tuple[EventDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class CashDraft:
    """
    A deposit that came in (`kind` RECEIVED) or is billed (BILLED) under an agreement. `start_date` is the first day of
    what it secures.
    """

    kind: MoveKind
    reference: str
    agreement: str
    currency: str
    amount: int
    start_date: date


@dataclass(frozen=True, slots=True)
class DischargeDraft:
    """
    What shall go out of a slice, None for all that it holds. A claim goes to the customers of an order (`party` "") or
    to the party that does the service.
    """

    kind: MoveKind
    slice_id: int
    reference: str
    reason: str
    amount: int | None = None
    currency: str = ""
    party: str = ""
    account: str = ""
    order: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class ClaimPaymentDraft:
    """A claim for the buyers of an order, by its slice and reference, that was paid to them whole."""

    slice_id: int
    claim: str
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """
    What a step did: the slices it touched, in order, and its first entry's place in the log. While it waits for
    approval nothing has moved.
    """

    slice_ids: tuple[int, ...]
    amount: int
    sequence: int
    replayed: bool
    approval_id: int | None = None
