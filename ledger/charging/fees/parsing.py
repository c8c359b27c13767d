"""
A submitted fee line from its JSON document, refusing what it does not know.

Keys: id, party, settlementEntity, item, currency, occurredAt; amount, or base and rate, or all three (a line that takes
another one back has amount or base); optionally tax, order, line, spu, sku, skuKind, reverses, source, compareOnly.

bundle   {rule: LIST_PRICE or GIFT_ZERO, parts: [{sku, listPrice, gift}]}: the amount, or the base, is of all of it, and
         the line has what of that is its sku's
invoice  {amounts: [], line: its place among them, from 1}: the tax is the line's share of the invoice's
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from ledger import fields, money
from ledger.charging.fees.bundles import read_bundle
from ledger.charging.fees.errors import Why
from ledger.charging.fees.invoice_tax import read_invoice
from ledger.charging.fees.model import FeeLineDraft, LineSource
from ledger.compact_json import write_json
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
    "bundle",
    "invoice",
}  # fmt: skip


def parse_fee_line(document: Mapping[str, object]) -> FeeLineDraft:
    """
    Read one fee line.

    Refusals, first match wins: InvalidInput with the place; CurrencyUnknown; AmountInvalid, AmountTooPrecise,
        AmountNotPositive, AmountTooLarge; RateInvalid; FeeIsZero for what has no part of its bundle.
    """
    entries = fields.read_object(document, required=_REQUIRED, optional=_OPTIONAL)
    currency = fields.read_currency(entries["currency"], field=("currency",))
    names = [fields.read_optional_text(entries, key) for key in ("order", "line", "spu", "sku", "skuKind", "reverses")]
    order, line, spu, sku, sku_kind, reverses = names
    amount, base, rate, tax = _read_figures(entries, currency, sku=sku, reverses=reverses)
    if line and not order:
        raise InvalidInput(field=("line",), reason=Why.LINE_NEEDS_ORDER)
    named = ("id", "party", "settlementEntity", "item")
    reference, party, entity, item = head = [fields.read_text(entries[key], field=(key,)) for key in named]
    occurred_at = fields.read_instant(entries["occurredAt"], field=("occurredAt",))
    compare_only = fields.read_boolean(entries.get("compareOnly", False), field=("compareOnly",))
    invoice = read_invoice(entries["invoice"], currency) if "invoice" in entries else None
    rated = money.format_rate(rate) if rate is not None else None
    # An invoice only where it was said: lines that were taken before that could be keep their fingerprints.
    said = (*head, currency, occurred_at.isoformat(), amount, base, rated, tax, *names, compare_only, *(invoice or ()))
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
        invoice=invoice,
        fingerprint=hashlib.sha256(write_json(said).encode()).digest(),
    )


def _read_figures(
    entries: Mapping[str, object], currency: str, *, sku: str, reverses: str
) -> tuple[int | None, int | None, Decimal | None, int | None]:
    """Amount, base, rate and tax; of a part of a bundle its share of the amount and the base."""
    amount, base, tax = (_read_amount(entries, key, currency) for key in ("amount", "base", "tax"))
    rate = money.parse_rate(entries["rate"], field=("rate",)) if "rate" in entries else None
    _check_amounts(amount, base, rate, reverses=reverses)
    # What is worked out here of a whole is not said besides, and is frozen on a line that is taken back.
    for whole, alone in (("bundle", ("reverses", "tax")), ("invoice", ("reverses", "tax", "bundle"))):
        for key in alone:
            if whole in entries and key in entries:
                raise InvalidInput(field=(whole,), reason=Why.ONE_OF_TWO, whole=whole, key=key)
    if "bundle" in entries:
        bundle = read_bundle(entries["bundle"], currency)
        amount, base = (each and bundle.find_share(each, sku=sku, currency=currency) for each in (amount, base))
    return amount, base, rate, tax


def _check_amounts(amount: int | None, base: int | None, rate: Decimal | None, *, reverses: str) -> None:
    if reverses:
        if rate is not None:
            raise InvalidInput(field=("rate",), reason=Why.RATE_IS_FROZEN)
        if (amount is None) == (base is None):
            raise InvalidInput(field=("amount",), reason=Why.AMOUNT_OR_BASE)
        return
    if (base is None) != (rate is None):
        place = "rate" if rate is None else "base"
        raise InvalidInput(field=(place,), reason=Why.BASE_AND_RATE)
    if amount is None and base is None:
        raise InvalidInput(field=("amount",), reason=Why.NO_AMOUNT)


def _read_amount(entries: Mapping[str, object], key: str, currency: str) -> int | None:
    if key not in entries:
        return None
    return money.parse_amount(entries[key], currency=currency, field=(key,), allow_zero=key == "tax")
