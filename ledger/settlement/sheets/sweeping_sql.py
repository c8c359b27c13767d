"""Statements of closing in one pass, shaped for arrays: lines are looked at once, and claimed before the log's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.columns import numbers
from ledger.db.transacting import Connection
from ledger.settlement.sheets.instants_sql import INSTANT_WHERE_IT_MATTERS, MOVED_MEANWHILE, ORIGINAL_PERIOD_START

Row = asyncpg.Record


async def find_places(conn: Connection, *, places: Sequence[Any]) -> list[Row]:
    """
    Where the lines of sheets stand, and how many there are at most; a row per place, account null where there is none.

    `places` are columns: sheet, party, book, currency, code. The versions of an account's lines count up by one, so
    the first and the last say how many they are.
    """
    return await conn.fetch(
        """
        SELECT k.sheet_id, a.account_id, a.code, h.sequence AS through_sequence, w.from_sequence,
            coalesce(last.version - first.version + 1, 0) AS size
        FROM unnest(
            $2::text::bigint[], $3::text::bigint[], $4::text::bigint[], string_to_array($5, chr(31)),
            string_to_array($6, chr(31))
        ) WITH ORDINALITY AS k (sheet_id, party_id, book_id, currency, code, place)
        CROSS JOIN (SELECT sequence FROM log_head WHERE platform_id = $1) AS h
        LEFT JOIN LATERAL (
            SELECT o.account_id, o.code FROM account AS o
            WHERE o.platform_id = $1 AND o.book_id = k.book_id AND o.code = k.code AND o.party_id = k.party_id
                AND o.currency = k.currency LIMIT 1
        ) AS a ON true
        LEFT JOIN LATERAL (
            SELECT coalesce((
                SELECT o.open_from_sequence FROM sheet_account AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
                ORDER BY o.open_from_sequence DESC LIMIT 1
            ), 1) AS from_sequence
        ) AS w ON true
        LEFT JOIN LATERAL (
            SELECT o.version FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id
                AND o.sequence BETWEEN w.from_sequence AND h.sequence
            ORDER BY o.sequence, o.version LIMIT 1
        ) AS first ON true
        LEFT JOIN LATERAL (
            SELECT o.version FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id
                AND o.sequence BETWEEN w.from_sequence AND h.sequence
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS last ON true
        ORDER BY k.place
        """,
        conn.platform_id,
        *places,
    )


async def claim_whole(conn: Connection, *, accounts: Sequence[Any]) -> list[Row]:
    """
    Claim everything on accounts that is of their sheets, write down what stood there, and return it: one row each, with
    the place where what stays open begins and the earliest instant of that.

    `accounts` are columns: sheet, account, code, from and through which place in the log, start and end of the period,
    zone, the day from which a line may be after the end, and the day through which it may be before the start.
    """
    return await conn.fetch(
        f"""
        WITH found AS MATERIALIZED (
            SELECT k.*, l.*
            FROM unnest(
                $2::text::bigint[], $3::text::bigint[], string_to_array($4, chr(31)), $5::text::bigint[],
                $6::text::bigint[], $7::text::timestamptz[], $8::text::timestamptz[], string_to_array($9, chr(31)),
                $10::text::date[], $11::text::date[]
            ) AS k (
                sheet_id, account_id, code, from_sequence, through_sequence, period_start, period_end, zone, day_limit,
                late_day
            )
            {MOVED_MEANWHILE}
            CROSS JOIN LATERAL (
                SELECT
                    array_agg(a.sequence) FILTER (WHERE a.is_inside) AS sequences,
                    array_agg(a.position) FILTER (WHERE a.is_inside) AS positions,
                    array_agg(a.amount_minor) FILTER (WHERE a.is_inside) AS amounts,
                    array_agg(a.instant) FILTER (WHERE a.is_inside) AS instants,
                    coalesce(sum(-a.amount_minor) FILTER (WHERE a.is_inside AND a.amount_minor < 0), 0)::bigint
                        AS debit,
                    coalesce(sum(a.amount_minor) FILTER (WHERE a.is_inside AND a.amount_minor > 0), 0)::bigint
                        AS credit,
                    count(*) FILTER (WHERE a.is_inside) AS line_count,
                    min(a.sequence) FILTER (WHERE NOT a.is_inside) AS first_left,
                    min(a.instant) FILTER (WHERE NOT a.is_inside) AS earliest_left
                FROM (
                    SELECT o.sequence, o.position, i.instant,
                        CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount_minor,
                        o.business_date < k.day_limit OR i.instant < k.period_end AS is_inside
                    FROM line AS o
                    {INSTANT_WHERE_IT_MATTERS}
                    WHERE o.platform_id = $1 AND o.account_id = k.account_id
                        AND o.sequence BETWEEN k.from_sequence AND k.through_sequence
                        AND NOT EXISTS (
                            SELECT 1 FROM sheet_line AS c
                            WHERE c.platform_id = $1 AND c.sequence = o.sequence AND c.position = o.position
                        )
                    OFFSET 0
                ) AS a
            ) AS l
        ), claimed AS (
            INSERT INTO sheet_line (
                platform_id, sequence, position, sheet_id, account_id, amount_minor, original_period_start, is_closing
            )
            SELECT $1, l.sequence, l.position, l.sheet_id, l.account_id, l.amount_minor, {ORIGINAL_PERIOD_START}, false
            FROM (
                SELECT f.sheet_id, f.account_id, f.period_start, f.zone, a.*
                FROM found AS f
                CROSS JOIN LATERAL unnest(f.sequences, f.positions, f.amounts, f.instants)
                    AS a (sequence, position, amount_minor, instant)
            ) AS l
            -- By sheet, as the index of a sheet's lines: new sheets' are then always added at its end.
            ORDER BY l.sheet_id, l.sequence, l.position
        ), kept AS (
            INSERT INTO sheet_account (
                platform_id, sheet_id, account_id, code, from_sequence, open_from_sequence, claimed_through,
                debit_minor, credit_minor, line_count
            )
            SELECT $1, f.sheet_id, f.account_id, f.code, f.from_sequence,
                coalesce(f.first_left, f.through_sequence + 1), f.through_sequence, f.debit, f.credit, f.line_count
            FROM found AS f
        )
        SELECT f.sheet_id, f.account_id, f.code, f.from_sequence, f.through_sequence, f.debit, f.credit, f.line_count,
            f.first_left, f.earliest_left
        FROM found AS f ORDER BY f.sheet_id, f.code
        """,
        conn.platform_id,
        *accounts,
    )


async def find_bound(conn: Connection, *, sheet_ids: Sequence[int]) -> set[int]:
    """
    Those of these sheets that cannot go on by themselves: something of the same party, legal entity and currency that
    ends no later is not closed either, or the party owes from a sheet before.
    """
    rows = await conn.fetch(
        """
        SELECT k.sheet_id FROM unnest($2::text::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1
        ) AS s
        WHERE EXISTS (
            SELECT 1 FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.currency = s.currency
                AND o.period_end <= s.period_end AND o.status IN ('OPEN', 'CLOSING') AND o.sheet_id <> s.sheet_id
        ) OR EXISTS (
            SELECT 1 FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.currency = s.currency
                AND o.total_minor < 0 AND o.status NOT IN ('COLLECTED', 'WRITTEN_OFF')
        )
        """,
        conn.platform_id,
        numbers(sheet_ids),
    )
    return {row["sheet_id"] for row in rows}


async def claim_posted_lines(conn: Connection, *, lines: Sequence[Any]) -> None:
    """
    Claim the lines by which closing entries took the business of sheets off their accounts, given as columns: place in
    the log, position, sheet, account, signed amount.
    """
    await conn.execute(
        """
        INSERT INTO sheet_line (platform_id, sequence, position, sheet_id, account_id, amount_minor, is_closing)
        SELECT $1, k.*, true
        FROM unnest(
            $2::text::bigint[], $3::text::smallint[], $4::text::bigint[], $5::text::bigint[], $6::text::bigint[]
        ) AS k
        """,
        conn.platform_id,
        *lines,
    )


async def insert_history(conn: Connection, *, history: Sequence[Any], at: datetime, actor: str) -> None:
    """Write the steps that sheets take at once, given as columns: sheet, status, reason."""
    await conn.execute(
        """
        INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
        SELECT $1, k.sheet_id, k.status, $2, $3, coalesce(k.reason, '')
        FROM unnest($4::text::bigint[], string_to_array($5, chr(31)), string_to_array($6, chr(31)))
            AS k (sheet_id, status, reason)
        """,
        conn.platform_id,
        at,
        actor,
        *history,
    )


async def write_closed(conn: Connection, *, closing_sequences: str, sheets: Sequence[Any], at: datetime) -> None:
    """
    Close sheets, given as columns, with the places of their closing entries; the database counts and sums their lines
    once more.
    """
    await conn.execute(
        """
        UPDATE sheet AS s SET
            status = k.status, closed_at = $3, closing_sequence = k.closing_sequence,
            through_sequence = k.through_sequence, line_count = k.line_count, total_minor = k.total,
            due_date = k.due_date, calendar = k.calendar, calendar_version = k.calendar_version,
            confirmation = k.confirmation, deemed_days = k.deemed_days,
            confirm_by = nullif(k.confirm_by, '')::timestamptz
        FROM unnest(
            $2::text::bigint[], $4::text::bigint[], string_to_array($5, chr(31)), string_to_array($6, chr(31)),
            $7::text::bigint[], $8::text::bigint[], $9::text::bigint[], $10::text::date[],
            string_to_array($11, chr(31)), $12::text::int[], string_to_array($13, chr(31)), $14::text::smallint[]
        ) AS k (
            closing_sequence, sheet_id, status, confirm_by, through_sequence, line_count, total, due_date, calendar,
            calendar_version, confirmation, deemed_days
        )
        WHERE s.platform_id = $1 AND s.sheet_id = k.sheet_id
        """,
        conn.platform_id,
        closing_sequences,
        at,
        *sheets,
    )
