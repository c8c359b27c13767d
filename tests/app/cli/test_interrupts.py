"""A signal may come at any moment of a command's loop: before its first step, between two, as it is closed."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from app.cli.running import run_async

RUNS = 400
STEPS = 20


@pytest.fixture
def told() -> Iterator[list[bool]]:
    """Whether each SIGALRM, which is timed to the microsecond, found a loop that heeds SIGINT, and became one."""
    rung: list[bool] = []

    def ring(_number: int, _frame: object) -> None:
        rung.append(signal.getsignal(signal.SIGINT) is not signal.default_int_handler)
        if rung[-1]:
            signal.raise_signal(signal.SIGINT)

    former = signal.signal(signal.SIGALRM, ring)
    yield rung
    signal.signal(signal.SIGALRM, former)


def test_no_moment_leaves_the_loop_unclosed(told: list[bool]) -> None:
    loops = []
    ended: list[type[BaseException] | None] = []

    async def work() -> None:
        loops.append(asyncio.get_running_loop())
        left_open = aiter(_count())
        for _ in range(STEPS):
            await anext(left_open)

    whole = min(_measure(work) for _ in range(5))
    for run in range(RUNS):
        signal.setitimer(signal.ITIMER_REAL, 1.5 * whole * (run + 1) / RUNS)
        try:
            run_async(work())
            ended.append(None)
        except (KeyboardInterrupt, asyncio.CancelledError) as interrupt:
            ended.append(type(interrupt))
        while len(told) == run:
            pass

    assert [end is not None for end in ended] == told
    assert {KeyboardInterrupt, asyncio.CancelledError} <= set(ended)
    assert len(loops) == 5 + RUNS
    assert all(loop.is_closed() for loop in loops)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _measure(work: Callable[[], Coroutine[Any, Any, None]]) -> float:
    began = time.perf_counter()
    run_async(work())
    return time.perf_counter() - began


async def _count() -> AsyncIterator[int]:
    for number in range(STEPS + 1):
        await asyncio.sleep(0)
        yield number


def test_told_as_its_work_ends_a_command_is_interrupted_once_the_loop_is_closed() -> None:
    loops = []

    async def work() -> str:
        loops.append(asyncio.get_running_loop())
        loops[0].call_soon(signal.raise_signal, signal.SIGINT)
        return "done"

    with pytest.raises(KeyboardInterrupt):
        run_async(work())
    assert loops[0].is_closed()


def test_each_signal_cancels_once_more() -> None:
    heeded = []

    async def work() -> str:
        for number in (signal.SIGINT, signal.SIGINT):
            try:
                signal.raise_signal(number)
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                heeded.append(number)
        return "stopped in order"

    assert run_async(work()) == "stopped in order"
    assert len(heeded) == 2


async def _in_the_task(work: Coroutine[Any, Any, None]) -> None:
    await work


async def _beside_it(work: Coroutine[Any, Any, None]) -> None:
    await asyncio.create_task(work)


@pytest.mark.parametrize("begin", [_in_the_task, _beside_it])
def test_what_never_lets_the_loop_have_its_turn_is_interrupted_by_the_second_signal(
    begin: Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, None]],
) -> None:
    waited = []

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        waited.append("through the first")
        signal.raise_signal(signal.SIGINT)
        waited.append("through the second")

    with pytest.raises(KeyboardInterrupt):
        run_async(begin(work()))
    assert waited == ["through the first"]
