"""
A subtree in depth-first order (a party, then everything below it, then its next sibling; siblings by id), in pages.

A place is the chain of ids from the subtree's root down to a party; chains compare as arrays, and that is the order.
One recursive statement steps from chain to chain through party_by_parent, so a page costs its size times the depth,
whatever the size of the subtree, and nothing has to be kept in order when a party moves.

Moves change places, so each row says up to which move its page knows the tree (`tree_at`); `find_places` shows where
everybody stood then who moved since.
"""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import PartyFilter, Span

Row = asyncpg.Record

# Moves that a page looks back on for the last one below each root. The number of a move elsewhere would tell a party
# that others moved; beyond this many it does, as a cursor that differs.
_MOVES_LOOKED_AT = 500

# A move concerns every root that its old or new parent stands below by now: whoever was taken out of the subtree since
# was taken out by a later move, whose old parent is still there.
_TREE = f"""
    recent AS MATERIALIZED (
        SELECT m.sequence, m.from_parent_id, m.to_parent_id FROM party_move AS m
        WHERE m.platform_id = $1
        ORDER BY m.sequence DESC LIMIT {_MOVES_LOOKED_AT}
    ), touched AS (
        SELECT o.party_id, o.sequence FROM (
            SELECT e.party_id, max(r.sequence) AS sequence FROM recent AS r
            CROSS JOIN LATERAL (VALUES (r.from_parent_id), (r.to_parent_id)) AS e (party_id)
            GROUP BY e.party_id
        ) AS o
        UNION
        SELECT above.parent_id, t.sequence FROM touched AS t
        CROSS JOIN LATERAL (
            SELECT p.parent_id FROM party AS p WHERE p.platform_id = $1 AND p.party_id = t.party_id LIMIT 1
        ) AS above
        WHERE above.parent_id IS NOT NULL
    ), tree AS MATERIALIZED (
        SELECT k.position, coalesce(
            (SELECT max(t.sequence) FROM touched AS t WHERE t.party_id = k.root_id),
            (SELECT min(r.sequence) FROM recent AS r HAVING count(*) = {_MOVES_LOOKED_AT}),
            0
        ) AS tree_at
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (root_id, position)
    )
"""

# The chains of the two cursors, from the platform's root down; `starts` cuts them off at each subtree's root, and has
# no row for a subtree that a cursor does not lie in.
_PLACES = """
    after_climb AS (
        SELECT $4::bigint AS party_id, 0 AS height
        UNION ALL
        SELECT o.parent_id, c.height + 1 FROM after_climb AS c
        CROSS JOIN LATERAL (
            SELECT p.parent_id FROM party AS p WHERE p.platform_id = $1 AND p.party_id = c.party_id LIMIT 1
        ) AS o
        WHERE o.parent_id IS NOT NULL
    ), before_climb AS (
        SELECT $5::bigint AS party_id, 0 AS height
        UNION ALL
        SELECT o.parent_id, c.height + 1 FROM before_climb AS c
        CROSS JOIN LATERAL (
            SELECT p.parent_id FROM party AS p WHERE p.platform_id = $1 AND p.party_id = c.party_id LIMIT 1
        ) AS o
        WHERE o.parent_id IS NOT NULL
    ), chains AS (
        SELECT
            (SELECT array_agg(c.party_id ORDER BY c.height DESC) FROM after_climb AS c) AS after_chain,
            (SELECT array_agg(c.party_id ORDER BY c.height DESC) FROM before_climb AS c) AS before_chain
    ), starts AS (
        SELECT k.position, k.root_id,
            c.after_chain[array_position(c.after_chain, k.root_id):] AS after_chain,
            c.before_chain[array_position(c.before_chain, k.root_id):] AS before_chain
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (root_id, position)
        CROSS JOIN chains AS c
        WHERE ($4::bigint IS NULL OR array_position(c.after_chain, k.root_id) IS NOT NULL)
            AND ($5::bigint IS NULL OR array_position(c.before_chain, k.root_id) IS NOT NULL)
    )
"""

_MATCHES = """
    CROSS JOIN LATERAL (
        SELECT ($7::text IS NULL AND $8::text IS NULL) OR EXISTS (
            SELECT 1 FROM party AS o
            WHERE o.platform_id = $1 AND o.party_id = n.chain[cardinality(n.chain)]
                AND ($7::text IS NULL OR o.kind = $7) AND ($8::text IS NULL OR o.status = $8)
        ) AS is_match
    ) AS m
"""

_SHOWN = """
    SELECT w.position, p.party_id, p.reference, p.kind, p.name, p.parent_id, p.status, p.currency, p.time_zone,
        p.registered_at, t.tree_at
    FROM walk AS w
    INNER JOIN tree AS t ON t.position = w.position
    CROSS JOIN LATERAL (
        SELECT * FROM party AS o
        WHERE o.platform_id = $1 AND o.party_id = w.chain[cardinality(w.chain)] LIMIT 1
    ) AS p
    WHERE w.is_shown
    ORDER BY w.position, w.shown
"""

_FORWARD = f"""
    WITH RECURSIVE {_TREE}, {_PLACES}, walk AS (
        SELECT s.position, n.chain, s.before_chain,
            ($6 AND $4::bigint IS NULL AND m.is_match) AS is_shown,
            ($6 AND $4::bigint IS NULL AND m.is_match)::int AS shown
        FROM starts AS s
        CROSS JOIN LATERAL (
            SELECT CASE WHEN $4::bigint IS NULL THEN ARRAY[s.root_id] ELSE s.after_chain END AS chain
        ) AS n
        {_MATCHES}
        WHERE $5::bigint IS NULL OR n.chain < s.before_chain
        UNION ALL
        SELECT w.position, n.chain, w.before_chain, m.is_match, w.shown + m.is_match::int
        FROM walk AS w
        CROSS JOIN LATERAL (SELECT coalesce(
            (
                SELECT w.chain || c.party_id FROM party AS c
                WHERE c.platform_id = $1 AND c.parent_id = w.chain[cardinality(w.chain)]
                ORDER BY c.party_id LIMIT 1
            ),
            (
                SELECT w.chain[:g.depth - 1] || s.party_id
                FROM generate_series(cardinality(w.chain), 2, -1) AS g (depth)
                CROSS JOIN LATERAL (
                    SELECT c.party_id FROM party AS c
                    WHERE c.platform_id = $1 AND c.parent_id = w.chain[g.depth - 1] AND c.party_id > w.chain[g.depth]
                    ORDER BY c.party_id LIMIT 1
                ) AS s
                ORDER BY g.depth DESC LIMIT 1
            )
        )) AS n (chain)
        {_MATCHES}
        WHERE w.shown < $3 AND n.chain IS NOT NULL AND ($5::bigint IS NULL OR n.chain < w.before_chain)
    )
    {_SHOWN}
"""

# Backward, a place is reached from its parent: last child, then its last child, and so on down (`is_descending`); then
# each place is followed by the end of its previous sibling's subtree, or by its parent.
_BACKWARD = f"""
    WITH RECURSIVE {_TREE}, {_PLACES}, walk AS (
        SELECT s.position, CASE WHEN $5::bigint IS NULL THEN ARRAY[s.root_id] ELSE s.before_chain END AS chain,
            s.after_chain, $5::bigint IS NULL AS is_descending, false AS is_shown, 0 AS shown
        FROM starts AS s
        UNION ALL
        SELECT w.position, n.chain, w.after_chain, d.is_descending, e.is_shown, w.shown + e.is_shown::int
        FROM walk AS w
        CROSS JOIN LATERAL (SELECT CASE WHEN w.is_descending THEN coalesce(
            (
                SELECT w.chain || c.party_id FROM party AS c
                WHERE c.platform_id = $1 AND c.parent_id = w.chain[cardinality(w.chain)]
                ORDER BY c.party_id DESC LIMIT 1
            ),
            w.chain
        ) ELSE coalesce(
            (
                SELECT w.chain[:cardinality(w.chain) - 1] || c.party_id FROM party AS c
                WHERE c.platform_id = $1 AND c.parent_id = w.chain[cardinality(w.chain) - 1]
                    AND c.party_id < w.chain[cardinality(w.chain)]
                ORDER BY c.party_id DESC LIMIT 1
            ),
            w.chain[:cardinality(w.chain) - 1]
        ) END) AS n (chain)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN w.is_descending THEN cardinality(n.chain) > cardinality(w.chain)
                ELSE cardinality(n.chain) = cardinality(w.chain) END AS is_descending
        ) AS d
        {_MATCHES}
        CROSS JOIN LATERAL (
            SELECT NOT d.is_descending AND m.is_match AND ($6 OR cardinality(n.chain) > 1) AS is_shown
        ) AS e
        WHERE w.shown < $3 AND (w.is_descending OR cardinality(w.chain) > 1)
            AND (d.is_descending OR $4::bigint IS NULL OR n.chain > w.after_chain)
    )
    {_SHOWN}
"""


async def walk_subtrees(
    conn: Connection, *, root_ids: Sequence[int], with_root: bool, matching: PartyFilter, span: Span
) -> list[Row]:
    """A page of each of these subtrees, with or without its root."""
    return await conn.fetch(
        _BACKWARD if span.backward else _FORWARD,
        conn.platform_id,
        root_ids,
        span.limit,
        *span.bounds,
        with_root,
        matching.kind,
        matching.status,
    )


_PLACES_THEN = """
    WITH RECURSIVE since AS MATERIALIZED (
        SELECT m.party_id FROM party_move AS m
        WHERE m.platform_id = $1 AND m.sequence > $3
        ORDER BY m.sequence LIMIT $4
    ), asked AS (
        SELECT m.party_id FROM since AS m
        UNION
        SELECT $2::bigint
    ), climb AS (
        SELECT a.party_id AS start, a.party_id AS reached, 0 AS height, e.is_then
        FROM asked AS a
        CROSS JOIN (VALUES (true), (false)) AS e (is_then)
        UNION ALL
        SELECT c.start, above.party_id, c.height + 1, c.is_then FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT m.from_parent_id FROM party_move AS m
                WHERE c.is_then AND m.platform_id = $1 AND m.party_id = o.party_id AND m.sequence > $3
                ORDER BY m.sequence LIMIT 1
            ), o.parent_id) AS party_id
            FROM party AS o WHERE o.platform_id = $1 AND o.party_id = c.reached LIMIT 1
        ) AS above
        WHERE above.party_id IS NOT NULL
    )
    SELECT c.start AS party_id, (SELECT count(*) FROM since) AS moves,
        array_agg(c.reached ORDER BY c.height DESC) FILTER (WHERE c.is_then) AS place_then,
        array_agg(c.reached ORDER BY c.height DESC) FILTER (WHERE NOT c.is_then) AS place_now
    FROM climb AS c
    GROUP BY c.start
    ORDER BY c.start
"""


async def find_places(conn: Connection, *, party_id: int, tree_at: int, limit: int) -> list[Row]:
    """
    Where this party, and whoever moved since `tree_at` (of the first `limit` moves), stood then and stands now, as
    chains of ids from the platform's root down; each with the number of those moves.
    """
    return await conn.fetch(_PLACES_THEN, conn.platform_id, party_id, tree_at, limit)
