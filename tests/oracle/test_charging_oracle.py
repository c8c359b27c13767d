"""The charging oracle against the worked examples of splits, refunds and claw-backs, in minor units."""

import pytest

from tests.oracle.charging_arithmetic import largest_remainder, take_back
from tests.oracle.charging_oracle import expected_book
from tests.oracle.small_world import (
    AGENT,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    MERCHANT,
    PARTIES,
    PLATFORM,
    SUCCEEDED,
    UNFROZEN,
    Event,
    book_of,
    credits,
    debits,
    entries,
    item,
    later,
    paid,
    plan,
    refunded,
    refusal_of,
    rest,
)


def test_a_hundred_is_captured_charged_and_split_as_the_entry_templates_say() -> None:
    book = book_of(paid("100.00"), SUCCEEDED, UNFROZEN)

    assert [(entry.template, entry.line) for entry in book.orders["O1"]] == [
        ("CAPTURE", ""),
        ("CHANNEL_FEE", ""),
        ("SPLIT", "1"),
        ("UNFREEZE", ""),
    ]
    assert entries(book, "CAPTURE") == [{("1100", ""): (10_000, 0), ("2000", ""): (0, 10_000)}]
    assert entries(book, "CHANNEL_FEE") == [{("5010", ""): (60, 0), ("1100", ""): (0, 60)}]
    assert entries(book, "SPLIT") == [
        {
            ("2000", ""): (10_000, 0),
            MERCHANT: (60, 8_250),
            LEVEL_1: (0, 500),
            LEVEL_2: (0, 300),
            LEVEL_3: (0, 100),
            AGENT: (0, 50),
            ("4030", "M1"): (0, 60),
            PLATFORM: (0, 755),
            ("2105", ""): (0, 45),
        }
    ]
    assert entries(book, "UNFREEZE") == [{("1105", ""): (9_940, 0), ("1100", ""): (0, 9_940)}]
    assert book.accounts["LE", "1100", "", "CNY"] == (10_000, 10_000)
    assert book.accounts["LE", "2010", "M1", "CNY"] == (60, 8_250)


def test_the_pool_is_floored_and_shared_by_largest_remainder() -> None:
    assert rest(book_of(paid("99.99", item("99.99", merchant="M2")), SUCCEEDED)) == [8_300, 800, 499, 300, 100, 0]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("RESIDUAL", [8_650, 800, 500, 0, 0, 50]),
        ("TO_PLATFORM", [8_250, 1_200, 500, 0, 0, 50]),
        ("ROLL_UP", [8_250, 800, 900, 0, 0, 50]),
    ],
)
def test_a_missing_level_goes_where_the_plan_says(policy: str, expected: list[int]) -> None:
    book = book_of(paid("100.00", referrer="D3"), SUCCEEDED, rules=plan(missingLevel=policy))

    shares = credits(entries(book, "SPLIT")[0])
    assert shares["2041", "D3"] == expected[2]
    assert [shares[MERCHANT], shares[PLATFORM] + shares["2105", ""], shares[AGENT]] == [*expected[:2], expected[5]]
    assert sum(shares.values()) == 10_060


def test_tax_is_taken_on_the_commission_with_the_missing_levels_in_it() -> None:
    book = book_of(paid("100.00", referrer="D3"), SUCCEEDED, rules=plan(missingLevel="TO_PLATFORM"))

    # 12.00 x 6 / 106 = 0.679
    assert credits(entries(book, "SPLIT")[0])["2105", ""] == 68


@pytest.mark.parametrize(("policy", "level_2"), [("RESIDUAL", 300), ("ROLL_UP", 800)])
def test_who_buys_through_his_own_link_is_a_missing_level(policy: str, level_2: int) -> None:
    rules = plan(selfPurchase="FORBID_SELF", missingLevel=policy)

    assert rest(book_of(paid("100.00", buyer="D1"), SUCCEEDED, rules=rules))[2:5] == [0, level_2, 100]


def test_a_buyer_who_is_no_party_changes_nothing() -> None:
    rules = plan(selfPurchase="FORBID_SELF")

    assert rest(book_of(paid("100.00", buyer="somebody"), SUCCEEDED, rules=rules))[2] == 500


def test_three_refunds_take_back_exactly_what_each_receiver_got() -> None:
    book = book_of(paid("100.00"), SUCCEEDED, refunded("1", "33.33"), refunded("2", "33.33"), refunded("3", "33.34"))

    accounts = (MERCHANT, PLATFORM, ("2105", ""), LEVEL_1, LEVEL_2, LEVEL_3, AGENT)
    steps = [[debits(sides)[account] for account in accounts] for sides in entries(book, "REFUND")]
    assert steps == [
        [2_750, 251, 15, 167, 100, 33, 17],
        [2_750, 252, 15, 166, 100, 33, 17],
        [2_750, 252, 15, 167, 100, 34, 16],
    ]
    assert [credits(sides) for sides in entries(book, "REFUND")] == [
        {("2070", ""): amount} for amount in (3_333, 3_333, 3_334)
    ]
    assert rest(book) == [0, 0, 0, 0, 0, 0]
    assert book.accounts["LE", "4030", "M1", "CNY"] == (0, 60)


def test_no_step_of_a_claw_back_is_negative() -> None:
    held = {"a": 6, "b": 6, "c": 2}
    steps = []
    for refund in (10, 1, 3):
        step = take_back(refund, held, "abc")
        held = {who: held[who] - step[who] for who in held}
        steps.append(list(step.values()))

    assert steps == [[4, 4, 2], [1, 0, 0], [1, 2, 0]]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (899, [5, 3, 1], [499, 300, 100]),
        (5, [70, 30], [4, 1]),
        (31, [1, 1, 1], [11, 10, 10]),
        (0, [0, 0], [0, 0]),
    ],
)
def test_largest_remainder_gives_odd_units_by_fraction_then_rank(
    total: int, weights: list[int], shares: list[int]
) -> None:
    assert largest_remainder(total, weights) == shares


def test_a_refund_before_the_split_leaves_less_to_split() -> None:
    book = book_of(paid("100.00"), refunded("1", "30.00"), SUCCEEDED)

    assert entries(book, "REFUND") == [{("2000", ""): (3_000, 0), ("2070", ""): (0, 3_000)}]
    assert rest(book) == [5_775, 560, 350, 210, 70, 35]
    assert credits(entries(book, "SPLIT")[0])["4030", "M1"] == 42


def test_a_refund_after_the_split_takes_back_from_every_receiver() -> None:
    book = book_of(paid("100.00"), SUCCEEDED, refunded("1", "30.00"))

    assert rest(book) == [5_775, 560, 350, 210, 70, 35]


def test_the_order_of_refund_and_split_decides_the_odd_cent() -> None:
    capture = paid("99.99", item("99.99", merchant="M2"))

    assert rest(book_of(capture, SUCCEEDED, refunded("1", "33.33"))) == [5_533, 533, 333, 200, 67, 0]
    assert rest(book_of(capture, refunded("1", "33.33"), SUCCEEDED)) == [5_534, 533, 333, 200, 66, 0]


def test_a_cent_more_than_what_is_left_is_refused() -> None:
    assert refusal_of(paid("100.00"), refunded("1", "60.00"), refunded("2", "40.01")) == "REFUND_EXCEEDS_REMAINING"
    assert refusal_of(paid("100.00"), refunded("1", "1.00", delivery="0.01")) == "REFUND_EXCEEDS_REMAINING"


def test_a_refund_of_the_first_capture_brings_back_its_own_rate() -> None:
    first = paid("100.00", item("100.00", line="1", category="ten"))
    second = paid("100.00", item("100.00", line="2", category="fifteen"), key="paid-2")

    book = book_of(first, second, SUCCEEDED, refunded("1", "100.00", line="1"))

    (back,) = entries(book, "REFUND")
    assert debits(back)[PLATFORM] + debits(back)["2105", ""] == 1_000
    assert rest(book)[1] == 1_500


def test_a_coupon_is_spread_over_the_lines_and_comes_back_with_the_line() -> None:
    lines = [item(goods, line=line) for line, goods in (("1", "33.34"), ("2", "33.33"), ("3", "33.33"))]
    coupon = {"code": "C", "amount": "10.00", "bornBy": "PLATFORM"}

    book = book_of(paid("90.00", *lines, discounts=[coupon]), refunded("1", "33.33", line="2"))

    assert entries(book, "CAPTURE") == [{("1100", ""): (9_000, 0), ("5020", ""): (1_000, 0), ("2000", ""): (0, 10_000)}]
    assert entries(book, "REFUND") == [{("2000", ""): (3_333, 0), ("2070", ""): (0, 3_000), ("5020", ""): (0, 333)}]


def test_a_discount_of_the_merchant_lowers_what_he_gets_and_nobody_elses_share() -> None:
    discount = {"code": "C", "amount": "20.00", "bornBy": "MERCHANT"}

    book = book_of(paid("85.00", item("100.00", delivery="5.00"), discounts=[discount]), SUCCEEDED)

    assert entries(book, "CAPTURE") == [{("1100", ""): (8_500, 0), ("2000", ""): (0, 8_500)}]
    # 82.50 - 20.00 + delivery 5.00; the channel fee is on 85.00.
    assert entries(book, "SPLIT")[0][MERCHANT] == (51, 6_750)
    assert rest(book)[1:] == [800, 500, 300, 100, 50]


def test_what_the_merchant_cannot_pay_comes_off_the_agent_then_the_commission_then_the_levels() -> None:
    def shares_with_discount(amount: str, cash: str) -> list[int]:
        discount = {"code": "C", "amount": amount, "bornBy": "MERCHANT"}
        return rest(book_of(paid(cash, item("100.00"), discounts=[discount]), SUCCEEDED))

    assert shares_with_discount("82.70", "17.30") == [0, 800, 500, 300, 100, 30]
    assert shares_with_discount("84.00", "16.00") == [0, 700, 500, 300, 100, 0]
    assert shares_with_discount("91.50", "8.50") == [0, 0, 500, 300, 50, 0]
    assert shares_with_discount("98.00", "2.00") == [0, 0, 200, 0, 0, 0]


def test_levels_borne_by_the_platform_do_not_lower_the_merchants_share() -> None:
    book = book_of(
        paid("100.00"), SUCCEEDED, refunded("1", "30.00"), refunded("2", "70.00"), rules=plan(bornBy="PLATFORM")
    )

    split, first, _ = [*entries(book, "SPLIT"), *entries(book, "REFUND")]
    assert split[MERCHANT] == (60, 9_150)
    assert debits(split) == {("2000", ""): 10_000, ("5090", ""): 900, MERCHANT: 60}
    assert credits(first) == {("2070", ""): 3_000, ("5090", ""): 270}
    assert rest(book) == [0, 0, 0, 0, 0, 0]
    assert book.accounts["LE", "5090", "", "CNY"] == (900, 900)


def test_delivery_goes_to_the_merchant_and_is_refunded_by_him() -> None:
    book = book_of(
        paid("110.00", item("100.00", delivery="10.00")), SUCCEEDED, refunded("1", "100.00", delivery="4.00")
    )

    assert entries(book, "SPLIT")[0][MERCHANT] == (66, 9_250)
    assert debits(entries(book, "REFUND")[0])[MERCHANT] == 8_650
    assert credits(entries(book, "REFUND")[0]) == {("2070", ""): 10_400}


def test_a_refund_is_paid_out_of_frozen_money_and_out_of_free_money_later() -> None:
    pay_1, pay_2 = later("refund.paid", refund="1"), later("refund.paid", refund="2")

    book = book_of(paid("100.00"), refunded("1", "30.00"), pay_1, SUCCEEDED, refunded("2", "7.00"), UNFROZEN, pay_2)

    assert entries(book, "REFUND_PAID") == [
        {("2070", ""): (3_000, 0), ("1100", ""): (0, 3_000)},
        {("2070", ""): (700, 0), ("1105", ""): (0, 700)},
    ]
    assert entries(book, "UNFREEZE") == [{("1105", ""): (6_940, 0), ("1100", ""): (0, 6_940)}]


def test_unfreezing_an_order_that_was_refunded_whole_moves_the_lost_fee_the_other_way() -> None:
    book = book_of(paid("100.00"), refunded("1", "100.00"), later("refund.paid", refund="1"), UNFROZEN)

    assert entries(book, "UNFREEZE") == [{("1100", ""): (60, 0), ("1105", ""): (0, 60)}]


def test_a_returned_fee_is_passed_on_as_far_as_the_merchant_bore_it() -> None:
    def fee_back(key: str, amount: str) -> Event:
        event = later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": amount}])
        return {**event, "id": key}

    before = [paid("100.00"), refunded("1", "30.00"), SUCCEEDED]
    book = book_of(*before, fee_back("a", "0.40"), fee_back("b", "0.20"))

    # Only 0.42 was recovered from the merchant, on the 70.00 that were split: 0.18 of it the platform had borne.
    assert [debits(sides) for sides in entries(book, "FEE_RETURNED")] == [{("1105", ""): 40}, {("1105", ""): 20}]
    assert entries(book, "FEE_PASSED_ON") == [
        {("4030", "M1"): (22, 0), MERCHANT: (0, 22)},
        {("4030", "M1"): (20, 0), MERCHANT: (0, 20)},
    ]
    assert refusal_of(*before, fee_back("a", "0.40"), fee_back("b", "0.21")) == "CHANNEL_FEE_EXCEEDS_CHARGED"


def test_a_rejected_refund_is_mirrored_and_may_be_asked_again() -> None:
    reject = later("refund.rejected", refund="1")

    book = book_of(paid("100.00"), SUCCEEDED, refunded("1", "33.33"), reject, refunded("2", "100.00"))

    (refund, _), (mirror,) = entries(book, "REFUND"), entries(book, "REFUND_REJECTED")
    assert mirror == {account: (credit, debit) for account, (debit, credit) in refund.items()}
    assert rest(book) == [0, 0, 0, 0, 0, 0]


def test_a_refund_from_before_the_split_that_is_rejected_after_it_is_split_at_once() -> None:
    reject = later("refund.rejected", refund="1")

    book = book_of(paid("100.00"), refunded("1", "30.00"), SUCCEEDED, reject)

    assert entries(book, "REFUND_REJECTED") == [{("2070", ""): (3_000, 0), ("2000", ""): (0, 3_000)}]
    first, second = entries(book, "SPLIT")
    assert (debits(first)["2000", ""], debits(second)["2000", ""]) == (7_000, 3_000)
    assert (first[MERCHANT], second[MERCHANT]) == ((42, 5_775), (18, 2_475))
    assert rest(book) == [8_250, 800, 500, 300, 100, 50]


def test_a_share_of_a_blocked_receiver_waits_in_suspense_until_it_is_released() -> None:
    events = [paid("100.00"), SUCCEEDED, refunded("1", "50.00")]
    blocked = {("D2", 1)}

    waiting = book_of(*events, blocked=blocked)
    to_owner = book_of(*events, blocked=blocked, releases=[(1, "O1", "1", "level 2", "OWNER")])
    to_merchant = book_of(*events, blocked=blocked, releases=[(2, "O1", "1", "level 2", "SPLITTER")])

    assert waiting.accounts["LE", "2200", "", "CNY"] == (150, 300)
    assert ("LE", "2042", "D2", "CNY") not in waiting.accounts
    assert entries(to_owner, "RELEASE") == [{("2200", ""): (300, 0), LEVEL_2: (0, 300)}]
    assert to_owner.accounts["LE", "2042", "D2", "CNY"] == (150, 300)
    assert entries(to_merchant, "RELEASE") == [{("2200", ""): (150, 0), MERCHANT: (0, 150)}]


def test_a_blocked_merchants_share_waits_in_suspense_and_the_channel_fee_is_his_debt() -> None:
    book = book_of(paid("100.00"), SUCCEEDED, blocked={("M1", 0)}, releases=[(1, "O1", "1", "merchant", "OWNER")])

    assert entries(book, "RELEASE") == [{("2200", ""): (8_250, 0), MERCHANT: (0, 8_250)}]
    assert book.accounts["LE", "2200", "", "CNY"] == (8_250, 8_250)
    assert book.accounts["LE", "2010", "M1", "CNY"] == (60, 8_250)


def test_what_a_refund_took_from_suspense_follows_its_share_when_the_refund_is_rejected() -> None:
    rejected = later("refund.rejected", refund="1")
    events = [paid("100.00"), SUCCEEDED, refunded("1", "50.00"), rejected]

    book = book_of(*events, blocked={("D2", 0)}, releases=[(2, "O1", "1", "level 2", "OWNER")])

    assert entries(book, "RELEASE") == [{("2200", ""): (150, 0), LEVEL_2: (0, 150)}] * 2
    assert book.accounts["LE", "2200", "", "CNY"] == (450, 450)


def test_the_plan_in_force_is_chosen_by_the_operators_date() -> None:
    old, new = plan("2025-01-01"), plan("2025-07-01")
    new["commission"]["default"] = "0.20"

    def commission(at: str) -> int:
        book = expected_book(PARTIES, [new, old], [paid("100.00", at=at), SUCCEEDED])
        return rest(book)[1]

    assert commission("2025-06-30T15:59:59Z") == 800
    assert commission("2025-06-30T16:00:00Z") == 2_000


def test_a_replayed_event_changes_nothing() -> None:
    once = [paid("100.00"), SUCCEEDED, refunded("1", "10.00")]

    assert book_of(*once, *once) == book_of(*once)


def test_an_order_of_which_nothing_is_left_succeeds_without_an_entry() -> None:
    book = book_of(paid("100.00"), refunded("1", "100.00"), SUCCEEDED)

    assert entries(book, "SPLIT") == []


def test_fourteen_hundred_tiny_refunds_add_up_to_the_original() -> None:
    held = dict(zip("abcdef", (8_250, 800, 500, 300, 100, 50), strict=True))
    for refund in [7] * 1_428 + [4]:
        step = take_back(refund, held, "abcdef")
        assert min(step.values()) >= 0
        assert sum(step.values()) == refund
        held = {who: held[who] - step[who] for who in held}

    assert set(held.values()) == {0}
