"""
Two who act at once on one thing, each by a gateway of his own: what comes of it is what comes of one after the other.

The world is made once; each run has a copy of its database. The first runs so many statements and waits until the
second is done or waits for it; then both go on. Gateways remember things of their own, which the other may have changed
since: where a scene says how, they have learned them before.
"""

import asyncio
import itertools
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from tests.faults.between import COMMITTED, between_statements, listening
from tests.invariants.sums import sum_tables
from tests.ledger.settlement.sheets.world import World, at
from tests.store import Server

# Before so many of the times that one locks the log he is held, before so many statements behind the first of these,
# and before he commits. Whoever closes sheets locks it some ten times.
LOCKS = int(os.environ.get("SPLITBOOK_LOCKS", "1"))
STATEMENTS = int(os.environ.get("SPLITBOOK_STATEMENTS", "1"))
# Whoever closes sheets comes again so often, for those that others had just then.
CLOSINGS = 250
Act = Callable[[Database, int], Awaitable[Any]]
# What an act came to: "" or the code of its refusals.
Ends = tuple[str, str]

# Whether one is held before the statement with this text; it hears each in turn.
Held = Callable[[str], bool]

COMMIT, FIRST_LOCK = "its commit", "lock 1"
# Every act comes to these but those of which the scene says otherwise; how often one locks the log is its own affair.
ALWAYS_REACHED = (COMMIT, FIRST_LOCK)

_LOCKS_LOG = "FROM log_head WHERE platform_id = $1 FOR UPDATE"
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE)\b")
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def close_all(world: World, when: str) -> None:
    """A closer leaves sheets that others have just now to them, who may only date them; then it comes again."""
    for _ in range(CLOSINGS):
        await world.settle(when)
        if not await world.rows("SELECT 1 FROM sheet WHERE status = 'OPEN' AND period_end <= $1 LIMIT 1", at(when)):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"sheets are open that ended by {when}, after {CLOSINGS} times")


async def _know_nothing(_gateway: Database, _platform_id: int) -> None:
    """A gateway that has just been started."""


class Scene(NamedTuple):
    """
    A database to copy, its platform, what people may do there, by name, and what a gateway does first: it changes
    nothing. `unreached` are acts with a hold that they never come to: they do not lock the log, or write only after
    somebody else has acted.
    """

    template: str
    platform_id: int
    acts: Mapping[str, Act]
    warm: Act = _know_nothing
    unreached: frozenset[tuple[str, str]] = frozenset()


class Race:
    """One world, and two acts on it."""

    def __init__(self, server: Server, scene: Scene, acts: tuple[Act, Act]) -> None:
        self.server, self.scene, self.acts = server, scene, acts

    async def one_after_the_other(self, *, order: Sequence[int]) -> tuple[Ends, Any]:
        """Both acts in this order; how each ended, and the book."""

        async def run(gateways: Sequence[Database]) -> Ends:
            ends = {each: await self._end(each, gateways[each]) for each in order}
            return ends[0], ends[1]

        return await self._run(run)

    async def at_once(self, *, first: int, held: Held) -> tuple[tuple[Ends, Any], bool]:
        """
        The first is held before the first statement of which `held(text)` is true; how each ended, and the book, and
        whether the first came to be held: else one acted after the other.
        """
        reached = asyncio.Event()

        async def run(gateways: Sequence[Database]) -> Ends:
            goes_on = asyncio.Event()

            async def hold(statement: str) -> None:
                if statement != COMMITTED and held(statement):
                    reached.set()
                    await goes_on.wait()

            async def run_first() -> str:
                with between_statements(hold):
                    return await self._end(first, gateways[first])

            one = asyncio.create_task(run_first())
            holding = asyncio.create_task(reached.wait())
            await asyncio.wait([one, holding], return_when=asyncio.FIRST_COMPLETED)
            other = asyncio.create_task(self._end(1 - first, gateways[1 - first]))
            await _until_done_or_waiting(gateways[0].dsn, other)
            goes_on.set()
            ends = dict(zip((first, 1 - first), await asyncio.gather(one, other), strict=True))
            holding.cancel()
            return ends[0], ends[1]

        with listening():
            return await self._run(run), reached.is_set()

    async def _run(self, run: Callable[[Sequence[Database]], Awaitable[Ends]]) -> tuple[Ends, Any]:
        async with self.server.lend_database(template=self.scene.template) as dsn:
            gateways = [await Database.connect(dsn, writers=1, readers=1) for _ in self.acts]
            try:
                for gateway in gateways:
                    await self.scene.warm(gateway, self.scene.platform_id)
                ends = await run(gateways)
                return ends, await sum_tables(gateways[0], self.scene.platform_id)
            finally:
                for gateway in gateways:
                    await gateway.close()

    async def _end(self, act: int, gateway: Database) -> str:
        return await _end(self.acts[act](gateway, self.scene.platform_id))


async def check(server: Server, scene: Scene, pair: tuple[str, str], *, statements: int, locks: int) -> None:
    """Each is held before it commits, before it locks the log so many times, and before its first statements behind."""
    race = Race(server, scene, (scene.acts[pair[0]], scene.acts[pair[1]]))
    expected = [await race.one_after_the_other(order=order) for order in ((0, 1), (1, 0))]

    for first in (0, 1) if pair[0] != pair[1] else (0,):
        for name, held in _list_holds(statements, locks):
            came_to, reached = await race.at_once(first=first, held=held)
            if name in ALWAYS_REACHED and (pair[first], name) not in scene.unreached:
                assert reached, f"{pair[first]} was never held before {name}: {came_to[0]}"
            assert came_to in expected, _differ(pair, first, name, came_to, expected)


def _list_holds(statements: int, locks: int) -> list[tuple[str, Held]]:
    """Where one is held, by name."""
    holds = [(COMMIT, _hold_before_commit())]
    holds += [(f"lock {number}", _hold_before_lock(number)) for number in range(1, locks + 1)]
    return holds + [(f"statement {number} behind it", _hold_behind_lock(number)) for number in range(1, statements + 1)]


def _hold_before_commit() -> Held:
    """Whoever only reads first, to know what to say, has nothing by then that anybody waits for."""
    written = []

    def held(text: str) -> bool:
        written.extend(_WRITES.findall(text))
        return text == "COMMIT" and bool(written)

    return held


def _hold_before_lock(number: int) -> Held:
    """What is read before the log is locked may be of yesterday by then."""
    places = itertools.count(1)
    return lambda text: _LOCKS_LOG in text and next(places) == number


def _hold_behind_lock(number: int) -> Held:
    places = itertools.count(0)
    locked = []

    def held(text: str) -> bool:
        locked.extend([text] * (_LOCKS_LOG in text))
        return bool(locked) and next(places) == number

    return held


def _differ(pair: tuple[str, str], first: int, held: str, came_to: Any, expected: list[Any]) -> str:
    """Where a race came to something else."""
    ends, book = came_to
    lines = [f"{pair[first]} held before {held}: ended {ends}, one after the other {[each[0] for each in expected]}"]
    for order, (_, right) in zip(pair, expected, strict=False):
        names = {name for name in {*book, *right} if book.get(name) != right.get(name)}
        lines += [f"{order} first: {name}: {book.get(name)}, not {right.get(name)}" for name in sorted(names)]
    return "\n".join(lines)


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


async def _until_done_or_waiting(dsn: str, other: "asyncio.Task[str]") -> None:
    """
    One that waits for a lock does not go on before the other does; one that takes long is not waited for: after five
    seconds the store ends whoever is held.
    """
    watcher = await asyncpg.connect(dsn)
    try:
        loop = asyncio.get_running_loop()
        end = loop.time() + 1.5
        while loop.time() < end and not other.done() and not await watcher.fetchval(_WAITS):
            await asyncio.wait([other], timeout=0.005)
    finally:
        await watcher.close()
