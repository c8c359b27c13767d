"""
How a channel's days differ from what is booked here, worked out anew of all that was ever told and booked; it shares
nothing with the ledger but the words of docs/channel-files.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

# The legal entity that everything is booked in.
ENTITY = "LE"


class Said(NamedTuple):
    """CAPTURE or REFUND, the order, what the payment or refund is called: the same on both sides."""

    kind: str
    order: str
    name: str


class Record(NamedTuple):
    """A line of a channel's file; amounts are minor units."""

    record: str
    said: Said
    amount: int
    fee: int


class ToldDay(NamedTuple):
    """What a channel said of a day, of one legal entity and currency."""

    number: int
    day: date
    entity: str
    currency: str
    records: tuple[Record, ...]


class Booked(NamedTuple):
    """A payment or refund in the book, on its day."""

    day: date
    currency: str
    amount: int
    fee: int


class Reading(NamedTuple):
    """A difference as it reads."""

    number: int
    reason: str
    said: Said
    record: str
    told: int | None
    booked: int | None
    told_currency: str
    booked_currency: str


class Compared(NamedTuple):
    """What differs; of that, what may still come with the channel's next day."""

    readings: frozenset[Reading]
    waiting: frozenset[Reading]


def compare(days: Sequence[ToldDay], booked: Mapping[Said, Booked]) -> Compared:
    """`days` in the order in which they were told."""
    heard: set[Said] = set()
    found: set[Reading] = set()
    for day in days:
        for record in day.records:
            found |= set(_compare(day, record, booked.get(record.said), is_again=record.said in heard))
            heard.add(record.said)
    waiting: set[Reading] = set()
    for said, payment in booked.items():
        if said in heard or not payment.amount:
            continue
        own = [day for day in days if (day.entity, day.currency) == (ENTITY, payment.currency)]
        for day in own:
            if day.day == payment.day:
                missing = Reading(day.number, "CHANNEL_MISSING", said, "", None, payment.amount, "", payment.currency)
                (waiting if day.day == max(each.day for each in own) else found).add(missing)
    return Compared(frozenset(found | waiting), frozenset(waiting))


def _compare(day: ToldDay, record: Record, payment: Booked | None, *, is_again: bool) -> Iterator[Reading]:
    def read(reason: str, told: int, booked: int | None) -> Reading:
        currency = "" if payment is None else payment.currency
        return Reading(day.number, reason, record.said, record.record, told, booked, day.currency, currency)

    if payment is None:
        yield read("BOOK_MISSING", record.amount, None)
    elif is_again:
        yield read("TOLD_TWICE", record.amount, payment.amount)
    else:
        if day.entity != ENTITY:
            yield read("ENTITY_DIFF", record.amount, payment.amount)
        if day.currency != payment.currency:
            yield read("CURRENCY_DIFF", record.amount, payment.amount)
            return
        if record.amount != payment.amount:
            yield read("AMOUNT_DIFF", record.amount, payment.amount)
        if record.fee != payment.fee:
            yield read("FEE_DIFF", record.fee, payment.fee)
