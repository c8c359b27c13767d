"""What an operation may touch, estimated before it runs."""

import time
from typing import Any

import pytest

from app.operations.execution import OperationRequest, Runner
from app.operations.limits import Limits
from app.refusals import CostLimitReached, OperationUnresolved
from tests.app.world import SCHEMA


def cost(text: str, **variables: Any) -> int:
    """The least limit that lets the operation through."""
    try:
        Runner(SCHEMA, Limits(cost=-1)).prepare(OperationRequest(text, None, variables))
    except CostLimitReached as refusal:
        return int(refusal.facts["cost"])
    raise AssertionError("everything costs more than -1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ number }", 0),
        ("{ toy { name } }", 1),
        ("{ toy { price { amount } friend { name } } }", 2),
        ("{ toys(first: 10) { nodes { name price { amount } } } }", 10),
        ("{ toys(first: 10) { edges { cursor node { name } } pageInfo { endCursor } } }", 10),
        ("{ toys(last: 7) { nodes { name } } }", 7),
        ("{ toys { nodes { name } } }", 20),
        ("{ toys(first: 10) { nodes { toys(first: 5) { nodes { friend { name } } } } } }", 10 * (1 + 5 * 2)),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('mutation { buy(name: "x") { toy { name } } }', 10 + 1 + 1),
        ("{ __schema { types { name fields { name } } } }", 0),
    ],
)
def test_things_cost_one_and_pages_their_size(text, expected):
    assert cost(text) == expected


def test_variables_and_their_defaults_count_as_what_they_are():
    text = "query($n: Int = 30, $ids: [ID!] = []) { toys(first: $n) { nodes { name } } nodes(ids: $ids) { id } }"

    assert cost(text) == 30 + 0
    assert cost(text, n=40, ids=["a", "b"]) == 40 + 2
    assert cost(text, n=None) == 20
    assert cost(text, n="not a number") == 20


def test_a_remembered_document_still_costs_what_this_requests_variables_say():
    runner = Runner(SCHEMA, Limits(cost=50))
    text = "query($n: Int!) { toys(first: $n) { nodes { name } } }"

    assert runner.prepare(OperationRequest(text, None, {"n": 50}))
    with pytest.raises(CostLimitReached):
        runner.prepare(OperationRequest(text, None, {"n": 51}))
    fixed = "query a { toys(first: 50) { nodes { name } } } query b { toys(first: 51) { nodes { name } } }"
    for _ in range(2):
        assert runner.prepare(OperationRequest(fixed, "a"))
        with pytest.raises(CostLimitReached):
            runner.prepare(OperationRequest(fixed, "b"))


@pytest.mark.parametrize("first", [101, 2**31 - 1])
def test_a_page_above_the_maximum_costs_the_maximum_and_is_refused_by_the_page_itself(first):
    assert cost(f"{{ toys(first: {first}) {{ nodes {{ name }} }} }}") == 100


def test_fragments_cost_what_they_stand_for_wherever_they_are_spread():
    fragment = "fragment f on Toy { friend { name } } "

    assert cost("{ toy { ...f } toys(first: 10) { nodes { ...f } } } " + fragment) == (1 + 1) + 10 * (1 + 1)
    page = "fragment p on ToyConnection { nodes { name } } "
    assert cost("{ a: toys(first: 10) { ...p } b: toys(first: 3) { ...p } } " + page) == 13


def test_pages_within_pages_are_refused_in_time_linear_in_the_document():
    chain = "".join(
        f"fragment f{n} on Toy {{ a{n}: toys(first: 100) {{ nodes {{ ...f{n + 1} }} }} }} " for n in range(3)
    )
    text = "{ toy { ...f0 } } " + chain + "fragment f3 on Toy { name }"
    times = []
    for _ in range(10):  # the collector sits in some
        began = time.process_time()
        assert cost(text) == 1 + 100 + 100**2 + 100**3
        times.append(time.process_time() - began)

    assert min(times) < 0.5  # going through a million nodes takes longer
    with pytest.raises(CostLimitReached):
        Runner(SCHEMA, Limits()).prepare(OperationRequest(text))


def test_the_operation_is_the_one_that_is_named():
    runner = Runner(SCHEMA, Limits())
    text = "query a { number } query b { lies }"

    assert runner.prepare(OperationRequest(text, "b")).operation.name.value == "b"
    assert runner.prepare(OperationRequest("{ number }")).operation.name is None
    for name in (None, "c", ""):
        with pytest.raises(OperationUnresolved):
            runner.prepare(OperationRequest(text, name))
