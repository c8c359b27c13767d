"""Statements on disputes and on splits that their channel could not make, shaped for arrays."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Written = Sequence[str | bytes]


# How every statement on disputes `d` begins and ends: each with what it takes of its lines.
_DISPUTE = """
SELECT d.dispute_reference, d.order_reference, d.sequence, d.amount_minor, d.fee_minor, d.status, d.liability,
    d.defended_at, l.lines, l.parts, l.waiting
"""
_PARTS = """
CROSS JOIN LATERAL (
    SELECT array_agg(o.line_reference ORDER BY o.line_reference) AS lines,
        array_agg(o.amount_minor ORDER BY o.line_reference) AS parts,
        array_agg(o.waiting_minor ORDER BY o.line_reference) AS waiting
    FROM order_dispute_line AS o
    WHERE o.platform_id = $1 AND o.dispute_reference = d.dispute_reference
) AS l
"""


async def find_disputes(conn: Connection, *, disputes: Sequence[str]) -> list[Row]:
    """These disputes, whatever their orders, with what they take of each line."""
    return await conn.fetch(
        f"""
        {_DISPUTE}
        FROM unnest($2::text[]) AS k (dispute_reference)
        CROSS JOIN LATERAL (
            SELECT * FROM order_dispute AS o
            WHERE o.platform_id = $1 AND o.dispute_reference = k.dispute_reference LIMIT 1
        ) AS d
        {_PARTS}
        """,
        conn.platform_id,
        disputes,
    )


async def find_open_disputes(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """The disputes of these orders that are not decided, with what they take of each line."""
    return await conn.fetch(
        f"""
        {_DISPUTE}
        FROM unnest($2::text[]) AS k (order_reference)
        CROSS JOIN LATERAL (
            SELECT * FROM order_dispute AS o
            WHERE o.platform_id = $1 AND o.order_reference = k.order_reference AND o.open_minor > 0
            ORDER BY o.dispute_reference
        ) AS d
        {_PARTS}
        """,
        conn.platform_id,
        orders,
    )


async def write_disputes(conn: Connection, *, heads: Written, lines: Written) -> None:
    """Write disputes as they stand now, given as columns, by one statement; their order lines are written before."""
    await conn.execute(
        """
        WITH heads AS (
            INSERT INTO order_dispute (
                platform_id, dispute_reference, sequence, order_reference, amount_minor, fee_minor, open_minor, status,
                liability, defended_at
            )
            SELECT $1, d.dispute_reference, d.sequence, d.order_reference, d.amount, d.fee, d.open, d.status,
                coalesce(d.liability, ''), nullif(d.defended_at, '')::timestamptz
            FROM unnest(
                string_to_array($2, chr(31)), $3::text::bigint[], string_to_array($4, chr(31)), $5::text::bigint[],
                $6::text::bigint[], $7::text::bigint[], string_to_array($8, chr(31)), string_to_array($9, chr(31)),
                string_to_array($10, chr(31))
            ) AS d (dispute_reference, sequence, order_reference, amount, fee, open, status, liability, defended_at)
            ON CONFLICT ON CONSTRAINT dispute_is_unique DO UPDATE SET
                open_minor = excluded.open_minor, status = excluded.status, liability = excluded.liability,
                defended_at = excluded.defended_at
        )
        INSERT INTO order_dispute_line (
            platform_id, dispute_reference, order_reference, line_reference, amount_minor, reserved_minor, waiting_minor
        )
        SELECT $1, l.* FROM unnest(
            string_to_array($11, chr(31)), string_to_array($12, chr(31)), string_to_array($13, chr(31)),
            $14::text::bigint[], $15::text::bigint[], $16::text::bigint[]
        ) AS l
        ON CONFLICT (platform_id, dispute_reference, line_reference) DO UPDATE SET
            reserved_minor = excluded.reserved_minor, waiting_minor = excluded.waiting_minor
        """,
        conn.platform_id,
        *heads,
        *lines,
    )


async def open_internal_splits(conn: Connection, *, tasks: Written) -> None:
    """Open tasks of orders that were split here, given as columns; each order has one at most."""
    await conn.execute(
        """
        INSERT INTO internal_split_task (
            platform_id, order_reference, amount_minor, opened_at, frozen_until, reason
        )
        SELECT $1, t.* FROM unnest(
            string_to_array($2, chr(31)), $3::text::bigint[], $4::text::timestamptz[], $5::text::timestamptz[],
            string_to_array($6, chr(31))
        ) AS t
        ON CONFLICT (platform_id, order_reference) DO NOTHING
        """,
        conn.platform_id,
        *tasks,
    )


async def find_internal_split(conn: Connection, *, order: str) -> Row | None:
    """The task of one order."""
    return await conn.fetchrow(
        "SELECT done_at FROM internal_split_task WHERE platform_id = $1 AND order_reference = $2",
        conn.platform_id,
        order,
    )


async def close_internal_split(conn: Connection, *, order: str, now: datetime) -> None:
    """The task is done."""
    await conn.execute(
        "UPDATE internal_split_task SET done_at = $3 WHERE platform_id = $1 AND order_reference = $2",
        conn.platform_id,
        order,
        now,
    )
