"""Statements on what sheets have of which documents, and the other way round."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_named import NAMED_OR_CLAIMED, NAMES
from ledger.reporting.sql_scope import within
from ledger.reporting.sql_sheets import OPEN_ACCOUNTS, STANDING
from ledger.settlement.sheets.keys import KINDS

Row = asyncpg.Record

PART_SUM = "sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS amount_minor"

# The lines of documents `k`, or of one step of them, on accounts that sheets settle ($5), of parties in the scope ($4),
# with the sheet of each.
LINES = f"""CROSS JOIN LATERAL (
            SELECT o.sequence, o.document, o.document_line FROM entry AS o
            WHERE o.platform_id = $1 AND o.document = k.document AND o.document <> ''
                AND (k.document_line IS NULL OR o.document_line = k.document_line)
                AND (k.step IS NULL OR o.sequence = k.step)
        ) AS e
        CROSS JOIN LATERAL (SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.sequence = e.sequence) AS l
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.code FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
        ) AS a
        LEFT JOIN LATERAL (
            SELECT o.sheet_id, o.is_closing FROM sheet_line AS o
            WHERE o.platform_id = $1 AND o.sequence = l.sequence AND o.position = l.position LIMIT 1
        ) AS t ON true
        WHERE a.code = ANY($5::text[]) AND t.is_closing IS NOT true AND {within("a.party_id", scope="$4")}"""

_OF_DOCUMENTS = f"""
    SELECT g.*, {NAMES}
    FROM (
        SELECT k.position, t.sheet_id, a.party_id, e.document, e.document_line, l.currency, {PART_SUM},
            array_agg(DISTINCT e.sequence) AS sequences
        FROM unnest($2::text[], $3::text[], $6::bigint[]) WITH ORDINALITY AS k (
            document, document_line, step, position
        )
        {LINES}
        GROUP BY k.position, t.sheet_id, a.party_id, e.document, e.document_line, l.currency
    ) AS g
    {NAMED_OR_CLAIMED}
    ORDER BY g.position, g.document_line COLLATE "C", g.party_id, g.sheet_id
"""


async def list_parts_of_documents(
    conn: Connection,
    *,
    documents: Sequence[str],
    lines: Sequence[str | None],
    steps: Sequence[int | None],
    codes: Sequence[str],
    scope: int | None,
) -> list[Row]:
    """
    What parties earned by documents, or by one line or one step of each, with the sheet that has it; several rows per
    key.
    """
    return await conn.fetch(_OF_DOCUMENTS, conn.platform_id, documents, lines, scope, codes, steps)


# The places of the entries that a part may be of, which begins at `since` with a line of the document `e`.
_OF_PART = """(
                SELECT f.since AS sequence WHERE e.document = ''
                UNION ALL
                SELECT o.sequence FROM entry AS o
                WHERE o.platform_id = $1 AND o.document = e.document AND o.document <> ''
                    AND o.document_line = e.document_line
            )"""

# A part begins where its document comes first on its sheet. So a page goes along the lines from where the one before it
# ended, so many at a time, sheet by sheet until it is full: `begun` are the places at which parts begin among the lines
# of a step, which are of the sheet at `own`; the next one goes on at `place` behind a line. What has no document is
# told entry by entry.
_LINES_AT_ONCE = 128
_OF_SHEETS = f"""
    WITH RECURSIVE walk AS (
        SELECT 0 AS own, 1 AS place, CASE ($2::bigint[])[1] WHEN $3::bigint THEN $4::bigint ELSE 0 END AS sequence,
            32767::smallint AS position, $5::bigint AS room, '{{}}'::bigint[] AS begun
        UNION ALL
        SELECT w.place, w.place + CASE x.size WHEN {_LINES_AT_ONCE} THEN 0 ELSE 1 END,
            CASE x.size WHEN {_LINES_AT_ONCE} THEN x.sequence ELSE 0 END, coalesce(x.position, 0::smallint),
            w.room - cardinality(x.begun), x.begun
        FROM walk AS w
        CROSS JOIN LATERAL (
            SELECT count(*) AS size, max(o.sequence) AS sequence,
                (array_agg(o.position ORDER BY o.sequence DESC, o.position DESC))[1] AS position,
                coalesce(
                    array_agg(o.sequence ORDER BY o.sequence) FILTER (WHERE NOT EXISTS (
                        SELECT 1 FROM sheet_line AS c
                        WHERE c.platform_id = $1 AND c.sequence = o.sequence AND c.position < o.position
                            AND c.sheet_id = o.sheet_id AND NOT c.is_closing
                    ) AND NOT EXISTS (
                        SELECT 1 FROM entry AS b
                        CROSS JOIN LATERAL (
                            SELECT 1 FROM sheet_line AS c
                            WHERE c.platform_id = $1 AND c.sequence = b.sequence AND c.sheet_id = o.sheet_id
                                AND NOT c.is_closing LIMIT 1
                        ) AS c
                        WHERE b.platform_id = $1 AND b.document = e.document AND b.document <> ''
                            AND b.document_line = e.document_line AND b.sequence < o.sequence
                    )),
                    '{{}}'
                ) AS begun
            FROM (
                SELECT t.sequence, t.position, t.sheet_id FROM sheet_line AS t
                WHERE t.platform_id = $1 AND t.sheet_id = ($2::bigint[])[w.place] AND t.sheet_id > 0
                    AND NOT t.is_closing AND (t.sequence, t.position) > (w.sequence, w.position)
                ORDER BY t.sequence, t.position LIMIT {_LINES_AT_ONCE}
            ) AS o
            CROSS JOIN LATERAL (
                SELECT e.document, e.document_line FROM entry AS e
                WHERE e.platform_id = $1 AND e.sequence = o.sequence LIMIT 1
            ) AS e
        ) AS x
        WHERE w.room > 0 AND w.place <= cardinality($2)
    )
    SELECT g.*, {NAMES}
    FROM (
        SELECT s.sheet_id, s.party_id, s.currency, f.since, e.document, e.document_line, m.amount_minor, m.sequences
        FROM (
            SELECT w.own, b.since FROM walk AS w CROSS JOIN LATERAL unnest(w.begun) AS b (since)
            ORDER BY w.own, b.since LIMIT $5
        ) AS f
        CROSS JOIN LATERAL (
            SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = ($2::bigint[])[f.own] LIMIT 1
        ) AS s
        CROSS JOIN LATERAL (
            SELECT o.document, o.document_line FROM entry AS o
            WHERE o.platform_id = $1 AND o.sequence = f.since LIMIT 1
        ) AS e
        CROSS JOIN LATERAL (
            SELECT sum(c.amount_minor)::bigint AS amount_minor, array_agg(DISTINCT c.sequence) AS sequences
            FROM {_OF_PART} AS b
            CROSS JOIN LATERAL (
                SELECT o.sequence, o.amount_minor FROM sheet_line AS o
                WHERE o.platform_id = $1 AND o.sequence = b.sequence AND o.sheet_id = s.sheet_id AND NOT o.is_closing
                OFFSET 0
            ) AS c
        ) AS m
    ) AS g
    {NAMED_OR_CLAIMED}
    ORDER BY g.sheet_id, g.since
"""


async def list_parts_of_sheets(
    conn: Connection, *, sheet_ids: Sequence[int], after: tuple[int, int], limit: int
) -> list[Row]:
    """What sheets that have closed are made of, document by document, behind a sheet and a place in the log."""
    wanted = sorted(sheet_id for sheet_id in set(sheet_ids) if sheet_id >= after[0])
    return await conn.fetch(_OF_SHEETS, conn.platform_id, wanted, *after, limit)


# As above, along the lines that stand on an open sheet now, which no sheet has claimed: they are of the accounts `x`
# that it settles, and a part begins at a line before which none of its document stands.
_STANDS = f"""EXISTS (
                        SELECT 1 FROM own AS x
                        CROSS JOIN LATERAL (SELECT 1 {STANDING} AND {{which}} OFFSET 0) AS l
                    )"""
_OF_OPEN_SHEET = f"""
    WITH RECURSIVE own AS MATERIALIZED ({OPEN_ACCOUNTS}), walk AS (
        SELECT $6::bigint AS sequence, 32767::smallint AS position, {_LINES_AT_ONCE}::bigint AS size,
            $7::bigint AS room, '{{}}'::bigint[] AS begun
        UNION ALL
        SELECT y.sequence, y.position, y.size, w.room - cardinality(y.begun), y.begun
        FROM walk AS w
        CROSS JOIN LATERAL (
            SELECT count(*) AS size, max(c.sequence) AS sequence,
                (array_agg(c.position ORDER BY c.sequence DESC, c.position DESC))[1] AS position,
                coalesce(
                    array_agg(c.sequence ORDER BY c.sequence) FILTER (WHERE NOT {
    _STANDS.format(which="o.sequence = c.sequence AND o.position < c.position")
} AND NOT EXISTS (
                        SELECT 1 FROM entry AS b
                        WHERE b.platform_id = $1 AND b.document = e.document AND b.document <> ''
                            AND b.document_line = e.document_line AND b.sequence < c.sequence
                            AND {_STANDS.format(which="o.sequence = b.sequence")}
                    )),
                    '{{}}'
                ) AS begun
            FROM (
                SELECT l.sequence, l.position FROM own AS x
                CROSS JOIN LATERAL (
                    SELECT o.sequence, o.position {STANDING}
                        AND (o.sequence, o.position) > (w.sequence, w.position)
                    ORDER BY o.sequence, o.version LIMIT {_LINES_AT_ONCE}
                ) AS l
                ORDER BY l.sequence, l.position LIMIT {_LINES_AT_ONCE}
            ) AS c
            CROSS JOIN LATERAL (
                SELECT e.document, e.document_line FROM entry AS e
                WHERE e.platform_id = $1 AND e.sequence = c.sequence LIMIT 1
            ) AS e
        ) AS y
        WHERE w.room > 0 AND w.size = {_LINES_AT_ONCE}
    )
    SELECT g.*, {NAMES}
    FROM (
        SELECT NULL::bigint AS sheet_id, s.party_id, s.currency, f.since, e.document, e.document_line, m.amount_minor,
            m.sequences
        FROM (
            SELECT b.since FROM walk AS w CROSS JOIN LATERAL unnest(w.begun) AS b (since) ORDER BY b.since LIMIT $7
        ) AS f
        CROSS JOIN (SELECT x.party_id, x.currency FROM own AS x LIMIT 1) AS s
        CROSS JOIN LATERAL (
            SELECT o.document, o.document_line FROM entry AS o
            WHERE o.platform_id = $1 AND o.sequence = f.since LIMIT 1
        ) AS e
        CROSS JOIN LATERAL (
            SELECT sum(l.amount_minor)::bigint AS amount_minor, array_agg(DISTINCT l.sequence) AS sequences
            FROM {_OF_PART} AS b
            CROSS JOIN own AS x
            CROSS JOIN LATERAL (
                SELECT o.sequence, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount_minor {STANDING}
                    AND o.sequence = b.sequence
                OFFSET 0
            ) AS l
        ) AS m
    ) AS g
    {NAMED_OR_CLAIMED}
    ORDER BY g.since
"""


async def list_parts_of_open_sheet(conn: Connection, *, sheet_id: int, after: int, limit: int) -> list[Row]:
    """What stands on an open sheet now, document by document, behind a place in the log."""
    return await conn.fetch(_OF_OPEN_SHEET, conn.platform_id, [sheet_id], *KINDS, after, limit)


_TOTALS_OF_SHEETS = """
    SELECT k.position, s.sheet_id, s.party_id, s.currency, t.amount_minor, t.line_count
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1) AS s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(o.amount_minor), 0)::bigint AS amount_minor, count(*) AS line_count FROM sheet_line AS o
        WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0 AND NOT o.is_closing
    ) AS t
    WHERE t.line_count > 0
"""


async def sum_parts_of_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """What all lines of each of these sheets come to, and how many they are; none for sheets without any."""
    return await conn.fetch(_TOTALS_OF_SHEETS, conn.platform_id, sheet_ids)


_NAMED_BY = f"""
    SELECT g.position, {NAMES}
    FROM (
        SELECT k.position, k.document, k.document_line, ARRAY[k.sequence] AS sequences
        FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS k (
            document, document_line, sequence, position
        )
    ) AS g
    {NAMED_OR_CLAIMED}
    WHERE n.order_reference <> ''
"""


async def find_lines_named(
    conn: Connection, *, documents: Sequence[str], lines: Sequence[str], sequences: Sequence[int]
) -> list[Row]:
    """The order, and the line of it, that the document of each of these entries names; none for those without."""
    return await conn.fetch(_NAMED_BY, conn.platform_id, documents, lines, sequences)


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
