"""A pool of connections that all work as splitbook_app, never as the login the store was given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg

from ledger.db import transacting
from ledger.db.errors import DatabaseUnavailable

APP_ROLE = "splitbook_app"

# A stalled client must not keep the log: its transaction is ended after five idle seconds.
SESSION_SETTINGS = {
    "role": APP_ROLE,
    "application_name": "splitbook",
    "timezone": "UTC",
    "jit": "off",
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "5s",
    # Most of our statements take arrays, whose sizes the planner cannot see: a plan made for the parameters at hand
    # costs more to make than it saves. Each hot statement was measured under the generic plan.
    "plan_cache_mode": "auto",
}

LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError, EOFError)


class Database:
    """
    The store. `write` and `read` are the only ways to a transaction.

    `memory` keeps, per platform, what the journal may remember between transactions (see ledger.journal.accounts).
    """

    def __init__(self, pool: asyncpg.Pool, dsn: str) -> None:
        self.pool = pool
        self.dsn = dsn
        self.memory: dict[int, dict[str, Any]] = {}

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        pool_size: int = 10,
        statement_cache_size: int = 200,
        pooled_elsewhere: bool = False,
        role: str = APP_ROLE,
    ) -> Database:
        """
        Open a pool. `pooled_elsewhere` is for transaction-pooling proxies, which take no start-up parameters:
        `splitbook migrate` then sets them on the login.

        Refusals: DatabaseUnavailable.
        """
        settings = {} if pooled_elsewhere else {**SESSION_SETTINGS, "role": role}
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=pool_size,
                statement_cache_size=statement_cache_size,
                server_settings=settings,
                reset=_forget_nothing,
                max_inactive_connection_lifetime=0,
            )
        except LOST as lost:
            raise DatabaseUnavailable() from lost
        return cls(pool, dsn)

    async def close(self) -> None:
        """Give every connection back; waits at most five seconds for those in use."""
        try:
            await asyncpg.compat.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()

    def write(self, platform_id: int | None) -> AbstractAsyncContextManager[transacting.Connection]:
        """Open a read-write transaction inside one platform's wall; commits on leaving, rolls back on any exception."""
        return transacting.transaction(self, platform_id, begin="BEGIN")

    def read(self, platform_id: int | None) -> AbstractAsyncContextManager[transacting.Connection]:
        """Open one read-only snapshot inside one platform's wall."""
        return transacting.transaction(self, platform_id, begin="BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    @asynccontextmanager
    async def listen(
        self, channel: str, heard: Callable[[str], None], *, dsn: str | None = None
    ) -> AsyncIterator[asyncpg.Connection]:
        """Hold one connection outside the pool that listens; `heard` gets each payload, a wake-up hint and no more."""
        connection = await asyncpg.connect(dsn or self.dsn, server_settings={"role": APP_ROLE})
        try:
            await connection.add_listener(channel, lambda _c, _p, _n, payload: heard(payload))
            yield connection
        finally:
            await connection.close(timeout=2)


async def _forget_nothing(_connection: asyncpg.Connection) -> None:
    """
    Reset nothing on release: every setting of ours is local to its transaction, and a connection that ended badly is
    terminated, not returned. Saves a round trip per request.
    """
