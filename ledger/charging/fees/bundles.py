"""What the price of a bundle is of each thing in it (AT-38)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ledger.money import allocate


class Proration(StrEnum):
    """By list prices, gifts too; or by list prices of what is no gift."""

    LIST_PRICE = "LIST_PRICE"
    GIFT_ZERO = "GIFT_ZERO"


class BundlePart(NamedTuple):
    """One thing of a bundle; `list_price` in minor units."""

    list_price: int
    is_gift: bool = False


def prorate_bundle(paid: int, parts: Sequence[BundlePart], *, rule: Proration) -> tuple[int, ...]:
    """
    Share what was paid for a bundle over the things in it by largest remainder, earlier ones first at ties.

    With GIFT_ZERO gifts get nothing, unless there is nothing but gifts. A bundle of 100.00 with a thing of 80.00 and a
    gift of 20.00: 80.00 and 20.00 by LIST_PRICE, 100.00 and 0.00 by GIFT_ZERO. Without any list price the parts share
    evenly.
    """
    weights = [part.list_price for part in parts]
    if rule is Proration.GIFT_ZERO and any(not part.is_gift and part.list_price for part in parts):
        weights = [0 if part.is_gift else part.list_price for part in parts]
    return allocate(paid, weights if any(weights) else [1] * len(parts))
