"""Lists that hold more than they may: counted and refused, and nothing in them is read."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLObjectType, get_named_type, get_nullable_type

from app.api.bounds import find_bound
from app.api.event_kinds import EVENT_KINDS
from app.api.payouts import PayoutStatus
from app.api.sheet_parts import SheetStatus
from tests.app.api.gateway import SCHEMA, Desk
from tests.app.api.test_every_role import write_call

MUTATIONS = SCHEMA._schema.mutation_type
assert MUTATIONS is not None
LISTS = {
    f"{mutation}.{name}": bound and bound.most
    for mutation, declared in MUTATIONS.fields.items()
    for argument in declared.args.values()
    if isinstance(given := get_named_type(argument.type), GraphQLInputObjectType)
    for name, field in given.fields.items()
    if isinstance(get_nullable_type(field.type), GraphQLList)
    for bound in [find_bound(field)]
}
# What is counted elsewhere: each id of `nodes` costs what one thing does (app/operations/cost.py).
COUNTED_BY_COST = {"Query.nodes(ids:)"}
# No item that was read would be taken, so a refusal of the size alone says that none was.
UNREADABLE = None
DECISION = '{approval: "x", digest: "x"}'
POST = "mutation($entries: [PostEntryInput!]!) { postEntries(input: {entries: $entries}) { userErrors { field } } }"


def test_each_list_of_an_input_has_a_bound():
    assert len(LISTS) > 15
    assert {key for key, most in LISTS.items() if most is None} == set()


def test_each_list_within_an_input_and_of_an_argument_has_a_bound():
    types = SCHEMA._schema.type_map.values()
    inputs = {
        f"{each.name}.{name}": field
        for each in types
        if isinstance(each, GraphQLInputObjectType)
        for name, field in each.fields.items()
    }
    arguments = {
        f"{each.name}.{name}({argument}:)": declared
        for each in types
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__")
        for name, field in each.fields.items()
        for argument, declared in field.args.items()
    }
    lists = {
        key: each
        for key, each in {**inputs, **arguments}.items()
        if isinstance(get_nullable_type(each.type), GraphQLList)
    }

    assert lists.keys() >= {"PostEntryInput.lines", "ApprovalStepInput.approvers", "Query.events(types:)"}
    assert {key for key, each in lists.items() if find_bound(each) is None} == COUNTED_BY_COST


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


def entry(lines: object, key: str = "k") -> dict[str, Any]:
    return {"idempotencyKey": key, "legalEntity": "LE", "businessDate": "2026-01-15", "lines": lines}


LINES = """results { entry { id } userErrors { code field message } } userErrors { code field }"""
TOO_MANY_LINES = "An entry has 2 to 1000 lines, not 1001."
MONEY = {"amount": "1.00", "currency": "CNY"}
TWO = [
    {"account": {"code": "1010"}, "side": "DEBIT", "amount": MONEY},
    {"account": {"code": "3000"}, "side": "CREDIT", "amount": MONEY},
]


async def test_an_entry_of_too_many_lines_is_refused_alone_and_none_of_them_is_read(desk: Desk) -> None:
    query = f"mutation($entries: [PostEntryInput!]!) {{ postEntries(input: {{entries: $entries}}) {{ {LINES} }} }}"

    answer = await desk.ask(query, entries=[entry(TWO), entry([UNREADABLE] * 1_001, "long"), entry([], "none")])

    posted, long, none = answer["postEntries"]["results"]
    assert answer["postEntries"]["userErrors"] == posted["userErrors"] == []
    (refusal,) = long["userErrors"]
    assert refusal == {"code": "ENTRY_MALFORMED", "field": ["entries", "1", "lines"], "message": TOO_MANY_LINES}
    assert none["userErrors"][0]["message"] == "An entry has 2 to 1000 lines, not 0."
    assert await desk.count("entry") == 1


async def test_one_entry_that_is_given_without_a_list_is_counted_too(desk: Desk) -> None:
    query = f"mutation($input: PostEntriesInput!) {{ postEntries(input: $input) {{ {LINES} }} }}"

    answer = await desk.ask(query, input={"entries": entry([UNREADABLE] * 1_001)})

    (result,) = answer["postEntries"]["results"]
    assert [each["message"] for each in result["userErrors"]] == [TOO_MANY_LINES]


@pytest.mark.parametrize(
    ("variable", "given", "sent"),
    [
        ("$one: PostEntryInput!", "[$one, {short}]", {"one": entry([UNREADABLE] * 1_001)}),
        ("$lines: [EntryLineInput!]!", "[{long}, {short}]", {"lines": [UNREADABLE] * 1_001}),
    ],
)
async def test_lines_are_counted_wherever_they_come_from(
    desk: Desk, variable: str, given: str, sent: dict[str, Any]
) -> None:
    head = 'idempotencyKey: "%s", legalEntity: "LE", businessDate: "2026-01-15", lines: %s'
    written = {"long": f"{{{head % ('k', '$lines')}}}", "short": f"{{{head % ('s', '[]')}}}"}

    answer = await desk.ask(
        f"mutation({variable}) {{ postEntries(input: {{entries: {given.format(**written)}}}) {{ {LINES} }} }}", **sent
    )

    long, short = [each["userErrors"][0]["message"] for each in answer["postEntries"]["results"]]
    assert (long, short) == (TOO_MANY_LINES, "An entry has 2 to 1000 lines, not 0.")


async def test_who_takes_an_entry_that_is_too_long_is_told_so_wherever_he_takes_it(desk: Desk) -> None:
    query = f"""mutation($one: PostEntryInput!) {{ first: postEntries(input: {{entries: [$one]}}) {{ {LINES} }}
        second: postEntries(input: {{entries: [$one, $one]}}) {{ {LINES} }} }}"""

    answer = await desk.ask(query, one=entry([UNREADABLE] * 1_001))

    for key, count in (("first", 1), ("second", 2)):
        messages = [each["userErrors"][0]["message"] for each in answer[key]["results"]]
        assert messages == [TOO_MANY_LINES] * count


STEP = 'defineApprovalFlow(input: {kind: HOLD, name: "n", steps: [{%s: $names}]}) { userErrors { code field message } }'


@pytest.mark.parametrize("name", ["approvers", "substitutes", "escalatesTo"])
async def test_names_of_a_step_are_counted(desk: Desk, name: str) -> None:
    names = {"approvers": [], name: [UNREADABLE] * 101}
    query = """mutation($input: DefineApprovalFlowInput!) {
        defineApprovalFlow(input: $input) { userErrors { field message } } }"""

    answer = await desk.ask(query, input={"kind": "HOLD", "name": "n", "steps": [{"approvers": []}, names]})

    refused = {"field": ["steps", "1", name], "message": "At most 100 at a time, not 101."}
    assert answer["defineApprovalFlow"]["userErrors"] == [refused]


async def test_who_takes_names_that_are_too_many_for_another_is_refused_and_not_given_none(desk: Desk) -> None:
    query = f"""mutation($names: [String!]!) {{ {STEP % "approvers"}
        answerDispute(input: {{sheet: "x", answer: "r", adjustments: $names}}) {{ userErrors {{ message }} }} }}"""

    answer = await desk.ask(query, names=["n"] * 101)

    assert answer["defineApprovalFlow"]["userErrors"][0]["field"] == ["steps", "0", "approvers"]
    assert answer["answerDispute"]["userErrors"] == [{"message": "At most 100 at a time, not 101."}]


@pytest.mark.parametrize(
    ("query", "sent", "field", "most"),
    [
        (
            "query($s: [SheetStatus!]) { sheets(filter: {status: $s}) { nodes { id } } }",
            "s",
            ["filter", "status"],
            "sheets",
        ),
        ("query($f: PayoutFilterInput) { payouts(filter: $f) { nodes { id } } }", "f", ["filter", "status"], "payouts"),
        ("query($t: [String!]) { events(types: $t) { nodes { kind } } }", "t", ["types"], "events"),
        ("subscription($t: [String!]) { events(types: $t) { cursor } }", "t", ["types"], "events"),
        (
            "query($t: [String!]) { ...T } fragment T on Query { events(types: $t) { nodes { kind } } }",
            "t",
            ["types"],
            "events",
        ),
    ],
)
async def test_a_list_in_an_argument_of_a_query_is_counted(
    desk: Desk, query: str, sent: str, field: list[str], most: str
) -> None:
    bounds = {"sheets": len(SheetStatus), "payouts": len(PayoutStatus), "events": len(EVENT_KINDS)}
    long: Any = [UNREADABLE] * (bounds[most] + 1)

    response = await desk.send(query, **{sent: {"status": long} if sent == "f" else long})

    (error,) = response.json()["errors"]
    assert error["message"] == f"At most {bounds[most]} at a time, not {len(long)}."
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", field)


async def test_a_list_in_an_argument_may_be_as_long_as_was_declared(desk: Desk) -> None:
    statuses = [status.value for status in SheetStatus]

    answer = await desk.ask("query($s: [SheetStatus!]) { sheets(filter: {status: $s}) { nodes { id } } }", s=statuses)

    assert answer == {"sheets": {"nodes": []}}
