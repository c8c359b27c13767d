"""Statements on what sheets have of which documents, and the other way round."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_named import NAMED, NAMES
from ledger.reporting.sql_scope import within

Row = asyncpg.Record

_PART = """sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS amount_minor,
        array_agg(DISTINCT e.sequence) AS sequences"""

_OF_DOCUMENTS = f"""
    SELECT g.*, {NAMES}
    FROM (
        SELECT k.position, t.sheet_id, a.party_id, e.document, e.document_line, l.currency, {_PART}
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (document, document_line, position)
        CROSS JOIN LATERAL (
            SELECT o.sequence, o.document, o.document_line FROM entry AS o
            WHERE o.platform_id = $1 AND o.document = k.document AND o.document <> ''
                AND (k.document_line IS NULL OR o.document_line = k.document_line)
        ) AS e
        CROSS JOIN LATERAL (SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.sequence = e.sequence) AS l
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.code FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
        ) AS a
        LEFT JOIN LATERAL (
            SELECT o.sheet_id, o.is_closing FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sequence = l.sequence AND o.position = l.position LIMIT 1
        ) AS t ON true
        WHERE a.code = ANY($4::text[]) AND t.is_closing IS NOT true AND {within("a.party_id", scope="$5")}
        GROUP BY k.position, t.sheet_id, a.party_id, e.document, e.document_line, l.currency
    ) AS g
    {NAMED}
    ORDER BY g.position, g.document_line COLLATE "C", g.party_id, g.sheet_id
"""


async def list_parts_of_documents(
    conn: Connection, *, documents: Sequence[str], lines: Sequence[str | None], codes: Sequence[str], scope: int | None
) -> list[Row]:
    """What parties earned by documents, or by one line of each, with the sheet that has it; several rows per key."""
    return await conn.fetch(_OF_DOCUMENTS, conn.platform_id, documents, lines, codes, scope)


_OF_SHEETS = f"""
    SELECT g.*, {NAMES}
    FROM (
        SELECT k.position, t.sheet_id, s.party_id, e.document, e.document_line, l.currency, {_PART},
            min(t.sequence) AS since
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1) AS s
        CROSS JOIN LATERAL (
            SELECT * FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0 AND NOT o.is_closing
        ) AS t
        CROSS JOIN LATERAL (
            SELECT * FROM line AS o
            WHERE o.platform_id = $1 AND o.sequence = t.sequence AND o.position = t.position LIMIT 1
        ) AS l
        CROSS JOIN LATERAL (
            SELECT o.sequence, o.document, o.document_line FROM entry AS o
            WHERE o.platform_id = $1 AND o.sequence = t.sequence LIMIT 1
        ) AS e
        GROUP BY k.position, t.sheet_id, s.party_id, e.document, e.document_line, l.currency
    ) AS g
    {NAMED}
    ORDER BY g.position, g.since, g.document COLLATE "C", g.document_line COLLATE "C"
"""


async def list_parts_of_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """What sheets that have closed are made of, document by document; several rows per key."""
    return await conn.fetch(_OF_SHEETS, conn.platform_id, sheet_ids)


_NAMING = f"""
    SELECT k.position, d.document
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (order_reference, line_reference, position)
    CROSS JOIN LATERAL (
        SELECT f.sequence, 'fee-line/' || f.reference AS document FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.order_reference = k.order_reference AND f.order_reference <> ''
            AND (k.line_reference IS NULL OR f.line_reference = k.line_reference)
            AND NOT f.compare_only AND {within("f.party_id", scope="$4")}
        UNION ALL
        SELECT j.sequence, 'adjustment/' || j.reference FROM adjustment AS j
        WHERE j.platform_id = $1 AND j.order_reference = k.order_reference AND j.order_reference <> ''
            AND (k.line_reference IS NULL OR j.line_reference = k.line_reference)
            AND j.status = 'POSTED'
            AND ({within("j.party_id", scope="$4")} OR {within("j.counterparty_id", scope="$4")})
        UNION ALL
        SELECT m.sequence, 'hold/' || h.hold_id FROM hold AS h
        CROSS JOIN LATERAL (
            SELECT min(o.sequence) AS sequence FROM hold_movement AS o
            WHERE o.platform_id = $1 AND o.hold_id = h.hold_id
        ) AS m
        WHERE h.platform_id = $1 AND h.order_reference = k.order_reference AND h.order_reference <> ''
            AND (k.line_reference IS NULL OR h.line_reference = k.line_reference)
            AND {within("h.party_id", scope="$4")}
    ) AS d
    ORDER BY k.position, d.sequence, d.document COLLATE "C"
"""


async def list_documents_naming(
    conn: Connection, *, orders: Sequence[str], lines: Sequence[str | None], scope: int | None
) -> list[Row]:
    """The fee lines, adjustments and holds that name these orders, or a line of each, as they came."""
    return await conn.fetch(_NAMING, conn.platform_id, orders, lines, scope)


_NAMED_BY = f"""
    SELECT g.position, {NAMES}
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS g (document, document_line, position)
    {NAMED}
    WHERE n.order_reference <> ''
"""


async def find_lines_named(conn: Connection, *, documents: Sequence[str], lines: Sequence[str]) -> list[Row]:
    """The order, and the line of it, that each of these documents names; none for those that name none."""
    return await conn.fetch(_NAMED_BY, conn.platform_id, documents, lines)


_PAYOUTS = """
    SELECT k.position, p.payout_id
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (
        SELECT o.payout_id FROM payout_sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id
    ) AS p
    ORDER BY k.position, p.payout_id
"""


async def list_payouts_of_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """The payouts that ever claimed something of these sheets, failed ones included; several rows per key."""
    return await conn.fetch(_PAYOUTS, conn.platform_id, sheet_ids)
