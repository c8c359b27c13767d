"""Limits on documents, and that measuring them is itself bounded."""

import contextlib
import time
from typing import Any

import pytest
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from app.operations.documents import DocumentRefused, Documents
from app.operations.limits import Limits
from app.operations.shape import check_shapes
from app.refusals import BadRequest, OperationTooLarge
from tests.app.world import SCHEMA

LIMITS = Limits()


def prepare(text: str, limits: Limits = LIMITS) -> Any:
    return Documents(SCHEMA._schema, limits).prepare(text)


def nest(levels: int) -> str:
    return "{ toy " + "{ friend " * (levels - 2) + "{ name" + " }" * levels


def too_large(text: str, what: str, limits: Limits = LIMITS) -> None:
    with pytest.raises(OperationTooLarge) as refusal:
        prepare(text, limits)
    assert f" {what};" in str(refusal.value)


def test_depth_is_counted_in_fields():
    assert prepare(nest(12))
    too_large(nest(13), "levels of fields")


def test_fragments_do_not_hide_depth():
    chain = "".join(f"fragment f{n} on Toy {{ friend {{ ...f{n + 1} }} }} " for n in range(11))

    too_large("{ toy { ...f0 } } " + chain + "fragment f11 on Toy { name }", "levels of fields")


def test_inline_fragments_add_no_depth_but_may_not_nest_without_end():
    def inline(levels: int) -> str:
        return "{ toy { " + "... on Toy { " * levels + "name" + " }" * levels + " } }"

    assert prepare(inline(20))
    too_large(inline(150), "levels of selections")


def test_aliases_are_counted_through_fragments_once_per_spread():
    assert prepare("{ " + " ".join(f"a{n}: number" for n in range(10)) + " }")
    fragment = "fragment f on Toy { " + " ".join(f"a{n}: name" for n in range(11)) + " } "
    assert prepare("{ toy { ...f friend { ...f } } } " + fragment)
    too_large("{ toy { ...f friend { ...f friend { ...f } } } } " + fragment, "aliases")


def test_root_fields_are_counted_through_fragments():
    fields = " ".join(f"a{n}: number" for n in range(9))

    assert prepare("query { ...f number } fragment f on Query { " + fields + " }")
    too_large("query { ...f number lies } fragment f on Query { " + fields + " }", "root fields")


def test_directives_are_counted_wherever_they_stand():
    twenty = "friend @skip(if: false) { name @include(if: true) } " * 10

    assert prepare("{ toy { " + twenty + "} }")
    too_large("{ toy @skip(if: true) { " + twenty + "} }", "directives")


def test_tokens_are_bounded_by_the_parser():
    with pytest.raises(DocumentRefused, match="more than 1500 tokens"):
        prepare("{ " + "number " * 1_500 + "}")


def test_the_text_is_bounded_before_it_is_parsed():
    with pytest.raises(BadRequest):
        prepare('{ echo(text: "' + "x" * 70_000 + '") }')


def test_fields_of_one_name_are_bounded_because_validation_compares_them_in_pairs():
    assert prepare("{ toy { " + "friend { name } " * 100 + "} }")
    too_large("{ toy { " + "friend { name } " * 101 + "} }", "fields named friend")
    too_large("{ toy { " + "name " * 401 + "} }", "fields named name")


def test_introspection_nests_deeper_than_data_and_not_endlessly():
    def types(levels: int) -> str:
        return '{ __type(name: "Toy") { fields { type ' + "{ ofType " * levels + "{ name }" + " }" * levels + " } } }"

    assert prepare(types(9))
    too_large(types(18), "levels of introspection")


def measure_once(text: str) -> float:
    """Processor seconds for one document."""
    began = time.process_time()
    with contextlib.suppress(OperationTooLarge, DocumentRefused):
        prepare(text)
    return time.process_time() - began


def measure(text: str) -> float:
    """The least of ten, because other work and the collector sit in some."""
    return min(measure_once(text) for _ in range(10))


def doubling(step: str, length: int = 60) -> str:
    chain = "".join(f"fragment f{n} on Toy {{ {step.replace('NEXT', f'...f{n + 1}')} }} " for n in range(length))
    return "{ toy { ...f0 } } " + chain + f"fragment f{length} on Toy {{ name }}"


@pytest.mark.parametrize(
    "step",
    ["NEXT NEXT", "a: friend { NEXT } b: friend { NEXT }", "name @skip(if: true) NEXT NEXT"],
    ids=["spreads", "fields", "directives"],
)
def test_fragments_that_double_at_each_step_cost_what_their_text_costs(step):
    # A document twice as long may cost twice as much and some more; one that is opened up would cost 2^40 times that.
    assert measure(doubling(step, 80)) < 5 * measure(doubling(step, 40))


@pytest.mark.parametrize(
    "inside",
    [
        "friend { name } " * 100,
        "name " * 400,
        "toys(first: 1) { nodes { name } } " * 100,
        ("friend { " + "friend { name } " * 9 + "} ") * 10,
    ],
    ids=range(4),
)
def test_the_worst_documents_within_the_limits_are_validated_in_a_second(inside):
    text = "{ toy { " + inside + "} }"

    assert prepare(text)
    assert any(measure_once(text) < 1 for _ in range(10))  # once is enough; a busy machine may need another chance


@pytest.mark.parametrize(
    "text",
    [
        "{ toy { ...a } } fragment a on Toy { ...a }",
        "{ toy { ...a } } fragment a on Toy { friend { ...b } } fragment b on Toy { friend { ...a } }",
        "{ toy { ...missing } }",
        "{ toy { ...a } } fragment a on Toy { name } fragment a on Toy { id }",
    ],
)
def test_broken_fragments_are_left_to_validation(text):
    with pytest.raises(DocumentRefused):
        prepare(text)


def test_u0000_in_a_literal_is_refused_because_the_store_has_no_place_for_it():
    with pytest.raises(BadRequest):
        prepare('{ echo(text: "a\\u0000b") }')
    assert prepare('{ echo(text: "a\\u0041b") }')


def test_a_document_is_read_once_and_the_oldest_is_forgotten_when_they_grow_too_many():
    documents = Documents(SCHEMA._schema, LIMITS)
    first = documents.prepare("{ number }")

    assert documents.prepare("{ number }") is first
    for n in range(10):
        documents.prepare(f"{{ number }} # {n} " + "x" * 40_000)

    assert documents.prepare("{ number }") is not first
    assert documents._characters <= 262_144


SPREADS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10)


@given(SPREADS, st.lists(st.integers(0, 9), min_size=1, max_size=3))
def test_random_fragments_are_counted_as_if_each_spread_were_written_out(spreads, used):
    """Against the exponential definition, on graphs without cycles: fragment n spreads only later ones."""
    later = [[each for each in targets if each > n] for n, targets in enumerate(spreads)]

    def count(n: int) -> int:
        return 1 + sum(count(each) for each in later[n])

    fragments = "".join(
        f"fragment f{n} on Toy {{ x{n}: name {' '.join(f'...f{each}' for each in targets)} }} "
        for n, targets in enumerate(later)
    )
    text = f"{{ toy {{ {' '.join(f'...f{n}' for n in used)} }} }} {fragments}"
    aliases = sum(count(n) for n in used)

    check_shapes(parse(text), Limits(aliases=aliases))
    with pytest.raises(OperationTooLarge):
        check_shapes(parse(text), Limits(aliases=aliases - 1))
