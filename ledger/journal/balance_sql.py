"""The statements behind balances: reads of lines and of the rows derived from them, never of parties' tables."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


# How every statement on totals of the parties $2 begins and ends: where they have rows, walking from key to key of the
# index instead of reading the rows of every day; and the sum of what was found in parts.
PLACES = """
WITH RECURSIVE place AS (
    SELECT f.party_id, f.code, f.book_id, f.currency
    FROM unnest($2::bigint[]) AS k (party_id)
    CROSS JOIN LATERAL (
        SELECT s.party_id, s.code, s.book_id, s.currency FROM subtree_day AS s
        WHERE s.platform_id = $1 AND s.party_id = k.party_id
        ORDER BY s.code, s.book_id, s.currency LIMIT 1
    ) AS f
    UNION ALL
    SELECT n.party_id, n.code, n.book_id, n.currency
    FROM place AS k
    CROSS JOIN LATERAL (
        SELECT s.party_id, s.code, s.book_id, s.currency FROM subtree_day AS s
        WHERE s.platform_id = $1 AND s.party_id = k.party_id
            AND (s.code, s.book_id, s.currency) > (k.code, k.book_id, k.currency)
        ORDER BY s.code, s.book_id, s.currency LIMIT 1
    ) AS n
)
"""
SUM_OF_PARTS = """
SELECT p.party_id, p.code, p.book_id, p.currency, sum(p.debit)::bigint AS debit, sum(p.credit)::bigint AS credit
FROM part AS p
GROUP BY p.party_id, p.code, p.book_id, p.currency
HAVING sum(p.debit) <> 0 OR sum(p.credit) <> 0
ORDER BY p.party_id, p.code, p.book_id, p.currency
"""


async def find_balances(conn: Connection, *, account_ids: Sequence[int], sequence: int) -> list[Row]:
    """The last line of each account at or before the sequence, in the order asked."""
    return await conn.fetch(
        """
        SELECT coalesce(l.debit_after, 0) AS debit, coalesce(l.credit_after, 0) AS credit,
            coalesce(l.version, 0) AS version
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (account_id, position)
        LEFT JOIN LATERAL (
            SELECT o.debit_after, o.credit_after, o.version FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = k.account_id AND o.sequence <= $3
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS l ON true
        ORDER BY k.position
        """,
        conn.platform_id,
        account_ids,
        sequence,
    )


async def find_bounds(conn: Connection, *, sequence: int, day: date) -> Row:
    """
    Where the log ends, where posting day `day` ends in it, the posting day that the sequence lies in and its last
    sequence (None past the end), and the last sequence before that day.
    """
    bounds = await conn.fetchrow(
        """
        SELECT h.sequence AS last,
            coalesce((
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.day <= $3
                ORDER BY d.day DESC LIMIT 1
            ), 0) AS end_of_day,
            (
                SELECT d.day FROM posting_day AS d WHERE d.platform_id = $1 AND d.last_sequence >= $2
                ORDER BY d.day LIMIT 1
            ) AS known_day,
            (
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.last_sequence >= $2
                ORDER BY d.day LIMIT 1
            ) AS end_of_known_day,
            coalesce((
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.last_sequence < $2
                ORDER BY d.day DESC LIMIT 1
            ), 0) AS before_known_day
        FROM log_head AS h WHERE h.platform_id = $1
        """,
        conn.platform_id,
        sequence,
        day,
    )
    assert bounds is not None, "a platform is created with its log"
    return bounds


async def find_balances_on(
    conn: Connection,
    *,
    account_ids: Sequence[int],
    day: date,
    sequence: int,
    cut: int,
    known_day: date,
    before_known_day: int,
) -> list[Row]:
    """Balances at a business date as known at a sequence, by the formula of balances.py, in the order asked."""
    return await conn.fetch(
        """
        SELECT coalesce(base.debit_after, 0) + coalesce(late.debit, 0) AS debit,
            coalesce(base.credit_after, 0) + coalesce(late.credit, 0) AS credit,
            coalesce(known.version, 0) AS version
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (account_id, position)
        LEFT JOIN LATERAL (
            SELECT o.version FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = k.account_id AND o.sequence <= $3
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS known ON true
        LEFT JOIN LATERAL (
            SELECT o.debit_after, o.credit_after FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = k.account_id AND o.sequence <= $5
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS base ON true
        LEFT JOIN LATERAL (
            SELECT sum(CASE WHEN t.business_date <= $4 THEN t.debit ELSE -t.debit END)::bigint AS debit,
                sum(CASE WHEN t.business_date <= $4 THEN t.credit ELSE -t.credit END)::bigint AS credit
            FROM (
                SELECT a.business_date, a.posting_day, a.debit, a.credit FROM account_late AS a
                WHERE a.platform_id = $1 AND a.account_id = k.account_id AND a.posting_day < $6
                UNION ALL
                SELECT l.business_date, l.posting_day, CASE l.side WHEN 'D' THEN l.amount ELSE 0 END,
                    CASE l.side WHEN 'C' THEN l.amount ELSE 0 END
                FROM line AS l
                WHERE l.platform_id = $1 AND l.account_id = k.account_id AND l.business_date <> l.posting_day
                    AND l.sequence > $7 AND l.sequence <= $3
            ) AS t
            WHERE (t.business_date <= $4 AND t.posting_day > $4) OR (t.posting_day <= $4 AND t.business_date > $4)
        ) AS late ON true
        ORDER BY k.position
        """,
        conn.platform_id,
        account_ids,
        sequence,
        day,
        cut,
        known_day,
        before_known_day,
    )


async def find_subtree_totals_now(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """
    The latest totals of these parties with everyone below, one row per code, book and currency: what the rows say of
    those below, and the last lines of the parties' own accounts.

    Walks from key to key of the index instead of reading the rows of every day.
    """
    return await conn.fetch(
        f"""
        {PLACES}, part AS (
            SELECT k.party_id, k.code, k.book_id, k.currency, below.debit, below.credit
            FROM place AS k
            CROSS JOIN LATERAL (
                SELECT s.debit, s.credit FROM subtree_day AS s
                WHERE s.platform_id = $1 AND s.party_id = k.party_id AND s.code = k.code AND s.book_id = k.book_id
                    AND s.currency = k.currency
                ORDER BY s.posting_day DESC LIMIT 1
            ) AS below
            UNION ALL
            SELECT k.party_id, a.code, a.book_id, a.currency, own.debit_after, own.credit_after
            FROM unnest($2::bigint[]) AS k (party_id)
            CROSS JOIN LATERAL (
                SELECT o.account_id, o.code, o.book_id, o.currency FROM account AS o
                WHERE o.platform_id = $1 AND o.party_id = k.party_id
            ) AS a
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS own
        )
        {SUM_OF_PARTS}
        """,
        conn.platform_id,
        party_ids,
    )


async def find_subtree_totals_on(conn: Connection, *, party_ids: Sequence[int], day: date, cut: int) -> list[Row]:
    """
    The same at a business date, for parties of which `find_moved` says that no move stands between; `cut` is the last
    sequence of that posting day.
    """
    return await conn.fetch(
        f"""
        {PLACES}, part AS (
            SELECT k.party_id, k.code, k.book_id, k.currency,
                coalesce(base.debit, 0) + coalesce(late.debit, 0) AS debit,
                coalesce(base.credit, 0) + coalesce(late.credit, 0) AS credit
            FROM place AS k
            LEFT JOIN LATERAL (
                SELECT s.debit, s.credit FROM subtree_day AS s
                WHERE s.platform_id = $1 AND s.party_id = k.party_id AND s.code = k.code AND s.book_id = k.book_id
                    AND s.currency = k.currency AND s.posting_day <= $3
                ORDER BY s.posting_day DESC LIMIT 1
            ) AS base ON true
            LEFT JOIN LATERAL (
                SELECT sum(CASE WHEN t.business_date <= $3 THEN t.debit ELSE -t.debit END)::bigint AS debit,
                    sum(CASE WHEN t.business_date <= $3 THEN t.credit ELSE -t.credit END)::bigint AS credit
                FROM subtree_late AS t
                WHERE t.platform_id = $1 AND t.party_id = k.party_id AND t.code = k.code AND t.book_id = k.book_id
                    AND t.currency = k.currency
                    AND (
                        (t.business_date <= $3 AND t.posting_day > $3) OR (t.posting_day <= $3 AND t.business_date > $3)
                    )
            ) AS late ON true
            UNION ALL
            SELECT k.party_id, a.code, a.book_id, a.currency,
                coalesce(base.debit_after, 0) + coalesce(late.debit, 0),
                coalesce(base.credit_after, 0) + coalesce(late.credit, 0)
            FROM unnest($2::bigint[]) AS k (party_id)
            {_own_accounts_on("k.party_id")}
        )
        {SUM_OF_PARTS}
        """,
        conn.platform_id,
        party_ids,
        day,
        cut,
    )


async def find_moved(conn: Connection, *, party_ids: Sequence[int], day: date) -> list[Row]:
    """
    Those of these parties whose late rows may be of another tree than the one at the end of the day: a move changed
    who stands below them, and somewhere in the platform a late line overlaps the day on the same side of it.
    """
    return await conn.fetch(
        """
        SELECT k.party_id FROM unnest($2::bigint[]) AS k (party_id)
        WHERE (
            EXISTS (
                SELECT 1 FROM subtree_moved AS m
                WHERE m.platform_id = $1 AND m.party_id = k.party_id AND m.posting_day > $3
            )
            AND EXISTS (
                SELECT 1 FROM account_late AS a
                WHERE a.platform_id = $1 AND a.business_date <= $3 AND a.posting_day > $3
            )
        ) OR (
            EXISTS (
                SELECT 1 FROM subtree_moved AS m
                WHERE m.platform_id = $1 AND m.party_id = k.party_id AND m.posting_day <= $3
            )
            AND EXISTS (
                SELECT 1 FROM account_late AS a
                WHERE a.platform_id = $1 AND a.business_date > $3 AND a.posting_day <= $3
            )
        )
        """,
        conn.platform_id,
        party_ids,
        day,
    )


async def sum_members_on(conn: Connection, *, party_ids: Sequence[int], day: date, cut: int) -> list[Row]:
    """
    Subtree totals at a business date, added up over the accounts of all members as the tree stood at its end; `cut` is
    the last sequence of that posting day. Slower, and exact whatever has moved.
    """
    return await conn.fetch(
        f"""
        SELECT m.party_id, a.code, a.book_id, a.currency,
            sum(coalesce(base.debit_after, 0) + coalesce(late.debit, 0))::bigint AS debit,
            sum(coalesce(base.credit_after, 0) + coalesce(late.credit, 0))::bigint AS credit
        FROM find_members_on($1, $2::bigint[], $3) AS m
        {_own_accounts_on("m.member_id")}
        GROUP BY m.party_id, a.code, a.book_id, a.currency
        HAVING sum(coalesce(base.debit_after, 0) + coalesce(late.debit, 0)) <> 0
            OR sum(coalesce(base.credit_after, 0) + coalesce(late.credit, 0)) <> 0
        ORDER BY m.party_id, a.code, a.book_id, a.currency
        """,
        conn.platform_id,
        party_ids,
        day,
        cut,
    )


async def insert_moved(conn: Connection, *, party_ids: Sequence[int], day: date) -> None:
    """Remember that a move of this day changed who stands below these parties."""
    await conn.execute(
        """
        INSERT INTO subtree_moved (platform_id, party_id, posting_day)
        SELECT $1, k.party_id, $3 FROM unnest($2::bigint[]) AS k (party_id) ORDER BY k.party_id
        ON CONFLICT (platform_id, party_id, posting_day) DO NOTHING
        """,
        conn.platform_id,
        party_ids,
        day,
    )


def _own_accounts_on(party: str) -> str:
    """
    SQL that finds the accounts `a` of the party in this column, and of each what stood at the end of the business date
    $3: `base`, its last line up to the last sequence $4 of that posting day, and `late`, which is to be added to it.
    """
    return f"""
        CROSS JOIN LATERAL (
            SELECT o.account_id, o.code, o.book_id, o.currency FROM account AS o
            WHERE o.platform_id = $1 AND o.party_id = {party}
        ) AS a
        LEFT JOIN LATERAL (
            SELECT o.debit_after, o.credit_after FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.sequence <= $4
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS base ON true
        LEFT JOIN LATERAL (
            SELECT sum(CASE WHEN t.business_date <= $3 THEN t.debit ELSE -t.debit END)::bigint AS debit,
                sum(CASE WHEN t.business_date <= $3 THEN t.credit ELSE -t.credit END)::bigint AS credit
            FROM account_late AS t
            WHERE t.platform_id = $1 AND t.account_id = a.account_id
                AND ((t.business_date <= $3 AND t.posting_day > $3) OR (t.posting_day <= $3 AND t.business_date > $3))
        ) AS late ON true
    """
