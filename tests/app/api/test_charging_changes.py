"""Mutations of charging, over the gateway: plans and order events."""

from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key

PUBLISH = """mutation($document: JSON!) { publishFeePlan(input: {document: $document}) {
    replayed name version validFrom userErrors { code field } } }"""
RECORD = """mutation($events: [JSON!]!) { recordOrderEvents(input: {events: $events}) {
    results { eventId replayed sequence userErrors { code field message retryable } } userErrors { code field } } }"""

PLAN = {
    "plan": "standard",
    "validFrom": "2025-01-01",
    "commission": {"default": "0.08", "taxInside": "0.06"},
    "distribution": {"rates": ["0.05", "0.03"]},
    "agent": {"rate": "0.005"},
    "channelFee": {"rate": "0.006"},
}


def paid(order: str, **more: Any) -> dict[str, Any]:
    return {
        "event": "order.paid",
        "id": f"{order}/paid",
        "order": order,
        "occurredAt": "2026-01-10T08:00:00Z",
        "settlementEntity": "LE",
        "currency": "CNY",
        "channel": "sandbox",
        "channelTransaction": f"tx-{order}",
        "amount": "110.00",
        "referrer": "D2",
        "lines": [
            {
                "line": "1",
                "merchant": "M1",
                "sku": "s",
                "category": "c",
                "quantity": 1,
                "goods": "100.00",
                "delivery": "10.00",
            }
        ],
        **more,
    }


def succeeded(order: str, **more: Any) -> dict[str, Any]:
    head = {"event": "order.succeeded", "id": f"{order}/succeeded", "order": order}
    return {**head, "occurredAt": "2026-01-20T08:00:00Z", **more}


async def record(desk: Desk, *events: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    return (await desk.ask(RECORD, events=list(events), key=key))["recordOrderEvents"]["results"]


async def publish(desk: Desk, **changes: Any) -> dict[str, Any]:
    return (await desk.ask(PUBLISH, document={**PLAN, **changes}))["publishFeePlan"]


async def test_a_plan_is_published_once(desk):
    first = await publish(desk)
    again = await publish(desk)
    other = await publish(desk, agent={"rate": "0.01"})

    assert first == {
        "replayed": False,
        "name": "standard",
        "version": 1,
        "validFrom": "2025-01-01",
        "userErrors": [],
    }
    assert again == {**first, "replayed": True}
    assert other["name"] is None
    assert other["userErrors"] == [{"code": "PLAN_CONFLICT", "field": ["document", "validFrom"]}]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"agent": {"rate": "1.5"}}, "RATE_INVALID", ["document", "agent", "rate"]),
        ({"surprise": 1}, "INVALID_INPUT", ["document", "surprise"]),
        ({"commission": {"default": "0.99"}}, "RATES_EXCEED_WHOLE", ["document"]),
        ({"distribution": {"rates": ["0.1"] * 4}}, "DEPTH_EXCEEDED", ["document", "distribution", "rates"]),
    ],
)
async def test_a_bad_plan_is_refused_by_name(desk, changes, code, field):
    answer = await publish(desk, **changes)

    assert answer["userErrors"] == [{"code": code, "field": field}]
    assert await desk.count("fee_plan") == 0


async def test_orders_are_paid_and_split_and_say_so_again(desk):
    await publish(desk)

    first = await record(desk, paid("O-1"), succeeded("O-1"), paid("O-2"))
    again = await record(desk, paid("O-1"), succeeded("O-1"), paid("O-2"))

    assert [result["eventId"] for result in first] == ["O-1/paid", "O-1/succeeded", "O-2/paid"]
    assert [result["userErrors"] for result in first] == [[], [], []]
    assert [result["replayed"] for result in first] == [False, False, False]
    assert again == [{**result, "replayed": True} for result in first]


async def test_a_refused_event_names_itself_and_leaves_its_neighbours(desk):
    await publish(desk)
    bad = [
        succeeded("O-9"),
        paid("O-3", amount="1.00"),
        paid("O-1", channel="other"),
        {"event": "order.lost", "id": "x"},
        paid("O-4", surprise="x"),
    ]

    results = await record(desk, paid("O-1"), *bad, paid("O-2"))

    assert [result["eventId"] for result in results] == [
        "O-1/paid",
        "O-9/succeeded",
        "O-3/paid",
        "O-1/paid",
        "x",
        "O-4/paid",
        "O-2/paid",
    ]
    assert [[(error["code"], error["field"]) for error in result["userErrors"]] for result in results] == [
        [],
        [("ORDER_MISSING", ["events", "1", "order"])],
        [("AMOUNT_MISMATCH", ["events", "2", "amount"])],
        [("IDEMPOTENCY_CONFLICT", ["events", "3", "id"])],
        [("INVALID_INPUT", ["events", "4", "event"])],
        [("INVALID_INPUT", ["events", "5", "surprise"])],
        [],
    ]
    assert await desk.count("order_head") == 2


async def test_an_event_whose_entry_key_somebody_took_is_refused_alone(desk):
    await publish(desk)
    await desk.book.owe("M1", 100, key="O-2/paid//CAPTURE")

    results = await record(desk, paid("O-1"), paid("O-2"), succeeded("O-2"), paid("O-3"))

    codes = [[error["code"] for error in result["userErrors"]] for result in results]
    assert codes == [[], ["IDEMPOTENCY_CONFLICT"], ["ORDER_MISSING"], []]
    assert await desk.count("order_head") == 2


async def test_a_fraction_in_an_event_refuses_the_request(desk):
    assert await desk.refused(RECORD, events=[paid("O-1", amount=110.0)]) == "BAD_USER_INPUT"


async def test_more_than_five_hundred_events_at_once_are_refused_as_a_whole(desk):
    answer = await desk.ask(RECORD, events=[succeeded(f"O-{n}") for n in range(501)])

    assert answer["recordOrderEvents"]["userErrors"] == [{"code": "INVALID_INPUT", "field": ["events"]}]


async def test_five_hundred_events_go_at_once(desk):
    await publish(desk)

    results = await record(desk, *(each for n in range(250) for each in (paid(f"O-{n}"), succeeded(f"O-{n}"))))

    assert [result["userErrors"] for result in results] == [[]] * 500


async def test_who_may_record_and_who_may_publish(desk):
    await publish(desk)
    partner = await make_key(desk.book, Role.PARTNER)

    assert (await record(desk, paid("O-1"), key=partner))[0]["userErrors"] == []
    assert await desk.refused(PUBLISH, document=PLAN, key=partner) == "FORBIDDEN"
    for key in (await make_key(desk.book, Role.AUDITOR), await desk.key_of("M1")):
        assert await desk.refused(RECORD, events=[paid("O-2")], key=key) == "FORBIDDEN"


RELEASE = """mutation($input: ReleaseSuspenseInput!) { releaseSuspense(input: $input) {
    replayed number opening orderLine { reference } amount { amount currency }
    order { reference } userErrors { code field } } }"""


async def release(desk: Desk, item: str, to: str, **more: int) -> dict[str, Any]:
    return (await desk.ask(RELEASE, input={"item": item, "to": to, **more}))["releaseSuspense"]


async def suspend(desk: Desk) -> str:
    """Split an order whose first distributor is blocked, and return the number of the item that then waits."""
    await publish(desk)
    await record(desk, paid("O-1"))
    await desk.ask('mutation { blockParty(input: {party: "D2", reason: "Under review."}) { replayed } }')
    await record(desk, succeeded("O-1"))
    answer = await desk.ask("{ suspenseItems { nodes { number amount { amount } } } }")
    (item,) = answer["suspenseItems"]["nodes"]
    assert item["amount"] == {"amount": "5.00"}
    return item["number"]


async def test_what_waits_in_suspense_is_released_once(desk):
    item = await suspend(desk)

    first = await release(desk, item, "SPLITTER")
    again = await release(desk, item, "SPLITTER")
    otherwise = await release(desk, item, "OWNER")

    assert first == {
        "replayed": False,
        "number": item,
        "opening": 1,
        "orderLine": {"reference": "1"},
        "amount": {"amount": "5.00", "currency": "CNY"},
        "order": {"reference": "O-1"},
        "userErrors": [],
    }
    assert again == {**first, "replayed": True}
    assert otherwise["userErrors"] == [{"code": "SUSPENSE_ALREADY_RELEASED", "field": ["item"]}]


async def test_what_cannot_be_released_stays(desk):
    item = await suspend(desk)
    before = await desk.count("log_record")

    blocked = await release(desk, item, "OWNER")
    unknown = await release(desk, "999999", "OWNER")

    assert blocked["userErrors"] == [{"code": "PARTY_NOT_ACTIVE", "field": ["to"]}]
    assert unknown["userErrors"] == [{"code": "SUSPENSE_ITEM_MISSING", "field": ["item"]}]
    assert await desk.count("log_record") == before


async def test_a_release_may_say_which_opening_of_the_item_it_means(desk):
    item = await suspend(desk)
    (found,) = (await desk.ask("{ suspenseItems { nodes { opening } } }"))["suspenseItems"]["nodes"]

    early = await release(desk, item, "SPLITTER", opening=2)
    first = await release(desk, item, "SPLITTER", opening=found["opening"])
    again = await release(desk, item, "SPLITTER", opening=1)

    assert early["userErrors"] == [{"code": "SUSPENSE_OPENING_MISSING", "field": ["opening"]}]
    assert (first["opening"], first["replayed"], first["userErrors"]) == (1, False, [])
    assert again == {**first, "replayed": True}


async def test_who_is_closed_gets_nobody_elses_share(desk):
    item = await suspend(desk)
    await desk.ask('mutation { closeParty(input: {party: "M1", reason: "Left."}) { replayed } }')
    before = await desk.count("log_record")

    refused = await release(desk, item, "SPLITTER")

    assert refused["userErrors"] == [{"code": "PARTY_NOT_ACTIVE", "field": ["to"]}]
    assert await desk.count("log_record") == before


async def test_a_recorded_event_shows_its_order_as_it_stands(desk):
    await publish(desk)
    query = """mutation($events: [JSON!]!) { recordOrderEvents(input: {events: $events}) {
        results { order { reference status lines { reference } } } } }"""

    answer = await desk.ask(query, events=[paid("O-1"), succeeded("O-9")])

    assert answer["recordOrderEvents"]["results"] == [
        {"order": {"reference": "O-1", "status": "FROZEN", "lines": [{"reference": "1"}]}},
        {"order": None},
    ]
