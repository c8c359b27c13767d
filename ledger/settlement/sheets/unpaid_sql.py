"""Statements on the sheets that may be paid."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.settlement.left_sql import is_to_net, payable_of

Row = asyncpg.Record
# Where a sheet stands among those that are due: its due date and its number.
Place = tuple[date, int]
FIRST_PLACE = date.min, 0
# Of a sheet `s`: by the day $2, without one by what day it is at $3 where it is (as days_sql.has_begun).
_MAY_BE_PAID = f"""s.due_date <= coalesce($2::date, ($3::timestamptz AT TIME ZONE 'UTC')::date + 1)
            AND s.due_date <= coalesce($2::date, ($3::timestamptz AT TIME ZONE s.zone)::date)
            AND s.total_minor > 0 AND s.status = 'PAYMENT_PENDING' AND s.status NOT IN ('PAID', 'COMPLETED')
            AND {payable_of("s")} > 0"""


async def find_payable_sheets(conn: Connection, *, through: date | None, now: datetime, most: int) -> list[Row]:
    """Sheets to be paid by a day, without one by what day it is in the zone of each; the first due first."""
    return await conn.fetch(
        f"""
        SELECT s.sheet_id, s.party_id, s.book_id, s.role, s.currency, s.due_date,
            {payable_of("s")}
        FROM sheet AS s
        WHERE s.platform_id = $1 AND {_MAY_BE_PAID}
        ORDER BY s.due_date, s.sheet_id
        LIMIT $4
        """,
        conn.platform_id,
        through,
        now,
        most,
    )


async def find_payers(conn: Connection, *, through: date | None, now: datetime, after: Place, limit: int) -> list[Row]:
    """
    Sheets that are due as in find_payable_sheets and whose party owes what is netted first, in their order after a
    place in it.
    """
    return await conn.fetch(
        f"""
        SELECT s.sheet_id, s.due_date FROM sheet AS s
        CROSS JOIN LATERAL (
            SELECT o.sheet_id FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.currency = s.currency
                AND {is_to_net("o")}
            LIMIT 1
        ) AS d
        WHERE s.platform_id = $1 AND {_MAY_BE_PAID}
            AND (s.due_date, s.sheet_id) > ($4, $5)
        ORDER BY s.due_date, s.sheet_id
        LIMIT $6
        """,
        conn.platform_id,
        through,
        now,
        *after,
        limit,
    )


async def find_failed(conn: Connection, *, sheet_ids: Sequence[int]) -> list[int]:
    """
    Those of these sheets that failed to be paid, and of which no payout was paid that has claimed them since one last
    failed. One that pays again what came back (out of 2016) claims nothing of them: that is another part. Nor has what
    failed that a payout gave back which was cancelled.
    """
    rows = await conn.fetch(
        """
        SELECT k.sheet_id FROM unnest($2::bigint[]) AS k (sheet_id)
        WHERE EXISTS (
            SELECT 1 FROM sheet_history AS h
            WHERE h.platform_id = $1 AND h.sheet_id = k.sheet_id AND h.sheet_id > 0 AND h.status = 'PAY_FAILED'
        ) AND NOT EXISTS (
            SELECT 1 FROM sheet_movement AS c
            WHERE c.platform_id = $1 AND c.sheet_id = k.sheet_id AND c.sheet_id > 0 AND c.kind = 'PAYOUT'
                AND c.amount_minor > 0 AND EXISTS (
                    SELECT 1 FROM sheet_movement AS m
                    WHERE m.platform_id = $1 AND m.sheet_id = k.sheet_id AND m.sheet_id > 0 AND m.kind = 'PAID'
                        AND m.amount_minor > 0 AND m.reference = c.reference
                ) AND NOT EXISTS (
                    SELECT 1 FROM sheet_movement AS b
                    WHERE b.platform_id = $1 AND b.sheet_id = k.sheet_id AND b.sheet_id > 0 AND b.kind = 'PAYOUT'
                        AND b.amount_minor < 0 AND b.movement_id > c.movement_id AND EXISTS (
                            SELECT 1 FROM sheet_history AS h
                            WHERE h.platform_id = $1 AND h.sheet_id = k.sheet_id AND h.sheet_id > 0
                                AND h.status = 'PAY_FAILED' AND h.reason = b.reference
                        )
                )
        )
        """,
        conn.platform_id,
        sheet_ids,
    )
    return [row["sheet_id"] for row in rows]


async def find_payable_of(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """Those of these sheets that have something to be paid and wait for it."""
    return await conn.fetch(
        f"""
        SELECT s.sheet_id, s.party_id, s.book_id, s.role, s.currency, s.due_date,
            {payable_of("s")}
        FROM unnest($2::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1
        ) AS s
        WHERE s.total_minor > 0 AND s.status IN ('PAYMENT_PENDING', 'PAY_FAILED')
            AND {payable_of("s")} > 0
        ORDER BY s.due_date, s.sheet_id
        """,
        conn.platform_id,
        sheet_ids,
    )
