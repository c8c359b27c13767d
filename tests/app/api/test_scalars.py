"""Scalars: what goes in, what comes out, what is refused, through a real schema."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from app.api.scalars import (
    JSON,
    SCALARS,
    BigInt,
    CurrencyCode,
    parse_big_int,
    parse_decimal,
    parse_instant,
    parse_json,
    parse_local_date,
    write_big_int,
    write_decimal,
    write_instant,
    write_local_date,
)


@strawberry.type
class Query:
    @strawberry.field
    def big_int(self, v: BigInt) -> BigInt:
        assert type(v) is int
        return v

    @strawberry.field
    def decimal(self, v: Decimal) -> Decimal:
        assert type(v) is Decimal
        return v

    @strawberry.field
    def instant(self, v: datetime) -> datetime:
        return v

    @strawberry.field
    def local_date(self, v: date) -> date:
        assert type(v) is date
        return v

    @strawberry.field
    def currency_code(self, v: CurrencyCode) -> CurrencyCode:
        return v

    @strawberry.field(name="JSON")
    def json(self, v: JSON) -> JSON:
        return v


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def send(scalar: str, value: object) -> object:
    """The value as it comes back, or the text of the refusal."""
    field = "JSON" if scalar == "JSON" else scalar[0].lower() + scalar[1:]
    result = schema.execute_sync(f"query($v: {scalar}!) {{ {field}(v: $v) }}", {"v": value})
    return result.errors[0].message if result.errors else (result.data or {})[field]


@pytest.mark.parametrize(
    ("scalar", "given_value", "comes_back"),
    [
        ("BigInt", "9223372036854775807", "9223372036854775807"),
        ("BigInt", "-12", "-12"),
        ("BigInt", 7, "7"),
        ("Decimal", "12.30", "12.30"),
        ("Decimal", "-0.00", "0.00"),
        ("Decimal", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("Instant", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"),
        ("Instant", "2026-01-31T20:00:00.123456+08:00", "2026-01-31T12:00:00.123456Z"),
        ("LocalDate", "2028-02-29", "2028-02-29"),
        ("CurrencyCode", "CNY", "CNY"),
        ("JSON", {"a": [1, None, True, {"b": "商"}]}, {"a": [1, None, True, {"b": "商"}]}),
    ],
)
def test_a_good_value_comes_back_in_its_one_spelling(scalar, given_value, comes_back):
    assert send(scalar, given_value) == comes_back


BAD_VALUES: dict[str, list[object]] = {
    "BigInt": [
        1.0,
        1.5,
        True,
        None,
        "1.0",
        "1e3",
        "",
        " 1",
        "01",
        "+1",
        "٣",
        2**63,
        "9" * 20,
        [1],
        {"a": 1},
        float("inf"),
        "9223372036854775808",
        "1_000",
        "0x10",
    ],
    "Decimal": [
        1,
        1.5,
        True,
        "NaN",
        "Infinity",
        "1e400",
        ".5",
        "5.",
        "+1",
        "",
        "1,5",
        "1 ",
        "9" * 39,
        "00.1",
        "-",
        "٣.٣",
    ],
    "Instant": [
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        0,
        "now",
        "2026-01-31T12:00:60Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00.1234567Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-W01-1T00:00:00Z",
    ],
    "LocalDate": ["2026-02-30", "2026-1-1", "20260131", "2026-01-31T00:00:00Z", 20260131, ""],
    "CurrencyCode": ["cny", "CN", "CNYY", "", 156, "ＣＮＹ"],
    "JSON": ["text", [1], 1.5, {"a": 1.5}, {"a": 2**53}, {"a": [[[[[[1]]]]]]}, {"a": "x" * 2**20}],
}


@pytest.mark.parametrize(
    ("scalar", "given_value"),
    [pytest.param(name, value, id=f"{name}-{n}") for name, bad in BAD_VALUES.items() for n, value in enumerate(bad)],
)
def test_a_bad_value_is_refused_in_words_that_name_the_scalar(scalar, given_value):
    refusal = send(scalar, given_value)

    assert isinstance(refusal, str)
    assert "Variable '$v'" in refusal


@pytest.mark.parametrize("literal", ["1.5", "1e3", "true", '"1.0"', "{a: 1}", "[1]", "9223372036854775808"])
def test_a_bad_literal_is_refused_before_anything_runs(literal):
    result = schema.execute_sync(f"{{ bigInt(v: {literal}) }}")

    assert result.data is None
    assert result.errors is not None


def test_a_literal_of_thousands_of_digits_is_refused_like_any_other():
    assert schema.execute_sync(f"{{ bigInt(v: {'9' * 5_000}) }}").errors is not None


def test_a_literal_number_without_fraction_is_a_big_int_but_no_decimal():
    assert schema.execute_sync("{ bigInt(v: 12) }").data == {"bigInt": "12"}
    assert schema.execute_sync("{ decimal(v: 12) }").errors is not None


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (write_big_int, True),
        (write_big_int, "1"),
        (write_big_int, 1.0),
        (write_decimal, Decimal("NaN")),
        (write_decimal, Decimal("-Infinity")),
        (write_decimal, 1.5),
        (write_instant, datetime(2026, 1, 31)),  # noqa: DTZ001 - the naive one is the point
        (write_instant, "2026-01-31T12:00:00Z"),
        (write_local_date, datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_nothing_leaves_that_could_not_come_in(write, value):
    with pytest.raises(TypeError):
        write(value)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_every_whole_number_survives_the_trip(number):
    assert parse_big_int(write_big_int(number)) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_every_decimal_survives_the_trip(number):
    assert parse_decimal(write_decimal(number)) == number


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis wants naive bounds
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
        timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_every_instant_survives_the_trip_and_text_order_is_time_order(instant):
    text = write_instant(instant)

    assert parse_instant(text) == instant
    assert len(text) == 27
    assert (text < write_instant(datetime(2026, 1, 1, tzinfo=UTC))) == (instant < datetime(2026, 1, 1, tzinfo=UTC))


@given(st.dates())
def test_every_day_survives_the_trip(day):
    assert parse_local_date(write_local_date(day)) == day


def test_json_is_measured_without_spaces_as_the_longest_line_of_a_file_is():
    longest = {"lines": ["x"] * ((2**20 - 12) // 4)}
    longer = {"lines": ["x"] * (2**20 // 4)}

    assert len(json.dumps(longest, separators=(",", ":"))) <= 2**20 < len(json.dumps(longest))
    assert parse_json(longest) is longest
    with pytest.raises(ValueError, match="at most 1048576 characters"):
        parse_json(longer)


def test_deep_json_is_refused_without_exhausting_the_stack():
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="6 levels"):
        parse_json({"a": deep})


def test_json_is_measured_as_text_and_not_by_its_keys():
    fits = {"a": "商" * (2**20 - len(json.dumps({"a": ""}, separators=(",", ":"))))}

    assert parse_json(fits) == fits
    with pytest.raises(ValueError, match="1048576"):
        parse_json({"a": fits["a"] + "商"})


def test_every_scalar_says_where_it_is_specified():
    for definition in SCALARS.values():
        assert definition.specified_by_url
        assert definition.description
