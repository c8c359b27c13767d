"""Every statement on api_key."""

from datetime import datetime

import asyncpg

from ledger.access.model import Principal
from ledger.db.transacting import Connection

Row = asyncpg.Record


async def insert_key(conn: Connection, *, principal: Principal, secret_hash: bytes, now: datetime) -> None:
    """Add a key."""
    await conn.execute(
        """
        INSERT INTO api_key (platform_id, key_id, secret_hash, role, actor, party_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        principal.platform_id,
        principal.key_id,
        secret_hash,
        principal.role.value,
        principal.actor.name,
        principal.party_id,
        now,
        principal.expires_at,
    )


async def list_taken_actors(conn: Connection) -> list[str]:
    """The actors of all keys that were not revoked, in order."""
    rows = await conn.fetch(
        "SELECT actor FROM api_key WHERE platform_id = $1 AND revoked_at IS NULL ORDER BY actor", conn.platform_id
    )
    return [row["actor"] for row in rows]


async def find_key(conn: Connection, *, key_id: str) -> Row | None:
    """The key of this id, revoked or not."""
    return await conn.fetchrow(
        """
        SELECT secret_hash, role, actor, party_id, expires_at, revoked_at
        FROM api_key
        WHERE platform_id = $1 AND key_id = $2
        """,
        conn.platform_id,
        key_id,
    )


async def revoke_key(conn: Connection, *, key_id: str, now: datetime) -> None:
    """End a key."""
    await conn.execute(
        "UPDATE api_key SET revoked_at = $3 WHERE platform_id = $1 AND key_id = $2", conn.platform_id, key_id, now
    )


async def has_live_key(conn: Connection, *, role: str, now: datetime) -> bool:
    """Whether a key of this role can be used now."""
    found: bool = await conn.fetchval(
        """
        SELECT exists(
            SELECT FROM api_key
            WHERE platform_id = $1 AND role = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
        )
        """,
        conn.platform_id,
        role,
        now,
    )
    return found


async def find_live_actors(conn: Connection, *, role: str, now: datetime) -> list[str]:
    """The actors of the keys of this role that can be used now."""
    rows = await conn.fetch(
        """
        SELECT actor FROM api_key
        WHERE platform_id = $1 AND role = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
        """,
        conn.platform_id,
        role,
        now,
    )
    return [row["actor"] for row in rows]


async def list_keys(conn: Connection) -> list[Row]:
    """Every key of the platform, oldest first."""
    return await conn.fetch(
        """
        SELECT k.key_id, k.role, k.actor, h.reference AS party, k.created_at, k.expires_at, k.revoked_at
        FROM api_key AS k
        LEFT JOIN LATERAL (SELECT find_holder_reference(k.platform_id, k.party_id) AS reference) AS h ON true
        WHERE k.platform_id = $1
        ORDER BY k.created_at, k.key_id
        """,
        conn.platform_id,
    )
