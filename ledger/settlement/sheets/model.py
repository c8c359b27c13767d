"""The values of settlement sheets. Amounts are minor units of the sheet's currency; what a party is owed counts up."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from ledger.journal.model import EventDraft

Role = Literal["MERCHANT", "SUPPLIER", "AGENT", "DISTRIBUTOR"]
Mode = Literal["AGENCY", "PURCHASE"]


class Status(StrEnum):
    """Where a sheet stands. Source: docs/sheets.md "Life of a sheet"."""

    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    CONFIRM_PENDING = "CONFIRM_PENDING"
    DISPUTED = "DISPUTED"
    ADJUSTED = "ADJUSTED"
    CONFIRMED = "CONFIRMED"
    APPROVAL = "APPROVAL"
    APPROVED = "APPROVED"
    INVOICE_PENDING = "INVOICE_PENDING"
    # Where a supplier's invoice takes a purchase sheet. Invoices are not taken in yet, so nothing leads to it.
    INVOICE_MATCHED = "INVOICE_MATCHED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAYING = "PAYING"
    PAID = "PAID"
    PAY_FAILED = "PAY_FAILED"
    COMPLETED = "COMPLETED"
    RECEIVABLE = "RECEIVABLE"
    CARRIED_FORWARD = "CARRIED_FORWARD"
    COLLECTING = "COLLECTING"
    COLLECTED = "COLLECTED"
    WRITTEN_OFF = "WRITTEN_OFF"


class MovementKind(StrEnum):
    """What became of a part of a sheet's total. PAID is the part of PAYOUT that has reached the party."""

    NETTED = "NETTED"
    RETAINED = "RETAINED"
    HELD = "HELD"
    WITHHELD = "WITHHELD"
    PAYOUT = "PAYOUT"
    PAID = "PAID"
    COLLECTED = "COLLECTED"
    WRITTEN_OFF = "WRITTEN_OFF"


class SheetKey(NamedTuple):
    """Whose sheet of what kind; with the start of its period, the identity of a sheet."""

    party_id: int
    book_id: int
    role: Role
    mode: Mode
    currency: str


class Sheet(NamedTuple):
    """
    A sheet as its table keeps it. Its period is half-open, in UTC, cut in `zone`; `party` and `legal_entity` are
    references.

    `total` is signed and final once the sheet is closed. `payout` is what payouts have claimed of it, `paid` the part
    of that which has arrived.
    """

    sheet_id: int
    key: SheetKey
    party: str
    legal_entity: str
    zone: str
    period_start: datetime
    period_end: datetime
    status: Status
    due_date: date
    calendar: str
    calendar_version: int
    confirmation: Literal["REQUIRED", "DEEMED", "NONE"]
    deemed_days: int | None
    confirm_by: datetime | None
    overdue_at: datetime | None
    closed_at: datetime | None
    through_sequence: int | None
    closing_sequence: int | None
    line_count: int
    carried_cycles: int
    total: int
    netted: int
    retained: int
    held: int
    withheld: int
    payout: int
    paid: int
    collected: int
    written_off: int
    digest: bytes | None

    @property
    def payable(self) -> int:
        """What of a positive total nobody has taken yet."""
        return max(self.total, 0) - self.retained - self.held - self.withheld - self.payout - self._netted_of(1)

    @property
    def at_stake(self) -> int:
        """
        What may come to be paid of it or is owed from it: also what is held or retained, which comes back to it without
        anybody being asked about the sheet again, and what a payout has claimed and not delivered.
        """
        return self.unpaid + self.held + self.retained or self.owed

    @property
    def unpaid(self) -> int:
        """What has to be paid of it and has not arrived: also what a payout has claimed and not delivered."""
        return self.payable + self.payout - self.paid

    @property
    def owed(self) -> int:
        """What of a negative total the party still owes."""
        return max(-self.total, 0) - self.collected - self.written_off - self._netted_of(-1)

    @property
    def subject(self) -> str:
        """The sheet as documents and events name it."""
        return f"sheet/{self.sheet_id}"

    def _netted_of(self, sign: int) -> int:
        return self.netted if self.total * sign > 0 else 0


@dataclass(frozen=True, slots=True)
class Take:
    """
    Take `amount` from what a sheet still has to be paid; below zero, give back what was taken.

    `reference` is the document that takes ("payout/7", "hold/3", "deposit/5"). Its entry names that as `document` and
    the sheet's number as `document_line`, so that one finds the other. `is_failure` says that a payout gives back
    because it failed, not because somebody took it back.
    """

    sheet_id: int
    kind: MovementKind
    amount: int
    reference: str
    is_failure: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a take left: the sheet after it, and the events that its status changes are told with. They belong into the
    `write_entries` that posts what was taken.
    """

    sheet: Sheet
    events: tuple[EventDraft, ...]
