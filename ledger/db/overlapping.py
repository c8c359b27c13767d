"""Work of this process done while the database does its own. The only place of the ledger that starts a task."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from ledger.db.transacting import Connection

Answer = TypeVar("Answer")


class UnderWay:
    """At most one call on a connection that is not waited for yet."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._asking: asyncio.Future[None] | None = None

    async def begin(self, asked: Coroutine[Any, Any, None]) -> None:
        """Wait for the call before, then send this one, all of it, and do not wait for its answer."""
        try:
            await self.end()
        except BaseException:
            asked.close()
            raise
        self._asking = asyncio.ensure_future(asked)
        # What the socket did not take at once leaves only when the loop turns; the server waits for the last byte.
        await asyncio.sleep(0)
        while self._conn.is_sending and not self._asking.done():  # noqa: ASYNC110 - nothing tells when it is gone
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Wait for the call that is under way; whatever it raises is raised here."""
        asking, self._asking = self._asking, None
        if asking is not None:
            await asking  # whoever cancels this call cancels that one, and both end here

    async def give_up(self) -> None:
        """End the call that is under way, whatever becomes of it."""
        asking, self._asking = self._asking, None
        if asking is not None:
            await _cancel(asking)


@asynccontextmanager
async def under_way(conn: Connection) -> AsyncIterator[UnderWay]:
    """Calls on this connection that are done when this ends well, and ended when it does not."""
    calls = UnderWay(conn)
    try:
        yield calls
        await calls.end()
    except BaseException:
        await calls.give_up()
        raise


async def meanwhile(asked: Coroutine[Any, Any, Answer], work: Iterable[None]) -> Answer:
    """
    Await `asked`, which talks to the database, and go through `work` whenever it waits; both are done on return.

    The steps of `work` are short, at most half a millisecond: an answer of the database waits for the step at hand.
    They must not touch the connection. Whichever fails ends the other.
    """
    asking = asyncio.ensure_future(asked)
    try:
        for _ in work:
            await asyncio.sleep(0)
            if asking.done():
                break
        answer = await asking
    except BaseException:
        await _cancel(asking)
        raise
    for _ in work:
        pass
    return answer


async def _cancel(asking: "asyncio.Future[Any]") -> None:
    asking.cancel()
    await asyncio.wait([asking])
