"""
From a JSON object (a line of an import file, an input of the API) to an order event, refusing what it does not know.

What can be judged without the order is judged here; what needs it (its currency, what is left of it) is judged when the
event is recorded.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger import fields, money
from ledger.charging.errors import ModeMissing, Why
from ledger.charging.event import (
    AmountOfLine,
    ChargebackDefended,
    ChargebackLost,
    ChargebackWon,
    FeeReturned,
    Liability,
    OrderChargedBack,
    OrderEvent,
    OrderPaid,
    OrderRefunded,
    OrderSucceeded,
    PaidLine,
    PaymentSettled,
    PaymentUnfrozen,
    RefundPaid,
    RefundRejected,
)
from ledger.charging.model import Discount
from ledger.charging.rates import Bearer
from ledger.compact_json import write_json
from ledger.errors import InvalidInput, LedgerError

# What the journal takes as lines of one entry, too.
MAX_LINES = 1_000
MAX_DISCOUNTS = 100
MAX_QUANTITY = 10**9

_HEAD = {"event", "id", "order", "occurredAt"}
_PAID = _HEAD | {"settlementEntity", "currency", "channel", "channelTransaction", "amount", "lines"}
_PAID_OPTIONAL = {"referrer", "buyer", "discounts", "settlingEntity"}
_PAID_LINE = {"line", "merchant", "sku", "category", "quantity", "goods", "delivery"}
_REFUND = _HEAD | {"refund"}
_DISCOUNT = {"code", "amount", "bornBy"}
_DISPUTE = _HEAD | {"dispute"}
_MODES_TO_COME = ("supplier", "gift")

_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,20})(\.[0-9]{1,9})?")


Document = Mapping[str, object]


def parse_event(document: Mapping[str, object]) -> OrderEvent:
    """
    Read one order event.

    Refusals, first match wins: InvalidInput with the place of what is missing, unknown or of a wrong kind; ModeMissing
        for `supplier` and `gift`; CurrencyUnknown; AmountInvalid, AmountTooPrecise, AmountNotPositive, AmountTooLarge.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput(reason=Why.EVENT_IS_NO_OBJECT, given=money.describe(document))
    kind = document.get("event")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise fields.refuse_value(
            ("event",), fields.Shape.NOT_AMONG, known=", ".join(_READERS), given=money.describe(kind)
        )
    return read(document)


def _read_paid(document: Document) -> OrderPaid:
    fields.read_object(document, required=_PAID, optional=_PAID_OPTIONAL)
    currency = fields.read_currency(document["currency"], field=("currency",))
    head = _read_head(document)
    entity = fields.read_text(document["settlementEntity"], field=("settlementEntity",))
    channel = fields.read_text(document["channel"], field=("channel",))
    transaction = fields.read_text(document["channelTransaction"], field=("channelTransaction",))
    amount = money.parse_amount(document["amount"], currency=currency, field=("amount",), allow_zero=True)
    listed = _read_listed(document["lines"])
    lines = tuple([_read_line(item, currency, index) for index, item in enumerate(listed)])
    _refuse_twins([line.line for line in lines])
    discounts = _read_discounts(document["discounts"], currency) if "discounts" in document else ()
    referrer = fields.read_optional_text(document, "referrer")
    buyer = fields.read_optional_text(document, "buyer")
    settling = fields.read_optional_text(document, "settlingEntity")
    said = (entity, currency, channel, transaction, amount, lines, referrer, buyer)
    spread = [(discount.code, discount.amount, discount.born_by) for discount in discounts]
    # A key that came later is covered where it is said, so that events from before keep their fingerprints.
    mark = _fingerprint(OrderPaid.kind, head, *said, spread, *((settling,) if settling else ()))
    return OrderPaid(
        *head,
        mark,
        entity,
        currency,
        channel,
        transaction,
        amount,
        lines,
        discounts,
        referrer,
        buyer,
        settling_entity=settling,
    )


def _read_line(item: object, currency: str, index: int) -> PaidLine:
    # The path of a line is needed only where something is wrong with it.
    try:
        return _read_sound_line(item, currency, ())
    except LedgerError:
        return _read_sound_line(item, currency, ("lines", str(index)))


def _read_sound_line(item: object, currency: str, field: tuple[str, ...]) -> PaidLine:
    if isinstance(item, Mapping):
        for mode in _MODES_TO_COME:
            if mode in item:
                raise ModeMissing(field=(*field, mode), key=mode)
    entries = fields.read_object(item, field=field, required=_PAID_LINE)
    quantity = entries["quantity"]
    if type(quantity) is not int or not 0 < quantity <= MAX_QUANTITY:
        given = money.describe(quantity)
        raise fields.refuse_value((*field, "quantity"), Why.QUANTITY, most=MAX_QUANTITY, given=given)
    category = entries["category"]
    return PaidLine(
        fields.read_text(entries["line"], field=(*field, "line")),
        fields.read_text(entries["merchant"], field=(*field, "merchant")),
        fields.read_text(entries["sku"], field=(*field, "sku")),
        category if category == "" else fields.read_text(category, field=(*field, "category")),
        quantity,
        currency,
        money.parse_amount(entries["goods"], currency=currency, field=(*field, "goods")),
        money.parse_amount(entries["delivery"], currency=currency, field=(*field, "delivery"), allow_zero=True),
    )


def _read_discounts(value: object, currency: str) -> tuple[Discount, ...]:
    listed = fields.read_list(value, field=("discounts",))
    if len(listed) > MAX_DISCOUNTS:
        raise InvalidInput(field=("discounts",), reason=Why.DISCOUNT_COUNT, most=MAX_DISCOUNTS)
    discounts = []
    for index, item in enumerate(listed):
        place = ("discounts", str(index))
        entries = fields.read_object(item, field=place, required=_DISCOUNT)
        discounts.append(
            Discount(
                code=fields.read_text(entries["code"], field=(*place, "code")),
                amount=money.parse_amount(entries["amount"], currency=currency, field=(*place, "amount")),
                born_by=fields.read_choice(entries["bornBy"], Bearer, field=(*place, "bornBy")),
            )
        )
    return tuple(discounts)


def _read_refunded(document: Document) -> OrderRefunded:
    fields.read_object(document, required=_REFUND | {"lines"}, optional={"reason"})
    head = _read_head(document)
    refund = fields.read_text(document["refund"], field=("refund",))
    lines = _read_amounts(document["lines"], optional={"delivery"})
    reason = fields.read_optional_text(document, "reason")
    mark = _fingerprint(OrderRefunded.kind, head, refund, _normal_amounts(lines), reason)
    return OrderRefunded(*head, mark, refund, lines, reason)


def _read_fee_returned(document: Document) -> FeeReturned:
    fields.read_object(document, required=_REFUND | {"lines"})
    head = _read_head(document)
    refund = fields.read_text(document["refund"], field=("refund",))
    lines = _read_amounts(document["lines"], optional=set())
    mark = _fingerprint(FeeReturned.kind, head, refund, _normal_amounts(lines))
    return FeeReturned(*head, mark, refund, lines)


def _read_amounts(value: object, *, optional: set[str]) -> tuple[AmountOfLine, ...]:
    lines = []
    for index, item in enumerate(_read_listed(value)):
        place = ("lines", str(index))
        entries = fields.read_object(item, field=place, required={"line", "amount"}, optional=optional)
        line = fields.read_text(entries["line"], field=(*place, "line"))
        amount = _read_decimal(entries["amount"], (*place, "amount"))
        delivery = _read_decimal(entries["delivery"], (*place, "delivery")) if "delivery" in entries else ""
        lines.append(AmountOfLine(line, amount, delivery))
    _refuse_twins([line.line for line in lines])
    return tuple(lines)


def _read_decimal(value: object, field: tuple[str, ...]) -> str:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return value
    raise fields.refuse_value(field, Why.NO_DECIMAL, given=money.describe(value))


def _normal_amounts(lines: Sequence[AmountOfLine]) -> list[tuple[str, str, str]]:
    return [(line.line, _normal(line.amount), _normal(line.delivery)) for line in lines]


def _normal(decimal: str) -> str:
    """Without zeros at its end; a delivery of zero is none."""
    text = decimal.rstrip("0").rstrip(".") if "." in decimal else decimal
    return "" if text == "0" else text


def _read_listed(value: object) -> Sequence[object]:
    listed = fields.read_list(value, field=("lines",))
    if not 1 <= len(listed) <= MAX_LINES:
        raise InvalidInput(field=("lines",), reason=Why.EVENT_LINES, most=MAX_LINES, count=len(listed))
    return listed


def _refuse_twins(references: Sequence[str]) -> None:
    if len(set(references)) < len(references):
        twin = next(each for index, each in enumerate(references) if each in references[:index])
        raise InvalidInput(field=("lines",), reason=Why.LINE_TWICE, line=twin)


def _read_refund_paid(document: Document) -> RefundPaid:
    return RefundPaid(*_read_named_refund(document, RefundPaid.kind))


def _read_refund_rejected(document: Document) -> RefundRejected:
    return RefundRejected(*_read_named_refund(document, RefundRejected.kind))


def _read_named_refund(document: Document, kind: str) -> tuple[str, str, datetime, bytes, str]:
    fields.read_object(document, required=_REFUND)
    head = _read_head(document)
    refund = fields.read_text(document["refund"], field=("refund",))
    return (*head, _fingerprint(kind, head, refund), refund)


def _read_succeeded(document: Document) -> OrderSucceeded:
    fields.read_object(document, required=_HEAD)
    head = _read_head(document)
    return OrderSucceeded(*head, _fingerprint(OrderSucceeded.kind, head))


def _read_unfrozen(document: Document) -> PaymentUnfrozen:
    fields.read_object(document, required=_HEAD)
    head = _read_head(document)
    return PaymentUnfrozen(*head, _fingerprint(PaymentUnfrozen.kind, head))


def _read_settled(document: Document) -> PaymentSettled:
    fields.read_object(document, required=_HEAD | {"amount"})
    head = _read_head(document)
    amount = _read_decimal(document["amount"], ("amount",))
    return PaymentSettled(*head, _fingerprint(PaymentSettled.kind, head, _normal(amount)), amount)


def _read_charged_back(document: Document) -> OrderChargedBack:
    fields.read_object(document, required=_DISPUTE | {"amount"}, optional={"fee", "lines"})
    head = _read_head(document)
    dispute = fields.read_text(document["dispute"], field=("dispute",))
    amount = _read_decimal(document["amount"], ("amount",))
    fee = _read_decimal(document["fee"], ("fee",)) if "fee" in document else "0"
    lines = _read_amounts(document["lines"], optional=set()) if "lines" in document else ()
    said = (dispute, _normal(amount), _normal(fee), _normal_amounts(lines))
    return OrderChargedBack(*head, _fingerprint(OrderChargedBack.kind, head, *said), dispute, amount, fee, lines)


def _read_chargeback_defended(document: Document) -> ChargebackDefended:
    fields.read_object(document, required=_DISPUTE)
    head = _read_head(document)
    dispute = fields.read_text(document["dispute"], field=("dispute",))
    return ChargebackDefended(*head, _fingerprint(ChargebackDefended.kind, head, dispute), dispute)


def _read_chargeback_won(document: Document) -> ChargebackWon:
    fields.read_object(document, required=_DISPUTE)
    head = _read_head(document)
    dispute = fields.read_text(document["dispute"], field=("dispute",))
    return ChargebackWon(*head, _fingerprint(ChargebackWon.kind, head, dispute), dispute)


def _read_chargeback_lost(document: Document) -> ChargebackLost:
    fields.read_object(document, required=_DISPUTE | {"liability"})
    head = _read_head(document)
    dispute = fields.read_text(document["dispute"], field=("dispute",))
    liability = fields.read_choice(document["liability"], Liability, field=("liability",))
    return ChargebackLost(*head, _fingerprint(ChargebackLost.kind, head, dispute, liability.value), dispute, liability)


def _read_head(document: Document) -> tuple[str, str, datetime]:
    return (
        fields.read_text(document["id"], field=("id",)),
        fields.read_text(document["order"], field=("order",)),
        fields.read_instant(document["occurredAt"], field=("occurredAt",)),
    )


def _fingerprint(kind: str, head: tuple[str, str, datetime], *said: Any) -> bytes:
    event_id, order, occurred_at = head
    text = write_json((kind, event_id, order, occurred_at.isoformat(), *said))
    return hashlib.sha256(text.encode()).digest()


_READERS: dict[str, Callable[[Document], OrderEvent]] = {
    OrderPaid.kind: _read_paid,
    OrderSucceeded.kind: _read_succeeded,
    OrderRefunded.kind: _read_refunded,
    RefundPaid.kind: _read_refund_paid,
    RefundRejected.kind: _read_refund_rejected,
    FeeReturned.kind: _read_fee_returned,
    PaymentUnfrozen.kind: _read_unfrozen,
    PaymentSettled.kind: _read_settled,
    OrderChargedBack.kind: _read_charged_back,
    ChargebackDefended.kind: _read_chargeback_defended,
    ChargebackWon.kind: _read_chargeback_won,
    ChargebackLost.kind: _read_chargeback_lost,
}
