"""
The statements behind totals of subtrees at a sequence: reads of lines, of derived rows, and of the tree then.

They name the tables of the tree themselves, as the database's own `find_holders` and `find_members_on` do for the tree
now and at a day's end.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from ledger.db.transacting import Connection
from ledger.journal.balance_sql import PLACES, SUM_OF_PARTS

Row = asyncpg.Record


class Stretch(NamedTuple):
    """Records of the log after one sequence and up to another, whose lines are to be added (1) or taken off (-1)."""

    after: int
    through: int
    sign: int


async def find_subtree_totals_at(
    conn: Connection, *, party_ids: Sequence[int], sequence: int, day: date, stretch: Stretch
) -> list[Row]:
    """
    The same at a sequence that lies in this posting day, for parties of which `find_moved_on` says that no move of the
    day changed who stands below them: what the rows say of the end of the day (of the one before it), with the
    stretch's lines taken off (added). Reads the lines of the stretch, and climbs once from each party on them.
    """
    return await conn.fetch(
        f"""
        {PLACES}, posted AS MATERIALIZED (
            SELECT a.party_id, a.code, a.book_id, a.currency, sum(m.debit) AS debit, sum(m.credit) AS credit
            FROM (
                SELECT l.account_id, sum(CASE l.side WHEN 'D' THEN l.amount ELSE 0 END) AS debit,
                    sum(CASE l.side WHEN 'C' THEN l.amount ELSE 0 END) AS credit
                FROM line AS l WHERE l.platform_id = $1 AND l.sequence > $5 AND l.sequence <= $6
                GROUP BY l.account_id
            ) AS m
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = m.account_id
            WHERE a.party_id IS NOT NULL
            GROUP BY a.party_id, a.code, a.book_id, a.currency
        ), climb AS (
            SELECT p.party_id AS start, p.party_id AS reached FROM (SELECT DISTINCT o.party_id FROM posted AS o) AS p
            UNION ALL
            SELECT c.start, above.party_id
            FROM climb AS c
            CROSS JOIN LATERAL (
                SELECT coalesce((
                    SELECT m.from_parent_id FROM party_move AS m
                    WHERE m.platform_id = $1 AND m.party_id = o.party_id AND m.posting_day >= $4 AND m.sequence > $3
                    ORDER BY m.posting_day, m.sequence LIMIT 1
                ), o.parent_id) AS party_id
                FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.reached LIMIT 1
            ) AS above
            WHERE above.party_id IS NOT NULL
        ), part AS (
            SELECT k.party_id, k.code, k.book_id, k.currency, below.debit, below.credit
            FROM place AS k
            CROSS JOIN LATERAL (
                SELECT s.debit, s.credit FROM subtree_day AS s
                WHERE s.platform_id = $1 AND s.party_id = k.party_id AND s.code = k.code AND s.book_id = k.book_id
                    AND s.currency = k.currency AND (s.posting_day < $4 OR $7 < 0 AND s.posting_day = $4)
                ORDER BY s.posting_day DESC LIMIT 1
            ) AS below
            UNION ALL
            SELECT c.reached, p.code, p.book_id, p.currency, $7 * p.debit, $7 * p.credit
            FROM climb AS c
            INNER JOIN posted AS p ON p.party_id = c.start
            WHERE c.reached = ANY($2::bigint[]) AND c.reached <> c.start
            UNION ALL
            SELECT k.party_id, a.code, a.book_id, a.currency, own.debit_after, own.credit_after
            FROM unnest($2::bigint[]) AS k (party_id)
            CROSS JOIN LATERAL (
                SELECT o.account_id, o.code, o.book_id, o.currency FROM account AS o
                WHERE o.platform_id = $1 AND o.party_id = k.party_id
            ) AS a
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.sequence <= $3
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS own
        )
        {SUM_OF_PARTS}
        """,
        conn.platform_id,
        party_ids,
        sequence,
        day,
        *stretch,
    )


async def find_moved_on(conn: Connection, *, party_ids: Sequence[int], day: date) -> list[Row]:
    """Those of these parties below which a move of this posting day changed who stands."""
    return await conn.fetch(
        """
        SELECT k.party_id FROM unnest($2::bigint[]) AS k (party_id)
        WHERE EXISTS (
            SELECT 1 FROM subtree_moved AS m
            WHERE m.platform_id = $1 AND m.party_id = k.party_id AND m.posting_day = $3
        )
        """,
        conn.platform_id,
        party_ids,
        day,
    )


async def find_member_accounts(conn: Connection, *, party_ids: Sequence[int], sequence: int, limit: int) -> list[Row]:
    """
    The accounts of these parties and of everyone below them as the tree stood at a sequence, at most `limit`. Where a
    party stood is said by its first move after the sequence, else by where it stands now.
    """
    return await conn.fetch(
        """
        WITH RECURSIVE walk AS (
            SELECT k.party_id AS start, k.party_id AS member FROM unnest($2::bigint[]) AS k (party_id)
            UNION ALL
            SELECT w.start, c.member
            FROM walk AS w
            CROSS JOIN LATERAL (
                SELECT p.party_id AS member FROM party AS p
                WHERE p.platform_id = $1 AND p.parent_id = w.member
                    AND NOT EXISTS (
                        SELECT 1 FROM party_move AS m
                        WHERE m.platform_id = $1 AND m.party_id = p.party_id AND m.sequence > $3
                    )
                UNION ALL
                SELECT m.party_id FROM party_move AS m
                WHERE m.platform_id = $1 AND m.from_parent_id = w.member AND m.sequence > $3
                    AND NOT EXISTS (
                        SELECT 1 FROM party_move AS e
                        WHERE e.platform_id = $1 AND e.party_id = m.party_id AND e.sequence > $3
                            AND e.sequence < m.sequence
                    )
            ) AS c
        )
        SELECT w.start AS party_id, a.account_id, a.code, a.book_id, a.currency
        FROM walk AS w
        CROSS JOIN LATERAL (
            SELECT o.account_id, o.code, o.book_id, o.currency FROM account AS o
            WHERE o.platform_id = $1 AND o.party_id = w.member
        ) AS a
        LIMIT $4
        """,
        conn.platform_id,
        party_ids,
        sequence,
        limit,
    )
