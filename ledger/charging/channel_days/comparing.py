"""
What a channel says of its days against what is booked here, difference by difference: pure.

A payment is the same on both sides by channel, order and the channel's name for it; a refund by channel, order and its
reference.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.charging.channel_days.model import Booked, Difference, DifferenceReason, RecordKind, Told


class Identity(NamedTuple):
    """What makes a payment or refund the same on both sides."""

    channel: str
    kind: RecordKind
    order: str
    name: str


def compare_days(told: Sequence[Told], booked: Sequence[Booked]) -> list[Difference]:
    """
    How orders differ, of which this is all that was ever told, in the order in which it was, and all that is booked;
    parts of one payment may be booked on several days. What was told before is TOLD_TWICE, and what was never told is
    CHANNEL_MISSING on each of its days that the channel has told of: whether it may still come is not judged here.
    """
    whole: dict[Identity, Booked] = {}
    for part in booked:
        before = whole.get(identify(part))
        fee, amount = (before.fee, before.amount) if before else (0, 0)
        whole[identify(part)] = part._replace(amount=amount + part.amount, fee=fee + part.fee)
    said: set[Identity] = set()
    found: list[Difference] = []
    for each in told:
        found += _compare(each, whole.get(identify(each)), is_again=identify(each) in said)
        said.add(identify(each))
    return found + [
        _miss(part.channel_day_id, part)
        for part in booked
        if part.channel_day_id is not None and part.amount and identify(part) not in said
    ]


def identify(each: Told | Booked) -> Identity:
    """What a record, or what is booked here, is known by."""
    if isinstance(each, Told):
        return Identity(each.key.channel, each.record.kind, each.record.order, each.record.name)
    return Identity(each.channel, each.kind, each.order, each.name)


def _miss(channel_day_id: int, part: Booked) -> Difference:
    reason = DifferenceReason.CHANNEL_MISSING
    return Difference(
        channel_day_id, reason, part.kind, part.order, part.name, "", None, part.amount, "", part.currency
    )


def _compare(told: Told, booked: Booked | None, *, is_again: bool) -> Iterator[Difference]:
    record, currency = told.record, told.key.currency

    def differ(reason: DifferenceReason, said: int | None, ours: int | None) -> Difference:
        own = booked.currency if booked else ""
        where = (record.kind, record.order, record.name, record.reference)
        return Difference(told.key.channel_day_id, reason, *where, said, ours, currency, own)

    if booked is None:
        yield differ(DifferenceReason.BOOK_MISSING, record.amount, None)
        return
    if is_again:
        yield differ(DifferenceReason.TOLD_TWICE, record.amount, booked.amount)
        return
    if booked.book_id != told.key.book_id:
        yield differ(DifferenceReason.ENTITY_DIFF, record.amount, booked.amount)
    if booked.currency != currency:
        # Amounts of two currencies are not compared.
        yield differ(DifferenceReason.CURRENCY_DIFF, record.amount, booked.amount)
        return
    if booked.amount != record.amount:
        yield differ(DifferenceReason.AMOUNT_DIFF, record.amount, booked.amount)
    if booked.fee != record.fee:
        yield differ(DifferenceReason.FEE_DIFF, record.fee, booked.fee)
