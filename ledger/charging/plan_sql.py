"""Statements on the versions of fee plans."""

from datetime import date

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_plans(conn: Connection, *, after: int) -> list[Row]:
    """The versions of fee plans published after that one."""
    return await conn.fetch(
        "SELECT version, content FROM fee_plan WHERE platform_id = $1 AND version > $2 ORDER BY version",
        conn.platform_id,
        after,
    )


async def find_plan(conn: Connection, *, plan: str, valid_from: date) -> Row | None:
    """The version of a plan that is valid from that very day."""
    return await conn.fetchrow(
        "SELECT version, fingerprint, sequence FROM fee_plan WHERE platform_id = $1 AND plan = $2 AND valid_from = $3",
        conn.platform_id,
        plan,
        valid_from,
    )


async def find_last_version(conn: Connection) -> int:
    """The version published last, 0 before the first."""
    version: int | None = await conn.fetchval(
        "SELECT version FROM fee_plan WHERE platform_id = $1 ORDER BY version DESC LIMIT 1", conn.platform_id
    )
    return version or 0


async def insert_plan(
    conn: Connection, *, version: int, plan: str, valid_from: date, content: str, fingerprint: bytes, sequence: int
) -> None:
    """Add a version of a fee plan."""
    await conn.execute(
        """
        INSERT INTO fee_plan (platform_id, version, plan, valid_from, content, fingerprint, sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        conn.platform_id,
        version,
        plan,
        valid_from,
        content,
        fingerprint,
        sequence,
    )
