"""Dates and amounts of deposits, with nothing but arithmetic."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.settlement.deposits.model import (
    Agreement,
    Basis,
    DepositKind,
    MoveKind,
    Release,
    Shortfall,
)
from ledger.settlement.deposits.months import find_end, find_releasable
from ledger.settlement.deposits.rules import Retention, find_retention, find_room, move_slice
from ledger.settlement.deposits.slicing import begin_slice

NOW = datetime(2020, 1, 10, tzinfo=UTC)


def period_net(rate: str, *, cap: int | None = None, left: int = 0) -> Agreement:
    return _agreement(Basis.PERIOD_NET, rate=rate, cap=cap, left=left)


def target(amount: int, *, reached: int = 0, shortfall: Shortfall = Shortfall.BILL) -> Agreement:
    return _agreement(Basis.TARGET, target=amount, reached=reached, shortfall=shortfall)


def _agreement(
    basis: Basis,
    *,
    rate: str = "",
    target: int | None = None,
    cap: int | None = None,
    reached: int = 0,
    left: int = 0,
    shortfall: Shortfall = Shortfall.WAIT,
) -> Agreement:
    return Agreement(
        agreement_id=1,
        reference="W1",
        party_id=2,
        party="M1",
        book_id=3,
        role="MERCHANT",
        currency="CNY",
        kind=DepositKind.WAR,
        basis=basis,
        rate=money.parse_rate(rate) if rate else None,
        target=target,
        cap=cap,
        months=12,
        shortfall=shortfall,
        release=Release.BY_HAND,
        agreed_at=NOW,
        reached=reached,
        left=left,
    )


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2019-02-28", 12, "2020-02-28"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2019-08-31", 6, "2020-02-29"),
        ("2019-12-31", 2, "2020-02-29"),
        ("2020-01-31", 1, "2020-02-29"),
        ("2021-01-31", 1, "2021-02-28"),
        ("2020-03-31", 13, "2021-04-30"),
        ("2020-12-15", 1, "2021-01-15"),
        ("2020-02-29", 48, "2024-02-29"),
    ],
)
def test_a_slice_ends_whole_months_later_or_on_the_last_day_of_a_short_one(start: str, months: int, end: str) -> None:
    assert find_end(date.fromisoformat(start), months=months) == date.fromisoformat(end)


def test_it_may_go_back_the_day_after_its_end() -> None:
    assert find_releasable(date(2020, 2, 29)) == date(2020, 3, 1)
    assert find_releasable(date(2019, 12, 31)) == date(2020, 1, 1)


def test_ten_percent_of_a_sheet_is_rounded_half_up() -> None:
    assert find_retention(period_net("0.1"), total=126_873, payable=126_873) == Retention(12_687, 0)
    assert find_retention(period_net("0.1"), total=5, payable=5) == Retention(1, 0)


def test_nothing_is_retained_of_what_is_not_positive() -> None:
    for total in (0, -1, -126_873):
        assert find_retention(period_net("0.1"), total=total, payable=0) == Retention(0, 0)
        assert find_retention(target(1_000), total=total, payable=0) == Retention(0, 0)


def test_retention_stops_at_the_cap_and_at_what_the_sheet_has_left() -> None:
    assert find_retention(period_net("0.1", cap=10_000, left=4_000), total=100_000, payable=100_000) == (6_000, 0)
    assert find_retention(period_net("0.1", cap=10_000, left=11_000), total=100_000, payable=100_000) == (0, 0)
    assert find_retention(period_net("0.1"), total=100_000, payable=7_000) == (7_000, 0)


def test_the_sources_story_is_retained_up_to_the_base_and_the_rest_is_billed() -> None:
    # 10 % of sales of 600,000.00 and of 1,400,000.00, from a sheet of 125,926.00.
    assert find_retention(target(6_000_000), total=12_592_600, payable=12_592_600) == (6_000_000, 0)
    assert find_retention(target(14_000_000), total=12_592_600, payable=12_592_600) == (12_592_600, 1_407_400)
    waits = target(14_000_000, shortfall=Shortfall.WAIT)
    assert find_retention(waits, total=12_592_600, payable=12_592_600) == (12_592_600, 0)


def test_a_target_that_is_reached_takes_nothing_more() -> None:
    assert find_retention(target(1_000, reached=1_000), total=5_000, payable=5_000) == (0, 0)
    assert find_retention(target(1_000, reached=900), total=5_000, payable=5_000) == (100, 0)


def test_what_may_still_come_in() -> None:
    assert find_room(target(1_000, reached=300)) == 700
    assert find_room(period_net("0.1")) is None
    assert find_room(period_net("0.1", cap=1_000, left=300)) == 700


@given(
    rate=st.integers(1, 100),
    cap=st.none() | st.integers(1, 10**9),
    left=st.integers(0, 10**9),
    total=st.integers(-(10**9), 10**9),
    taken=st.integers(0, 10**9),
)
def test_retention_never_takes_more_than_is_payable_or_agreed(
    rate: int, cap: int | None, left: int, total: int, taken: int
) -> None:
    payable = max(total - taken, 0)
    by_rate = period_net(money.format_rate(money.parse_rate("1") * rate / 100), cap=cap, left=left)
    by_target = target(10**9, reached=left)

    for agreement in (by_rate, by_target):
        retained, billed = find_retention(agreement, total=total, payable=payable)
        assert 0 <= retained <= payable
        room = find_room(agreement)
        assert billed >= 0
        if room is not None:
            assert retained + billed <= room


def test_steps_of_a_slice_follow_its_money() -> None:
    billed = begin_slice(
        target(1_000),
        slice_id=1,
        kind=MoveKind.BILLED,
        amount=1_000,
        start=date(2020, 1, 10),
        zone="UTC",
        now=NOW,
    )
    assert (billed.left, billed.held, billed.status) == (1_000, 0, "DUE")
    assert (billed.end_date, billed.releasable_date) == (date(2021, 1, 10), date(2021, 1, 11))

    half = move_slice(billed, kind=MoveKind.PAID, amount=400)
    assert (half.held, half.due, half.status) == (400, 600, "DUE")
    whole = move_slice(half, kind=MoveKind.OFFSET, amount=600)
    assert (whole.held, whole.status) == (1_000, "HELD")
    claimed = move_slice(whole, kind=MoveKind.CLAIMED, amount=300)
    assert (claimed.left, claimed.status) == (700, "HELD")
    assert move_slice(claimed, kind=MoveKind.RELEASED, amount=700).status == "RELEASED"
    assert move_slice(claimed, kind=MoveKind.FORFEITED, amount=700).status == "FORFEITED"
    assert move_slice(claimed, kind=MoveKind.CLAIMED, amount=700).status == "CLAIMED"
    with pytest.raises(ValueError, match="begins a slice"):
        move_slice(claimed, kind=MoveKind.RETAINED, amount=1)
