"""Statements of closing, shaped for arrays: what is fixed under the log's lock and what is claimed outside it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers
from ledger.db.transacting import Connection
from ledger.settlement.sheets.instants_sql import instant_of

Row = asyncpg.Record


async def lock_due_sheets(conn: Connection, *, now: datetime, limit: int) -> list[Row]:
    """
    Open sheets whose boundary has passed, the oldest first and none before an earlier one of its key is closed; locked,
    without those that another closer has. With their references, whether the next sheet of the key is open, and whether
    their party is closed.
    """
    return await conn.fetch(
        """
        SELECT s.*,
            (SELECT p.reference FROM party AS p WHERE p.platform_id = $1 AND p.party_id = s.party_id) AS party,
            (SELECT p.reference FROM party AS p WHERE p.platform_id = $1 AND p.party_id = s.book_id) AS legal_entity,
            EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.role = s.role
                    AND o.mode = s.mode AND o.currency = s.currency AND o.period_start >= s.period_end
            ) AS has_successor,
            EXISTS (
                SELECT 1 FROM party AS p
                WHERE p.platform_id = $1 AND p.party_id = s.party_id AND p.status = 'CLOSED'
            ) AS is_tail
        FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'OPEN' AND s.period_end <= $2
            AND NOT EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.role = s.role
                    AND o.mode = s.mode AND o.currency = s.currency AND o.period_start < s.period_start
                    AND o.status IN ('OPEN', 'CLOSING')
            )
        ORDER BY s.period_end, s.sheet_id LIMIT $3
        FOR NO KEY UPDATE OF s SKIP LOCKED
        """,
        conn.platform_id,
        now,
        limit,
    )


async def sum_open_lines(conn: Connection, *, places: Sequence[Any]) -> list[Row]:
    """
    What stands on the accounts of sheets before their ends and is claimed by nobody, one row per account that exists.

    `places` are columns: sheet, party, book, currency, code, end, zone, and the day from which a line may be after the
    end. Beside the sums: through which place in the log they look, from where, the first place that stays open, and the
    earliest instant of what does. A line of an earlier business day than the boundary's is before it in any case, so
    only few look their event up.
    """
    return await conn.fetch(
        f"""
        SELECT k.sheet_id, a.account_id, a.code, h.sequence AS through_sequence, w.from_sequence, l.*
        FROM unnest(
            $2::text::bigint[], $3::text::bigint[], $4::text::bigint[], string_to_array($5, chr(31)),
            string_to_array($6, chr(31)), $7::text::timestamptz[], string_to_array($8, chr(31)), $9::text::date[]
        ) AS k (sheet_id, party_id, book_id, currency, code, period_end, zone, day_limit)
        CROSS JOIN (SELECT sequence FROM log_head WHERE platform_id = $1) AS h
        CROSS JOIN LATERAL (
            SELECT o.account_id, o.code FROM account AS o
            WHERE o.platform_id = $1 AND o.book_id = k.book_id AND o.code = k.code AND o.party_id = k.party_id
                AND o.currency = k.currency LIMIT 1
        ) AS a
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT o.open_from_sequence FROM sheet_account AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
                ORDER BY o.open_from_sequence DESC LIMIT 1
            ), 1) AS from_sequence
        ) AS w
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(m.amount) FILTER (WHERE m.is_inside AND m.side = 'D'), 0)::bigint AS debit,
                coalesce(sum(m.amount) FILTER (WHERE m.is_inside AND m.side = 'C'), 0)::bigint AS credit,
                count(*) FILTER (WHERE m.is_inside) AS line_count,
                min(m.sequence) FILTER (WHERE NOT m.is_inside) AS first_left,
                min(m.instant) FILTER (WHERE NOT m.is_inside) AS earliest_left
            FROM (
                SELECT o.sequence, o.amount, o.side, i.instant,
                    o.business_date < k.day_limit OR i.instant < k.period_end AS is_inside
                FROM line AS o
                {instant_of("e.sequence = o.sequence AND o.business_date >= k.day_limit")}
                WHERE o.platform_id = $1 AND o.account_id = a.account_id
                    AND o.sequence BETWEEN w.from_sequence AND h.sequence
                    AND NOT EXISTS (
                        SELECT 1 FROM sheet_line AS c
                        WHERE c.platform_id = $1 AND c.sequence = o.sequence AND c.position = o.position
                    )
            ) AS m
        ) AS l
        ORDER BY k.sheet_id, a.code
        """,
        conn.platform_id,
        *places,
    )


async def has_acted_on_ended(conn: Connection, *, account_ids: Sequence[int], since: int) -> bool:
    """
    Whether a document has moved money of one of these accounts since the log stood there, and says no cause: it is of a
    period that had ended.
    """
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT 1 FROM (
                SELECT o.sequence FROM entry AS o
                WHERE o.platform_id = $1 AND o.sequence > $2 AND o.cause = '' AND o.document <> '' OFFSET 0
            ) AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            WHERE l.account_id = ANY ($3::text::bigint[])
        )
        """,
        conn.platform_id,
        since,
        numbers(account_ids),
    )
    return found


async def fix_sheets(
    conn: Connection, *, sheets: Sequence[Any], accounts: Sequence[Any], at: datetime, actor: str
) -> None:
    """Write what a closing has fixed, given as columns: figures and terms of sheets, what stood on their accounts."""
    await conn.execute(
        """
        WITH fixed AS (
            UPDATE sheet AS s SET
                status = 'CLOSING', through_sequence = k.through_sequence, closing_sequence = k.closing_sequence,
                line_count = k.line_count, total_minor = k.total, due_date = k.due_date, calendar = k.calendar,
                calendar_version = k.calendar_version, confirmation = k.confirmation, deemed_days = k.deemed_days
            FROM unnest(
                $4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::bigint[], $8::text::bigint[],
                $9::text::date[], string_to_array($10, chr(31)), $11::text::int[], string_to_array($12, chr(31)),
                $13::text::smallint[]
            ) AS k (
                sheet_id, through_sequence, closing_sequence, line_count, total, due_date, calendar, calendar_version,
                confirmation, deemed_days
            )
            WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id
        ), told AS (
            INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
            SELECT $1, k.sheet_id, 'CLOSING', $2, $3, '' FROM unnest($4::text::bigint[]) AS k (sheet_id)
        )
        INSERT INTO sheet_account (
            platform_id, sheet_id, account_id, code, from_sequence, open_from_sequence, claimed_through, debit_minor,
            credit_minor, line_count
        )
        SELECT $1, k.sheet_id, k.account_id, k.code, k.from_sequence, k.open_from_sequence, k.from_sequence - 1,
            k.debit, k.credit, k.line_count
        FROM unnest(
            $14::text::bigint[], $15::text::bigint[], string_to_array($16, chr(31)), $17::text::bigint[],
            $18::text::bigint[], $19::text::bigint[], $20::text::bigint[], $21::text::bigint[]
        ) AS k (sheet_id, account_id, code, from_sequence, open_from_sequence, debit, credit, line_count)
        """,
        conn.platform_id,
        at,
        actor,
        *sheets,
        *accounts,
    )
