"""One snapshot of the store per operation: everything an answer shows was true at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from ledger.db.transacting import Connection
from ledger.errors import LedgerError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where the platform's log stood."""

    sequence: int
    posted_at: datetime


class Snapshot:
    """
    Hands one read-only transaction to one function at a time; opened by the first, given back by `renew` or `close`.

    Fields of an operation run concurrently and a connection cannot, so they queue here. Nobody above sees the
    connection. A field that is cancelled because its sibling failed leaves its statement running to the end: cut off in
    the middle it would take the transaction, and with it every other field, along. Only `close` cuts statements off.
    """

    def __init__(
        self,
        *,
        open_read: Callable[[], AbstractAsyncContextManager[Connection]],
        find_position: Callable[[Connection], Awaitable[LogPosition]],
    ) -> None:
        self._open_read = open_read
        self._find_position = find_position
        self._lock = asyncio.Lock()
        self._transaction: AbstractAsyncContextManager[Connection] | None = None
        self._conn: Connection | None = None
        self._position: LogPosition | None = None
        self._broken: Exception | None = None
        self._running: set[asyncio.Task[object]] = set()
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether anything was read from it so far."""
        return self._conn is not None

    async def run(
        self, function: Callable[Concatenate[Connection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Call `function(conn, …)` inside the snapshot.

        Its refusals leave the snapshot usable; any other failure ends it, and is what later reads hear too.
        """
        task = asyncio.create_task(self._run(lambda conn: function(conn, *args, **kwargs)))
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def position(self) -> LogPosition:
        """Find where the log stands in this snapshot."""
        if self._position is not None:
            return self._position
        return await self.run(self._find_position_once)

    async def renew(self) -> None:
        """Give the connection back; the next read sees the store as it is then."""
        async with self._lock:
            transaction, self._transaction = self._transaction, None
            self._conn = self._position = self._broken = None
            if transaction is not None:
                # A read has nothing to commit: what it read is true even when the connection breaks now.
                with suppress(LedgerError):
                    await transaction.__aexit__(None, None, None)

    async def close(self) -> None:
        """Cut off whatever nobody waits for any more, and give the connection back for good."""
        self._closed = True
        running = [*self._running]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.renew()

    async def _find_position_once(self, conn: Connection) -> LogPosition:
        # Fields that ask at the same time stand in the queue by now: the first has found it for the others.
        if self._position is None:
            self._position = await self._find_position(conn)
        return self._position

    def _forget(self, task: asyncio.Task[T]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may be gone, and then nobody else retrieves it

    async def _run(self, function: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._lock:
            conn = await self._open()
            try:
                return await function(conn)
            except LedgerError:
                raise
            except BaseException as failure:
                await self._break(failure)
                raise

    async def _open(self) -> Connection:
        if self._broken is not None:
            # The transaction is gone, and reading on in a new one would mix two moments into one answer.
            raise self._broken
        if self._closed:
            raise RuntimeError("this operation has been answered; its snapshot is given back")
        if self._conn is None:
            transaction = self._open_read()
            self._conn = await transaction.__aenter__()
            self._transaction = transaction
        return self._conn

    async def _break(self, failure: BaseException) -> None:
        transaction, self._transaction = self._transaction, None
        self._conn = None
        self._broken = failure if isinstance(failure, Exception) else RuntimeError("the snapshot was given up")
        assert transaction is not None
        try:
            # The transaction rolls back, and may know a better word for the failure, such as DatabaseUnavailable.
            await transaction.__aexit__(type(failure), failure, failure.__traceback__)
        except Exception as better:
            self._broken = better
            raise
