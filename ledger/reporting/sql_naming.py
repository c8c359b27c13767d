"""Statements on what names orders and lines of them, and on what all of that comes to."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_scope import within
from ledger.reporting.sql_settled import LINES, PART_SUM

Row = asyncpg.Record

# What names the order `k`, or the line of it, and is of parties in the scope: four kinds of documents, each found by
# its order. A page takes as many of fee lines, of adjustments and of claims as it has room for; each of them has a
# place in the log of its own. Only holds, of which an order has few, are all looked at: their places stand with their
# movements. A claim, and what pays it, is a step of a slice that has others: it is told by its place, and names the
# order as a whole.
_FEE_LINES = f"""FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.order_reference = k.order_reference AND f.order_reference <> ''
            AND (k.line_reference IS NULL OR f.line_reference = k.line_reference)
            AND NOT f.compare_only AND {within("f.party_id", scope="$4")}"""
_FEE_LINES_NAMING = f"""
        SELECT f.sequence, 'fee-line/' || f.reference AS document {_FEE_LINES}"""
_ADJUSTMENTS_NAMING = f"""
        SELECT j.sequence, 'adjustment/' || j.reference FROM adjustment AS j
        WHERE j.platform_id = $1 AND j.order_reference = k.order_reference AND j.order_reference <> ''
            AND (k.line_reference IS NULL OR j.line_reference = k.line_reference)
            AND j.status = 'POSTED'
            AND ({within("j.party_id", scope="$4")} OR {within("j.counterparty_id", scope="$4")})"""
_HOLDS_NAMING = f"""
        SELECT m.sequence, 'hold/' || h.hold_id FROM hold AS h
        CROSS JOIN LATERAL (
            SELECT min(o.sequence) AS sequence FROM hold_movement AS o
            WHERE o.platform_id = $1 AND o.hold_id = h.hold_id
        ) AS m
        WHERE h.platform_id = $1 AND h.order_reference = k.order_reference AND h.order_reference <> ''
            AND (k.line_reference IS NULL OR h.line_reference = k.line_reference)
            AND {within("h.party_id", scope="$4")}"""
_CLAIMS_NAMING = f"""
        SELECT m.sequence, 'deposit/' || m.slice_id FROM deposit_movement AS m
        CROSS JOIN LATERAL (
            SELECT o.party_id FROM deposit_slice AS o WHERE o.platform_id = $1 AND o.slice_id = m.slice_id LIMIT 1
        ) AS s
        WHERE m.platform_id = $1 AND m.order_reference = k.order_reference AND m.order_reference <> ''
            AND k.line_reference IS NULL
            AND ({within("s.party_id", scope="$4")} OR {within("m.counterparty_id", scope="$4")})"""
_DOCUMENTS = f"""
    SELECT d.sequence, d.document
    FROM (SELECT $2::text AS order_reference, $3::text AS line_reference) AS k
    CROSS JOIN LATERAL (
        ({_FEE_LINES_NAMING}
            AND f.sequence >= $5 AND (f.sequence > $5 OR ('fee-line/' || f.reference) COLLATE "C" > $6)
        ORDER BY f.sequence LIMIT $7)
        UNION ALL
        ({_ADJUSTMENTS_NAMING}
            AND j.sequence >= $5 AND (j.sequence > $5 OR ('adjustment/' || j.reference) COLLATE "C" > $6)
        ORDER BY j.sequence LIMIT $7)
        UNION ALL
        ({_HOLDS_NAMING}
            AND (m.sequence, ('hold/' || h.hold_id) COLLATE "C") > ($5::bigint, $6::text))
        UNION ALL
        ({_CLAIMS_NAMING}
            AND m.sequence >= $5 AND (m.sequence > $5 OR ('deposit/' || m.slice_id) COLLATE "C" > $6)
        ORDER BY m.sequence LIMIT $7)
    ) AS d
    ORDER BY d.sequence, d.document COLLATE "C" LIMIT $7
"""


async def list_documents_naming(
    conn: Connection, *, order: str, line: str | None, scope: int | None, after: tuple[int, str], limit: int
) -> list[Row]:
    """What names an order, or a line of it, as it came, behind one of them; of slices of deposits step by step."""
    return await conn.fetch(_DOCUMENTS, conn.platform_id, order, line, scope, *after, limit)


_TOTALS_OF_ORDERS = f"""
    SELECT k.position, t.sheet_id, a.party_id, l.currency, {PART_SUM}, count(*) AS line_count
    FROM (
        SELECT k.position, d.document, d.document_line, d.step
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (order_reference, line_reference, position)
        CROSS JOIN LATERAL (
            SELECT 'order/' || k.order_reference AS document, k.line_reference AS document_line,
                NULL::bigint AS step
            UNION ALL
            SELECT n.document, NULL, CASE WHEN n.document LIKE 'deposit/%' THEN n.sequence END FROM (
                {_FEE_LINES_NAMING}
                UNION ALL
                {_ADJUSTMENTS_NAMING}
                UNION ALL
                {_HOLDS_NAMING}
                UNION ALL
                {_CLAIMS_NAMING}
            ) AS n
        ) AS d
    ) AS k
    {LINES}
    GROUP BY k.position, t.sheet_id, a.party_id, l.currency
    ORDER BY k.position, t.sheet_id, a.party_id, l.currency
"""


async def sum_parts_of_orders(
    conn: Connection, *, orders: Sequence[str], lines: Sequence[str | None], codes: Sequence[str], scope: int | None
) -> list[Row]:
    """
    What parties earned by each order, or the line of it, and by all that names that, by the sheet that has it; several
    rows per key.
    """
    return await conn.fetch(_TOTALS_OF_ORDERS, conn.platform_id, orders, lines, scope, codes)


# A claim of a sheet says what it is of by itself: neither the lines of entries nor their accounts are looked at, and
# fee lines, of which an order may have thousands, say their entries.
_SHEETS_OF_ORDERS = f"""
    SELECT g.position, g.sheet_id
    FROM (
        SELECT DISTINCT k.position, t.sheet_id
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (order_reference, line_reference, position)
        CROSS JOIN LATERAL (
            SELECT f.entry AS sequence {_FEE_LINES}
            UNION ALL
            SELECT o.sequence
            FROM (
                SELECT 'order/' || k.order_reference AS document, k.line_reference AS document_line
                UNION ALL
                SELECT n.document, NULL FROM (
                    {_ADJUSTMENTS_NAMING}
                    UNION ALL
                    {_HOLDS_NAMING}
                ) AS n (sequence, document)
            ) AS d
            CROSS JOIN LATERAL (
                SELECT e.sequence FROM entry AS e
                WHERE e.platform_id = $1 AND e.document = d.document AND e.document <> ''
                    AND (d.document_line IS NULL OR e.document_line = d.document_line)
            ) AS o
            UNION ALL
            SELECT n.sequence FROM ({_CLAIMS_NAMING}) AS n
        ) AS e
        INNER JOIN sheet_line AS t ON t.platform_id = $1 AND t.sequence = e.sequence AND NOT t.is_closing
    ) AS g
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = g.sheet_id LIMIT 1
    ) AS s
    WHERE {within("s.party_id", scope="$4")}
    ORDER BY g.position, g.sheet_id
"""


async def list_sheets_of_orders(
    conn: Connection, *, orders: Sequence[str], lines: Sequence[str | None], scope: int | None
) -> list[Row]:
    """The sheets that have claimed something of what sum_parts_of_orders sums; several rows per key."""
    return await conn.fetch(_SHEETS_OF_ORDERS, conn.platform_id, orders, lines, scope)
