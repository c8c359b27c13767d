"""One reader's bounded queue between the feed, which never waits, and a client, which may be slow."""

import asyncio
from collections import deque

from app.events.pages import MOST_TOGETHER, Page, Signal, SignalKind, Wanted


class Subscriber:
    """
    Takes what is wanted of each page the feed offers. One signal more than `limit` and the queue is given up: the
    reader hears OVERFLOW next, and goes on by cursor from what he had.
    """

    def __init__(self, wanted: Wanted, *, since: int, limit: int) -> None:
        self.since = since
        self._wanted = wanted
        self._limit = limit
        self._queue: deque[Signal] = deque()
        self._offered = since
        self._taken = since
        self._overflowed = False
        self._woken = asyncio.Event()

    @property
    def position(self) -> int:
        """The place in the log up to which the reader has had whatever he wanted."""
        return self._taken if self._queue or self._overflowed else self._offered

    def offer(self, page: Page) -> None:
        """Take over what is wanted; never waits."""
        if self._overflowed:
            return
        self._offered = max(page.position, self.since)
        # What lies before `since` the reader has had from his replay, when the feed was behind it.
        fresh = [each for each in page.signals if each.position > self.since and self._wanted.admits(each)]
        if len(self._queue) + len(fresh) > self._limit:
            self._overflowed = True
            self._queue.clear()
        else:
            self._queue.extend(fresh)
        if fresh:
            self._woken.set()

    async def take(self, *, within_seconds: float) -> list[Signal]:
        """The next signals, as many as are there and go on together; none when nothing came in that time."""
        if not self._queue and not self._overflowed:
            self._woken.clear()
            try:
                async with asyncio.timeout(within_seconds):
                    await self._woken.wait()
            except TimeoutError:
                return []
        if self._overflowed:
            return [Signal(SignalKind.OVERFLOW, self._taken)]
        signals = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_TOGETHER))]
        self._taken = signals[-1].position
        return signals
