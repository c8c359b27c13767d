"""The values of what channels say. Amounts are minor units, instants are UTC."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from ledger.compact_json import write_json


class RecordKind(StrEnum):
    """What a channel did with an order's money."""

    CAPTURE = "CAPTURE"
    REFUND = "REFUND"


class Totals(NamedTuple):
    """How many captures and refunds there were, how much, and what the channel kept and gave back of it."""

    captures: int = 0
    captured: int = 0
    fees: int = 0
    refunds: int = 0
    refunded: int = 0
    fees_returned: int = 0


class Record(NamedTuple):
    """
    One payment or refund. `name` is the channel's name for the payment, or the refund's reference; `fee` what the
    channel kept of a capture, or gave back with a refund.
    """

    reference: str
    kind: RecordKind
    order: str
    name: str
    amount: int
    fee: int
    occurred_at: datetime


@dataclass(frozen=True)
class Section:
    """What a file says of one legal entity and currency; `records` in its order. What follows is worked out once."""

    legal_entity: str
    currency: str
    records: tuple[Record, ...]

    @cached_property
    def totals(self) -> Totals:
        """The sums of the records."""
        return sum_records(self.records)

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 of the records, in the order of their references."""
        return digest_records(self.records)


@dataclass(frozen=True, slots=True)
class ChannelFile:
    """A channel's file of a day. `platform` is the operator's reference, or "" where the file does not say."""

    name: str
    channel: str
    day: date
    platform: str
    sections: tuple[Section, ...]


class RecordedDay(NamedTuple):
    """A day that was recorded; `replayed` when the channel had said the same of it before."""

    channel_day_id: int
    legal_entity: str
    currency: str
    replayed: bool


class DayKey(NamedTuple):
    """A day of a channel, of one legal entity and currency."""

    channel_day_id: int
    channel: str
    book_id: int
    currency: str


class Told(NamedTuple):
    """A record with the day that it came on."""

    key: DayKey
    record: Record


class Booked(NamedTuple):
    """
    A payment or refund as it is booked here, or the part of it that is booked on one day; `channel_day_id` where the
    channel has told of that day.
    """

    channel_day_id: int | None
    channel: str
    book_id: int
    currency: str
    kind: RecordKind
    order: str
    name: str
    amount: int
    fee: int


class DifferenceReason(StrEnum):
    """How what a channel says differs from what is booked here: CHANNEL_MISSING is booked here and not told by it."""

    BOOK_MISSING = "BOOK_MISSING"
    CHANNEL_MISSING = "CHANNEL_MISSING"
    TOLD_TWICE = "TOLD_TWICE"
    ENTITY_DIFF = "ENTITY_DIFF"
    CURRENCY_DIFF = "CURRENCY_DIFF"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    FEE_DIFF = "FEE_DIFF"


class Difference(NamedTuple):
    """
    One payment or refund of which the channel says something else. `told` and `booked` are amounts, of FEE_DIFF the
    fees; each in its own currency, and None on the side that lacks it.
    """

    channel_day_id: int
    reason: DifferenceReason
    kind: RecordKind
    order: str
    name: str
    record: str
    told: int | None
    booked: int | None
    told_currency: str
    booked_currency: str


def sum_records(records: Sequence[Record]) -> Totals:
    """The totals of records of one currency."""
    captures = [record for record in records if record.kind is RecordKind.CAPTURE]
    refunds = [record for record in records if record.kind is RecordKind.REFUND]
    return Totals(
        len(captures),
        sum(record.amount for record in captures),
        sum(record.fee for record in captures),
        len(refunds),
        sum(record.amount for record in refunds),
        sum(record.fee for record in refunds),
    )


def digest_records(records: Sequence[Record]) -> bytes:
    """SHA-256 of records, in the order of their references."""
    said = [
        [*record[:-1], record.occurred_at.isoformat()] for record in sorted(records, key=lambda each: each.reference)
    ]
    return hashlib.sha256(write_json(said).encode()).digest()
