"""What a channel lets be split, until when, and what becomes of an order whose channel has let go of the money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.charging.channels import ChannelProfile, find_profile
from ledger.charging.errors import FreezeExpired, InternalSplitMissing
from ledger.charging.internal_splits import complete_internal_split
from ledger.charging.splittable import PaidPart, check_freeze, find_end_of_freeze, find_splittable
from ledger.money import Rounding
from tests.ledger.charging.market import ACTOR, NOW, Market, codes
from tests.oracle.small_world import SUCCEEDED, item, paid

CAPTURED = datetime(2024, 1, 1, tzinfo=UTC)
FEE = Decimal("0.006")


@pytest.mark.parametrize(
    ("refunded", "split", "channel", "expected"),
    [
        (2_000, 0, "sandbox", 7_952),
        (2_000, 0, "wechat", 3_000),
        (2_000, 1_000, "wechat", 2_000),
        (8_000, 0, "wechat", 1_988),
        (10_000, 0, "wechat", 0),
        (0, 3_000, "wechat", 0),
    ],
)
def test_what_is_left_after_fee_refunds_and_cap_can_be_split(
    refunded: int, split: int, channel: str, expected: int
) -> None:
    part = PaidPart(10_000, refunded, FEE, Rounding.HALF_UP, 0)
    assert find_splittable([part], split=split, profile=find_profile(channel)) == expected


def test_parts_of_other_fees_are_rounded_each_and_the_cap_is_of_the_whole() -> None:
    parts = [PaidPart(833, 0, FEE, Rounding.HALF_UP, 0), PaidPart(5_000, 1_000, Decimal("0.01"), Rounding.HALF_UP, 0)]

    assert find_splittable(parts, split=0, profile=find_profile("sandbox")) == 833 - 5 + 4_000 - 40
    assert find_splittable(parts, split=700, profile=find_profile("wechat")) == 1_749 - 700


def test_the_fee_of_each_line_is_rounded_as_its_plan_says_and_disputes_give_none_of_it_back() -> None:
    three, sandbox = [PaidPart(84, 0, FEE, Rounding.HALF_UP, 0)] * 3, find_profile("sandbox")

    # 0.00504 of each line is 0.01; of 2.52 it would be 0.02.
    assert find_splittable(three, split=0, profile=sandbox) == 252 - 3
    assert find_splittable([PaidPart(84, 0, FEE, Rounding.FLOOR, 0)], split=0, profile=sandbox) == 84
    assert (
        find_splittable([PaidPart(10_000, 2_000, FEE, Rounding.HALF_UP, 3_000)], split=0, profile=sandbox)
        == 7_952 - 3_000
    )


@pytest.mark.parametrize(
    ("channel", "until"),
    [("wechat", datetime(2024, 1, 31, tzinfo=UTC)), ("wechat-ecommerce", datetime(2024, 6, 29, tzinfo=UTC))],
)
def test_a_channel_lets_go_of_the_money_when_its_freeze_ends(channel: str, until: datetime) -> None:
    profile = find_profile(channel)

    assert find_end_of_freeze(CAPTURED, profile) == until
    check_freeze("O1", captured_at=CAPTURED, at=until - timedelta(microseconds=1), profile=profile)
    with pytest.raises(FreezeExpired):
        check_freeze("O1", captured_at=CAPTURED, at=until, profile=profile)


def test_a_channel_without_a_freeze_never_lets_go() -> None:
    check_freeze("O1", captured_at=CAPTURED, at=CAPTURED + timedelta(days=9_999), profile=ChannelProfile("any"))


async def test_an_order_whose_channel_has_let_go_is_split_here_and_is_somebodys_task(market: Market) -> None:
    late = {**SUCCEEDED, "occurredAt": "2025-03-31T00:00:00Z"}
    await market.accept(paid("100.00", channel="wechat"), late)
    in_time = {**SUCCEEDED, "id": "in time", "order": "O2", "occurredAt": "2025-03-30T23:59:59Z"}
    await market.accept({**paid("100.00", key="p2", channel="wechat"), "order": "O2"}, in_time)

    assert await market.net("2010 M1, 2041 D1") == [16_380, 1_000]
    (task,) = await market.rows(
        "SELECT order_reference, amount_minor, frozen_until, opened_at FROM internal_split_task"
    )
    assert tuple(task) == ("O1", 1_750, datetime(2025, 3, 31, tzinfo=UTC), NOW)
    said = await market.rows("SELECT payload::jsonb ->> 'reason' AS reason FROM log_event WHERE kind = 'order.split'")
    assert [row["reason"] for row in said] == ["FREEZE_EXPIRED", None]


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Captured on 1 January and on 1 March, and split on 2 March: 17.50 of each 100.00 go to others.
        ("wechat", "wechat", (1_750, datetime(2025, 1, 31, tzinfo=UTC))),
        ("sandbox", "wechat", None),
        ("wechat", "sandbox", (1_750, datetime(2025, 1, 31, tzinfo=UTC))),
    ],
)
async def test_each_payment_of_an_order_is_frozen_by_its_own_channel_from_its_own_day(
    market: Market, first: str, second: str, expected: tuple[int, datetime] | None, size: int
) -> None:
    events = [
        paid("100.00", at="2025-01-01T00:00:00Z", channel=first),
        paid("100.00", item("100.00", line="2"), key="again", at="2025-03-01T00:00:00Z", channel=second),
        SUCCEEDED,
    ]

    assert codes(await market.record(*events, size=size)) == ["", "", ""]

    tasks = await market.rows("SELECT amount_minor, frozen_until FROM internal_split_task")
    assert [tuple(task) for task in tasks] == ([expected] if expected else [])


async def test_a_later_payment_that_its_channel_let_go_of_is_split_here_alone(market: Market) -> None:
    again = paid("50.00", item("50.00", line="2"), key="again", at="2025-01-02T00:00:00Z", channel="wechat")
    await market.accept(paid("100.00", at="2025-01-01T00:00:00Z"), again)

    await market.accept(SUCCEEDED)

    tasks = await market.rows("SELECT amount_minor, frozen_until FROM internal_split_task")
    assert [tuple(task) for task in tasks] == [(875, datetime(2025, 2, 1, tzinfo=UTC))]


async def test_a_task_is_done_once_the_money_is_there(market: Market) -> None:
    late = {**SUCCEEDED, "occurredAt": "2025-03-31T00:00:00Z"}
    await market.accept(paid("100.00", channel="wechat"), late)

    async def complete(order: str) -> bool:
        async with market.database.write(market.platform_id) as conn:
            return (await complete_internal_split(conn, order=order, actor=ACTOR, now=NOW)).replayed

    assert [await complete("O1"), await complete("O1")] == [False, True]
    with pytest.raises(InternalSplitMissing):
        await complete("O2")
