"""The values of charging, beside its rates. All are frozen; all money is in minor units."""

from dataclasses import dataclass
from typing import NamedTuple

from ledger.charging.rates import Bearer


@dataclass(frozen=True, slots=True)
class Split:
    """
    The shares of one line's goods. `commission` includes its `tax`; `levels` has one share per level of its rates.

    Read in rank order it is merchant, platform (commission), levels, agent: earlier ranks win ties.
    """

    merchant: int
    commission: int
    tax: int
    levels: tuple[int, ...]
    agent: int

    @property
    def revenue(self) -> int:
        """The platform's commission without the tax inside it."""
        return self.commission - self.tax

    def plus(self, other: "Split") -> "Split":
        """Add the shares of another split of the same line."""
        return Split(
            merchant=self.merchant + other.merchant,
            commission=self.commission + other.commission,
            tax=self.tax + other.tax,
            levels=tuple(mine + theirs for mine, theirs in zip(self.levels, other.levels, strict=True)),
            agent=self.agent + other.agent,
        )

    def minus(self, other: "Split") -> "Split":
        """Take the shares of another split of the same line away."""
        return Split(
            merchant=self.merchant - other.merchant,
            commission=self.commission - other.commission,
            tax=self.tax - other.tax,
            levels=tuple(mine - theirs for mine, theirs in zip(self.levels, other.levels, strict=True)),
            agent=self.agent - other.agent,
        )


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount on a whole order, before it is spread over the lines."""

    code: str
    amount: int
    born_by: Bearer


@dataclass(frozen=True, slots=True)
class DiscountParts:
    """The parts of an order's discounts that fall on one line, by who bears them."""

    platform: int
    merchant: int


@dataclass(frozen=True, slots=True)
class Refund:
    """
    What a refund of one line moves. `goods` = `cash` + `platform_discount` + `merchant_discount`.

    The cash goes back to the buyer, the platform's part of a discount to the platform; the merchant's part was never
    paid by anyone, so it moves nothing. `claw_back` is None before the split. Its shares sum to `shared`, unless the
    platform bears the levels: then the levels' shares go back to the platform and the other shares sum to `shared`.
    """

    goods: int
    delivery: int
    cash: int
    platform_discount: int
    merchant_discount: int
    claw_back: Split | None = None

    @property
    def shared(self) -> int:
        """The part of the goods that somebody paid: taken from order funds before the split, from receivers after."""
        return self.cash + self.platform_discount

    @property
    def to_buyer(self) -> int:
        """What the buyer gets back."""
        return self.cash + self.delivery


class LineState(NamedTuple):
    """
    One order line as the refunds so far have left it: what was sold, what is refunded, what was split and came back.

    `goods` is undiscounted. `split` is None until the line is split; it is the split of what was left at that moment,
    and where a refund from before is rejected later, its own split is added.
    """

    line: str
    currency: str
    goods: int
    delivery: int = 0
    platform_discount: int = 0
    merchant_discount: int = 0
    refunded_goods: int = 0
    refunded_delivery: int = 0
    refunded_platform_discount: int = 0
    refunded_merchant_discount: int = 0
    split: Split | None = None
    returned: Split | None = None
    levels_born_by: Bearer = Bearer.MERCHANT

    @property
    def goods_left(self) -> int:
        """The undiscounted goods that are not refunded: the base of the split."""
        return self.goods - self.refunded_goods

    @property
    def delivery_left(self) -> int:
        """The delivery that is not refunded."""
        return self.delivery - self.refunded_delivery

    @property
    def platform_discount_left(self) -> int:
        """What the platform still bears of the line's discounts."""
        return self.platform_discount - self.refunded_platform_discount

    @property
    def merchant_discount_left(self) -> int:
        """What the merchant still bears of the line's discounts."""
        return self.merchant_discount - self.refunded_merchant_discount

    @property
    def cash_left(self) -> int:
        """What the buyer paid for the goods and has not got back."""
        return self.goods_left - self.platform_discount_left - self.merchant_discount_left

    @property
    def paid_left(self) -> int:
        """What the buyer paid for the whole line and has not got back: the base of the channel fee."""
        return self.cash_left + self.delivery_left

    @property
    def shares_left(self) -> Split | None:
        """What the receivers still have; None before the split."""
        if self.split is None or self.returned is None:
            return self.split
        return self.split.minus(self.returned)

    def after(self, refund: Refund) -> "LineState":
        """The state that this refund leaves behind."""
        returned = self.returned
        if refund.claw_back is not None:
            returned = refund.claw_back if returned is None else returned.plus(refund.claw_back)
        return self._replace(
            refunded_goods=self.refunded_goods + refund.goods,
            refunded_delivery=self.refunded_delivery + refund.delivery,
            refunded_platform_discount=self.refunded_platform_discount + refund.platform_discount,
            refunded_merchant_discount=self.refunded_merchant_discount + refund.merchant_discount,
            returned=returned,
        )

    def without(self, refund: Refund) -> "LineState":
        """The state as it were without this refund, which a channel has rejected."""
        returned = self.returned
        if refund.claw_back is not None and returned is not None:
            returned = returned.minus(refund.claw_back)
        return self._replace(
            refunded_goods=self.refunded_goods - refund.goods,
            refunded_delivery=self.refunded_delivery - refund.delivery,
            refunded_platform_discount=self.refunded_platform_discount - refund.platform_discount,
            refunded_merchant_discount=self.refunded_merchant_discount - refund.merchant_discount,
            returned=returned,
        )
