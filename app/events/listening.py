"""Word from other processes that a log has grown."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from app.events.announcing import CHANNEL
from ledger.db.connecting import Database
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5.0


class Listener:
    """Holds one connection that listens; while there is none, the feeds' polling does without."""

    def __init__(
        self, database: Database, *, heard: Callable[[int], None], ignored_sender: str, dsn: str | None
    ) -> None:
        self._database = database
        self._heard = heard
        self._ignored_sender = ignored_sender
        self._dsn = dsn

    async def run(self) -> None:
        """Listen until cancelled, connecting again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
                log.warning("events.listening_lost")
            except (LedgerError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as failure:
                log.warning("events.listening_failed", reason=str(failure))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        lost = asyncio.Event()
        async with self._database.listen(CHANNEL, self._hear, dsn=self._dsn) as connection:
            connection.add_termination_listener(lambda _: lost.set())
            await lost.wait()

    def _hear(self, payload: str) -> None:
        platform, _, sender = payload.partition(" ")
        # Its own commits a process knows without being told; and anybody with the database's login may send anything.
        if sender != self._ignored_sender and platform.isascii() and platform.isdecimal() and len(platform) < 19:
            self._heard(int(platform))
