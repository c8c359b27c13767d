"""A pool of connections that all work as splitbook_app, never as the login the store was given."""

from __future__ import annotations

import asyncio
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
    # The last line of an account is found through line_by_account. Walking the log backwards and sorting within each
    # entry looks cheaper to the planner and reads the whole journal for an account that was never used.
    "enable_incremental_sort": "off",
}

# Every statement of a writer looks up the rows of its arrays by index. The planner cannot see how long an array is, nor
# that a table which was empty when the plan was made has grown since, and would scan whole tables (measured: 170 ms
# instead of 3 ms per batch of a thousand for the account law).
WRITER_SETTINGS = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_memoize": "off",
}

_WRITING = {**SESSION_SETTINGS, **WRITER_SETTINGS}

REMEMBERED_PLATFORMS = 1_000


class Database:
    """
    The store. `write` and `read` are the only ways to a transaction.

    `memory` keeps, per platform, what the journal may remember between transactions (see ledger.journal.accounts).
    """

    def __init__(
        self, *, writers: asyncpg.Pool, readers: asyncpg.Pool, dsn: str, pooled_elsewhere: bool = False
    ) -> None:
        self.writers = writers
        self.readers = readers
        self.dsn = dsn
        self._begin_write = "BEGIN"
        self._begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        if pooled_elsewhere:
            self._begin_write += _settings_of_a_transaction(_WRITING)
            self._begin_read += _settings_of_a_transaction(SESSION_SETTINGS)
        self.memory: dict[int, dict[str, Any]] = {}

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        writers: int = 4,
        readers: int = 8,
        statement_cache_size: int = 200,
        pooled_elsewhere: bool = False,
    ) -> Database:
        """
        Open two pools, so that a flood of readers never keeps a posting waiting for a connection.

        `pooled_elsewhere` is for transaction-pooling proxies, which take no start-up parameters and hand every
        transaction another session: each then begins by taking the role and the settings for itself alone.

        Refusals: DatabaseUnavailable.
        """

        async def open_pool(size: int, settings: dict[str, str]) -> asyncpg.Pool:
            return await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=size,
                statement_cache_size=statement_cache_size,
                # A plan made while a table was young is not kept for long.
                max_cached_statement_lifetime=30,
                server_settings={} if pooled_elsewhere else settings,
                reset=_forget_nothing,
                max_inactive_connection_lifetime=0,
            )

        try:
            writing = await open_pool(writers, _WRITING)
            try:
                reading = await open_pool(readers, SESSION_SETTINGS)
            except BaseException:
                writing.terminate()
                raise
        except (*transacting.LOST, *transacting.ENDED) as lost:
            raise DatabaseUnavailable() from lost
        return cls(writers=writing, readers=reading, dsn=dsn, pooled_elsewhere=pooled_elsewhere)

    def remember(self, platform_id: int) -> dict[str, Any]:
        """One platform's memory. Numbers of platforms come from outside too, so it is bounded: full, it begins anew."""
        if platform_id not in self.memory and len(self.memory) >= REMEMBERED_PLATFORMS:
            self.memory.clear()
        return self.memory.setdefault(platform_id, {})

    async def close(self) -> None:
        """Give every connection back; waits at most five seconds for those in use."""
        for pool in (self.writers, self.readers):
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()

    def write(self, platform_id: int | None) -> AbstractAsyncContextManager[transacting.Connection]:
        """Open a read-write transaction inside one platform's wall; commits on leaving, rolls back on any exception."""
        return self._begin(self.writers, platform_id, self._begin_write)

    def read(self, platform_id: int | None) -> AbstractAsyncContextManager[transacting.Connection]:
        """Open one read-only snapshot inside one platform's wall."""
        return self._begin(self.readers, platform_id, self._begin_read)

    def _begin(
        self, pool: asyncpg.Pool, platform_id: int | None, begin: str
    ) -> AbstractAsyncContextManager[transacting.Connection]:
        return transacting.transaction(pool, platform_id, memory=self.remember(platform_id or 0), begin=begin)

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


def _settings_of_a_transaction(settings: dict[str, str]) -> str:
    values = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    return f"; SELECT {values}"


async def _forget_nothing(_connection: asyncpg.Connection) -> None:
    """
    Reset nothing on release: every setting of ours is local to its transaction, and a connection that ended badly is
    terminated, not returned. Saves a round trip per request.
    """
