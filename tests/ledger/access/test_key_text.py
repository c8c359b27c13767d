"""The text of a key, without a store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.access.errors import KeyInvalid
from ledger.access.keys import parse_key

GOOD = f"sb_7_{'a' * 16}_{'0f' * 32}"


def test_a_key_comes_apart_into_platform_id_and_secret():
    key = parse_key(GOOD)

    assert (key.platform_id, key.key_id, key.secret) == (7, "a" * 16, b"\x0f" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sb",
        GOOD.upper(),
        GOOD + "0",
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace("sb_7", "sb_0"),
        GOOD.replace("sb_7", "sb_07"),
        GOOD.replace("sb_7", "sb_٧"),
        GOOD.replace("sb_7", "sb_-7"),
        GOOD.replace("sb_7", "sb_9223372036854775808"),
        GOOD.replace("sb_7", "sb_" + "9" * 5_000),
        GOOD.replace("0f", "0g"),
    ],
    ids=range(13),
)
def test_anything_else_is_no_key(text):
    with pytest.raises(KeyInvalid):
        parse_key(text)


@given(st.text(max_size=120))
def test_random_text_is_no_key(text):
    with pytest.raises(KeyInvalid):
        parse_key(text)
