from typing import Any

import pytest

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
        ({"metadata": {"x": float("nan")}}, ("metadata",)),
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
