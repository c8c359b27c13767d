"""Statements on what chargebacks found gone from sheets, shaped for arrays."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def insert_rests(conn: Connection, *, rests: Sequence[Sequence[Any]]) -> None:
    """Write down what could not be held, as columns: place in the log, place of the line, sheet, amount, dispute."""
    await conn.execute(
        """
        INSERT INTO disputed_rest (platform_id, sequence, place, sheet_id, amount_minor, dispute_reference)
        SELECT $1, r.* FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::text[]) AS r
        """,
        conn.platform_id,
        *rests,
    )


async def find_decided(conn: Connection) -> list[Row]:
    """What is open though its dispute is decided, in the order of the log; and whether that took from its merchants."""
    return await conn.fetch(
        """
        SELECT r.sequence, r.place, r.sheet_id, d.has_taken
        FROM disputed_rest AS r
        CROSS JOIN LATERAL (
            SELECT o.liability = 'SPLIT' AS has_taken FROM order_dispute AS o
            WHERE o.platform_id = $1 AND o.dispute_reference = r.dispute_reference AND o.open_minor = 0
            LIMIT 1
        ) AS d
        WHERE r.platform_id = $1 AND r.held_minor < r.amount_minor AND NOT r.is_decided
        ORDER BY r.sequence, r.place, r.sheet_id
        """,
        conn.platform_id,
    )


async def end_rests(conn: Connection, *, rests: Sequence[Sequence[Any]]) -> None:
    """Nothing more is held of these, as columns: place in the log, place of the line, sheet."""
    await conn.execute(
        """
        UPDATE disputed_rest AS r SET is_decided = true
        FROM unnest($2::bigint[], $3::int[], $4::bigint[]) AS k (sequence, place, sheet_id)
        WHERE r.platform_id = $1 AND r.sequence = k.sequence AND r.place = k.place AND r.sheet_id = k.sheet_id
        """,
        conn.platform_id,
        *rests,
    )


async def find_rests(conn: Connection) -> list[Row]:
    """What is open on sheets that have something again, the oldest chargeback first."""
    return await conn.fetch(
        """
        SELECT r.sequence, r.place, r.sheet_id, r.held_minor, r.amount_minor - r.held_minor AS left_minor
        FROM disputed_rest AS r
        CROSS JOIN LATERAL (
            SELECT o.status FROM sheet AS o
            WHERE o.platform_id = $1 AND o.sheet_id = r.sheet_id
                AND o.total_minor - o.netted_minor - o.retained_minor - o.held_minor - o.withheld_minor > o.payout_minor
            LIMIT 1
        ) AS s
        WHERE r.platform_id = $1 AND r.held_minor < r.amount_minor AND NOT r.is_decided
        ORDER BY r.sequence, r.place, r.sheet_id
        """,
        conn.platform_id,
    )


async def find_rests_of_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """What is open on these sheets, the oldest chargeback first."""
    return await conn.fetch(
        """
        SELECT r.sequence, r.place, r.sheet_id, r.held_minor, r.left_minor
        FROM unnest($2::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.sequence, o.place, o.sheet_id, o.held_minor, o.amount_minor - o.held_minor AS left_minor
            FROM disputed_rest AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.held_minor < o.amount_minor
                AND NOT o.is_decided
            ORDER BY o.sequence, o.place
        ) AS r
        ORDER BY r.sequence, r.place, r.sheet_id
        """,
        conn.platform_id,
        sheet_ids,
    )


async def hold_rests(conn: Connection, *, rests: Sequence[Sequence[Any]]) -> None:
    """What is held now of these, as columns: place in the log, place of the line, sheet, amount in all."""
    await conn.execute(
        """
        UPDATE disputed_rest AS r SET held_minor = k.held_minor
        FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[]) AS k (sequence, place, sheet_id, held_minor)
        WHERE r.platform_id = $1 AND r.sequence = k.sequence AND r.place = k.place AND r.sheet_id = k.sheet_id
        """,
        conn.platform_id,
        *rests,
    )


async def find_chargebacks(conn: Connection, *, sequences: Sequence[int]) -> list[Row]:
    """What the log said at these places, in its order."""
    return await conn.fetch(
        """
        SELECT v.sequence, v.kind, v.occurred_at, v.payload
        FROM unnest($2::bigint[]) AS k (sequence)
        CROSS JOIN LATERAL (
            SELECT o.sequence, o.kind, o.occurred_at, o.payload FROM log_event AS o
            WHERE o.platform_id = $1 AND o.sequence = k.sequence LIMIT 1
        ) AS v
        ORDER BY v.sequence
        """,
        conn.platform_id,
        sequences,
    )
