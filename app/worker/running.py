"""One job from its claim to its end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.lanes.retry import RetryPolicy
from app.stopping import run_to_end, take_or_give_back
from app.worker import metrics
from app.worker.work import Errand, Progress, Step, Work
from ledger.actor import SYSTEM
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.jobs.errors import LeaseLost
from ledger.jobs.model import Job, JobStatus
from ledger.jobs.queueing import claim_job, fail_job, finish_job, release_job, renew_lease

log = structlog.get_logger(__name__)

Stepped = Callable[[Mapping[str, int]], None]

LEASE = timedelta(seconds=90)
# A step is one transaction of at most a minute; the conflicts it meets are tried again within this.
_POLICY = RetryPolicy(patience_seconds=120.0)


@dataclass(frozen=True, slots=True)
class Runner:
    """
    What jobs run with. `committed` hears of a platform whose log may have grown, `stepped` what each transaction of a
    job counted, or an errand as a whole.
    """

    database: Database
    committed: Callable[[int], None]
    lease: timedelta = LEASE
    stepped: Stepped = lambda counts: None

    async def claim(self, platform_id: int, *, kinds: Sequence[str], worker: str, now: datetime) -> Job | None:
        """
        Take the job of these kinds that is due next; None when there is none.

        Who is cancelled meanwhile gives back what it has taken: the job would be nobody's until its lease ran out.

        Raises DatabaseUnavailable and OutcomeUnknown.
        """

        async def take() -> Job | None:
            async with self.database.write(platform_id) as conn:
                return await claim_job(conn, kinds=kinds, worker=worker, lease=self.lease, now=now)

        return await take_or_give_back(take(), lambda job: self._give_back(job, platform_id))

    async def run(self, job: Job, *, platform_id: int, work: Work, now: datetime) -> Mapping[str, int] | None:
        """
        Do a job that was claimed, and return what it counted; None when it failed. What fails is put off, or given up.

        Raises DatabaseUnavailable and OutcomeUnknown: nothing can be said of the job then, its lease runs out.
        """
        began = time.monotonic()
        told = log.bind(kind=job.kind, job=job.job_id, platform=platform_id, attempt=job.attempts)
        metrics.DELAY_SECONDS.labels(job.kind).observe(max((now - job.due_at).total_seconds(), 0))
        try:
            counts = await self._do(job, platform_id=platform_id, work=work, now=now)
        except asyncio.CancelledError:
            await run_to_end(self._give_back(job, platform_id))
            raise
        except LeaseLost:
            metrics.ENDED.labels(job.kind, "lost").inc()
            told.warning("worker.lease_lost")
            return {}
        except (DatabaseUnavailable, OutcomeUnknown) as lost:
            metrics.ENDED.labels(job.kind, "lost").inc()
            told.warning("worker.store_lost", reason=str(lost))
            raise
        except Exception as failure:
            told.exception("worker.job_failed")
            await run_to_end(self._fail(job, platform_id, failure))
            return None
        finally:
            self.committed(platform_id)
            metrics.SECONDS.labels(job.kind).observe(time.monotonic() - began)
        metrics.ENDED.labels(job.kind, "done").inc()
        told.info("worker.job_done", seconds=round(time.monotonic() - began, 3), **counts)
        return counts

    async def _do(self, job: Job, *, platform_id: int, work: Work, now: datetime) -> Mapping[str, int]:
        if work.first is not None:
            async with self._keep(job, platform_id):
                self.stepped(await work.first(Errand(self.database, platform_id, now, SYSTEM)))
        if work.step is not None:
            return await self._step_through(job, work.step, platform_id=platform_id, now=now)
        assert work.run is not None, "work without steps is an errand"
        async with self._keep(job, platform_id):
            counts = await work.run(Errand(self.database, platform_id, now, SYSTEM))
            self.stepped(counts)
        async with self.database.write(platform_id) as conn:
            await finish_job(conn, job=job, counts=counts)
        return counts

    async def _step_through(self, job: Job, step: Step, *, platform_id: int, now: datetime) -> Mapping[str, int]:
        total: Counter[str] = Counter()

        async def once() -> Progress:
            async with self.database.write(platform_id) as conn:
                await renew_lease(conn, job=job, lease=self.lease)
                progress = await step(conn, now, SYSTEM)
                if progress.is_done:
                    await finish_job(conn, job=job, counts=total + Counter(progress.counts))
                return progress

        while True:
            progress = await _POLICY.run(once, lane=f"worker.{job.kind}")
            metrics.STEPS.labels(job.kind).inc()
            total.update(progress.counts)
            self.stepped(progress.counts)
            if progress.is_done:
                return total
            await asyncio.sleep(progress.rest.total_seconds())

    @asynccontextmanager
    async def _keep(self, job: Job, platform_id: int) -> AsyncIterator[None]:
        """Hold a job while an errand runs; an errand whose job was lost is cancelled."""
        task = asyncio.current_task()
        assert task is not None, "a job runs in a task"
        lost: list[LeaseLost] = []

        async def renew() -> None:
            while True:
                await asyncio.sleep(self.lease.total_seconds() / 3)
                try:
                    async with self.database.write(platform_id) as conn:
                        await renew_lease(conn, job=job, lease=self.lease)
                except LeaseLost as failure:
                    lost.append(failure)
                    task.cancel()
                    return
                except (DatabaseUnavailable, OutcomeUnknown):
                    continue  # the lease is three times as long

        renewing = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            # Whoever told it to stop meanwhile is heeded: the job is not all that is to end.
            if lost and not task.uncancel():
                raise lost[0] from None
            raise
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _fail(self, job: Job, platform_id: int, failure: Exception) -> None:
        error = f"{type(failure).__name__}: {failure}"
        try:
            async with self.database.write(platform_id) as conn:
                status = await fail_job(conn, job=job, error=error)
        except LeaseLost:
            metrics.ENDED.labels(job.kind, "lost").inc()
            return
        metrics.ENDED.labels(job.kind, "dead" if status is JobStatus.DEAD else "failed").inc()

    async def _give_back(self, job: Job, platform_id: int) -> None:
        try:
            async with self.database.write(platform_id) as conn:
                await release_job(conn, job=job)
        except (DatabaseUnavailable, OutcomeUnknown) as lost:
            log.warning("worker.store_lost", job=job.job_id, reason=str(lost))
