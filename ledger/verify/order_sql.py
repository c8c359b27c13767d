"""The statements that compare orders with the entries they caused. `$1` is the platform."""

from collections.abc import AsyncIterator

import asyncpg

from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


def stream_orders(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Orders whose figures are not what their entries moved: what the order has in 2000 and 1100, what its refunds owe,
    what waits in suspense, the channel's fees, what is disputed and settled, and what stands between entities; `p_` is
    what was posted, null where no order is.
    """
    return snapshot.stream(
        """
        WITH posted AS (
            SELECT substr(e.document, 7) AS reference,
                sum(l.signed) FILTER (WHERE a.code = '2000') AS held,
                -sum(l.signed) FILTER (WHERE a.code = '1100') AS frozen,
                sum(l.signed) FILTER (WHERE a.code = '2070') AS owed,
                sum(l.signed) FILTER (WHERE a.code = '2200') AS suspended,
                -sum(l.signed) FILTER (WHERE a.code = '5010' AND l.signed < 0) AS fee_charged,
                sum(l.signed) FILTER (WHERE a.code = '5010' AND l.signed > 0) AS fee_returned,
                -sum(l.signed) FILTER (WHERE a.code = '1130') AS disputed,
                -sum(l.signed) FILTER (WHERE a.code = '1010') AS settled,
                sum(l.signed) FILTER (WHERE a.code IN ('1900', '2900')) AS between_
            FROM entry AS e
            INNER JOIN (
                SELECT o.sequence, o.account_id, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS signed
                FROM line AS o WHERE o.platform_id = $1
            ) AS l ON l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.document LIKE 'order/%'
            GROUP BY e.document
        ), orders AS (
            SELECT h.reference, h.held_minor, h.frozen_minor, h.settled_minor, r.owed, s.suspended, f.fee_charged,
                f.fee_returned, d.disputed
            FROM order_head AS h
            LEFT JOIN (
                SELECT o.order_reference, sum(o.owed_minor) AS owed
                FROM order_refund AS o WHERE o.platform_id = $1 GROUP BY o.order_reference
            ) AS r ON r.order_reference = h.reference
            LEFT JOIN (
                SELECT o.order_reference, sum(o.amount_minor) AS suspended
                FROM suspense_item AS o WHERE o.platform_id = $1 GROUP BY o.order_reference
            ) AS s ON s.order_reference = h.reference
            LEFT JOIN (
                SELECT o.order_reference, sum(o.fee_charged_minor) AS fee_charged,
                    sum(o.fee_returned_minor) AS fee_returned
                FROM order_line AS o WHERE o.platform_id = $1 GROUP BY o.order_reference
            ) AS f ON f.order_reference = h.reference
            LEFT JOIN (
                SELECT o.order_reference, sum(o.open_minor) AS disputed
                FROM order_dispute AS o WHERE o.platform_id = $1 GROUP BY o.order_reference
            ) AS d ON d.order_reference = h.reference
            WHERE h.platform_id = $1
        ), compared AS (
            SELECT coalesce(h.reference, p.reference) AS reference, h.reference IS NOT NULL AS known,
                coalesce(h.held_minor, 0)::bigint AS held, coalesce(p.held, 0)::bigint AS p_held,
                coalesce(h.frozen_minor, 0)::bigint AS frozen, coalesce(p.frozen, 0)::bigint AS p_frozen,
                coalesce(h.owed, 0)::bigint AS owed, coalesce(p.owed, 0)::bigint AS p_owed,
                coalesce(h.suspended, 0)::bigint AS suspended, coalesce(p.suspended, 0)::bigint AS p_suspended,
                coalesce(h.fee_charged, 0)::bigint AS fee_charged, coalesce(p.fee_charged, 0)::bigint AS p_fee_charged,
                coalesce(h.fee_returned, 0)::bigint AS fee_returned,
                coalesce(p.fee_returned, 0)::bigint AS p_fee_returned,
                coalesce(h.disputed, 0)::bigint AS disputed, coalesce(p.disputed, 0)::bigint AS p_disputed,
                coalesce(h.settled_minor, 0)::bigint AS settled, coalesce(p.settled, 0)::bigint AS p_settled,
                0::bigint AS between_, coalesce(p.between_, 0)::bigint AS p_between_
            FROM orders AS h FULL JOIN posted AS p ON p.reference = h.reference
        )
        SELECT * FROM compared AS c
        WHERE NOT c.known OR (
            c.held, c.frozen, c.owed, c.suspended, c.fee_charged, c.fee_returned, c.disputed, c.settled, c.between_
        ) IS DISTINCT FROM (
            c.p_held, c.p_frozen, c.p_owed, c.p_suspended, c.p_fee_charged, c.p_fee_returned, c.p_disputed, c.p_settled,
            c.p_between_
        )
        ORDER BY c.reference COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_shares(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Shares that are not what their line's entries left on the receiver's account. The platform's is over two accounts,
    revenue and tax. On the merchant's stand delivery, the channel's fee and what came back from suspense to him, too;
    what of such a share is outside its item stands on its receiver's.
    """
    return snapshot.stream(
        """
        SELECT s.order_reference, s.line_reference, s.rank, s.has, coalesce(p.posted, 0)::bigint AS posted
        FROM (
            SELECT o.order_reference, o.line_reference, o.rank, o.account_code, coalesce(o.party_id, 0) AS party_id,
                CASE
                    WHEN o.rank = 1 THEN o.amount_minor - o.returned_minor - o.tax_minor + o.returned_tax_minor
                    WHEN o.stands = 'PARTY' THEN o.amount_minor - o.returned_minor - coalesce(i.given_minor, 0)
                    ELSE coalesce(i.outside_minor, 0)
                END AS has
            FROM order_share AS o
            LEFT JOIN suspense_item AS i ON i.platform_id = $1 AND i.order_reference = o.order_reference
                AND i.line_reference = o.line_reference AND i.rank = o.rank
            WHERE o.platform_id = $1 AND o.rank > 0
            UNION ALL
            SELECT o.order_reference, o.line_reference, o.rank, '2105', 0, o.tax_minor - o.returned_tax_minor
            FROM order_share AS o WHERE o.platform_id = $1 AND o.rank = 1
            UNION ALL
            SELECT o.order_reference, o.line_reference, 0, '2010', l.merchant_id,
                (
                    coalesce(sum(o.amount_minor - o.returned_minor - coalesce(i.outside_minor, 0)) FILTER (
                        WHERE o.stands = 'SPLITTER' OR (o.rank = 0 AND o.stands = 'PARTY')
                    ), 0)
                    + coalesce(sum(i.outside_minor) FILTER (WHERE o.rank = 0 AND o.stands = 'SUSPENSE'), 0)
                    + coalesce(sum(i.given_minor), 0)
                    + CASE WHEN bool_or(o.rank = 0 AND o.stands <> 'SUSPENSE')
                        THEN l.delivery_minor - l.refunded_delivery_minor ELSE 0
                    END
                    - l.fee_recovered_minor + l.fee_passed_back_minor
                )::bigint
            FROM order_share AS o
            INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = o.order_reference
                AND l.line_reference = o.line_reference
            LEFT JOIN suspense_item AS i ON i.platform_id = $1 AND i.order_reference = o.order_reference
                AND i.line_reference = o.line_reference AND i.rank = o.rank
            WHERE o.platform_id = $1
            GROUP BY o.order_reference, o.line_reference, l.merchant_id, l.delivery_minor, l.refunded_delivery_minor,
                l.fee_recovered_minor, l.fee_passed_back_minor
        ) AS s
        LEFT JOIN (
            SELECT substr(e.document, 7) AS order_reference, e.document_line AS line_reference, a.code,
                coalesce(a.party_id, 0) AS party_id,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) AS posted
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.document LIKE 'order/%'
            GROUP BY e.document, e.document_line, a.code, a.party_id
        ) AS p ON p.order_reference = s.order_reference AND p.line_reference = s.line_reference
            AND p.code = s.account_code AND p.party_id = s.party_id
        WHERE s.has <> coalesce(p.posted, 0)
        ORDER BY s.order_reference COLLATE "C", s.line_reference COLLATE "C", s.rank
        """,
        snapshot.conn.platform_id,
    )


def stream_order_events(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Accepted events of orders without their event in the log, and the other way round."""
    return snapshot.stream(
        """
        SELECT coalesce(o.sequence, v.sequence) AS sequence, v.subject, 'order/' || o.order_reference AS named
        FROM (SELECT * FROM order_event AS e WHERE e.platform_id = $1) AS o
        FULL JOIN (
            SELECT e.sequence, e.subject FROM log_event AS e
            WHERE e.platform_id = $1 AND e.kind IN (
                'order.paid', 'order.split', 'order.refunded', 'refund.paid', 'refund.rejected', 'payment.unfrozen',
                'channel.fee_returned', 'payment.settled', 'order.charged_back', 'chargeback.defended',
                'chargeback.won', 'chargeback.lost'
            )
        ) AS v ON v.sequence = o.sequence
        WHERE v.subject IS DISTINCT FROM 'order/' || o.order_reference
        ORDER BY coalesce(o.sequence, v.sequence)
        """,
        snapshot.conn.platform_id,
    )
