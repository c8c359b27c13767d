"""Jobs of the workers: what waits, what was done, what was given up."""

from datetime import datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_jobs
from ledger.reporting.model import Span


class JobRow(NamedTuple):
    """A job; `lease_until` is set while a worker has it, `counts` is JSON text of what it did."""

    job_id: int
    kind: str
    key: str
    status: str
    due_at: datetime
    planned_at: datetime
    run_after: datetime
    ended_at: datetime | None
    lease_until: datetime | None
    attempts: int
    leased_by: str
    error: str
    counts: str


async def list_jobs(conn: Connection, *, status: str | None, kind: str | None, span: Span) -> list[JobRow]:
    """Jobs of a status and a kind, or of all, the newest first; a position is the number of a job."""
    return [JobRow(*row) for row in await sql_jobs.list_jobs(conn, status=status, kind=kind, span=span)]
