from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.errors import RefundExceedsRemaining, Why
from ledger.charging.model import LineState, Refund, Split
from ledger.charging.rates import Bearer
from ledger.charging.refund import refund_after_split, refund_before_split
from ledger.charging.split import split_line
from ledger.errors import InvariantBroken
from tests.ledger.charging.terms import EXAMPLE, frozen_rates


def split_state(state, *, rates=EXAMPLE, levels=(True, True, True), has_agent=True):
    """The state of a line whose rest has just been split."""
    shares = split_line(
        goods=state.goods_left,
        merchant_discount=state.merchant_discount_left,
        rates=rates,
        levels=levels,
        has_agent=has_agent,
    )
    return state._replace(split=shares, levels_born_by=rates.levels_born_by)


def sold(goods=10_000, **parts):
    return LineState(line="1", currency="CNY", goods=goods, **parts)


def ranked(shares):
    return [shares.merchant, shares.commission, *shares.levels, shares.agent]


def refund_in_steps(state, steps):
    refunds = []
    for goods in steps:
        refunds.append(refund_after_split(state, goods=goods, delivery=0))
        state = state.after(refunds[-1])
    return refunds, state


# Worked examples


def test_three_refunds_take_back_exactly_what_everyone_got():
    refunds, state = refund_in_steps(split_state(sold()), [3333, 3333, 3334])

    assert [ranked(refund.claw_back) for refund in refunds] == [
        [2750, 266, 167, 100, 33, 17],
        [2750, 267, 166, 100, 33, 17],
        [2750, 267, 167, 100, 34, 16],
    ]
    assert ranked(state.shares_left) == [0, 0, 0, 0, 0, 0]
    assert state.shares_left.tax == 0


def test_the_platforms_part_is_divided_between_revenue_and_tax_the_same_way():
    refunds, _ = refund_in_steps(split_state(sold()), [3333, 3333, 3334])

    assert [(refund.claw_back.revenue, refund.claw_back.tax) for refund in refunds] == [(251, 15), (252, 15), (252, 15)]


def test_a_receiver_is_never_paid_back_during_a_refund():
    state = sold(14)._replace(split=Split(merchant=6, commission=6, tax=0, levels=(2,), agent=0))

    refunds, _ = refund_in_steps(state, [10, 1, 3])

    assert [ranked(refund.claw_back)[:3] for refund in refunds] == [[4, 4, 2], [1, 0, 0], [1, 2, 0]]


def test_many_small_refunds_end_exactly_at_the_original():
    refunds, state = refund_in_steps(split_state(sold()), [7] * 1428 + [4])

    assert min(min(ranked(refund.claw_back)) for refund in refunds) >= 0
    assert min(min(refund.claw_back.revenue, refund.claw_back.tax) for refund in refunds) >= 0
    assert state.returned == state.split


def test_a_refund_before_the_split_comes_out_of_the_orders_funds():
    refund = refund_before_split(sold(), goods=3_000, delivery=0)

    assert refund == Refund(goods=3000, delivery=0, cash=3000, platform_discount=0, merchant_discount=0)
    assert (refund.shared, refund.to_buyer) == (3000, 3000)
    assert split_state(sold().after(refund)).split == Split(5775, 560, 32, (350, 210, 70), 35)


def test_a_refund_after_the_split_leaves_what_a_refund_before_it_would_have():
    refund = refund_after_split(split_state(sold()), goods=3_000, delivery=0)

    assert ranked(refund.claw_back) == [2475, 240, 150, 90, 30, 15]
    assert split_state(sold()).after(refund).shares_left == Split(5775, 560, 32, (350, 210, 70), 35)


def test_a_refund_before_and_one_after_the_split_may_differ_by_a_unit():
    before = split_state(sold(9_999).after(refund_before_split(sold(9_999), goods=3333, delivery=0)), has_agent=False)
    split = split_state(sold(9_999), has_agent=False)
    after = split.after(refund_after_split(split, goods=3333, delivery=0))

    assert ranked(after.shares_left)[:-1] == [5533, 533, 333, 200, 67]
    assert ranked(before.shares_left)[:-1] == [5534, 533, 333, 200, 66]


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize(
    ("goods", "delivery", "facts"),
    [
        (6_668, 0, {"part": Why.THE_GOODS, "asked": "66.68", "left": "66.67"}),
        (0, 601, {"part": Why.THE_DELIVERY, "asked": "6.01", "left": "6.00"}),
        (6_668, 601, {"part": Why.THE_GOODS, "asked": "66.68", "left": "66.67"}),
    ],
)
def test_a_refund_above_what_is_left_is_refused_naming_the_line_and_its_place(is_split, goods, delivery, facts):
    state = sold(delivery=1_000)
    state = state.after(refund_before_split(state, goods=3_333, delivery=400))
    state = split_state(state) if is_split else state
    refund = refund_after_split if is_split else refund_before_split

    with pytest.raises(RefundExceedsRemaining) as refusal:
        refund(state, goods=goods, delivery=delivery, place=("lines", "3"))

    assert refusal.value.code == "REFUND_EXCEEDS_REMAINING"
    assert refusal.value.field == ("lines", "3", "amount" if facts["part"] is Why.THE_GOODS else "delivery")
    assert refusal.value.facts == {"line": "1", "currency": "CNY", **facts}
    assert str(refusal.value) == "Line 1 has {left} CNY of its {part.sentence} left to refund, not {asked}.".format(
        **facts
    )


def test_returning_a_line_with_a_coupon_gives_the_buyer_what_he_paid_and_the_platform_the_rest():
    state = sold(3_333, platform_discount=333)

    refund = refund_before_split(state, goods=3_333, delivery=0)

    assert (refund.cash, refund.platform_discount, refund.shared) == (3000, 333, 3333)


# Who paid, who gets back


def test_a_part_of_a_discounted_line_is_refunded_by_what_each_payer_still_stands_for():
    state = sold(10_000, platform_discount=1_000, merchant_discount=500)

    refund = refund_before_split(state, goods=3_333, delivery=0)

    assert (refund.cash, refund.platform_discount, refund.merchant_discount) == (2833, 333, 167)
    left = state.after(refund)
    assert (left.cash_left, left.platform_discount_left, left.merchant_discount_left) == (5667, 667, 333)
    assert left.goods_left == 6667


def test_the_merchants_own_discount_moves_nothing_and_is_not_taken_back_from_receivers():
    state = split_state(sold(10_000, merchant_discount=1_000))

    refund = refund_after_split(state, goods=5_000, delivery=0)

    assert (refund.cash, refund.merchant_discount, refund.shared) == (4500, 500, 4500)
    assert ranked(refund.claw_back) == [3625, 400, 250, 150, 50, 25]


def test_a_line_that_its_merchant_gave_away_is_refunded_without_moving_anything():
    state = split_state(sold(10_000, merchant_discount=10_000))

    refund = refund_after_split(state, goods=10_000, delivery=0)

    assert (refund.shared, refund.to_buyer) == (0, 0)
    assert ranked(refund.claw_back) == [0, 0, 0, 0, 0, 0]


def test_delivery_is_refunded_beside_the_goods_and_is_no_part_of_the_shares():
    state = split_state(sold(10_000, delivery=600))

    refund = refund_after_split(state, goods=3_000, delivery=600)

    assert (refund.delivery, refund.to_buyer, refund.shared) == (600, 3600, 3000)
    assert ranked(refund.claw_back) == [2475, 240, 150, 90, 30, 15]
    assert (state.after(refund).delivery_left, state.after(refund).paid_left) == (0, 7000)
    assert (state.paid_left, sold(10_000).paid_left) == (10_600, 10_000)


def test_delivery_alone_can_be_refunded():
    refund = refund_after_split(split_state(sold(delivery=600)), goods=0, delivery=600)

    assert (refund.to_buyer, refund.shared) == (600, 0)
    assert ranked(refund.claw_back) == [0, 0, 0, 0, 0, 0]


# Levels that the platform bears


def test_levels_that_the_platform_bears_give_back_beside_the_refund():
    state = split_state(sold(), rates=replace(EXAMPLE, levels_born_by=Bearer.PLATFORM))

    refunds, left = refund_in_steps(state, [3333, 3333, 3334])

    # Merchant 91.50, platform 8.00, agent 0.50 carry the refund; the levels follow it with 9 % of the goods.
    assert [ranked(refund.claw_back) for refund in refunds] == [
        [3050, 266, 167, 100, 33, 17],
        [3050, 267, 166, 100, 34, 16],
        [3050, 267, 167, 100, 33, 17],
    ]
    assert left.returned == left.split


def test_levels_that_the_platform_bears_may_have_more_than_was_paid_for_the_goods():
    rates = replace(EXAMPLE, levels_born_by=Bearer.PLATFORM)
    state = split_state(sold(10_000, merchant_discount=9_800), rates=rates)

    refund = refund_after_split(state, goods=5_000, delivery=0)

    assert (refund.shared, refund.claw_back.levels) == (100, (250, 150, 50))


# Wrong calls


def test_a_refund_is_made_by_the_function_of_its_time():
    with pytest.raises(ValueError, match="is split"):
        refund_before_split(split_state(sold()), goods=1, delivery=0)
    with pytest.raises(ValueError, match="is not split"):
        refund_after_split(sold(), goods=1, delivery=0)


@pytest.mark.parametrize(("goods", "delivery"), [(-1, 0), (0, -1)])
def test_a_negative_refund_is_a_bug_of_the_caller(goods, delivery):
    with pytest.raises(ValueError, match="is none"):
        refund_before_split(sold(delivery=5), goods=goods, delivery=delivery)


@pytest.mark.parametrize(
    "state",
    [
        sold()._replace(split=Split(8250, 800, 45, (500, 300, 100), 49)),
        sold()._replace(split=Split(9150, 800, 45, (500, 300, 100), 50)),
        sold()._replace(split=Split(8250, 800, 45, (500, 300, 100), 50), levels_born_by=Bearer.PLATFORM),
        sold(100)._replace(split=Split(100, 0, 0, (101,), 0), levels_born_by=Bearer.PLATFORM),
    ],
)
def test_shares_that_do_not_add_up_to_the_line_stop_the_refund(state):
    with pytest.raises(InvariantBroken):
        refund_after_split(state, goods=1, delivery=0)


# Rejected refunds


def test_a_rejected_refund_leaves_the_line_as_if_it_had_not_been():
    state = split_state(sold(delivery=600, platform_discount=500, merchant_discount=400))
    first = refund_after_split(state, goods=3_333, delivery=100)
    second = refund_after_split(state.after(first), goods=1_000, delivery=0)

    assert state.after(first).after(second).without(second) == state.after(first)
    assert state.after(first).without(first) == state._replace(returned=Split(0, 0, 0, (0, 0, 0), 0))


def test_what_was_refunded_before_the_split_and_rejected_after_it_is_split_by_itself():
    refund = refund_before_split(sold(), goods=3_333, delivery=0)
    state = split_state(sold().after(refund))
    state = state.after(refund_after_split(state, goods=1_000, delivery=0)).without(refund)
    added = split_line(goods=refund.goods, merchant_discount=0, rates=EXAMPLE, levels=(True,) * 3, has_agent=True)

    state = state._replace(split=state.split.plus(added))

    assert sum(ranked(state.shares_left)) == state.goods_left == 9_000
    _, left = refund_in_steps(state, [1, 8_999])
    assert left.returned == left.split


# Laws


@st.composite
def histories(draw):
    """A line with random parts and rates, and the steps in which all of it comes back."""
    rates = draw(frozen_rates())
    goods = draw(st.integers(min_value=1, max_value=100) | st.integers(min_value=1, max_value=10**9))
    platform_discount = draw(st.just(0) | st.integers(min_value=0, max_value=goods))
    merchant_discount = draw(st.just(0) | st.integers(min_value=0, max_value=goods - platform_discount))
    state = sold(
        goods,
        delivery=draw(st.integers(min_value=0, max_value=50)),
        platform_discount=platform_discount,
        merchant_discount=merchant_discount,
    )
    steps = draw(
        st.lists(st.integers(min_value=1, max_value=10) | st.integers(min_value=1, max_value=goods), max_size=12)
    )
    split_at = draw(st.integers(min_value=0, max_value=len(steps)))
    levels = tuple(draw(st.booleans()) for _ in rates.levels)
    return state, rates, levels, draw(st.booleans()), [*steps, goods], split_at


@given(histories())
def test_in_any_steps_everyone_gives_back_what_he_got_and_never_more(history):
    state, rates, levels, has_agent, steps, split_at = history
    original = state
    refunds = []
    for index, step in enumerate(steps):
        if index == split_at:
            state = split_state(state, rates=rates, levels=levels, has_agent=has_agent)
        refund = refund_after_split if index >= split_at else refund_before_split
        goods, delivery = min(step, state.goods_left), min(step, state.delivery_left)

        refunds.append(refund(state, goods=goods, delivery=delivery))

        _check_step(state, refunds[-1])
        state = state.after(refunds[-1])

    # The last step took all goods; the delivery is left only where the steps were smaller than it.
    assert state.goods_left == state.cash_left == 0
    assert state.shares_left == Split(0, 0, 0, (0,) * len(rates.levels), 0)
    assert sum(refund.platform_discount for refund in refunds) == original.platform_discount
    assert sum(refund.merchant_discount for refund in refunds) == original.merchant_discount
    assert sum(refund.cash for refund in refunds) == original.cash_left


def _check_step(state, refund):
    assert refund.cash + refund.platform_discount + refund.merchant_discount == refund.goods
    assert 0 <= refund.cash <= state.cash_left
    assert 0 <= refund.platform_discount <= state.platform_discount_left
    assert 0 <= refund.merchant_discount <= state.merchant_discount_left
    if state.split is None:
        assert refund.claw_back is None
        return
    given, has = refund.claw_back, state.shares_left
    borne = 0 if state.levels_born_by is Bearer.PLATFORM else sum(given.levels)
    assert given.merchant + given.commission + given.agent + borne == refund.shared
    for part, remaining in zip(
        [*ranked(given), given.tax, given.revenue], [*ranked(has), has.tax, has.revenue], strict=True
    ):
        assert 0 <= part <= remaining


@given(st.integers(min_value=1, max_value=10**6), st.lists(st.integers(min_value=1, max_value=10**5), max_size=8))
def test_the_steps_depend_on_the_order_of_refunds_and_their_total_does_not(goods, steps):
    state = split_state(sold(goods))
    within = []
    for step in steps:
        if sum(within) + step <= goods:
            within.append(step)
    rest = [goods - sum(within)]

    _, forwards = refund_in_steps(state, within + rest)
    _, backwards = refund_in_steps(state, rest + within[::-1])

    assert forwards.returned == backwards.returned == state.split


def test_the_tax_rate_is_not_needed_to_give_tax_back():
    state = split_state(sold(), rates=replace(EXAMPLE, tax_inside=Decimal("0.13")))

    _, left = refund_in_steps(state, [1] * 100 + [9_900])

    assert left.returned.tax == state.split.tax == 92
