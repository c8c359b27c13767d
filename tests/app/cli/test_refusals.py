"""A refused line is told with its number, the place in it and the reason; with --json as data."""

import json

import pytest

from app.cli.refusals import Refusals
from app.importing.outcomes import Refusal, Rejected

REJECTED = [
    Rejected(7, Refusal("AMOUNT_INVALID", "An amount in BRL is text.", ("lines", "0", "goods"))),
    Rejected(8, Refusal("INVALID_INPUT", "lines.0.quantity must be a whole number.", ("lines", "0", "quantity"))),
    Rejected(9, Refusal("INVALID_JSON", "The line is not valid JSON.")),
]


def test_a_person_reads_which_field_of_which_line_and_reads_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    Refusals(as_json=False).report(REJECTED)

    assert capsys.readouterr().err == (
        "line 7: lines.0.goods: An amount in BRL is text. [AMOUNT_INVALID]\n"
        "line 8: lines.0.quantity must be a whole number. [INVALID_INPUT]\n"
        "line 9: The line is not valid JSON. [INVALID_JSON]\n"
    )


def test_a_program_reads_the_field_apart_from_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    Refusals(as_json=True).report(REJECTED[:1])

    assert json.loads(capsys.readouterr().out) == {
        "line": 7,
        "code": "AMOUNT_INVALID",
        "field": "lines.0.goods",
        "message": "An amount in BRL is text.",
    }
