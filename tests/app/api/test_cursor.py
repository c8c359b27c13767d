"""Cursors: they come back to their own list, show nothing, and fit nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.cursor import CursorInvalid, Cursors, CursorScope

cursors = Cursors(b"a secret of the server")
ENTRIES = CursorScope(platform_id=1, list_name="entries", filters={"kind": "SPLIT", "party": 7})
POSITIONS = st.lists(
    st.one_of(st.integers(0, 2**63), st.text(st.characters(exclude_categories=("Cs",)), max_size=200)), max_size=3
)


@given(POSITIONS)
def test_a_cursor_comes_back_to_its_list_as_it_went_in(position):
    assert cursors.decode(cursors.encode(tuple(position), scope=ENTRIES), scope=ENTRIES) == tuple(position)


def test_the_same_position_has_the_same_cursor_and_the_order_of_filters_is_no_filter():
    swapped = CursorScope(platform_id=1, list_name="entries", filters={"party": 7, "kind": "SPLIT"})

    assert cursors.encode((1, "a"), scope=ENTRIES) == cursors.encode((1, "a"), scope=swapped)


@pytest.mark.parametrize(
    "other",
    [
        CursorScope(platform_id=2, list_name="entries", filters=ENTRIES.filters),
        CursorScope(platform_id=1, list_name="lines", filters=ENTRIES.filters),
        CursorScope(platform_id=1, list_name="entries", filters={"kind": "REFUND", "party": 7}),
        CursorScope(platform_id=1, list_name="entries", filters={"kind": "SPLIT", "party": "7"}),
        CursorScope(platform_id=1, list_name="entries", filters={"kind": "SPLIT"}),
    ],
)
def test_a_cursor_of_another_platform_list_or_filter_is_refused(other):
    with pytest.raises(CursorInvalid) as refusal:
        cursors.decode(cursors.encode((42,), scope=other), scope=ENTRIES, field=("after",))

    assert (refusal.value.code, refusal.value.field) == ("CURSOR_INVALID", ("after",))


def test_a_cursor_of_another_server_is_refused():
    with pytest.raises(CursorInvalid):
        Cursors(b"another secret").decode(cursors.encode((42,), scope=ENTRIES), scope=ENTRIES)


def test_a_cursor_does_not_show_the_sequence_in_it():
    raw = base64.urlsafe_b64decode(cursors.encode((123456789,), scope=ENTRIES) + "==")

    assert b"123456789" not in raw
    near = base64.urlsafe_b64decode(cursors.encode((123456788,), scope=ENTRIES) + "==")
    assert raw[17:20] != near[17:20]


@given(st.data())
def test_a_changed_cursor_is_refused(data):
    genuine = cursors.encode((42, "M-1"), scope=ENTRIES)
    at = data.draw(st.integers(0, len(genuine) - 2))
    letter = data.draw(st.sampled_from("ABCabc012-_").filter(lambda each: each != genuine[at]))

    with pytest.raises(CursorInvalid):
        cursors.decode(genuine[:at] + letter + genuine[at + 1 :], scope=ENTRIES)


@given(st.one_of(st.text(max_size=100), st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_anything_else_is_refused_as_a_cursor_and_as_nothing_worse(text):
    with pytest.raises(CursorInvalid):
        cursors.decode(text, scope=ENTRIES)


def test_a_very_long_cursor_is_refused_without_being_read():
    with pytest.raises(CursorInvalid):
        cursors.decode("A" * 10_000_000, scope=ENTRIES)
