"""Global ids as the API reads them."""

import json
from dataclasses import replace

import pytest

from app.api.nodes import IdInvalid, read_id
from app.api.schema import NODES
from ledger.ids import GlobalId, decode_id, encode_id
from tests.app.api.gateway import Desk

ENTRY = GlobalId("Entry", 1, 7)


def test_an_id_is_read_whatever_it_names_or_only_if_it_names_what_is_wanted():
    assert read_id(encode_id(ENTRY)) == read_id(encode_id(ENTRY), kind="Entry") == ENTRY


def test_an_id_of_another_kind_is_refused_by_the_name_of_the_kind_that_was_wanted():
    with pytest.raises(IdInvalid, match="names no Party") as refusal:
        read_id(encode_id(ENTRY), kind="Party", field=("input", "party"))

    assert (refusal.value.code, refusal.value.field) == ("ID_INVALID", ("input", "party"))


def test_what_is_no_id_is_refused():
    with pytest.raises(IdInvalid, match="names no thing"):
        read_id("nonsense")


@pytest.mark.parametrize("kind", sorted(NODES))
async def test_an_id_whose_key_is_none_of_its_kind_names_nothing(desk: Desk, kind: str):
    account, deep = ["LE", "1010", None, "CNY"], "[" * 1_500
    no_text = [json.dumps([text, *account[1:]]) for text in ("\0", "\ud800")]
    for key in (999_999_999, "x", "7", "[]", "{}", "null", deep, json.dumps(["\0", "1"]), *no_text):
        text = encode_id(GlobalId(kind, desk.book.platform_id, key))

        answer = await desk.ask("query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", id=text)

        assert answer == {"node": None, "nodes": [None]}, key


async def test_a_thing_has_one_id(desk: Desk):
    await desk.book.owe("M1", 100)
    (account, *_) = (await desk.ask("{ accounts(first: 1) { nodes { id } } }"))["accounts"]["nodes"]
    found = decode_id(account["id"])
    assert found is not None

    other = encode_id(replace(found, key=json.dumps(json.loads(str(found.key)))))

    assert other != account["id"]
    assert (await desk.ask("query ($id: ID!) { account(id: $id) { id } }", id=account["id"]))["account"] == account
    assert (await desk.ask("query ($id: ID!) { account(id: $id) { id } }", id=other))["account"] is None
