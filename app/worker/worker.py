"""The loop over platforms."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.clock import Clock
from app.platforms import list_all_platforms
from app.worker.planning import plan_due
from app.worker.running import LEASE, Runner, Stepped
from app.worker.work import Work
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown

log = structlog.get_logger(__name__)

# Rounds of one run over what is due: what one kind of work makes due for another is done in the next round.
MOST_ROUNDS = 100


@dataclass(slots=True)
class Tally:
    """What a run did: jobs, those that failed, and what the others counted, by kind."""

    jobs: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Worker:
    """
    Plans what is due and does it, on one platform or on all.

    `committed` hears of each platform whose log may have grown, `stepped` what was counted as the work goes on; `name`
    stands beside the jobs it has.
    """

    database: Database
    work: Sequence[Work]
    clock: Clock
    committed: Callable[[int], None] = lambda platform_id: None
    stepped: Stepped = lambda counts: None
    platform_id: int | None = None
    name: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}")

    async def run_once(self) -> Tally:
        """
        Do everything that is due at one reading of the clock, and what that makes due, until nothing is left that can
        be done now.

        Refusals: DatabaseUnavailable, OutcomeUnknown.
        """
        now = self.clock()
        tally = Tally()
        for _ in range(MOST_ROUNDS):
            before = tally.jobs
            for platform_id in await self._list_platforms():
                await self._work_through(platform_id, now, tally)
            if tally.jobs == before:
                return tally
        log.warning("worker.round_without_end", rounds=MOST_ROUNDS)
        return tally

    async def run(self, *, pause_seconds: float) -> None:
        """Do what is due, pause, and again, until cancelled. While the store is away, wait for it."""
        while True:
            try:
                await self.run_once()
            except (DatabaseUnavailable, OutcomeUnknown) as lost:
                log.warning("worker.store_away", reason=str(lost))
            except Exception:
                # Whatever it was, it is tried again: beside a gateway nobody would see that the worker has ended.
                log.exception("worker.round_failed")
            await asyncio.sleep(pause_seconds)

    async def _list_platforms(self) -> list[int]:
        if self.platform_id is not None:
            return [self.platform_id]
        return [platform.platform_id for platform in await list_all_platforms(self.database)]

    async def _work_through(self, platform_id: int, now: datetime, tally: Tally) -> None:
        kinds = {work.kind: work for work in self.work}
        runner = Runner(self.database, self.committed, LEASE, self.stepped)
        await plan_due(self.database, platform_id, kinds=kinds, now=now)
        while True:
            job = await runner.claim(platform_id, kinds=list(kinds), worker=self.name, now=now)
            if job is None:
                return
            tally.jobs += 1
            counts = await runner.run(job, platform_id=platform_id, work=kinds[job.kind], now=now)
            if counts is None:
                tally.failed += 1
            else:
                tally.counts.update({f"{job.kind} {name}": count for name, count in counts.items() if count})
