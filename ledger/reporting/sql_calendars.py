"""Statements on calendars."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_CALENDARS = directed("""
    SELECT c.name, c.version, c.sequence, c.published_at, c.content FROM calendar AS c
    WHERE c.platform_id = $1 AND ($2::text IS NULL OR c.name = $2)
        AND ($3::bigint IS NULL OR c.sequence < $3) AND ($4::bigint IS NULL OR c.sequence > $4)
    ORDER BY c.sequence DESC_ LIMIT $5
""")


async def list_calendars(conn: Connection, *, name: str | None, span: Span) -> list[Row]:
    """Versions of calendars, the last published first."""
    after, before = span.bounds
    return await conn.fetch(_CALENDARS[span.backward], conn.platform_id, name, after, before, span.limit)


async def find_calendars(conn: Connection, *, names: Sequence[str], versions: Sequence[int]) -> list[Row]:
    """These versions of calendars; version 0 asks for the latest."""
    return await conn.fetch(
        """
        SELECT k.name AS asked, k.version AS asked_version, c.name, c.version, c.sequence, c.published_at, c.content
        FROM unnest($2::text[], $3::int[]) AS k (name, version)
        CROSS JOIN LATERAL (
            SELECT o.name, o.version, o.sequence, o.published_at, o.content FROM calendar AS o
            WHERE o.platform_id = $1 AND o.name = k.name AND (k.version = 0 OR o.version = k.version)
            ORDER BY o.version DESC LIMIT 1
        ) AS c
        """,
        conn.platform_id,
        names,
        versions,
    )
