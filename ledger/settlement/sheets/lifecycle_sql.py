"""Statements of what happens to sheets once they are closed, shaped for arrays."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers, texts
from ledger.db.transacting import Connection
from ledger.settlement.left_sql import is_carried, is_owed, unpaid_of

Row = asyncpg.Record


async def find_closed(conn: Connection, *, limit: int) -> list[Row]:
    """
    Sheets that have closed and wait for their next step, where everything of the same party, legal entity and currency
    that ends no later has closed too; with their references.
    """
    return await conn.fetch(
        """
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CLOSED'
            AND NOT EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id
                    AND o.currency = s.currency AND o.period_end <= s.period_end AND o.status IN ('OPEN', 'CLOSING')
            )
        ORDER BY s.sheet_id LIMIT $2
        """,
        conn.platform_id,
        limit,
    )


async def find_debts(conn: Connection, *, owners: Sequence[tuple[int, int, str]]) -> list[Row]:
    """What these parties still owe to these legal entities in these currencies from closed sheets, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM unnest($2::text::bigint[], $3::text::bigint[], string_to_array($4, chr(31)))
            WITH ORDINALITY AS k (party_id, book_id, currency, place)
        CROSS JOIN LATERAL (
            SELECT o.* FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.book_id = k.book_id AND o.currency = k.currency
                AND {is_owed("o")}
            ORDER BY o.period_start, o.sheet_id LIMIT 1000
        ) AS s
        ORDER BY k.place, s.period_start, s.sheet_id
        """,
        conn.platform_id,
        numbers([party_id for party_id, _, _ in owners]),
        numbers([book_id for _, book_id, _ in owners]),
        texts([currency for _, _, currency in owners]),
    )


async def find_to_deem(conn: Connection, *, now: datetime, limit: int) -> list[int]:
    """Sheets that silence has confirmed by now, the longest silent first."""
    rows = await conn.fetch(
        """
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CONFIRM_PENDING' AND s.confirm_by IS NOT NULL AND s.confirm_by <= $2
        ORDER BY s.confirm_by, s.sheet_id LIMIT $3
        """,
        conn.platform_id,
        now,
        limit,
    )
    return [row["sheet_id"] for row in rows]


async def find_overdue(conn: Connection, *, now: datetime, until: date, limit: int) -> list[int]:
    """
    Sheets of which something has not been paid, whose due day has passed where they are and nobody was told; `until`
    is a day that has not begun anywhere. What a payout has claimed and not delivered is not paid; what is too little
    to be paid by itself waits for the next sheet and is not late.
    """
    rows = await conn.fetch(
        f"""
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = $1 AND s.total_minor > 0 AND s.status NOT IN ('PAID', 'COMPLETED')
            AND s.status <> 'CLOSING' AND s.due_date < $3 AND s.overdue_at IS NULL
            AND (s.due_date + 1)::timestamp AT TIME ZONE s.zone <= $2
            AND {unpaid_of("s")} > 0
            AND NOT {is_carried("s")}
        ORDER BY s.due_date, s.sheet_id LIMIT $4
        """,
        conn.platform_id,
        now,
        until,
        limit,
    )
    return [row["sheet_id"] for row in rows]


async def find_counted_by(conn: Connection, *, calendar: str, version: int, after: int, limit: int) -> list[int]:
    """Closed sheets of a calendar that are not finished and were dated by an earlier version, by number."""
    rows = await conn.fetch(
        """
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = $1 AND s.calendar = $2 AND s.calendar_version < $3 AND s.sheet_id > $4
            AND s.status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF')
            AND s.status NOT IN ('OPEN', 'CLOSING')
        ORDER BY s.sheet_id LIMIT $5
        """,
        conn.platform_id,
        calendar,
        version,
        after,
        limit,
    )
    return [row["sheet_id"] for row in rows]


async def lock_counted_by(conn: Connection, *, calendar: str, version: int, after: int, limit: int) -> list[int]:
    """
    The same of open sheets, locked; without those that are being closed, which are dated by that. Before the log is
    locked, as closing does it.
    """
    rows = await conn.fetch(
        """
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = $1 AND s.calendar = $2 AND s.calendar_version < $3 AND s.sheet_id > $4
            AND s.status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF') AND s.status = 'OPEN'
        ORDER BY s.sheet_id LIMIT $5
        FOR NO KEY UPDATE OF s SKIP LOCKED
        """,
        conn.platform_id,
        calendar,
        version,
        after,
        limit,
    )
    return [row["sheet_id"] for row in rows]


async def find_lines_missing(
    conn: Connection, *, sheet_id: int, sequences: Sequence[int], positions: Sequence[int]
) -> list[tuple[int, int]]:
    """Which of these lines are not on the sheet."""
    rows = await conn.fetch(
        """
        SELECT k.sequence, k.position FROM unnest($3::text::bigint[], $4::text::smallint[]) AS k (sequence, position)
        WHERE NOT EXISTS (
            SELECT 1 FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sequence = k.sequence AND o.position = k.position AND o.sheet_id = $2
                AND NOT o.is_closing
        )
        """,
        conn.platform_id,
        sheet_id,
        numbers(sequences),
        numbers(positions),
    )
    return [(row["sequence"], row["position"]) for row in rows]


async def insert_dispute(conn: Connection, *, values: Sequence[Any]) -> int:
    """
    Write a dispute: sheet, instant, actor, reason, evidence, places of its lines in the log and in their entries. Its
    number.
    """
    number: int = await conn.fetchval(
        """
        INSERT INTO sheet_dispute (
            platform_id, sheet_id, opened_at, actor, reason, evidence, line_sequences, line_positions
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING dispute_id
        """,
        conn.platform_id,
        *values,
    )
    return number


async def answer_dispute(
    conn: Connection, *, sheet_id: int, at: datetime, actor: str, answer: str, adjustments: Sequence[str]
) -> int | None:
    """Answer the open dispute of a sheet; its number, None where there is none."""
    number: int | None = await conn.fetchval(
        """
        UPDATE sheet_dispute SET answered_at = $3, answered_by = $4, answer = $5, adjustments = $6
        WHERE platform_id = $1 AND sheet_id = $2 AND answered_at IS NULL RETURNING dispute_id
        """,
        conn.platform_id,
        sheet_id,
        at,
        actor,
        answer,
        list(adjustments),
    )
    return number
