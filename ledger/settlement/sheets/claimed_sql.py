"""On which sheets the lines of documents are."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_claims(
    conn: Connection, *, documents: Sequence[str], lines: Sequence[str], party_ids: Sequence[int]
) -> list[Row]:
    """The sheets on which entries of these documents, each by one of its lines, are for this party, with the sums."""
    return await conn.fetch(
        """
        SELECT k.place, c.sheet_id, sum(c.amount_minor)::bigint AS amount_minor
        FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY
            AS k (document, document_line, party_id, place)
        INNER JOIN entry AS e ON e.platform_id = $1 AND e.document = k.document AND e.document <> ''
            AND e.document_line = k.document_line
        INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
        CROSS JOIN LATERAL (
            SELECT o.party_id FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
        ) AS a
        CROSS JOIN LATERAL (
            SELECT o.sheet_id, o.amount_minor FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sequence = l.sequence AND o.position = l.position LIMIT 1
        ) AS c
        WHERE a.party_id = k.party_id
        GROUP BY k.place, c.sheet_id
        ORDER BY k.place, c.sheet_id
        """,
        conn.platform_id,
        documents,
        lines,
        party_ids,
    )
