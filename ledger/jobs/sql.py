"""Every statement on the table of jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def insert_jobs(
    conn: Connection, *, kinds: Sequence[str], keys: Sequence[str], due: Sequence[datetime]
) -> list[Row]:
    """Plan jobs that were not planned before and of whose kind none is open."""
    return await conn.fetch(
        """
        INSERT INTO job (platform_id, kind, key, due_at)
        SELECT $1, k.kind, k.key, k.due_at
        FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS k (kind, key, due_at)
        ORDER BY k.kind, k.key
        ON CONFLICT DO NOTHING
        RETURNING job_id, kind
        """,
        conn.platform_id,
        kinds,
        keys,
        due,
    )


async def end_ahead(conn: Connection, *, kinds: Sequence[str], now: datetime, older_than: timedelta) -> list[int]:
    """End open jobs of these kinds that nobody has and that are due after an instant, planned so long ago."""
    rows = await conn.fetch(
        """
        UPDATE job AS j SET status = 'DONE', ended_at = clock_timestamp(), lease_until = NULL, lease = j.lease + 1
        WHERE j.platform_id = $1 AND j.status = 'READY' AND j.kind = ANY($2::text[]) AND j.due_at > $3
            AND (j.lease_until IS NULL OR j.lease_until <= clock_timestamp())
            AND j.planned_at <= clock_timestamp() - $4::interval
        RETURNING j.job_id
        """,
        conn.platform_id,
        kinds,
        now,
        older_than,
    )
    return [row["job_id"] for row in rows]


async def forget_these(conn: Connection, *, job_ids: Sequence[int]) -> None:
    """Delete jobs that have ended, so that they can be planned again under their keys."""
    await conn.execute(
        "DELETE FROM job AS j WHERE j.platform_id = $1 AND j.job_id = ANY($2::bigint[])", conn.platform_id, job_ids
    )


async def claim(
    conn: Connection, *, kinds: Sequence[str], worker: str, lease: timedelta, now: datetime, most_attempts: int
) -> Row | None:
    """
    Take the job that has been due longest and that nobody has, without waiting for one that somebody is looking at. One
    that was begun too often without an end is given up instead.
    """
    return await conn.fetchrow(
        """
        WITH free AS (
            SELECT j.job_id FROM job AS j
            WHERE j.platform_id = $1 AND j.status = 'READY' AND j.kind = ANY($2::text[]) AND j.due_at <= $5
                AND j.run_after <= clock_timestamp()
                AND (j.lease_until IS NULL OR j.lease_until <= clock_timestamp())
            ORDER BY j.due_at, j.job_id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE job AS j SET
            status = CASE WHEN j.attempts < $6 THEN 'READY' ELSE 'DEAD' END,
            ended_at = CASE WHEN j.attempts < $6 THEN NULL ELSE clock_timestamp() END,
            lease_until = CASE WHEN j.attempts < $6 THEN clock_timestamp() + $4::interval END,
            error = CASE WHEN j.attempts < $6 THEN j.error ELSE 'Its workers were lost ' || j.attempts || ' times.' END,
            attempts = j.attempts + CASE WHEN j.attempts < $6 THEN 1 ELSE 0 END,
            lease = j.lease + 1, leased_by = $3
        FROM free WHERE j.platform_id = $1 AND j.job_id = free.job_id
        RETURNING j.job_id, j.kind, j.key, j.due_at, j.attempts, j.lease, j.status
        """,
        conn.platform_id,
        kinds,
        worker,
        lease,
        now,
        most_attempts,
    )


async def renew(conn: Connection, *, job_id: int, lease: int, until: timedelta) -> bool:
    """Keep a job for longer, and its row until the transaction ends; False when it is no longer this worker's."""
    return (
        await conn.fetchval(
            """
            UPDATE job SET lease_until = clock_timestamp() + $4::interval
            WHERE platform_id = $1 AND job_id = $2 AND lease = $3 AND status = 'READY' RETURNING true
            """,
            conn.platform_id,
            job_id,
            lease,
            until,
        )
        is True
    )


async def end(conn: Connection, *, job_id: int, lease: int, counts: str) -> bool:
    """The job is done; False when it is no longer this worker's."""
    return (
        await conn.fetchval(
            """
            UPDATE job SET status = 'DONE', ended_at = clock_timestamp(), lease_until = NULL, error = '',
                counts = $4::jsonb
            WHERE platform_id = $1 AND job_id = $2 AND lease = $3 AND status = 'READY'
            RETURNING true
            """,
            conn.platform_id,
            job_id,
            lease,
            counts,
        )
        is True
    )


async def put_off(conn: Connection, *, job_id: int, lease: int, pause: timedelta | None, error: str) -> bool:
    """The job failed: it waits, or without a pause it is dead; False when it is no longer this worker's."""
    return (
        await conn.fetchval(
            """
            UPDATE job SET lease_until = NULL, error = $5, run_after = clock_timestamp() + coalesce($4::interval, '0'),
                status = CASE WHEN $4::interval IS NULL THEN 'DEAD' ELSE 'READY' END,
                ended_at = CASE WHEN $4::interval IS NULL THEN clock_timestamp() END
            WHERE platform_id = $1 AND job_id = $2 AND lease = $3 AND status = 'READY'
            RETURNING true
            """,
            conn.platform_id,
            job_id,
            lease,
            pause,
            error,
        )
        is True
    )


async def give_back(conn: Connection, *, job_id: int, lease: int) -> None:
    """The worker goes and has done nothing wrong: the job is anybody's at once, and this attempt does not count."""
    await conn.execute(
        """
        UPDATE job SET lease_until = NULL, attempts = attempts - 1
        WHERE platform_id = $1 AND job_id = $2 AND lease = $3 AND status = 'READY' AND attempts > 0
        """,
        conn.platform_id,
        job_id,
        lease,
    )


async def lock_job(conn: Connection, *, job_id: int) -> Row | None:
    """One job, and the open one of its kind, if any."""
    return await conn.fetchrow(
        """
        SELECT j.job_id, j.kind, j.status, (
            SELECT o.job_id FROM job AS o WHERE o.platform_id = $1 AND o.kind = j.kind AND o.status = 'READY'
        ) AS open_job_id
        FROM job AS j WHERE j.platform_id = $1 AND j.job_id = $2 FOR UPDATE OF j
        """,
        conn.platform_id,
        job_id,
    )


async def revive(conn: Connection, *, job_id: int) -> None:
    """Try a dead job again, from the first attempt."""
    await conn.execute(
        """
        UPDATE job SET status = 'READY', ended_at = NULL, attempts = 0, run_after = clock_timestamp()
        WHERE platform_id = $1 AND job_id = $2
        """,
        conn.platform_id,
        job_id,
    )


async def forget(conn: Connection, *, older_than: timedelta, limit: int) -> int:
    """Delete jobs that were done long ago; how many."""
    tag = await conn.execute(
        """
        DELETE FROM job WHERE platform_id = $1 AND job_id IN (
            SELECT j.job_id FROM job AS j
            WHERE j.platform_id = $1 AND j.status = 'DONE' AND j.ended_at < clock_timestamp() - $2::interval
            ORDER BY j.ended_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        """,
        conn.platform_id,
        older_than,
        limit,
    )
    return int(tag.split()[-1])
