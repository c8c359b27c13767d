"""A sheet is divided among its documents so that rows and columns add up, and nobody bears more than he brought."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.reporting.apportioning import Claim, apportion, spread


def test_what_counts_down_is_set_off_before_anything_is_taken() -> None:
    divided = apportion([1_000, -990, 40], [Claim(5), Claim(45)])

    assert divided.set_off == [952, -990, 38]
    assert divided.shares == [[5, 0, 0], [43, 0, 2]]


def test_a_claim_is_borne_by_the_document_it_names_first() -> None:
    named, whole = Claim(70, 0), Claim(50)

    assert apportion([60, 60], [whole, named]).shares == [[0, 50], [60, 10]]


def test_on_a_negative_sheet_what_counts_down_bears_the_claims() -> None:
    divided = apportion([30, -100, -50], [Claim(20), Claim(100)])

    assert divided.set_off == [30, -20, -10]
    assert divided.shares == [[0, -13, -7], [0, -67, -33]]


def test_an_even_sheet_is_set_off_whole() -> None:
    assert apportion([70, -70], []) == ([], [70, -70])


def test_claims_that_are_not_the_total_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        apportion([70], [Claim(60)])


@given(
    brought=st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=6),
    wanted=st.lists(st.tuples(st.integers(1, 20_000), st.none() | st.integers(0, 5)), max_size=12),
    rest_of=st.none() | st.integers(0, 5),
)
def test_rows_and_columns_always_add_up(
    brought: list[int], wanted: list[tuple[int, int | None]], rest_of: int | None
) -> None:
    total, left, claims = sum(brought), abs(sum(brought)), []
    for amount, place in [*wanted, (60_000, rest_of)]:
        if left:
            claims.append(Claim(min(amount, left), place if place is None else place % len(brought)))
            left -= claims[-1].amount

    divided = apportion(brought, claims)

    sign = -1 if total < 0 else 1
    assert [sum(row) for row in divided.shares] == [sign * claim.amount for claim in claims]
    for place, each in enumerate(brought):
        column = [row[place] for row in divided.shares]
        assert sum(column) + divided.set_off[place] == each
        assert all(0 <= sign * share <= max(sign * each, 0) for share in column)
    assert sum(divided.set_off) == 0


@given(has=st.lists(st.integers(0, 1_000), min_size=1, max_size=5), amount=st.integers(0, 1_000))
def test_taking_leaves_nobody_below_zero(has: list[int], amount: int) -> None:
    amount = min(amount, sum(has))

    (row,) = spread(has, [Claim(amount)])

    assert sum(row) == amount
    assert all(0 <= share <= each for share, each in zip(row, has, strict=True))
