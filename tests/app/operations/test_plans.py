"""An operation that is run by its plan answers what the library itself answers."""

import asyncio
import gc
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

import app.api
from app.api.messages import Locale
from app.operations.execution import OperationContext, OperationRequest, Runner
from app.operations.limits import Limits
from app.operations.together import Step, Together
from ledger.errors import InvalidInput
from tests.waiting import Deadlines


class Context:
    """Told by those that were awaited in which order they went on."""

    locale: Locale = "en"
    request_id = "r"
    audience = "everybody"

    def __init__(self) -> None:
        self.told: list[str] = []
        self.gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def describe_snapshot(self) -> dict[str, object]:
        return {}

    async def close(self) -> None:
        return

    def for_events(self) -> "Context":
        return Context()


Info = strawberry.Info[Context, None]


@strawberry.enum
class Colour(StrEnum):
    RED = "r"
    BLUE = "b"


@strawberry.interface
class Named:
    name: str


@strawberry.input
class Wish:
    words: list[str]
    colour: Colour | None = None


@strawberry.type
class Leaf(Named):
    colour: Colour | None = None
    weight: int | None = None
    broken: int = 1
    trunk: Named | None = None

    @strawberry.field
    def path(self, info: Info) -> str:
        return ".".join(map(str, info.path.as_list()))


@strawberry.type
class Branch(Named):
    depth: int

    @strawberry.field
    def leaf(self) -> Leaf:
        return Leaf(name="leaf", colour=Colour.BLUE, weight=7)

    @strawberry.field
    async def late(self, info: Info, turns: int = 1) -> "Branch":
        for _ in range(turns):
            await asyncio.sleep(0)
        info.context.told.append(f"{self.name}{turns}")
        return Branch(name=f"{self.name}'", depth=self.depth + 1)

    @strawberry.field
    async def maybe(self) -> "Branch | None":
        await asyncio.sleep(0)
        return None if self.depth else Branch(name="found", depth=9)

    @strawberry.field
    def told(self, n: int = 3, text: str | None = "t", colour: Colour = Colour.RED, wish: Wish | None = None) -> str:
        return repr((n, text, colour, wish))

    @strawberry.field
    def spoiled(self) -> list[Leaf | None]:
        failure = cast("Any", InvalidInput(reason="spoiled"))
        return [Leaf(name="a", colour=failure), Leaf(name="b", weight=failure, trunk=failure), failure]

    @strawberry.field
    async def unnamed(self) -> Leaf | None:
        return Leaf(name=cast("Any", InvalidInput(reason="unnamed")))

    @strawberry.field
    def again(self) -> "Branch | None":
        return Branch(name=self.name, depth=self.depth)

    @strawberry.field
    async def branches(self, count: int = 2) -> "list[Branch]":
        return [Branch(name=f"{self.name}{place}", depth=self.depth + 1) for place in range(count)]

    @strawberry.field
    def holes(self) -> "list[Branch | None]":
        return [Branch(name="x", depth=1), None]

    @strawberry.field
    def anything(self) -> list[Named]:
        return [Leaf(name="a", weight=1), Branch(name="b", depth=1)]

    @strawberry.field
    def wished(self, wish: Wish) -> str:
        wish.words.append("!")
        return " ".join(wish.words) + str(wish.colour)

    @strawberry.field
    async def refused(self, turns: int = 0) -> int | None:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise InvalidInput(reason=f"no {turns}")

    @strawberry.field
    async def never(self, turns: int = 0) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise InvalidInput(reason=f"never {turns}")

    @strawberry.field
    def nothing(self) -> int:
        return cast("int", None)

    @strawberry.field
    def wrong(self) -> list[str] | None:
        return cast("list[str]", 5)

    @strawberry.field
    def returned(self) -> int | None:
        return cast("int", InvalidInput(reason="returned"))

    @strawberry.field
    async def waits(self, info: Info) -> int:
        try:
            await info.context.gate
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            info.context.told.append("stopped")
            raise
        return 1


@strawberry.type
class Query:
    @strawberry.field
    def tree(self) -> Branch | None:
        return Branch(name="t", depth=0)

    @strawberry.field
    async def root(self) -> Branch:
        return Branch(name="r", depth=0)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: Info, text: str, turns: int = 0) -> Branch | None:
        for _ in range(turns):
            await asyncio.sleep(0)
        info.context.told.append(text)
        return Branch(name=text, depth=0)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def trees(self) -> AsyncIterator[Branch]:
        for name in ("one", "two"):
            yield Branch(name=name, depth=0)


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, types=[Leaf])

FINE = [
    "name depth __typename other: name",
    "leaf { name colour weight path broken }",
    "late { name late(turns: 3) { name leaf { path } } }",
    "maybe { name maybe { name } }",
    "branches { name branches(count: 3) { name late { name } } }",
    "holes { name maybe { depth } }",
    "anything { __typename name ... on Leaf { weight } ... on Branch { depth late { name } } }",
    'wished(wish: {words: ["a"], colour: RED})',
    "...F leaf { ...G }",
]
FAILING = [
    "refused name",
    "more: refused(turns: 2) refused",
    "late(turns: 2) { never }",
    "maybe { never(turns: 1) late { name } }",
    "branches { maybe { never } }",
    "branches { never(turns: 1) }",
    "holes { nothing }",
    "holes { nothing late(turns: 2) { never } }",
    "nothing",
    "wrong returned name",
    "spoiled { colour weight trunk { name } }",
    "unnamed { name }",
]
FRAGMENTS = "fragment F on Branch { leaf { name } maybe { ...F2 } } fragment F2 on Branch { name } "
FRAGMENTS += "fragment G on Leaf { weight colour }"


async def ask(text: str, variables: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    runner, context = Runner(SCHEMA, Limits(depth=40, aliases=100)), Context()
    prepared = runner.prepare(OperationRequest(text, None, variables or {}))
    answer = await runner.run(prepared, cast("OperationContext", context))
    return answer.body, context.told


async def ask_both_ways(
    text: str, variables: dict[str, Any] | None = None, *, fragments: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """By the plan, and by the library, whose way goes whatever has a directive."""
    assert text.endswith("}")
    planned = await ask(f"{text[:-1]} __typename }} {fragments}", variables)
    library = await ask(f"{text[:-1]} __typename @include(if: true) }} {fragments}", variables)
    assert planned[0] == library[0]
    return planned


@pytest.mark.parametrize("selection", FINE + FAILING)
@pytest.mark.parametrize("root", ["tree", "root"])
async def test_a_plan_answers_as_the_library_does(root: str, selection: str):
    body, _ = await ask_both_ways(f"{{ {root} {{ {selection} }} }}", fragments=FRAGMENTS if "...F" in selection else "")

    assert set(body) <= {"data", "errors"}


async def test_what_must_not_be_null_takes_the_nearest_that_may_along():
    body, _ = await ask_both_ways("{ tree { name late { leaf { name } late(turns: 2) { never(turns: 1) } } } }")

    assert body["data"] == {"tree": None, "__typename": "Query"}
    assert [error["path"] for error in body["errors"]] == [["tree", "late", "late", "never"]]


async def test_an_answer_without_its_root_is_null():
    body, _ = await ask_both_ways("{ root { never(turns: 3) late { name } } }")

    assert body["data"] is None


# One of them fails at most: of several under one that becomes null, which is told of is a matter of turns.
@given(
    st.lists(st.sampled_from(FINE[:-1]), max_size=3, unique=True),
    st.sampled_from(FAILING),
    st.sampled_from(["%s", "b1: branches(count: 1) { %s }", "l1: late { %s }", "m1: maybe { %s }"]),
)
def test_random_selections_answer_as_the_library_does(fine: list[str], failing: str, within: str):
    written = " ".join(f"s{place}: late(turns: {place}) {{ {each} }}" for place, each in enumerate([*fine, failing]))

    asyncio.run(ask_both_ways("{ tree { " + within % written + " } }"))


async def test_variables_are_of_each_request():
    text = "query ($n: Int!, $w: Wish!) { tree { branches(count: $n) { name wished(wish: $w) } } }"

    first, _ = await ask_both_ways(text, {"n": 1, "w": {"words": ["one"]}})
    second, _ = await ask_both_ways(text, {"n": 2, "w": {"words": ["two"], "colour": "BLUE"}})

    assert first["data"]["tree"]["branches"] == [{"name": "t0", "wished": "one !None"}]
    assert [each["wished"] for each in second["data"]["tree"]["branches"]] == ["two !b", "two !b"]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"m": 1},
        {"m": 1, "n": None},
        {"m": 1, "n": 2, "t": None, "c": "BLUE"},
        {"m": 1, "c": None},
        {"m": 1, "w": None},
        {"m": 1, "w": ["a", "b"]},
        {"m": 1, "w": "a"},
        {"m": "x"},
        {"m": 1, "w": [None]},
    ],
)
async def test_arguments_that_are_absent_null_or_wrong_are_read_as_the_library_does(variables: dict[str, Any]):
    text = """query ($n: Int = 7, $m: Int!, $t: String, $c: Colour = BLUE, $w: [String!] = ["d"]) { tree {
        told(n: $m, text: $t) a: told(n: $n) b: told(n: $m, colour: $c) c: told(n: $n, wish: {words: [], colour: $c})
        branches { d: told(n: $m, wish: {words: $w}) ...F } } }"""

    await ask_both_ways(text, variables, fragments="fragment F on Branch { again { e: told(text: $t) } }")


async def test_a_remembered_plan_answers_each_request_by_its_own_variables():
    runner = Runner(SCHEMA, Limits())
    text = "query ($n: Int!) { tree { branches(count: $n) { name wished(wish: {words: []}) } } }"

    answers = []
    for count in (1, 3, 2):
        prepared = runner.prepare(OperationRequest(text, None, {"n": count}))
        answers.append((await runner.run(prepared, cast("OperationContext", Context()))).body["data"]["tree"])

    assert [[each["name"] for each in answer["branches"]] for answer in answers] == [
        ["t0"],
        ["t0", "t1", "t2"],
        ["t0", "t1"],
    ]
    # An input object is made anew for each call: what one resolver does to it, the next does not see.
    assert {each["wished"] for answer in answers for each in answer["branches"]} == {"!None"}


async def test_mutations_are_run_one_after_the_other_each_with_what_it_shows():
    text = 'mutation { a: write(text: "a", turns: 3) { late(turns: 5) { name } } b: write(text: "b") { name } }'

    body, told = await ask_both_ways(text)

    assert told == ["a", "a5", "b"]
    assert [*body["data"]] == ["a", "b", "__typename"]


async def test_those_that_wait_go_on_as_soon_as_they_can():
    _, told = await ask_both_ways("{ tree { a: late(turns: 4) { name } b: late(turns: 1) { name } } }")

    assert told == ["t1", "t4"]


async def test_each_event_is_answered_by_the_plan():
    runner = Runner(SCHEMA, Limits())
    prepared = runner.prepare(OperationRequest("subscription { trees { name late { name } } }"))

    bodies = [each.body async for each in runner.subscribe(prepared, cast("OperationContext", Context()))]

    assert [body["data"]["trees"] for body in bodies] == [
        {"name": "one", "late": {"name": "one'"}},
        {"name": "two", "late": {"name": "two'"}},
    ]


async def test_a_deadline_stops_what_waits_and_waits_until_it_has_stopped(monkeypatch: pytest.MonkeyPatch):
    deadlines = Deadlines(monkeypatch, seconds=600.0)
    runner, context = Runner(SCHEMA, Limits(read_seconds=600.0)), Context()
    prepared = runner.prepare(OperationRequest("{ tree { waits branches { waits } } }"))
    running = asyncio.create_task(runner.run(prepared, cast("OperationContext", context)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    deadlines.end()
    answer = await running

    assert answer.body["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert context.told == ["stopped"] * 3


async def test_a_caller_who_goes_stops_what_waits_and_waits_until_it_has_stopped():
    runner, context = Runner(SCHEMA, Limits()), Context()
    prepared = runner.prepare(OperationRequest("{ tree { waits branches { waits } } }"))
    running = asyncio.create_task(runner.run(prepared, cast("OperationContext", context)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert context.told == ["stopped"] * 3


async def test_operations_that_run_at_once_by_one_plan_keep_their_contexts_and_variables():
    runner = Runner(SCHEMA, Limits())
    text = "query ($turns: Int!) { tree { late(turns: $turns) { leaf { path } late(turns: $turns) { name } } } }"
    prepared = [runner.prepare(OperationRequest(text, None, {"turns": turns})) for turns in range(1, 9)]
    contexts = [Context() for _ in prepared]

    answers = await asyncio.gather(
        *(runner.run(each, cast("OperationContext", of)) for each, of in zip(prepared, contexts, strict=True))
    )

    assert [context.told for context in contexts] == [[f"t{turns}", f"t'{turns}"] for turns in range(1, 9)]
    assert all(answer.body == answers[0].body and "errors" not in answer.body for answer in answers)


async def test_a_failure_stops_its_neighbours():
    runner, context = Runner(SCHEMA, Limits()), Context()
    prepared = runner.prepare(OperationRequest("{ tree { waits never(turns: 1) } }"))

    answer = await runner.run(prepared, cast("OperationContext", context))

    assert (answer.body["data"], context.told) == ({"tree": None}, ["stopped"])


@pytest.mark.parametrize("word", ["asyncio.timeout", "wait_for", "TaskGroup", "current_task"])
def test_no_resolver_uses_what_cancels_the_task_that_all_fields_share(word: str):
    sources = [*Path(app.api.__file__).parent.glob("**/*.py")]

    assert [source.name for source in sources if word in source.read_text(encoding="utf-8")] == []
    assert len(sources) > 50


async def test_many_failures_of_one_turn_are_looked_after_once(monkeypatch: pytest.MonkeyPatch):
    looked: list[int] = []
    list_waiting = Together.list_waiting

    def count(together: Together) -> list[Step]:
        found = list_waiting(together)
        looked.append(len(found))
        return found

    monkeypatch.setattr(Together, "list_waiting", count)
    body, told = await ask("{ tree { branches(count: 200) { again { never(turns: 1) late(turns: 9) { name } } } } }")

    assert [each["again"] for each in body["data"]["tree"]["branches"]] == [None] * 200
    assert (told, len(body["errors"])) == ([], 10)
    assert sum(looked) <= 3 * 200


async def test_what_a_field_waited_for_that_was_dropped_may_fail_unheard():
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    runner, context = Runner(SCHEMA, Limits()), Context()
    prepared = runner.prepare(OperationRequest("{ tree { maybe { waits never(turns: 1) } late(turns: 5) { name } } }"))

    answer = await runner.run(prepared, cast("OperationContext", context))
    context.gate.set_exception(InvalidInput(reason="too late"))
    await asyncio.sleep(0)
    del context
    gc.collect()

    assert answer.body["data"]["tree"] == {"maybe": None, "late": {"name": "t'"}}
    assert unheard == []


async def test_a_run_leaves_nothing_for_the_garbage_collector():
    runner = Runner(SCHEMA, Limits())
    prepared = runner.prepare(OperationRequest("{ tree { late { branches { name late { name } } } } }"))
    await runner.run(prepared, cast("OperationContext", Context()))
    gc.collect()
    gc.disable()
    try:
        await runner.run(prepared, cast("OperationContext", Context()))

        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(("levels", "is_planned"), [(3, True), (6, False)])
async def test_fragments_that_spread_each_other_twice_are_not_planned_when_they_are_many_fields(
    monkeypatch: pytest.MonkeyPatch, levels: int, is_planned: bool
):
    monkeypatch.setattr("app.operations.plans._MOST_FIELDS", 100)
    fragments = " ".join(
        f"fragment F{level} on Branch {{ late {{ ...F{level + 1} }} again {{ ...F{level + 1} }} }}"
        for level in range(levels)
    )
    runner = Runner(SCHEMA, Limits())
    prepared = runner.prepare(
        OperationRequest(f"{{ tree {{ ...F0 }} }} {fragments} fragment F{levels} on Branch {{ name }}")
    )

    answer = await runner.run(prepared, cast("OperationContext", Context()))

    shown = answer.body["data"]["tree"]
    for _ in range(levels):
        shown = shown["again"]
    # As many again at each level, and one more at the last and one at the root.
    assert (shown, prepared.document.fields) == ({"name": "t"}, 2 ** (levels + 1) - 2 + 2**levels + 1)
    assert (runner._plans.count_fields() > 0) is is_planned


@pytest.mark.parametrize("padding", [0, 400])
async def test_plans_are_forgotten_when_they_and_their_documents_grow_too_many(
    monkeypatch: pytest.MonkeyPatch, padding: int
):
    monkeypatch.setattr("app.operations.plans._REMEMBERED_FIELDS", 40)
    runner = Runner(SCHEMA, Limits())
    for number in range(20):
        text = f"{{ tree {{ name leaf {{ n{number}: name }} }} }}" + " " * padding
        await runner.run(runner.prepare(OperationRequest(text)), cast("OperationContext", Context()))

    # Three plans of four fields each, whose documents count as seven more; with the padding, one is too much.
    assert runner._plans.count_fields() == (33 if padding == 0 else 0)
