"""What documents name, and what payouts wait for, as text to be part of statements."""

# The order, and the line of it, that a document names: an order's entry its own, a fee line, adjustment or hold the
# one that it was made for. `g.document` and `g.document_line` are as entries say them.
NAMED = """LEFT JOIN LATERAL (
        SELECT substr(g.document, 7) AS order_reference, g.document_line AS line_reference
        WHERE g.document LIKE 'order/%'
        UNION ALL
        SELECT f.order_reference, f.line_reference FROM fee_line AS f
        WHERE f.platform_id = $1 AND f.reference = substr(g.document, 10) AND g.document LIKE 'fee-line/%'
        UNION ALL
        SELECT j.order_reference, j.line_reference FROM adjustment AS j
        WHERE j.platform_id = $1 AND j.reference = substr(g.document, 12) AND g.document LIKE 'adjustment/%'
        UNION ALL
        SELECT h.order_reference, h.line_reference FROM hold AS h
        WHERE h.platform_id = $1
            AND h.hold_id = CASE WHEN g.document ~ '^hold/[0-9]{1,18}$' THEN substr(g.document, 6)::bigint END
        LIMIT 1
    ) AS n ON true"""
NAMES = "coalesce(n.order_reference, '') AS order_reference, coalesce(n.line_reference, '') AS line_reference"

# What a payout `o` that was created waits for: somebody's word, or to be sent. Whether there is the money to send it
# depends on who is before it (see payout_queue).
PAYOUT_AWAITS = "CASE WHEN o.approval = 'PENDING' THEN 'APPROVAL' ELSE 'SUBMISSION' END"
