"""What only one process of all that use a store may do at a time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from ledger.db.errors import DatabaseUnavailable
from ledger.db.transacting import ENDED, LOST

_WITHOUT_LIMIT = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
_BEGIN = "BEGIN; " + "; ".join(f"SET LOCAL {setting} = 0" for setting in _WITHOUT_LIMIT)


@asynccontextmanager
async def working_alone(dsn: str, *, lock: int, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    """
    Work while nobody else on this store holds the lock of this number; `on_wait` is called once where somebody does.

    Waiting has no limit and can be cancelled. The server drops the lock with the process, however that ends.

    Refusals: DatabaseUnavailable.
    """
    try:
        connection = await asyncpg.connect(dsn, statement_cache_size=0)
    except (*LOST, *ENDED) as lost:
        raise DatabaseUnavailable() from lost
    try:
        await _take(connection, lock, on_wait)
        yield
    finally:
        await connection.close(timeout=2)


async def _take(connection: asyncpg.Connection, lock: int, on_wait: Callable[[], None]) -> None:
    try:
        # A session may be shared behind a pooler, a transaction is not. It reads nothing, so it keeps nothing from
        # being cleaned up, and may wait and be idle for as long as the work takes.
        await connection.execute(_BEGIN)
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock):
            on_wait()
            await connection.fetchval("SELECT pg_advisory_xact_lock($1)", lock)
    except (*LOST, *ENDED) as lost:
        raise DatabaseUnavailable() from lost
