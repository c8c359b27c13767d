"""Statements on fee plans and on suspense."""

from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_PLANS = directed("""
    SELECT f.version, f.plan, f.valid_from, f.content FROM fee_plan AS f
    WHERE f.platform_id = $1 AND ($2::text IS NULL OR f.plan = $2)
        AND ($3::integer IS NULL OR f.version < $3) AND ($4::integer IS NULL OR f.version > $4)
    ORDER BY f.version DESC_ LIMIT $5
""")


async def list_plans(conn: Connection, *, plan: str | None, span: Span) -> list[Row]:
    """Versions of fee plans, the last published first."""
    after, before = span.bounds
    return await conn.fetch(_PLANS[span.backward], conn.platform_id, plan, after, before, span.limit)


_SUSPENSE = directed(f"""
    SELECT s.item, s.order_reference, s.line_reference, s.owner_id, s.rank, s.amount_minor, h.currency, s.reason,
        s.status, s.opened_at, s.deadline, s.times
    FROM suspense_item AS s
    CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = s.order_reference LIMIT 1
    ) AS h
    WHERE s.platform_id = $1 AND ($2::text IS NULL OR s.status = $2)
        AND ($2::text IS DISTINCT FROM 'OPEN' OR s.amount_minor > 0)
        AND ($7::timestamptz IS NULL OR (s.status = 'OPEN' AND s.amount_minor > 0 AND s.deadline <= $7))
        AND ($3::bigint IS NULL OR s.item > $3) AND ($4::bigint IS NULL OR s.item < $4)
        AND {within("s.owner_id", scope="$6")}
    ORDER BY s.item ASC_ LIMIT $5
""")


async def list_suspense(
    conn: Connection, *, status: str | None, overdue_at: datetime | None, scope: int | None, span: Span
) -> list[Row]:
    """
    Suspense items in the order in which they were first opened, which never changes: a share that is suspended again
    has another deadline, and its old place.
    """
    after, before = span.after and span.after[-1], span.before and span.before[-1]
    wanted = (status, after, before, span.limit, scope, overdue_at)
    return await conn.fetch(_SUSPENSE[span.backward], conn.platform_id, *wanted)
