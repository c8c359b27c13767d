"""From what was said to a fee line that counts. Pure: nothing is read, nothing is written."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from ledger import money
from ledger.charging.errors import OrderLineMissing, PartyOfKindMissing
from ledger.charging.fees.errors import (
    FeeAmountMismatch,
    FeeBaseRefused,
    FeeComputedHere,
    FeeIsZero,
    FeeItemMissing,
    FeeItemNotForParty,
    FeeLineMismatch,
    FeeNotReversible,
    FeeReferenceMissing,
    FeeReversalExceeds,
    FeeTaxMismatch,
    Why,
)
from ledger.charging.fees.model import Base, Direction, FeeItem, FeeLine, FeeLineDraft, Granularity, Items
from ledger.charging.fees.standard_items import COMPUTED_HERE
from ledger.errors import InvalidInput
from ledger.money import claw_back, format_amount, format_rate, multiply, tax_inside
from ledger.parties.errors import PartyNotActive
from ledger.parties.model import Party

_NEEDED: Mapping[Granularity, tuple[str, ...]] = {
    Granularity.ORDER: ("order",),
    Granularity.SPU: ("order", "spu"),
    Granularity.SKU: ("order", "sku"),
    Granularity.SKU_KIND: ("order", "sku", "sku_kind"),
    Granularity.FEE_ITEM: (),
}
_KEYS = {"sku_kind": "skuKind"}

# The lines of the orders that are known here, by order.
KnownOrders = Mapping[str, Collection[str]]


def judge_fee_line(draft: FeeLineDraft, *, items: Items, parties: Mapping[str, Party], orders: KnownOrders) -> FeeLine:
    """
    Judge a line that charges or credits something new.

    Refusals, first match wins: PartyOfKindMissing (entity, party), FeeItemMissing, FeeItemNotForParty, PartyNotActive,
        FeeReferenceMissing, OrderLineMissing, FeeComputedHere, FeeBaseRefused, FeeAmountMismatch, FeeIsZero,
        InvalidInput for another amount than its invoice's, FeeTaxMismatch.
    """
    entity, party = get_parties(draft, parties)
    if draft.item not in items:
        raise FeeItemMissing(field=("item",), item=draft.item)
    item, version = items[draft.item]
    account = item.find_account(party.kind)
    if account is None:
        kinds = ", ".join(kind for kind, _ in item.accounts)
        raise FeeItemNotForParty(field=("item",), item=item.code, kind=party.kind, kinds=kinds)
    if party.status == "CLOSED" or (party.status == "BLOCKED" and item.direction is Direction.CREDIT):
        raise PartyNotActive(field=("party",), reference=party.reference, status=party.status)
    _check_references(draft, item, orders)
    amount, exact = _find_amount(draft, item)
    return FeeLine(
        reference=draft.reference,
        book_id=entity.party_id,
        party_id=party.party_id,
        item=item.code,
        item_version=version,
        direction=item.direction,
        currency=draft.currency,
        account_code=account,
        base=draft.base,
        rate="" if draft.rate is None else format_rate(draft.rate),
        exact=exact,
        amount=amount,
        tax=_find_tax(draft, item, amount),
        occurred_at=draft.occurred_at,
        source=draft.source,
        compare_only=draft.compare_only,
        reverses=None,
        order=draft.order,
        line=draft.line,
        spu=draft.spu,
        sku=draft.sku,
        sku_kind=draft.sku_kind,
        fingerprint=draft.fingerprint,
    )


def judge_reversal(draft: FeeLineDraft, *, original: FeeLine, item: FeeItem, parties: Mapping[str, Party]) -> FeeLine:
    """
    Judge a line that takes another one back: at its frozen rate, on its account, and never beyond it.

    Given by a base, the amount is what the base has of what is left of both, so that several parts add up to the
    original exactly; the tax inside is shared the same way. A closed party gives and gets back, too.

    Refusals, first match wins: PartyOfKindMissing, FeeLineMismatch, FeeNotReversible, FeeReversalExceeds, FeeIsZero,
        FeeTaxMismatch.
    """
    entity, party = get_parties(draft, parties)
    _check_alike(draft, original, book_id=entity.party_id, party_id=party.party_id)
    if original.reverses is not None or not item.is_reversible:
        reason = Why.IS_A_REVERSAL if original.reverses else Why.NEVER_GIVEN_BACK
        raise FeeNotReversible(field=("reverses",), line=original.reference, reason=reason, item=item.code)
    amount, exact = _find_reversed(draft, original)
    _, tax = claw_back(amount, (original.amount_left - original.tax_left, original.tax_left))
    if draft.tax is not None and draft.tax != tax:
        raise _tax_mismatch(draft, item, tax)
    return original._replace(
        reference=draft.reference,
        direction=original.direction.opposite,
        base=draft.base,
        exact=exact,
        rate=original.rate if draft.base is not None else "",
        amount=amount,
        tax=tax,
        occurred_at=draft.occurred_at,
        source=draft.source,
        reverses=original.reference,
        order=draft.order or original.order,
        line=draft.line or original.line,
        spu=draft.spu or original.spu,
        sku=draft.sku or original.sku,
        sku_kind=draft.sku_kind or original.sku_kind,
        fingerprint=draft.fingerprint,
        reversed_amount=0,
        reversed_base=0,
        reversed_tax=0,
        sequence=0,
        entry=None,
    )


def get_parties(draft: FeeLineDraft, parties: Mapping[str, Party]) -> tuple[Party, Party]:
    """The legal entity and the party of a line. Refusals: PartyOfKindMissing."""
    entity = parties.get(draft.settlement_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise PartyOfKindMissing(field=("settlementEntity",), kind="LEGAL_ENTITY", reference=draft.settlement_entity)
    party = parties.get(draft.party)
    if party is None or party.kind in ("LEGAL_ENTITY", "OPERATOR"):
        raise PartyOfKindMissing(field=("party",), kind=Why.WITH_AN_ACCOUNT, reference=draft.party)
    return entity, party


def _check_references(draft: FeeLineDraft, item: FeeItem, orders: KnownOrders) -> None:
    missing = [_KEYS.get(key, key) for key in _NEEDED[item.granularity] if not getattr(draft, key)]
    if missing:
        named = ", ".join(missing)
        raise FeeReferenceMissing(
            field=(missing[0],), item=item.code, granularity=item.granularity.value, missing=named
        )
    known = orders.get(draft.order)
    if known is None:
        return
    if draft.line and draft.line not in known:
        raise OrderLineMissing(field=("line",), order=draft.order, line=draft.line)
    if item.code in COMPUTED_HERE and not draft.compare_only:
        raise FeeComputedHere(field=("item",), item=item.code, order=draft.order)


def _find_amount(draft: FeeLineDraft, item: FeeItem) -> tuple[int, str]:
    """The amount, and what it was before rounding; nothing where no rate made it."""
    if draft.base is None or draft.rate is None:
        assert draft.amount is not None, "a line without base and rate has an amount"
        return draft.amount, ""
    if item.base is Base.FIXED:
        raise FeeBaseRefused(field=("base",), item=item.code)
    amount = multiply(draft.base, draft.rate, item.rounding)
    if draft.amount is not None and draft.amount != amount:
        computed, said = (format_amount(each, currency=draft.currency) for each in (amount, draft.amount))
        raise FeeAmountMismatch(field=("amount",), computed=computed, currency=draft.currency, amount=said)
    if amount == 0:
        raise FeeIsZero(field=("base",), currency=draft.currency)
    return amount, _exact(draft.base, draft.rate)


def _find_tax(draft: FeeLineDraft, item: FeeItem, amount: int) -> int:
    """
    The tax inside the price; of a line of an invoice its share of the tax inside the invoice, whose total governs. So
    somebody's own figure counts within one unit.
    """
    if draft.invoice is not None:
        if draft.invoice.amount != amount:
            said = format_amount(draft.invoice.amount, currency=draft.currency)
            ours = format_amount(amount, currency=draft.currency)
            raise InvalidInput(
                field=("invoice", "amounts"), reason=Why.INVOICE_AMOUNT, said=said, currency=draft.currency, ours=ours
            )
        return draft.invoice.find_tax(item.tax_inside)
    computed = tax_inside(amount, item.tax_inside)
    if draft.tax is None:
        return computed
    if draft.tax > amount or abs(draft.tax - computed) > (1 if item.tax_code else 0):
        raise _tax_mismatch(draft, item, computed)
    return draft.tax


def _tax_mismatch(draft: FeeLineDraft, item: FeeItem, computed: int) -> FeeTaxMismatch:
    return FeeTaxMismatch(
        field=("tax",),
        computed=format_amount(computed, currency=draft.currency),
        currency=draft.currency,
        tax_code=item.tax_code or Why.NO_TAX_CODE,
        tax=format_amount(draft.tax or 0, currency=draft.currency),
    )


def _check_alike(draft: FeeLineDraft, original: FeeLine, *, book_id: int, party_id: int) -> None:
    for what, key, mine, its in (
        (Why.THE_ENTITY, "settlementEntity", book_id, original.book_id),
        (Why.THE_PARTY, "party", party_id, original.party_id),
        (Why.THE_ITEM, "item", draft.item, original.item),
        (Why.THE_CURRENCY, "currency", draft.currency, original.currency),
        (Why.THE_ORDER_OF_A_FEE, "order", draft.order or original.order, original.order),
        # A part of a fee of the whole order may be given back for one of its lines.
        (Why.THE_ORDER_LINE, "line", draft.line if original.line else "", original.line if draft.line else ""),
        (Why.THE_MARK, "compareOnly", draft.compare_only, original.compare_only),
    ):
        if mine != its:
            raise FeeLineMismatch(field=(key,), line=original.reference, what=what)


def _find_reversed(draft: FeeLineDraft, original: FeeLine) -> tuple[int, str]:
    left, asked = original.amount_left, draft.amount
    if draft.base is not None:
        if original.base is None:
            raise FeeLineMismatch(field=("base",), line=original.reference, what=Why.NO_BASE)
        left, asked = original.base_left, draft.base
    assert asked is not None, "a reversal has an amount or a base"
    if asked > left:
        spare, wanted = (format_amount(each, currency=draft.currency) for each in (left, asked))
        raise FeeReversalExceeds(
            field=("amount" if draft.base is None else "base",),
            line=original.reference,
            left=spare,
            currency=draft.currency,
            asked=wanted,
        )
    if draft.base is None:
        return asked, ""
    # A rate is at most 1, so the amount left never exceeds the base left, and the rest stands in the queue beside it.
    spared = max(0, original.base_left - original.amount_left)
    amount, _ = claw_back(min(draft.base, original.amount_left + spared), (original.amount_left, spared))
    if amount == 0:
        raise FeeIsZero(field=("base",), currency=draft.currency)
    return amount, _exact(draft.base, Decimal(original.rate))


def _exact(base: int, rate: Decimal) -> str:
    # 16 digits times 10 decimals fit into the 28 digits of the context.
    return money.format_rate(base * rate)
