"""Mutations of the tree, over the gateway."""

from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key

REGISTER = """mutation($parties: [PartyInput!]!) { registerParties(input: {parties: $parties}) {
    results { replayed party { reference kind parent { reference } } userErrors { code field message retryable } }
    userErrors { code field } } }"""
CHANGE = """mutation($input: ChangePartyStatusInput!) { CHANGE(input: $input) {
    replayed party { reference status } userErrors { code field } } }"""
MOVE = """mutation($input: MovePartyInput!) { moveParty(input: $input) {
    replayed party { reference parent { reference } } userErrors { code field message } } }"""


async def register(desk: Desk, *parties: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    answer = await desk.ask(REGISTER, parties=list(parties), key=key)
    assert answer["registerParties"]["userErrors"] == []
    return answer["registerParties"]["results"]


async def change(desk: Desk, mutation: str, party: str, reason: str = "Because.") -> dict[str, Any]:
    answer = await desk.ask(CHANGE.replace("CHANGE(", f"{mutation}("), input={"party": party, "reason": reason})
    return answer[mutation]


async def move(desk: Desk, party: str, to: str) -> dict[str, Any]:
    return (await desk.ask(MOVE, input={"party": party, "to": to}))["moveParty"]


def merchant(reference: str, parent: str = "A1", **more: Any) -> dict[str, Any]:
    return {"reference": reference, "kind": "MERCHANT", "name": f"Shop {reference}", "parent": parent, **more}


async def test_parties_register_in_a_list_and_again_as_replays(desk):
    agent = {"reference": "A9", "kind": "AGENT", "name": "East", "parent": "A1"}
    shop = merchant("M9", "A9", timeZone="Asia/Tokyo", currency="JPY", metadata={"tier": "gold"})

    first = await register(desk, agent, shop)
    second = await register(desk, agent, shop)

    assert first == [
        {
            "replayed": False,
            "party": {"reference": "A9", "kind": "AGENT", "parent": {"reference": "A1"}},
            "userErrors": [],
        },
        {
            "replayed": False,
            "party": {"reference": "M9", "kind": "MERCHANT", "parent": {"reference": "A9"}},
            "userErrors": [],
        },
    ]
    assert second == [{**each, "replayed": True} for each in first]


async def test_a_refused_party_leaves_its_neighbours_and_names_its_field(desk):
    before = await desk.count("party")

    results = await register(
        desk,
        merchant("M8"),
        merchant("M1"),
        merchant("X1", "D1"),
        merchant("X2", "NOBODY"),
        merchant("X3", name=" "),
        merchant("X4", settlement={"cycle": "whenever"}),
    )

    assert [result["party"] and result["party"]["reference"] for result in results] == ["M8", *[None] * 5]
    assert [[(error["code"], error["field"]) for error in result["userErrors"]] for result in results] == [
        [],
        [("PARTY_CONFLICT", ["parties", "1", "reference"])],
        [("PARENT_KIND", ["parties", "2", "parent"])],
        [("PARTY_MISSING", ["parties", "3", "parent"])],
        [("INVALID_INPUT", ["parties", "4", "name"])],
        [("INVALID_INPUT", ["parties", "5", "settlement", "cycle"])],
    ]
    assert await desk.count("party") == before + 1


async def test_refusals_speak_the_callers_language(desk):
    answer = await desk.client.post(
        "/graphql",
        json={"query": REGISTER, "variables": {"parties": [merchant("X2", "NOBODY")]}},
        headers={"Authorization": f"Bearer {desk.key}", "Accept-Language": "zh-CN,en;q=0.5"},
    )

    (error,) = answer.json()["data"]["registerParties"]["results"][0]["userErrors"]
    assert error == {
        "code": "PARTY_MISSING",
        "field": ["parties", "0", "parent"],
        "message": "没有主体 NOBODY。",
        "retryable": False,
    }


async def test_more_than_a_thousand_parties_at_once_are_refused_as_a_whole(desk):
    before = await desk.count("party")

    answer = await desk.ask(REGISTER, parties=[merchant(f"M-{n}") for n in range(1_001)])

    assert answer["registerParties"]["results"] == []
    assert answer["registerParties"]["userErrors"] == [{"code": "INVALID_INPUT", "field": ["parties"]}]
    assert await desk.count("party") == before


async def test_a_party_moves_once(desk):
    first = await move(desk, "M2", "A11")
    second = await move(desk, "M2", "A11")

    assert first == {
        "replayed": False,
        "party": {"reference": "M2", "parent": {"reference": "A11"}},
        "userErrors": [],
    }
    assert second == {**first, "replayed": True}


@pytest.mark.parametrize(
    ("party", "to", "code", "field"),
    [
        ("NOBODY", "A1", "PARTY_MISSING", ["party"]),
        ("M1", "NOBODY", "PARTY_MISSING", ["to"]),
        ("A1", "A11", "PARTY_LOOP", ["to"]),
        ("M1", "D1", "PARENT_KIND", ["to"]),
    ],
)
async def test_a_move_that_may_not_be_changes_nothing(desk, party, to, code, field):
    before = await desk.count("log_record")

    moved = await move(desk, party, to)

    assert moved["party"] is None
    assert [(error["code"], error["field"]) for error in moved["userErrors"]] == [(code, field)]
    assert await desk.count("log_record") == before


async def test_a_party_is_blocked_unblocked_and_closed_for_good(desk):
    steps = [await change(desk, name, "M1") for name in ("blockParty", "blockParty", "unblockParty", "closeParty")]
    late = await change(desk, "unblockParty", "M1")

    assert [(step["replayed"], step["party"]["status"]) for step in steps] == [
        (False, "BLOCKED"),
        (True, "BLOCKED"),
        (False, "ACTIVE"),
        (False, "CLOSED"),
    ]
    assert late == {
        "replayed": False,
        "party": None,
        "userErrors": [{"code": "PARTY_CLOSED", "field": ["party"]}],
    }


@pytest.mark.parametrize("reason", ["a\nb", "x" * 501])
async def test_a_reason_is_one_line(desk, reason):
    answer = await change(desk, "blockParty", "M1", reason)

    assert answer["userErrors"] == [{"code": "INVALID_INPUT", "field": ["reason"]}]


async def test_who_may_change_the_tree(desk):
    keys = {role: await make_key(desk.book, role) for role in (Role.AUDITOR, Role.PARTNER)}
    keys[Role.PARTY] = await desk.key_of("A1")
    shop = merchant("M7")

    assert (await register(desk, shop, key=keys[Role.PARTNER]))[0]["replayed"] is False
    for role in (Role.AUDITOR, Role.PARTY):
        assert await desk.refused(REGISTER, parties=[shop], key=keys[role]) == "FORBIDDEN"
    for key in keys.values():
        assert await desk.refused(MOVE, input={"party": "M1", "to": "A2"}, key=key) == "FORBIDDEN"


async def test_a_partner_who_sees_only_a_part_writes_nothing(desk):
    key = await make_key(desk.book, Role.PARTNER, party_id=desk.book.ids["A1"])

    assert await desk.refused(REGISTER, parties=[merchant("M7")], key=key) == "FORBIDDEN"
