"""The orders of which own fees are compared with submitted ones; each page reads about as much as it shows."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_BY_REFERENCE = directed("""
    SELECT NULL::timestamptz AS at, 0 AS known_at, g.order_reference, coalesce(h.currency, g.currency) AS currency
    FROM (
        SELECT f.order_reference COLLATE "C" AS order_reference, min(f.currency) AS currency
        FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.compare_only AND f.order_reference <> ''
            AND ($2::text IS NULL OR f.order_reference COLLATE "C" > $2)
            AND ($3::text IS NULL OR f.order_reference COLLATE "C" < $3)
        GROUP BY f.order_reference COLLATE "C"
        ORDER BY f.order_reference COLLATE "C" ASC_ LIMIT $4
    ) AS g
    LEFT JOIN LATERAL (
        SELECT o.currency FROM order_head AS o
        -- In the collation of the index, which is not that of the list.
        WHERE o.platform_id = $1 AND o.reference = g.order_reference COLLATE "default" LIMIT 1
    ) AS h ON true
    ORDER BY g.order_reference ASC_
""")

# An order that is not here has no day of payment: it is of that of its lines in the period that came first, so that no
# other line moves it; `find_paid_since` tells of those that are here since. The lines are looked for
# only as far as the page reaches among the orders that are here; most lines are of these, and are passed by. The bounds
# are places in the list, so that one condition says each: with more of them the planner expects so little that it sorts
# all of the period.
_BY_TIME_TEXT = """
    WITH known AS MATERIALIZED (
        SELECT h.paid_at AS at, h.reference COLLATE "C" AS order_reference, h.currency
        FROM order_head AS h
        WHERE h.platform_id = $1 AND h.sequence > 0
            AND (h.paid_at, h.reference COLLATE "C") > (coalesce($2::timestamptz, '-infinity'), $3::text)
            AND (h.paid_at, h.reference COLLATE "C") < (coalesce($4::timestamptz, 'infinity'), $5::text)
            AND (
                EXISTS (
                    SELECT 1 FROM fee_line AS f
                    WHERE f.platform_id = $1 AND f.order_reference = h.reference AND f.order_reference <> ''
                        AND f.compare_only
                    -- Else the planner begins with all that was submitted.
                    OFFSET 0
                )
                OR ($8::boolean AND EXISTS (
                    SELECT 1 FROM entry AS e
                    WHERE e.platform_id = $1 AND e.document = 'order/' || h.reference AND e.document <> ''
                        AND e.metadata <> ''
                    OFFSET 0
                ))
            )
        ORDER BY h.paid_at ASC_, h.reference COLLATE "C" ASC_ LIMIT $6
    ), strange AS MATERIALIZED (
        SELECT f.occurred_at AS at, f.order_reference COLLATE "C" AS order_reference, f.currency
        FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.compare_only AND f.order_reference <> ''
            AND (f.occurred_at, f.order_reference COLLATE "C") > (coalesce($2::timestamptz, '-infinity'), $3::text)
            AND (f.occurred_at, f.order_reference COLLATE "C") < (coalesce($4::timestamptz, 'infinity'), $5::text)
            AND f.occurred_at WITHIN_ (
                SELECT CASE count(*) WHEN $6 THEN LAST_(k.at) ELSE 'END_'::timestamptz END FROM known AS k
            )
            AND NOT EXISTS (
                SELECT 1 FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = f.order_reference OFFSET 0
            )
            AND NOT EXISTS (
                SELECT 1 FROM fee_line AS o
                WHERE o.platform_id = $1 AND o.order_reference = f.order_reference AND o.order_reference <> ''
                    AND o.compare_only AND o.occurred_at >= coalesce($7::timestamptz, '-infinity')
                    AND o.occurred_at < coalesce($9::timestamptz, 'infinity') AND o.sequence < f.sequence
                OFFSET 0
            )
        ORDER BY f.occurred_at ASC_, f.order_reference COLLATE "C" ASC_ LIMIT $6
    )
    SELECT c.at, c.order_reference, c.currency,
        (SELECT h.sequence FROM log_head AS h WHERE h.platform_id = $1) AS known_at
    FROM (SELECT * FROM known UNION ALL SELECT * FROM strange) AS c
    ORDER BY c.at ASC_, c.order_reference ASC_ LIMIT $6
"""


def _reaching(statement: str, *, within: str, last: str, end: str) -> str:
    return statement.replace("WITHIN_", within).replace("LAST_", last).replace("END_", end)


_FORWARD, _BACKWARD = directed(_BY_TIME_TEXT)
_BY_TIME = (
    _reaching(_FORWARD, within="<=", last="max", end="infinity"),
    _reaching(_BACKWARD, within=">=", last="min", end="-infinity"),
)


async def list_compared_orders(conn: Connection, *, span: Span) -> list[Row]:
    """Orders of which another system has submitted lines to be compared, by reference."""
    after, before = span.bounds
    return await conn.fetch(_BY_REFERENCE[span.backward], conn.platform_id, after, before, span.limit)


async def list_compared_orders_of_period(
    conn: Connection, *, paid_from: datetime | None, paid_to: datetime | None, with_unmatched: bool, span: Span
) -> list[Row]:
    """
    The same of those that were paid in a period, by when; with `with_unmatched` also those paid in it of which fees
    were computed here and nothing came.
    """
    # Every reference is behind the empty one, so a period is the places from its start on, before its end.
    start = _read_position(span.after) or (paid_from, "")
    end = _read_position(span.before) or (paid_to, "")
    return await conn.fetch(
        _BY_TIME[span.backward], conn.platform_id, *start, *end, span.limit, paid_from, with_unmatched, paid_to
    )


_PAID_SINCE = """
    WITH since AS MATERIALIZED (
        SELECT h.reference, h.paid_at FROM order_head AS h
        WHERE h.platform_id = $1 AND h.sequence > $2 ORDER BY h.sequence LIMIT $3
    )
    SELECT (SELECT count(*) FROM since) AS orders, EXISTS (
            SELECT 1 FROM since AS h
            CROSS JOIN LATERAL (
                SELECT f.occurred_at FROM fee_line AS f
                WHERE f.platform_id = $1 AND f.order_reference = h.reference AND f.order_reference <> ''
                    AND f.compare_only AND f.sequence <= $2
                    AND f.occurred_at >= coalesce($6::timestamptz, '-infinity')
                    AND f.occurred_at < coalesce($7::timestamptz, 'infinity')
                ORDER BY f.sequence LIMIT 1
            ) AS stood
            WHERE h.paid_at >= coalesce($6::timestamptz, '-infinity')
                AND h.paid_at < coalesce($7::timestamptz, 'infinity')
                AND CASE WHEN h.reference COLLATE "C" = $5 THEN stood.occurred_at <> h.paid_at
                    ELSE ((stood.occurred_at, h.reference COLLATE "C") < ($4::timestamptz, $5::text))
                        <> ((h.paid_at, h.reference COLLATE "C") < ($4, $5))
                END
        ) AS is_passed
"""


async def find_paid_since(
    conn: Connection,
    *,
    known_at: int,
    limit: int,
    place: tuple[datetime, str],
    paid_from: datetime | None,
    paid_to: datetime | None,
) -> Row | None:
    """
    How many orders have come since a place in the log, at most so many, and whether one of them was listed by a line of
    it before, and is listed beyond this place of the list now.
    """
    return await conn.fetchrow(_PAID_SINCE, conn.platform_id, known_at, limit, *place, paid_from, paid_to)


def _read_position(position: Sequence[int | str] | None) -> tuple[datetime | None, str] | None:
    return None if position is None else (datetime.fromisoformat(str(position[0])), str(position[1]))
