"""A buyer's bank takes money back: what is booked, who bears it, and that nothing is taken back twice."""

import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from ledger.charging.model import LineState, Split
from ledger.charging.refund import charge_back
from ledger.journal.model import Refused
from tests.ledger.charging.market import Market, codes
from tests.oracle.small_world import SUCCEEDED, UNFROZEN, item, later, paid, refunded

RECEIVERS = "2010 M1, 4000, 2105, 2041 D1, 2042 D2, 2043 D3, 2020 A1"
MONEY = "1100, 1105, 1130, 5040"


def charged(amount: str, dispute: str = "X", fee: str = "15.00", **more: Any) -> dict[str, Any]:
    event = later("order.charged_back", dispute=dispute, amount=amount, fee=fee, **more)
    return {**event, "id": f"charged {dispute}"}


def won(dispute: str = "X") -> dict[str, Any]:
    return {**later("chargeback.won", dispute=dispute), "id": f"won {dispute}"}


def defended(dispute: str = "X", **more: Any) -> dict[str, Any]:
    return {**later("chargeback.defended", dispute=dispute), "id": f"defended {dispute}", **more}


def lost(liability: str, dispute: str = "X") -> dict[str, Any]:
    return {**later("chargeback.lost", dispute=dispute, liability=liability), "id": f"lost {dispute}"}


async def split(market: Market, *items: dict[str, Any], amount: str = "100.00", **more: Any) -> None:
    await market.accept(paid(amount, *items, **more), SUCCEEDED, UNFROZEN)


async def test_the_channel_takes_the_money_and_a_fee_at_once(market: Market) -> None:
    await split(market)
    before = await market.net(RECEIVERS)

    await market.accept(charged("60.00"))

    # Out of 99.40 that was free.
    assert await market.net(MONEY) == [0, -9_940 + 7_500, -6_000, -1_500]
    assert await market.net(RECEIVERS) == before
    (event,) = await market.rows("SELECT payload FROM log_event WHERE kind = 'order.charged_back'")
    said = json.loads(event["payload"])
    (line,) = said["lines"]
    assert (said["dispute"], said["order"], said["amount"], said["fee"]) == ("X", "O1", "60.00", "15.00")
    assert (line["merchant"], line["merchantShare"], line["merchantShareMinor"]) == ("M1", "49.50", 4_950)


async def test_a_dispute_that_is_won_brings_the_money_back_without_the_fee(market: Market) -> None:
    await split(market)

    await market.accept(charged("60.00"), won())

    assert await market.net(MONEY) == [0, -9_940 + 1_500, 0, -1_500]
    assert await market.refuse(lost("PLATFORM")) == "DISPUTE_ALREADY_DECIDED"
    await market.accept(refunded("R", "100.00"))


async def test_a_defended_dispute_moves_nothing_and_is_known_with_its_time_and_actor(market: Market) -> None:
    await split(market)
    await market.accept(charged("60.00"))
    before = await market.accounts()

    await market.accept(defended(occurredAt="2025-03-04T05:06:07Z"))

    assert await market.accounts() == before
    (row,) = await market.rows("SELECT status, open_minor, defended_at FROM order_dispute")
    assert tuple(row) == ("DEFENDED", 6_000, datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC))
    (event,) = await market.rows("SELECT actor, payload FROM log_event WHERE kind = 'chargeback.defended'")
    said = json.loads(event["payload"])
    assert (event["actor"], said["dispute"], said["amount"], said["status"]) == ("tester", "X", "60.00", "DEFENDED")
    # Its money is disputed still.
    assert await market.refuse(refunded("R", "40.01")) == "REFUND_EXCEEDS_REMAINING"
    assert await market.refuse(defended(id="again")) == "DISPUTE_ALREADY_DEFENDED"
    assert await market.refuse(defended("Y")) == "DISPUTE_MISSING"


@pytest.mark.parametrize(("end", "status", "merchant"), [(won(), "WON", 8_190), (lost("SPLIT"), "LOST", 8_190 - 4_950)])
async def test_a_defended_dispute_is_decided_like_any_other(
    market: Market, end: dict[str, Any], status: str, merchant: int
) -> None:
    await split(market)

    await market.accept(charged("60.00"), defended(), end)

    (row,) = await market.rows("SELECT status, open_minor, defended_at IS NOT NULL AS defended FROM order_dispute")
    assert tuple(row) == (status, 0, True)
    assert await market.net("1130, 2010 M1") == [0, merchant]
    assert await market.refuse(defended(id="again")) == "DISPUTE_ALREADY_DECIDED"


async def test_a_dispute_that_was_never_defended_is_decided_all_the_same(market: Market) -> None:
    await split(market)

    await market.accept(charged("60.00"), won())

    assert await market.refuse(defended()) == "DISPUTE_ALREADY_DECIDED"
    (row,) = await market.rows("SELECT defended_at FROM order_dispute")
    assert row["defended_at"] is None


async def test_a_lost_dispute_is_borne_by_the_platform_and_stays_reserved(market: Market) -> None:
    await split(market)
    before = await market.net(RECEIVERS)

    await market.accept(charged("60.00"), lost("PLATFORM"))

    assert await market.net(MONEY) == [0, -9_940 + 7_500, 0, -7_500]
    assert await market.net(RECEIVERS) == before
    assert await market.refuse(refunded("R", "40.01")) == "REFUND_EXCEEDS_REMAINING"
    await market.accept(refunded("R", "40.00"))
    assert await market.refuse(charged("0.01", "Y")) == "DISPUTE_EXCEEDS_REMAINING"


async def test_a_lost_dispute_is_borne_by_everyone_who_had_a_share(market: Market) -> None:
    # 49.50, 4.80, 3.00, 1.80, 0.60 and 0.30.
    await split(market)
    before = await market.net(RECEIVERS)

    await market.accept(charged("60.00"), lost("SPLIT"))

    after = await market.net(RECEIVERS)
    taken = [had - has for had, has in zip(before, after, strict=True)]
    assert [taken[0], taken[1] + taken[2], *taken[3:]] == [4_950, 480, 300, 180, 60, 30]
    assert await market.net(MONEY) == [0, -9_940 + 7_500, 0, -1_500]
    await market.accept(refunded("R", "40.00"))
    rest = await market.net(RECEIVERS)
    # The channel's fee stays recovered.
    assert rest == [-60, 0, 0, 0, 0, 0, 0]
    assert await market.refuse(refunded("R2", "0.01")) == "REFUND_EXCEEDS_REMAINING"


async def test_an_open_dispute_keeps_refunds_and_other_disputes_from_its_money(market: Market) -> None:
    await split(market)
    await market.accept(charged("60.00"))

    assert await market.refuse(refunded("R", "40.01")) == "REFUND_EXCEEDS_REMAINING"
    assert await market.refuse(charged("40.01", "Y")) == "DISPUTE_EXCEEDS_REMAINING"
    assert await market.refuse({**charged("10.00"), "id": "again"}) == "DISPUTE_EXISTS"
    assert await market.refuse(won("Z")) == "DISPUTE_MISSING"
    await market.accept(charged("40.00", "Y"), won("X"), charged("60.00", "Z"), lost("SPLIT", "Z"), lost("SPLIT", "Y"))
    assert await market.net(RECEIVERS) == [-60, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("goods", "delivery", "place"),
    [("90.01", "", "amount"), ("90.00", "0.01", "delivery"), ("0.00", "10.00", ""), ("90.01", "10.00", "amount")],
)
async def test_a_refund_of_disputed_money_is_refused_at_the_amount_that_is_too_much(
    market: Market, goods: str, delivery: str, place: str
) -> None:
    await split(market, item("100.00"), item("100.00", line="2", delivery="10.00"), amount="210.00")
    await market.accept(charged("20.00", lines=[{"line": "2", "amount": "20.00"}]))
    lines = [
        {"line": "1", "amount": "1.00"},
        {"line": "2", "amount": goods, **({"delivery": delivery} if delivery else {})},
    ]

    (outcome,) = await market.record({**refunded("R", "1.00"), "lines": lines})

    said = (outcome.error.code, outcome.error.field) if isinstance(outcome, Refused) else ("", ())
    assert said == (("REFUND_EXCEEDS_REMAINING", ("lines", "1", place)) if place else ("", ()))


async def test_a_dispute_of_another_order_is_unknown_and_its_name_is_taken(market: Market) -> None:
    await split(market)
    other = {**paid("50.00", key="other"), "order": "O2"}
    await market.accept(charged("10.00"), other)

    assert await market.refuse({**charged("10.00"), "order": "O2", "id": "other dispute"}) == "DISPUTE_EXISTS"
    assert await market.refuse({**won(), "order": "O2", "id": "other won"}) == "DISPUTE_MISSING"


async def test_the_name_of_a_dispute_is_taken_for_the_rest_of_its_batch_too(market: Market) -> None:
    other = {"order": "O2", "id": "other"}

    outcomes = await market.record(
        paid("50.00"),
        {**paid("50.00"), **other},
        charged("10.00"),
        {**charged("10.00"), **other, "id": "other dispute"},
    )

    assert codes(outcomes) == ["", "", "", "DISPUTE_EXISTS"]
    assert await market.net("1130") == [-1_000]


async def test_a_dispute_before_the_split_comes_out_of_the_orders_funds(market: Market) -> None:
    await market.accept(paid("100.00"), charged("30.00"))
    assert await market.net("1100, 2000") == [-9_940 + 4_500, 10_000]

    await market.accept(lost("SPLIT"), SUCCEEDED)

    # As after a refund of 30.00 before the split.
    assert await market.net(RECEIVERS) == [5_775 - 42, 528, 32, 350, 210, 70, 35]
    assert await market.net("2000, 1130") == [0, 0]


async def test_a_dispute_says_of_which_lines_it_is_or_is_spread_over_them(market: Market) -> None:
    lines = [item("60.00"), item("30.00", line="2", delivery="10.00", merchant="M2")]
    await split(market, *lines)

    uneven = charged("20.00", lines=[{"line": "1", "amount": "10.00"}])
    assert await market.refuse(uneven) == "DISPUTE_UNEVEN"
    assert await market.refuse(charged("1.00", lines=[{"line": "9", "amount": "1.00"}])) == "ORDER_LINE_MISSING"
    too_much = charged("70.00", lines=[{"line": "1", "amount": "70.00"}])
    assert await market.refuse(too_much) == "DISPUTE_EXCEEDS_REMAINING"
    await market.accept(charged("20.00", lines=[{"line": "2", "amount": "20.00"}]), charged("40.00", "Y"))

    rows = await market.rows(
        "SELECT dispute_reference, line_reference, amount_minor FROM order_dispute_line ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [("X", "2", 2_000), ("Y", "1", 3_000), ("Y", "2", 1_000)]


async def test_the_platforms_part_of_a_discount_comes_back_with_the_money(market: Market) -> None:
    # 33.33 of goods, of which the buyer paid 30.00 and the platform 3.33.
    discount = [{"code": "C", "amount": "3.33", "bornBy": "PLATFORM"}]
    await split(market, item("33.33"), amount="30.00", discounts=discount)

    await market.accept(charged("30.00", fee="0.00"), lost("SPLIT"))

    assert await market.net("5020, 1130, 4000, 2105, 2041 D1") == [0, 0, 0, 0, 0]


async def test_what_waits_in_suspense_is_taken_from_there(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED, charged("60.00"), lost("SPLIT"))

    assert await market.net("2200, 2042 D2") == [120, 0]


async def test_the_bank_is_paid_what_the_channel_let_go_of(market: Market) -> None:
    settled = later("payment.settled", amount="99.40")
    await market.accept(paid("100.00"))
    assert await market.refuse(settled) == "PAYMENT_FROZEN"
    await market.accept(UNFROZEN)

    assert await market.refuse({**settled, "amount": "99.41"}) == "SETTLED_EXCEEDS_CAPTURED"
    await market.accept({**settled, "amount": "90.00", "id": "first"}, {**settled, "amount": "9.40"})
    assert await market.refuse({**settled, "amount": "0.01", "id": "third"}) == "SETTLED_EXCEEDS_CAPTURED"

    assert await market.net("1010, 1105, 1100") == [-9_940, 0, 0]


async def test_disputes_are_told_in_one_batch_as_one_by_one(market: Market) -> None:
    events = [paid("100.00"), SUCCEEDED, charged("60.00"), refunded("R", "50.00"), won(), refunded("S", "50.00")]

    outcomes = await market.record(*events)

    assert codes(outcomes) == ["", "", "", "REFUND_EXCEEDS_REMAINING", "", ""]
    (row,) = await market.rows("SELECT status, open_minor FROM order_dispute")
    assert tuple(row) == ("WON", 0)


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE order_line SET disputed_minor = disputed_minor + 4001", "what_is_disputed_is_left"),
        ("UPDATE order_dispute SET open_minor = 1", "dispute_has_open_what_is_undecided"),
        ("UPDATE order_dispute SET status = 'LOST', open_minor = 0", "lost_dispute_has_a_bearer"),
        ("UPDATE order_dispute SET status = 'DEFENDED'", "dispute_is_defended_at_a_time"),
        ("UPDATE order_dispute SET defended_at = now()", "dispute_is_defended_at_a_time"),
        ("UPDATE order_dispute SET status = 'FOUGHT', open_minor = 0", "order_dispute_status_check"),
        ("UPDATE order_dispute_line SET reserved_minor = 1", "dispute_reserves_all_or_nothing"),
        ("UPDATE order_dispute_line SET reserved_minor = 0", "DISPUTE_UNEVEN"),
        ("UPDATE order_dispute_line SET amount_minor = 5999, reserved_minor = 5999", "DISPUTE_UNEVEN"),
        ("UPDATE order_head SET settled_minor = -1", "order_is_settled_forward"),
    ],
)
async def test_the_database_keeps_what_disputes_reserve(market: Market, statement: str, law: str) -> None:
    await split(market)
    await market.accept(charged("60.00"))

    with pytest.raises(asyncpg.PostgresError, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)


@pytest.mark.parametrize(
    ("end", "statement"),
    [
        (None, "UPDATE order_dispute SET status = 'NOTIFIED', defended_at = NULL"),
        (None, "UPDATE order_dispute SET defended_at = defended_at + interval '1 hour'"),
        (won(), "UPDATE order_dispute SET status = 'DEFENDED', open_minor = amount_minor"),
        (lost("SPLIT"), "UPDATE order_dispute SET liability = 'PLATFORM'"),
        (lost("SPLIT"), "UPDATE order_dispute SET status = 'WON', liability = ''"),
    ],
)
async def test_the_database_lets_no_dispute_go_back(market: Market, end: dict[str, Any] | None, statement: str) -> None:
    await split(market)
    await market.accept(charged("60.00"), defended(), *([end] if end else []))

    with pytest.raises(asyncpg.PostgresError, match="DISPUTE_UNDONE"):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)


def test_a_dispute_of_everything_leaves_nothing() -> None:
    state = LineState(
        "1", "CNY", 10_001, delivery=7, platform_discount=333, merchant_discount=222,
        split=Split(8_000, 1_000, 60, (500, 279), 0),
    )  # fmt: skip

    first = charge_back(state, amount=3_333)
    rest = state.after(first)
    second = charge_back(rest, amount=rest.paid_left)
    end = rest.after(second)

    assert (end.goods_left, end.delivery_left, end.paid_left, end.platform_discount_left) == (0, 0, 0, 0)
    assert end.shares_left == Split(0, 0, 0, (0, 0), 0)


async def test_a_dispute_that_is_too_large_with_its_fee_is_refused_at_the_fee(market: Market) -> None:
    await market.accept(paid("100.00"))

    (outcome,) = await market.record(charged("10.00", fee="9999999999990.01"))

    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.field) == ("AMOUNT_TOO_LARGE", ("fee",))
    assert outcome.error.facts["limit"] == "9999999999990.00"


async def test_an_order_is_unfrozen_however_much_its_disputes_have_cost(market: Market) -> None:
    # Of 99.40 the channel takes three times what a line can carry at most.
    most = "9999999999990.00"
    await market.accept(paid("100.00"), *(charged("10.00", name, fee=most) for name in "XYZ"))

    await market.accept(UNFROZEN)

    assert await market.net("1100, 1105, 1130") == [0, 3 * 10**15 - 9_940, -3_000]
    lines = await market.rows("SELECT count(*) FROM line WHERE sequence = (SELECT max(sequence) FROM entry)")
    assert [row["count"] for row in lines] == [6]
