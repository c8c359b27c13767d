"""Every statement on rate_override."""

from datetime import date

import asyncpg

from ledger.db.transacting import Connection


async def insert_override(
    conn: Connection,
    *,
    party_id: int,
    approval_id: int,
    sequence: int,
    valid_from: date,
    valid_through: date,
    content: str,
) -> None:
    """Add an override under the next number; the log is locked."""
    await conn.execute(
        """
        INSERT INTO rate_override (
            platform_id, override_version, party_id, approval_id, sequence, valid_from, valid_through, content
        )
        SELECT $1, coalesce(max(o.override_version), 0) + 1, $2, $3, $4, $5, $6, $7
        FROM rate_override AS o WHERE o.platform_id = $1
        """,
        conn.platform_id,
        party_id,
        approval_id,
        sequence,
        valid_from,
        valid_through,
        content,
    )


async def find_overrides(conn: Connection, *, after: int) -> list[asyncpg.Record]:
    """The overrides after a number, in order."""
    return await conn.fetch(
        """
        SELECT override_version, party_id, content FROM rate_override
        WHERE platform_id = $1 AND override_version > $2 ORDER BY override_version
        """,
        conn.platform_id,
        after,
    )
