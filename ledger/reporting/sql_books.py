"""Statements on legal entities, their charts and the days of the log."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


def name_book(book_id: str) -> str:
    """SQL that looks the book of this column up, as `b`. The column is written here in the house."""
    return f"""CROSS JOIN LATERAL (
        SELECT o.reference, o.time_zone FROM book AS o WHERE o.platform_id = $1 AND o.book_id = {book_id} LIMIT 1
    ) AS b"""


async def find_books(conn: Connection, *, book_ids: Sequence[int]) -> list[Row]:
    """References of books."""
    return await conn.fetch(
        "SELECT book_id, reference FROM book WHERE platform_id = $1 AND book_id = ANY($2::bigint[])",
        conn.platform_id,
        book_ids,
    )


async def find_book(conn: Connection, *, reference: str) -> int | None:
    """A legal entity's book by its reference."""
    book_id: int | None = await conn.fetchval(
        "SELECT book_id FROM book WHERE platform_id = $1 AND reference = $2", conn.platform_id, reference
    )
    return book_id


async def find_platform(conn: Connection) -> Row | None:
    """The platform, its operator's name and where its log stands."""
    return await conn.fetchrow(
        """
        SELECT p.reference, p.time_zone, o.party_id AS operator_id, o.name, h.sequence, h.posted_at
        FROM platform AS p
        INNER JOIN log_head AS h ON h.platform_id = p.platform_id
        LEFT JOIN party AS o ON o.platform_id = p.platform_id AND o.parent_id IS NULL
        WHERE p.platform_id = $1
        """,
        conn.platform_id,
    )


async def list_chart(conn: Connection) -> list[Row]:
    """The chart of accounts."""
    return await conn.fetch(
        """
        SELECT code, name, class AS account_class, normal_side FROM chart_account
        WHERE platform_id = $1 ORDER BY code
        """,
        conn.platform_id,
    )


async def list_book_accounts(conn: Connection, *, book_id: int, with_parties: bool) -> list[Row]:
    """The accounts of a book: the platform's own, and those of parties too where asked for."""
    return await conn.fetch(
        """
        SELECT a.account_id, a.code, a.currency FROM account AS a
        WHERE a.platform_id = $1 AND a.book_id = $2 AND NOT a.is_summary AND ($3 OR a.party_id IS NULL)
        ORDER BY a.account_id
        """,
        conn.platform_id,
        book_id,
        with_parties,
    )


# Each statement's page is cut before its entries are looked up.
_PERIOD_LINES = """
    WITH bounds AS (
        SELECT
            coalesce((
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.day < $4
                ORDER BY d.day DESC LIMIT 1
            ), 0) AS first,
            coalesce((
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.day < $5
                ORDER BY d.day DESC LIMIT 1
            ), 0) AS last
    )
    SELECT k.statement, l.sequence, l.position, l.account_id, l.side, l.amount, l.currency, l.version, l.debit_after,
        l.credit_after, l.business_date, e.posted_at, a.normal_side
    FROM (
        SELECT m.statement, array_agg(m.account_id) AS account_ids
        FROM unnest($2::bigint[], $3::bigint[]) AS m (statement, account_id) GROUP BY m.statement
    ) AS k
    CROSS JOIN bounds AS b
    CROSS JOIN LATERAL (
        SELECT i.* FROM unnest(k.account_ids) AS m (account_id)
        CROSS JOIN LATERAL (
            SELECT * FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = m.account_id AND o.sequence > b.first AND o.sequence <= b.last
                AND o.business_date = o.posting_day AND o.business_date >= $4 AND o.business_date < $5
            UNION ALL
            SELECT * FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = m.account_id AND o.business_date <> o.posting_day
                AND o.business_date >= $4 AND o.business_date < $5
        ) AS i
        ORDER BY i.business_date, i.sequence, i.position LIMIT $6
    ) AS l
    CROSS JOIN LATERAL (
        SELECT o.posted_at FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = l.sequence LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT o.normal_side FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
    ) AS a
    ORDER BY k.statement, l.business_date, l.sequence, l.position
"""


async def list_period_lines(
    conn: Connection, *, statements: Sequence[int], account_ids: Sequence[int], start: date, end: date, limit: int
) -> list[Row]:
    """
    The lines dated in [start, end) of the accounts of statements, which are numbered: the first array says of which
    statement each account is. By statement, at most `limit` of each, by day and then as they were posted.

    Lines posted on the day they are dated lie together in the log; the others are found by line_late.
    """
    return await conn.fetch(_PERIOD_LINES, conn.platform_id, statements, account_ids, start, end, limit)
