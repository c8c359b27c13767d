"""Statements of opening sheets, shaped for arrays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers
from ledger.db.transacting import Connection
from ledger.settlement.sheets.keys import KINDS

Row = asyncpg.Record

# Of account `a`: the earliest instant of lines `l` that nobody has claimed; more conditions may follow. The zone of its
# party is asked for once and not by every line (measured: three quarters of the whole).
EARLIEST_UNCLAIMED = """
            SELECT least(
                min(v.occurred_at),
                min(c.requested_date) FILTER (WHERE v.occurred_at IS NULL)::timestamp
                    AT TIME ZONE find_time_zone($1, a.party_id)
            ) AS earliest
            FROM line AS l
            CROSS JOIN LATERAL (
                SELECT o.cause, o.requested_date FROM entry AS o
                WHERE o.platform_id = $1 AND o.sequence = l.sequence LIMIT 1
            ) AS c
            LEFT JOIN LATERAL (
                SELECT o.occurred_at FROM log_event AS o
                WHERE c.cause <> '' AND o.platform_id = $1 AND o.sequence > l.sequence ORDER BY o.sequence LIMIT 1
            ) AS v ON true
            WHERE l.platform_id = $1 AND l.account_id = a.account_id
                AND NOT EXISTS (
                    SELECT 1 FROM sheet_line AS t
                    WHERE t.platform_id = $1 AND t.sequence = l.sequence AND t.position = l.position
                )"""


async def lock_opening(conn: Connection) -> int:
    """
    Take the opening of the platform's sheets until the end of the transaction; before the log, never after it. Returns
    a place where the log stood before.
    """
    sequence: int = await conn.fetchval(
        """
        INSERT INTO sheet_opening AS o (platform_id, through_account_id) VALUES ($1, 0)
        ON CONFLICT (platform_id) DO UPDATE SET through_account_id = o.through_account_id
        RETURNING (SELECT h.sequence FROM log_head AS h WHERE h.platform_id = $1)
        """,
        conn.platform_id,
    )
    return sequence


async def find_new_accounts(conn: Connection, *, limit: int) -> list[Row]:
    """
    The next accounts, in the order in which they were opened, with the key of their sheets (role null where no sheet
    settles them), whether it has any, and the earliest instant of a line that nobody has claimed.
    """
    return await conn.fetch(
        f"""
        SELECT a.account_id, a.party_id, a.book_id, a.currency, k.role, k.mode,
            k.role IS NOT NULL AND EXISTS (
                SELECT 1 FROM sheet AS s
                WHERE s.platform_id = $1 AND s.party_id = a.party_id AND s.book_id = a.book_id AND s.role = k.role
                    AND s.mode = k.mode AND s.currency = a.currency
            ) AS has_sheets,
            e.earliest
        FROM (SELECT coalesce(
            (SELECT o.through_account_id FROM sheet_opening AS o WHERE o.platform_id = $1), 0
        ) AS account_id) AS through
        CROSS JOIN LATERAL (
            SELECT * FROM account AS o
            WHERE o.platform_id = $1 AND o.account_id > through.account_id ORDER BY o.account_id LIMIT $2
        ) AS a
        LEFT JOIN LATERAL (
            SELECT c.role, c.mode
            FROM unnest(string_to_array($3, chr(31)), string_to_array($4, chr(31)), string_to_array($5, chr(31)))
                AS c (code, role, mode)
            WHERE c.code = a.code AND a.party_id IS NOT NULL LIMIT 1
        ) AS k ON true
        LEFT JOIN LATERAL ({EARLIEST_UNCLAIMED}
                AND k.role IS NOT NULL
        ) AS e ON true
        ORDER BY a.account_id
        """,
        conn.platform_id,
        limit,
        *KINDS,
    )


async def set_opened_through(conn: Connection, *, account_id: int) -> None:
    """Remember through which account sheets are open."""
    await conn.execute(
        """
        INSERT INTO sheet_opening (platform_id, through_account_id) VALUES ($1, $2)
        ON CONFLICT (platform_id) DO UPDATE SET through_account_id = excluded.through_account_id
        """,
        conn.platform_id,
        account_id,
    )


async def find_without_successor(
    conn: Connection, *, now: datetime, until: datetime, after: tuple[datetime, int] | None, limit: int
) -> list[Row]:
    """
    Open sheets that end after now and by `until`, behind `after` (end and sheet), and are the last of their key. Not of
    parties that are closed: what comes for them after that is found by itself.
    """
    return await conn.fetch(
        """
        SELECT s.sheet_id, s.party_id, s.book_id, s.role, s.mode, s.currency, s.period_end FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'OPEN' AND s.period_end > $2 AND s.period_end <= $3
            AND (s.period_end, s.sheet_id) > ($5, $6)
            AND NOT EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.role = s.role
                    AND o.mode = s.mode AND o.currency = s.currency AND o.period_start >= s.period_end
            )
            AND NOT EXISTS (
                SELECT 1 FROM party AS p
                WHERE p.platform_id = $1 AND p.party_id = s.party_id AND p.status = 'CLOSED'
            )
        ORDER BY s.period_end, s.sheet_id LIMIT $4
        """,
        conn.platform_id,
        now,
        until,
        limit,
        *(after or (now, 0)),
    )


async def insert_sheets(conn: Connection, *, sheets: Sequence[Any], now: datetime, actor: str) -> list[Row]:
    """
    Open sheets, given as columns, in the order of their keys, and begin their history; those that were opened, with the
    references of their parties. What is there already stays as it is.
    """
    return await conn.fetch(
        """
        WITH opened AS (
            INSERT INTO sheet (
                platform_id, party_id, book_id, role, mode, currency, zone, period_start, period_end, due_date,
                calendar, calendar_version, confirmation, deemed_days, opened_at, status
            )
            SELECT $1, k.*, $2, 'OPEN'
            FROM unnest(
                $4::text::bigint[], $5::text::bigint[], string_to_array($6, chr(31)), string_to_array($7, chr(31)),
                string_to_array($8, chr(31)), string_to_array($9, chr(31)), $10::text::timestamptz[],
                $11::text::timestamptz[], $12::text::date[], string_to_array($13, chr(31)), $14::text::int[],
                string_to_array($15, chr(31)), $16::text::smallint[]
            ) AS k
            ON CONFLICT ON CONSTRAINT sheet_is_opened_once_a_period DO NOTHING
            RETURNING *
        ), begun AS (
            INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
            SELECT $1, o.sheet_id, 'OPEN', $2, $3, '' FROM opened AS o ORDER BY o.sheet_id
        )
        SELECT o.*, find_holder_reference($1, o.party_id) AS party, find_holder_reference($1, o.book_id) AS legal_entity
        FROM opened AS o ORDER BY o.sheet_id
        """,
        conn.platform_id,
        now,
        actor,
        *sheets,
    )


async def set_periods(conn: Connection, *, sheets: Sequence[Any]) -> None:
    """Give open sheets other periods, terms and due dates, given as columns."""
    await conn.execute(
        """
        UPDATE sheet AS s SET period_start = k.period_start, period_end = k.period_end, due_date = k.due_date,
            calendar = k.calendar, calendar_version = k.calendar_version, confirmation = k.confirmation,
            deemed_days = k.deemed_days
        FROM unnest(
            $2::text::bigint[], $3::text::timestamptz[], $4::text::timestamptz[], $5::text::date[],
            string_to_array($6, chr(31)), $7::text::int[], string_to_array($8, chr(31)), $9::text::smallint[]
        ) AS k (
            sheet_id, period_start, period_end, due_date, calendar, calendar_version, confirmation, deemed_days
        )
        WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id
        """,
        conn.platform_id,
        *sheets,
    )


async def find_open_sheets(conn: Connection, *, after: int, limit: int) -> list[Row]:
    """
    A page of the keys that have open sheets, with these sheets, locked: whoever closes one of them comes after or
    before. `after` is the last party of the page before; all sheets of a party are on one page.
    """
    return await conn.fetch(
        """
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM (
            SELECT DISTINCT o.party_id FROM (
                SELECT p.party_id FROM sheet AS p
                WHERE p.platform_id = $1 AND p.party_id > $2 AND p.status = 'OPEN'
                ORDER BY p.party_id LIMIT $3
            ) AS o
        ) AS k
        INNER JOIN sheet AS s ON s.platform_id = $1 AND s.party_id = k.party_id AND s.status = 'OPEN'
        ORDER BY s.party_id, s.book_id, s.role, s.mode, s.currency, s.period_start
        FOR NO KEY UPDATE OF s
        """,
        conn.platform_id,
        after,
        limit,
    )


async def find_open_sheets_of(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """The open sheets of these parties, locked, in the order of their keys and periods."""
    return await conn.fetch(
        """
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM unnest($2::text::bigint[]) AS k (party_id)
        INNER JOIN sheet AS s ON s.platform_id = $1 AND s.party_id = k.party_id AND s.status = 'OPEN'
        ORDER BY s.party_id, s.book_id, s.role, s.mode, s.currency, s.period_start
        FOR NO KEY UPDATE OF s
        """,
        conn.platform_id,
        numbers(party_ids),
    )


async def lock_sheet(conn: Connection, *, sheet_id: int) -> Row | None:
    """One sheet with its references, locked."""
    return await conn.fetchrow(
        """
        SELECT s.*, find_holder_reference($1, s.party_id) AS party, find_holder_reference($1, s.book_id) AS legal_entity
        FROM sheet AS s WHERE s.platform_id = $1 AND s.sheet_id = $2 FOR NO KEY UPDATE OF s
        """,
        conn.platform_id,
        sheet_id,
    )
