"""Statements on jobs."""

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_JOBS = directed("""
    SELECT j.job_id, j.kind, j.key, j.status, j.due_at, j.planned_at, j.run_after, j.ended_at, j.lease_until,
        j.attempts, j.leased_by, j.error, j.counts::text AS counts
    FROM job AS j
    WHERE j.platform_id = $1 AND ($2::text IS NULL OR j.status = $2) AND ($3::text IS NULL OR j.kind = $3)
        AND ($4::bigint IS NULL OR j.job_id < $4) AND ($5::bigint IS NULL OR j.job_id > $5)
    ORDER BY j.job_id DESC_ LIMIT $6
""")


async def list_jobs(conn: Connection, *, status: str | None, kind: str | None, span: Span) -> list[Row]:
    """Jobs, the newest first."""
    after, before = span.bounds
    return await conn.fetch(_JOBS[span.backward], conn.platform_id, status, kind, after, before, span.limit)
