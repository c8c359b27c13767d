"""Statements on sheets, what was taken from them, and their history; shaped for arrays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers
from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """These sheets as they stand, with the references of their party and legal entity."""
    return await conn.fetch(
        """
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM unnest($2::text::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1
        ) AS s
        """,
        conn.platform_id,
        numbers(sheet_ids),
    )


async def read_clock(conn: Connection) -> datetime:
    """The database's time of now, as entries are posted at."""
    now: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return now


async def write_steps(
    conn: Connection, *, sheets: Sequence[Any], movements: Sequence[Any], history: Sequence[Any]
) -> None:
    """
    Put sheets where they stand now, with the movements and the steps that brought them there, given as columns. One
    statement: the figures of a sheet and its movements are judged together at its end.
    """
    await conn.execute(
        """
        WITH stepped AS (
            UPDATE sheet AS s SET
                status = k.status, due_date = k.due_date, calendar_version = k.calendar_version,
                confirm_by = nullif(k.confirm_by, '')::timestamptz, overdue_at = nullif(k.overdue_at, '')::timestamptz,
                closed_at = nullif(k.closed_at, '')::timestamptz, carried_cycles = k.carried_cycles,
                netted_minor = k.netted, retained_minor = k.retained, held_minor = k.held, withheld_minor = k.withheld,
                payout_minor = k.payout, paid_minor = k.paid, collected_minor = k.collected,
                written_off_minor = k.written_off, digest = decode(nullif(k.digest, ''), 'hex')
            FROM unnest(
                $2::text::bigint[], string_to_array($3, chr(31)), $4::text::date[], $5::text::int[],
                string_to_array($6, chr(31)), string_to_array($7, chr(31)), string_to_array($8, chr(31)),
                $9::text::int[], $10::text::bigint[], $11::text::bigint[], $12::text::bigint[], $13::text::bigint[],
                $14::text::bigint[], $15::text::bigint[], $16::text::bigint[], $17::text::bigint[],
                string_to_array($18, chr(31))
            ) AS k (
                sheet_id, status, due_date, calendar_version, confirm_by, overdue_at, closed_at, carried_cycles, netted,
                retained, held, withheld, payout, paid, collected, written_off, digest
            )
            WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id
        ), moved AS (
            INSERT INTO sheet_movement (platform_id, sheet_id, kind, amount_minor, reference, moved_at, actor)
            SELECT $1, m.*
            FROM unnest(
                $19::text::bigint[], string_to_array($20, chr(31)), $21::text::bigint[], string_to_array($22, chr(31)),
                $23::text::timestamptz[], string_to_array($24, chr(31))
            ) AS m
        )
        INSERT INTO sheet_history (
            platform_id, sheet_id, status, at, actor, reason, due_date_before, due_date_after
        )
        SELECT $1, h.sheet_id, h.status, h.at, h.actor, coalesce(h.reason, ''), nullif(h.before, '')::date,
            nullif(h.after, '')::date
        FROM unnest(
            $25::text::bigint[], string_to_array($26, chr(31)), $27::text::timestamptz[],
            string_to_array($28, chr(31)), string_to_array($29, chr(31)), string_to_array($30, chr(31)),
            string_to_array($31, chr(31))
        ) AS h (sheet_id, status, at, actor, reason, before, after)
        """,
        conn.platform_id,
        *sheets,
        *movements,
        *history,
    )
