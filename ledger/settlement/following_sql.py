"""How far followers have read the log."""

from ledger.db.transacting import Connection


async def find_read(conn: Connection, *, name: str) -> int:
    """How far this follower has read the log."""
    sequence: int | None = await conn.fetchval(
        "SELECT f.sequence FROM log_follower AS f WHERE f.platform_id = $1 AND f.name = $2", conn.platform_id, name
    )
    return sequence or 0


async def keep_read(conn: Connection, *, name: str, sequence: int) -> None:
    """Remember how far this follower has read the log; the table refuses to go back."""
    await conn.execute(
        """
        INSERT INTO log_follower (platform_id, name, sequence) VALUES ($1, $2, $3)
        ON CONFLICT (platform_id, name) DO UPDATE SET sequence = excluded.sequence
        """,
        conn.platform_id,
        name,
        sequence,
    )


async def keep_furthest(conn: Connection, *, name: str, sequence: int) -> None:
    """The same, unless the follower has read further already."""
    await conn.execute(
        """
        INSERT INTO log_follower AS f (platform_id, name, sequence) VALUES ($1, $2, $3)
        ON CONFLICT (platform_id, name) DO UPDATE SET sequence = excluded.sequence
        WHERE f.sequence < excluded.sequence
        """,
        conn.platform_id,
        name,
        sequence,
    )
