"""One thing, one name, one type, over the whole schema: what callers learn of one type holds for all."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from app.api.schema import build_schema as build_ours

SCHEMA = build_schema(build_ours().as_str())
TYPES = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
OUTPUTS = {name: kind for name, kind in TYPES.items() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)}
INPUTS = {name: kind for name, kind in TYPES.items() if isinstance(kind, GraphQLInputObjectType)}
ROOTS = {"Query", "Mutation", "Subscription"}
PAGING = {"first", "after", "last", "before"}

# What a name means in answers, and in inputs, filters and arguments: things that callers named go by their
# reference there, things that we numbered by their id.
ANSWERED = {
    "id": "ID",
    "legalEntity": "LegalEntity",
    "party": "Party",
    "sheet": "Sheet",
    "payout": "Payout",
    "approval": "Approval",
    "entry": "Entry",
    "order": "Order",
    "orderLine": "OrderLine",
    "rate": "Decimal",
    "exact": "Decimal",
    "currency": "CurrencyCode",
    "sequence": "BigInt",
    "number": "BigInt",
    "replayed": "Boolean",
    "userErrors": "UserError",
    "metadata": "JSON",
    "payload": "JSON",
}
GIVEN = {
    "id": "ID",
    "legalEntity": "String",
    "party": "String",
    "order": "String",
    "sheet": "ID",
    "payout": "ID",
    "approval": "ID",
    "hold": "ID",
    "slice": "ID",
    "entry": "ID",
    "rate": "Decimal",
    "currency": "CurrencyCode",
    "accountCode": "String",
    "metadata": "JSON",
}


def fields(types: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    return ((owner, name, field) for owner, kind in types.items() for name, field in kind.fields.items())


def arguments() -> Iterator[tuple[str, str, Any]]:
    return (
        (f"{owner}.{name}", argument, given)
        for owner, name, field in fields(OUTPUTS)
        for argument, given in field.args.items()
    )


def type_name(field: Any) -> str:
    return get_named_type(field.type).name


def test_a_name_means_one_type_in_answers():
    wrong = {
        f"{owner}.{name}": type_name(field)
        for owner, name, field in fields(OUTPUTS)
        if type_name(field) != ANSWERED.get(name, type_name(field))
    }

    assert wrong == {}


def test_a_thing_is_answered_itself_and_not_by_its_id():
    ids = {f"{owner}.{name}" for owner, name, field in fields(OUTPUTS) if type_name(field) == "ID" and name != "id"}

    assert ids == set()


def test_a_name_means_one_type_in_what_is_given():
    wrong = {
        f"{owner}.{name}": type_name(field)
        for owner, name, field in (*fields(INPUTS), *arguments())
        if type_name(field) != GIVEN.get(name, type_name(field))
    }

    assert wrong == {}


# A bound of a stretch of time says which end it is instead.
INSTANT = re.compile(r".*(At|Start|End|From|To|By|Until|Since|After|start|end|deadline)")
DAY = re.compile(r".*(Date|Day|From|To|Through|Before|After|day|from|to|through)")


@pytest.mark.parametrize(("scalar", "pattern"), [("Instant", INSTANT), ("LocalDate", DAY)])
def test_an_instant_and_a_day_have_it_in_their_names(scalar: str, pattern: re.Pattern[str]):
    everywhere = (*fields(OUTPUTS), *fields(INPUTS))
    named = [f"{owner}.{name}" for owner, name, field in everywhere if type_name(field) == scalar]

    assert [name for name in named if not pattern.fullmatch(name) and name != "Calendar.addWorkingDays"] == []


def test_a_word_with_at_in_its_end_is_an_instant():
    wrong = {f"{owner}.{name}" for owner, name, field in fields(OUTPUTS) if re.fullmatch(r".*[a-z]At", name)} - {
        f"{owner}.{name}" for owner, name, field in fields(OUTPUTS) if type_name(field) == "Instant"
    }

    assert wrong == set()


def test_every_list_is_paged_and_filtered_alike():
    lists = {
        f"{owner}.{name}": set(field.args)
        for owner, name, field in fields(OUTPUTS)
        if type_name(field).endswith("Connection")
    }

    assert {name for name, given in lists.items() if not given >= PAGING} == set()
    # The history has the arguments of the subscription.
    assert lists.pop("Query.events") == {*PAGING, "types", "party"}
    # Of a moment, with the argument of balances.
    assert lists.pop("Party.children") == {*PAGING, "asOf"}
    assert {name for name, given in lists.items() if given - PAGING - {"filter"}} == set()


def test_a_list_is_filtered_by_the_name_that_its_things_have():
    conditions = [(owner, name) for owner, name, _ in fields(INPUTS) if owner.endswith("FilterInput")]

    # By one status or several: a list takes a single word, too.
    assert [(owner, name) for owner, name in conditions if name.endswith("es")] == []


def test_what_filters_is_an_input_of_that_name():
    filters = {type_name(given) for _, argument, given in arguments() if argument == "filter"}

    assert filters == {name for name in INPUTS if name.endswith("FilterInput")}


def test_a_mutation_takes_one_input_and_answers_a_payload_with_its_errors():
    mutation = SCHEMA.mutation_type
    assert mutation is not None

    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        assert type_name(field.args["input"]).endswith("Input"), name
        payload = get_named_type(field.type)
        assert payload.name.endswith("Payload"), name
        assert "userErrors" in payload.fields, name


def test_an_input_is_named_for_what_it_is():
    assert [name for name in INPUTS if not name.endswith("Input")] == []


def test_words_of_enums_are_in_capitals():
    words = [word for kind in TYPES.values() if isinstance(kind, GraphQLEnumType) for word in kind.values]

    assert [word for word in words if not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", word)] == []


def test_every_type_and_every_question_says_what_it_is():
    silent = {name for name, kind in TYPES.items() if not kind.description} - ROOTS
    questions = ((root, name, field) for root in ROOTS for name, field in OUTPUTS[root].fields.items())
    unsaid = {f"{root}.{name}" for root, name, field in questions if not field.description}

    assert silent - {"Boolean", "Float", "ID", "Int", "String"} == set()
    assert unsaid == set()


# What is not there is missing. Unknown is only a word that no list of the program has, or how something ended.
UNKNOWN = {
    "ANSWER_UNKNOWN_PAYOUT",
    "COUNTRY_UNKNOWN",
    "CURRENCY_UNKNOWN",
    "OUTCOME_UNKNOWN",
    "WITHHOLDING_RULE_UNKNOWN",
}


def test_what_is_not_there_is_refused_as_missing():
    codes = SCHEMA.type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)

    assert {code for code in codes.values if "UNKNOWN" in code} - UNKNOWN == set()
