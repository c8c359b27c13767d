"""The values of receipts, their matches and their returns. Amounts are minor units, positive."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from ledger.noting import Noted, note

# So long may money be unidentified before its age is a matter of its own. Source: docs/unpaid.md "Receipts".
UNIDENTIFIED_PATIENCE = timedelta(days=30)
UNMATCHED_REASON = note(Noted.NOBODY_MATCHED)


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """
    A line of a bank statement to be recorded once under `reference`: what came to `bank_account` of the legal entity,
    with value on `value_date`, from whom the bank calls `payer`. `reason` is why it is nobody's, `owner` the name of
    who sees to it; "" is whoever records it. `content` is the canonical JSON it was read from.
    """

    reference: str
    legal_entity: str
    bank_account: str
    currency: str
    amount: int
    value_date: date
    payer: str = ""
    content: str = ""
    reason: str = UNMATCHED_REASON
    owner: str = ""


@dataclass(frozen=True, slots=True)
class MatchDraft:
    """
    A receipt to be matched once under `reference` against a sheet, by `amount` of `currency`; None is all that both
    have left. `clears_rest`: what is then still owed from the sheet goes with it where it is small enough.
    """

    reference: str
    receipt_id: int
    sheet_id: int
    amount: int | None = None
    currency: str = ""
    clears_rest: bool = False


@dataclass(frozen=True, slots=True)
class UnmatchDraft:
    """A match to be undone, as a whole, and why."""

    match_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it stands; `matched` is what its matches have cleared, `returned` what was given back of it."""

    receipt_id: int
    reference: str
    book_id: int
    currency: str
    amount: int
    matched: int
    returned: int = 0

    @property
    def unidentified(self) -> int:
        """What nobody has matched and nobody was given back."""
        return self.amount - self.matched - self.returned

    @property
    def subject(self) -> str:
        """The receipt as documents and events name it."""
        return f"receipt/{self.receipt_id}"


@dataclass(frozen=True, slots=True)
class Match:
    """A part of a receipt that clears, or cleared, what is owed from a sheet; `rest` is what went with it beside."""

    match_id: int
    reference: str
    receipt_id: int
    sheet_id: int
    amount: int
    rest: int = 0
    clears_rest: bool = False


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """A receipt, with its entry's place in the log."""

    receipt_id: int
    sequence: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class MatchStep:
    """A match that was made or undone, and the place in the log of the entry that did it."""

    match: Match
    sequence: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class ReturnDraft:
    """
    What of a receipt shall be given back once under `reference`, and why, by `amount` of `currency`; None is all that
    is unidentified. `content` is the canonical JSON it was read from: what an approver sees.
    """

    reference: str
    receipt_id: int
    reason: str
    amount: int | None = None
    currency: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What was given back, with its entry's place in the log; None and 0 while it waits for approval."""

    return_id: int | None
    receipt_id: int
    amount: int
    sequence: int
    replayed: bool
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class AssignmentDraft:
    """Who sees to a receipt from now on, and why nobody has matched it; None stays as it is."""

    receipt_id: int
    owner: str | None = None
    reason: str | None = None


class Assigned(NamedTuple):
    """A receipt that somebody sees to; `replayed` where it was so before."""

    receipt_id: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class ToleranceDraft:
    """Up to how much of a debt may be cleared with a match beside its amount; 0 is nothing."""

    legal_entity: str
    currency: str
    amount: int


class Tolerated(NamedTuple):
    """What is tolerated in a book and currency; `replayed` where it was so before."""

    book_id: int
    currency: str
    amount: int
    replayed: bool
