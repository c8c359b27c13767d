from collections.abc import Callable
from typing import Any

import pytest

from app.api.scalars import parse_json
from ledger.errors import LedgerError
from ledger.parties.model import PartyDraft
from ledger.parties.parsing import parse_party

GOOD: dict[str, Any] = {"reference": "M1", "kind": "MERCHANT", "name": "商店 é", "parent": "OP"}


def test_a_party_is_read_whole() -> None:
    document = GOOD | {
        "currency": "JPY",
        "timeZone": "Asia/Tokyo",
        "settlement": {"mode": "agency", "cycle": "T+2"},
        "metadata": {"b": 1, "a": [True]},
    }

    assert parse_party(document) == PartyDraft(
        "M1", "MERCHANT", "商店 é", "OP", "JPY", "Asia/Tokyo", '{"cycle":"T+2","mode":"agency"}', '{"a":[true],"b":1}'
    )


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": 1.5},
        {"a": 2**53 - 1},
        {"a": -(2**53)},
        {"a": {"b": {"c": {"d": {"e": {}}}}}},
        {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
        {"a": [[[[[]]]]]},
        {"a": [[[[[[]]]]]]},
        {"a": None, "b": [True, "1.5"]},
    ],
)
def test_a_file_says_about_a_party_what_the_api_takes_and_nothing_else(metadata: dict[str, Any]) -> None:
    def is_taken(read: Callable[[dict[str, Any]], object], given: dict[str, Any]) -> bool:
        try:
            read(given)
        except (LedgerError, ValueError):
            return False
        return True

    assert is_taken(parse_party, GOOD | {"metadata": metadata}) == is_taken(parse_json, metadata)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, ("surprise",)),
        ({"kind": "SHOP"}, ("kind",)),
        ({"reference": ""}, ("reference",)),
        ({"reference": 7}, ("reference",)),
        ({"reference": "x" * 201}, ("reference",)),
        ({"reference": " M1"}, ("reference",)),
        ({"reference": "M\u20281"}, ("reference",)),
        ({"parent": "OP "}, ("parent",)),
        ({"timeZone": "localtime"}, ("timeZone",)),
        ({"name": None}, ("name",)),
        ({"name": "a\x00b"}, ("name",)),
        ({"parent": None}, ("parent",)),
        ({"kind": "OPERATOR"}, ("parent",)),
        ({"timeZone": "Mars/Base"}, ("timeZone",)),
        ({"settlement": []}, ("settlement",)),
        ({"settlement": {"pace": 1}}, ("settlement", "pace")),
        ({"metadata": {"x": float("nan")}}, ("metadata", "x")),
        ({"metadata": {"rating": 4.5}}, ("metadata", "rating")),
        ({"metadata": {"a": [{"b": 2**53}]}}, ("metadata", "a", "0", "b")),
        ({"metadata": {"a": [[[[[[]]]]]]}}, ("metadata",)),
        ({"settlement": {"cycle": 2.0}}, ("settlement", "cycle")),
        ({"metadata": {"x": "y" * 20_000}}, ("metadata",)),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: tuple[str, ...]) -> None:
    with pytest.raises(LedgerError) as refused:
        parse_party(GOOD | change)

    assert refused.value.field == field


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(LedgerError) as refused:
        parse_party(GOOD | {"currency": "XXZ"})

    assert refused.value.code == "CURRENCY_UNKNOWN"
