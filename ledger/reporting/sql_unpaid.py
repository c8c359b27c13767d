"""
The statements behind "why am I not paid": each part is of one account, so that the parts of a party add up to what
stands there. `position` is that of the party asked for.
"""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_named import RETURNED_DISPUTE, SHEET_AWAITS, SHEET_UNTIL, returned_awaits
from ledger.settlement.left_sql import is_too_little, kept_of, owed_of, payable_of
from ledger.settlement.sheets.instants_sql import instant_of_business
from ledger.settlement.sheets.keys import KIND_BY_CODE

Row = asyncpg.Record

# What a sheet has left: of a positive one to be paid, of a negative one owed (below zero).
_LEFT = f"CASE WHEN s.total_minor > 0 THEN {payable_of('s')} ELSE -{owed_of('s')} END"

# The last line of an account, credit minus debit.
_STANDS = """
    CROSS JOIN LATERAL (
        SELECT o.credit_after - o.debit_after AS amount FROM line AS o
        WHERE o.platform_id = $1 AND o.account_id = a.account_id ORDER BY o.sequence DESC, o.version DESC LIMIT 1
    ) AS l
"""

# What is open of an account, or of a line of it, stands on the sheet that will claim it. One that ends when somebody
# asks for it has no day (its period ends with terms.model.OPEN_END).
_DAYS = """
    CASE WHEN o.period_end < '9999-01-01T00:00:00Z' THEN o.due_date END AS due_date,
    CASE WHEN o.period_end < '9999-01-01T00:00:00Z' THEN (o.period_end AT TIME ZONE o.zone)::date END AS ends
"""
_ROLE_OF = " ".join(f"WHEN '{code}' THEN '{role}'" for code, (role, _) in KIND_BY_CODE.items())
_MODE_OF = " ".join(f"WHEN '{code}' THEN '{mode}'" for code, (_, mode) in KIND_BY_CODE.items())
_OF_KEY = f"""o.platform_id = $1 AND o.party_id = a.party_id AND o.book_id = a.book_id AND o.currency = a.currency
    AND o.role = CASE a.code {_ROLE_OF} END AND o.mode = CASE a.code {_MODE_OF} END
"""
# Of an account the first that is open, but for what happened after its end, which it leaves to those that follow; null
# where nobody has opened the one. Only lines of a business day from its last on may be that (fixing.find_day_limit):
# those posted since, and of those posted before the few that are dated otherwise.
_PLACED = f"""
    LEFT JOIN LATERAL (
        SELECT o.sheet_id, o.period_end, o.zone, {_DAYS} FROM sheet AS o
        WHERE {_OF_KEY} AND o.status = 'OPEN' ORDER BY o.period_start LIMIT 1
    ) AS s ON true
    CROSS JOIN LATERAL (
        SELECT least(s.period_end AT TIME ZONE s.zone, s.period_end AT TIME ZONE o.time_zone)::date AS day_limit
        FROM book AS o WHERE o.platform_id = $1 AND o.book_id = a.book_id LIMIT 1
    ) AS d
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT o.open_from_sequence - 1 FROM sheet_account AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
            ORDER BY o.open_from_sequence DESC LIMIT 1
        ), 0) AS claimed_through, coalesce((
            SELECT o.last_sequence FROM posting_day AS o
            WHERE o.platform_id = $1 AND o.day < d.day_limit ORDER BY o.day DESC LIMIT 1
        ), 0) AS before_limit
    ) AS r
    CROSS JOIN LATERAL (
        WITH later AS (
            SELECT n.sheet_id, n.due_date, n.ends, sum(m.amount)::bigint AS amount
            FROM (
                SELECT o.sequence, o.position, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount
                FROM line AS o
                WHERE s.sheet_id IS NOT NULL AND o.platform_id = $1 AND o.account_id = a.account_id
                    AND o.sequence > greatest(r.claimed_through, r.before_limit) AND o.business_date >= d.day_limit
                UNION ALL
                SELECT o.sequence, o.position, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END
                FROM line AS o
                WHERE s.sheet_id IS NOT NULL AND o.platform_id = $1 AND o.account_id = a.account_id
                    AND o.sequence > r.claimed_through AND o.sequence <= r.before_limit
                    AND o.business_date <> o.posting_day AND o.business_date >= d.day_limit
            ) AS m
            {instant_of_business("m", zone="s.zone")}
            LEFT JOIN LATERAL (
                SELECT o.sheet_id, {_DAYS} FROM sheet AS o
                WHERE {_OF_KEY} AND o.status = 'OPEN' AND o.period_end > i.instant ORDER BY o.period_end LIMIT 1
            ) AS n ON true
            WHERE i.instant >= s.period_end AND NOT EXISTS (
                SELECT 1 FROM sheet_line AS c
                WHERE c.platform_id = $1 AND c.sequence = m.sequence AND c.position = m.position
            )
            GROUP BY n.sheet_id, n.due_date, n.ends
        )
        SELECT s.sheet_id, s.due_date, s.ends, l.amount - coalesce((SELECT sum(v.amount) FROM later AS v), 0) AS amount
        UNION ALL
        SELECT v.sheet_id, v.due_date, v.ends, v.amount FROM later AS v
    ) AS w
"""

# What a party has on hold, and in suspense, as parts; a statement may say of which of it.
_ON_HOLD = """h.book_id, h.currency, 'ON_HOLD', '2050', h.amount_minor - h.lifted_minor, h.release_condition,
                h.expected_release_date, NULL, h.sheet_id, 'hold/' || h.hold_id, h.legal_ground
            FROM hold AS h
            WHERE h.platform_id = $1 AND h.party_id = k.party_id AND h.lifted_minor < h.amount_minor"""
_IN_SUSPENSE = """h.book_id, h.currency, 'SUSPENSE', '2200', i.amount_minor, 'DECISION',
                (i.deadline AT TIME ZONE find_time_zone($1, k.party_id))::date, NULL,
                NULL, 'order/' || i.order_reference, i.reason
            FROM suspense_item AS i
            CROSS JOIN LATERAL (
                SELECT coalesce(o.settling_book_id, o.book_id) AS book_id, o.currency FROM order_head AS o
                WHERE o.platform_id = $1 AND o.reference = i.order_reference LIMIT 1
            ) AS h
            WHERE i.platform_id = $1 AND i.owner_id = k.party_id AND i.status = 'OPEN' AND i.amount_minor > 0"""
# On what ground a slice `d` of a deposit is kept.
_GROUND = """CROSS JOIN LATERAL (
                SELECT o.legal_ground FROM deposit_agreement AS o
                WHERE o.platform_id = $1 AND o.agreement_id = d.agreement_id LIMIT 1
            ) AS g"""

_CODES = ", ".join(f"'{code}'" for code in KIND_BY_CODE)
_ACCRUED = f"({_CODES})"


async def find_unpaid(conn: Connection, *, party_ids: Sequence[int], tells_all: bool) -> list[Row]:
    """
    Everything that these parties are owed and have not been paid, and what they owe, one row per document that says
    why; one statement. Amounts count up for the party.
    """
    return await conn.fetch(
        f"""
        SELECT k.position, b.reference AS legal_entity, p.currency, p.state, p.code, p.amount_minor, p.awaits,
            p.until, p.due_date, p.sheet_id, p.document, p.ground
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        CROSS JOIN LATERAL (
            SELECT 1 AS rank, a.book_id, a.currency, 'ACCRUED' AS state, a.code, w.amount::bigint AS amount_minor,
                'PERIOD_END' AS awaits, w.ends AS until, w.due_date, w.sheet_id, '' AS document, '' AS ground
            FROM account AS a {_STANDS} {_PLACED}
            WHERE a.platform_id = $1 AND a.party_id = k.party_id AND a.code IN {_ACCRUED} AND w.amount <> 0
            UNION ALL
            SELECT 2, s.book_id, s.currency, CASE WHEN s.total_minor > 0 THEN 'ON_SHEET' ELSE 'OWED' END,
                CASE WHEN s.total_minor > 0 THEN '2015' ELSE '1200' END, {_LEFT},
                {SHEET_AWAITS}, {SHEET_UNTIL}, s.due_date, s.sheet_id, 'sheet/' || s.sheet_id, ''
            FROM sheet AS s
            CROSS JOIN LATERAL (SELECT {is_too_little("s")}) AS c (is_too_little)
            WHERE s.platform_id = $1 AND s.party_id = k.party_id AND s.status <> 'OPEN' AND {_LEFT} <> 0
            UNION ALL
            SELECT 3, o.book_id, o.currency, 'IN_PAYOUT', o.takes_from, o.gross_minor,
                'SUBMISSION', o.due_date, o.due_date,
                NULL, 'payout/' || o.payout_id, o.reason
            FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0 AND o.status = 'CREATED'
            UNION ALL
            SELECT 4, o.book_id, o.currency, 'IN_TRANSIT', '2190', o.transit_minor,
                CASE o.status WHEN 'UNKNOWN' THEN 'BANK_ANSWER' ELSE 'BANK' END, NULL, o.due_date,
                NULL, 'payout/' || o.payout_id, o.reason
            FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0
                AND o.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
            UNION ALL
            SELECT 4, o.book_id, o.currency, 'PAYOUT_FEE', '2015', o.fee_minor, 'BANK', NULL, o.due_date,
                NULL, 'payout/' || o.payout_id, ''
            FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0
                AND o.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
                AND o.fee_minor > 0
            UNION ALL
            SELECT 5, o.book_id, o.currency, 'RETURNED', '2016', o.net_minor,
                {returned_awaits("r.dispute_reference")},
                NULL, NULL, NULL, 'payout/' || o.payout_id, 'A payout came back' || coalesce(
                    ', and chargeback ' || r.dispute_reference || ' is not settled yet.', '.'
                )
            FROM payout AS o
            CROSS JOIN LATERAL (SELECT {RETURNED_DISPUTE} OFFSET 0) AS r (dispute_reference)
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0 AND o.status = 'RETURNED'
                AND NOT EXISTS (
                    SELECT 1 FROM payout AS n
                    WHERE n.platform_id = $1 AND n.replaces = o.payout_id AND n.replaces IS NOT NULL
                        AND n.status NOT IN ('FAILED', 'CANCELLED')
                )
            UNION ALL
            SELECT 6, {_ON_HOLD}
            UNION ALL
            SELECT 7, d.book_id, d.currency, CASE d.kind WHEN 'SEC' THEN 'DEPOSIT' ELSE 'RETENTION' END, '2060',
                {kept_of("d")}, d.status, d.releasable_date, NULL, d.sheet_id, 'deposit/' || d.slice_id, g.legal_ground
            FROM deposit_slice AS d {_GROUND}
            WHERE d.platform_id = $1 AND d.party_id = k.party_id AND d.status IN ('DUE', 'HELD', 'RELEASABLE')
            UNION ALL
            SELECT 8, d.book_id, d.currency, 'OWED', '1220', -d.due_minor, 'COLLECTION', NULL, NULL, NULL,
                'deposit/' || d.slice_id, g.legal_ground
            FROM deposit_slice AS d {_GROUND}
            WHERE d.platform_id = $1 AND d.party_id = k.party_id AND d.status = 'DUE' AND d.due_minor > 0
            UNION ALL
            SELECT 9, {_IN_SUSPENSE}
            UNION ALL
            SELECT 10, a.book_id, a.currency, CASE a.code WHEN '2060' THEN 'DEPOSIT' ELSE 'OWED' END, a.code,
                l.amount - coalesce(d.amount, 0), 'OPENING', NULL, NULL, NULL, '', ''
            FROM account AS a {_STANDS}
            LEFT JOIN LATERAL (
                SELECT sum(CASE a.code
                    WHEN '2060' THEN {kept_of("o")} ELSE -o.due_minor
                END)::bigint AS amount
                FROM deposit_slice AS o
                WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.book_id = a.book_id
                    AND o.currency = a.currency AND o.status IN ('DUE', 'HELD', 'RELEASABLE') AND a.code <> '1210'
            ) AS d ON true
            WHERE a.platform_id = $1 AND a.party_id = k.party_id AND a.code IN ('2060', '1220', '1210')
                AND l.amount <> coalesce(d.amount, 0)
        ) AS p
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = p.book_id
        ORDER BY k.position, b.reference COLLATE "C", p.currency, p.rank, p.due_date, p.document COLLATE "C", p.code
        """,
        conn.platform_id,
        party_ids,
        tells_all,
    )


async def find_unpaid_of_orders(conn: Connection, *, party_ids: Sequence[int], orders: Sequence[str]) -> list[Row]:
    """
    What each party has of an order: its lines, those of its fee lines, holds and adjustments, by the sheet that claimed
    them (state ON_SHEET, whole, whatever became of it); what is on hold before any sheet and in suspense besides. One
    statement. Amounts count up for the party.
    """
    return await conn.fetch(
        f"""
        SELECT k.position, b.reference AS legal_entity, p.currency, p.state, p.code, p.amount_minor, p.awaits, p.until,
            p.due_date, p.sheet_id, p.document, p.ground
        FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS k (party_id, order_reference, position)
        CROSS JOIN LATERAL (
            WITH documents AS (
                SELECT 'order/' || k.order_reference AS document
                UNION ALL
                SELECT 'hold/' || h.hold_id FROM hold AS h
                WHERE h.platform_id = $1 AND h.order_reference = k.order_reference AND h.order_reference <> ''
                    AND h.party_id = k.party_id
                UNION ALL
                SELECT 'adjustment/' || j.reference FROM adjustment AS j
                WHERE j.platform_id = $1 AND j.order_reference = k.order_reference AND j.order_reference <> ''
                UNION ALL
                SELECT 'fee-line/' || f.reference FROM fee_line AS f
                WHERE f.platform_id = $1 AND f.order_reference = k.order_reference AND f.order_reference <> ''
                    AND f.party_id = k.party_id
            ), moved AS (
                SELECT a.book_id, a.code, a.currency, CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END AS amount,
                    CASE WHEN c.sheet_id IS NULL AND s.status = 'OPEN' THEN s.sheet_id END AS open_sheet_id,
                    coalesce(c.sheet_id, CASE s.status WHEN 'CLOSING' THEN s.sheet_id END) AS sheet_id,
                    s.due_date, s.ends
                FROM documents AS d
                INNER JOIN entry AS e ON e.platform_id = $1 AND e.document = d.document AND e.document <> ''
                INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
                CROSS JOIN LATERAL (
                    SELECT o.account_id, o.book_id, o.code, o.currency, o.party_id FROM account AS o
                    WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
                ) AS a
                LEFT JOIN LATERAL (
                    SELECT o.sheet_id FROM sheet_line AS o
                    WHERE o.platform_id = $1 AND o.sequence = l.sequence AND o.position = l.position LIMIT 1
                ) AS c ON true
                LEFT JOIN LATERAL (
                    SELECT o.sheet_id, o.status, {_DAYS} FROM sheet AS o
                    {instant_of_business("l", zone="o.zone")}
                    WHERE c.sheet_id IS NULL AND {_OF_KEY} AND o.period_end > i.instant
                        AND o.status IN ('OPEN', 'CLOSING')
                        AND (o.status = 'OPEN' OR o.through_sequence >= l.sequence)
                    ORDER BY o.period_end LIMIT 1
                ) AS s ON true
                WHERE a.party_id = k.party_id AND a.code IN {_ACCRUED}
            )
            SELECT 1 AS rank, a.book_id, a.currency, 'ACCRUED' AS state, a.code, a.amount_minor,
                'PERIOD_END' AS awaits, a.ends AS until, a.due_date, a.open_sheet_id AS sheet_id, '' AS document,
                '' AS ground
            FROM (
                SELECT m.book_id, m.currency, m.code, m.open_sheet_id, m.due_date, m.ends,
                    sum(m.amount)::bigint AS amount_minor
                FROM moved AS m WHERE m.sheet_id IS NULL
                GROUP BY m.book_id, m.currency, m.code, m.open_sheet_id, m.due_date, m.ends HAVING sum(m.amount) <> 0
            ) AS a
            UNION ALL
            SELECT 2, a.book_id, a.currency, 'ON_SHEET', '2015', a.amount_minor, s.status, s.due_date, s.due_date,
                s.sheet_id, 'sheet/' || s.sheet_id, ''
            FROM (
                SELECT m.book_id, m.currency, m.sheet_id, sum(m.amount)::bigint AS amount_minor FROM moved AS m
                WHERE m.sheet_id IS NOT NULL GROUP BY m.book_id, m.currency, m.sheet_id HAVING sum(m.amount) <> 0
            ) AS a
            CROSS JOIN LATERAL (
                SELECT o.sheet_id, o.status, o.due_date FROM sheet AS o
                WHERE o.platform_id = $1 AND o.sheet_id = a.sheet_id LIMIT 1
            ) AS s
            UNION ALL
            SELECT 3, {_ON_HOLD}
                AND h.order_reference = k.order_reference AND h.order_reference <> '' AND h.sheet_id IS NULL
            UNION ALL
            SELECT 4, {_IN_SUSPENSE} AND i.order_reference = k.order_reference
            UNION ALL
            SELECT 5, h.book_id, h.currency, 'NOT_SPLIT', '2000', 0, 'ORDER_SUCCESS', NULL, NULL, NULL,
                'order/' || h.reference, ''
            FROM order_head AS h
            WHERE h.platform_id = $1 AND h.reference = k.order_reference AND NOT h.is_split AND h.held_minor > 0
                AND EXISTS (
                    SELECT 1 FROM order_line AS o
                    WHERE o.platform_id = $1 AND o.order_reference = h.reference
                        AND (o.merchant_id = k.party_id OR o.agent_id = k.party_id OR k.party_id = ANY(o.chain))
                )
        ) AS p
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = p.book_id
        ORDER BY k.position, b.reference COLLATE "C", p.currency, p.rank, p.due_date, p.document COLLATE "C", p.code
        """,
        conn.platform_id,
        party_ids,
        orders,
    )
