"""One reader's way through the log: replay, then live, on one stream without gap or duplicate."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from app.events.feed import Feed
from app.events.hub import EventHub
from app.events.pages import MOST_TOGETHER, PAGE_RECORDS, Page, Signal, SignalKind, Wanted

# Places of the log that the first page of a party's part looks at; those after it look further, or less far.
FIRST_REACH = 20 * PAGE_RECORDS


# Signals that are there at once, in order; never none.
Signals = Sequence[Signal]


async def follow(hub: EventHub, *, platform_id: int, wanted: Wanted, after: int | None) -> AsyncGenerator[Signals]:
    """
    Yield what follows a place in the log (None: where it stands now; 0: its beginning), as much as is there at once,
    and go on for ever.

    CAUGHT_UP comes once, between what had happened and what happens. A HEARTBEAT comes whenever nothing else did for a
    while. After OVERFLOW the stream ends. A place beyond the log's end, as after a restore, is a GAP.

    Refusals: DatabaseUnavailable.
    """
    head = await hub.source.find_head(platform_id)
    position = head if after is None else min(after, head)
    if after is not None and after > head:
        yield [Signal(SignalKind.GAP, position)]
    replay = _Replay(hub, platform_id, wanted, position)
    async with aclosing(replay.read(until=None)) as stretches:
        async for signals in stretches:
            yield signals
    # Only now: a queue that fills while years are replayed would overflow for no fault of the reader.
    async with hub.open_feed(platform_id) as feed, aclosing(_follow_feed(hub, feed, replay, wanted)) as stretches:
        async for signals in stretches:
            yield signals


async def _follow_feed(hub: EventHub, feed: Feed, replay: "_Replay", wanted: Wanted) -> AsyncGenerator[Signals]:
    subscriber, until = feed.join(wanted, since=replay.position, limit=hub.queue_limit)
    try:
        async with aclosing(replay.read(until=until)) as stretches:
            async for signals in stretches:
                yield signals
        yield [Signal(SignalKind.CAUGHT_UP, replay.position)]
        while True:
            taken = await subscriber.take(within_seconds=hub.heartbeat_seconds)
            yield taken or [Signal(SignalKind.HEARTBEAT, subscriber.position)]
            if taken and taken[-1].kind is SignalKind.OVERFLOW:
                return
    finally:
        feed.leave(subscriber)


def adapt_reach(reach: int, *, found: int) -> int:
    """How far to look for the next page, after one that looked so far and found so many records; pure."""
    if found >= PAGE_RECORDS:
        return max(reach // 4, PAGE_RECORDS)
    return reach * 4 if found < PAGE_RECORDS // 4 else reach


class _Replay:
    """
    Reads the log for one reader, page by page, up to a place or to its end.

    Who wants a party's part has it looked up, as far ahead as it takes to find a pageful; where most of the log is his,
    or too many stand below the party, walking the log is faster.
    """

    def __init__(self, hub: EventHub, platform_id: int, wanted: Wanted, position: int) -> None:
        self.position = position
        self._hub = hub
        self._platform_id = platform_id
        self._wanted = wanted
        self._spoke_at = asyncio.get_running_loop().time()
        self._reach = FIRST_REACH
        self._is_crowd = not wanted.roots
        self._walks = self._is_crowd

    async def read(self, *, until: int | None) -> AsyncGenerator[Signals]:
        is_last = False
        while not is_last and (until is None or self.position < until):
            page = await self._read_page()
            heard = [signal for signal in page.signals if self._wanted.admits(signal)]
            self._walks = self._is_crowd or 2 * len(heard) > page.position - self.position
            if until is not None:
                heard = [signal for signal in heard if signal.position <= until]
            for start in range(0, len(heard), MOST_TOGETHER):
                yield heard[start : start + MOST_TOGETHER]
                self._spoke_at = asyncio.get_running_loop().time()
            self.position = page.position if until is None else min(page.position, until)
            is_last = page.is_last
            if self._is_silent():
                yield [Signal(SignalKind.HEARTBEAT, self.position)]

    async def _read_page(self) -> Page:
        source = self._hub.source
        if not self._walks:
            # The last root is the narrowest: a key's own party, then the one that it asked about.
            root_id = self._wanted.roots[-1]
            page = await source.read_page_of(self._platform_id, root_id, after=self.position, reach=self._reach)
            if page is not None:
                self._reach = adapt_reach(self._reach, found=len(page.signals))
                return page
            self._is_crowd = True
        return await source.read_page(self._platform_id, after=self.position)

    def _is_silent(self) -> bool:
        """A reader who wants little of a long log would otherwise hear nothing for minutes."""
        now = asyncio.get_running_loop().time()
        if now - self._spoke_at < self._hub.heartbeat_seconds:
            return False
        self._spoke_at = now
        return True
