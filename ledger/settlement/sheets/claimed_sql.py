"""On which sheets the lines of documents are."""

from collections.abc import Collection, Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.settlement.sheets.instants_sql import instant_of

Row = asyncpg.Record

# The sheet that a line `l` of the account's party `a` is fixed on and that has not claimed it yet; null where none is.
# It is looked for among the party's: all that close together are very many (hence OFFSET).
_CLAIMING = f"""(
                SELECT k.sheet_id FROM (
                    SELECT * FROM sheet AS o
                    WHERE o.platform_id = $1 AND o.party_id = a.party_id AND o.status IN ('OPEN', 'CLOSING')
                    OFFSET 0
                ) AS k
                INNER JOIN sheet_account AS t ON t.platform_id = $1 AND t.sheet_id = k.sheet_id
                    AND t.account_id = l.account_id
                {instant_of("e.sequence = l.sequence")}
                WHERE k.status = 'CLOSING' AND k.through_sequence >= l.sequence AND i.instant < k.period_end
                ORDER BY k.period_start LIMIT 1
            )"""


async def find_claims(
    conn: Connection, *, documents: Sequence[str], lines: Sequence[str], party_ids: Sequence[int]
) -> list[Row]:
    """
    The sheets on which entries of these documents, each by one of its lines, are for this party, with the sums; also
    one that is fixed with them and is still claiming its lines.
    """
    return await conn.fetch(
        f"""
        SELECT k.place, w.sheet_id, sum(w.amount_minor)::bigint AS amount_minor
        FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY
            AS k (document, document_line, party_id, place)
        INNER JOIN entry AS e ON e.platform_id = $1 AND e.document = k.document AND e.document <> ''
            AND e.document_line = k.document_line
        INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
        CROSS JOIN LATERAL (
            SELECT o.party_id FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
        ) AS a
        LEFT JOIN LATERAL (
            SELECT o.sheet_id FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sequence = l.sequence AND o.position = l.position LIMIT 1
        ) AS c ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(c.sheet_id, {_CLAIMING}) AS sheet_id,
                CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END AS amount_minor
        ) AS w
        WHERE a.party_id = k.party_id AND w.sheet_id IS NOT NULL
        GROUP BY k.place, w.sheet_id
        ORDER BY k.place, w.sheet_id
        """,
        conn.platform_id,
        documents,
        lines,
        party_ids,
    )


async def sum_claimed(conn: Connection, *, sheet_ids: Sequence[int], sequences: Sequence[int]) -> list[Row]:
    """What these sheets claimed of the lines of these entries."""
    return await conn.fetch(
        """
        SELECT c.sheet_id, sum(c.amount_minor)::bigint AS amount_minor
        FROM unnest($2::bigint[]) AS k (sequence)
        INNER JOIN sheet_line AS c ON c.platform_id = $1 AND c.sequence = k.sequence
        WHERE c.sheet_id = ANY ($3::bigint[]) AND NOT c.is_closing
        GROUP BY c.sheet_id
        """,
        conn.platform_id,
        sequences,
        sheet_ids,
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
    changed: Collection[int | None],
) -> list[Row]:
    """
    The sheets of these keys that are open though their period has ended by now, in order, and those of parties whose
    terms have `changed`; None among them is all.
    """
    return await conn.fetch(
        """
        SELECT k.place, s.sheet_id
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
            AS k (party_id, book_id, role, mode, currency, place)
        CROSS JOIN LATERAL (
            SELECT o.sheet_id, o.period_start FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.book_id = k.book_id AND o.role = k.role
                AND o.mode = k.mode AND o.currency = k.currency AND o.status = 'OPEN' AND (
                    o.period_end <= $7 OR o.party_id = ANY ($8) OR $9
                )
        ) AS s
        ORDER BY k.place, s.period_start
        """,
        conn.platform_id,
        party_ids,
        book_ids,
        roles,
        modes,
        currencies,
        now,
        [party_id for party_id in changed if party_id is not None],
        None in changed,
    )
