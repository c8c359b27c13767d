"""Statements of claiming, shaped for arrays; outside the log's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers
from ledger.db.transacting import Connection
from ledger.settlement.sheets.instants_sql import INSTANT_WHERE_IT_MATTERS, MOVED_MEANWHILE, ORIGINAL_PERIOD_START

Row = asyncpg.Record

# Lines that one statement claims of one account. Claiming takes about 20 us a line on a small machine, and no statement
# runs near its time-out.
LINES_AT_ONCE = 50_000


async def lock_closing_sheets(conn: Connection, *, limit: int) -> list[Row]:
    """Sheets whose total is fixed and that lack lines yet; locked, without those that another closer has."""
    return await conn.fetch(
        """
        SELECT s.* FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CLOSING' ORDER BY s.sheet_id LIMIT $2
        FOR NO KEY UPDATE OF s SKIP LOCKED
        """,
        conn.platform_id,
        limit,
    )


async def find_unclaimed_accounts(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """The accounts of these sheets that are not claimed to the end, with how many lines that are at most."""
    return await conn.fetch(
        """
        SELECT a.sheet_id, a.account_id, a.claimed_through, a.line_count
        FROM unnest($2::text::bigint[]) WITH ORDINALITY AS k (sheet_id, place)
        CROSS JOIN LATERAL (
            SELECT o.* FROM sheet AS s
            INNER JOIN sheet_account AS o ON o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id
            WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id AND o.claimed_through < s.through_sequence
        ) AS a
        ORDER BY k.place, a.account_id
        """,
        conn.platform_id,
        numbers(sheet_ids),
    )


async def claim_lines(conn: Connection, *, accounts: Sequence[Any]) -> int:
    """
    Claim the next lines of accounts for their sheets, at most LINES_AT_ONCE of each, and return how many.

    `accounts` are columns: sheet, account, from and through which place in the log, start and end of the period, zone,
    the day from which a line may be after the end, the day through which it may be before the start, and how many lines
    the account has for the sheet. A line of before the start names the period it belongs to: that of the sheet which
    was closed without it, else its day.
    """
    tag = await conn.execute(
        f"""
        WITH pages AS MATERIALIZED (
            SELECT k.*, CASE WHEN k.line_count > $2 THEN coalesce((
                SELECT o.sequence FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = k.account_id
                    AND o.sequence BETWEEN k.from_sequence AND k.through_sequence
                ORDER BY o.sequence, o.version OFFSET $2 LIMIT 1
            ), k.through_sequence) ELSE k.through_sequence END AS page_end
            FROM unnest(
                $3::text::bigint[], $4::text::bigint[], $5::text::bigint[], $6::text::bigint[],
                $7::text::timestamptz[], $8::text::timestamptz[], string_to_array($9, chr(31)), $10::text::date[],
                $11::text::date[], $12::text::bigint[]
            ) AS k (
                sheet_id, account_id, from_sequence, through_sequence, period_start, period_end, zone, day_limit,
                late_day, line_count
            )
        ), marked AS (
            UPDATE sheet_account AS a SET claimed_through = p.page_end
            FROM pages AS p
            WHERE a.platform_id = $1 AND a.sheet_id = p.sheet_id AND a.account_id = p.account_id
        )
        INSERT INTO sheet_line (
            platform_id, sequence, position, sheet_id, account_id, amount_minor, original_period_start, is_closing
        )
        SELECT $1, l.sequence, l.position, l.sheet_id, l.account_id, l.amount_minor, {ORIGINAL_PERIOD_START}, false
        FROM pages AS k
        {MOVED_MEANWHILE}
        CROSS JOIN LATERAL (
            SELECT o.sequence, o.position, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount_minor,
                i.instant, o.business_date, k.sheet_id, k.account_id, k.period_start, k.zone
            FROM line AS o
            {INSTANT_WHERE_IT_MATTERS}
            WHERE o.platform_id = $1 AND o.account_id = k.account_id
                AND o.sequence BETWEEN k.from_sequence AND k.page_end
                AND NOT EXISTS (
                    SELECT 1 FROM sheet_line AS c
                    WHERE c.platform_id = $1 AND c.sequence = o.sequence AND c.position = o.position
                )
        ) AS l
        WHERE l.business_date < k.day_limit OR l.instant < k.period_end
        ORDER BY l.sequence, l.position
        """,
        conn.platform_id,
        LINES_AT_ONCE,
        *accounts,
    )
    return int(tag.rsplit(" ", 1)[-1])


async def claim_closing_lines(conn: Connection, *, sheet_ids: Sequence[int]) -> None:
    """Claim the lines by which the closing entries of these sheets took their business off the accounts."""
    await conn.execute(
        """
        INSERT INTO sheet_line (
            platform_id, sequence, position, sheet_id, account_id, amount_minor, is_closing
        )
        SELECT $1, l.sequence, l.position, s.sheet_id, l.account_id,
            CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END, true
        FROM unnest($2::text::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.sheet_id, o.closing_sequence FROM sheet AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1
        ) AS s
        CROSS JOIN LATERAL (
            SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.sequence = s.closing_sequence
        ) AS l
        CROSS JOIN LATERAL (
            SELECT 1 FROM sheet_account AS o
            WHERE o.platform_id = $1 AND o.sheet_id = s.sheet_id AND o.account_id = l.account_id LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        numbers(sheet_ids),
    )


async def set_closed(conn: Connection, *, sheet_ids: Sequence[int], at: datetime, actor: str) -> None:
    """These sheets have their lines; the database counts and sums them once more."""
    await conn.execute(
        """
        WITH closed AS (
            UPDATE sheet AS s SET status = 'CLOSED', closed_at = $3
            FROM unnest($2::text::bigint[]) AS k (sheet_id)
            WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id
        )
        INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
        SELECT $1, k.sheet_id, 'CLOSED', $3, $4, '' FROM unnest($2::text::bigint[]) AS k (sheet_id)
        """,
        conn.platform_id,
        numbers(sheet_ids),
        at,
        actor,
    )
