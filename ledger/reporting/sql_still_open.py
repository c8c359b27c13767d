"""The statement that counts the sheets which are not settled."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def count_sheets(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """How many sheets of each of these parties are open, and how many closed and are not settled."""
    return await conn.fetch(
        """
        SELECT k.position, b.reference AS legal_entity, s.currency,
            count(*) FILTER (WHERE s.status = 'OPEN')::integer AS open_sheets,
            count(*) FILTER (WHERE s.status <> 'OPEN')::integer AS unsettled_sheets
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        INNER JOIN sheet AS s ON s.platform_id = $1 AND s.party_id = k.party_id
            AND s.status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF')
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = s.book_id
        GROUP BY k.position, b.reference, s.currency
        ORDER BY k.position, b.reference COLLATE "C", s.currency
        """,
        conn.platform_id,
        party_ids,
    )
