"""Jobs: planned once, had by one worker, ended with their effect."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.jobs.errors import JobMissing, JobNotDead, JobReplaced, LeaseLost
from ledger.jobs.model import MOST_ATTEMPTS, Job, JobDraft, JobStatus, find_pause
from ledger.jobs.queueing import (
    claim_job,
    fail_job,
    finish_job,
    forget_jobs,
    forget_jobs_ahead,
    plan_jobs,
    release_job,
    renew_lease,
    retry_job,
)
from ledger.parties.model import PartyDraft
from tests.platforms import open_platform

NOW = datetime(2024, 7, 17, 12, tzinfo=UTC)
LEASE = timedelta(minutes=1)
_platforms = itertools.count(1)


class Queue:
    """A platform's jobs, with verbs that read like the tests; each has a transaction of its own."""

    def __init__(self, database: Database, platform_id: int) -> None:
        self.database = database
        self.platform_id = platform_id

    async def plan(self, *drafts: tuple[str, str] | tuple[str, str, datetime]) -> int:
        jobs = [JobDraft(draft[0], draft[1], draft[2] if len(draft) == 3 else NOW) for draft in drafts]
        async with self.database.write(self.platform_id) as conn:
            return await plan_jobs(conn, drafts=jobs)

    async def claim(self, *kinds: str, worker: str = "w1", lease: timedelta = LEASE, now: datetime = NOW) -> Job | None:
        async with self.database.write(self.platform_id) as conn:
            return await claim_job(conn, kinds=kinds or ("close",), worker=worker, lease=lease, now=now)

    async def take(self, *kinds: str, worker: str = "w1", lease: timedelta = LEASE) -> Job:
        job = await self.claim(*kinds, worker=worker, lease=lease)
        assert job is not None
        return job

    async def finish(self, job: Job, **counts: int) -> None:
        async with self.database.write(self.platform_id) as conn:
            await finish_job(conn, job=job, counts=counts)

    async def fail(self, job: Job, error: str = "It broke.") -> JobStatus:
        async with self.database.write(self.platform_id) as conn:
            return await fail_job(conn, job=job, error=error)

    async def retry(self, job_id: int) -> str:
        async with self.database.write(self.platform_id) as conn:
            return await retry_job(conn, job_id=job_id)

    async def force(self, statement: str, *arguments: object) -> None:
        async with self.database.write(self.platform_id) as conn:
            await conn.execute(statement, *arguments)

    async def rows(self) -> list[tuple[str, str, str, int]]:
        async with self.database.read(self.platform_id) as conn:
            return [
                tuple(row) for row in await conn.fetch("SELECT kind, key, status, attempts FROM job ORDER BY job_id")
            ]


@pytest.fixture
async def queue(database: Database) -> Queue:
    operator = PartyDraft(f"OP{next(_platforms)}", "OPERATOR", "Operator")
    platform = await open_platform(database, operator=operator, actor=Actor("test"), now=NOW)
    return Queue(database, platform.platform_id)


async def test_a_job_is_planned_once_whoever_plans_it(queue: Queue):
    planned = await asyncio.gather(*(queue.plan(("close", "2024-07-17")) for _ in range(4)))

    assert sorted(planned) == [0, 0, 0, 1]
    assert await queue.rows() == [("close", "2024-07-17", "READY", 0)]


async def test_of_one_kind_one_job_is_open_at_a_time(queue: Queue):
    assert await queue.plan(("close", "1"), ("close", "2"), ("pay", "1")) == 2
    assert await queue.plan(("close", "2")) == 0

    await queue.finish(await queue.take("close"))

    assert await queue.plan(("close", "1"), ("close", "2")) == 1
    with pytest.raises(asyncpg.UniqueViolationError):
        await queue.force(
            "INSERT INTO job (platform_id, kind, key, due_at) SELECT platform_id, 'pay', '2', due_at FROM job"
        )


async def test_two_workers_never_have_one_job(queue: Queue):
    await queue.plan(("close", "1"), ("pay", "1"))

    taken = await asyncio.gather(*(queue.claim("close", "pay", worker=f"w{number}") for number in range(4)))

    assert sorted(job.kind for job in taken if job) == ["close", "pay"]


async def test_what_has_been_due_longest_is_taken_first_and_nothing_that_is_due_later_than_now(queue: Queue):
    later = NOW + timedelta(hours=1)
    await queue.plan(("pay", "1", NOW), ("close", "1", NOW - timedelta(days=2)), ("pull", "1", later))

    taken = [await queue.claim("close", "pay", "pull") for _ in range(3)]

    assert [job and job.kind for job in taken] == ["close", "pay", None]
    assert (await queue.claim("pull", now=later)) is not None


async def test_a_worker_takes_only_the_kinds_it_knows(queue: Queue):
    await queue.plan(("from.tomorrow", "1"))

    assert await queue.claim("close") is None


async def test_a_lease_that_ends_gives_the_job_to_another_and_the_first_can_write_nothing_more(queue: Queue):
    await queue.plan(("close", "1"))
    slow = await queue.take(worker="slow", lease=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)
    quick = await queue.take(worker="quick")

    assert (quick.job_id, quick.lease, quick.attempts) == (slow.job_id, slow.lease + 1, 2)
    async with queue.database.write(queue.platform_id) as conn:
        with pytest.raises(LeaseLost):
            await renew_lease(conn, job=slow, lease=LEASE)
    with pytest.raises(LeaseLost):
        await queue.finish(slow)
    with pytest.raises(LeaseLost):
        await queue.fail(slow)
    await queue.finish(quick, sheets=3)
    assert await queue.rows() == [("close", "1", "DONE", 2)]


async def test_a_lease_that_has_ended_goes_on_while_nobody_else_has_the_job(queue: Queue):
    await queue.plan(("close", "1"))
    job = await queue.take(lease=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)

    async with queue.database.write(queue.platform_id) as conn:
        await renew_lease(conn, job=job, lease=LEASE)

    assert await queue.claim(worker="other") is None


async def test_during_a_step_nobody_takes_the_job_even_if_the_lease_ends(queue: Queue):
    await queue.plan(("close", "1"))
    job = await queue.take()

    async with queue.database.write(queue.platform_id) as conn:
        await renew_lease(conn, job=job, lease=timedelta(milliseconds=1))
        await asyncio.sleep(0.01)
        assert await queue.claim(worker="other") is None
        await finish_job(conn, job=job, counts={})

    assert await queue.claim(worker="other") is None


async def test_a_failed_job_waits_and_is_dead_after_eight_attempts(queue: Queue):
    await queue.plan(("close", "1"))
    ends = []
    for _ in range(MOST_ATTEMPTS):
        ends.append(await queue.fail(await queue.take(), error="No money."))
        assert await queue.claim() is None
        await queue.force("UPDATE job SET run_after = clock_timestamp() WHERE status = 'READY'")

    assert ends == [JobStatus.READY] * 7 + [JobStatus.DEAD]
    assert await queue.rows() == [("close", "1", "DEAD", 8)]
    assert await queue.plan(("close", "2")) == 1


async def test_a_job_that_its_workers_were_lost_with_too_often_is_given_up(queue: Queue):
    await queue.plan(("close", "1"))
    await queue.force("UPDATE job SET attempts = $1", MOST_ATTEMPTS)

    assert await queue.claim() is None
    assert await queue.rows() == [("close", "1", "DEAD", 8)]


async def test_a_job_that_is_given_back_is_anybodys_at_once_and_has_lost_no_attempt(queue: Queue):
    await queue.plan(("close", "1"))
    job = await queue.take()
    async with queue.database.write(queue.platform_id) as conn:
        await release_job(conn, job=job)

    assert (await queue.take(worker="other")).attempts == 1


async def test_a_dead_job_is_tried_again_when_a_person_says_so(queue: Queue):
    await queue.plan(("close", "1"))
    await queue.force("UPDATE job SET attempts = $1", MOST_ATTEMPTS)
    await queue.claim()
    async with queue.database.read(queue.platform_id) as conn:
        job_id = await conn.fetchval("SELECT job_id FROM job")

    assert await queue.retry(job_id) == "close"
    job = await queue.take()
    assert (job.job_id, job.attempts) == (job_id, 1)
    with pytest.raises(JobNotDead):
        await queue.retry(job_id)
    with pytest.raises(JobMissing):
        await queue.retry(job_id + 1_000)


async def test_a_dead_job_stays_dead_while_another_of_its_kind_is_open(queue: Queue):
    await queue.plan(("close", "1"))
    await queue.force("UPDATE job SET attempts = $1", MOST_ATTEMPTS)
    await queue.claim()
    await queue.plan(("close", "2"))
    async with queue.database.read(queue.platform_id) as conn:
        job_id = await conn.fetchval("SELECT job_id FROM job WHERE status = 'DEAD'")

    with pytest.raises(JobReplaced):
        await queue.retry(job_id)


async def test_what_was_done_long_ago_is_forgotten_and_what_waits_is_not(queue: Queue):
    await queue.plan(("old", "1"), ("new", "1"), ("open", "1"))
    await queue.finish(await queue.take("old"))
    await queue.finish(await queue.take("new"))
    owner = await asyncpg.connect(queue.database.dsn)  # nobody else may say that time has passed
    await owner.execute("ALTER TABLE job DISABLE TRIGGER job_stays_what_it_is")
    await owner.execute("UPDATE job SET ended_at = ended_at - interval '31 days' WHERE kind = 'old'")
    await owner.execute("ALTER TABLE job ENABLE TRIGGER job_stays_what_it_is")
    await owner.close()

    async with queue.database.write(queue.platform_id) as conn:
        assert await forget_jobs(conn) == 1
    assert [(row[0], row[2]) for row in await queue.rows()] == [("new", "DONE"), ("open", "READY")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE job SET status = 'READY', ended_at = NULL WHERE status = 'DONE'",
        "UPDATE job SET key = 'other' WHERE status = 'READY'",
        "UPDATE job SET lease = 0 WHERE lease > 0",
        "DELETE FROM job WHERE status = 'READY'",
        "UPDATE job SET status = 'DEAD' WHERE status = 'READY'",
    ],
)
async def test_the_database_refuses_what_becomes_of_no_job(queue: Queue, statement: str):
    await queue.plan(("close", "1"))
    await queue.finish(await queue.take())
    await queue.plan(("close", "2"))
    await queue.take()

    with pytest.raises(asyncpg.CheckViolationError):
        await queue.force(statement)


async def test_jobs_of_another_platform_are_not_seen(queue: Queue, database: Database):
    await queue.plan(("close", "1"))
    operator = PartyDraft(f"OP{next(_platforms)}", "OPERATOR", "Other")
    platform = await open_platform(database, operator=operator, actor=Actor("test"), now=NOW)

    assert await Queue(database, platform.platform_id).claim() is None


def test_pauses_double_up_to_half_an_hour():
    seconds = [find_pause(attempts).total_seconds() for attempts in (1, 2, 3, 7, 9, 10, 1_000)]

    assert seconds == [5, 10, 20, 320, 1280, 1800, 1800]


async def test_what_a_clock_ahead_has_planned_and_left_is_forgotten_and_what_somebody_has_or_is_due_is_not(
    queue: Queue,
) -> None:
    ahead = NOW + timedelta(days=30)
    await queue.plan(("left", "1", ahead), ("had", "1", ahead), ("due", "1"), ("other", "1", ahead))
    assert await queue.claim("had", now=ahead) is not None

    async def forget(*kinds: str) -> int:
        async with queue.database.write(queue.platform_id) as conn:
            return await forget_jobs_ahead(conn, kinds=kinds, now=NOW)

    assert await forget("left", "had", "due") == 0  # it may be on its way to it
    await queue.force("UPDATE job SET planned_at = planned_at - interval '5 minutes'")

    assert await forget("left", "had", "due") == 1
    assert [(kind, attempts) for kind, _, _, attempts in await queue.rows()] == [("due", 0), ("had", 1), ("other", 0)]
    assert await queue.plan(("left", "2")) == 1
    await queue.force("UPDATE job SET lease_until = clock_timestamp() WHERE kind = 'had'")
    assert await forget("had") == 1
