"""The rules of fees without a store: items, taxes of invoices, bundles."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.fees.bundles import BundlePart, Proration, prorate_bundle
from ledger.charging.fees.invoice_tax import share_invoice_tax
from ledger.charging.fees.items import CONTRAS, PARTY_ACCOUNTS, parse_item, parse_items, write_item
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.publishing import read_item
from ledger.charging.fees.standard_items import COMPUTED_HERE, STANDARD_ITEMS
from ledger.errors import InvalidInput, LedgerError
from ledger.money import Rounding, multiply, tax_inside
from tests.ledger.charging.fees.desk import Document, back, fee

ITEM = {"code": "X", "name": "X", "direction": "CHARGE", "accounts": {"MERCHANT": "2010"}, "contra": "4020"}


def test_the_standard_catalogue_is_sound() -> None:
    codes = [item.code for item in STANDARD_ITEMS]

    assert len(codes) == len(set(codes)) >= 30
    assert set(codes) >= COMPUTED_HERE
    for item in STANDARD_ITEMS:
        assert parse_item({key: value for key, value in write_item(item).items() if value is not None}) == item
        assert item.contra in CONTRAS
        assert all(code in PARTY_ACCOUNTS[kind] for kind, code in item.accounts)


def test_an_items_document_reads_back_as_the_same_item() -> None:
    item = parse_item({**ITEM, "tax": {"code": "T", "rate": "0.060"}, "base": "PAID", "rounding": "CEIL"})

    assert parse_item(write_item(item)) == item
    assert read_item('{"code":"X","name":"X","direction":"CHARGE","accounts":{"MERCHANT":"2010"},"contra":"4020"}')


@pytest.mark.parametrize(
    "change",
    [
        {"contra": "2000"},
        {"contra": "2"},
        {"contra": "2010"},
        {"contra": "9999"},
        {"accounts": {}},
        {"accounts": {"OPERATOR": "2010"}},
        {"accounts": {"MERCHANT": "2041"}},
        {"direction": "BOTH"},
        {"reversible": "no"},
        {"granularity": "SHOP"},
        {"rounding": "DOWN"},
        {"tax": {"code": "T"}},
        {"colour": "red"},
    ],
)
def test_an_item_that_could_not_be_booked_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        parse_item({**ITEM, **change})


def test_a_catalogue_names_each_item_once() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        parse_items({"items": [ITEM, ITEM]})
    with pytest.raises(InvalidInput, match="1 to 500"):
        parse_items({"items": []})


@pytest.mark.parametrize(("base", "expected"), [(10_000, 60), (833, 5), (84, 1), (83, 0)])
def test_a_fee_is_rounded_half_up(base: int, expected: int) -> None:
    assert multiply(base, Decimal("0.006"), Rounding.HALF_UP) == expected


@pytest.mark.parametrize(("price", "rate", "tax"), [(800, "0.06", 45), (8_000, "0.06", 453), (9_200, "0.13", 1_058)])
def test_the_tax_inside_a_price(price: int, rate: str, tax: int) -> None:
    assert tax_inside(price, Decimal(rate)) == tax


def test_an_invoices_total_governs_the_tax_of_its_lines() -> None:
    # 0.95, 0.94 and 0.94 net, 2.83 in all.
    assert share_invoice_tax([100, 100, 100], rate=Decimal("0.06")) == (5, 6, 6)


def invoice(line: int, *amounts: str, **more: Any) -> Document:
    """A line of an invoice with these amounts."""
    said = {"invoice": {"amounts": list(amounts), "line": line}}
    return fee(f"I{line}", "DELIVERY", amounts[line - 1], **said, **more)


BUNDLE = {"rule": "LIST_PRICE", "parts": [{"sku": "A", "listPrice": "80.00"}, {"sku": "B", "listPrice": "20.00"}]}
BAD: dict[str, tuple[Document, tuple[str, ...]]] = {
    "a bundle without the line's sku": (fee("F", "X", "1.00", bundle=BUNDLE, sku="C"), ("sku",)),
    "a bundle of no sku": (fee("F", "X", "1.00", bundle=BUNDLE), ("sku",)),
    "a bundle with its own tax": (fee("F", "X", "1.00", bundle=BUNDLE, sku="A", tax="0.01"), ("bundle",)),
    "a bundle that is taken back": (back("F", "G", "X", "1.00", bundle=BUNDLE, sku="A"), ("bundle",)),
    "a sku twice": (
        fee("F", "X", "1.00", sku="A", bundle={**BUNDLE, "parts": BUNDLE["parts"][:1] * 2}),
        ("bundle", "parts", "1"),
    ),
    "half a gift": (
        fee("F", "X", "1.00", sku="A", bundle={**BUNDLE, "parts": [{"sku": "A", "listPrice": "1.00", "gift": 1}]}),
        ("bundle", "parts", "0"),
    ),
    "a rule of its own": (fee("F", "X", "1.00", sku="A", bundle={**BUNDLE, "rule": "HALF"}), ("bundle", "rule")),
    "an invoice with its own tax": (invoice(1, "1.00", tax="0.05"), ("invoice",)),
    "an invoice of a bundle": (invoice(1, "1.00", bundle=BUNDLE, sku="A"), ("invoice",)),
    "no line of the invoice": (
        {**invoice(1, "1.00"), "invoice": {"amounts": ["1.00"], "line": 2}},
        ("invoice", "line"),
    ),
    "a line that is true": (
        {**invoice(1, "1.00"), "invoice": {"amounts": ["1.00"], "line": True}},
        ("invoice", "line"),
    ),
    "an amount of nothing": (invoice(1, "1.00", "0.00"), ("invoice", "amounts", "1")),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_part_of_something_that_makes_no_sense_is_refused_at_its_place(bad: str) -> None:
    document, field = BAD[bad]

    with pytest.raises(LedgerError) as refused:
        parse_fee_line(document)

    assert refused.value.field == field


def test_the_order_in_which_a_bundle_is_told_changes_nobodys_part() -> None:
    turned = {**BUNDLE, "parts": [{"sku": name, "listPrice": "1.00"} for name in ("B", "A")]}
    straight = {**turned, "parts": turned["parts"][::-1]}

    told = [parse_fee_line(fee("F", "X", "0.01", sku="A", bundle=each)).amount for each in (turned, straight)]

    assert told == [1, 1]


@given(
    amounts=st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=20),
    rate=st.sampled_from(["0", "0.06", "0.09", "0.13", "1"]).map(Decimal),
)
def test_the_tax_of_an_invoice_is_shared_whole_and_within_one_unit(amounts: list[int], rate: Decimal) -> None:
    taxes = share_invoice_tax(amounts, rate=rate)

    assert sum(taxes) == tax_inside(sum(amounts), rate)
    assert all(0 <= tax <= amount for tax, amount in zip(taxes, amounts, strict=True))
    assert all(abs(tax - tax_inside(each, rate)) <= 1 for tax, each in zip(taxes, amounts, strict=True))


def test_a_gift_has_its_part_of_a_bundle_or_none() -> None:
    parts = [BundlePart(8_000), BundlePart(2_000, is_gift=True)]

    assert prorate_bundle(10_000, parts, rule=Proration.LIST_PRICE) == (8_000, 2_000)
    assert prorate_bundle(10_000, parts, rule=Proration.GIFT_ZERO) == (10_000, 0)


@given(
    paid=st.integers(min_value=0, max_value=10**9),
    parts=st.lists(st.builds(BundlePart, st.integers(0, 10**6), st.booleans()), min_size=1, max_size=10),
    rule=st.sampled_from(Proration),
)
def test_a_bundle_is_shared_whole(paid: int, parts: list[BundlePart], rule: Proration) -> None:
    shares = prorate_bundle(paid, parts, rule=rule)

    assert sum(shares) == paid
    assert min(shares) >= 0
    if rule is Proration.GIFT_ZERO and any(not part.is_gift and part.list_price for part in parts):
        assert all(share == 0 for share, part in zip(shares, parts, strict=True) if part.is_gift)
