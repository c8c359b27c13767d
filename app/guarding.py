"""
The embedded server of a running gateway, started again when somebody kills it.

A server of its own restarts under whoever runs it; the embedded one has nobody but us. Requests in between are refused
as retryable, and nothing that was confirmed is lost: PostgreSQL recovers from its log.
"""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import structlog

from app.embedded.errors import StoreError
from app.embedded.lease import Lease, acquire
from app.embedded.server import find_server
from app.store import Store
from ledger.db.connecting import Database
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
TRY_AGAIN_S = 5.0


async def guard_embedded_server(store: Store) -> None:
    """Watch until cancelled. Does nothing for a database of the user's own."""
    if not store.is_embedded:
        return
    home = store.settings.home.absolute()
    with ExitStack() as shares:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if await asyncio.to_thread(find_server, home / "postgresql") is not None:
                    continue
                log.error("database.gone", home=str(home))
                lease = shares.enter_context(await _acquire(home))
                await _reconnect(store.database, lease.dsn, store.settings.statement_cache_size)
                log.warning("database.started_again")
            except (StoreError, LedgerError) as failure:
                log.error("database.cannot_start", reason=str(failure))
                await asyncio.sleep(TRY_AGAIN_S)
            except Exception:
                # Whatever it was, it is looked again: nobody would see that there is no guard any more.
                log.exception("database.guard_failed")
                await asyncio.sleep(TRY_AGAIN_S)


async def _acquire(home: Path) -> Lease:
    starting = asyncio.ensure_future(asyncio.to_thread(acquire, home))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The thread cannot be stopped, and a share that nobody gives back would leave the server running.
        (await starting).release()
        raise


async def _reconnect(database: Database, dsn: str, cache: int) -> None:
    """Lead a database, which every part of the gateway holds, to the server's new socket."""
    fresh = await Database.connect(dsn, statement_cache_size=cache)
    lost = (database.writers, database.readers)
    database.writers, database.readers, database.dsn = fresh.writers, fresh.readers, dsn
    for pool in lost:
        pool.terminate()
