"""Statements on the log as a stream: entries and document events in the order of their sequence."""

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record

# Whom a record concerns: an entry the parties of its accounts. Platform-own lines concern nobody. The array and LIMIT 1
# make every step an index look-up.
PARTIES = """coalesce(r.parties, ARRAY(
        SELECT DISTINCT a.party_id FROM line AS l
        CROSS JOIN LATERAL (
            SELECT c.party_id FROM account AS c
            WHERE c.platform_id = $1 AND c.account_id = l.account_id AND c.party_id IS NOT NULL LIMIT 1
        ) AS a
        WHERE l.platform_id = $1 AND l.sequence = r.sequence
        ORDER BY a.party_id
    ))"""

_STRETCH = f"""
    SELECT r.sequence, r.kind, r.subject, r.occurred_at, r.posted_at, r.actor, {PARTIES} AS parties, r.payload
    FROM (
        SELECT * FROM log_record AS o WHERE o.platform_id = $1 AND o.sequence > $2 ORDER BY o.sequence LIMIT $3
    ) AS r
    ORDER BY r.sequence
"""


async def read_stretch(conn: Connection, *, after: int, limit: int) -> list[Row]:
    """The records that follow a place in the log."""
    return await conn.fetch(_STRETCH, conn.platform_id, after, limit)


async def find_paths(conn: Connection, *, party_ids: list[int]) -> list[Row]:
    """Each party with its path as the tree stands: itself first, the root last."""
    return await conn.fetch("SELECT party_id, path FROM find_holders($1, $2::bigint[])", conn.platform_id, party_ids)


async def find_head(conn: Connection) -> int:
    """The last sequence of the log."""
    return int(await conn.fetchval("SELECT h.sequence FROM log_head AS h WHERE h.platform_id = $1", conn.platform_id))


# The row that a place lies in may begin before it.
_PLACES_OF = """
    SELECT s.sequence FROM (
        SELECT u.sequence FROM unnest($2::bigint[]) AS m (party_id)
        CROSS JOIN LATERAL (
            (
                SELECT o.sequences FROM party_event AS o
                WHERE o.platform_id = $1 AND o.party_id = m.party_id AND o.first_sequence <= $4
                ORDER BY o.first_sequence DESC LIMIT 1
            )
            UNION ALL
            (
                SELECT o.sequences FROM party_event AS o
                WHERE o.platform_id = $1 AND o.party_id = m.party_id AND o.first_sequence > $4
                    AND o.first_sequence <= $5
            )
        ) AS e
        CROSS JOIN LATERAL unnest(e.sequences) AS u (sequence)
        WHERE u.sequence > $4 AND u.sequence <= $5
        UNION
        SELECT l.sequence FROM unnest($3::bigint[]) AS k (account_id)
        CROSS JOIN LATERAL (
            SELECT o.sequence FROM line AS o
            WHERE o.platform_id = $1 AND o.account_id = k.account_id AND o.sequence > $4 AND o.sequence <= $5
        ) AS l
    ) AS s
    ORDER BY s.sequence LIMIT $6
"""


async def find_places_of(
    conn: Connection, *, party_ids: list[int], account_ids: list[int], after: int, through: int, limit: int
) -> list[int]:
    """The first places of a stretch of the log at which one of these parties or accounts is concerned."""
    rows = await conn.fetch(_PLACES_OF, conn.platform_id, party_ids, account_ids, after, through, limit)
    return [row["sequence"] for row in rows]


async def count_events_of(conn: Connection, *, party_ids: list[int]) -> int:
    """How many document events concern these parties; those of several of them count several times."""
    return int(
        await conn.fetchval(
            """
            SELECT coalesce(sum(e.size), 0) FROM unnest($2::bigint[]) AS m (party_id)
            CROSS JOIN LATERAL (
                SELECT sum(cardinality(o.sequences)) AS size FROM party_event AS o
                WHERE o.platform_id = $1 AND o.party_id = m.party_id
            ) AS e
            """,
            conn.platform_id,
            party_ids,
        )
    )
