from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.errors import DiscountExceedsGoods
from ledger.charging.model import Discount, DiscountParts, Split
from ledger.charging.rates import Bearer, MissingLevel
from ledger.charging.split import channel_fee, split_line, spread_discounts
from ledger.money import Rounding
from tests.ledger.charging.terms import EXAMPLE, frozen_rates, with_rates
from tests.oracle import charging_arithmetic as oracle

ALL = (True, True, True)
ONLY_FIRST = (True, False, False)


def split(goods, *, rates=EXAMPLE, levels=ALL, has_agent=True, merchant_discount=0):
    return split_line(goods=goods, merchant_discount=merchant_discount, rates=rates, levels=levels, has_agent=has_agent)


# Worked examples


def test_one_hundred_is_split_among_everyone():
    shares = split(10_000)

    assert shares == Split(merchant=8250, commission=800, tax=45, levels=(500, 300, 100), agent=50)
    assert shares.revenue == 755


def test_a_pool_that_is_not_whole_is_floored_and_shared_by_largest_remainder():
    assert split(9_999, has_agent=False) == Split(
        merchant=8300, commission=800, tax=45, levels=(499, 300, 100), agent=0
    )


def test_the_fraction_of_the_pool_stays_with_the_merchant():
    shares = split(10_007, rates=with_rates(levels=("0.05", "0.03", "0.01")), has_agent=False)

    assert (shares.levels, shares.merchant) == ((500, 300, 100), 9107)


@pytest.mark.parametrize(("goods", "levels"), [(19, (1, 0, 0)), (7, (0, 0, 0)), (1, (0, 0, 0)), (0, (0, 0, 0))])
def test_tiny_bases_pay_what_the_pool_holds(goods, levels):
    shares = split(goods, rates=with_rates(levels=("0.05", "0.03", "0.01")), has_agent=False)

    assert (shares.levels, shares.merchant) == (levels, goods - sum(levels))


def test_shares_never_pass_the_cap_that_the_rates_keep():
    assert split(105, rates=with_rates(levels=("0.1", "0.1", "0.1"))).levels == (11, 10, 10)


@pytest.mark.parametrize(
    ("policy", "merchant", "commission", "tax", "levels"),
    [
        (MissingLevel.RESIDUAL, 8650, 800, 45, (500, 0, 0)),
        (MissingLevel.TO_PLATFORM, 8250, 1200, 68, (500, 0, 0)),
        (MissingLevel.ROLL_UP, 8250, 800, 45, (900, 0, 0)),
    ],
)
def test_the_plan_says_who_gets_the_share_of_a_missing_level(policy, merchant, commission, tax, levels):
    shares = split(10_000, rates=replace(EXAMPLE, missing_level=policy), levels=ONLY_FIRST)

    assert shares == Split(merchant=merchant, commission=commission, tax=tax, levels=levels, agent=50)


def test_what_is_left_after_a_refund_is_split_like_a_smaller_sale():
    shares = split(7_000)

    assert shares == Split(merchant=5775, commission=560, tax=32, levels=(350, 210, 70), agent=35)
    assert channel_fee(7_000, EXAMPLE) == 42


@pytest.mark.parametrize(("paid", "fee"), [(10_000, 60), (833, 5), (84, 1), (83, 0), (0, 0)])
def test_the_channel_fee_is_rounded_half_up(paid, fee):
    assert channel_fee(paid, EXAMPLE) == fee


def test_the_channel_fee_is_rounded_as_the_plan_says():
    assert channel_fee(833, replace(EXAMPLE, channel_fee_rounding=Rounding.FLOOR)) == 4
    assert channel_fee(833, replace(EXAMPLE, channel_fee_rounding=Rounding.CEIL)) == 5


# Missing levels


@pytest.mark.parametrize(
    ("exists", "levels"),
    [
        ((True, True, True), (500, 300, 100)),
        ((True, True, False), (500, 400, 0)),
        ((True, False, True), (800, 0, 100)),
        ((False, True, True), (0, 800, 100)),
        ((True, False, False), (900, 0, 0)),
        ((False, True, False), (0, 900, 0)),
        ((False, False, True), (0, 0, 900)),
        ((False, False, False), (0, 0, 0)),
    ],
)
def test_a_missing_rate_rolls_up_to_the_nearest_level_below_else_to_the_nearest_above(exists, levels):
    shares = split(10_000, rates=replace(EXAMPLE, missing_level=MissingLevel.ROLL_UP), levels=exists)

    assert shares.levels == levels
    assert shares.commission == 800
    assert shares.merchant == 10_000 - 800 - 50 - sum(levels)


def test_to_platform_shares_the_pool_of_all_levels_and_residual_that_of_the_existing_ones():
    # 9 % of 99.99 is a pool of 8.99, in which level 1 has 4.99; 5 % of it alone is a pool of 4.99 too.
    # 9 % of 1.16 is a pool of 0.10, of which level 1 gets 0.06; 5 % of it alone is a pool of 0.05.
    to_platform = split(116, rates=replace(EXAMPLE, missing_level=MissingLevel.TO_PLATFORM), levels=ONLY_FIRST)
    residual = split(116, levels=ONLY_FIRST)

    assert (to_platform.levels, to_platform.commission) == ((6, 0, 0), 9 + 4)
    assert (residual.levels, residual.commission) == ((5, 0, 0), 9)


def test_with_no_level_at_all_to_platform_gets_the_whole_pool():
    shares = split(10_000, rates=replace(EXAMPLE, missing_level=MissingLevel.TO_PLATFORM), levels=(False,) * 3)

    assert shares == Split(merchant=8250, commission=1700, tax=96, levels=(0, 0, 0), agent=50)


def test_without_an_agent_his_share_stays_with_the_merchant():
    assert split(10_000, has_agent=False).merchant == 8300


# Levels that the platform bears


@pytest.mark.parametrize("policy", MissingLevel)
def test_levels_that_the_platform_bears_take_nothing_from_the_merchant(policy):
    rates = replace(EXAMPLE, levels_born_by=Bearer.PLATFORM, missing_level=policy)

    assert split(10_000, rates=rates) == Split(merchant=9150, commission=800, tax=45, levels=(500, 300, 100), agent=50)


@pytest.mark.parametrize(
    ("policy", "levels"),
    [
        (MissingLevel.RESIDUAL, (500, 0, 0)),
        (MissingLevel.TO_PLATFORM, (500, 0, 0)),
        (MissingLevel.ROLL_UP, (900, 0, 0)),
    ],
)
def test_a_platform_that_bears_the_levels_keeps_what_a_missing_one_would_cost(policy, levels):
    rates = replace(EXAMPLE, levels_born_by=Bearer.PLATFORM, missing_level=policy)

    shares = split(10_000, rates=rates, levels=ONLY_FIRST)

    assert shares == Split(merchant=9150, commission=800, tax=45, levels=levels, agent=50)


# Discounts of the merchant, and shortfalls


def test_a_discount_that_the_merchant_bears_leaves_the_other_shares_as_they_are():
    assert split(10_000, merchant_discount=1_000) == Split(7250, 800, 45, (500, 300, 100), 50)


@pytest.mark.parametrize(
    ("merchant_discount", "shares"),
    [
        (8250, Split(merchant=0, commission=800, tax=45, levels=(500, 300, 100), agent=50)),
        (8251, Split(merchant=0, commission=800, tax=45, levels=(500, 300, 100), agent=49)),
        (8301, Split(merchant=0, commission=799, tax=45, levels=(500, 300, 100), agent=0)),
        (9100, Split(merchant=0, commission=0, tax=0, levels=(500, 300, 100), agent=0)),
        (9101, Split(merchant=0, commission=0, tax=0, levels=(500, 300, 99), agent=0)),
        (9201, Split(merchant=0, commission=0, tax=0, levels=(500, 299, 0), agent=0)),
        (9501, Split(merchant=0, commission=0, tax=0, levels=(499, 0, 0), agent=0)),
        (10_000, Split(merchant=0, commission=0, tax=0, levels=(0, 0, 0), agent=0)),
    ],
)
def test_a_shortfall_comes_off_the_agent_then_the_commission_then_the_levels_from_the_last(merchant_discount, shares):
    assert split(10_000, merchant_discount=merchant_discount) == shares


def test_a_shortfall_does_not_touch_levels_that_the_platform_bears():
    rates = replace(EXAMPLE, levels_born_by=Bearer.PLATFORM)

    assert split(10_000, rates=rates, merchant_discount=10_000) == Split(0, 0, 0, (500, 300, 100), 0)


def test_a_shortfall_of_rounding_alone_comes_off_the_agent():
    half_and_half = with_rates(commission="0.5", agent="0.5", tax_inside="0")

    assert split(1, rates=half_and_half, levels=()) == Split(merchant=0, commission=1, tax=0, levels=(), agent=0)


@pytest.mark.parametrize(("goods", "merchant_discount"), [(-1, 0), (100, 101), (100, -1)])
def test_a_line_that_cannot_be_is_a_bug_of_the_caller(goods, merchant_discount):
    with pytest.raises(ValueError, match="cannot carry"):
        split(goods, merchant_discount=merchant_discount)


@pytest.mark.parametrize("levels", [(), (True,), (True,) * 4])
def test_each_level_of_the_plan_exists_or_is_missing(levels):
    with pytest.raises(ValueError, match="levels for a plan of 3"):
        split(100, levels=levels)


# Laws


goods_amounts = st.integers(min_value=0, max_value=300) | st.integers(min_value=0, max_value=10**15)


@st.composite
def lines(draw):
    rates = draw(frozen_rates())
    goods = draw(goods_amounts)
    discount = draw(st.just(0) | st.integers(min_value=0, max_value=goods))
    levels = tuple(draw(st.booleans()) for _ in rates.levels)
    return {
        "goods": goods,
        "merchant_discount": discount,
        "rates": rates,
        "levels": levels,
        "has_agent": draw(st.booleans()),
    }


@given(lines())
def test_shares_are_never_negative_and_sum_to_what_was_paid_for_the_goods(line):
    shares = split_line(**line)

    parts = [shares.merchant, shares.commission, shares.agent]
    if line["rates"].levels_born_by is Bearer.MERCHANT:
        parts += shares.levels
    assert sum(parts) == line["goods"] - line["merchant_discount"]
    assert min([*parts, *shares.levels, shares.tax, shares.revenue]) >= 0
    assert all(exists or share == 0 for share, exists in zip(shares.levels, line["levels"], strict=True))
    assert line["has_agent"] or shares.agent == 0


@given(lines())
def test_levels_never_get_more_than_their_rates_together(line):
    rates = replace(line["rates"], pool_rounding=Rounding.FLOOR)

    shares = split_line(**{**line, "rates": rates})

    assert sum(shares.levels) <= line["goods"] * sum(map(Fraction, rates.levels))


@given(lines())
def test_the_split_agrees_with_the_oracle(line):
    rates = line["rates"]
    there = {"merchant": True, "agent": line["has_agent"], **dict(zip(oracle.LEVELS, line["levels"], strict=False))}
    receivers = {role: "any party" for role, exists in there.items() if exists}
    as_oracle_reads = oracle.Line(_plan_document(rates), "any", receivers, {})

    shares = split_line(**line)
    expected = oracle.divide(as_oracle_reads, line["goods"], line["merchant_discount"])
    platform = oracle.divide_platform(as_oracle_reads, expected["platform"])

    assert expected == {
        "merchant": shares.merchant,
        "platform": shares.commission,
        "agent": shares.agent,
        **dict(zip(oracle.LEVELS, (*shares.levels, 0, 0, 0), strict=False)),
    }
    assert platform == {"4000": shares.revenue, "2105": shares.tax}


def _plan_document(rates):
    return {
        "commission": {
            "default": str(rates.commission),
            "rounding": rates.commission_rounding,
            "taxInside": str(rates.tax_inside),
        },
        "distribution": {
            "rates": [str(rate) for rate in rates.levels],
            "poolRounding": rates.pool_rounding,
            "missingLevel": rates.missing_level,
            "bornBy": rates.levels_born_by,
        },
        "agent": {"rate": str(rates.agent), "rounding": rates.agent_rounding},
    }


# Discounts over lines


def discount(amount, born_by=Bearer.PLATFORM, code="C"):
    return Discount(code=code, amount=amount, born_by=born_by)


def test_a_coupon_is_spread_over_the_lines_by_largest_remainder():
    assert spread_discounts([discount(1_000)], (3334, 3333, 3333)) == (
        DiscountParts(platform=334, merchant=0),
        DiscountParts(platform=333, merchant=0),
        DiscountParts(platform=333, merchant=0),
    )


def test_each_discount_is_spread_by_itself_and_kept_by_who_bears_it():
    parts = spread_discounts([discount(10), discount(5, Bearer.MERCHANT), discount(1)], (70, 30))

    assert parts == (DiscountParts(platform=7 + 1, merchant=4), DiscountParts(platform=3, merchant=1))


def test_no_discount_and_no_goods_leave_nothing():
    assert spread_discounts([], (70, 0)) == (DiscountParts(0, 0), DiscountParts(0, 0))
    assert spread_discounts([discount(70)], (70, 0)) == (DiscountParts(70, 0), DiscountParts(0, 0))


def test_two_discounts_never_make_one_line_cost_less_than_nothing():
    assert spread_discounts([discount(1), discount(1)], (1, 1)) == (DiscountParts(1, 0), DiscountParts(1, 0))


def test_a_discount_that_just_fills_a_line_is_still_spread_over_the_goods():
    assert spread_discounts([discount(1), discount(1)], (1, 1, 2)) == (
        DiscountParts(0, 0),
        DiscountParts(0, 0),
        DiscountParts(2, 0),
    )


def test_discounts_above_the_goods_are_refused_with_the_excess():
    with pytest.raises(DiscountExceedsGoods) as refusal:
        spread_discounts([discount(60), discount(41, Bearer.MERCHANT, code="WINTER")], (70, 30))

    assert (refusal.value.code, refusal.value.field) == ("DISCOUNT_EXCEEDS_GOODS", ("discounts", "1", "amount"))
    assert refusal.value.facts == {"discount": "WINTER", "excess": 1}


@given(
    st.lists(
        st.integers(min_value=0, max_value=50) | st.integers(min_value=0, max_value=10**12), min_size=1, max_size=6
    ),
    st.lists(st.tuples(st.integers(min_value=0, max_value=60), st.sampled_from(Bearer)), max_size=5),
)
def test_discounts_are_spread_exactly_and_no_line_costs_less_than_nothing(goods, amounts):
    discounts = []
    for amount, bearer in amounts:
        room = sum(goods) - sum(each.amount for each in discounts)
        discounts.append(discount(min(amount, room), bearer))

    parts = spread_discounts(discounts, goods)

    for line, part in zip(goods, parts, strict=True):
        assert min(part.platform, part.merchant) >= 0
        assert part.platform + part.merchant <= line
    for bearer, borne in (
        (Bearer.PLATFORM, sum(part.platform for part in parts)),
        (Bearer.MERCHANT, sum(part.merchant for part in parts)),
    ):
        assert borne == sum(each.amount for each in discounts if each.born_by is bearer)
