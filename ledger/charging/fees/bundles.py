"""What the price of a bundle is of each thing in it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ledger import fields
from ledger.charging.fees.errors import FeeIsZero, Why
from ledger.errors import InvalidInput
from ledger.money import allocate, parse_amount


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


class Bundle(NamedTuple):
    """The things of a bundle by sku, and the rule by which they share its price."""

    parts: Mapping[str, BundlePart]
    rule: Proration

    def find_share(self, whole: int, *, sku: str, currency: str) -> int:
        """
        What one sku has of a price, or of another amount that is of all of the bundle.

        Refusals: InvalidInput for a sku that is not in it, FeeIsZero.
        """
        if sku not in self.parts:
            raise InvalidInput(field=("sku",), reason=Why.BUNDLE_SKU)
        # By name, not as they were listed: the lines of a bundle come one by one, and their shares add up to it.
        names = sorted(self.parts)
        share = prorate_bundle(whole, [self.parts[name] for name in names], rule=self.rule)[names.index(sku)]
        if share == 0:
            raise FeeIsZero(field=("bundle",), currency=currency)
        return share


def read_bundle(value: object, currency: str) -> Bundle:
    """
    Read {rule, parts: [{sku, listPrice, gift}]}.

    Refusals: InvalidInput with the place; those of amounts.
    """
    read = fields.read_object(value, field=("bundle",), required={"rule", "parts"})
    place = ("bundle", "parts")
    parts: dict[str, BundlePart] = {}
    for index, each in enumerate(fields.read_list(read["parts"], field=place)):
        at = (*place, str(index))
        part = fields.read_object(each, field=at, required={"sku", "listPrice"}, optional={"gift"})
        sku = fields.read_text(part["sku"], field=(*at, "sku"))
        price = parse_amount(part["listPrice"], currency=currency, field=(*at, "listPrice"), allow_zero=True)
        gift = part.get("gift", False)
        if sku in parts or type(gift) is not bool:
            raise InvalidInput(field=at, reason=Why.BUNDLE_PART)
        parts[sku] = BundlePart(price, gift)
    return Bundle(parts, fields.read_choice(read["rule"], Proration, field=("bundle", "rule")))
