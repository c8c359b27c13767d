"""Lanes on a real event loop, without a database: who runs with whom, and who hears what."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lanes.errors import LaneClosed, LaneFull
from app.lanes.lane import Lane
from app.lanes.retry import RetryPolicy
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown


class Shop:
    """A batch function whose calls can be seen, held back and made to fail."""

    def __init__(self, poison: frozenset[int] = frozenset()) -> None:
        self.batches: list[list[int]] = []
        self.poison = poison
        self.running = 0
        self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()

    async def run(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await self.open.wait()
            await asyncio.sleep(0)
            if self.poison.intersection(items):
                raise ValueError(f"poison in {items}")
            return [f"done {item}" for item in items]
        finally:
            self.running -= 1


def lane_of(shop: Shop, *, capacity: int = 1_000, batch_limit: int = 100, patience: float = 5.0) -> Lane[int, str]:
    return Lane(
        name="test",
        run_batch=shop.run,
        policy=RetryPolicy(patience_seconds=patience),
        capacity=capacity,
        batch_limit=batch_limit,
    )


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_lone_caller_goes_at_once_and_gets_its_outcome():
    shop = Shop()

    assert await lane_of(shop).submit(7) == "done 7"

    assert shop.batches == [[7]]


async def test_whoever_arrives_during_a_batch_forms_the_next_one():
    shop = Shop()
    lane = lane_of(shop)
    shop.open.clear()
    first = asyncio.create_task(lane.submit(1))
    await settle()
    others = [asyncio.create_task(lane.submit(item)) for item in (2, 3, 4)]
    await settle()

    shop.open.set()
    answers = await asyncio.gather(first, *others)

    assert answers == ["done 1", "done 2", "done 3", "done 4"]
    assert shop.batches == [[1], [2, 3, 4]]


async def test_a_batch_is_never_larger_than_its_bound_and_order_is_kept():
    shop = Shop()

    answers = await lane_of(shop, batch_limit=3).submit_many(range(8))

    assert answers == [f"done {item}" for item in range(8)]
    assert shop.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_a_full_lane_refuses_at_once_and_keeps_what_it_has():
    shop = Shop()
    lane = lane_of(shop, capacity=2)
    shop.open.clear()
    running = asyncio.create_task(lane.submit(1))
    await settle()
    queued = [asyncio.create_task(lane.submit(item)) for item in (2, 3)]
    await settle()

    with pytest.raises(LaneFull) as refusal:
        await lane.submit(4)

    assert (refusal.value.code, refusal.value.retryable) == ("LANE_FULL", True)
    shop.open.set()
    assert await asyncio.gather(running, *queued) == ["done 1", "done 2", "done 3"]
    assert shop.batches == [[1], [2, 3]]


async def test_a_list_larger_than_the_lane_enters_only_an_empty_one():
    shop = Shop()
    lane = lane_of(shop, capacity=2)
    shop.open.clear()
    running = asyncio.create_task(lane.submit_many([1, 2, 3]))
    await settle()
    queued = asyncio.create_task(lane.submit(4))
    await settle()

    with pytest.raises(LaneFull):
        await lane.submit_many([5, 6])

    shop.open.set()
    assert await running == ["done 1", "done 2", "done 3"]
    assert await queued == "done 4"
    assert [5, 6] not in shop.batches


async def test_a_poison_item_fails_alone_and_its_neighbours_are_answered():
    shop = Shop(poison=frozenset({2}))

    answers = await lane_of(shop).submit_many([1, 2, 3])

    assert [answers[0], answers[2]] == ["done 1", "done 3"]
    assert isinstance(answers[1], ValueError)
    assert shop.batches == [[1, 2, 3], [1], [2], [3]]


async def test_what_the_store_refuses_is_refused_to_the_whole_batch_without_running_it_singly():
    async def run(items: Sequence[int]) -> list[str]:
        batches.append(list(items))
        raise DatabaseUnavailable()

    batches: list[list[int]] = []
    lane: Lane[int, str] = Lane(name="test", run_batch=run, policy=RetryPolicy(), capacity=10, batch_limit=10)

    answers = await lane.submit_many([1, 2])

    assert [type(answer) for answer in answers] == [DatabaseUnavailable, DatabaseUnavailable]
    assert batches == [[1, 2], [1, 2]]


async def test_a_cancelled_caller_does_not_stop_its_batch_and_its_item_still_posts():
    shop = Shop()
    lane = lane_of(shop)
    shop.open.clear()
    calls = [asyncio.create_task(lane.submit(item)) for item in (1, 2)]
    await settle()

    calls[0].cancel()
    await settle()
    shop.open.set()

    assert await calls[1] == "done 2"
    assert calls[0].cancelled()
    assert shop.batches == [[1, 2]]


async def test_a_caller_that_gave_up_before_its_batch_began_is_spared_the_work():
    shop = Shop()
    lane = lane_of(shop)
    shop.open.clear()
    first = asyncio.create_task(lane.submit(1))
    await settle()
    waiting = [asyncio.create_task(lane.submit(item)) for item in (2, 3)]
    await settle()

    waiting[0].cancel()
    await settle()
    shop.open.set()

    assert await asyncio.gather(first, waiting[1]) == ["done 1", "done 3"]
    assert shop.batches == [[1], [3]]


async def test_closing_answers_everybody_who_is_in_and_takes_nobody_else():
    shop = Shop()
    lane = lane_of(shop, batch_limit=1)
    shop.open.clear()
    calls = [asyncio.create_task(lane.submit(item)) for item in (1, 2, 3)]
    await settle()
    closing = asyncio.create_task(lane.close())
    await settle()

    with pytest.raises(LaneClosed):
        await lane.submit(4)
    assert not closing.done()
    shop.open.set()
    await closing

    assert await asyncio.gather(*calls) == ["done 1", "done 2", "done 3"]


async def test_a_wrong_number_of_outcomes_answers_nobody_with_a_neighbours_outcome():
    async def run(items: Sequence[int]) -> list[str]:
        return ["done 1"] if len(items) > 1 else [f"done {items[0]}"]

    lane: Lane[int, str] = Lane(name="test", run_batch=run, policy=RetryPolicy(), capacity=10, batch_limit=10)

    assert await lane.submit_many([1, 2]) == ["done 1", "done 2"]


async def test_a_cancelled_worker_leaves_nobody_waiting():
    shop = Shop()
    lane = lane_of(shop, batch_limit=1)
    shop.open.clear()
    calls = [asyncio.create_task(lane.submit(item)) for item in (1, 2)]
    await settle()

    assert lane._worker is not None
    lane._worker.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in answers] == [OutcomeUnknown, LaneClosed]


@settings(deadline=None, max_examples=60)
@given(
    arrivals=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4), st.booleans()), max_size=25),
    poison=st.frozensets(st.integers(0, 40), max_size=4),
    batch_limit=st.integers(1, 7),
)
def test_on_random_traffic_everyone_gets_its_own_outcome_in_order_and_only_poison_fails(arrivals, poison, batch_limit):
    async def scenario() -> None:
        shop = Shop(poison)
        lane = lane_of(shop, batch_limit=batch_limit)
        calls: list[tuple[list[int], bool, asyncio.Task[list[str | Exception]]]] = []
        given_out = 0
        for size, pause, gives_up in arrivals:
            items = list(range(given_out, given_out + size))
            given_out += size
            calls.append((items, gives_up, asyncio.create_task(lane.submit_many(items))))
            for _ in range(pause):
                await asyncio.sleep(0)
            if gives_up:
                calls[-1][2].cancel()
        for items, gives_up, task in calls:
            if gives_up:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                continue
            for item, answer in zip(items, await task, strict=True):
                assert isinstance(answer, ValueError) if item in poison else answer == f"done {item}"
        await lane.close()
        assert shop.most_at_once <= 1
        assert all(len(batch) <= batch_limit for batch in shop.batches)
        first_seen = list(dict.fromkeys(item for batch in shop.batches for item in batch))
        assert first_seen == sorted(first_seen)

    asyncio.run(scenario())
