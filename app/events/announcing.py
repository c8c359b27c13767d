"""Word to other processes that a log has grown."""

import asyncio
import contextvars
from contextlib import suppress

import asyncpg
import structlog

from ledger.db.announcing import announce
from ledger.db.connecting import Database
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

CHANNEL = "splitbook_log"


class Announcer:
    """
    One pump for all commits of the process: whatever commits within a pause is announced together, once per platform.

    Announcing is a courtesy: a failure costs the others a second, and nobody else hears of it.
    """

    def __init__(self, database: Database, *, sender: str, pause_seconds: float = 0.05) -> None:
        self._database = database
        self._sender = sender
        self._pause_seconds = pause_seconds
        self._grown: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def announce(self, platform_id: int) -> None:
        """Say soon that this platform's log has grown."""
        self._grown.add(platform_id)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def stop(self) -> None:
        """Announce nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        try:
            while self._grown:
                await asyncio.sleep(self._pause_seconds)
                grown, self._grown = self._grown, set()
                for platform_id in grown:
                    await self._announce(platform_id)
        finally:
            self._task = None

    async def _announce(self, platform_id: int) -> None:
        try:
            async with self._database.write(platform_id) as conn:
                await announce(conn, channel=CHANNEL, payload=f"{platform_id} {self._sender}")
        except (LedgerError, asyncpg.PostgresError) as failure:
            log.debug("events.announcing_failed", platform=platform_id, reason=str(failure))
