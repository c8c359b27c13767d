"""What a party's key sees: its own subtree, and of everything else not even a trace."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key


@pytest.fixture
def bounds(today: date) -> dict[str, str]:
    return {"from": str(today - timedelta(days=9)), "to": str(today + timedelta(days=1))}


# Everything a key can ask for without naming anything.
EVERYTHING = """query ($from: LocalDate!, $to: LocalDate!) {
    platform { id reference name timeZone asOf { sequence } }
    parties { ...Parties }
    accounts { ...Accounts }
    entries { ...Entries }
    statement(party: "A1", currency: "CNY", from: $from, to: $to) { ...Statements }
    trialBalance(legalEntity: "LE") { rows { role { code } } }
    events(first: 50) { edges { cursor node { kind subject actor payload parties { reference } entry { id } } } }
    orders { nodes { reference } pageInfo { hasNextPage } }
    suspenseItems { nodes { reason } }
}
fragment Parties on PartyConnection {
    edges { cursor node {
        id reference kind name status registeredAt parent { id reference } ancestors { reference }
        children { nodes { reference } pageInfo { hasNextPage endCursor } }
        descendants { nodes { reference } pageInfo { hasPreviousPage startCursor } }
        balances { legalEntity { reference } balance { minorUnits } onHold { minorUnits } owed { minorUnits } }
        subtreeBalances { legalEntity { reference } balance { minorUnits } onHold { minorUnits } owed { minorUnits } }
        accounts { nodes { id } }
    } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}
fragment Accounts on AccountConnection {
    edges { cursor node {
        id role { code name } class normalSide currency legalEntity { reference name } party { reference }
        balance { minorUnits } totals { version debit { minorUnits } }
        lines { edges { cursor node { position balanceAfter { minorUnits } entry { id } } } }
        statement(from: $from, to: $to) { ...Statements }
    } }
    pageInfo { hasNextPage endCursor }
}
fragment Entries on EntryConnection {
    edges { cursor node {
        id sequence kind source businessDate postedAt description document documentLine cause contentHash proof
        idempotencyKey actor metadata legalEntity { reference }
        lines { position side amount { minorUnits } balanceAfter { minorUnits } account { id party { reference } } }
        reversalOf { id } reversedBy { id }
    } }
    pageInfo { hasNextPage endCursor }
}
fragment Statements on Statement {
    sequence contentHash opening { minorUnits } closing { minorUnits }
    lines { businessDate postedAt amount { minorUnits } balance { minorUnits } account { id } entry { id } }
}
"""


async def populate(desk: Desk, today: date) -> int:
    """Business of A1's subtree, and one entry that it shares with M2."""
    await desk.book.owe("M1", 1_000, day=today - timedelta(days=3), document="order/O-1", cause="e1")
    first = await desk.book.post("D 1100 90, C 2010/M3 60, C 2010/M2 20, C 4000 10")
    await desk.book.post("C 1100 90, D 2010/M3 60, D 2010/M2 20, D 4000 10", source="REVERSAL", reversal_of=first)
    await desk.book.post("D 1200/M1 5, C 2050/M1 5")
    await desk.book.post("D 2010/M1 30, C 2020/A1 30")
    return first


async def add_business_of_others(desk: Desk, today: date) -> None:
    await desk.book.owe("M2", 777, day=today - timedelta(days=2), document="order/O-9")
    await desk.book.post("D 1100 3, C 3000 3", legal_entity="LE-JP", currency="JPY")
    await desk.book.post("D 1100 4, C 2041/D1 4")
    await desk.book.post("D 1010 4, C 3000 4")


async def test_an_answer_is_the_same_to_the_byte_whatever_others_do(desk: Desk, bounds: dict[str, str], today: date):
    await populate(desk, today)
    key = await desk.key_of("A1")
    before = (await desk.send(EVERYTHING, key=key, **bounds)).content

    await add_business_of_others(desk, today)
    after = (await desk.send(EVERYTHING, key=key, **bounds)).content

    assert after == before
    assert b"errors" not in before


def strip(value: Any) -> Any:
    """Without what cannot be equal in two platforms: instants, what is sealed, and ids that bear the platform."""
    if isinstance(value, dict):
        volatile = {"id", "cursor", "startCursor", "endCursor", "postedAt", "registeredAt", "contentHash", "platform"}
        return {name: strip(each) for name, each in value.items() if name not in volatile}
    return [strip(each) for each in value] if isinstance(value, list) else value


async def test_an_answer_does_not_tell_whether_others_were_there_before(
    desk: Desk, other_desk: Desk, bounds: dict[str, str], today: date
):
    await add_business_of_others(other_desk, today)
    await populate(desk, today)
    await add_business_of_others(other_desk, today)
    await populate(other_desk, today)
    await add_business_of_others(other_desk, today)

    alone = (await desk.send(EVERYTHING, key=await desk.key_of("A1"), **bounds)).json()
    amid = (await other_desk.send(EVERYTHING, key=await other_desk.key_of("A1"), **bounds)).json()

    assert strip(alone) == strip(amid)


async def test_what_everybody_got_of_an_order_is_told_to_those_who_see_everybody(desk: Desk):
    fees = '{"fees":[{"amount":500,"code":"2010","item":"GOODS","party":1},{"amount":7,"code":"2041","party":2}]}'
    await desk.book.owe("M1", 500, key="k", document="order/O-1", template="SPLIT", source="RULE", metadata=fees)
    query = "{ entries(first: 1) { nodes { kind metadata } } }"

    own = (await desk.ask(query, key=await desk.key_of("M1")))["entries"]["nodes"]
    whole = (await desk.ask(query))["entries"]["nodes"]

    assert own == [{"kind": "SPLIT", "metadata": None}]
    assert len(whole[0]["metadata"]["fees"]) == 2


async def test_a_partys_key_sees_itself_and_those_below_it(desk: Desk, bounds: dict[str, str], today: date):
    await populate(desk, today)
    await add_business_of_others(desk, today)

    seen = await desk.ask(EVERYTHING, key=await desk.key_of("A1"), **bounds)

    people = [edge["node"] for edge in seen["parties"]["edges"]]
    assert [(each["reference"], each["parent"] and each["parent"]["reference"]) for each in people] == [
        ("A1", None),
        ("A11", "A1"),
        ("M1", "A11"),
        ("M3", "A1"),
    ]
    assert [[above["reference"] for above in each["ancestors"]] for each in people] == [
        [],
        ["A1"],
        ["A11", "A1"],
        ["A1"],
    ]
    assert {edge["node"]["party"]["reference"] for edge in seen["accounts"]["edges"]} == {"A1", "M1", "M3"}
    assert seen["trialBalance"] is None
    assert seen["platform"]["asOf"] is None


async def test_a_partys_key_sees_its_lines_of_an_entry_and_no_number_of_the_log(
    desk: Desk, bounds: dict[str, str], today: date
):
    first = await populate(desk, today)

    entries = (await desk.ask(EVERYTHING, key=await desk.key_of("M3"), **bounds))["entries"]["edges"]

    shown = [edge["node"] for edge in entries]
    assert [[line["amount"]["minorUnits"] for line in entry["lines"]] for entry in shown] == [["60"], ["60"]]
    assert {entry[name] for entry in shown for name in ("sequence", "contentHash", "idempotencyKey", "actor")} == {None}
    assert shown[1]["reversedBy"] == {"id": shown[0]["id"]}
    for text in [shown[1]["id"], entries[1]["cursor"]]:
        assert str(first).encode() not in base64.urlsafe_b64decode(text + "==").split(b":r")[-1]


NAMED = """query ($id: ID!, $account: ID!, $entry: ID!, $from: LocalDate!, $to: LocalDate!) {
    party(id: $id) { id }
    named: party(reference: "M2") { id }
    account(id: $account) { id }
    entry(id: $entry) { id }
    nodes(ids: [$id, $account, $entry]) { id }
    statement(party: "M2", currency: "CNY", from: $from, to: $to) { contentHash }
    byDocument: entries(filter: {document: "order/O-9"}) { nodes { id } pageInfo { hasNextPage } }
}"""


async def test_what_is_foreign_is_answered_as_what_does_not_exist(desk: Desk, bounds: dict[str, str], today: date):
    await populate(desk, today)
    await add_business_of_others(desk, today)
    key = await desk.key_of("A1")
    foreign = await desk.ask(
        """{ party(reference: "M2") { id accounts { nodes { id } } }
        entries(filter: {document: "order/O-9"}) { nodes { id } } }"""
    )
    ids = {
        "id": foreign["party"]["id"],
        "account": foreign["party"]["accounts"]["nodes"][0]["id"],
        "entry": foreign["entries"]["nodes"][0]["id"],
    }

    by_account = "query ($account: ID!) { entries(filter: {account: $account}) { nodes { id } } }"
    assert (await desk.ask(by_account, account=ids["account"]))["entries"]["nodes"]
    assert await desk.refused(by_account, key=key, account=ids["account"]) == "ACCOUNT_MISSING"

    seen = await desk.ask(NAMED, **ids, **bounds)
    hidden = await desk.ask(NAMED, key=key, **ids, **bounds)

    nothing = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    assert None not in (seen["party"], seen["account"], seen["entry"], *seen["nodes"])
    assert hidden == {
        "party": None,
        "named": None,
        "account": None,
        "entry": None,
        "nodes": [None, None, None],
        "statement": None,
        "byDocument": nothing,
    }


async def test_the_ids_that_a_partys_key_gets_work_for_it_and_for_nobody_elses(desk: Desk, today: date):
    await populate(desk, today)
    key, other = await desk.key_of("A1"), await desk.key_of("M2")
    query = "query ($id: ID!) { entry(id: $id) { id } node(id: $id) { id } }"
    entries = (await desk.ask("{ entries { nodes { id document } } }", key=key))["entries"]["nodes"]

    (mine,) = [entry["id"] for entry in entries if entry["document"] == "order/O-1"]

    assert await desk.ask(query, key=key, id=mine) == {"entry": {"id": mine}, "node": {"id": mine}}
    assert await desk.ask(query, key=other, id=mine) == {"entry": None, "node": None}
    assert await desk.ask(query, id=mine) == {"entry": None, "node": None}


async def test_a_partys_key_may_not_ask_by_places_in_the_log(desk: Desk, today: date):
    await populate(desk, today)
    key = await desk.key_of("A1")

    at = '{ party(reference: "A1") { balances(asOf: {sequence: "1"}) { balance { amount } } } }'
    between = '{ entries(filter: {sequenceFrom: "1"}) { nodes { id } } }'

    assert await desk.refused(at, key=key) == "SEQUENCE_HIDDEN"
    assert await desk.refused(between, key=key) == "SEQUENCE_HIDDEN"


async def test_a_cursor_of_one_key_is_no_cursor_of_another(desk: Desk, today: date):
    await populate(desk, today)
    query = "query ($after: String) { entries(first: 1, after: $after) { pageInfo { endCursor } } }"
    cursor = (await desk.ask(query))["entries"]["pageInfo"]["endCursor"]

    assert await desk.refused(query, key=await desk.key_of("A1"), after=cursor) == "CURSOR_INVALID"


async def test_a_party_pages_through_its_subtree_and_its_entries(desk: Desk, today: date):
    await populate(desk, today)
    key = await desk.key_of("A1")
    seen: dict[str, list[str]] = {"parties": [], "entries": [], "accounts": []}

    for name, shown in seen.items():
        cursor, more = None, True
        while more:
            found = await desk.ask(
                f"query ($after: String) {{ {name}(first: 2, after: $after) "
                "{ nodes { id } pageInfo { hasNextPage endCursor } } }",
                key=key,
                after=cursor,
            )
            shown += [node["id"] for node in found[name]["nodes"]]
            cursor, more = found[name]["pageInfo"]["endCursor"], found[name]["pageInfo"]["hasNextPage"]
    whole = await desk.ask("{ parties { nodes { id } } entries { nodes { id } } accounts { nodes { id } } }", key=key)

    assert seen == {name: [node["id"] for node in whole[name]["nodes"]] for name in seen}
    assert [len(shown) for shown in seen.values()] == [4, 5, 5]


async def test_an_auditor_and_a_partner_read_the_whole_platform(desk: Desk, today: date):
    await populate(desk, today)
    query = "{ entries { nodes { sequence lines { side } } } }"
    whole = await desk.ask(query)

    for role in (Role.AUDITOR, Role.PARTNER):
        assert await desk.ask(query, key=await make_key(desk.book, role)) == whole


async def test_another_platforms_things_do_not_exist(desk: Desk, other_desk: Desk, today: date):
    await populate(desk, today)
    await populate(other_desk, today)
    query = """{ party(reference: "M1") { id accounts { nodes { id } } } entries { nodes { id } } platform { id } }"""
    theirs = await other_desk.ask(query)
    ids = [
        theirs["party"]["id"],
        theirs["party"]["accounts"]["nodes"][0]["id"],
        theirs["entries"]["nodes"][0]["id"],
        theirs["platform"]["id"],
    ]

    nodes = (await desk.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["nodes"]

    assert nodes == [None] * 4
