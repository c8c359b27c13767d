"""What a key of a party hears: what concerns its subtree, and nothing that tells of others."""

from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from ledger.access.model import Role
from tests.app.api.gateway import make_key
from tests.app.events.served import Envelope, Served, kinds

EVENTS = """subscription($after: String, $party: String) { events(after: $after, party: $party) {
    kind cursor sequence event { kind subject payload actor parties { reference }
        entry { sequence lines { account { role { code } party { reference } } } } entries { kind } } } }"""
RECORD = """mutation($events: [JSON!]!) { recordOrderEvents(input: {events: $events}) {
    results { userErrors { code } } } }"""
PLAN = {
    "plan": "standard",
    "validFrom": "2025-01-01",
    "commission": {"default": "0.08"},
    "distribution": {"rates": ["0.05", "0.03"]},
}


def line(number: str, merchant: str) -> dict[str, Any]:
    rest = {"sku": "s", "category": "c", "quantity": 1, "goods": "100.00", "delivery": "0.00"}
    return {"line": number, "merchant": merchant, **rest}


async def sell(served: Served, order: str, *merchants: str, referrer: str | None = None) -> None:
    """An order with a line of 100.00 for each of these merchants, paid and split."""
    head = {"order": order, "occurredAt": "2026-01-10T08:00:00Z"}
    payment = {"settlementEntity": "LE", "currency": "CNY", "channel": "sandbox", "channelTransaction": order}
    lines = [line(str(place), merchant) for place, merchant in enumerate(merchants, start=1)]
    paid = {"event": "order.paid", "id": f"{order}/p", **head, **payment, "amount": f"{100 * len(lines)}.00"}
    paid |= {"lines": lines} | ({"referrer": referrer} if referrer else {})
    succeeded = {"event": "order.succeeded", "id": f"{order}/s", **head}
    answer = await served.ask(RECORD, events=[paid, succeeded])
    assert [result["userErrors"] for result in answer["recordOrderEvents"]["results"]] == [[], []]


async def publish(served: Served) -> None:
    await served.ask("mutation($d: JSON!) { publishFeePlan(input: {document: $d}) { replayed } }", d=PLAN)


async def key_of(served: Served, reference: str) -> str:
    return await make_key(served.book, Role.PARTY, party_id=served.book.ids[reference])


async def hear(served: Served, *, key: str, **variables: Any) -> list[dict[str, Any]]:
    async with served.subscribe(key=key, query=EVENTS, **{"after": "", **variables}) as stream:
        return await stream.until("CAUGHT_UP")


async def test_a_party_hears_of_its_subtree_and_not_of_its_siblings(served):
    await publish(served)
    await sell(served, "O-1", "M2")
    await sell(served, "O-2", "M1", referrer="D2")

    heard = await hear(served, key=await key_of(served, "A1"))

    events = [each["event"] for each in heard[:-1]]
    assert [(event["kind"], event["subject"]) for event in events] == [
        ("party.registered", "party/A1"),
        ("party.registered", "party/A11"),
        ("party.registered", "party/M1"),
        ("party.registered", "party/M3"),
        ("order.paid", "order/O-2"),
        ("entry.posted", "order/O-2"),
        ("order.split", "order/O-2"),
    ]
    assert {party["reference"] for event in events for party in event["parties"]} == {"A1", "A11", "M1", "M3"}


async def test_nothing_tells_a_party_of_others(served):
    await publish(served)
    await sell(served, "O-1", "M1", "M2", referrer="D2")

    heard = await hear(served, key=await key_of(served, "M1"))

    assert [each["sequence"] for each in heard] == [None] * len(heard)
    registered, paid, posted, split = (each["event"] for each in heard[:-1])
    assert [event["actor"] for event in (registered, paid, posted, split)] == [None] * 4
    assert registered["payload"] == {"party": "M1", "kind": "MERCHANT"}
    assert paid["payload"] == split["payload"] == {"order": "O-1", "currency": "CNY"}
    assert paid["parties"] == split["parties"] == [{"reference": "M1"}]
    assert posted["entry"]["sequence"] is None
    assert [each["account"] for each in posted["entry"]["lines"]] == [
        {"role": {"code": "2010"}, "party": {"reference": "M1"}}
    ]
    assert split["entries"] == [{"kind": "SPLIT"}]


async def test_a_party_hears_nothing_of_what_became_of_anothers_line(served):
    await publish(served)
    await sell(served, "O-1", "M1", "M2", referrer="D2")
    head = {"order": "O-1", "occurredAt": "2026-01-11T08:00:00Z"}
    of_m2 = [
        {"event": "order.refunded", "id": "r", "refund": "R", "lines": [{"line": "2", "amount": "10.00"}], **head},
        {"event": "refund.paid", "id": "p", "refund": "R", **head},
        {"event": "order.refunded", "id": "r2", "refund": "R2", "lines": [{"line": "2", "amount": "5.00"}], **head},
        {"event": "refund.rejected", "id": "n", "refund": "R2", **head},
        {"event": "order.charged_back", "id": "c", "dispute": "C", "lines": [{"line": "2", "amount": "3.00"}], **head}
        | {"amount": "3.00"},
        {"event": "chargeback.won", "id": "w", "dispute": "C", **head},
    ]
    of_m1 = {"event": "order.refunded", "id": "r3", "refund": "R3", "lines": [{"line": "1", "amount": "1.00"}], **head}

    answer = await served.ask(RECORD, events=[*of_m2, of_m1])
    heard = {name: await hear(served, key=await key_of(served, name)) for name in ("M1", "M2", "D2")}

    assert [result["userErrors"] for result in answer["recordOrderEvents"]["results"]] == [[]] * 7
    told = {
        name: [
            (each["event"]["kind"], each["event"]["payload"].get("refund"))
            for each in envelopes[:-1]
            if each["event"]["kind"].startswith(("order.refunded", "refund.", "order.charged_back", "chargeback."))
        ]
        for name, envelopes in heard.items()
    }
    others = [("order.refunded", "R"), ("refund.paid", "R"), ("order.refunded", "R2"), ("refund.rejected", "R2")]
    others += [("order.charged_back", None), ("chargeback.won", None)]
    assert told == {"M1": [("order.refunded", "R3")], "M2": others, "D2": [*others, ("order.refunded", "R3")]}


async def test_an_operator_hears_everything_of_an_order(served):
    await publish(served)
    async with served.subscribe(query=EVENTS) as stream:
        await stream.until("CAUGHT_UP")
        await sell(served, "O-1", "M1", referrer="D2")
        captured, paid, posted, split = (each["event"] for each in await stream.take(4))

    assert captured["entries"] == posted["entries"] == []
    assert len(paid["payload"].pop("seal")) == 64
    assert paid["payload"] == {
        "order": "O-1",
        "event": "O-1/p",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": "100.00",
        "channel": "sandbox",
        "channelTransaction": "O-1",
        "lines": ["1"],
        "entries": [int(captured["entry"]["sequence"])],
    }
    assert [party["reference"] for party in paid["parties"]] == ["LE", "M1", "D2", "D1", "A11"]
    assert (paid["entries"], split["entries"]) == ([{"kind": "CAPTURE"}], [{"kind": "SPLIT"}])


async def test_the_live_stream_is_as_narrow_as_the_replay(served):
    await publish(served)
    async with served.subscribe(key=await key_of(served, "M1"), query=EVENTS) as stream:
        await stream.until("CAUGHT_UP")
        await sell(served, "O-1", "M2")
        await served.post("k1")
        await sell(served, "O-2", "M1")
        taken = await stream.take(3)

    assert [(each["event"]["kind"], each["event"]["subject"]) for each in taken] == [
        ("order.paid", "order/O-2"),
        ("entry.posted", "order/O-2"),
        ("order.split", "order/O-2"),
    ]


async def test_a_party_that_moves_away_takes_its_events_along(served):
    key = await key_of(served, "A2")
    await publish(served)
    await sell(served, "O-1", "M2")
    before = await hear(served, key=key)
    await served.ask('mutation { moveParty(input: {party: "M2", to: "A1"}) { replayed } }')

    after = await hear(served, key=key)

    assert "order.paid" in [each["event"]["kind"] for each in before[:-1]]
    # The order concerns its agent for good. The move concerns the parent that was left, which is not told where to.
    assert [(each["event"]["kind"], each["event"]["payload"]) for each in after[:-1]] == [
        ("party.registered", {"party": "A2", "kind": "AGENT"}),
        ("order.paid", {"order": "O-1", "currency": "CNY"}),
        ("order.split", {"order": "O-1", "currency": "CNY"}),
        ("party.moved", {}),
    ]
    assert {party["reference"] for each in after[:-1] for party in each["event"]["parties"]} == {"A2"}


async def test_who_sees_all_may_listen_to_a_part(served):
    await publish(served)
    await sell(served, "O-1", "M1")
    await sell(served, "O-2", "M2")

    heard = await hear(served, key=served.key, party="A2")

    assert [each["event"]["subject"] for each in heard[:-1]] == ["party/A2", "party/M2", *["order/O-2"] * 3]
    assert all(each["sequence"] is not None for each in heard)


async def test_a_party_may_listen_to_a_part_of_its_own_and_to_no_other(served):
    key = await key_of(served, "A1")

    heard = await hear(served, key=key, party="M1")
    refusals = []
    for reference in ("M2", "NOBODY"):
        with pytest.raises(TransportQueryError) as refusal:
            await hear(served, key=key, party=reference)
        refusals.append(refusal.value.errors[0])

    assert [each["event"]["subject"] for each in heard[:-1]] == ["party/M1"]
    assert [refusal["extensions"]["reason"] for refusal in refusals] == ["PARTY_MISSING"] * 2
    assert [refusal["message"] for refusal in refusals] == ["There is no party M2.", "There is no party NOBODY."]


async def test_cursors_do_not_tell_whether_others_were_busy(book):
    async with Served.open(book, heartbeat_seconds=0.2) as served:
        key = await key_of(served, "M1")
        async with served.subscribe(key=key, query=EVENTS) as stream:
            quiet = [(await stream.until("CAUGHT_UP"))[-1], *await stream.take(2)]
        again = await hear(served, key=key)
        once_more = await hear(served, key=key)

    assert kinds(quiet) == ["CAUGHT_UP", "HEARTBEAT", "HEARTBEAT"]
    assert len({each["cursor"] for each in quiet}) == 3
    assert cursors(again) == cursors(once_more) != []


async def test_a_cursor_of_one_key_is_none_of_anothers(served):
    heard = await hear(served, key=served.key)

    with pytest.raises(TransportQueryError) as refusal:
        await hear(served, key=await key_of(served, "M1"), after=heard[0]["cursor"])

    assert refusal.value.errors[0]["extensions"]["reason"] == "CURSOR_INVALID"


def cursors(envelopes: list[Envelope]) -> list[str]:
    """Those of events: of a moment without any there is a heartbeat, and how many come goes by the clock."""
    return [each["cursor"] for each in envelopes if each["kind"] == "EVENT"]
