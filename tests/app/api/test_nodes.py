"""Global ids as the API reads them."""

import pytest

from app.api.nodes import IdInvalid, read_id
from ledger.ids import GlobalId, encode_id

ENTRY = GlobalId("Entry", 1, 7)


def test_an_id_is_read_whatever_it_names_or_only_if_it_names_what_is_wanted():
    assert read_id(encode_id(ENTRY)) == read_id(encode_id(ENTRY), kind="Entry") == ENTRY


def test_an_id_of_another_kind_is_refused_by_the_name_of_the_kind_that_was_wanted():
    with pytest.raises(IdInvalid, match="does not name a Party") as refusal:
        read_id(encode_id(ENTRY), kind="Party", field=("input", "party"))

    assert (refusal.value.code, refusal.value.field) == ("ID_INVALID", ("input", "party"))


def test_what_is_no_id_is_refused():
    with pytest.raises(IdInvalid, match="does not name a thing"):
        read_id("nonsense")
