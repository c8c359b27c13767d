"""Statements on what was to be paid by a day that has passed, in the order of those days."""

from datetime import date, datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed, within
from ledger.reporting.sql_sheets import SHEET
from ledger.settlement.left_sql import is_carried, unpaid_of

Row = asyncpg.Record

# Of a sheet `s`; a sheet that has not closed has no total.
_IS_WAITING = f"""
    s.total_minor > 0 AND s.status NOT IN ('PAID', 'COMPLETED') AND s.status <> 'CLOSING' AND {unpaid_of("s")} > 0
    AND NOT {is_carried("s")}
"""
_OVERDUE = directed(f"""
    SELECT {SHEET}, coalesce((
            SELECT h.step_id FROM sheet_history AS h
            WHERE h.platform_id = $1 AND h.due_date_before IS NOT NULL ORDER BY h.step_id DESC LIMIT 1
        ), 0) AS dated_at
    FROM sheet AS s
    WHERE s.platform_id = $1 AND {_IS_WAITING}
        AND s.due_date < $2 AND (s.due_date + 1)::timestamp AT TIME ZONE s.zone <= $3
        AND ($4::date IS NULL OR (s.due_date, s.sheet_id) > ($4, $5::bigint))
        AND ($6::date IS NULL OR (s.due_date, s.sheet_id) < ($6, $7::bigint))
        AND {within("s.party_id", scope="$9")}
    ORDER BY s.due_date ASC_, s.sheet_id ASC_ LIMIT $8
""")
# Of each sheet that was dated anew, the day that it had before the first of these changes. What was not overdue before
# it was dated anew, or is not now, has come or gone, and passed nothing.
_DATED_SINCE = f"""
    WITH since AS MATERIALIZED (
        SELECT h.sheet_id, h.step_id, h.at, h.due_date_before FROM sheet_history AS h
        WHERE h.platform_id = $1 AND h.due_date_before IS NOT NULL AND h.step_id > $2
        ORDER BY h.step_id LIMIT $3
    ), stood AS (
        SELECT DISTINCT ON (c.sheet_id) c.sheet_id, c.at, c.due_date_before AS due_date FROM since AS c
        ORDER BY c.sheet_id, c.step_id
    )
    SELECT (SELECT count(*) FROM since) AS changes, EXISTS (
            SELECT 1 FROM stood AS t
            CROSS JOIN LATERAL (
                SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = t.sheet_id LIMIT 1
            ) AS s
            WHERE {_IS_WAITING} AND (s.due_date + 1)::timestamp AT TIME ZONE s.zone <= $6
                AND (t.due_date + 1)::timestamp AT TIME ZONE s.zone <= t.at
                AND CASE s.sheet_id
                    WHEN $5 THEN t.due_date <> s.due_date
                    ELSE ((t.due_date, t.sheet_id) < ($4, $5)) <> ((s.due_date, t.sheet_id) < ($4, $5))
                END
                AND {within("s.party_id", scope="$7")}
        ) AS is_passed
"""


async def list_overdue(conn: Connection, *, now: datetime, until: date, scope: int | None, span: Span) -> list[Row]:
    """
    What was to be paid by a day that has passed where it is, the longest overdue first; `until` is a day that has not
    begun anywhere. Positions begin with (due date in ISO form, sheet); `dated_at` is the last change of a due date.
    """
    bounds = span.read_bounds(date.fromisoformat)
    return await conn.fetch(_OVERDUE[span.backward], conn.platform_id, until, now, *bounds, span.limit, scope)


async def find_dated_since(
    conn: Connection, *, dated_at: int, limit: int, place: tuple[date, int], now: datetime, scope: int | None
) -> Row | None:
    """How many due dates changed since, at most so many, and whether that carried a sheet past this place."""
    return await conn.fetchrow(_DATED_SINCE, conn.platform_id, dated_at, limit, *place, now, scope)
