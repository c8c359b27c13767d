"""The rules of fees without a store: items, taxes of invoices, bundles."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.fees.bundles import BundlePart, Proration, prorate_bundle
from ledger.charging.fees.invoice_tax import share_invoice_tax
from ledger.charging.fees.items import CONTRAS, PARTY_ACCOUNTS, parse_item, parse_items, write_item
from ledger.charging.fees.publishing import read_item
from ledger.charging.fees.standard_items import COMPUTED_HERE, STANDARD_ITEMS
from ledger.errors import InvalidInput
from ledger.money import Rounding, multiply, tax_inside

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
    # AT-44
    assert multiply(base, Decimal("0.006"), Rounding.HALF_UP) == expected


@pytest.mark.parametrize(("price", "rate", "tax"), [(800, "0.06", 45), (8_000, "0.06", 453), (9_200, "0.13", 1_058)])
def test_the_tax_inside_a_price(price: int, rate: str, tax: int) -> None:
    # AT-46
    assert tax_inside(price, Decimal(rate)) == tax


def test_an_invoices_total_governs_the_tax_of_its_lines() -> None:
    # AT-47: 0.95, 0.94 and 0.94 net, 2.83 in all.
    assert share_invoice_tax([100, 100, 100], rate=Decimal("0.06")) == (5, 6, 6)


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
    # AT-38
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
