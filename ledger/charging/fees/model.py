"""The values of the generic billing interface. All are frozen; all money is in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ledger.charging.fees.invoice_tax import InvoicePlace
from ledger.money import Rounding


class Direction(StrEnum):
    """Which way an item moves its party's money: to him, or from him."""

    CREDIT = "CREDIT"
    CHARGE = "CHARGE"

    @property
    def sign(self) -> int:
        """1 where the party gets money, -1 where he pays."""
        return 1 if self is Direction.CREDIT else -1

    @property
    def opposite(self) -> "Direction":
        """The direction of what takes a line back."""
        return Direction.CHARGE if self is Direction.CREDIT else Direction.CREDIT


class Granularity(StrEnum):
    """What a line of an item is of, each finer than the one before; a line of FEE_ITEM may stand by itself."""

    ORDER = "ORDER"
    SPU = "SPU"
    SKU = "SKU"
    SKU_KIND = "SKU_KIND"
    FEE_ITEM = "FEE_ITEM"


class Base(StrEnum):
    """What an item's rate is applied to; an item of a fixed amount has no rate."""

    GOODS = "GOODS"
    PAID = "PAID"
    DELIVERY = "DELIVERY"
    COMMISSION = "COMMISSION"
    FIXED = "FIXED"


class LineSource(StrEnum):
    """How a line came here."""

    SUBMITTED = "SUBMITTED"
    PASSED_THROUGH = "PASSED_THROUGH"
    PULLED = "PULLED"


@dataclass(frozen=True, slots=True)
class FeeItem:
    """
    One entry of the catalogue. `accounts` says for each kind of party on which account his part stands, `contra` where
    the other part stands; tax inside the price goes to 2105 of what a party pays, to 1240 of what he gets.
    """

    code: str
    name: str
    direction: Direction
    base: Base
    tax_code: str
    tax_inside: Decimal
    is_reversible: bool
    granularity: Granularity
    accounts: tuple[tuple[str, str], ...]
    contra: str
    rounding: Rounding

    def find_account(self, kind: str) -> str | None:
        """The account of a party of this kind; None where the item is not for such parties."""
        return dict(self.accounts).get(kind)


class ItemInForce(NamedTuple):
    """An item and the version of it, which lines freeze."""

    item: FeeItem
    version: int


@dataclass(frozen=True, slots=True)
class FeeLineDraft:
    """
    A fee line as somebody said it. Of `amount` and (`base`, `rate`) at least one is there; what was not said is None
    or "". `reverses` names the line that this one takes back. `invoice` is its place on one. `fingerprint`
    covers everything that was said but the way it came.
    """

    reference: str
    party: str
    settlement_entity: str
    item: str
    currency: str
    occurred_at: datetime
    amount: int | None
    base: int | None
    rate: Decimal | None
    tax: int | None
    order: str
    line: str
    spu: str
    sku: str
    sku_kind: str
    reverses: str
    source: LineSource
    compare_only: bool
    fingerprint: bytes
    invoice: InvoicePlace | None = None


class FeeLine(NamedTuple):
    """
    A fee line that counts. `amount` includes `tax`; `direction` is this line's own, so a reversal has its original's
    opposite. The `reversed_` figures are what was taken back so far. `exact` is the amount before it was rounded.
    """

    reference: str
    book_id: int
    party_id: int
    item: str
    item_version: int
    direction: Direction
    currency: str
    account_code: str
    base: int | None
    rate: str
    exact: str
    amount: int
    tax: int
    occurred_at: datetime
    source: LineSource
    compare_only: bool
    reverses: str | None
    order: str
    line: str
    spu: str
    sku: str
    sku_kind: str
    fingerprint: bytes
    reversed_amount: int = 0
    reversed_base: int = 0
    reversed_tax: int = 0
    sequence: int = 0
    entry: int | None = None

    @property
    def amount_left(self) -> int:
        """What was not taken back yet."""
        return self.amount - self.reversed_amount

    @property
    def base_left(self) -> int:
        """What of the base was not taken back yet; nothing where the line has none."""
        return (self.base or 0) - self.reversed_base

    @property
    def tax_left(self) -> int:
        """What of the tax was not taken back yet."""
        return self.tax - self.reversed_tax

    def less(self, reversal: "FeeLine") -> "FeeLine":
        """This line after a reversal of it."""
        return self._replace(
            reversed_amount=self.reversed_amount + reversal.amount,
            reversed_base=self.reversed_base + (reversal.base or 0),
            reversed_tax=self.reversed_tax + reversal.tax,
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """A fee line that counts; `entry` is None where it is only compared. `amount` in minor units, without a sign."""

    reference: str
    sequence: int
    entry: int | None
    amount: int
    currency: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class ItemPublished:
    """`replayed` when the version in force says the same."""

    code: str
    version: int
    replayed: bool


Items = Mapping[str, ItemInForce]
