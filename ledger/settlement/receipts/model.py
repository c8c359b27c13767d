"""The values of receipts and their matches. Amounts are minor units, positive."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """
    A line of a bank statement to be recorded once under `reference`: what came to `bank_account` of the legal entity,
    with value on `value_date`, from whom the bank calls `payer`. `content` is the canonical JSON it was read from.
    """

    reference: str
    legal_entity: str
    bank_account: str
    currency: str
    amount: int
    value_date: date
    payer: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class MatchDraft:
    """
    A receipt to be matched once under `reference` against a sheet, by `amount` of `currency`; None is all that both
    have left.
    """

    reference: str
    receipt_id: int
    sheet_id: int
    amount: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class UnmatchDraft:
    """A match to be undone, as a whole, and why."""

    match_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it stands; `matched` is what its matches have cleared."""

    receipt_id: int
    reference: str
    book_id: int
    currency: str
    amount: int
    matched: int

    @property
    def unidentified(self) -> int:
        """What nobody has matched."""
        return self.amount - self.matched

    @property
    def subject(self) -> str:
        """The receipt as documents and events name it."""
        return f"receipt/{self.receipt_id}"


@dataclass(frozen=True, slots=True)
class Match:
    """A part of a receipt that clears, or cleared, what is owed from a sheet."""

    match_id: int
    reference: str
    receipt_id: int
    sheet_id: int
    amount: int


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
