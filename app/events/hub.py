"""The streams of one process: a feed for each platform that somebody listens to, and word of commits in and out."""

import asyncio
import contextvars
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.events.announcing import Announcer
from app.events.feed import Feed
from app.events.listening import Listener
from app.events.pages import LogSource
from ledger.db.connecting import Database


class EventHub:
    """
    `heartbeat_seconds` of silence make a heartbeat; a subscriber may leave `queue_limit` events unread before it is
    told to come again. `listen_url` is for stores behind a pooler, which swallows LISTEN.

    Nothing runs until somebody subscribes, except that commits are announced.
    """

    def __init__(
        self,
        database: Database,
        *,
        listen_url: str | None = None,
        heartbeat_seconds: float = 15.0,
        poll_seconds: float = 1.0,
        queue_limit: int = 10_000,
    ) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self.queue_limit = queue_limit
        self.source = LogSource(database)
        self._poll_seconds = poll_seconds
        self._feeds: dict[int, Feed] = {}
        self._readers: Counter[int] = Counter()
        self._opening = asyncio.Lock()
        sender = secrets.token_hex(8)
        self._announcer = Announcer(database, sender=sender)
        self._listener = Listener(database, heard=self._wake, ignored_sender=sender, dsn=listen_url)
        self._listening: asyncio.Task[None] | None = None

    def committed(self, platform_id: int) -> None:
        """Hear that this process has written to a platform's log."""
        self._wake(platform_id)
        self._announcer.announce(platform_id)

    @asynccontextmanager
    async def open_feed(self, platform_id: int) -> AsyncIterator[Feed]:
        """
        Hold a platform's feed open; the last to let go of it stops it.

        Refusals: DatabaseUnavailable.
        """
        self._readers[platform_id] += 1
        try:
            yield await self._find_feed(platform_id)
        finally:
            self._readers[platform_id] -= 1
            if not self._readers[platform_id]:
                del self._readers[platform_id]
                feed = self._feeds.pop(platform_id, None)
                if feed is not None:
                    await feed.stop()

    async def close(self) -> None:
        """Stop everything; whoever still reads hears nothing more."""
        await self._announcer.stop()
        for feed in [*self._feeds.values()]:
            await feed.stop()
        self._feeds.clear()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _find_feed(self, platform_id: int) -> Feed:
        async with self._opening:
            feed = self._feeds.get(platform_id)
            if feed is None:
                self._listen()
                position = await self.source.find_head(platform_id)
                feed = Feed(self.source, platform_id, position=position, poll_seconds=self._poll_seconds)
                self._feeds[platform_id] = feed
        return feed

    def _listen(self) -> None:
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(
                self._listener.run(), context=contextvars.Context()
            )

    def _wake(self, platform_id: int) -> None:
        feed = self._feeds.get(platform_id)
        if feed is not None:
            feed.wake()
