"""
The events of an order, as values. Amounts of a payment are minor units of its currency; amounts of later events stay
texts, because only the order knows its currency.

Every event has the same head: `event_id` (the idempotency key), `order`, `occurred_at` (an instant in UTC) and
`fingerprint`, the SHA-256 of everything that was said, in one canonical form: two documents that mean the same have the
same one, whatever the order of their keys, the zeros of their amounts or the zone of their instants.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from ledger.charging.model import Discount


class PaidLine(NamedTuple):
    """One line of a payment; `goods` is for the whole quantity, undiscounted. Minor units."""

    line: str
    merchant: str
    sku: str
    category: str
    quantity: int
    currency: str
    goods: int
    delivery: int


class AmountOfLine(NamedTuple):
    """An amount, and for refunds a delivery or "", of one line: decimal texts in the order's currency."""

    line: str
    amount: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    event_id: str
    order: str
    occurred_at: datetime
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class OrderPaid(_Head):
    """
    Money was captured for new lines; the first of an order opens it. `referrer` and `buyer` are "" where unknown;
    `settling_entity` where the entity that collects settles, too.
    """

    kind: ClassVar[str] = "order.paid"
    settlement_entity: str
    currency: str
    channel: str
    channel_transaction: str
    amount: int
    lines: tuple[PaidLine, ...]
    discounts: tuple[Discount, ...] = ()
    referrer: str = ""
    buyer: str = ""
    settling_entity: str = ""


@dataclass(frozen=True, slots=True)
class OrderSucceeded(_Head):
    """The order is split."""

    kind: ClassVar[str] = "order.succeeded"


@dataclass(frozen=True, slots=True)
class OrderRefunded(_Head):
    """Goods, and sometimes delivery, come back."""

    kind: ClassVar[str] = "order.refunded"
    refund: str
    lines: tuple[AmountOfLine, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundPaid(_Head):
    """The channel gave the buyer his money."""

    kind: ClassVar[str] = "refund.paid"
    refund: str


@dataclass(frozen=True, slots=True)
class RefundRejected(_Head):
    """The channel did not, and will not."""

    kind: ClassVar[str] = "refund.rejected"
    refund: str


@dataclass(frozen=True, slots=True)
class FeeReturned(_Head):
    """The channel gave back a part of its fee because of a refund."""

    kind: ClassVar[str] = "channel.fee_returned"
    refund: str
    lines: tuple[AmountOfLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentUnfrozen(_Head):
    """The channel made what is left of the payment available."""

    kind: ClassVar[str] = "payment.unfrozen"


@dataclass(frozen=True, slots=True)
class PaymentSettled(_Head):
    """The channel paid a part of the order's money out to the bank."""

    kind: ClassVar[str] = "payment.settled"
    amount: str


class Liability(StrEnum):
    """Who bears a dispute that is lost: the platform, or everyone who had a share."""

    PLATFORM = "PLATFORM"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class OrderChargedBack(_Head):
    """The buyer's bank takes money back, and a fee; `lines` say of what where the bank does, else they are empty."""

    kind: ClassVar[str] = "order.charged_back"
    dispute: str
    amount: str
    fee: str
    lines: tuple[AmountOfLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargebackDefended(_Head):
    """The buyer's bank was answered, with evidence; it decides yet."""

    kind: ClassVar[str] = "chargeback.defended"
    dispute: str


@dataclass(frozen=True, slots=True)
class ChargebackWon(_Head):
    """The money comes back."""

    kind: ClassVar[str] = "chargeback.won"
    dispute: str


@dataclass(frozen=True, slots=True)
class ChargebackLost(_Head):
    """It does not."""

    kind: ClassVar[str] = "chargeback.lost"
    dispute: str
    liability: Liability


DisputeEvent = OrderChargedBack | ChargebackDefended | ChargebackWon | ChargebackLost
OrderEvent = (
    OrderPaid
    | OrderSucceeded
    | OrderRefunded
    | RefundPaid
    | RefundRejected
    | FeeReturned
    | PaymentUnfrozen
    | PaymentSettled
    | DisputeEvent
)
