"""What is due becomes jobs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.worker.work import Work
from ledger.db.connecting import Database
from ledger.jobs.model import JobDraft
from ledger.jobs.queueing import forget_jobs, forget_jobs_ahead, plan_jobs
from ledger.reporting.due_work import find_due_work
from ledger.reporting.platforms import get_platform

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def plan_due(database: Database, platform_id: int, *, kinds: Mapping[str, Work], now: datetime) -> int:
    """
    Plan a job for each of these kinds that has something due at `now`; how many are new.

    A job's key is the tick it is planned for and the place in the log that its planner saw. So two planners make one
    job, and what cannot be done yet is tried again with the next tick, or as soon as anything was posted.
    """
    async with database.read(platform_id) as conn:
        due = await find_due_work(conn, now=now)
        head = (await get_platform(conn)).sequence
    drafts = [
        JobDraft(kind, f"{find_tick(now, every=kinds[kind].every).isoformat()} {head}", min(since, now))
        for kind, since in sorted(due.items())
        if kind in kinds
    ]
    if not drafts:
        return 0
    async with database.write(platform_id) as conn:
        await forget_jobs_ahead(conn, kinds=[draft.kind for draft in drafts], now=now)
        planned = await plan_jobs(conn, drafts=drafts)
        if planned:
            await forget_jobs(conn)
    return planned


def find_tick(now: datetime, *, every: timedelta) -> datetime:
    """The instant at which the current stretch of this length began, counted from 1970."""
    return now - (now - _EPOCH) % every
