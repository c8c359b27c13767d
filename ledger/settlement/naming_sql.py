"""Which orders are known; whose tables say so is the database's affair (knows_order)."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_unknown(conn: Connection, *, named: Sequence[tuple[str, str]]) -> list[Row]:
    """Those of these orders, each with a line or "", that are not known."""
    return await conn.fetch(
        """
        SELECT k.order_reference, k.line_reference
        FROM unnest($2::text[], $3::text[]) AS k (order_reference, line_reference)
        WHERE NOT knows_order($1, k.order_reference, k.line_reference)
        """,
        conn.platform_id,
        [order for order, _ in named],
        [line for _, line in named],
    )
