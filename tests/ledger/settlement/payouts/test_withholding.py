"""Withholding tax: worked examples, and what holds for other numbers."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal.model import Refused
from ledger.settlement.payouts.errors import WithholdingRuleUnknown
from ledger.settlement.payouts.withholding import CN_LABOUR, RULES, Month, check_rule, find_rule, withhold
from tests.ledger.settlement.payouts.till import IBANS, Till

LARGEST = 1_000_000_00


@pytest.mark.parametrize(
    ("income", "tax"),
    [
        (800_00, 0),
        (801_00, 20),
        (3_500_00, 540_00),
        (4_000_00, 640_00),
        (5_000_00, 800_00),
        (25_000_00, 4_000_00),
        (30_000_00, 5_200_00),
        (62_500_00, 13_000_00),
        (70_000_00, 15_400_00),
    ],
)
def test_labour_income_of_a_month_is_taxed_by_its_brackets(income, tax):
    assert CN_LABOUR.due(income) == tax


@pytest.mark.parametrize(
    ("income", "exact"),
    [
        (30_000_02, "520000.48"),
        (27_777_77, "466666.48"),
        (65_000_01, "1380000.32"),
        (2_345_67, "30913.40"),
        (4_000_01, "64000.16"),
    ],
)
def test_the_tax_of_a_month_is_rounded_once(income, exact):
    """What is deducted is not rounded before it is taxed: 30,000.02 less 20 % bears 5,200.0048 and not 5,200.006."""
    assert CN_LABOUR.due(income) == int(Decimal(exact).quantize(Decimal(1), ROUND_HALF_UP))


@given(st.integers(0, LARGEST), st.integers(0, LARGEST))
def test_more_income_never_means_less_tax_and_tax_never_exceeds_it(one, other):
    low, high = sorted((one, other))

    assert 0 <= CN_LABOUR.due(low) <= CN_LABOUR.due(high) <= high


@given(st.lists(st.integers(1, 10_000_00), min_size=1, max_size=8))
def test_a_month_is_taxed_as_a_whole_however_it_is_cut_into_payouts(parts):
    month = Month()
    for part in parts:
        tax = withhold(CN_LABOUR, month, part)
        month = Month(month.taxed + part, month.withheld + tax)

    assert month.withheld == CN_LABOUR.due(sum(parts))


def test_a_rule_holds_from_its_first_day_and_in_its_currency_alone():
    assert find_rule("CN-LABOUR", currency="CNY", day=date(1994, 1, 28), rules=RULES) is CN_LABOUR
    assert find_rule("CN-LABOUR", currency="CNY", day=date(1994, 1, 27), rules=RULES) is None
    assert find_rule("CN-LABOUR", currency="USD", day=date(2026, 1, 1), rules=RULES) is None
    assert find_rule("", currency="CNY", day=date(2026, 1, 1), rules=RULES) is None


def test_a_rule_that_nobody_knows_is_refused_by_name():
    check_rule("", currency="CNY", rules=RULES)
    with pytest.raises(WithholdingRuleUnknown, match="CN-LABOUR"):
        check_rule("XX", currency="CNY", rules=RULES)


async def test_a_rule_that_withholds_nothing_in_a_currency_is_refused_for_an_account_in_it(till: Till):
    refused = await till.pay_to("M1", iban=IBANS[0], reference="usd", rule="CN-LABOUR", currency="USD")

    assert isinstance(refused, Refused)
    assert str(refused.error) == "There is no withholding rule CN-LABOUR for USD; these are: none."
    assert await till.market.rows("SELECT 1 FROM payee_account WHERE reference = 'usd'") == []
