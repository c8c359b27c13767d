"""A sheet is what happened in its period, moved once, and all of it goes somewhere."""

from tests.invariants.booked import BOOKED, SIGNED

# The local instant at which a line's business happened: of its event, which stands right after its entries.
_HAPPENED = """
    SELECT l.sequence, l.position, coalesce(v.occurred_at, e.requested_date::timestamp AT TIME ZONE s.zone) AS at
    FROM sheet_line AS c
    INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
    INNER JOIN line AS l ON l.sequence = c.sequence AND l.position = c.position
    INNER JOIN entry AS e ON e.sequence = l.sequence
    LEFT JOIN LATERAL (
        SELECT o.occurred_at FROM log_event AS o WHERE o.sequence > e.sequence AND e.cause <> ''
        ORDER BY o.sequence LIMIT 1
    ) AS v ON true
    WHERE NOT c.is_closing
"""

SHEET_LAWS: dict[str, str] = {
    "a line of a party is on one sheet at most": """
        SELECT c.sequence, c.position FROM sheet_line AS c GROUP BY c.sequence, c.position HAVING count(*) > 1
    """,
    "a sheet is its lines on its party's accounts": f"""
        SELECT s.sheet_id, s.total_minor FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT sum({SIGNED}) FILTER (WHERE NOT c.is_closing) AS total, sum({SIGNED}) AS rest,
                bool_and((a.party_id, a.book_id, a.currency) = (s.party_id, s.book_id, s.currency)) AS is_own
            FROM sheet_line AS c
            INNER JOIN line AS l ON l.sequence = c.sequence AND l.position = c.position
            INNER JOIN account AS a ON a.account_id = l.account_id
            WHERE c.sheet_id = s.sheet_id
        ) AS k ON true
        WHERE s.status NOT IN ('OPEN', 'CLOSING')
            AND (coalesce(k.total, 0) <> s.total_minor OR coalesce(k.rest, 0) <> 0 OR NOT coalesce(k.is_own, true))
    """,
    "a closing moves a sheet's total from the party's open accounts": f"""
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT sum(b.signed) AS moved FROM ({BOOKED}) AS b
            WHERE b.sequence = s.closing_sequence AND b.code IN ('2015', '1200')
        ) AS k ON true
        WHERE s.status <> 'OPEN' AND coalesce(k.moved, 0) <> s.total_minor
    """,
    "paid, withheld, retained, netted, held and left are the total": """
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT ARRAY[
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'NETTED'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'RETAINED'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'HELD'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'WITHHELD'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAYOUT'), 0),
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAID'), 0)
            ]::bigint[] AS sums FROM sheet_movement AS m WHERE m.sheet_id = s.sheet_id
        ) AS k ON true
        WHERE s.total_minor > 0 AND (
            k.sums <> ARRAY[
                s.netted_minor, s.retained_minor, s.held_minor, s.withheld_minor, s.payout_minor, s.paid_minor
            ]
            OR s.netted_minor + s.retained_minor + s.held_minor + s.withheld_minor + s.payout_minor > s.total_minor
            OR (s.status IN ('PAID', 'COMPLETED') AND s.total_minor
                <> s.netted_minor + s.retained_minor + s.withheld_minor + s.paid_minor)
        )
    """,
    "what a rate retains of a sheet is of what its party earned, not of what deposits gave back": """
        SELECT d.slice_id FROM deposit_slice AS d
        INNER JOIN deposit_agreement AS g ON g.agreement_id = d.agreement_id AND g.basis = 'PERIOD_NET'
        INNER JOIN sheet AS s ON s.sheet_id = d.sheet_id
        LEFT JOIN LATERAL (
            SELECT sum(c.amount_minor) AS back FROM sheet_line AS c INNER JOIN entry AS e ON e.sequence = c.sequence
            WHERE c.sheet_id = s.sheet_id AND NOT c.is_closing AND e.template = 'DEPOSIT_RELEASED'
        ) AS k ON true
        WHERE d.principal_minor > round(g.rate::numeric * greatest(s.total_minor - coalesce(k.back, 0), 0))
    """,
    "a closed sheet takes nothing that was posted later": """
        SELECT c.sequence, c.sheet_id FROM sheet_line AS c INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
        WHERE c.sequence > s.through_sequence AND (NOT c.is_closing OR c.sequence <> s.closing_sequence)
    """,
    "a late fact is on a later sheet and says where it is from": f"""
        SELECT c.sequence, c.position FROM sheet_line AS c INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id
        INNER JOIN ({_HAPPENED}) AS h ON h.sequence = c.sequence AND h.position = c.position
        WHERE h.at >= s.period_end OR (h.at < s.period_start) <> (c.original_period_start IS NOT NULL)
            OR c.original_period_start > h.at
    """,
    "what receipts clear of a sheet is what it has collected": """
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN (
            SELECT m.sheet_id, sum(m.amount_minor) AS cleared FROM receipt_match AS m
            WHERE NOT EXISTS (SELECT 1 FROM receipt_unmatch AS u WHERE u.match_id = m.match_id)
            GROUP BY m.sheet_id
        ) AS k ON k.sheet_id = s.sheet_id
        WHERE s.collected_minor <> coalesce(k.cleared, 0)
    """,
    "what a slice owes buyers is on claims that are not paid": f"""
        SELECT s.slice_id FROM deposit_slice AS s
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'deposit/' || s.slice_id AND b.code = '2070'
        GROUP BY s.platform_id, s.slice_id
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(c.amount_minor) FROM deposit_movement AS c
            WHERE c.slice_id = s.slice_id AND c.kind = 'CLAIMED' AND c.counterparty_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM deposit_movement AS p
                WHERE p.slice_id = c.slice_id AND p.kind = 'CLAIM_PAID' AND p.reference = c.reference
            )
        ), 0)
    """,
}
