"""Waiting for what a test needs, for as long as a busy machine takes and no longer than until it is there."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

# A test that waits this long waits for what will not come: several suites at once on two cores have taken twenty.
HANGS_S = 60.0


async def wait_until(
    condition: Callable[[], object | Awaitable[object]], *, seconds: float = HANGS_S, every: float = 0.01
) -> None:
    """Return once the condition holds; it is looked at again and again."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(every)


class Deadlines:
    """The time-outs of so many seconds that are set from here on: they end when a test says so, and not by a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> None:
        set_timeout = asyncio.timeout
        self._set: list[asyncio.Timeout] = []

        def remember(delay: float | None) -> asyncio.Timeout:
            timeout = set_timeout(delay)
            if delay == seconds:
                self._set.append(timeout)
            return timeout

        monkeypatch.setattr(asyncio, "timeout", remember)

    def end(self) -> None:
        """Let those that are under way end now."""
        for each in self._set:
            with suppress(RuntimeError):  # its block is over
                each.reschedule(asyncio.get_running_loop().time())
