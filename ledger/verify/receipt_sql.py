"""The statements of verifying on receipts and their matches. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot


def stream_receipts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Receipts whose figures are not what their entries moved on 2210, or not what their matches say."""
    return snapshot.stream(
        """
        SELECT coalesce(r.receipt_id, p.receipt_id) AS receipt_id, r.receipt_id IS NOT NULL AS known,
            r.amount_minor AS amount, r.matched_minor AS matched, r.returned_minor AS returned,
            coalesce(p.amount, 0)::bigint AS p_amount, coalesce(p.matched, 0)::bigint AS p_matched,
            coalesce(p.returned, 0)::bigint AS p_returned, coalesce(m.matched, 0)::bigint AS m_matched,
            coalesce(b.returned, 0)::bigint AS b_returned
        FROM (SELECT * FROM receipt AS o WHERE o.platform_id = $1) AS r
        FULL JOIN (
            SELECT substr(e.document, 9)::bigint AS receipt_id, a.book_id, a.currency,
                sum(l.amount) FILTER (WHERE e.template = 'RECEIPT_RECORDED' AND l.side = 'C') AS amount,
                sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END)
                FILTER (WHERE e.template IN ('RECEIPT_MATCHED', 'RECEIPT_UNMATCHED')) AS matched,
                sum(l.amount) FILTER (WHERE e.template = 'RECEIPT_RETURNED' AND l.side = 'D') AS returned
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '2210'
            WHERE e.platform_id = $1 AND e.document LIKE 'receipt/%'
            GROUP BY e.document, a.book_id, a.currency
        ) AS p ON p.receipt_id = r.receipt_id AND p.book_id = r.book_id AND p.currency = r.currency
        LEFT JOIN (
            SELECT o.receipt_id, sum(o.amount_minor) AS matched
            FROM receipt_match AS o
            WHERE o.platform_id = $1 AND NOT EXISTS (
                SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = $1 AND u.match_id = o.match_id
            )
            GROUP BY o.receipt_id
        ) AS m ON m.receipt_id = r.receipt_id
        LEFT JOIN (
            SELECT o.receipt_id, sum(o.amount_minor) AS returned
            FROM receipt_return AS o WHERE o.platform_id = $1 GROUP BY o.receipt_id
        ) AS b ON b.receipt_id = r.receipt_id
        WHERE (r.amount_minor, r.matched_minor, r.returned_minor)
            IS DISTINCT FROM (coalesce(p.amount, 0), coalesce(p.matched, 0), coalesce(p.returned, 0))
            OR (r.matched_minor, r.returned_minor)
            IS DISTINCT FROM (coalesce(m.matched, 0), coalesce(b.returned, 0))
        ORDER BY coalesce(r.receipt_id, p.receipt_id)
        """,
        snapshot.conn.platform_id,
    )


def stream_matches(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Receipts and sheets of which the matches that stand are not what the sheet says the receipt has collected, or what
    they clear beside that is not what the sheet says was given up with the receipt, or what is posted on 5070.
    """
    return snapshot.stream(
        """
        SELECT coalesce(m.receipt_id, v.receipt_id) AS receipt_id, coalesce(m.sheet_id, v.sheet_id) AS sheet_id,
            coalesce(m.amount, 0)::bigint AS found, coalesce(v.amount, 0)::bigint AS expected,
            coalesce(m.rest, 0)::bigint AS rest, coalesce(v.rest, 0)::bigint AS given_up,
            coalesce(p.rest, 0)::bigint AS posted
        FROM (
            SELECT o.receipt_id, o.sheet_id, sum(o.amount_minor) AS amount, sum(o.rest_minor) AS rest
            FROM receipt_match AS o
            WHERE o.platform_id = $1 AND NOT EXISTS (
                SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = $1 AND u.match_id = o.match_id
            )
            GROUP BY o.receipt_id, o.sheet_id
        ) AS m
        FULL JOIN (
            SELECT substr(o.reference, 9)::bigint AS receipt_id, o.sheet_id,
                sum(o.amount_minor) FILTER (WHERE o.kind = 'COLLECTED') AS amount,
                sum(o.amount_minor) FILTER (WHERE o.kind = 'WRITTEN_OFF') AS rest
            FROM sheet_movement AS o
            WHERE o.platform_id = $1 AND o.kind IN ('COLLECTED', 'WRITTEN_OFF')
                AND o.reference ~ '^receipt/[0-9]{1,18}$'
            GROUP BY o.reference, o.sheet_id
        ) AS v ON v.receipt_id = m.receipt_id AND v.sheet_id = m.sheet_id
        LEFT JOIN (
            SELECT substr(e.document, 9)::bigint AS receipt_id, e.document_line::bigint AS sheet_id,
                sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) AS rest
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '5070'
            WHERE e.platform_id = $1 AND e.template IN ('RECEIPT_REST_CLEARED', 'RECEIPT_REST_RESTORED')
            GROUP BY e.document, e.document_line
        ) AS p ON p.receipt_id = coalesce(m.receipt_id, v.receipt_id) AND p.sheet_id = coalesce(m.sheet_id, v.sheet_id)
        WHERE (coalesce(m.amount, 0), coalesce(m.rest, 0), coalesce(m.rest, 0))
            IS DISTINCT FROM (coalesce(v.amount, 0), coalesce(v.rest, 0), coalesce(p.rest, 0))
        ORDER BY coalesce(m.receipt_id, v.receipt_id), coalesce(m.sheet_id, v.sheet_id)
        """,
        snapshot.conn.platform_id,
    )
