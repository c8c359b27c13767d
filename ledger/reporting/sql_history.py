"""Statements on what happened: document events and entries, by document and in the order of the log."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_log import PARTIES
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record


def _concerns(root: str) -> str:
    """Whether the record concerns somebody in this party's subtree, or there is no such party given."""
    return f"""({root}::bigint IS NULL OR EXISTS (
        SELECT 1 FROM unnest(c.parties) AS m (party_id) WHERE {within("m.party_id", scope=root)} OFFSET 0
    ))"""


_RECORD = "r.sequence, r.kind, r.subject, r.occurred_at, r.posted_at, r.actor, c.parties, r.payload"
# Kept apart by OFFSET 0: asked once, for the filter and for what is shown.
_CONCERNED = f"CROSS JOIN LATERAL (SELECT {PARTIES} AS parties OFFSET 0) AS c"

_LIST = directed(f"""
    SELECT {_RECORD} FROM log_record AS r
    {_CONCERNED}
    WHERE r.platform_id = $1 AND ($2::text[] IS NULL OR r.kind = ANY($2))
        AND ($3::bigint IS NULL OR r.sequence > $3) AND ($4::bigint IS NULL OR r.sequence < $4)
        AND {_concerns("$6")}
    ORDER BY r.sequence ASC_ LIMIT $5
""")


async def list_records(conn: Connection, *, kinds: Sequence[str] | None, root_id: int | None, span: Span) -> list[Row]:
    """Records of the log in its order; with a root those that concern its subtree."""
    after, before = span.bounds
    return await conn.fetch(_LIST[span.backward], conn.platform_id, kinds, after, before, span.limit, root_id)


_AT = f"""
    SELECT {_RECORD}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sequence, position)
    CROSS JOIN LATERAL (
        SELECT * FROM log_record AS o WHERE o.platform_id = $1 AND o.sequence = k.sequence LIMIT 1
    ) AS r
    {_CONCERNED}
    ORDER BY k.position
"""


async def find_records(conn: Connection, *, sequences: Sequence[int]) -> list[Row]:
    """Records by their places, in the order asked."""
    return await conn.fetch(_AT, conn.platform_id, sequences)


# The row that a place lies in may begin before it. Without kinds each row brings a place at least, so no more rows are
# read than places are asked for.
_EVENTS_OF = directed("""
    SELECT DISTINCT s.sequence FROM unnest($2::bigint[]) AS m (party_id)
    CROSS JOIN LATERAL (
        (
            SELECT o.sequences FROM party_event AS o
            WHERE o.platform_id = $1 AND o.party_id = m.party_id AND o.first_sequence <= $4
            ORDER BY o.first_sequence DESC LIMIT 1
        )
        UNION ALL
        (
            SELECT o.sequences FROM party_event AS o
            WHERE o.platform_id = $1 AND o.party_id = m.party_id AND ($4::bigint IS NULL OR o.first_sequence > $4)
                AND ($5::bigint IS NULL OR o.first_sequence < $5)
            ORDER BY o.first_sequence ASC_ LIMIT CASE WHEN $3::text[] IS NULL THEN $6::bigint END
        )
    ) AS e
    CROSS JOIN LATERAL unnest(e.sequences) AS s (sequence)
    WHERE ($4 IS NULL OR s.sequence > $4) AND ($5 IS NULL OR s.sequence < $5)
        AND ($3 IS NULL OR EXISTS (
            SELECT 1 FROM log_event AS v
            WHERE v.platform_id = $1 AND v.sequence = s.sequence AND v.kind = ANY($3) OFFSET 0
        ))
    ORDER BY s.sequence ASC_ LIMIT $6
""")


async def list_events_of(
    conn: Connection, *, party_ids: Sequence[int], kinds: Sequence[str] | None, span: Span
) -> list[int]:
    """The places of document events that concern one of these parties."""
    after, before = span.bounds
    rows = await conn.fetch(_EVENTS_OF[span.backward], conn.platform_id, party_ids, kinds, after, before, span.limit)
    return [row["sequence"] for row in rows]


_BY_SUBJECT = f"""
    SELECT k.position, c.sequence, c.kind, c.subject, c.occurred_at, c.posted_at, c.actor, c.parties, c.payload
    FROM unnest($2::text[]) WITH ORDINALITY AS k (subject, position)
    CROSS JOIN LATERAL (SELECT * FROM log_event AS o WHERE o.platform_id = $1 AND o.subject = k.subject) AS c
    WHERE {_concerns("$3")}
    ORDER BY k.position, c.sequence
"""


async def list_by_subject(conn: Connection, *, subjects: Sequence[str], scope: int | None) -> list[Row]:
    """The events of each of these documents."""
    return await conn.fetch(_BY_SUBJECT, conn.platform_id, subjects, scope)
