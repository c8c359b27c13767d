"""The statements behind what became of each document on a sheet: what they brought, and what took of the sheet."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_named import NAMED, RETURNED_DISPUTE, SHEET_AWAITS, SHEET_UNTIL, returned_awaits
from ledger.settlement.left_sql import is_too_little, kept_of

Row = asyncpg.Record

# What is of one order is one document here, and so is everything else by its own name. OFFSET 0: what a sheet waits for
# is asked once, not once for each document.
_DOCUMENTS = f"""
    SELECT k.position, s.sheet_id, s.status, w.awaits, w.until, s.total_minor, s.payout_minor, s.paid_minor, u.document,
        u.amount_minor, h.held_minor, h.release_condition,
        h.expected_release_date, h.legal_ground
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1) AS s
    CROSS JOIN LATERAL (SELECT {is_too_little("s")} AS is_too_little) AS c
    CROSS JOIN LATERAL (SELECT {SHEET_AWAITS} AS awaits, {SHEET_UNTIL} AS until OFFSET 0) AS w
    CROSS JOIN LATERAL (
        SELECT CASE WHEN coalesce(n.order_reference, '') = '' THEN g.document ELSE 'order/' || n.order_reference END
                AS document,
            sum(g.amount_minor)::bigint AS amount_minor, min(g.since) AS since
        FROM (
            SELECT e.document, '' AS document_line, sum(t.amount_minor) AS amount_minor, min(t.sequence) AS since
            FROM sheet_line AS t
            CROSS JOIN LATERAL (
                SELECT o.document FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = t.sequence LIMIT 1
            ) AS e
            WHERE t.platform_id = $1 AND t.sheet_id = k.sheet_id AND t.sheet_id > 0 AND NOT t.is_closing
            GROUP BY e.document
        ) AS g
        {NAMED}
        GROUP BY 1
    ) AS u
    LEFT JOIN LATERAL (
        SELECT o.amount_minor - o.lifted_minor AS held_minor, o.release_condition, o.expected_release_date,
            o.legal_ground
        FROM hold AS o
        WHERE o.platform_id = $1
            AND o.hold_id = CASE WHEN u.document ~ '^hold/[0-9]{{1,18}}$' THEN substr(u.document, 6)::bigint END
        LIMIT 1
    ) AS h ON true
    ORDER BY k.position, u.since, u.document COLLATE "C"
"""


async def list_documents(conn: Connection, *, sheet_ids: Sequence[int], tells_all: bool) -> list[Row]:
    """
    What each document brought to these sheets, as it came, with the figures of the sheet; of a hold that names no
    order also what it still holds, and on what ground. Reads every line of the sheets.
    """
    return await conn.fetch(_DOCUMENTS, conn.platform_id, sheet_ids, tells_all)


async def list_takes(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """
    What was taken of these sheets by what, what was given back deducted, with what a hold or a slice says of it; what
    payouts pay is not among it.
    """
    return await conn.fetch(
        f"""
        SELECT k.position, m.kind, m.reference, m.amount_minor, h.order_reference, h.release_condition,
            h.expected_release_date, h.legal_ground, d.kind AS slice_kind, d.status AS slice_status, d.left_minor,
            d.claimed_minor, d.forfeited_minor, d.releasable_date, d.legal_ground AS slice_ground
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT o.kind, o.reference, sum(o.amount_minor)::bigint AS amount_minor, min(o.movement_id) AS since
            FROM sheet_movement AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0
                AND o.kind NOT IN ('PAYOUT', 'PAID')
            GROUP BY o.kind, o.reference HAVING sum(o.amount_minor) <> 0
        ) AS m
        LEFT JOIN LATERAL (
            SELECT o.order_reference, o.release_condition, o.expected_release_date, o.legal_ground FROM hold AS o
            WHERE o.platform_id = $1
                AND o.hold_id = CASE WHEN m.reference ~ '^hold/[0-9]{{1,18}}$' THEN substr(m.reference, 6)::bigint END
            LIMIT 1
        ) AS h ON true
        LEFT JOIN LATERAL (
            SELECT o.kind, o.status, o.claimed_minor, o.forfeited_minor, o.releasable_date, g.legal_ground,
                {kept_of("o")} - o.due_minor AS left_minor
            FROM deposit_slice AS o
            CROSS JOIN LATERAL (
                SELECT a.legal_ground FROM deposit_agreement AS a
                WHERE a.platform_id = $1 AND a.agreement_id = o.agreement_id LIMIT 1
            ) AS g
            WHERE o.platform_id = $1
                AND o.slice_id = CASE
                    WHEN m.reference ~ '^deposit/[0-9]{{1,18}}$' THEN substr(m.reference, 9)::bigint
                END
            LIMIT 1
        ) AS d ON true
        ORDER BY k.position, m.since, m.kind, m.reference COLLATE "C"
        """,
        conn.platform_id,
        sheet_ids,
    )


async def list_paying(conn: Connection, *, sheet_ids: Sequence[int], tells_all: bool) -> list[Row]:
    """
    The payouts that claimed something of these sheets, what each takes, what of it has arrived, and the chargeback that
    what came back of it waits for.
    """
    return await conn.fetch(
        f"""
        SELECT k.position, p.payout_id, p.taken_minor, p.stands, o.status, o.takes_from, o.due_date, o.reason,
            CASE o.status
                WHEN 'CREATED' THEN 'SUBMISSION' WHEN 'UNKNOWN' THEN 'BANK_ANSWER'
                WHEN 'RETURNED' THEN {returned_awaits("r.dispute_reference")} ELSE 'BANK'
            END AS awaits,
            coalesce(m.arrived_minor, 0) AS arrived_minor, coalesce(r.dispute_reference, '') AS dispute_reference
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM payout_sheet AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0
        ) AS p
        CROSS JOIN LATERAL (
            SELECT * FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = p.payout_id LIMIT 1
        ) AS o
        LEFT JOIN LATERAL (
            SELECT {RETURNED_DISPUTE} AS dispute_reference WHERE o.status = 'RETURNED' OFFSET 0
        ) AS r ON true
        LEFT JOIN LATERAL (
            SELECT sum(v.amount_minor)::bigint AS arrived_minor FROM sheet_movement AS v
            WHERE v.platform_id = $1 AND v.sheet_id = k.sheet_id AND v.sheet_id > 0 AND v.kind = 'PAID'
                AND v.reference = 'payout/' || p.payout_id
        ) AS m ON true
        ORDER BY k.position, p.payout_id
        """,
        conn.platform_id,
        sheet_ids,
        tells_all,
    )
