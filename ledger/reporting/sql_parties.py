"""Statements on the tree of parties."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import PartyFilter, Span
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

PARTY = (
    "p.party_id, p.reference, p.kind, p.name, p.parent_id, p.status, p.currency, p.time_zone, p.registered_at,"
    " NULL::bigint AS tree_at"
)

_BY_ID = f"""
    SELECT k.position, {PARTY}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
    CROSS JOIN LATERAL (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = k.party_id LIMIT 1) AS p
    WHERE {within("p.party_id", scope="$3")}
"""


async def find_by_id(conn: Connection, *, party_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Parties by id, each with the position of its key."""
    return await conn.fetch(_BY_ID, conn.platform_id, party_ids, scope)


_BY_REFERENCE = f"""
    SELECT k.position, {PARTY}
    FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1) AS p
    WHERE {within("p.party_id", scope="$3")}
"""


async def find_by_reference(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Parties by reference, each with the position of its key."""
    return await conn.fetch(_BY_REFERENCE, conn.platform_id, references, scope)


_LIST = directed(f"""
    SELECT {PARTY} FROM party AS p
    WHERE p.platform_id = $1 AND ($2::text IS NULL OR p.kind = $2) AND ($3::text IS NULL OR p.status = $3)
        AND ($4::bigint IS NULL OR p.party_id > $4) AND ($5::bigint IS NULL OR p.party_id < $5)
    ORDER BY p.party_id ASC_ LIMIT $6
""")


async def list_all(conn: Connection, *, matching: PartyFilter, span: Span) -> list[Row]:
    """The platform's parties in the order they were registered."""
    return await conn.fetch(
        _LIST[span.backward],
        conn.platform_id,
        matching.kind,
        matching.status,
        *span.bounds,
        span.limit,
    )


_CHILDREN = directed(f"""
    SELECT k.position, {PARTY}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (parent_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM party AS o
        WHERE o.platform_id = $1 AND o.parent_id = k.parent_id
            AND ($3::bigint IS NULL OR o.party_id > $3) AND ($4::bigint IS NULL OR o.party_id < $4)
        ORDER BY o.party_id ASC_ LIMIT $5
    ) AS p
    ORDER BY k.position, p.party_id ASC_
""")


async def list_children(conn: Connection, *, parent_ids: Sequence[int], span: Span) -> list[Row]:
    """A page of the children of each of these parties."""
    return await conn.fetch(
        _CHILDREN[span.backward],
        conn.platform_id,
        parent_ids,
        *span.bounds,
        span.limit,
    )


_ANCESTORS = f"""
    WITH RECURSIVE climb AS (
        SELECT k.position, 0 AS height, k.party_id
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        UNION ALL
        SELECT c.position, c.height + 1, above.parent_id FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT o.parent_id FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.party_id LIMIT 1
        ) AS above
        WHERE c.party_id <> coalesce($3::bigint, 0)
    )
    SELECT c.position, {PARTY} FROM climb AS c
    CROSS JOIN LATERAL (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.party_id LIMIT 1) AS p
    WHERE c.height > 0
    ORDER BY c.position, c.height
"""


async def list_ancestors(conn: Connection, *, party_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Everybody above each of these parties, the parent first, up to the scope's root."""
    return await conn.fetch(_ANCESTORS, conn.platform_id, party_ids, scope)


_MEMBERS = """
    WITH RECURSIVE subtree AS (
        SELECT $2::bigint AS party_id
        UNION ALL
        SELECT o.party_id FROM subtree AS s
        INNER JOIN party AS o ON o.platform_id = $1 AND o.parent_id = s.party_id
    )
    SELECT party_id FROM subtree LIMIT $3
"""


async def find_members(conn: Connection, *, root_id: int, limit: int) -> list[int]:
    """A party and those below it, at most `limit`."""
    return [row["party_id"] for row in await conn.fetch(_MEMBERS, conn.platform_id, root_id, limit)]
