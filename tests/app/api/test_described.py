"""Who looks at the schema is told of every part what it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import build_schema as read_schema
from graphql import introspection_from_schema

from app.api.glossary import ARGUMENTS, GIVEN, NAMES
from app.api.glossary_values import VALUES
from app.api.schema import build_schema

TEXT = build_schema().as_str()
PARTS = [
    part
    for part in introspection_from_schema(read_schema(TEXT))["__schema"]["types"]
    if not part["name"].startswith("__")
]


def list_parts(part: Any) -> Iterator[tuple[str, str | None]]:
    """Everything that a type has, by its place, with what is said of it."""
    yield part["name"], part["description"]
    for each in (*(part["fields"] or ()), *(part["inputFields"] or ()), *(part["enumValues"] or ())):
        place = f"{part['name']}.{each['name']}"
        yield place, each["description"]
        for given in each.get("args", ()):
            yield f"{place}({given['name']})", given["description"]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["name"])
def test_every_type_field_argument_and_value_is_described(part: Any) -> None:
    assert [place for place, said in list_parts(part) if not said] == []


def test_descriptions_are_sentences() -> None:
    # What ends in an example ends with it.
    ends = (".", "…", ")", '"')
    said = {place: text for part in PARTS for place, text in list_parts(part) if text is not None}

    assert {place: text for place, text in said.items() if not text.endswith(ends) or text[0].islower()} == {}


def test_no_word_of_the_glossaries_is_of_nothing() -> None:
    said = {text for part in PARTS for _, text in list_parts(part)}
    values = {name: {each["name"] for each in part["enumValues"] or ()} for part in PARTS for name in [part["name"]]}

    for glossary in (NAMES, GIVEN, ARGUMENTS):
        assert [name for name, text in glossary.items() if text not in said] == []
    assert [(name, value) for name, known in VALUES.items() for value in known if value not in values[name]] == []


@pytest.mark.parametrize("glossary", [NAMES, GIVEN, ARGUMENTS, VALUES, *VALUES.values()])
def test_the_glossaries_are_in_order(glossary: dict[str, object]) -> None:
    assert list(glossary) == sorted(glossary)


def test_what_says_something_of_its_own_is_left_as_it_is() -> None:
    parts = dict(each for part in PARTS for each in list_parts(part))

    assert parts["Hold.left"] == "What it still holds."
    assert parts["Sheet.legalEntity"] == "The one that pays it."
    assert parts["Hold.legalEntity"] == NAMES["legalEntity"]
    assert parts["PlaceHoldInput.legalEntity"] == GIVEN["legalEntity"]
    assert parts["ErrorCode.BOOK_MISSING"] == "There is no such legal entity."
