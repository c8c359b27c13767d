"""The values of the journal. Amounts are minor units, positive, with a side; dates are days, instants are UTC."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Literal, NamedTuple

from ledger.errors import LedgerError

Side = Literal["D", "C"]
DEBIT: Side = "D"
CREDIT: Side = "C"

# Limits of the book. A thousand lines of 10^15 leave nine orders of magnitude below the limit of a cumulative total.
MAX_AMOUNT_MINOR = 10**15
MAX_LINES = 1_000
MAX_CUMULATIVE_MINOR = 9 * 10**18
MAX_KEY_LENGTH = 600


class AccountKey(NamedTuple):
    """A place in the chart: `book_id` is the legal entity's, `party_id` None for the platform's own."""

    book_id: int
    code: str
    party_id: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account as posting knows it; nothing of it ever changes. `identity` is its canonical encoding."""

    account_id: int
    key: AccountKey
    normal_side: Side
    is_summary: bool
    floor_minor: int | None
    identity: bytes
    name: str


class LineDraft(NamedTuple):
    """One debit or credit to be; `amount` in minor units of the account's currency."""

    account: AccountKey
    side: Side
    amount: int


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """
    A balanced fact to be posted once under `key`.

    `document`, `document_line` and `cause` say where it came from (e.g. "order/O1", "1", the event's id).
    `metadata` is canonical JSON text or "". With `moves_off_closed_day` an entry whose day is closed is dated on the
    first open day instead of being refused.
    """

    key: str
    book_id: int
    business_date: date
    lines: tuple[LineDraft, ...]
    source: Literal["API", "IMPORT", "RULE", "MANUAL", "REVERSAL"] = "API"
    template: str = ""
    description: str = ""
    document: str = ""
    document_line: str = ""
    cause: str = ""
    metadata: str = ""
    reversal_of: int | None = None
    moves_off_closed_day: bool = False


@dataclass(frozen=True, slots=True)
class EventDraft:
    """
    Something that happened to a document, for the log. `payload` is JSON text of an object; `parties` are those it
    concerns. `entries` are the positions, among the drafts given with it, of the entries it caused: the event takes the
    number right after the last of them and is written only if all of them are.
    """

    kind: str
    subject: str
    occurred_at: datetime
    parties: tuple[int, ...]
    payload: str
    entries: tuple[int, ...] = ()


class Running(NamedTuple):
    """An account after a line: its version, and the gross sums ever posted to it, in minor units."""

    version: int
    debit: int
    credit: int


# A named tuple's own constructor is a function of Python; on the hot path this one takes a third of its time.
make_running: Callable[[tuple[int, int, int]], Running] = partial(tuple.__new__, Running)


class Posted(NamedTuple):
    """
    An entry in the log. `balances_after` are the running figures after each line, in order; empty for a replay, whose
    lines are read from the journal.
    """

    sequence: int
    replayed: bool
    posted_at: datetime
    business_date: date
    balances_after: tuple[Running, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written for this item; its neighbours are not touched by that."""

    error: LedgerError


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's place in the log."""

    sequence: int
    posted_at: datetime
    posting_day: date
