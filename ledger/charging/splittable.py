"""What a payment channel still lets be split of an order, and until when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from ledger.charging.channels import ChannelProfile
from ledger.charging.errors import FreezeExpired
from ledger.money import Rounding, multiply


class PaidPart(NamedTuple):
    """
    What was paid for one order line, what of it was refunded and what disputes have taken; minor units. The channel's
    fee is of each line, rounded as its plan says.
    """

    paid: int
    refunded: int
    channel_fee: Decimal
    rounding: Rounding
    disputed: int


def find_splittable(parts: Iterable[PaidPart], *, split: int, profile: ChannelProfile) -> int:
    """
    Find what the channel lets be split off yet, in minor units: what is left of the payment after its fee, disputes and
    what was split before, and no more than the channel's part of the whole order.

    With a fee of 0.6 % on 100.00: after a refund of 20.00 there are 79.52, of which a cap of 30 % leaves 30.00; after
    a refund of 80.00 there are 19.88. A dispute of 20.00 leaves 79.40: the channel gives no fee back for it.
    """
    whole = free = 0
    for part in parts:
        left = part.paid - part.refunded
        whole += part.paid
        free += left - multiply(left, part.channel_fee, part.rounding) - part.disputed
    if profile.cap is not None:
        free = min(free, multiply(whole, profile.cap, Rounding.FLOOR))
    return max(0, free - split)


def find_end_of_freeze(captured_at: datetime, profile: ChannelProfile) -> datetime | None:
    """The instant at which the channel lets go of the money by itself; None where it never does."""
    return None if profile.freeze_days is None else captured_at + timedelta(days=profile.freeze_days)


def check_freeze(order: str, *, captured_at: datetime, at: datetime, profile: ChannelProfile) -> None:
    """
    Check that the channel can still be asked to split at this instant.

    Refusals: FreezeExpired, from the end of the freeze on.
    """
    end = find_end_of_freeze(captured_at, profile)
    if end is not None and at >= end:
        raise FreezeExpired(order=order, frozen_until=end.isoformat())
