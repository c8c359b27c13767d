"""
Two who act at once on one thing, on connections of their own: what comes of it is what comes of one after the other.

The world is made once; each run has a copy of its database. The first runs so many statements and waits until the
second is done or waits for it; then both go on.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from tests.faults.between import COMMITTED, between_statements, listening
from tests.invariants.sums import sum_tables
from tests.store import Server

Act = Callable[[Database, int], Awaitable[Any]]
# What an act came to: "" or the code of its refusals.
Ends = tuple[str, str]

_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Race:
    """One world, and two acts on it."""

    def __init__(self, server: Server, template: str, platform_id: int, acts: tuple[Act, Act]) -> None:
        self.server, self.template, self.platform_id, self.acts = server, template, platform_id, acts

    async def one_after_the_other(self, *, order: Sequence[int]) -> tuple[Ends, Any]:
        """Both acts in this order; how each ended, and the book."""

        async def run(database: Database) -> Ends:
            ends = {each: await _end(self.acts[each](database, self.platform_id)) for each in order}
            return ends[0], ends[1]

        return await self._run(run)

    async def at_once(self, *, first: int, held: Callable[[int, str], bool]) -> tuple[Ends, Any]:
        """The first is held before the first statement of which `held(number, text)`; how each ended, and the book."""

        async def run(database: Database) -> Ends:
            reached, goes_on = asyncio.Event(), asyncio.Event()
            numbers = itertools.count(1)

            async def hold(statement: str) -> None:
                if statement != COMMITTED and held(next(numbers), statement):
                    reached.set()
                    await goes_on.wait()

            async def run_first() -> str:
                with between_statements(hold):
                    return await _end(self.acts[first](database, self.platform_id))

            one = asyncio.create_task(run_first())
            holding = asyncio.create_task(reached.wait())
            await asyncio.wait([one, holding], return_when=asyncio.FIRST_COMPLETED)
            other = asyncio.create_task(_end(self.acts[1 - first](database, self.platform_id)))
            await _until_done_or_waiting(database, other)
            goes_on.set()
            ends = dict(zip((first, 1 - first), await asyncio.gather(one, other), strict=True))
            holding.cancel()
            return ends[0], ends[1]

        with listening():
            return await self._run(run)

    async def _run(self, run: Callable[[Database], Awaitable[Ends]]) -> tuple[Ends, Any]:
        async with self.server.lend_database(template=self.template) as dsn:
            database = await Database.connect(dsn, writers=2, readers=1)
            try:
                ends = await run(database)
                return ends, await sum_tables(database, self.platform_id)
            finally:
                await database.close()


async def _end(act: Awaitable[Any]) -> str:
    """How it ended: what was refused by name; whatever else flies is a fault."""
    try:
        outcome = await act
    except LedgerError as refusal:
        return refusal.code
    outcomes = outcome if isinstance(outcome, list) else [outcome]
    return " ".join(
        each if isinstance(each, str) else each.error.code for each in outcomes if isinstance(each, str | Refused)
    )


async def _until_done_or_waiting(database: Database, other: "asyncio.Task[str]") -> None:
    """
    One that waits for a lock does not go on before the other does; one that takes long is not waited for: after five
    seconds the store ends whoever is held.
    """
    watcher = await asyncpg.connect(database.dsn)
    try:
        loop = asyncio.get_running_loop()
        end = loop.time() + 1.5
        while loop.time() < end and not other.done() and not await watcher.fetchval(_WAITS):
            await asyncio.wait([other], timeout=0.005)
    finally:
        await watcher.close()
