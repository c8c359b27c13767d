"""Coroutines that run side by side within one task."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from typing import Any

PENDING = object()


class Step:
    """A coroutine on its way. One that was dropped is only waited for."""

    __slots__ = ("coroutine", "is_dropped", "subject")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], subject: Any) -> None:
        self.coroutine = coroutine
        self.subject = subject
        self.is_dropped = False


class Together:
    """
    Takes each coroutine as far as it comes, and on again once what it waits for is there.

    A page of a hundred parties asks a hundred times for a balance. A task for each costs more than all else that the
    gateway does for it: each is a turn of the event loop, with a copy of the context and callbacks of its own. Here all
    that wait for one thing go on in one turn. What holds in a task holds here, but for one thing: the current task is
    that of the whole operation, so a coroutine must not set a timeout of its own around what it awaits.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[asyncio.Future[Any], list[Step]] = {}
        self._ready: deque[Step] = deque()
        self._wake: asyncio.Future[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting or self._ready)

    @property
    def is_ready(self) -> bool:
        """Whether one can go on at once."""
        return bool(self._ready)

    def advance(self, step: Step) -> Any:
        """Take a coroutine on to where it waits next: PENDING then, else what it returned. What it raises is raised."""
        try:
            awaited = step.coroutine.send(None)
        except StopIteration as done:
            return done.value
        self._park(step, awaited)
        return PENDING

    async def wait(self) -> Step:
        """Wait until one can go on, and take it."""
        while not self._ready:
            self._wake = self._loop.create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        return self._ready.popleft()

    def list_waiting(self) -> list[Step]:
        """All that are on their way."""
        return [*self._ready, *(step for steps in self._waiting.values() for step in steps)]

    def drop(self, dropped: Iterable[Step]) -> None:
        """Tell coroutines to stop, as a task is told by cancelling it: each may still await while it clears up."""
        leaving = {id(step) for step in dropped if not step.is_dropped}
        found = [step for step in self.list_waiting() if id(step) in leaving]
        self._ready = deque(step for step in self._ready if id(step) not in leaving)
        for awaited, steps in [*self._waiting.items()]:
            steps[:] = [step for step in steps if id(step) not in leaving]
            if not steps:
                del self._waiting[awaited]
        for step in found:
            self.stop(step)

    def stop(self, step: Step) -> None:
        """Tell one to stop that was taken, or is no longer listed."""
        step.is_dropped = True
        try:
            still_awaited = step.coroutine.throw(asyncio.CancelledError())
        except (StopIteration, asyncio.CancelledError, Exception):  # nobody waits for it any more
            return
        self._park(step, still_awaited)

    async def drop_all(self) -> None:
        """Tell all to stop, and wait until they have."""
        self.drop(self.list_waiting())
        while self:
            self.finish_dropped(await self.wait())

    def finish_dropped(self, step: Step) -> None:
        """Let a dropped one clear up."""
        try:
            self.advance(step)
        except (asyncio.CancelledError, Exception):  # nobody waits for it any more
            return

    def _park(self, step: Step, awaited: Any) -> None:
        if awaited is None:  # asyncio.sleep(0): in the next turn
            awaited = self._loop.create_future()
            self._loop.call_soon(awaited.set_result, None)
        # Awaiting a future marks it so, and whoever drives the coroutine takes the mark away: tasks do the same.
        awaited._asyncio_future_blocking = False
        waiting = self._waiting.get(awaited)
        if waiting is not None:
            waiting.append(step)
            return
        self._waiting[awaited] = [step]
        awaited.add_done_callback(self._hear)

    def _hear(self, awaited: asyncio.Future[Any]) -> None:
        if not awaited.cancelled():
            awaited.exception()  # whoever waited for it may have been dropped, and then nobody else retrieves it
        self._ready += self._waiting.pop(awaited, ())
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
