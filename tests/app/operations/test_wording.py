"""What the GraphQL library refuses is said in Chinese, too, with the names and values that it is about."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, execute_sync, parse, specified_rules, validate
from graphql.execution.values import get_variable_values

from app.api.schema import build_schema
from app.operations.wording import SENTENCES, find_template, split_problem, split_suggestion, translate

SCHEMA = build_schema()._schema

TEXTS = [
    "subscription { __typename }",
    "subscription S($a: Boolean!) { events @skip(if: $a) { kind } }",
    "schema { query: Query }",
    "{",
    "query Q($a: [String) { viewer { actor } }",
    "{ party(reference: ) { id } }",
    '{ party(reference: "x) { id } }',
    "{ viewer ? }",
    "{ party(reference: 01) { id } }",
    "query($a: String = $b) { viewer { actor } }",
    "{ " + "a " * 1_500 + "}",
    "{ viewr { actor } }",
    '{ node(id: "x") { amount } }',
    '{ party(referenc: "x") { id } }',
    "{ viewer @skip(iff: true, if: true) { actor } }",
    "{ viewer @foo { actor } }",
    "query($a: Strin) { viewer { actor } }",
    "{ viewer { ...F } }",
    "{ viewer }",
    "{ platform { reference { a } } }",
    "{ node { id } }",
    '{ party(reference: "a", reference: "b") { id } }',
    'mutation { moveParty(input: {party: "a", party: "b"}) { replayed } }',
    "query($a: String, $a: String) { party(reference: $a) { id } }",
    "{ viewer { ...F } } fragment F on Viewer { actor } fragment F on Viewer { actor }",
    "query A { viewer { actor } } query A { viewer { actor } }",
    "{ viewer { actor } } query B { viewer { actor } }",
    "query @deprecated { viewer { actor } }",
    "{ viewer @skip(if: true) @skip(if: true) { actor } }",
    "type X { a: Int }",
    "{ viewer { a: actor a: __typename } }",
    '{ party(reference: "a") { id } party(reference: "b") { id } }',
    "{ viewer { actor } } fragment F on Viewer { actor }",
    "{ viewer { ... on Party { id } } }",
    "{ viewer { ...F } } fragment F on Party { id }",
    "{ viewer { ... on String { id } } }",
    "{ viewer { ...F } } fragment F on String { id }",
    "{ viewer { ...F } } fragment F on Viewer { ...F }",
    "{ viewer { ...F } } fragment F on Viewer { ...G } fragment G on Viewer { ...F }",
    "subscription { events { kind } e2: events { kind } }",
    "subscription S { events { kind } e2: events { kind } }",
    "subscription S { __typename }",
    "subscription { events @skip(if: true) { kind } }",
    "query Q($a: String) { viewer { actor } }",
    "query Q { party(reference: $a) { id } }",
    "{ party(reference: $a) { id } }",
    "query($a: Int) { party(reference: $a) { id } }",
    "query($a: Party) { viewer { actor } }",
    "mutation { moveParty(input: null) { replayed } }",
    "mutation { moveParty(input: 5) { replayed } }",
    "mutation { moveParty(input: {zz: 1, parent: null}) { replayed } }",
    "{ parties(filter: {kind: MERCHAN}) { nodes { id } } }",
    '{ parties(filter: {kind: "MERCHANT"}) { nodes { id } } }',
    "{ party(reference: 5) { id } }",
    "{ node(id: 1.5) { id } }",
    r'{ node(id: "\q") { id } }',
    r'{ node(id: "\u00zz") { id } }',
    '{ node(id: "\ud800") { id } }',
    "\ud800 { viewer { actor } }",
    "{ node(id: 'x') { id } }",
    "{ node(id: -) { id } }",
    "{ node(id: .5) { id } }",
    "{ viewer { .. F } }",
    '"x" { viewer { actor } }',
    '"x" extend type X { a: Int }',
    "enum X { true }",
    "{ a " * 700,
    "{ node(id: 1) { ... on Party { a: reference } ... on Account { a: balance { minor } } } }",
    "{ node(id: 1) { ... on Party { a: reference } ... on Account { a: number } } }",
    '{ party(reference: "x") { a: id } party(reference: "x") { a: kind } }',
    '{ party(reference: "x") { a: id b: kind } party(reference: "x") { a: kind b: id } }',
]

FIELDS_OF_FIELDS = """
    { party(reference: "x") { parent { a: id b: kind } } ...F }
    fragment F on Query { party(reference: "x") { parent { a: kind b: id } } }
"""

# Of the right shape, and none all the same.
NO_DAYS = ("2026-13-01", "2026-02-30", "2026-01-00", "0000-01-01")
NO_INSTANTS = (
    *(f"{day}T12:00:00Z" for day in NO_DAYS),
    *(f"2026-01-31T{time}Z" for time in ("25:00:00", "12:61:00", "12:00:60")),
    *(f"2026-01-31T12:00:00{zone}" for zone in ("+25:00", "-24:00")),
)
VALUES: list[tuple[str, dict[str, object]]] = [
    ("BigInt!", {}),
    ("BigInt!", {"a": None}),
    ("BigInt!", {"a": "x"}),
    ("Int", {"a": "x"}),
    ("Int", {"a": 10**12}),
    ("Boolean", {"a": "x"}),
    ("[ID!]", {"a": [{}]}),
    ("PartyFilterInput", {"a": 5}),
    ("PartyFilterInput", {"a": {"kin": 1}}),
    ("PartyFilterInput", {"a": {"zz": 1}}),
    ("PartyFilterInput", {"a": {"kind": "MERCHAN"}}),
    ("PartyFilterInput", {"a": {"kind": 5}}),
    ("MovePartyInput", {"a": {"party": None}}),
    ("Decimal", {"a": 1.5}),
    ("Decimal", {"a": "1" * 39}),
    ("Instant", {"a": "now"}),
    ("Instant", {"a": "0001-01-01T00:00:00+14:00"}),
    *(("Instant", {"a": given}) for given in NO_INSTANTS),
    ("LocalDate", {"a": "today"}),
    *(("LocalDate", {"a": given}) for given in NO_DAYS),
    ("CurrencyCode", {"a": "yuan"}),
    ("JSON", {"a": 5}),
    ("JSON", {"a": {"a": "x" * 2**20}}),
    ("JSON", {"a": {"a": [[[[[[[[[[]]]]]]]]]]}}),
    ("JSON", {"a": {"a": 2**53}}),
    ("JSON", {"a": {"a": 0.5}}),
]


def refuse(text: str) -> Iterator[str]:
    try:
        document = parse(text, max_tokens=1_500)
    except GraphQLError as error:
        yield error.message
    else:
        yield from (error.message for error in validate(SCHEMA, document, specified_rules))


def refuse_value(type_: str, variables: dict[str, Any]) -> list[str]:
    (operation,) = parse(f"query($a: {type_}) {{ viewer {{ actor }} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_variable_values(SCHEMA, operation.variable_definitions, variables, max_errors=9)
    assert isinstance(found, list), type_
    return [error.message for error in found]


def refuse_argument(text: str) -> list[str]:
    """A variable may be null although its default is not; only who runs the operation sees it."""
    result = execute_sync(SCHEMA, parse(text), variable_values={"a": None})
    return [error.message for error in result.errors or ()]


MESSAGES = sorted(
    {
        *(message for text in TEXTS for message in refuse(text)),
        *(message for value in VALUES for message in refuse_value(*value)),
        *refuse_argument('query($a: ID = "x") { node(id: $a) { id } }'),
        *refuse_argument('mutation($a: String = "x") { moveParty(input: {party: $a, to: "b"}) { replayed } }'),
    }
)

# Types, and what the grammar and the language call things.
AS_THEY_ARE = """
String Unicode GraphQL Int Boolean ID JSON UTC BigInt Decimal Instant LocalDate CurrencyCode Name EOF QUERY
query skip include kind party true false null True None
"""
NAMES = set(AS_THEY_ARE.split())


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message[:60])
def test_what_the_library_says_is_said_in_chinese(message):
    said = translate(message)
    # Names and values stand in quotes, objects in braces.
    words = re.findall("[A-Za-z]{2,}", re.sub(r"'[^']*'|\"[^\"]*\"|\{.*\}", "", said, flags=re.DOTALL))

    assert set(words) <= NAMES, said


def find_templates(sentence: str) -> set[str]:
    found = find_template(sentence)
    if found is None:
        said, instead = split_suggestion(sentence)
        return find_templates(said) | find_templates(instead) if instead else set()
    template, facts = found
    inside = [*split_problem(facts.get("problem", "")), facts.get("instead", "")]
    return {template}.union(*(find_templates(each) for each in inside if each))


def test_every_template_is_one_of_the_librarys():
    made = {template for message in MESSAGES for template in find_templates(message)}

    assert set(SENTENCES) - made == set()


@pytest.mark.parametrize(("scalar", "given"), [*(("LocalDate", each) for each in NO_DAYS), ("Instant", NO_INSTANTS[0])])
def test_what_a_scalar_says_is_known_and_not_quoted(scalar, given):
    (message,) = refuse_value(scalar, {"a": given})

    assert "“" not in translate(message)


def test_suggestions_are_said_too():
    assert translate("Cannot query field 'nod' on type 'Query'. Did you mean 'node' or 'nodes'?") == (
        "类型 'Query' 没有字段 'nod'。是否想用 'node' 或 'nodes'？"
    )


def test_what_is_not_known_is_quoted_as_it_is():
    assert translate("Something new.") == "文档或变量不符合要求：Something new."
    assert translate("Syntax Error: Something new.") == "语法错误：“Something new.”"


def test_what_is_wrong_with_fields_of_fields_is_said_of_each():
    said = [translate(message) for message in refuse(FIELDS_OF_FIELDS)]

    assert said == [
        "字段 'party' 相互冲突：子字段 'parent' 相互冲突：子字段 'a' 相互冲突：'id' 与 'kind' 是不同的字段，"
        "子字段 'b' 相互冲突：'kind' 与 'id' 是不同的字段；若确要同时查询，请使用不同的别名。"
    ]
