"""Every statement on the table of calendars."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_latest(conn: Connection, *, names: Sequence[str]) -> list[Row]:
    """The number of the latest version of each of these names that is published."""
    return await conn.fetch(
        """
        SELECT k.name, c.version FROM unnest($2::text[]) AS k (name)
        CROSS JOIN LATERAL (
            SELECT o.version FROM calendar AS o WHERE o.platform_id = $1 AND o.name = k.name
            ORDER BY o.version DESC LIMIT 1
        ) AS c
        """,
        conn.platform_id,
        names,
    )


async def find_contents(conn: Connection, *, names: Sequence[str], versions: Sequence[int]) -> list[Row]:
    """What these versions say."""
    return await conn.fetch(
        """
        SELECT c.name, c.version, c.content FROM unnest($2::text[], $3::int[]) AS k (name, version)
        CROSS JOIN LATERAL (
            SELECT o.name, o.version, o.content FROM calendar AS o
            WHERE o.platform_id = $1 AND o.name = k.name AND o.version = k.version LIMIT 1
        ) AS c
        """,
        conn.platform_id,
        names,
        versions,
    )


async def find_versions(conn: Connection, *, names: Sequence[str]) -> list[Row]:
    """All versions of these names, the latest first."""
    return await conn.fetch(
        """
        SELECT c.name, c.version, c.fingerprint, c.sequence FROM unnest($2::text[]) AS k (name)
        CROSS JOIN LATERAL (
            SELECT o.name, o.version, o.fingerprint, o.sequence FROM calendar AS o
            WHERE o.platform_id = $1 AND o.name = k.name ORDER BY o.version DESC
        ) AS c
        """,
        conn.platform_id,
        names,
    )


async def insert_versions(conn: Connection, *, published_at: datetime, columns: Sequence[Sequence[object]]) -> None:
    """Add versions, given as columns (name, version, first day, last day, content, fingerprint, sequence)."""
    await conn.execute(
        """
        INSERT INTO calendar (
            platform_id, published_at, name, version, first_day, last_day, content, fingerprint, sequence
        )
        SELECT $1, $2, c.* FROM unnest(
            $3::text[], $4::int[], $5::date[], $6::date[], $7::text[], $8::bytea[], $9::bigint[]
        ) AS c
        """,
        conn.platform_id,
        published_at,
        *columns,
    )
