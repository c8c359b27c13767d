"""
What stands on the accounts of parties is what their documents say, legal entity by legal entity and currency by
currency; and nothing crosses from one of these to another.
"""


def _stand(code: str, documents: str) -> str:
    """
    A law: the balance of each holder's account of this code, on its credit side, is the sum over `documents`: rows of
    party_id (0: the platform's own), book_id, currency, amount.
    """
    return f"""
        SELECT party_id, book_id, currency, b.stands, d.told FROM (
            SELECT coalesce(a.party_id, 0) AS party_id, a.book_id, a.currency,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) AS stands
            FROM account AS a INNER JOIN line AS l ON l.account_id = a.account_id
            WHERE a.code = '{code}' GROUP BY 1, 2, 3
        ) AS b FULL JOIN (
            SELECT k.party_id, k.book_id, k.currency, sum(k.amount) AS told FROM ({documents}) AS k GROUP BY 1, 2, 3
        ) AS d USING (party_id, book_id, currency)
        WHERE coalesce(b.stands, 0) <> coalesce(d.told, 0)
    """


STANDING_LAWS: dict[str, str] = {
    "what stands on closed sheets is left there, in payouts not sent, or the fee of one on its way": _stand(
        "2015",
        """
        SELECT s.party_id, s.book_id, s.currency, s.total_minor - s.netted_minor - s.retained_minor - s.held_minor
            - s.withheld_minor - s.payout_minor AS amount
        FROM sheet AS s WHERE s.total_minor > 0 AND s.status <> 'OPEN'
        UNION ALL
        SELECT p.party_id, p.book_id, p.currency, CASE p.status WHEN 'CREATED' THEN p.gross_minor ELSE p.fee_minor END
        FROM payout AS p
        WHERE p.takes_from = '2015' AND p.status IN ('CREATED', 'SUBMITTED', 'UNKNOWN', 'ACCEPTED')
        """,
    ),
    "what parties owe is owed from closed sheets": _stand(
        "1200",
        """
        SELECT s.party_id, s.book_id, s.currency,
            s.total_minor + s.netted_minor + s.collected_minor + s.written_off_minor AS amount
        FROM sheet AS s WHERE s.total_minor < 0 AND s.status <> 'OPEN'
        """,
    ),
    "what came back stands until it was paid again": _stand(
        "2016",
        """
        SELECT p.party_id, p.book_id, p.currency, p.net_minor AS amount FROM payout AS p WHERE p.status = 'RETURNED'
        UNION ALL
        SELECT p.party_id, p.book_id, p.currency, -p.gross_minor FROM payout AS p
        WHERE p.takes_from = '2016' AND p.status NOT IN ('CREATED', 'CANCELLED', 'FAILED')
        """,
    ),
    "what is on hold is what holds have left": _stand(
        "2050",
        "SELECT h.party_id, h.book_id, h.currency, h.amount_minor - h.lifted_minor AS amount FROM hold AS h",
    ),
    "deposits are what slices have left": _stand(
        "2060",
        """
        SELECT d.party_id, d.book_id, d.currency,
            d.principal_minor - d.claimed_minor - d.released_minor - d.forfeited_minor - d.lapsed_minor AS amount
        FROM deposit_slice AS d
        """,
    ),
    "what is billed of deposits is due of slices": _stand(
        "1220", "SELECT d.party_id, d.book_id, d.currency, -d.due_minor AS amount FROM deposit_slice AS d"
    ),
    "what is unidentified is what nobody has matched or was given back of receipts": _stand(
        "2210",
        """
        SELECT 0 AS party_id, r.book_id, r.currency, r.amount_minor AS amount FROM receipt AS r
        UNION ALL
        SELECT 0, r.book_id, r.currency, -b.amount_minor FROM receipt_return AS b
        INNER JOIN receipt AS r ON r.receipt_id = b.receipt_id
        UNION ALL
        SELECT 0, r.book_id, r.currency, -m.amount_minor FROM receipt_match AS m
        INNER JOIN receipt AS r ON r.receipt_id = m.receipt_id
        WHERE NOT EXISTS (SELECT 1 FROM receipt_unmatch AS u WHERE u.match_id = m.match_id)
        """,
    ),
    "an entry is in one currency, but where people change money": """
        SELECT e.sequence FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence
        WHERE e.document <> '' GROUP BY e.sequence HAVING count(DISTINCT l.currency) > 1
    """,
    "debts are netted within one party, legal entity and currency, and as much on both sides": """
        SELECT coalesce(m.sheet_id, o.other) AS payer, coalesce(m.other, o.sheet_id) AS debtor FROM (
            SELECT n.sheet_id, substr(n.reference, 7)::bigint AS other, sum(n.amount_minor) AS amount
            FROM sheet_movement AS n WHERE n.kind = 'NETTED' GROUP BY 1, 2
        ) AS m FULL JOIN (
            SELECT n.sheet_id, substr(n.reference, 7)::bigint AS other, sum(n.amount_minor) AS amount
            FROM sheet_movement AS n WHERE n.kind = 'NETTED' GROUP BY 1, 2
        ) AS o ON (o.sheet_id, o.other) = (m.other, m.sheet_id)
        LEFT JOIN sheet AS s ON s.sheet_id = m.sheet_id
        LEFT JOIN sheet AS d ON d.sheet_id = m.other
        WHERE m.amount IS DISTINCT FROM o.amount
            OR (s.party_id, s.book_id, s.currency) IS DISTINCT FROM (d.party_id, d.book_id, d.currency)
            OR sign(s.total_minor) <> -sign(d.total_minor)
    """,
    "a payout pays sheets of its own party, legal entity and currency, between accounts of these": """
        SELECT p.payout_id FROM payout AS p
        INNER JOIN payout_sheet AS x ON x.payout_id = p.payout_id
        INNER JOIN sheet AS s ON s.sheet_id = x.sheet_id
        INNER JOIN payee_account AS y ON y.payee_account_id = p.payee_account_id
        INNER JOIN paying_account AS b ON b.paying_account_id = p.paying_account_id
        WHERE (s.party_id, s.book_id, s.currency) <> (p.party_id, p.book_id, p.currency)
            OR (y.party_id, y.currency, b.book_id, b.currency) <> (p.party_id, p.currency, p.book_id, p.currency)
    """,
    "what is bought is paid without its invoice only where two persons agreed": """
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.mode = 'PURCHASE' AND s.total_minor > 0
            AND s.status IN ('PAYMENT_PENDING', 'PAYING', 'PAID', 'PAY_FAILED', 'COMPLETED') AND NOT EXISTS (
                SELECT 1 FROM approval AS a
            INNER JOIN approval_decision AS d ON d.approval_id = a.approval_id AND d.actor <> a.maker
            WHERE a.kind = 'INVOICE_OVERRIDE' AND a.status = 'GRANTED' AND d.verdict = 'APPROVE'
                AND a.subject = 'sheet/' || s.sheet_id
        )
    """,
    "a debt is given up as two persons agreed, or as the small rest of what a receipt clears": """
        SELECT s.sheet_id FROM sheet AS s
        LEFT JOIN LATERAL (
            SELECT sum(a.amount_minor) AS agreed FROM approval AS a
            WHERE a.kind = 'WRITE_OFF' AND a.status = 'GRANTED' AND a.subject = 'sheet/' || s.sheet_id AND EXISTS (
                SELECT 1 FROM approval_decision AS d
                WHERE d.approval_id = a.approval_id AND d.actor <> a.maker AND d.verdict = 'APPROVE'
            )
        ) AS g ON true
        LEFT JOIN LATERAL (
            SELECT sum(m.rest_minor) AS rest FROM receipt_match AS m
            WHERE m.sheet_id = s.sheet_id
                AND NOT EXISTS (SELECT 1 FROM receipt_unmatch AS u WHERE u.match_id = m.match_id)
        ) AS r ON true
        WHERE s.written_off_minor <> coalesce(g.agreed, 0) + coalesce(r.rest, 0)
    """,
}
