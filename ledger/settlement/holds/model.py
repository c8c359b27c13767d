"""The values of holds. Amounts are minor units, positive."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# The keys of what happens by itself: the steps that end a hold, and the holds of disputes. No caller's key is one.
DATE_STEP, DISPUTE_STEP, DISPUTE_HOLD = "date", "dispute", "dispute/"


class Reason(StrEnum):
    """Why money is held."""

    DISPUTE = "DISPUTE"
    RISK_REVIEW = "RISK_REVIEW"
    LEGAL_ORDER = "LEGAL_ORDER"
    RETURNS_RESERVE = "RETURNS_RESERVE"
    IDENTITY_CHECK = "IDENTITY_CHECK"
    CONTRACT_BREACH = "CONTRACT_BREACH"
    OTHER = "OTHER"


class ReleaseRule(StrEnum):
    """What lifts a hold: its date by itself, the end of its dispute, or a person."""

    ON_DATE = "ON_DATE"
    BY_DISPUTE = "BY_DISPUTE"
    BY_HAND = "BY_HAND"


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """
    A hold to be placed once under `reference`, on accrued money (`account`, "" for the usual one of the party's kind)
    or on a closed sheet (`sheet_id`). `content` is the canonical JSON it was read from: what an approver sees.
    """

    reference: str
    party: str
    legal_entity: str
    currency: str
    amount: int
    reason: Reason
    legal_ground: str
    release_condition: str
    release_rule: ReleaseRule
    expected_release_date: date
    account: str = ""
    sheet_id: int | None = None
    order: str = ""
    line: str = ""
    dispute: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class LiftDraft:
    """
    A hold to be lifted by `amount` of `currency`, None for all that it still holds. `reference` is the caller's key
    among the steps of that hold.
    """

    hold_id: int
    reference: str
    reason: str
    amount: int | None = None
    currency: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """
    A hold that stands, in the log at `sequence`. While it waits for approval `hold_id` is None and nothing has moved.
    """

    hold_id: int | None
    reference: str
    sequence: int
    replayed: bool
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """`amount` went back; `left` is what the hold still holds. While it waits for approval nothing has moved."""

    hold_id: int
    amount: int
    left: int
    sequence: int
    replayed: bool
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it stands, with what is needed to move its money."""

    hold_id: int
    party_id: int
    book_id: int
    currency: str
    account: str
    sheet_id: int | None
    amount: int
    lifted: int
    reason: str
    order: str
    expected_release_date: date

    @property
    def left(self) -> int:
        """What it still holds."""
        return self.amount - self.lifted
