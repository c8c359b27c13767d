import json
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.money import Rounding

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))

amounts = st.integers(min_value=0, max_value=money.MAX_AMOUNT_MINOR)
rates = st.integers(min_value=0, max_value=10**10).map(lambda units: Decimal(units).scaleb(-10))
weight_lists = st.lists(st.integers(min_value=0, max_value=10**15), min_size=1, max_size=8)


def shown(value):
    """Name a case: some values here are too long, or too large, to be written out."""
    return ascii(value)[:20] if isinstance(value, str) else type(value).__name__


# Currencies


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("CNY", 2), ("USD", 2), ("KWD", 3), ("UYW", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(currency, decimals):
    assert money.exponent(currency) == decimals


@pytest.mark.parametrize("currency", ["", "cny", "CNY ", "ABC", "XAU", "XXX", "CNYCNY", None, 156, ["CNY"], True])
def test_an_unknown_currency_and_one_without_a_minor_unit_are_refused(currency):
    with pytest.raises(money.CurrencyUnknown) as refusal:
        money.exponent(currency, field=("currency",))

    assert refusal.value.code == "CURRENCY_UNKNOWN"
    assert refusal.value.field == ("currency",)


# Reading and writing amounts


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (12.3, 'An amount in CNY is a plain decimal string such as "12.30"; given: number.'),
        ("1e3", "An amount in CNY is a plain decimal string such as \"12.30\"; given: '1e3'."),
        (None, 'An amount in CNY is a plain decimal string such as "12.30"; given: null.'),
        (True, 'An amount in CNY is a plain decimal string such as "12.30"; given: boolean.'),
        ("-1", "An amount here is > 0 and has no sign, given: '-1'. What it is for says which way it goes."),
    ],
)
def test_a_refusal_says_what_was_given_and_what_to_give(text, sentence):
    with pytest.raises(money.LedgerError) as refusal:
        money.parse_amount(text, currency="CNY")

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.30", "CNY", 1230),
        ("12.3", "CNY", 1230),
        ("12", "CNY", 1200),
        ("0.01", "CNY", 1),
        ("100", "JPY", 100),
        ("12.345", "KWD", 12345),
        ("10000000000000.00", "CNY", 10**15),
        ("1000000000000000", "JPY", 10**15),
        ("1000000000000.000", "KWD", 10**15),
    ],
)
def test_a_decimal_string_is_read_as_minor_units(text, currency, minor):
    assert money.parse_amount(text, currency=currency) == minor


NOT_AMOUNTS = [
    *("", " ", " 1", "1 ", "1\n", "\t1", "+1", "--1", "-", ".", ".5", "5.", "1.2.3", "1,5", "1_000", "1 000"),
    *("00", "01", "007.50", "1e3", "1E3", "1e-2", "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "0x10"),
    *("1.5f", "¥5", "1\x00", "١٢", "1２", "²", 12, 12.3, 0, 10**5000, True, False, None, [], ["1"], {}, b"12"),
    *(Decimal("1.00"), float("nan"), float("inf")),
]


@pytest.mark.parametrize("text", NOT_AMOUNTS, ids=shown)
def test_what_is_no_plain_decimal_string_is_refused(text):
    with pytest.raises(money.AmountInvalid) as refusal:
        money.parse_amount(text, currency="CNY", field=("lines", "0", "goods"))

    assert refusal.value.code == "AMOUNT_INVALID"
    assert refusal.value.field == ("lines", "0", "goods")
    assert '"12.30"' in str(refusal.value)


@pytest.mark.parametrize("text", ["9" * 1_000_000, "0." + "0" * 1_000_000, "-" * 1_000_000, "1" * 41], ids=shown)
def test_endless_text_is_refused_before_a_number_is_made_of_it(text):
    with pytest.raises(money.AmountInvalid) as refusal:
        money.parse_amount(text, currency="CNY")

    assert len(str(refusal.value)) < 200


def test_a_refused_text_is_shown_up_to_forty_characters():
    assert money.describe("x" * 40) == repr("x" * 40)
    assert money.describe("x" * 41) == repr("x" * 40 + "…")


@pytest.mark.parametrize(
    ("text", "currency"), [("12.301", "CNY"), ("12.300", "CNY"), ("1.0", "JPY"), ("1.2345", "KWD"), ("-0.001", "CNY")]
)
def test_more_decimals_than_the_currency_has_are_refused_even_when_zero(text, currency):
    with pytest.raises(money.AmountTooPrecise) as refusal:
        money.parse_amount(text, currency=currency, field=("amount",))

    assert (refusal.value.code, refusal.value.field) == ("AMOUNT_TOO_PRECISE", ("amount",))


@pytest.mark.parametrize("text", ["0", "0.00", "-0", "-0.00", "-1", "-12.30", "-99999999999999999999"])
def test_zero_and_negative_amounts_are_refused(text):
    with pytest.raises(money.AmountNotPositive) as refusal:
        money.parse_amount(text, currency="CNY", field=("amount",))

    assert (refusal.value.code, refusal.value.field) == ("AMOUNT_NOT_POSITIVE", ("amount",))


def test_where_zero_is_allowed_it_still_has_no_sign():
    assert money.parse_amount("0.00", currency="CNY", allow_zero=True) == 0

    for text in ("-0", "-0.00", "-0.01"):
        with pytest.raises(money.AmountNotPositive):
            money.parse_amount(text, currency="CNY", allow_zero=True)


@pytest.mark.parametrize("text", ["10000000000000.01", "9" * 20, "9" * 20 + ".99", "9" * 37 + ".99"])
def test_an_amount_above_the_limit_is_refused_with_the_limit(text):
    with pytest.raises(money.AmountTooLarge) as refusal:
        money.parse_amount(text, currency="CNY", field=("amount",))

    assert (refusal.value.code, refusal.value.field) == ("AMOUNT_TOO_LARGE", ("amount",))
    assert refusal.value.facts["limit"] == "10000000000000.00"


def test_an_amount_in_an_unknown_currency_is_refused_for_its_currency():
    with pytest.raises(money.CurrencyUnknown):
        money.parse_amount("not even a number", currency="ABC")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "CNY", "0.00"),
        (1, "CNY", "0.01"),
        (-1, "CNY", "-0.01"),
        (1230, "CNY", "12.30"),
        (-123456, "CNY", "-1234.56"),
        (5, "JPY", "5"),
        (-5, "JPY", "-5"),
        (0, "JPY", "0"),
        (12345, "KWD", "12.345"),
        (7, "KWD", "0.007"),
        (9 * 10**18, "CNY", "90000000000000000.00"),
    ],
)
def test_minor_units_are_written_with_exactly_the_decimals_of_the_currency(minor, currency, text):
    assert money.format_amount(minor, currency=currency) == text


@given(amounts, st.sampled_from(["JPY", "CNY", "KWD", "UYW"]))
def test_what_is_written_is_read_back(minor, currency):
    text = money.format_amount(minor, currency=currency)

    assert money.parse_amount(text, currency=currency, allow_zero=True) == minor


@given(st.text(max_size=50))
def test_any_text_is_read_or_refused_with_a_code(text):
    try:
        minor, code = money.parse_amount(text, currency="CNY"), "AMOUNT_READ"
    except money.LedgerError as refusal:
        minor, code = 1, refusal.code

    assert 0 < minor <= money.MAX_AMOUNT_MINOR
    assert code.startswith("AMOUNT_")


# Rates


@pytest.mark.parametrize("text", ["0", "1", "0.08", "0.0000000001", "1.0000000000", "0.5"])
def test_a_rate_is_read_from_text_exactly(text):
    assert money.parse_rate(text) == Decimal(text)


NOT_RATES = [
    *("", "1.01", "1.0000000001", "2", "-0", "-0.1", "+0.1", ".5", "0.", "00.5", "8%", "8e-2", "NaN", "Infinity"),
    *("0.00000000001", " 0.1", "0.1\n", "0,1", "٠.١", "0." + "1" * 100_000, "1" * 5000),
    *(0.08, 0, 1, 10**5000, True, None, Decimal("0.08"), [], {}),
]


@pytest.mark.parametrize("text", NOT_RATES, ids=shown)
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(money.RateInvalid) as refusal:
        money.parse_rate(text, field=("agent", "rate"))

    assert (refusal.value.code, refusal.value.field) == ("RATE_INVALID", ("agent", "rate"))
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("0.050", "0.05"), ("0.00", "0"), ("1.0", "1"), ("0.5", "0.5"), ("0.0000000001", "0.0000000001")],
)
def test_a_rate_has_one_canonical_form(text, canonical):
    assert money.format_rate(money.parse_rate(text)) == canonical


# Multiply exactly, round once.


@pytest.mark.parametrize(("minor", "fee"), [(10_000, 60), (833, 5), (84, 1), (83, 0)])
def test_a_fee_of_six_per_mille_is_rounded_half_up(minor, fee):
    assert money.multiply(minor, Decimal("0.006"), Rounding.HALF_UP) == fee


@pytest.mark.parametrize(
    ("minor", "rounding", "product"),
    [
        (5, Rounding.HALF_UP, 3),
        (-5, Rounding.HALF_UP, -3),
        (5, Rounding.HALF_EVEN, 2),
        (-5, Rounding.HALF_EVEN, -2),
        (7, Rounding.HALF_EVEN, 4),
        (-7, Rounding.HALF_EVEN, -4),
        (5, Rounding.FLOOR, 2),
        (-5, Rounding.FLOOR, -3),
        (5, Rounding.CEIL, 3),
        (-5, Rounding.CEIL, -2),
        (6, Rounding.CEIL, 3),
        (6, Rounding.FLOOR, 3),
    ],
)
def test_each_rounding_treats_a_tie_by_its_name(minor, rounding, product):
    assert money.multiply(minor, Decimal("0.5"), rounding) == product


def _rounded(exact: Fraction, rounding: Rounding) -> int:
    below = floor(exact)
    away = below + 1 if exact > 0 else below
    match rounding:
        case Rounding.FLOOR:
            return below
        case Rounding.CEIL:
            return ceil(exact)
        case Rounding.HALF_EVEN:
            return round(exact)
        case Rounding.HALF_UP:
            return away if exact - below == Fraction(1, 2) else round(exact)


@given(
    st.integers(min_value=-(10**18), max_value=10**18),
    rates | st.sampled_from([Decimal("0.5"), Decimal("0.25"), Decimal("1.5"), Decimal("2.5")]),
    st.sampled_from(Rounding),
)
def test_a_product_is_exact_before_it_is_rounded(minor, rate, rounding):
    assert money.multiply(minor, rate, rounding) == _rounded(Fraction(minor) * Fraction(rate), rounding)


@given(st.integers(min_value=0, max_value=10**18), rates)
def test_half_up_is_symmetric_around_zero(minor, rate):
    assert money.multiply(-minor, rate, Rounding.HALF_UP) == -money.multiply(minor, rate, Rounding.HALF_UP)


def test_the_precision_of_the_decimal_context_plays_no_part():
    with localcontext(Context(prec=2)):
        assert money.multiply(10**15, Decimal("0.0812345678"), Rounding.HALF_UP) == 81_234_567_800_000
        assert money.tax_inside(10**15, Decimal("0.0612345678")) == 57_701_256_308_436
        assert money.parse_rate("0.0812345678") == Decimal("0.0812345678")
        assert money.format_rate(Decimal("0.0812345678")) == "0.0812345678"
        assert money.common_fractions([Decimal("0.0812345678"), Decimal("0.1")]) == (
            (406172839, 500000000),
            5_000_000_000,
        )


@pytest.mark.parametrize("rate", [0.08, 1, "0.08"])
def test_a_rate_that_is_no_decimal_is_a_bug_of_the_caller(rate):
    with pytest.raises(TypeError):
        money.multiply(100, rate, Rounding.HALF_UP)


# Tax inside a price


@pytest.mark.parametrize(
    ("price", "rate", "tax"), [(800, "0.06", 45), (8000, "0.06", 453), (9200, "0.13", 1058), (100, "0", 0)]
)
def test_the_tax_inside_a_price_is_rounded_half_up(price, rate, tax):
    assert money.tax_inside(price, Decimal(rate)) == tax


@given(amounts, rates)
def test_the_tax_inside_is_within_half_a_unit_of_exact(price, rate):
    exact = Fraction(price) * Fraction(rate) / (1 + Fraction(rate))

    assert abs(money.tax_inside(price, rate) - exact) <= Fraction(1, 2)


# Largest remainder.


@pytest.mark.parametrize("vector", VECTORS["largest_remainder"])
def test_shares_by_largest_remainder_match_the_vectors(vector):
    assert money.allocate(vector["total"], vector["weights"]) == tuple(vector["out"])


def test_equal_parts_of_one_hundred_give_the_spare_unit_to_the_first_rank():
    assert money.allocate(100, (1, 1, 1)) == (34, 33, 33)


def test_a_tie_goes_by_rank_also_when_the_lower_rank_is_passed_last():
    assert money.allocate(5, (70, 30), ranks=(1, 2)) == (4, 1)
    assert money.allocate(5, (30, 70), ranks=(2, 1)) == (1, 4)


def test_without_ranks_a_tie_goes_to_the_earlier_index():
    assert money.allocate(5, (70, 30)) == (4, 1)
    assert money.allocate(5, (30, 70)) == (2, 3)


def test_equal_ranks_fall_back_to_the_earlier_index():
    assert money.allocate(2, (1, 1, 1), ranks=(5, 5, 1)) == (1, 0, 1)


def test_a_weight_of_zero_gets_nothing_and_nothing_shared_is_nothing_for_all():
    assert money.allocate(1, (0, 1, 0)) == (0, 1, 0)
    assert money.allocate(0, (0, 0)) == (0, 0)
    assert money.allocate(0, (3, 1)) == (0, 0)
    assert money.allocate(0, ()) == ()


@pytest.mark.parametrize(
    ("total", "weights"), [(-1, (1,)), (1, (0, 0)), (1, ()), (5, (1, -1, 3)), (0, (-1, 1)), (0, (-1,))]
)
def test_shares_that_cannot_be_are_a_bug_of_the_caller(total, weights):
    with pytest.raises(ValueError, match="cannot share"):
        money.allocate(total, weights)


def test_ranks_are_one_per_weight():
    with pytest.raises(ValueError, match="rank"):
        money.allocate(1, (1, 1), ranks=(1,))


@given(amounts, weight_lists)
def test_shares_sum_to_the_total_and_none_is_a_unit_off_its_exact_part(total, weights):
    if sum(weights) == 0:
        total = 0

    shares = money.allocate(total, weights)

    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights) or 1)) < 1
        assert share >= 0
        assert share == 0 or weight > 0


@given(amounts, weight_lists, st.randoms(use_true_random=False))
def test_who_gets_what_does_not_depend_on_the_order_of_the_arguments_when_ranks_are_given(total, weights, random):
    if sum(weights) == 0:
        total = 0
    ranks = list(range(len(weights)))
    order = list(ranks)
    random.shuffle(order)

    shares = money.allocate(total, weights, ranks=ranks)
    shuffled = money.allocate(total, [weights[i] for i in order], ranks=[ranks[i] for i in order])

    assert shuffled == tuple(shares[i] for i in order)
    assert shares == money.allocate(total, weights)


@given(st.lists(rates, max_size=5))
def test_rates_over_one_denominator_are_exactly_the_rates(some_rates):
    numerators, denominator = money.common_fractions(some_rates)

    assert [Fraction(each, denominator) for each in numerators] == [Fraction(rate) for rate in some_rates]


# Claw-back by what each still has


def _claw_back_in_steps(original, refunds):
    remaining = tuple(original)
    steps = []
    for refund in refunds:
        step = money.claw_back(refund, remaining)
        remaining = tuple(has - taken for has, taken in zip(remaining, step, strict=True))
        steps.append(list(step))
    return steps, remaining


@pytest.mark.parametrize("vector", VECTORS["claw_back"])
def test_claw_backs_match_the_vectors(vector):
    steps, remaining = _claw_back_in_steps(vector["original"], vector["refunds"])

    assert steps == vector["steps"]
    assert set(remaining) == {0}


def test_no_receiver_is_paid_a_unit_back_during_a_refund():
    steps, _ = _claw_back_in_steps((6, 6, 2), (10, 1, 3))

    assert steps == [[4, 4, 2], [1, 0, 0], [1, 2, 0]]


def test_fourteen_hundred_small_refunds_end_exactly_at_the_original():
    steps, remaining = _claw_back_in_steps((8250, 800, 500, 300, 100, 50), [7] * 1428 + [4])

    assert remaining == (0, 0, 0, 0, 0, 0)
    assert min(map(min, steps)) >= 0


@pytest.mark.parametrize(("total", "remaining"), [(5, (2, 2)), (1, ()), (1, (0, 0)), (-1, (2, 2)), (1, (3, -1))])
def test_taking_more_than_is_there_is_a_bug_of_the_caller(total, remaining):
    with pytest.raises(ValueError, match="cannot"):
        money.claw_back(total, remaining)


@given(
    st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=7),
    st.lists(st.integers(min_value=1, max_value=10) | st.integers(min_value=1, max_value=10**6), max_size=30),
)
def test_claw_backs_in_any_steps_are_never_negative_and_end_at_the_original(original, refunds):
    remaining = tuple(original)
    taken = [0] * len(original)
    for refund in [*refunds, sum(original)]:
        within = min(refund, sum(remaining))

        step = money.claw_back(within, remaining)

        assert sum(step) == within
        assert all(0 <= part <= has for part, has in zip(step, remaining, strict=True))
        remaining = tuple(has - part for has, part in zip(remaining, step, strict=True))
        taken = [so_far + part for so_far, part in zip(taken, step, strict=True)]

    assert taken == original
