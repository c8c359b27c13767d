"""Payments, splits and refunds as they stand in the book. Decimals go in, cents come out."""

import json
from datetime import timedelta

import pytest

from ledger.charging import recording
from ledger.charging.errors import BatchRefused
from ledger.charging.recording import Recorded
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft, Posted, Refused, Side
from ledger.journal.posting import post_entries
from tests.ledger.charging.market import ACTOR, NOW, Market, codes
from tests.oracle.small_world import SUCCEEDED, UNFROZEN, Event, item, later, paid, plan, refunded

SHARES = "2010 M1, 4000, 2105, 2041 D1, 2042 D2, 2043 D3, 2020 A1, 4030 M1"
KEPT: tuple[tuple[str, Side], ...] = (("1010", DEBIT), ("3000", CREDIT))
COUPON = {"code": "C", "amount": "10.00", "bornBy": "PLATFORM"}
PAID_1, REJECTED_1 = later("refund.paid", refund="1"), later("refund.rejected", refund="1")


def again(event: Event, order: str) -> Event:
    """The same event of another order."""
    return {**event, "order": order, "id": f"{order} {event['id']}"}


async def test_an_order_is_split_among_everyone(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED)

    assert await market.net(SHARES) == [8_190, 755, 45, 500, 300, 100, 50, 60]
    assert await market.net("1100, 2000, 5010") == [-9_940, 0, -60]
    assert [(template, line) for template, line, _ in (await market.entries())["O1"]] == [
        ("CAPTURE", ""),
        ("CHANNEL_FEE", ""),
        ("SPLIT", "1"),
    ]


async def test_the_pool_is_floored_and_the_rest_is_the_merchants(market: Market) -> None:
    await market.accept(paid("99.99", item("99.99", merchant="M2")), SUCCEEDED)

    assert await market.net("2010 M2, 4000, 2105, 2041 D1, 2042 D2, 2043 D3, 4030 M2") == [
        8_300 - 60,
        755,
        45,
        499,
        300,
        100,
        60,
    ]


@pytest.mark.parametrize(
    ("missing", "shares"),
    [
        ("RESIDUAL", [8_650, 755, 45, 500, 0, 0, 50]),
        ("TO_PLATFORM", [8_250, 1_132, 68, 500, 0, 0, 50]),
        ("ROLL_UP", [8_250, 755, 45, 900, 0, 0, 50]),
    ],
)
async def test_a_missing_level_leaves_its_share_as_the_plan_says(
    database: object, missing: str, shares: list[int]
) -> None:
    rules = plan(missingLevel=missing)
    rules["channelFee"]["rate"] = "0"
    market = await Market.open(database, plans=[rules])  # type: ignore[arg-type]  # the fixture's type is its own

    await market.accept(paid("100.00", referrer="D3"), SUCCEEDED)

    assert await market.net("2010 M1, 4000, 2105, 2041 D3, 2042 D2, 2043 D1, 2020 A1") == shares


async def test_who_buys_through_his_own_link_is_a_missing_level(database: object) -> None:
    market = await Market.open(database, plans=[plan(selfPurchase="FORBID_SELF")])  # type: ignore[arg-type]

    await market.accept(paid("100.00", buyer="D1"), SUCCEEDED)

    assert await market.net("2041 D1, 2042 D2, 2043 D3") == [0, 300, 100]
    assert [tuple(row["chain"][:1]) for row in await market.rows("SELECT chain FROM order_line")] == [(None,)]


async def test_a_channel_that_caps_what_is_split_off_refuses_the_payment(database: object) -> None:
    rules = plan()
    rules["commission"]["default"] = "0.25"
    market = await Market.open(database, plans=[rules])  # type: ignore[arg-type]

    assert await market.refuse(paid("100.00", channel="wechat")) == "SPLIT_RATIO_EXCEEDED"
    await market.accept(paid("100.00", channel="card"))


async def test_a_refund_before_the_split_leaves_less_to_split(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("1", "30.00"), SUCCEEDED)

    assert await market.net(SHARES) == [5_775 - 42, 528, 32, 350, 210, 70, 35, 42]
    assert await market.net("2000, 2070") == [0, 3_000]


async def test_a_refund_after_the_split_takes_back_from_everyone(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "30.00"))

    # The recovered channel fee stays.
    assert await market.net(SHARES) == [5_775 - 60, 528, 32, 350, 210, 70, 35, 60]
    shares = await market.rows("SELECT rank, returned_minor, returned_tax_minor FROM order_share ORDER BY rank")
    assert [row["returned_minor"] for row in shares] == [2_475, 240, 150, 90, 30, 15]
    assert [row["returned_tax_minor"] for row in shares] == [0, 13, 0, 0, 0, 0]


async def test_the_order_of_refund_and_split_decides_the_last_cent(market: Market) -> None:
    without_agent = paid("99.99", item("99.99", merchant="M2"))
    names = "2010 M2, 2041 D1, 2042 D2, 2043 D3"

    await market.accept(without_agent, SUCCEEDED, refunded("1", "33.33"))
    after = await market.net(names)
    before_split = [again(event, "O2") for event in (without_agent, refunded("1", "33.33"), SUCCEEDED)]
    await market.accept(*before_split)
    both = await market.net(names)

    assert after == [5_533 - 60, 333, 200, 67]
    assert [whole - part for whole, part in zip(both, after, strict=True)] == [5_534 - 40, 333, 200, 66]


async def test_three_refunds_of_a_third_leave_everyone_at_zero(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED)
    before = await market.net(SHARES)
    steps = []
    for refund, amount in (("1", "33.33"), ("2", "33.33"), ("3", "33.34")):
        await market.accept(refunded(refund, amount))
        after = await market.net(SHARES)
        steps.append([old - new for old, new in zip(before, after, strict=True)])
        before = after

    assert steps == [
        [2_750, 251, 15, 167, 100, 33, 17, 0],
        [2_750, 252, 15, 166, 100, 33, 17, 0],
        [2_750, 252, 15, 167, 100, 34, 16, 0],
    ]
    assert before == [-60, 0, 0, 0, 0, 0, 0, 60]
    assert [row["status"] for row in await market.rows("SELECT status FROM order_head")] == ["CLAWED_BACK_FULL"]


async def test_fourteen_hundred_tiny_refunds_give_back_exactly_the_original(market: Market) -> None:
    tiny = [refunded(str(number), "0.07") for number in range(1_428)]
    await market.accept(paid("100.00"), SUCCEEDED, *tiny, refunded("last", "0.04"))

    assert await market.net(SHARES) == [-60, 0, 0, 0, 0, 0, 0, 60]
    assert await market.net("2070") == [10_000]
    assert await market.refuse(refunded("more", "0.01")) == "REFUND_EXCEEDS_REMAINING"


async def test_a_cent_above_what_is_left_is_refused(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "60.00"))

    assert await market.refuse(refunded("2", "40.01")) == "REFUND_EXCEEDS_REMAINING"
    assert await market.refuse(refunded("2", "1.00", delivery="0.01")) == "REFUND_EXCEEDS_REMAINING"
    await market.accept(refunded("2", "40.00"))


async def test_a_refund_uses_the_rates_of_its_own_capture(market: Market) -> None:
    second = paid("100.00", item("100.00", line="2", category="fifteen"), key="paid again")
    await market.accept(paid("100.00", item("100.00", category="ten")), second, SUCCEEDED)

    await market.accept(refunded("1", "100.00"))

    (entry,) = [sides for template, _, sides in (await market.entries())["O1"] if template == "REFUND"]
    assert entry["4000", ""][0] + entry["2105", ""][0] == 1_000


async def test_a_coupon_is_the_platforms_cost_and_comes_back_with_the_goods(market: Market) -> None:
    lines = [item(goods, line=line) for goods, line in (("33.34", "1"), ("33.33", "2"), ("33.33", "3"))]
    await market.accept(paid("90.00", *lines, discounts=[COUPON]), refunded("1", "33.33", line="2"))

    refund = (await market.entries())["O1"][-1]
    assert refund == ("REFUND", "2", {("2000", ""): (3_333, 0), ("2070", ""): (0, 3_000), ("5020", ""): (0, 333)})


async def test_a_payment_that_is_all_coupon_moves_no_money_of_the_buyers(market: Market) -> None:
    coupon = {"code": "C", "amount": "50.00", "bornBy": "PLATFORM"}
    await market.accept(paid("0.00", item("50.00"), discounts=[coupon]), SUCCEEDED)

    assert await market.net("1100, 5020, 2000, 2010 M1, 5010") == [0, -5_000, 0, 4_125, 0]


async def test_delivery_is_the_merchants_and_comes_back_from_him_alone(market: Market) -> None:
    await market.accept(paid("106.00", item("100.00", delivery="6.00")), SUCCEEDED)

    await market.accept(refunded("1", "0.00", delivery="6.00"))

    assert (await market.entries())["O1"][-1] == ("REFUND", "1", {("2010", "M1"): (600, 0), ("2070", ""): (0, 600)})


async def test_a_refund_of_nothing_is_refused(market: Market) -> None:
    await market.accept(paid("106.00", item("100.00", delivery="6.00")))

    assert await market.refuse(refunded("1", "0.00")) == "AMOUNT_NOT_POSITIVE"
    assert await market.refuse(refunded("1", "0.00", delivery="0.00")) == "AMOUNT_NOT_POSITIVE"
    assert await market.refuse(refunded("1", "1.000")) == "AMOUNT_TOO_PRECISE"


async def test_a_refund_is_paid_from_frozen_money_and_from_free_money_once_unfrozen(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "10.00"), refunded("2", "10.00"))

    await market.accept(PAID_1, UNFROZEN, later("refund.paid", refund="2"))

    assert await market.net("2070, 1100, 1105") == [0, 0, -(9_940 - 2_000)]
    heads = await market.rows("SELECT status, held_minor, frozen_minor, is_unfrozen FROM order_head")
    assert [tuple(row) for row in heads] == [("CLAWED_BACK_PARTIAL", 0, 0, True)]


async def test_what_the_channel_gives_back_of_its_fee_is_passed_on_to_who_bore_it(market: Market) -> None:
    returned = later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.20"}])
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "33.33"), returned)

    assert await market.net("5010, 4030 M1, 1105") == [-40, 40, -20]
    more = {**returned, "id": "more", "lines": [{"line": "1", "amount": "0.41"}]}
    assert await market.refuse(more) == "CHANNEL_FEE_EXCEEDS_CHARGED"


async def test_a_fee_that_came_back_before_the_split_is_in_what_the_merchant_bears_of_it(market: Market) -> None:
    """He bears the fee on what is left, and nothing of it was recovered before: there is nothing to pass on."""
    returned = later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.18"}])
    await market.accept(paid("100.00"), refunded("1", "30.00"), returned)
    assert await market.net("5010, 4030 M1, 2010 M1") == [-42, 0, 0]

    await market.accept(SUCCEEDED)

    assert await market.net("5010, 4030 M1") == [-42, 42]


async def test_a_fee_that_comes_back_after_the_split_for_a_refund_before_it_stays_with_the_platform(
    market: Market,
) -> None:
    before = later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.18"}])
    since = later("channel.fee_returned", refund="2", lines=[{"line": "1", "amount": "0.12"}])
    await market.accept(paid("100.00"), refunded("1", "30.00"), SUCCEEDED, refunded("2", "20.00"))

    await market.accept(before)
    assert await market.net("5010, 4030 M1") == [-42, 42]
    await market.accept(since)
    assert await market.net("5010, 4030 M1") == [-30, 30]

    # What nobody else bore was his.
    rest = [{"line": "1", "amount": "0.10"}]
    await market.accept({**before, "id": "more", "lines": rest})
    assert await market.net("5010, 4030 M1") == [-20, 20]


async def test_a_rejected_refund_gives_everyone_back_what_he_had(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED)
    before = await market.net(SHARES)
    await market.accept(refunded("1", "33.33"), REJECTED_1)

    assert await market.net(SHARES) == before
    mirrors = await market.rows(
        "SELECT e.template, o.template AS of FROM entry AS e INNER JOIN entry AS o ON o.sequence = e.reversal_of"
    )
    assert [tuple(row) for row in mirrors] == [("REFUND_REJECTED", "REFUND")]
    # So the next refund of the same amount takes the same.
    await market.accept(refunded("2", "100.00"))
    assert await market.net(SHARES) == [-60, 0, 0, 0, 0, 0, 0, 60]


@pytest.mark.parametrize("size", [1, 500])
async def test_a_refund_from_before_the_split_that_is_rejected_after_it_is_split_at_once(
    market: Market, size: int
) -> None:
    events = [paid("100.00"), refunded("1", "30.00"), SUCCEEDED, REJECTED_1]

    assert codes(await market.record(*events, size=size)) == [""] * 4

    # The tax is taken of each part: 0.32 of 5.60 and 0.14 of 2.40.
    assert await market.net(SHARES) == [8_250 - 60, 754, 46, 500, 300, 100, 50, 60]
    assert await market.net("2000, 2070") == [0, 0]


@pytest.mark.parametrize("between", [[], [refunded("2", "40.00")], [refunded("2", "70.00"), UNFROZEN]])
async def test_what_is_split_later_bears_the_channels_fee_whatever_was_refunded_between(
    market: Market, between: list[Event]
) -> None:
    await market.accept(paid("100.00"), refunded("1", "30.00"), SUCCEEDED)
    assert await market.net("4030 M1") == [42]

    await market.accept(*between, REJECTED_1)

    # Everything was split, and what came back after that lowers no fee.
    assert await market.net("4030 M1, 5010") == [60, -60]
    (split,) = await market.rows("SELECT metadata FROM entry WHERE template = 'SPLIT' ORDER BY sequence DESC LIMIT 1")
    (fee,) = [each for each in json.loads(split["metadata"])["fees"] if each["item"] == "CHANNEL_FEE"]
    assert (fee["amount"], fee["base"], fee["exact"]) == (-18, 3_000, "18")


@pytest.mark.parametrize(
    ("code", "before", "event"),
    [
        ("ORDER_MISSING", [], SUCCEEDED),
        ("PARTY_OF_KIND_MISSING", [], paid("100.00", item("100.00", merchant="nobody"))),
        ("PARTY_OF_KIND_MISSING", [], paid("100.00", item("100.00", merchant="D1"))),
        ("PARTY_OF_KIND_MISSING", [], paid("100.00", referrer="M1")),
        ("PARTY_OF_KIND_MISSING", [], paid("100.00", settlementEntity="A1")),
        ("NO_PLAN_IN_FORCE", [], paid("100.00", at="2024-12-31T15:59:59Z")),
        ("AMOUNT_MISMATCH", [], paid("100.00", item("99.99"))),
        ("DISCOUNT_EXCEEDS_GOODS", [], paid("0.00", item("1.00"), discounts=[COUPON])),
        ("IDEMPOTENCY_CONFLICT", [paid("100.00")], paid("99.00")),
        ("LINE_EXISTS", [paid("100.00")], paid("100.00", key="again")),
        ("ORDER_MISMATCH", [paid("100.00")], paid("1.00", item("1.00", line="2"), key="2", currency="USD")),
        ("ORDER_ALREADY_SUCCEEDED", [paid("100.00"), SUCCEEDED], {**SUCCEEDED, "id": "again"}),
        ("ORDER_ALREADY_SUCCEEDED", [paid("100.00"), SUCCEEDED], paid("1.00", item("1.00", line="2"), key="2")),
        ("ORDER_ALREADY_UNFROZEN", [paid("100.00"), UNFROZEN], {**UNFROZEN, "id": "again"}),
        ("ORDER_LINE_MISSING", [paid("100.00")], refunded("1", "1.00", line="2")),
        ("REFUND_EXISTS", [paid("100.00"), refunded("1", "1.00")], {**refunded("1", "1.00"), "id": "again"}),
        ("REFUND_MISSING", [paid("100.00")], PAID_1),
        ("REFUND_ALREADY_PAID", [paid("100.00"), refunded("1", "1.00"), PAID_1], REJECTED_1),
        ("REFUND_ALREADY_REJECTED", [paid("100.00"), refunded("1", "1.00"), REJECTED_1], PAID_1),
    ],
)  # fmt: skip
async def test_an_event_that_contradicts_what_is_known_changes_nothing(
    market: Market, code: str, before: list[Event], event: Event
) -> None:
    await market.accept(*before)

    assert await market.refuse(event) == code


async def test_a_closed_merchant_takes_no_new_order_and_keeps_the_old_ones(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.close("M1")

    assert await market.refuse(again(paid("100.00"), "O2")) == "PARTY_NOT_ACTIVE"
    await market.accept(SUCCEEDED, refunded("1", "10.00"))


async def test_the_same_event_again_is_known_and_says_where_it_stands(market: Market) -> None:
    once = [paid("100.00"), SUCCEEDED, refunded("1", "10.00")]
    first = await market.record(*once)
    rows = await market.count_rows()

    second = await market.record(*once)

    assert await market.count_rows() == rows
    places = [(o.event_id, o.order, o.sequence) for o in first if isinstance(o, Recorded)]
    assert [(o.event_id, o.order, o.sequence) for o in second if isinstance(o, Recorded)] == places
    assert [o.replayed for o in second if isinstance(o, Recorded)] == [True] * 3
    log = await market.rows("SELECT sequence FROM log_event WHERE subject = 'order/O1' ORDER BY sequence")
    assert [row["sequence"] for row in log] == [sequence for _, _, sequence in places]


async def test_a_refused_event_may_come_again_under_the_same_id(market: Market) -> None:
    assert await market.refuse(SUCCEEDED) == "ORDER_MISSING"

    await market.accept(paid("100.00"), SUCCEEDED)


async def test_a_refused_event_leaves_its_neighbours_in_the_batch_alone(market: Market) -> None:
    outcomes = await market.record(
        paid("100.00"),
        {**paid("1.00"), "surprise": 1},
        again(SUCCEEDED, "O2"),
        again(paid("100.00"), "O2"),
        refunded("1", "100.01"),
        paid("100.00"),
        SUCCEEDED,
        paid("99.00"),
        again(SUCCEEDED, "O2"),
    )

    assert codes(outcomes) == [
        "", "INVALID_INPUT", "ORDER_MISSING", "", "REFUND_EXCEEDS_REMAINING", "", "", "IDEMPOTENCY_CONFLICT", "",
    ]  # fmt: skip
    assert isinstance(outcomes[5], Recorded)
    assert outcomes[5].replayed
    assert await market.net("2010 M1, 2000") == [2 * 8_190, 0]


async def test_every_event_is_in_the_log_with_its_parties_and_entries(market: Market) -> None:
    returned = later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.20"}])
    await market.accept(
        paid("100.00"), SUCCEEDED, refunded("1", "30.00"), refunded("2", "1.00"), PAID_1,
        later("refund.rejected", refund="2"), returned, UNFROZEN,
    )  # fmt: skip

    log = await market.rows("SELECT kind, parties, payload FROM log_event WHERE subject = 'order/O1' ORDER BY sequence")
    assert [row["kind"] for row in log] == [
        "order.paid", "order.split", "order.refunded", "order.refunded", "refund.paid", "refund.rejected",
        "channel.fee_returned", "payment.unfrozen",
    ]  # fmt: skip
    names = await market.rows("SELECT party_id, reference FROM party")
    ids = {row["reference"]: row["party_id"] for row in names}
    assert {tuple(sorted(row["parties"])) for row in log} == {
        tuple(sorted(ids[name] for name in ("LE", "M1", "A1", "D1", "D2", "D3")))
    }
    payload = json.loads(log[2]["payload"])
    entry = await market.rows("SELECT sequence FROM entry WHERE template = 'REFUND' ORDER BY sequence LIMIT 1")
    assert payload == {
        "order": "O1", "event": "order.refunded 1", "legalEntity": "LE", "currency": "CNY", "refund": "1",
        "amount": "30.00", "status": "CLAWED_BACK_PARTIAL", "entries": [entry[0]["sequence"]],
    }  # fmt: skip


async def test_an_event_that_moves_nothing_writes_a_log_record_only(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("1", "100.00"))
    entries = (await market.rows("SELECT count(*) AS n FROM entry"))[0]["n"]

    await market.accept(SUCCEEDED)

    assert (await market.rows("SELECT count(*) AS n FROM entry"))[0]["n"] == entries
    log = await market.rows("SELECT payload FROM log_event WHERE kind = 'order.split'")
    assert "entries" not in json.loads(log[0]["payload"])


async def test_an_order_is_at_most_what_one_line_carries_so_that_it_can_be_unfrozen(market: Market) -> None:
    whole = "10000000000000.00"
    await market.accept(paid("9999999999999.99"))
    rows = await market.count_rows()

    refused = await market.record(paid("0.02", item("0.02", line="2"), key="more"))
    assert [refusal.error.code for refusal in refused if isinstance(refusal, Refused)] == ["AMOUNT_TOO_LARGE"]
    assert await market.count_rows() == rows

    await market.accept(paid("0.01", item("0.01", line="2"), key="last"), SUCCEEDED, UNFROZEN)
    assert await market.net("1100, 2000") == [0, 0]
    coupon = {"code": "C", "amount": "1.00", "bornBy": "PLATFORM"}
    line = item(whole, line="1", delivery="1.00")
    large = {**paid(whole, line, key="large"), "order": "O2", "discounts": [coupon]}
    refused = await market.record(large)
    assert [refusal.error.code for refusal in refused if isinstance(refusal, Refused)] == ["AMOUNT_TOO_LARGE"]


async def test_the_business_date_is_the_legal_entitys_and_moves_off_a_closed_day(market: Market) -> None:
    # LE stands under an operator in Asia/Shanghai, where this instant is the second of March.
    await market.accept(paid("100.00", at="2025-03-01T16:00:00Z"))

    dates = await market.rows("SELECT DISTINCT business_date::text FROM entry")
    assert [row["business_date"] for row in dates] == ["2025-03-02"]


async def test_a_line_whose_name_has_slashes_cannot_take_the_key_of_another_event(market: Market) -> None:
    line = item("1.00", line="b/c")
    await market.accept(paid("1.00", line, key="a1"), {**SUCCEEDED, "id": "a"})
    twin = {**paid("1.00", item("1.00", line="c"), key="a2"), "order": "O2"}
    await market.accept(twin, {**SUCCEEDED, "id": "a/b", "order": "O2"})

    keys = await market.rows("SELECT idempotency_key FROM entry WHERE template = 'SPLIT' ORDER BY sequence")
    assert [row["idempotency_key"] for row in keys] == ["a/b%2Fc/SPLIT", "a/b/c/SPLIT"]


async def test_a_line_of_nothing_but_slashes_can_be_split_and_refunded(market: Market) -> None:
    name, other = "/" * 200, "/" * 199 + "%"
    lines = [item("100.00", line=name), item("100.00", line=other)]

    await market.accept(paid("200.00", *lines), {**SUCCEEDED, "id": "s" * 200}, refunded("1", "100.00", line=name))

    assert await market.net("2000, 2070") == [0, 10_000]


async def test_what_the_journal_refuses_is_the_outcome_of_a_single_event(market: Market) -> None:
    await market.accept(paid("100.00"))
    await _take_key(market, "unfrozen//UNFREEZE")

    (outcome,) = await market.record({**UNFROZEN, "id": "unfrozen"})

    assert codes([outcome]) == ["IDEMPOTENCY_CONFLICT"]
    assert await market.net("1105") == [0]


async def test_what_the_journal_refuses_stops_a_batch_and_names_the_event(market: Market) -> None:
    await market.accept(paid("100.00"))
    await _take_key(market, "unfrozen//UNFREEZE")
    rows = await market.count_rows()

    with pytest.raises(BatchRefused) as refused:
        await market.record(again(paid("1.00"), "O2"), SUCCEEDED, {**UNFROZEN, "id": "unfrozen"})

    assert (refused.value.place, refused.value.event_id) == (2, "unfrozen")
    assert refused.value.error.code == "IDEMPOTENCY_CONFLICT"
    assert await market.count_rows() == rows


async def test_a_refusal_of_a_later_stretch_names_its_event_and_takes_the_whole_batch_back(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "ENTRIES_AT_ONCE", 20)
    await _take_key(market, "O7 unfrozen//UNFREEZE")
    rows = await market.count_rows()
    orders = [f"O{number}" for number in range(50)]  # of two entries each
    unfrozen = {**UNFROZEN, "id": "unfrozen"}

    with pytest.raises(BatchRefused) as refused:
        await market.record(*(again(paid("1.00"), order) for order in orders), again(unfrozen, "O7"), SUCCEEDED)

    assert (refused.value.place, refused.value.event_id) == (len(orders), "O7 unfrozen")
    assert await market.count_rows() == rows


async def _take_key(market: Market, key: str) -> None:
    """Somebody else posts under the key that an event will need."""
    async with market.database.write(market.platform_id) as conn:
        book_id = await conn.fetchval("SELECT book_id FROM book")
        lines = tuple(LineDraft(AccountKey(book_id, code, None, "CNY"), side, 1) for code, side in KEPT)
        (posted,) = await post_entries(conn, drafts=[EntryDraft(key, book_id, NOW.date(), lines)], actor=ACTOR)
    assert isinstance(posted, Posted)


async def test_what_is_said_to_have_happened_years_ahead_is_refused_and_leaves_its_neighbours(market: Market) -> None:
    far, near = NOW + timedelta(days=401), NOW + timedelta(days=399)
    first, second = paid("100.00"), again(paid("100.00"), "O2")

    outcomes = await market.record({**first, "occurredAt": far.isoformat()}, {**second, "occurredAt": near.isoformat()})

    assert codes(outcomes) == ["DATE_TOO_FAR_AHEAD", ""]
    assert list(await market.entries()) == ["O2"]
