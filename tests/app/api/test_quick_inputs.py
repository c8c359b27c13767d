"""Inputs that are built by a plan come out as Strawberry builds them."""

from enum import StrEnum
from typing import Any

import pytest
import strawberry

from app.api.quick_inputs import built_quickly


@strawberry.enum
class Size(StrEnum):
    SMALL = "S"
    LARGE = "L"


def make_echo(*, quick: bool) -> strawberry.Schema:
    """A schema with one query that shows the value its nested input became."""
    decorate = built_quickly if quick else lambda input_type: input_type

    @decorate
    @strawberry.input
    class Part:
        part_name: str
        size: Size = Size.SMALL
        count: int | None = None
        words: list[str] | None = None

    @decorate
    @strawberry.input
    class Whole:
        parts: list[Part]
        one: Part | None = None
        must: str | None = strawberry.field(name="mustBe")

    @strawberry.type
    class Query:
        @strawberry.field
        def echo(self, input: Whole) -> str:
            return repr(input).replace("make_echo.<locals>.", "")

    return strawberry.Schema(Query)


QUICK, SLOW = make_echo(quick=True), make_echo(quick=False)
DOCUMENT = "query($input: Whole!) { echo(input: $input) }"


@pytest.mark.parametrize(
    "given",
    [
        {"parts": []},
        {"parts": [{"partName": "a"}]},
        {"parts": {"partName": "alone"}},
        {"parts": [{"partName": "a", "size": "LARGE", "count": 3, "words": ["x", "y"]}, {"partName": "b"}]},
        {"parts": [{"partName": "a", "count": None, "words": None}], "one": None, "mustBe": None},
        {"parts": [], "one": {"partName": "c", "size": "SMALL"}, "mustBe": "so"},
    ],
)
def test_a_planned_input_is_the_one_that_was_said(given: dict[str, Any]):
    quick = QUICK.execute_sync(DOCUMENT, variable_values={"input": given})
    slow = SLOW.execute_sync(DOCUMENT, variable_values={"input": given})

    assert quick.errors is None
    assert quick.data == slow.data


@pytest.mark.parametrize("given", [{}, {"parts": [{}]}, {"parts": [], "else": 1}, {"parts": [{"partName": None}]}])
def test_a_wrong_input_is_refused_before_it_is_built(given: dict[str, Any]):
    assert QUICK.execute_sync(DOCUMENT, variable_values={"input": given}).errors
