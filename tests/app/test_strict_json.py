"""JSON as strangers send it."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.refusals import BadRequest
from app.strict_json import DEEPEST, read_object, read_value

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**38), 10**38),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), inner, max_size=4
        ),
    ),
    max_leaves=20,
)


@given(JSON_VALUES, st.booleans())
def test_good_json_is_read_as_it_was_written(value, escaped):
    assert read_value(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 01}', "not valid JSON"),
        (b'{"a": "\n"}', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        ('{"a": 1}'.encode("utf-16"), "not valid UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "not valid JSON"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"1", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"a": 1, "b": 2, "a": 1}', "The key 'a' stands twice"),
        (b'{"x": {"a": 1, "\\u0061": 1}}', "The key 'a' stands twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": Infinity}', "Infinity is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e400}', "too long or too large"),
        (b'{"a": -1e400}', "too long or too large"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "more than 40 digits"),
        (b'{"a": 1.' + b"9" * 5_000 + b"}", "too long or too large"),
        (b'{"a": "\\u0000"}', "U+0000"),
        (b'{"\\u0000": 1}', "U+0000"),
        (b'{"a": ["\\ud800"]}', "surrogate"),
        (b'{"a": {"b": "\\udc00x"}}', "surrogate"),
    ],
    ids=range(28),
)
def test_bad_json_is_refused_by_name(raw, reason):
    with pytest.raises(BadRequest) as refusal:
        read_object(raw)

    assert reason in str(refusal.value)


def test_a_whole_surrogate_pair_is_one_character():
    assert read_object(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_nesting_is_allowed_up_to_a_bound_and_counted_outside_text_only():
    deepest = b"[" * DEEPEST + b"]" * DEEPEST

    assert read_value(deepest)
    assert read_value(b'["' + b"[" * 1_000 + b'\\"[[", ' + b"[]," * 1_000 + b"1]")
    with pytest.raises(BadRequest, match="deeper than 64"):
        read_value(b"[" + deepest + b"]")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 2_000_000,
        b'{"a":' * 700_000,
        b'"' + b'\\"' * 2_000_000,
        b"[" * 100 + b'"' + b'\\"' * 2_000_000,
        b"[" * 100 + b'"\\' * 1_000_000,
        b"[" * 100 + b"\\" * 4_000_000,
        b"{" * 100 + b'"a"' * 1_000_000,
    ],
    ids=range(7),
)
def test_the_worst_four_megabytes_are_refused_in_two_seconds(raw):
    times = []
    for _ in range(2):
        began = time.process_time()
        with pytest.raises(BadRequest):
            read_object(raw)
        times.append(time.process_time() - began)

    assert min(times) < 2


@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_and_nothing_worse(raw):
    with contextlib.suppress(BadRequest):
        assert isinstance(read_object(raw), dict)
