"""Transactions inside one platform's wall. Nobody else says BEGIN."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown

Answer = TypeVar("Answer")

# The driver calls it an error of its own (InternalClientError) when the server said goodbye between two statements and
# the socket is not closed yet, and when a connection was lost that is being given back.
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)

# The server ends the session with these; the transaction in it is rolled back.
ENDED = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError)


class Connection:
    """
    One transaction in one platform. `memory` is the platform's, shared by all transactions of the process; what a
    transaction learned that is true for others only once it commits goes through `after_commit`, and is in `learned`
    until then.

    One statement may be under way that nobody waits for (`send`); whatever is asked next waits for it first.
    """

    __slots__ = ("_after_commit", "_under_way", "learned", "memory", "platform_id", "raw")

    def __init__(self, raw: PoolConnectionProxy, platform_id: int | None, memory: dict[str, Any]) -> None:
        self.raw = raw
        self.platform_id = platform_id or 0
        self.memory = memory
        self.learned: dict[str, Any] = {}
        self._after_commit: list[Callable[[], None]] = []
        self._under_way: asyncio.Task[str] | None = None

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run one statement and return all its rows."""
        if self._under_way:
            await self.settle()
        return await self.raw.fetch(statement, *arguments)

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """Run one statement and return its first row."""
        if self._under_way:
            await self.settle()
        return await self.raw.fetchrow(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """Run one statement and return the first value of its first row."""
        if self._under_way:
            await self.settle()
        return await self.raw.fetchval(statement, *arguments)

    async def execute(self, statement: str, *arguments: Any) -> str:
        """Run one statement and return its command tag."""
        if self._under_way:
            await self.settle()
        return await self.raw.execute(statement, *arguments)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row, in one round trip."""
        if self._under_way:
            await self.settle()
        await self.raw.executemany(statement, rows)

    async def send(self, statement: str, *arguments: Any) -> None:
        """
        Send one statement, all of it, and return while the database works on it. What it raises is raised by the next
        statement, or by `settle`. One that this connection has not asked before is only announced to the server; the
        rest leaves when the loop turns.
        """
        await self.settle()
        self._under_way = asyncio.ensure_future(self.raw.execute(statement, *arguments))
        # What the socket did not take at once leaves only when the loop turns; the server waits for the last byte.
        await asyncio.sleep(0)
        while self.is_sending and not self._under_way.done():  # noqa: ASYNC110 - nothing tells when it is gone
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Wait for the statement that is under way, if there is one; whatever it raises is raised here."""
        asked, self._under_way = self._under_way, None
        if asked is not None:
            await asked  # whoever cancels this call cancels that one, and both end here

    async def give_up(self) -> None:
        """End the statement that is under way, whatever becomes of it."""
        asked, self._under_way = self._under_way, None
        if asked is not None:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    @property
    def is_sending(self) -> bool:
        """Whether a part of what was said to the server is still in this process."""
        # The driver has no word for it. A test fails when these names are gone.
        driver = self.raw._con  # type: ignore[attr-defined]
        if driver is None:  # the pool has taken it back, because it was lost
            return False
        transport: asyncio.WriteTransport = driver._transport
        return transport.get_write_buffer_size() > 0

    async def enter_platform(self, platform_id: int) -> None:
        """Move this transaction, which began outside every wall, inside the one of a platform it has just created."""
        assert self.platform_id == 0, "a transaction stays in its platform"
        await self.raw.execute("SELECT set_config('app.platform', $1, true)", str(platform_id))
        self.platform_id = platform_id
        # Nobody else can know the platform yet; what is learned outside the walls is shared by all that come after.
        self.memory = {}

    def after_commit(self, remember: Callable[[], None]) -> None:
        """Call `remember` once this transaction has committed, and never if it does not."""
        self._after_commit.append(remember)

    def committed(self) -> None:
        """Run what waited for the commit."""
        for remember in self._after_commit:
            remember()


async def meanwhile(asked: Coroutine[Any, Any, Answer], pieces: Iterator[None]) -> Answer:
    """The answer to what is asked of the database; until it is there, this process works: a piece at each step."""
    answer = asyncio.ensure_future(asked)
    try:
        await asyncio.sleep(0)  # it leaves
        for _ in pieces:
            await asyncio.sleep(0)
            if answer.done():
                break
        return await answer
    except BaseException:
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)
        raise


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool, platform_id: int | None, *, memory: dict[str, Any], begin: str
) -> AsyncIterator[Connection]:
    """
    Open, hand out, then commit or roll back. `memory` is the platform's.

    Refusals: DatabaseUnavailable when the connection broke before COMMIT was sent, OutcomeUnknown after.
    """
    try:
        raw = await pool.acquire()
    except (*LOST, *ENDED) as lost:
        raise DatabaseUnavailable() from lost
    connection = Connection(raw, platform_id, memory)
    try:
        try:
            # One simple query: the wall stands before the first statement, at no extra round trip.
            await raw.execute(f"{begin}; SELECT set_config('app.platform', '{int(platform_id or 0) or ''}', true)")
            yield connection
            await connection.settle()
        except (*LOST, *ENDED) as lost:
            if isinstance(lost, OSError) and _is_open(raw):
                # Not ours: the caller met it with something else, a file or a pipe.
                await _roll_back(connection)
                raise
            _throw_away(raw)
            await connection.give_up()
            raise DatabaseUnavailable() from lost
        except BaseException:
            await _roll_back(connection)
            raise
        await _commit(raw)
        connection.committed()
    finally:
        await asyncio.shield(_give_back(pool, raw))


async def _give_back(pool: asyncpg.Pool, raw: PoolConnectionProxy) -> None:
    """How the transaction ended is known by now: a connection that is lost on its way back changes nothing about it."""
    with suppress(*LOST):
        await pool.release(raw)


def _is_open(raw: PoolConnectionProxy) -> bool:
    try:
        return not raw.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back, because it was lost
        return False


async def _commit(raw: PoolConnectionProxy) -> None:
    try:
        await raw.execute("COMMIT")
    except (*LOST, *ENDED) as lost:
        _throw_away(raw)
        raise OutcomeUnknown() from lost
    except BaseException:
        _throw_away(raw)
        raise


async def _roll_back(connection: Connection) -> None:
    """
    Leave nothing under way and nothing open. When that itself fails or is cancelled the connection is thrown away, so
    that no transaction and no platform of an earlier caller can reach a later one. Who is cancelled meanwhile is so: a
    program that is told to stop would go on with what it does after a failure.
    """
    try:
        await connection.give_up()
        async with asyncio.timeout(5):
            await connection.raw.execute("ROLLBACK")
    except Exception:
        _throw_away(connection.raw)
    except BaseException:
        _throw_away(connection.raw)
        raise


def _throw_away(raw: PoolConnectionProxy) -> None:
    """End a connection at once; the pool has already taken back one whose loss it noticed itself."""
    with suppress(asyncpg.InterfaceError):
        raw.terminate()
