"""What readers get. Amounts are minor units; a row is a plain tuple of what the store says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledger.reporting.ranges import check_range

Position = tuple[int | str, ...]


class Span(NamedTuple):
    """
    A stretch of a list: at most `limit` rows between `after` and `before` (both exclusive, None is open), from the
    list's start, or from its end when `backward`; rows come in the order they were walked.
    """

    limit: int
    backward: bool = False
    after: Position | None = None
    before: Position | None = None

    @property
    def bounds(self) -> tuple[int | str | None, int | str | None]:
        """`after` and `before` of a list that goes by one value."""
        return _cut(self.after), _cut(self.before)

    def read_bounds(self, read: Callable[[str], date]) -> tuple[object, ...]:
        """`after`, then `before`, of a list that goes by a day or an instant, `read` from its ISO form, and a key."""
        return *_read(self.after, read), *_read(self.before, read)


def _cut(position: Position | None) -> int | str | None:
    return None if position is None else position[0]


def _read(position: Position | None, read: Callable[[str], date]) -> tuple[object, object]:
    return (None, None) if position is None else (read(str(position[0])), position[1])


class PartyRow(NamedTuple):
    """
    A party as it stands in the snapshot. `tree_at`, in a list that goes depth first: the last move below the list's
    root that the page knows of, which a cursor bears too.
    """

    party_id: int
    reference: str
    kind: str
    name: str
    parent_id: int | None
    status: str
    currency: str | None
    time_zone: str | None
    registered_at: datetime
    tree_at: int | None


class AccountRow(NamedTuple):
    """An account with the words of its chart and the references of its owner."""

    account_id: int
    code: str
    name: str
    account_class: str
    normal_side: str
    currency: str
    party_id: int | None
    party_reference: str | None
    book_id: int
    book_reference: str


class AccountPlace(NamedTuple):
    """Where an account stands, in the words of its owner; `party` is None for the platform's own."""

    legal_entity: str
    code: str
    party: str | None
    currency: str


class EntryRow(NamedTuple):
    """An entry without its lines."""

    sequence: int
    book_id: int
    book_reference: str
    reversal_of: int | None
    posted_at: datetime
    business_date: date
    requested_date: date
    idempotency_key: str
    fingerprint: bytes
    content_hash: bytes
    source: str
    actor: str
    template: str
    description: str
    document: str
    document_line: str
    cause: str
    metadata: str


class LineRow(NamedTuple):
    """A line with its account's figures after it; `normal_side` is the account's."""

    sequence: int
    position: int
    account_id: int
    side: str
    amount: int
    currency: str
    version: int
    debit_after: int
    credit_after: int
    business_date: date
    posted_at: datetime
    normal_side: str

    @property
    def balance_after(self) -> int:
        """The account's balance after this line, on its normal side."""
        return on_side(self.debit_after, self.credit_after, self.normal_side)


@dataclass(frozen=True, slots=True)
class PartyFilter:
    """Which parties; None does not matter."""

    kind: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """
    Which receipts; None does not matter. Open are those of which something is unidentified; `overdue_at` asks for those
    whose time has run out by then.
    """

    is_open: bool | None = None
    owner: str | None = None
    recorded_until: datetime | None = None
    overdue_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts; parties and legal entities by reference, None does not matter."""

    legal_entity: str | None = None
    code: str | None = None
    party: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """
    Which entries; None does not matter. Dates and sequences are inclusive. `account` and `party` ask for entries with
    a line on that account or on an account of that party; `document` is written as entries have it: "order/O1";
    `kind` is the template, or the source of an entry without one.
    """

    legal_entity: str | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None
    sequence_from: int | None = None
    sequence_to: int | None = None
    document: str | None = None
    document_line: str | None = None
    kind: str | None = None
    source: str | None = None
    account_id: int | None = None
    party: str | None = None
    key: str | None = None

    def check(self) -> None:
        """Refusals: InvalidInput."""
        check_range(self.business_date_from, self.business_date_to, field="business_date_to")
        check_range(self.sequence_from, self.sequence_to, field="sequence_to")


def on_side(debit: int, credit: int, side: str) -> int:
    """A balance as seen from one side; negative when the account stands on the other."""
    return debit - credit if side == "D" else credit - debit
