"""Closing by hand: whoever asks for it hears when all of it is done, or how many sheets are left."""

import asyncio
from datetime import datetime
from uuid import uuid4

from app.worker.kinds import CLOSING
from app.worker.running import Stepped
from app.worker.worker import Tally, Worker
from ledger.db.connecting import Database
from ledger.jobs.model import JobDraft
from ledger.jobs.queueing import plan_jobs
from ledger.reporting.due_work import count_ended

# A change of a calendar has its sheets for a second. Another worker may have them for minutes, and then they get fewer.
PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.5
_CLOSE = CLOSING[-1].kind


async def close_all(
    database: Database,
    *,
    platform_id: int,
    now: datetime,
    stepped: Stepped,
    patience_seconds: float = PATIENCE_SECONDS,
) -> tuple[Tally, int]:
    """
    Close every sheet whose period is over at `now`; what was done, and how many are left.

    Sheets that somebody else has are passed over at first, and come back to until they are closed, by whomever, or
    until nothing has happened for so long. Where a job failed nobody waits for it.

    Refusals: DatabaseUnavailable, OutcomeUnknown.
    """
    found = Worker(database, CLOSING, lambda: now, platform_id=platform_id, stepped=stepped)
    clock = asyncio.get_running_loop().time
    done = Tally()
    left, since = -1, clock()
    while True:
        tally = await found.run_once()
        done.jobs += tally.jobs
        done.failed += tally.failed
        done.counts.update(tally.counts)
        before = left
        async with database.read(platform_id) as conn:
            left = await count_ended(conn, now=now)
        if not left or tally.failed:
            return done, left
        if left != before:
            since = clock()
        elif clock() - since >= patience_seconds:
            return done, left
        await asyncio.sleep(_PAUSE_SECONDS)
        await _plan_again(database, platform_id, now)


async def _plan_again(database: Database, platform_id: int, now: datetime) -> None:
    """The job of this minute has passed over what somebody had, and another comes only once the log has moved."""
    async with database.write(platform_id) as conn:
        await plan_jobs(conn, drafts=[JobDraft(_CLOSE, f"{now.isoformat()} again {uuid4()}", now)])
