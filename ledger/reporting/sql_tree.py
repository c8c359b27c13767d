"""The statements behind the tree as it stood at an earlier place of the log."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_parties import PARTY
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

# Where a party stood is said by its first move since, else by where it stands now: who has not moved since is found
# through party_by_parent, who has through party_move_by_origin, and nobody is both.
_CHILDREN_AT = directed(f"""
    SELECT k.position, {PARTY}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (parent_id, position)
    CROSS JOIN LATERAL (
        SELECT u.party_id FROM (
            (
                SELECT o.party_id FROM party AS o
                WHERE o.platform_id = $1 AND o.parent_id = k.parent_id
                    AND ($3::bigint IS NULL OR o.party_id > $3) AND ($4::bigint IS NULL OR o.party_id < $4)
                    AND NOT EXISTS (
                        SELECT 1 FROM party_move AS m
                        WHERE m.platform_id = $1 AND m.party_id = o.party_id AND m.sequence > $6
                    )
                ORDER BY o.party_id ASC_ LIMIT $5
            )
            UNION ALL
            (
                SELECT m.party_id FROM party_move AS m
                WHERE m.platform_id = $1 AND m.from_parent_id = k.parent_id AND m.sequence > $6
                    AND ($3::bigint IS NULL OR m.party_id > $3) AND ($4::bigint IS NULL OR m.party_id < $4)
                    AND NOT EXISTS (
                        SELECT 1 FROM party_move AS e
                        WHERE e.platform_id = $1 AND e.party_id = m.party_id AND e.sequence > $6
                            AND e.sequence < m.sequence
                    )
                    AND {within("m.party_id", scope="$7")}
                ORDER BY m.party_id ASC_ LIMIT $5
            )
        ) AS u
        ORDER BY u.party_id ASC_ LIMIT $5
    ) AS c
    CROSS JOIN LATERAL (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.party_id LIMIT 1) AS p
    ORDER BY k.position, p.party_id ASC_
""")


async def list_children_at(
    conn: Connection, *, parent_ids: Sequence[int], sequence: int, scope: int | None, span: Span
) -> list[Row]:
    """A page of the parties that stood directly below each of these at a sequence, of those that may be seen."""
    after, before = span.bounds
    wanted = (parent_ids, after, before, span.limit, sequence, scope)
    return await conn.fetch(_CHILDREN_AT[span.backward], conn.platform_id, *wanted)


_ANCESTORS_AT = f"""
    WITH RECURSIVE climb AS (
        SELECT k.position, 0 AS height, k.party_id
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        UNION ALL
        SELECT c.position, c.height + 1, above.party_id FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT m.from_parent_id FROM party_move AS m
                WHERE m.platform_id = $1 AND m.party_id = o.party_id AND m.sequence > $4
                ORDER BY m.sequence LIMIT 1
            ), o.parent_id) AS party_id
            FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.party_id LIMIT 1
        ) AS above
        WHERE above.party_id IS NOT NULL AND c.party_id <> coalesce($3::bigint, 0)
    )
    SELECT c.position, c.height, {PARTY} FROM climb AS c
    CROSS JOIN LATERAL (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.party_id LIMIT 1) AS p
    WHERE c.height > 0 AND {within("p.party_id", scope="$3")}
    ORDER BY c.position, c.height
"""


async def list_ancestors_at(
    conn: Connection, *, party_ids: Sequence[int], sequence: int, scope: int | None
) -> list[Row]:
    """Everybody above each of these parties at a sequence, the parent first, of those that may be seen."""
    return await conn.fetch(_ANCESTORS_AT, conn.platform_id, party_ids, scope, sequence)


async def find_ends(conn: Connection, *, day: date) -> Row:
    """Where the log ends, and where it ended on a posting day (0 before the first)."""
    ends = await conn.fetchrow(
        """
        SELECT h.sequence AS last, coalesce((
                SELECT d.last_sequence FROM posting_day AS d WHERE d.platform_id = $1 AND d.day <= $2
                ORDER BY d.day DESC LIMIT 1
            ), 0) AS end_of_day
        FROM log_head AS h WHERE h.platform_id = $1
        """,
        conn.platform_id,
        day,
    )
    assert ends is not None, "a platform is created with its log"
    return ends
