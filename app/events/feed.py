"""One platform's log as this process reads it: once, whoever listens."""

import asyncio
import contextvars
from contextlib import suppress

import structlog

from app.events.pages import LogSource, Wanted
from app.events.subscriber import Subscriber

log = structlog.get_logger(__name__)


class Feed:
    """Reads on whenever it is woken, and each `poll_seconds` unasked."""

    def __init__(self, source: LogSource, platform_id: int, *, position: int, poll_seconds: float) -> None:
        self._source = source
        self._platform_id = platform_id
        self._position = position
        self._poll_seconds = poll_seconds
        self._subscribers: set[Subscriber] = set()
        self._woken = asyncio.Event()
        # An empty context: the feed serves many requests and must not log under the name of the first.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    def wake(self) -> None:
        """Read on now: the log has grown."""
        self._woken.set()

    def join(self, wanted: Wanted, *, since: int, limit: int) -> tuple[Subscriber, int]:
        """
        Add a subscriber who has had everything up to `since`, and say up to where he reads for himself: whatever comes
        after that reaches him from here.
        """
        subscriber = Subscriber(wanted, since=max(since, self._position), limit=limit)
        self._subscribers.add(subscriber)
        return subscriber, self._position

    def leave(self, subscriber: Subscriber) -> None:
        """Offer nothing to it any more."""
        self._subscribers.discard(subscriber)

    async def stop(self) -> None:
        """Read no further."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._read_on()
            except Exception:
                # Whatever it was, its subscribers keep their places: a feed that died would leave them to heartbeats.
                log.exception("events.reading_failed", platform=self._platform_id)
                await asyncio.sleep(self._poll_seconds)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()

    async def _read_on(self) -> None:
        is_last = False
        while not is_last:
            page = await self._source.read_page(self._platform_id, after=self._position)
            self._position = page.position
            for subscriber in self._subscribers:
                subscriber.offer(page)
            is_last = page.is_last
