"""Every statement that writes totals and late sums, and the paths that they climb."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_paths(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """Each party with its path: itself first, the root last."""
    return await conn.fetch("SELECT party_id, path FROM find_holders($1, $2::bigint[])", conn.platform_id, party_ids)


async def find_subtree_totals(conn: Connection, *, keys: Sequence[Sequence[Any]]) -> list[Row]:
    """The totals now of parties with everyone below, given as columns (party, code, book, currency)."""
    return await conn.fetch(
        """
        SELECT k.party_id, k.code, k.book_id, k.currency,
            coalesce(below.debit, 0) + coalesce(own.debit, 0) AS debit,
            coalesce(below.credit, 0) + coalesce(own.credit, 0) AS credit
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS k (party_id, code, book_id, currency)
        LEFT JOIN LATERAL (
            SELECT s.debit, s.credit FROM subtree_day AS s
            WHERE s.platform_id = $1 AND s.party_id = k.party_id AND s.code = k.code AND s.book_id = k.book_id
                AND s.currency = k.currency
            ORDER BY s.posting_day DESC LIMIT 1
        ) AS below ON true
        LEFT JOIN LATERAL (
            SELECT l.debit_after AS debit, l.credit_after AS credit
            FROM account AS a
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE a.platform_id = $1 AND a.party_id = k.party_id AND a.code = k.code AND a.book_id = k.book_id
                AND a.currency = k.currency
            LIMIT 1
        ) AS own ON true
        """,
        conn.platform_id,
        *keys,
    )


async def add_subtree_days(conn: Connection, *, day: date, deltas: Sequence[str]) -> None:
    """
    Add to the totals of this posting day, given as columns (party, code, book, currency, debit, credit).

    Each starts from the latest row, today's or an earlier day's, so the latest row is always the total now. Nothing can
    come between reading and writing it: the caller holds the log's lock. (Updating today's rows by a join, or at
    their ctid, saves a tenth and may be planned the wrong way round while the table is small.)
    """
    await conn.send(
        """
        INSERT INTO subtree_day (platform_id, party_id, code, book_id, currency, posting_day, debit, credit)
        SELECT $1, d.party_id, d.code, d.book_id, d.currency, $2,
            d.debit + coalesce(o.debit, 0), d.credit + coalesce(o.credit, 0)
        FROM unnest(
            $3::text::bigint[], string_to_array($4, chr(31)), $5::text::bigint[], string_to_array($6, chr(31)),
            $7::text::bigint[], $8::text::bigint[]
        ) AS d (party_id, code, book_id, currency, debit, credit)
        LEFT JOIN LATERAL (
            SELECT s.debit, s.credit FROM subtree_day AS s
            WHERE s.platform_id = $1 AND s.party_id = d.party_id AND s.code = d.code AND s.book_id = d.book_id
                AND s.currency = d.currency AND s.posting_day <= $2
            ORDER BY s.posting_day DESC LIMIT 1
        ) AS o ON true
        ON CONFLICT (platform_id, party_id, code, book_id, currency, posting_day)
        DO UPDATE SET debit = excluded.debit, credit = excluded.credit
        """,
        conn.platform_id,
        day,
        *deltas,
    )


async def add_account_late(conn: Connection, *, day: date, deltas: Sequence[str]) -> None:
    """Add lines whose two dates differ, given as columns (account, business date, debit, credit)."""
    await conn.send(
        """
        INSERT INTO account_late AS o (platform_id, account_id, business_date, posting_day, debit, credit)
        SELECT $1, d.account_id, d.business_date, $2, d.debit, d.credit
        FROM unnest($3::text::bigint[], $4::text::date[], $5::text::bigint[], $6::text::bigint[])
            AS d (account_id, business_date, debit, credit)
        ON CONFLICT (platform_id, account_id, posting_day, business_date)
        DO UPDATE SET debit = o.debit + excluded.debit, credit = o.credit + excluded.credit
        """,
        conn.platform_id,
        day,
        *deltas,
    )


async def add_subtree_late(conn: Connection, *, day: date, deltas: Sequence[str]) -> None:
    """The same for subtrees, given as columns (party, code, book, currency, debit, credit, business date)."""
    await conn.send(
        """
        INSERT INTO subtree_late AS o (
            platform_id, party_id, code, book_id, currency, business_date, posting_day, debit, credit
        )
        SELECT $1, d.party_id, d.code, d.book_id, d.currency, d.business_date, $2, d.debit, d.credit
        FROM unnest(
            $3::text::bigint[], string_to_array($4, chr(31)), $5::text::bigint[], string_to_array($6, chr(31)),
            $7::text::bigint[], $8::text::bigint[], $9::text::date[]
        ) AS d (party_id, code, book_id, currency, debit, credit, business_date)
        ON CONFLICT (platform_id, party_id, code, book_id, currency, posting_day, business_date)
        DO UPDATE SET debit = o.debit + excluded.debit, credit = o.credit + excluded.credit
        """,
        conn.platform_id,
        day,
        *deltas,
    )


async def advance_tree(conn: Connection) -> None:
    """Say that the tree has changed, so that every process forgets the paths it remembers."""
    await conn.execute("UPDATE log_head SET tree_version = tree_version + 1 WHERE platform_id = $1", conn.platform_id)
