"""A payout is what it takes of its sheets, leaves once, and what did not arrive stands where it stood."""

from tests.invariants.booked import BOOKED

PAYOUT_LAWS: dict[str, str] = {
    "a payout is what it takes of its sheets": """
        SELECT p.payout_id FROM payout AS p LEFT JOIN payout_sheet AS x ON x.payout_id = p.payout_id
        GROUP BY p.platform_id, p.payout_id, p.gross_minor, p.net_minor, p.fee_minor, p.withheld_minor
        HAVING p.gross_minor <> coalesce(sum(x.taken_minor + x.withheld_minor), 0)
            OR p.gross_minor <> p.net_minor + p.fee_minor + p.withheld_minor
    """,
    "what failed or was cancelled has given its sheets back": """
        SELECT p.payout_id, m.sheet_id FROM payout AS p
        INNER JOIN sheet_movement AS m ON m.reference = 'payout/' || p.payout_id
        WHERE p.status IN ('FAILED', 'CANCELLED')
        GROUP BY p.platform_id, p.payout_id, m.sheet_id, m.kind HAVING sum(m.amount_minor) <> 0
    """,
    "money of a sheet stands in one payout": """
        SELECT x.sheet_id FROM payout_sheet AS x
        INNER JOIN payout AS p ON p.payout_id = x.payout_id
        INNER JOIN sheet AS s ON s.sheet_id = x.sheet_id
        WHERE x.stands IN ('CLAIMED', 'PAID', 'RETURNED')
        GROUP BY s.platform_id, x.sheet_id, s.total_minor, s.netted_minor, s.retained_minor, s.held_minor
        HAVING sum(x.taken_minor + x.withheld_minor)
            > s.total_minor - s.netted_minor - s.retained_minor - s.held_minor
    """,
    "what is sent to a party was not claimed beside a debt that it did not dispute, but where it failed to be paid": """
        SELECT m.sheet_id, d.sheet_id AS debt FROM sheet_movement AS m
        INNER JOIN payout AS p ON m.reference = 'payout/' || p.payout_id
        INNER JOIN sheet AS s ON s.sheet_id = m.sheet_id
        INNER JOIN sheet AS d ON d.total_minor < 0 AND (d.party_id, d.book_id, d.role, d.mode, d.currency)
            = (s.party_id, s.book_id, s.role, s.mode, s.currency)
        WHERE m.kind = 'PAYOUT' AND m.amount_minor > 0 AND p.submission_id IS NOT NULL AND (
            SELECT h.status FROM sheet_history AS h
            WHERE h.sheet_id = d.sheet_id AND h.at < m.moved_at ORDER BY h.step_id DESC LIMIT 1
        ) NOT IN ('OPEN', 'CLOSING', 'DISPUTED', 'ADJUSTED') AND NOT EXISTS (
            SELECT 1 FROM sheet_history AS h
            WHERE h.sheet_id = s.sheet_id AND h.at <= m.moved_at AND h.status = 'PAY_FAILED' AND NOT EXISTS (
                SELECT 1 FROM sheet_movement AS c
                INNER JOIN sheet_movement AS q ON q.sheet_id = c.sheet_id AND q.reference = c.reference
                    AND q.kind = 'PAID' AND q.amount_minor > 0 AND q.movement_id < m.movement_id
                WHERE c.sheet_id = s.sheet_id AND c.kind = 'PAYOUT' AND c.amount_minor > 0 AND NOT EXISTS (
                    SELECT 1 FROM sheet_movement AS b
                    WHERE b.sheet_id = s.sheet_id AND b.kind = 'PAYOUT' AND b.amount_minor < 0
                        AND b.movement_id > c.movement_id AND b.movement_id < m.movement_id AND b.reference IN (
                            SELECT f.reason FROM sheet_history AS f
                            WHERE f.sheet_id = s.sheet_id AND f.status = 'PAY_FAILED'
                        )
                )
            )
        ) AND -d.total_minor > (
            SELECT coalesce(sum(n.amount_minor), 0) FROM sheet_movement AS n
            WHERE n.sheet_id = d.sheet_id AND n.movement_id < m.movement_id
        )
    """,
    "nothing is sent between accounts that were replaced, but what had left and two persons agreed to": """
        SELECT p.payout_id FROM payout AS p
        INNER JOIN payee_account AS y ON y.payee_account_id = p.payee_account_id
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id
        WHERE p.submitted_at > least(y.retired_at, b.retired_at) AND NOT EXISTS (
            SELECT 1 FROM approval AS a
            INNER JOIN approval_decision AS d ON d.approval_id = a.approval_id AND d.actor <> a.maker
            INNER JOIN bank_answer AS w ON a.subject = 'bank-answer/' || w.bank_answer_id AND w.kind = 'PAID'
            INNER JOIN payout AS f ON f.payout_id = w.payout_id AND f.status = 'FAILED'
            INNER JOIN payout_submission AS s ON s.submission_id = p.submission_id AND s.claimed_at = p.submitted_at
            WHERE a.approval_id = p.approval_id AND a.kind = 'LATE_PAYMENT' AND a.status = 'GRANTED'
                AND (f.payee_account_id, f.paying_account_id, f.net_minor)
                = (p.payee_account_id, p.paying_account_id, p.net_minor)
        )
    """,
    "what a payout has in transit is on its row": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '2190'
        GROUP BY p.platform_id, p.payout_id, p.transit_minor HAVING coalesce(sum(b.signed), 0) <> p.transit_minor
    """,
    "what a payout withholds is owed to the tax authority once it was sent": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '2110'
        GROUP BY p.platform_id, p.payout_id, p.withheld_minor, p.status
        HAVING coalesce(sum(b.signed), 0)
            <> CASE WHEN p.status IN ('CREATED', 'CANCELLED', 'FAILED') THEN 0 ELSE p.withheld_minor END
    """,
    "a payout leaves the bank account once, with what the bank took": f"""
        SELECT p.payout_id FROM payout AS p
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'payout/' || p.payout_id AND b.code = '1010'
        GROUP BY p.platform_id, p.payout_id, p.net_minor, p.bank_fee_minor, p.status
        HAVING -coalesce(sum(b.signed), 0)
            <> -p.bank_fee_minor - CASE WHEN p.status = 'PAID' THEN p.net_minor ELSE 0 END
    """,
    "a payout is in steps of its channel": """
        SELECT p.payout_id FROM payout AS p
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id
        WHERE p.takes_from = '2015' AND p.net_minor % b.step_minor <> 0
    """,
    "an answer that a person settled is the one that he saw": """
        SELECT a.bank_answer_id FROM bank_answer AS a
        LEFT JOIN bank_answer AS o ON o.bank_answer_id::text = a.reference
            AND o.status = 'DISMISSED' AND o.kind = a.kind AND CASE a.kind
                WHEN 'PAID' THEN o.amount_minor + o.fee_minor = a.amount_minor + a.fee_minor
                WHEN 'RETURNED' THEN o.amount_minor - o.fee_minor = a.amount_minor - a.fee_minor
                ELSE true
            END
        WHERE a.source = 'settled' AND o.bank_answer_id IS NULL
    """,
}
