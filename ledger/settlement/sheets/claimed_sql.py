"""On which sheets the lines of documents are."""

from collections.abc import Sequence
from datetime import datetime

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


async def find_ended(
    conn: Connection,
    *,
    party_ids: Sequence[int],
    book_ids: Sequence[int],
    roles: Sequence[str],
    modes: Sequence[str],
    currencies: Sequence[str],
    now: datetime,
) -> list[Row]:
    """Of the sheets of these keys that are open though their period has ended by now: the first, and its last day."""
    return await conn.fetch(
        """
        SELECT k.place, s.sheet_id, s.last_day
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
            AS k (party_id, book_id, role, mode, currency, place)
        CROSS JOIN LATERAL (
            SELECT o.sheet_id, ((o.period_end - interval '1 microsecond') AT TIME ZONE o.zone)::date AS last_day
            FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.book_id = k.book_id AND o.role = k.role
                AND o.mode = k.mode AND o.currency = k.currency AND o.status = 'OPEN' AND o.period_end <= $7
            ORDER BY o.period_start LIMIT 1
        ) AS s
        """,
        conn.platform_id,
        party_ids,
        book_ids,
        roles,
        modes,
        currencies,
        now,
    )
