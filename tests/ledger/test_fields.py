"""What several documents have in common is read in one way."""

import pytest

from ledger import fields
from ledger.errors import InvalidInput
from ledger.money import CurrencyUnknown


def test_a_name_that_may_be_left_out_is_read_as_any_other_where_it_is_there():
    assert fields.read_optional_text({"order": "O1"}, "order") == "O1"
    assert fields.read_optional_text({}, "order") == ""
    with pytest.raises(InvalidInput, match="order must be a text"):
        fields.read_optional_text({"order": ""}, "order")


def test_a_currency_is_one_that_has_minor_units():
    assert fields.read_currency("KWD", field=("currency",)) == "KWD"
    with pytest.raises(CurrencyUnknown):
        fields.read_currency("XAU", field=("currency",))
    with pytest.raises(InvalidInput, match="currency must be a text"):
        fields.read_currency(156, field=("currency",))


@pytest.mark.parametrize("number", [1, 2**63 - 1])
def test_a_number_is_a_whole_one_that_the_store_could_have_given(number):
    assert fields.read_number(number, field=("sheet",)) == number


@pytest.mark.parametrize("number", [0, -1, 2**63, True, 1.0, "1", None])
def test_anything_else_is_no_number(number):
    with pytest.raises(InvalidInput, match="sheet must be the number of one"):
        fields.read_number(number, field=("sheet",))


@pytest.mark.parametrize("value", [0, 1, "true", "", None])
def test_only_true_and_false_are_one_of_them(value):
    assert fields.read_boolean(False, field=("netting",)) is False
    with pytest.raises(InvalidInput, match="netting must be true or false, given: "):
        fields.read_boolean(value, field=("netting",))
