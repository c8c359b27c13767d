"""
A submitted fee line from its JSON document, refusing what it does not know.

Keys: id, party, settlementEntity, item, currency, occurredAt; amount, or base and rate, or all three (a line that takes
another one back has amount or base); optionally tax, order, line, spu, sku, skuKind, reverses, source, compareOnly.
"""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal

from ledger import fields, money
from ledger.charging.fees.model import FeeLineDraft, LineSource
from ledger.charging.parsing import read_instant
from ledger.errors import InvalidInput

_REQUIRED = {"id", "party", "settlementEntity", "item", "currency", "occurredAt"}
_OPTIONAL = {
    "amount",
    "base",
    "rate",
    "tax",
    "order",
    "line",
    "spu",
    "sku",
    "skuKind",
    "reverses",
    "source",
    "compareOnly",
}  # fmt: skip

_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def parse_fee_line(document: Mapping[str, object]) -> FeeLineDraft:
    """
    Read one fee line.

    Refusals, first match wins: InvalidInput with the place; CurrencyUnknown; AmountInvalid, AmountTooPrecise,
        AmountNotPositive, AmountTooLarge; RateInvalid.
    """
    entries = fields.read_object(document, required=_REQUIRED, optional=_OPTIONAL)
    currency = fields.read_text(entries["currency"], field=("currency",))
    money.exponent(currency, field=("currency",))
    amount, base, tax = (_read_amount(entries, key, currency) for key in ("amount", "base", "tax"))
    rate = money.parse_rate(entries["rate"], field=("rate",)) if "rate" in entries else None
    names = [_read_name(entries, key) for key in ("order", "line", "spu", "sku", "skuKind", "reverses")]
    order, line, spu, sku, sku_kind, reverses = names
    _check_amounts(amount, base, rate, reverses=reverses)
    if line and not order:
        raise InvalidInput(field=("line",), reason="line needs the order that it is of.")
    named = ("id", "party", "settlementEntity", "item")
    reference, party, entity, item = head = [fields.read_text(entries[key], field=(key,)) for key in named]
    occurred_at = read_instant(entries["occurredAt"], field=("occurredAt",))
    compare_only = entries.get("compareOnly", False)
    if type(compare_only) is not bool:
        raise InvalidInput(field=("compareOnly",), reason="compareOnly must be true or false.")
    rated = money.format_rate(rate) if rate is not None else None
    said = (*head, currency, occurred_at.isoformat(), amount, base, rated, tax, *names, compare_only)
    return FeeLineDraft(
        reference=reference,
        party=party,
        settlement_entity=entity,
        item=item,
        currency=currency,
        occurred_at=occurred_at,
        amount=amount,
        base=base,
        rate=rate,
        tax=tax,
        order=order,
        line=line,
        spu=spu,
        sku=sku,
        sku_kind=sku_kind,
        reverses=reverses,
        source=fields.read_choice(entries.get("source", LineSource.SUBMITTED), LineSource, field=("source",)),
        compare_only=compare_only,
        fingerprint=hashlib.sha256(_canonical(said).encode()).digest(),
    )


def _check_amounts(amount: int | None, base: int | None, rate: Decimal | None, *, reverses: str) -> None:
    if reverses:
        if rate is not None:
            raise InvalidInput(
                field=("rate",), reason="The rate is frozen on the line that is taken back; leave it out."
            )
        if (amount is None) == (base is None):
            raise InvalidInput(field=("amount",), reason="A line that takes another one back has an amount or a base.")
        return
    if (base is None) != (rate is None):
        place = "rate" if rate is None else "base"
        raise InvalidInput(field=(place,), reason="base and rate come together.")
    if amount is None and base is None:
        raise InvalidInput(field=("amount",), reason="A fee line has an amount, or a base and a rate.")


def _read_amount(entries: Mapping[str, object], key: str, currency: str) -> int | None:
    if key not in entries:
        return None
    return money.parse_amount(entries[key], currency=currency, field=(key,), allow_zero=key == "tax")


def _read_name(entries: Mapping[str, object], key: str) -> str:
    return fields.read_text(entries[key], field=(key,)) if key in entries else ""
