"""Events that are there at once are answered together as far as they bear it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import strawberry

from app.api.messages import Locale
from app.operations.answers import Answer
from app.operations.execution import OperationContext, OperationRequest, Runner
from app.operations.limits import Limits
from app.operations.pace import MOST_PATIENCE, PATIENCE, Pace
from tests.waiting import HANGS_S, Deadlines


@dataclass
class World:
    """
    Which events fail, how many one snapshot bears before it hangs, through which snapshot it does, and which events
    were begun in each.
    """

    events: int
    failing: Sequence[int] = ()
    bears: int = 100
    hangs_through: int = 1_000
    snapshots: list[list[int]] = field(default_factory=list)
    deadlines: Deadlines | None = None


class Context:
    """What fails in it takes along whatever is read in it later, as a snapshot does."""

    locale: Locale = "en"
    request_id = "r"
    audience = "everybody"

    def __init__(self, world: World) -> None:
        self.world = world
        self.read: list[int] = []
        self.broken = False

    async def describe_snapshot(self) -> dict[str, object]:
        return {}

    async def close(self) -> None:
        return

    def for_events(self) -> "Context":
        context = Context(self.world)
        self.world.snapshots.append(context.read)
        return context


Info = strawberry.Info[Context, None]


@strawberry.type
class Happening:
    number: int
    others: strawberry.Private[Sequence["Happening"]] = ()

    @property
    def shared_key(self) -> int:
        return self.number

    @strawberry.field
    async def name(self, info: Info) -> str:
        context = info.context
        context.read.append(self.number)
        await asyncio.sleep(0.001)
        world = context.world
        if len(context.read) > world.bears and len(world.snapshots) <= world.hangs_through:
            assert world.deadlines is not None
            world.deadlines.end()
            await asyncio.Event().wait()
        if self.number in context.world.failing or context.broken:
            context.broken = True
            raise RuntimeError("broken")
        return f"n{self.number}"


@strawberry.type
class Query:
    nothing: int = 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def happenings(self, info: Info) -> AsyncGenerator[Happening]:
        first, *others = [Happening(number=number) for number in range(info.context.world.events)]
        first.others = others
        yield first


SCHEMA = strawberry.Schema(query=Query, subscription=Subscription)


async def listen(world: World, *, together: int, listeners: int = 1) -> list[list[Answer]]:
    """What each who listens is told of the events of a world; what hangs in it is at its deadline at once."""
    text = "subscription { happenings { number name } }"
    cost = Runner(SCHEMA, Limits()).prepare(OperationRequest(text)).cost
    runner = Runner(SCHEMA, Limits(cost=together * cost, read_seconds=HANGS_S))
    prepared = runner.prepare(OperationRequest(text))

    async def hear() -> list[Answer]:
        return [each async for each in runner.subscribe(prepared, cast("OperationContext", Context(world)))]

    with pytest.MonkeyPatch.context() as patch:
        world.deadlines = Deadlines(patch, seconds=HANGS_S)
        return await asyncio.gather(*(hear() for _ in range(listeners)))


def tell(number: int) -> dict[str, Any]:
    return {"data": {"happenings": {"number": number, "name": f"n{number}"}}}


async def test_an_event_that_fails_takes_none_of_its_neighbours_along():
    world = World(20, failing=[5])

    told = await listen(world, together=8, listeners=2)

    for answers in told:
        assert [place for place, answer in enumerate(answers) if not answer.is_sound()] == [5]
        assert [answer.body for answer in answers[:5] + answers[6:]] == [tell(n) for n in range(20) if n != 5]
        assert answers[5].body["errors"][0]["path"] == ["happenings", "name"]


async def test_after_an_event_that_failed_they_are_told_together_again():
    world = World(20, failing=[5])

    await listen(world, together=8)

    assert [len(read) for read in world.snapshots] == [8, 1, 1, 2, 4, 7]


async def test_events_that_all_fail_are_told_one_by_one():
    world = World(6, failing=range(6))

    (answers,) = await listen(world, together=4)

    assert [answer.is_sound() for answer in answers] == [False] * 6
    assert [len(read) for read in world.snapshots] == [4, 1, 1, 1, 1, 1, 1]


async def test_what_took_too_long_together_is_not_tried_again_at_once():
    world = World(20, bears=4)

    told = await listen(world, together=8, listeners=3)

    assert [[answer.body for answer in answers] for answers in told] == [[tell(n) for n in range(20)]] * 3
    assert [len(read) for read in world.snapshots] == [8, 4, 4, 4, 4, 4]


async def test_once_enough_was_answered_in_time_as_many_as_before_are_told_together_again():
    world = World(100, bears=4, hangs_through=1)

    (answers,) = await listen(world, together=8)

    assert [answer.body for answer in answers] == [tell(n) for n in range(100)]
    assert [len(read) for read in world.snapshots] == [8, *[4] * PATIENCE, *[8] * 8, 4]


def test_what_takes_too_long_each_time_it_is_tried_is_tried_ever_more_rarely():
    pace = Pace(8)
    tries: list[int] = []
    for _ in range(4):
        stretches = 0
        while pace.together <= 4:
            pace.go_on(pace.together)
            stretches += 1
        tries.append(stretches)
        pace.slow_down(pace.together)

    assert tries == [0, PATIENCE, 2 * PATIENCE, 4 * PATIENCE]


def test_one_slow_moment_however_slow_is_soon_over():
    pace = Pace(64)
    for _ in range(5):
        pace.slow_down(pace.together)
    assert pace.together == 2

    stretches = 0
    while pace.together < 64:
        pace.go_on(pace.together)
        stretches += 1

    assert stretches == 5 * PATIENCE


def test_a_few_events_prove_nothing_of_more():
    pace = Pace(8)
    pace.slow_down(8)

    for _ in range(MOST_PATIENCE):
        pace.go_on(3)
    assert pace.together == 4

    for _ in range(PATIENCE):
        pace.go_on(4)
    assert pace.together == 8


def test_a_pace_is_never_below_one_nor_above_what_it_bears():
    pace = Pace(8)

    pace.go_alone()
    pace.go_on(1)
    assert pace.together == 2
    pace.slow_down(100)
    assert pace.together == 1
    pace.slow_down(1)
    pace.go_on(1)
    assert pace.together == 1
    for _ in range(10 * MOST_PATIENCE):
        pace.go_on(pace.together)
    assert pace.together == 8
