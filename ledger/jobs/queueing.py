"""From planned to done: a job is had by one worker at a time, and ends with its effect."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ledger.db.transacting import Connection
from ledger.jobs import sql
from ledger.jobs.errors import JobMissing, JobNotDead, JobReplaced, LeaseLost
from ledger.jobs.model import MOST_ATTEMPTS, Job, JobDraft, JobStatus, find_pause

MAX_ERROR = 2_000
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 1_000
# A worker that lives takes what it has planned long before.
LEFT_FOR = timedelta(minutes=5)


async def plan_jobs(conn: Connection, *, drafts: Sequence[JobDraft]) -> int:
    """
    Plan work; how many jobs are new. One whose key was planned before, or of whose kind one is open, is not: two
    planners at the same instant make one run. One statement.
    """
    if not drafts:
        return 0
    rows = await sql.insert_jobs(
        conn,
        kinds=[draft.kind for draft in drafts],
        keys=[draft.key for draft in drafts],
        due=[draft.due_at for draft in drafts],
    )
    return len(rows)


async def forget_jobs_ahead(conn: Connection, *, kinds: Sequence[str], now: datetime) -> int:
    """
    Forget what was planned by a clock ahead of `now` and left: its worker was killed, or its clock was wrong, and while
    such a job is open nobody plans another of its kind. How many; planning by that clock again makes them again.
    """
    ended = await sql.end_ahead(conn, kinds=kinds, now=now, older_than=LEFT_FOR)
    if ended:
        await sql.forget_these(conn, job_ids=ended)
    return len(ended)


async def claim_job(
    conn: Connection, *, kinds: Sequence[str], worker: str, lease: timedelta, now: datetime
) -> Job | None:
    """
    Take the job of these kinds that has been due longest at `now`, and that nobody has; None when there is none.

    It is this worker's for as long as its lease, then anybody's: whoever was killed lets go of it that way. A job that
    its workers lost too often is given up.
    """
    while True:
        row = await sql.claim(conn, kinds=kinds, worker=worker, lease=lease, now=now, most_attempts=MOST_ATTEMPTS)
        if row is None:
            return None
        if row["status"] == JobStatus.READY:
            return Job(*(row[name] for name in Job.__slots__))


async def renew_lease(conn: Connection, *, job: Job, lease: timedelta) -> None:
    """
    Keep the job for longer. Called first in the transaction of a step: until it commits nobody else takes the job, so
    either the whole step is written or another worker has the job. A lease that has run out and that nobody has taken
    over goes on. Refusals: LeaseLost.
    """
    if not await sql.renew(conn, job_id=job.job_id, lease=job.lease, until=lease):
        raise LeaseLost(job=job.job_id)


async def finish_job(conn: Connection, *, job: Job, counts: Mapping[str, int]) -> None:
    """End a job, in the transaction of its last step. `counts` say what it did. Refusals: LeaseLost."""
    if not await sql.end(conn, job_id=job.job_id, lease=job.lease, counts=json.dumps(dict(counts))):
        raise LeaseLost(job=job.job_id)


async def fail_job(conn: Connection, *, job: Job, error: str) -> JobStatus:
    """
    Put a job off that failed, for longer each time, or give it up after eight attempts. Where it then stands.

    Refusals: LeaseLost.
    """
    pause = find_pause(job.attempts) if job.attempts < MOST_ATTEMPTS else None
    if not await sql.put_off(conn, job_id=job.job_id, lease=job.lease, pause=pause, error=error[:MAX_ERROR]):
        raise LeaseLost(job=job.job_id)
    return JobStatus.DEAD if pause is None else JobStatus.READY


async def release_job(conn: Connection, *, job: Job) -> None:
    """Give a job back that this worker has to leave: it is anybody's at once, and the attempt does not count."""
    await sql.give_back(conn, job_id=job.job_id, lease=job.lease)


async def retry_job(conn: Connection, *, job_id: int) -> str:
    """Try a dead job again, from the first attempt; its kind. Refusals: JobMissing, JobNotDead, JobReplaced."""
    row = await sql.lock_job(conn, job_id=job_id)
    if row is None:
        raise JobMissing(field=("job",), job=job_id)
    if row["status"] != JobStatus.DEAD:
        raise JobNotDead(field=("job",), job=job_id, status=row["status"])
    if row["open_job_id"] is not None:
        raise JobReplaced(field=("job",), job=job_id, open=row["open_job_id"])
    await sql.revive(conn, job_id=job_id)
    kind: str = row["kind"]
    return kind


async def forget_jobs(conn: Connection) -> int:
    """Forget a thousand jobs that were done more than thirty days ago; how many. What they did is in the log."""
    return await sql.forget(conn, older_than=KEPT_FOR, limit=FORGOTTEN_AT_ONCE)
