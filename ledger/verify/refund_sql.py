"""The statements that compare refunds and disputes of orders with their lines and events. `$1` is the platform."""

from collections.abc import AsyncIterator

import asyncpg

from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


def stream_refunds(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Refunds whose event is not in the log at their place, events whose refund is not there, refunds that are of more or
    less than their lines are, and lines of no refund; `p_` is what it ought to be.
    """
    return snapshot.stream(
        """
        SELECT coalesce(f.sequence, v.sequence) AS sequence, f.order_reference, v.order_reference AS p_order_reference,
            f.payable_minor AS payable, coalesce(p.payable, 0)::bigint AS p_payable, p.order_reference AS stray
        FROM (SELECT * FROM order_refund AS o WHERE o.platform_id = $1) AS f
        FULL JOIN (
            SELECT o.sequence, o.order_reference FROM order_event AS o
            WHERE o.platform_id = $1 AND o.kind = 'order.refunded'
        ) AS v ON v.sequence = f.sequence
        FULL JOIN (
            SELECT o.order_reference, o.refund_reference, sum(o.cash_minor + o.delivery_minor) AS payable
            FROM order_refund_line AS o WHERE o.platform_id = $1 GROUP BY o.order_reference, o.refund_reference
        ) AS p ON p.order_reference = f.order_reference AND p.refund_reference = f.refund_reference
        WHERE f.order_reference IS DISTINCT FROM v.order_reference OR f.payable_minor <> coalesce(p.payable, 0)
            OR (f.sequence IS NULL AND v.sequence IS NULL)
        ORDER BY coalesce(f.sequence, v.sequence), p.order_reference COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Lines that have given back, or keep in dispute, something else than their refunds and disputes took. A chargeback
    that everyone bore took cash of its line without a refund, and how it fell on goods and delivery is kept with the
    line alone: of such a line the cash is compared, of every other line each figure.
    """
    return snapshot.stream(
        """
        SELECT * FROM (
            SELECT l.order_reference, l.line_reference, l.disputed_minor AS disputed,
                coalesce(d.reserved, 0)::bigint AS p_disputed,
                l.refunded_goods_minor - l.refunded_platform_discount_minor - l.refunded_merchant_discount_minor
                + l.refunded_delivery_minor AS given_back,
                (coalesce(r.cash + r.delivery, 0) + coalesce(d.borne, 0))::bigint AS p_given_back,
                CASE WHEN d.borne IS NULL THEN
                    ARRAY[
                        l.refunded_goods_minor, l.refunded_delivery_minor, l.refunded_platform_discount_minor,
                        l.refunded_merchant_discount_minor
                    ]
                END AS parts,
                CASE WHEN d.borne IS NULL THEN
                    ARRAY[
                        coalesce(r.goods, 0), coalesce(r.delivery, 0), coalesce(r.platform_discount, 0),
                        coalesce(r.merchant_discount, 0)
                    ]::bigint[]
                END AS p_parts
            FROM order_line AS l
            LEFT JOIN (
                SELECT o.order_reference, o.line_reference, sum(o.goods_minor) AS goods,
                    sum(o.delivery_minor) AS delivery, sum(o.cash_minor) AS cash,
                    sum(o.platform_discount_minor) AS platform_discount,
                    sum(o.merchant_discount_minor) AS merchant_discount
                FROM order_refund_line AS o
                INNER JOIN order_refund AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.refund_reference = o.refund_reference
                WHERE o.platform_id = $1 AND f.status <> 'REJECTED'
                GROUP BY o.order_reference, o.line_reference
            ) AS r ON r.order_reference = l.order_reference AND r.line_reference = l.line_reference
            LEFT JOIN (
                SELECT o.order_reference, o.line_reference, sum(o.reserved_minor) AS reserved,
                    sum(o.amount_minor) FILTER (WHERE f.liability = 'SPLIT') AS borne
                FROM order_dispute_line AS o
                INNER JOIN order_dispute AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.dispute_reference = o.dispute_reference
                WHERE o.platform_id = $1
                GROUP BY o.order_reference, o.line_reference
            ) AS d ON d.order_reference = l.order_reference AND d.line_reference = l.line_reference
            WHERE l.platform_id = $1
        ) AS c
        WHERE (c.disputed, c.given_back, c.parts) IS DISTINCT FROM (c.p_disputed, c.p_given_back, c.p_parts)
        ORDER BY c.order_reference COLLATE "C", c.line_reference COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )
