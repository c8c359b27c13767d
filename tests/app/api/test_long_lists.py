"""Lists that hold more than they may: counted and refused, and nothing in them is read."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type, get_nullable_type

from app.api.bounds import find_bound
from tests.app.api.gateway import SCHEMA, Desk
from tests.app.api.test_every_role import write_call

MUTATIONS = SCHEMA._schema.mutation_type
assert MUTATIONS is not None
LISTS = {
    f"{mutation}.{name}": find_bound(field)
    for mutation, declared in MUTATIONS.fields.items()
    for argument in declared.args.values()
    if isinstance(given := get_named_type(argument.type), GraphQLInputObjectType)
    for name, field in given.fields.items()
    if isinstance(get_nullable_type(field.type), GraphQLList)
}
# No item that was read would be taken, so a refusal of the size alone says that none was.
UNREADABLE = None
DECISION = '{approval: "x", digest: "x"}'
POST = "mutation($entries: [PostEntryInput!]!) { postEntries(input: {entries: $entries}) { userErrors { field } } }"


def test_each_list_of_an_input_has_a_bound():
    assert len(LISTS) > 15
    assert {key for key, most in LISTS.items() if most is None} == set()


@pytest.mark.parametrize("key", LISTS)
async def test_a_list_that_is_too_long_is_refused_before_anything_in_it_is_read(desk: Desk, key: str) -> None:
    mutation, name = key.split(".")
    most = LISTS[key]
    assert most is not None
    query, given = write_call(mutation)
    query = query.replace("__typename", "userErrors { code field message retryable }")

    answer = await desk.ask(query, input={**given, name: [UNREADABLE] * (most + 1)})

    (refusal,) = answer[mutation]["userErrors"]
    message = f"At most {most} at a time, not {most + 1}."
    assert refusal == {"code": "INVALID_INPUT", "field": [name], "message": message, "retryable": False}


async def test_a_list_of_a_variable_of_its_own_is_counted_too(desk: Desk) -> None:
    answer = await desk.ask(POST, entries=[UNREADABLE] * 30_000)

    assert answer["postEntries"]["userErrors"] == [{"field": ["entries"]}]


async def test_a_list_that_is_written_out_is_counted_too(desk: Desk) -> None:
    items = DECISION * 101

    answer = await desk.ask(f"mutation {{ approve(input: {{approvals: [{items}]}}) {{ userErrors {{ field }} }} }}")

    assert answer["approve"]["userErrors"] == [{"field": ["approvals"]}]


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        (f"$given: [DecisionInput!]! = [{DECISION * 101}]", "{approvals: $given}"),
        (f"$given: ApproveInput! = {{approvals: [{DECISION * 101}]}}", "$given"),
    ],
)
async def test_a_list_that_nobody_sent_is_counted_as_its_variable_has_it(desk: Desk, variable: str, given: str) -> None:
    answer = await desk.ask(
        f"mutation({variable}) {{ approve(input: {given}) {{ results {{ replayed }} userErrors {{ field }} }} }}"
    )

    assert answer["approve"] == {"results": [], "userErrors": [{"field": ["approvals"]}]}


@pytest.mark.parametrize("condition", ["", "@skip(if: true)"])
async def test_who_takes_a_list_that_is_too_long_for_another_is_refused_and_not_given_none(
    desk: Desk, condition: str
) -> None:
    query = f"""mutation($sheets: [ID!]!) {{
        confirmSheets(input: {{sheets: $sheets}}) {{ results {{ replayed }} userErrors {{ message }} }}
        retainDeposits(input: {{sheets: $sheets}}) {condition} {{ userErrors {{ message }} }} }}"""

    answer = await desk.ask(query, sheets=["x"] * 300)

    refused = [{"message": "At most 100 at a time, not 300."}]
    assert answer["confirmSheets"] == {"results": [], "userErrors": refused}
    assert answer.get("retainDeposits", {"userErrors": refused}) == {"userErrors": refused}


async def test_each_mutation_of_an_operation_that_is_given_it_refuses_it_and_its_neighbours_run(desk: Desk) -> None:
    query = """mutation($long: [PostEntryInput!]!, $short: [PostEntryInput!]!) { ...Long
        short: postEntries(input: {entries: $short}) { results { userErrors { code } } userErrors { field } } }
        fragment Long on Mutation { long: postEntries(input: {entries: $long}) { ...Refused }
            again: postEntries(input: {entries: $long}) { ...Refused } }
        fragment Refused on PostEntriesPayload { results { replayed } userErrors { field } }"""
    entry: dict[str, Any] = {"idempotencyKey": "k", "legalEntity": "LE", "businessDate": "2026-01-15", "lines": []}

    answer = await desk.ask(query, long=[UNREADABLE] * 501, short=[entry])

    refused = {"results": [], "userErrors": [{"field": ["entries"]}]}
    assert answer == {
        "long": refused,
        "again": refused,
        "short": {"results": [{"userErrors": [{"code": "ENTRY_MALFORMED"}]}], "userErrors": []},
    }


async def test_who_may_not_call_it_is_told_that_and_not_its_bound(desk: Desk) -> None:
    assert await desk.refused(POST, entries=[UNREADABLE] * 501, key=await desk.key_of("M1")) == "FORBIDDEN"
