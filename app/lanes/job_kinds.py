"""Jobs in lanes."""

from datetime import datetime

from app.lanes.calls import make_single_kind
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.jobs.queueing import retry_job


async def _retry(conn: Connection, job_id: int, actor: Actor, now: datetime) -> str:
    return await retry_job(conn, job_id=job_id)


RETRY_JOB = make_single_kind("retry_job", _retry)
