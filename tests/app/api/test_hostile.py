"""No request makes an internal error, none shows a key what is not its own, and a refusal points into the input."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    build_schema,
    get_nullable_type,
)

from ledger.access.model import Role
from tests.app.api.gateway import SCHEMA, Desk, make_key
from tests.app.api.hostile import Hostile
from tests.app.api.test_sheets import LINES, world
from tests.ledger.charging.fees.desk import fee
from tests.ledger.reporting.books import TREE
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import later, paid, plan, refunded

__all__ = ["world"]

GRAPH = build_schema(SCHEMA.as_str())
# Each round draws every query for every key, or every mutation once; thousands were tried while this was written.
ROUNDS_OF_QUERIES, ROUNDS_OF_MUTATIONS = 1, 3
LEARNED = """{ parties { edges { cursor } nodes { __typename id reference } } events { edges { cursor } }
    accounts { edges { cursor } nodes { __typename id } } entries { edges { cursor } nodes { __typename id } }
    sheets { edges { cursor } nodes { __typename id number } } platform { __typename id }
    orders { edges { cursor } nodes { __typename id reference lines { __typename id } } } }"""
DOCUMENTS = (
    plan(),
    paid("155.00", *LINES),
    later("order.succeeded"),
    refunded("r2", "1.00"),
    fee("F1", "STORAGE", "1.00"),
    {
        "name": "C",
        "firstDay": "2025-01-01",
        "lastDay": "2026-12-31",
        "week": [1, 2],
        "daysOff": [{"day": "2025-05-01"}],
    },
    {"items": [{"code": "X", "name": "X", "direction": "CHARGE", "accounts": {"MERCHANT": "2010"}, "contra": "4040"}]},
)
# A party's name is never sent, so where one comes back it was read. Those of legal entities are told to who deals with
# them.
NAMES = {party.reference: party.name for party in TREE if party.kind != "LEGAL_ENTITY"}


async def send(desk: Desk, query: str, variables: dict[str, Any], key: str) -> httpx.Response:
    # json.dumps writes half characters as escapes; no encoder of bytes would take them.
    body = json.dumps({"query": query, "variables": variables})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return await desk.client.post("/graphql", content=body, headers=headers)


def find_faults(
    response: httpx.Response,
    variables: dict[str, Any],
    hidden: frozenset[str],
    declared: GraphQLInputType | None = None,
) -> Iterator[str]:
    """What no answer may be, whatever was asked; `declared` is the type of a mutation's input."""
    answer = response.json()
    if response.status_code >= 500 or any(
        error["extensions"]["code"] == "INTERNAL_SERVER_ERROR" for error in answer.get("errors", ())
    ):
        yield "an internal error"
    for payload in (answer.get("data") or {}).values():
        for error in find_user_errors(payload):
            if error["code"] in ("INTERNAL", "REFUSED"):
                yield f"a masked {error['code']}"
            if not leads_somewhere(error["field"], variables["input"], declared):
                yield f"{error['code']} at {error['field']}, which the input has not"
    yield from (f"the name {name}, which the key does not see" for name in hidden if f'"{name}"' in response.text)


def find_user_errors(payload: Any) -> list[dict[str, Any]]:
    """The refusals of a payload and of its results."""
    if not isinstance(payload, dict):
        return []
    return [
        *payload.get("userErrors", ()),
        *(e for each in payload.get("results") or () for e in each.get("userErrors", ())),
    ]


def leads_somewhere(path: list[str] | None, value: Any, declared: GraphQLInputType | None) -> bool:
    """Whether a path leads into an input, or one step beyond, to what should have been there: a field of its type."""
    for step in path or ():
        wanted = None if declared is None else get_nullable_type(declared)
        if isinstance(wanted, GraphQLInputObjectType) and step not in wanted.fields:
            return False
        declared = wanted.fields[step].type if isinstance(wanted, GraphQLInputObjectType) else None
        if isinstance(wanted, GraphQLList):
            declared = wanted.of_type
        if step == "0" and not isinstance(value, list):
            continue  # one thing where a list is wanted is a list of one
        if isinstance(value, list):
            if not step.isdigit() or int(step) >= len(value):
                return False
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return value is None
    return True


async def hidden_from(desk: Desk, *seen: str) -> tuple[str, frozenset[str]]:
    """The key of a party and the names that it must never read; the parties that it sees, itself first."""
    return await desk.key_of(seen[0]), frozenset(NAMES.values()) - {NAMES[each] for each in seen}


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_query_makes_an_internal_error_or_shows_what_is_not_ones_own(
    desk: Desk, world: World, seed: int
) -> None:
    await world.settle("2025-04-01T00:00:00+00:00")
    keys = [
        (desk.key, frozenset[str]()),
        (await make_key(desk.book, Role.AUDITOR), frozenset[str]()),
        await hidden_from(desk, "M1"),
        await hidden_from(desk, "D1", "D2"),
        await hidden_from(desk, "A11", "M1"),
    ]
    hostile = Hostile(seed=seed, documents=DOCUMENTS)
    hostile.learn(await desk.ask(LEARNED))

    assert isinstance(GRAPH.query_type, GraphQLObjectType)
    for name, field in [*GRAPH.query_type.fields.items()] * ROUNDS_OF_QUERIES:
        for key, hidden in keys:
            query, variables = hostile.draw("query", name, field)
            response = await send(desk, query, variables, key)
            assert [*find_faults(response, variables, hidden)] == [], (query, variables, response.text)
            hostile.learn(response.json().get("data"))


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_mutation_makes_an_internal_error_and_each_refusal_points_into_its_input(
    desk: Desk, world: World, seed: int
) -> None:
    await world.settle("2025-04-01T00:00:00+00:00")
    checker = await make_key(desk.book, Role.OPERATOR)
    party, hidden = await hidden_from(desk, "M1")
    keys = [(desk.key, frozenset[str]()), (desk.key, frozenset[str]()), (checker, frozenset[str]()), (party, hidden)]
    hostile = Hostile(seed=seed, documents=DOCUMENTS)
    hostile.learn(await desk.ask(LEARNED))

    assert isinstance(GRAPH.mutation_type, GraphQLObjectType)
    for number, (name, field) in enumerate([*GRAPH.mutation_type.fields.items()] * ROUNDS_OF_MUTATIONS):
        query, variables = hostile.draw("mutation", name, field)
        key, hidden = keys[number % len(keys)]
        response = await send(desk, query, variables, key)
        faults = [*find_faults(response, variables, hidden, field.args["input"].type)]
        assert faults == [], (query, variables, response.text)
        hostile.learn(response.json().get("data"))
