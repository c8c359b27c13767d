"""
What a channel says of its days against what is booked here, difference by difference: pure.

A payment is the same on both sides by channel, order and the channel's name for it; a refund by channel, order and its
reference. What the channel has not told on the day on which it was booked may come on its next one: only once that is
here does it count as missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ledger.charging.channel_days.model import Booked, Difference, DifferenceReason, RecordKind, Told


class Identity(NamedTuple):
    """What makes a payment or refund the same on both sides."""

    channel: str
    kind: RecordKind
    order: str
    name: str


def compare_told(told: Iterable[Told], booked: Mapping[Identity, Booked]) -> list[Difference]:
    """What is told and not booked, told twice, or told otherwise; of each record in the order in which it stands."""
    return [difference for each in told for difference in _compare(each, booked.get(identify(each)))]


def find_untold(booked: Sequence[Booked], told: set[Identity], *, is_final: bool) -> tuple[list[Difference], int]:
    """
    What was booked on a day and never told: differences once the next day is here (`is_final`), and before only how
    much waits for it.
    """
    missing = [each for each in booked if each.amount and identify(each) not in told]
    if not is_final:
        return [], len(missing)
    reason = DifferenceReason.CHANNEL_MISSING
    return [
        Difference(reason, each.kind, each.order, each.name, "", None, each.amount, "", each.currency)
        for each in missing
    ], 0


def identify(each: Told | Booked) -> Identity:
    """What a record, or what is booked here, is known by."""
    if isinstance(each, Told):
        return Identity(each.key.channel, each.record.kind, each.record.order, each.record.name)
    return Identity(each.channel, each.kind, each.order, each.name)


def _compare(told: Told, booked: Booked | None) -> Iterator[Difference]:
    record, currency = told.record, told.key.currency

    def differ(reason: DifferenceReason, said: int | None, ours: int | None) -> Difference:
        own = booked.currency if booked else ""
        return Difference(reason, record.kind, record.order, record.name, record.reference, said, ours, currency, own)

    if booked is None:
        yield differ(DifferenceReason.BOOK_MISSING, record.amount, None)
        return
    if told.is_again:
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
