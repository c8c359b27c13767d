"""Orders, traces, plans, suspense and history, as an operator and as the parties of an order see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.charging.parsing import parse_event
from ledger.charging.recording import record_order_events
from tests.app.api.gateway import Desk
from tests.ledger.charging.market import ACTOR, Market
from tests.oracle.small_world import SUCCEEDED, item, later, paid, plan, refunded

LINES = (item("100.00", line="1"), item("50.00", line="2", merchant="M2", delivery="5.00"))


@pytest.fixture
async def market(desk: Desk) -> Market:
    """M1 sells for 100, M2 for 50 with delivery; D2 below D1 brought the customer; then 40 of M1's are refunded."""
    market = Market(desk.book.database, desk.book.platform_id)
    await market.publish(plan())
    await market.accept(paid("155.00", *LINES, referrer="D2"), SUCCEEDED, refunded("r1", "40.00"))
    return market


ORDER = """query ($reference: String) { order(reference: $reference) {
    reference legalEntity { reference } currency channel occurredAt status held { amount }
    captures { eventId channel channelTransaction }
    events { kind subject }
    lines {
        reference isSplit quantity goods { amount } refundedGoods { amount } delivery { amount }
        merchant { reference } agent { reference } distributors { reference }
        plan { name version } channelFee { charged { amount } recovered { amount } }
        split { shares {
            role accountCode standing receiver { reference }
            amount { amount } tax { amount } returned { amount } remaining { amount }
        } }
        entries { kind }
    }
    refunds { reference status payable { amount }
        lines { lineReference amount { amount } cash { amount } entry { kind } } }
    entries { kind documentLine }
} }"""


def shares(line: dict[str, Any]) -> list[tuple[str, str | None, str, str]]:
    return [
        (
            share["role"],
            share["receiver"] and share["receiver"]["reference"],
            share["amount"]["amount"],
            share["returned"]["amount"],
        )
        for share in line["split"]["shares"]
    ]


SPLITTABLE = """query ($reference: String) { order(reference: $reference) {
    splittable { amount { amount currency } frozenUntil } } }"""


async def test_what_a_channel_still_lets_be_split_is_what_is_left_up_to_its_cap_until_it_lets_go(desk: Desk):
    market = Market(desk.book.database, desk.book.platform_id)
    await market.publish({**plan(), "commission": {"default": "0.08", "taxInside": "0.06"}})
    paid_at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    frozen_until = f"{paid_at + timedelta(days=30):%Y-%m-%d}T00:00:00.000000Z"

    async def pay(order: str, channel: str, *, at: str, back: str = "") -> None:
        said = paid("100.00", key=f"{order} paid", channel=channel, at=at, referrer="D2")
        await market.accept({**said, "order": order})
        if back:
            await market.accept({**refunded("r1", back), "order": order, "id": f"{order} refunded"})

    async def splittable(order: str) -> tuple[str, str | None]:
        shown = (await desk.ask(SPLITTABLE, reference=order))["order"]["splittable"]
        return shown["amount"]["amount"], shown["frozenUntil"]

    await pay("free", "sandbox", at="2026-11-01T00:00:00Z", back="20.00")
    await pay("capped", "wechat", at=paid_at.isoformat(), back="20.00")
    await pay("nearly refunded", "wechat", at=paid_at.isoformat(), back="80.00")
    await pay("over", "wechat", at="2025-01-01T00:00:00Z")

    assert await splittable("free") == ("79.52", None)
    assert await splittable("capped") == ("30.00", frozen_until)
    assert await splittable("nearly refunded") == ("19.88", frozen_until)
    assert await splittable("over") == ("0.00", "2025-01-31T00:00:00.000000Z")
    await market.accept({**SUCCEEDED, "order": "free", "id": "free split", "occurredAt": "2026-11-02T00:00:00Z"})
    # The shares of the platform, two levels and the agent of 80.00 are 8, 5, 3 and 0.5 %.
    assert await splittable("free") == ("66.32", None)
    disputed = {"order": "free", "dispute": "X", "id": "free disputed", "amount": "10.00"}
    await market.accept({**later("order.charged_back"), **disputed})
    assert await splittable("free") == ("56.32", None)
    hidden = (await desk.ask(SPLITTABLE, reference="free", key=await desk.key_of("M1")))["order"]
    assert hidden == {"splittable": None}


async def test_each_payment_of_an_order_can_be_split_as_its_own_channel_says(desk: Desk):
    market = Market(desk.book.database, desk.book.platform_id)
    await market.publish({**plan(), "commission": {"default": "0.08", "taxInside": "0.06"}})
    paid_at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [f"{paid_at + timedelta(days=days):%Y-%m-%d}T00:00:00.000000Z" for days in (30, 180)]

    async def add(line: str, channel: str, at: str) -> None:
        event = paid("100.00", item("100.00", line=line), key=f"paid {line}", channel=channel, at=at, referrer="D2")
        await market.accept({**event, "order": "several"})

    async def splittable() -> tuple[str, str | None]:
        shown = (await desk.ask(SPLITTABLE, reference="several"))["order"]["splittable"]
        return shown["amount"]["amount"], shown["frozenUntil"]

    await add("1", "wechat", "2025-01-01T00:00:00Z")
    assert await splittable() == ("0.00", "2025-01-31T00:00:00.000000Z")
    await add("2", "wechat-ecommerce", paid_at.isoformat())
    assert await splittable() == ("30.00", ends[1])
    await add("3", "wechat", paid_at.isoformat())
    assert await splittable() == ("60.00", ends[0])
    await add("4", "sandbox", paid_at.isoformat())
    # All of the 100.00 but the fee.
    assert await splittable() == ("159.40", ends[0])


async def test_an_order_shows_its_lines_their_shares_and_what_was_refunded(desk: Desk, market: Market):
    order = (await desk.ask(ORDER, reference="O1"))["order"]

    first, second = order["lines"]
    assert (order["status"], order["held"]["amount"]) == ("CLAWED_BACK_PARTIAL", "0.00")
    assert order["legalEntity"] == {"reference": "LE"}
    assert order["captures"] == [{"eventId": "paid", "channel": "sandbox", "channelTransaction": "t"}]
    assert [event["kind"] for event in order["events"]] == ["order.paid", "order.split", "order.refunded"]
    assert (first["goods"], first["refundedGoods"]) == ({"amount": "100.00"}, {"amount": "40.00"})
    assert (first["merchant"], first["agent"]) == ({"reference": "M1"}, {"reference": "A11"})
    assert first["distributors"] == [{"reference": "D2"}, {"reference": "D1"}, None]
    assert first["plan"] == {"name": "test", "version": 1}
    assert first["channelFee"] == {"charged": {"amount": "0.60"}, "recovered": {"amount": "0.60"}}
    assert shares(first) == [
        ("MERCHANT", "M1", "83.50", "33.40"),
        ("PLATFORM", None, "8.00", "3.20"),
        ("LEVEL_1", "D2", "5.00", "2.00"),
        ("LEVEL_2", "D1", "3.00", "1.20"),
        ("AGENT", "A11", "0.50", "0.20"),
    ]
    assert [entry["kind"] for entry in first["entries"]] == ["SPLIT", "REFUND"]
    assert second["delivery"] == {"amount": "5.00"}
    assert order["refunds"] == [
        {
            "reference": "r1",
            "status": "OPEN",
            "payable": {"amount": "40.00"},
            "lines": [
                {
                    "lineReference": "1",
                    "amount": {"amount": "40.00"},
                    "cash": {"amount": "40.00"},
                    "entry": {"kind": "REFUND"},
                }
            ],
        }
    ]
    assert [entry["kind"] for entry in order["entries"]] == ["CAPTURE", "CHANNEL_FEE", "SPLIT", "SPLIT", "REFUND"]


TRACE = """query ($id: ID!) { trace(id: $id) {
    order { reference } orderLines { id reference plan { name validFrom } } captures { eventId } events { kind }
    entries { id kind documentLine }
} }"""


async def test_a_trace_leads_from_a_line_to_its_entries_and_from_each_of_them_back(desk: Desk, market: Market):
    found = await desk.ask('{ order(reference: "O1") { id lines { id } } }')
    line = found["order"]["lines"][0]["id"]

    forward = (await desk.ask(TRACE, id=line))["trace"]
    of_order = (await desk.ask(TRACE, id=found["order"]["id"]))["trace"]

    kinds = [(entry["kind"], entry["documentLine"]) for entry in forward["entries"]]
    assert kinds == [("CAPTURE", None), ("CHANNEL_FEE", None), ("SPLIT", "1"), ("REFUND", "1")]
    plan = {"name": "test", "validFrom": "2025-01-01"}
    assert forward["orderLines"] == [{"id": line, "reference": "1", "plan": plan}]
    assert forward["captures"] == [{"eventId": "paid"}]
    assert [event["kind"] for event in forward["events"]] == ["order.paid", "order.split", "order.refunded"]
    assert [each["reference"] for each in of_order["orderLines"]] == ["1", "2"]
    for entry in forward["entries"]:
        back = (await desk.ask(TRACE, id=entry["id"]))["trace"]
        assert back == (forward if entry["documentLine"] else of_order)


async def test_a_trace_of_an_entry_without_an_order_is_the_entry(desk: Desk):
    await desk.book.owe("M1", 5)
    (entry,) = (await desk.ask("{ entries { nodes { id } } }"))["entries"]["nodes"]

    trace = (await desk.ask(TRACE, id=entry["id"]))["trace"]

    assert (trace["order"], trace["captures"], trace["events"]) == (None, None, [])
    assert [each["id"] for each in trace["entries"]] == [entry["id"]]


async def test_orders_are_listed_newest_first_and_filtered(desk: Desk, market: Market):
    await market.accept(paid("7.00", item("7.00", merchant="M3"), key="p2", order="O2", at="2025-05-01T00:00:00Z"))

    async def listed(**given: str) -> list[str]:
        found = await desk.ask(
            "query ($filter: OrderFilterInput) { orders(filter: $filter) { nodes { reference } } }", filter=given
        )
        return [node["reference"] for node in found["orders"]["nodes"]]

    assert await listed() == ["O2", "O1"]
    assert await listed(party="M1") == ["O1"]
    assert await listed(party="D1") == ["O2", "O1"]
    assert await listed(party="D2") == ["O1"]
    assert await listed(status="FROZEN") == ["O2"]
    assert await listed(legalEntity="LE-JP") == []
    assert await listed(paidFrom="2025-04-01T00:00:00Z") == ["O2"]
    assert await listed(paidTo="2025-05-01T00:00:00Z") == ["O1"]


async def test_what_stands_open_of_orders_is_counted_by_age_and_listed_oldest_last(desk: Desk, market: Market):
    await market.accept(
        paid("7.00", item("7.00", merchant="M3"), key="p2", order="O2", at="2025-05-01T00:00:00Z"),
        {"event": "refund.paid", "id": "r1 paid", "order": "O1", "refund": "r1", "occurredAt": "2025-06-01T00:00:00Z"},
        {"event": "payment.unfrozen", "id": "u1", "order": "O1", "occurredAt": "2025-06-02T00:00:00Z"},
        paid("9.00", item("9.00", merchant="M3"), key="p3", order="O3", at="2025-07-01T00:00:00Z"),
        {**refunded("r3", "4.00"), "order": "O3", "id": "r3", "occurredAt": "2025-07-02T00:00:00Z"},
        {
            "event": "order.charged_back",
            "id": "c1",
            "order": "O1",
            "dispute": "D1",
            "amount": "10.00",
            "occurredAt": "2025-08-01T00:00:00Z",
        },
    )

    async def listed(waits_for: str) -> list[str]:
        query = "query ($for: OrderWaitsFor) { orders(filter: {waitsFor: $for}) { nodes { reference } } }"
        found = await desk.ask(query, **{"for": waits_for})
        return [node["reference"] for node in found["orders"]["nodes"]]

    queues = (await desk.ask("{ workQueues { queue count oldestSince } }"))["workQueues"]

    assert [(each["queue"], each["count"], each["oldestSince"][:10]) for each in queues] == [
        ("ORDERS_TO_SPLIT", 2, "2025-05-01"),
        ("ORDERS_TO_UNFREEZE", 2, "2025-05-01"),
        ("REFUNDS_TO_PAY", 1, "2025-07-02"),
        ("DISPUTES_TO_DECIDE", 1, "2025-08-01"),
    ]
    assert await listed("SPLIT") == ["O3", "O2"]
    assert await listed("UNFREEZING") == ["O3", "O2"]
    assert await listed("REFUND") == ["O3"]
    assert await listed("DISPUTE") == ["O1"]
    key = await desk.key_of("A2")
    assert await desk.refused("{ orders(filter: {waitsFor: REFUND}) { nodes { id } } }", key=key) == "INVALID_INPUT"


async def test_a_merchant_sees_its_line_of_an_order_and_its_own_share(desk: Desk, market: Market):
    order = (await desk.ask(ORDER, key=await desk.key_of("M1"), reference="O1"))["order"]

    (line,) = order["lines"]
    assert (order["status"], order["held"], order["captures"], line["plan"]) == (None, None, None, None)
    assert (line["reference"], line["merchant"], line["agent"]) == ("1", {"reference": "M1"}, None)
    assert line["distributors"] == [None, None, None]
    assert shares(line) == [("MERCHANT", "M1", "83.50", "33.40")]
    assert line["delivery"] == {"amount": "0.00"}
    assert order["refunds"][0]["payable"] is None
    assert order["refunds"][0]["lines"][0]["amount"] == {"amount": "40.00"}
    assert [entry["kind"] for entry in order["entries"]] == ["SPLIT", "REFUND"]


async def test_a_distributor_sees_goods_and_its_shares_of_every_line_it_brought(desk: Desk, market: Market):
    key = await desk.key_of("D2")
    order = (await desk.ask(ORDER, key=key, reference="O1"))["order"]

    assert [shares(line) for line in order["lines"]] == [
        [("LEVEL_1", "D2", "5.00", "2.00")],
        [("LEVEL_1", "D2", "2.50", "0.00")],
    ]
    assert [(line["merchant"], line["delivery"], line["channelFee"]) for line in order["lines"]] == [(None,) * 3] * 2
    assert [line["cash"] for line in order["refunds"][0]["lines"]] == [None]
    assert [line["goods"]["amount"] for line in order["lines"]] == ["100.00", "50.00"]


async def test_a_merchant_sees_no_refund_and_no_order_of_others(desk: Desk, market: Market):
    await market.accept(paid("7.00", item("7.00", merchant="M3"), key="p2", order="O2"))
    key = await desk.key_of("A2")
    listed = "{ orders { nodes { reference refunds { reference } lines { reference } } } }"
    ids = await desk.ask('{ order(reference: "O2") { id lines { id } } }')

    shown = await desk.ask(listed, key=key)
    hidden = await desk.ask(ORDER, key=key, reference="O2")
    traces = [
        (await desk.ask(TRACE, key=key, id=each))["trace"]
        for each in (ids["order"]["id"], ids["order"]["lines"][0]["id"])
    ]

    assert shown["orders"]["nodes"] == [{"reference": "O1", "refunds": [], "lines": [{"reference": "2"}]}]
    assert hidden == {"order": None}
    assert traces == [None, None]
    assert await desk.refused("{ orders(filter: {status: FROZEN}) { nodes { id } } }", key=key) == "INVALID_INPUT"


async def test_plans_are_for_those_who_see_the_platform(desk: Desk, market: Market):
    await market.publish(plan("2026-01-01"))
    query = "{ feePlans { nodes { name version validFrom content } } }"

    found = (await desk.ask(query))["feePlans"]["nodes"]

    assert [(each["version"], each["validFrom"]) for each in found] == [(2, "2026-01-01"), (1, "2025-01-01")]
    assert "distribution" in found[0]["content"]
    assert (await desk.ask(query, key=await desk.key_of("M1")))["feePlans"]["nodes"] == []


async def test_what_waits_in_suspense_is_listed_until_it_is_released(desk: Desk, market: Market):
    await market.close("D1")
    await market.accept(
        paid("100.00", item("100.00"), key="p2", order="O2", referrer="D2"),
        {**SUCCEEDED, "id": "s2", "order": "O2"},
    )
    query = """query ($status: SuspenseStatus) { suspenseItems(filter: {status: $status}) { nodes {
        number orderReference role amount { amount } status owner { reference } orderLine { reference }
    } } }"""

    (waiting,) = (await desk.ask(query, status="OPEN"))["suspenseItems"]["nodes"]
    own = (await desk.ask(query, status="OPEN", key=await desk.key_of("D1")))["suspenseItems"]["nodes"]
    others = (await desk.ask(query, status="OPEN", key=await desk.key_of("M1")))["suspenseItems"]["nodes"]
    await market.release(int(waiting["number"]), "OWNER")

    assert {**waiting, "number": None} == {
        "number": None,
        "orderReference": "O2",
        "role": "LEVEL_2",
        "amount": {"amount": "3.00"},
        "status": "OPEN",
        "owner": {"reference": "D1"},
        "orderLine": {"reference": "1"},
    }
    assert own == [{**waiting, "number": None}]
    assert others == []
    assert (await desk.ask("{ suspenseItems { nodes { number } } }"))["suspenseItems"]["nodes"] == []
    assert len((await desk.ask(query, status=None))["suspenseItems"]["nodes"]) == 1


HISTORY = """query ($types: [String!], $party: String, $after: String) {
    events(types: $types, party: $party, first: 100, after: $after) { edges { cursor node {
        kind subject parties { reference } entry { kind } entries { kind }
    } } }
}"""


async def test_what_waits_in_suspense_for_too_long_says_so_and_is_counted(desk: Desk, market: Market):
    await market.close("D1")
    for order, now in (("O2", datetime(2025, 5, 1, tzinfo=UTC)), ("O3", datetime.now(UTC))):
        events = [
            parse_event(document)
            for document in (
                paid("100.00", item("100.00"), key=f"{order} paid", order=order, referrer="D2"),
                {**SUCCEEDED, "id": f"{order} succeeded", "order": order},
            )
        ]
        async with desk.book.database.write(desk.book.platform_id) as conn:
            await record_order_events(conn, events=events, actor=ACTOR, now=now)

    items = (await desk.ask("{ suspenseItems { nodes { orderReference isOverdue } } }"))["suspenseItems"]["nodes"]
    queues = {each["queue"]: each for each in (await desk.ask("{ workQueues { queue count older } }"))["workQueues"]}

    assert [(each["orderReference"], each["isOverdue"]) for each in items] == [("O2", True), ("O3", False)]
    assert (queues["SUSPENSE"]["count"], queues["SUSPENSE_OVERDUE"]["count"]) == (2, 1)


async def test_history_tells_what_happened_in_the_order_of_the_log(desk: Desk, market: Market):
    def kinds(answer: dict[str, Any]) -> list[str]:
        return [edge["node"]["kind"] for edge in answer["events"]["edges"]]

    whole = await desk.ask(HISTORY)
    orders = await desk.ask(HISTORY, types=["order.paid", "order.split"])
    of_m1 = await desk.ask(HISTORY, party="M1", types=["entry.posted", "order.refunded"])
    rest = await desk.ask(HISTORY, after=whole["events"]["edges"][-2]["cursor"])

    assert kinds(whole)[-8:] == [
        "entry.posted",
        "entry.posted",
        "order.paid",
        "entry.posted",
        "entry.posted",
        "order.split",
        "entry.posted",
        "order.refunded",
    ]
    assert kinds(orders) == ["order.paid", "order.split"]
    assert kinds(of_m1) == ["entry.posted", "entry.posted", "order.refunded"]
    assert kinds(rest) == ["order.refunded"]
    assert [entry["kind"] for entry in orders["events"]["edges"][1]["node"]["entries"]] == ["SPLIT", "SPLIT"]
    assert await desk.refused(HISTORY, types=["nothing"]) == "INVALID_INPUT"


async def test_a_party_reads_the_history_of_its_subtree(desk: Desk, market: Market):
    found = (await desk.ask(HISTORY, key=await desk.key_of("A1")))["events"]["edges"]

    kinds = [edge["node"]["kind"] for edge in found]
    assert kinds == [
        *["party.registered"] * 4,
        "order.paid",
        "entry.posted",
        "order.split",
        "entry.posted",
        "order.refunded",
    ]
    assert [edge["node"]["entry"] for edge in found if edge["node"]["entry"]] == [{"kind": "SPLIT"}, {"kind": "REFUND"}]
    concerned = {party["reference"] for edge in found for party in edge["node"]["parties"]}
    assert concerned == {"A1", "A11", "M1", "M3"}
