"""Every mutation of the schema, called with a key of every role: who may, may, and nobody else writes anything."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_required_input_field,
)

from ledger.access.model import Role
from tests.app.api.gateway import SCHEMA, Desk, make_key

GRAPH = build_schema(SCHEMA.as_str())

# What brings business in.
OF_PARTNERS = frozenset({"registerParties", "recordOrderEvents", "submitFeeLines", "postEntries"})
# What a party says about its own documents.
OF_PARTIES = frozenset({"confirmSheet", "confirmSheets", "disputeSheet"})

PLAIN = {
    "ID": "1",
    "String": "x",
    "Int": 1,
    "Boolean": True,
    "BigInt": "1",
    "Decimal": "1.00",
    "LocalDate": "2026-01-01",
    "Instant": "2026-01-01T00:00:00Z",
    "CurrencyCode": "CNY",
    "JSON": {},
}


def list_mutations() -> list[str]:
    """The names of all of them."""
    assert isinstance(GRAPH.mutation_type, GraphQLObjectType)
    return [*GRAPH.mutation_type.fields]


def write_call(name: str) -> tuple[str, dict[str, Any]]:
    """A call whose input is well formed, and otherwise of no meaning."""
    assert isinstance(GRAPH.mutation_type, GraphQLObjectType)
    (argument,) = GRAPH.mutation_type.fields[name].args.values()
    return f"mutation ($input: {argument.type}) {{ {name}(input: $input) {{ __typename }} }}", fill(argument.type)


def fill(declared: GraphQLInputType) -> Any:
    """The least that a type takes."""
    if isinstance(declared, GraphQLNonNull):
        return fill(declared.of_type)
    if isinstance(declared, GraphQLList):
        return [fill(declared.of_type)]
    named = get_named_type(declared)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        needed = {key: field for key, field in named.fields.items() if is_required_input_field(field)}
        if named.is_one_of:
            needed = dict([next(iter(named.fields.items()))])
        return {key: fill(field.type) for key, field in needed.items()}
    return PLAIN[named.name]


async def make_caller(desk: Desk, role: str) -> str:
    """A key of a role; "PARTNER of a party" sees a part only."""
    of_party = {"party_id": desk.book.ids["A1"]} if role in ("PARTY", "PARTNER of a party") else {}
    return await make_key(desk.book, Role(role.split(maxsplit=1)[0]), **of_party)


async def find_callable(desk: Desk, key: str) -> set[str]:
    """The mutations that a key may call."""
    found = set()
    for name in list_mutations():
        query, given = write_call(name)
        answer = (await desk.send(query, key=key, input=given)).json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"FORBIDDEN"}, (name, given, answer)
        if not codes:
            found.add(name)
    return found


async def list_written(desk: Desk) -> list[int]:
    """How much stands where any change would be seen: every change is an entry or an event."""
    return [await desk.count(table) for table in ("log_record", "party", "approval", "api_key")]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("OPERATOR", frozenset(list_mutations())),
        ("PARTNER", OF_PARTNERS),
        ("PARTY", OF_PARTIES),
        ("AUDITOR", frozenset()),
        ("PARTNER of a party", frozenset()),
    ],
)
async def test_a_role_may_call_what_it_is_for_and_nothing_else(desk: Desk, role: str, expected: frozenset[str]) -> None:
    key = await make_caller(desk, role)

    assert await find_callable(desk, key) == expected


@pytest.mark.parametrize("role", ["AUDITOR", "PARTY", "PARTNER of a party"])
async def test_who_may_only_read_leaves_no_trace_whatever_he_calls(desk: Desk, role: str) -> None:
    key = await make_caller(desk, role)
    before = await list_written(desk)

    await find_callable(desk, key)

    assert await list_written(desk) == before
