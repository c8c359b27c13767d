"""What orders have been paid, split, given back and disputed is what is booked of them, and everybody gets his part."""

from tests.invariants.booked import BOOKED

# What is shared of a split: what everybody gets, the platform and its tax among them.
PARTS = "('2010', '2020', '2041', '2042', '2043', '2200', '4000', '2105')"

ORDER_LAWS: dict[str, str] = {
    "the parts of a split are its base, and none is negative": f"""
        SELECT b.sequence FROM ({BOOKED}) AS b WHERE b.template = 'SPLIT'
        GROUP BY b.sequence
        HAVING coalesce(sum(b.amount) FILTER (WHERE b.code IN ('2000', '1900', '5090') AND b.side = 'D'), 0)
            <> coalesce(sum(b.amount) FILTER (WHERE b.code IN {PARTS} AND b.side = 'C'), 0)
            OR coalesce(sum(b.amount) FILTER (WHERE b.code IN {PARTS} AND b.code <> '2010' AND b.side = 'D'), 0) <> 0
            OR coalesce(sum(b.signed) FILTER (WHERE b.code = '4030'), 0)
            <> coalesce(sum(b.amount) FILTER (WHERE b.code = '2010' AND b.side = 'D'), 0)
    """,
    "a split order has nothing unsplit": f"""
        SELECT o.reference FROM order_head AS o
        INNER JOIN ({BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '2000'
        WHERE o.is_split GROUP BY o.platform_id, o.reference HAVING sum(b.signed) <> 0
    """,
    "nobody gives back more than he got of a line": f"""
        SELECT b.document, b.document_line, b.code, b.party_id FROM ({BOOKED}) AS b
        WHERE b.code IN {PARTS} AND b.document LIKE 'order/%' AND NOT EXISTS (
            SELECT 1 FROM suspense_item AS i
            WHERE 'order/' || i.order_reference = b.document AND i.line_reference = b.document_line
        )
        GROUP BY b.document, b.document_line, b.code, b.party_id
        HAVING NOT coalesce(sum(CASE b.side WHEN 'D' THEN b.amount ELSE -b.amount END) FILTER (
            WHERE b.template IN ('REFUND', 'REFUND_REJECTED', 'CHARGEBACK_LOST')
        ), 0) BETWEEN 0 AND coalesce(sum(b.amount) FILTER (WHERE b.template = 'SPLIT' AND b.side = 'C'), 0)
    """,
    "what everybody gives back is the refund, and to the platform what it paid the levels": f"""
        SELECT b.sequence FROM ({BOOKED}) AS b
        WHERE b.template IN ('REFUND', 'CHARGEBACK_LOST', 'REFUND_DUE', 'CHARGEBACK_LOST_DUE')
        GROUP BY b.sequence
        HAVING coalesce(sum(b.signed) FILTER (WHERE b.code IN ('2070', '5020', '1130', '1900', '5090')), 0)
            <> -coalesce(sum(b.signed) FILTER (WHERE b.code IN {PARTS} OR b.code IN ('2000', '2900', '5040')), 0)
            OR coalesce(sum(b.amount) FILTER (
                WHERE b.code IN {PARTS} AND b.side = 'C' OR b.code IN ('5020', '5090') AND b.side = 'D'
            ), 0) <> 0
    """,
    "everything is given back exactly when all goods were returned": """
        SELECT s.order_reference, s.line_reference FROM order_share AS s
        INNER JOIN order_line AS o ON o.order_reference = s.order_reference AND o.line_reference = s.line_reference
        GROUP BY o.platform_id, s.order_reference, s.line_reference, o.goods_minor, o.refunded_goods_minor,
            o.merchant_discount_minor
        HAVING bool_or(s.returned_minor NOT BETWEEN 0 AND s.amount_minor)
            OR (o.refunded_goods_minor = o.goods_minor AND sum(s.returned_minor) <> sum(s.amount_minor))
            -- What a merchant took off himself nobody paid: it may be what is left when all money has gone back.
            OR (o.refunded_goods_minor < o.goods_minor AND o.merchant_discount_minor = 0
                AND sum(s.amount_minor) > 0 AND sum(s.returned_minor) = sum(s.amount_minor))
    """,
    "what takes a line back goes by the line's own rates and rules": """
        WITH fee AS (
            SELECT e.sequence, e.document, e.document_line, e.template, e.book_id, f ->> 'item' AS item,
                f ->> 'code' AS code, f ->> 'party' AS party, f ->> 'rate' AS rate, f ->> 'rule' AS rule
            FROM entry AS e CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS f
            WHERE e.document LIKE 'order/%' AND e.metadata <> ''
        )
        SELECT r.sequence, r.item FROM fee AS r
        WHERE r.template IN ('REFUND', 'REFUND_REJECTED', 'CHARGEBACK_LOST') AND NOT EXISTS (
            SELECT 1 FROM fee AS s
            WHERE (s.document, s.document_line, s.book_id, s.rule) = (r.document, r.document_line, r.book_id, r.rule)
                AND s.sequence < r.sequence AND s.template IN ('SPLIT', 'RELEASE') AND s.item = r.item
                AND (s.rate = r.rate OR r.rate IS NULL OR s.rate IS NULL)
                AND (s.code = '2200' OR r.code = '2200' OR (s.code, s.party) = (r.code, r.party))
        )
        UNION ALL
        -- A split of which all stood in suspense has no fees to compare with: the line itself says its rule.
        SELECT r.sequence, r.item FROM fee AS r
        WHERE r.template = 'RELEASE' AND NOT EXISTS (
            SELECT 1 FROM order_line AS o
            WHERE r.document = 'order/' || o.order_reference AND r.document_line = o.line_reference
                AND r.rule = concat(
                    o.rates::jsonb ->> 'plan', '/', o.rates::jsonb ->> 'validFrom',
                    '/override/' || (o.rates::jsonb ->> 'override')
                )
        )
    """,
    "what an order still has in 1100 and 2000 is on its row": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'order/' || o.reference
        GROUP BY o.platform_id, o.reference, o.frozen_minor, o.held_minor
        HAVING -coalesce(sum(b.signed) FILTER (WHERE b.code = '1100'), 0) <> o.frozen_minor
            OR coalesce(sum(b.signed) FILTER (WHERE b.code = '2000'), 0) <> o.held_minor
    """,
    "what an order still owes its buyers is on open refunds": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '2070'
        GROUP BY o.platform_id, o.reference
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(r.owed_minor) FROM order_refund AS r WHERE r.order_reference = o.reference AND r.status = 'OPEN'
        ), 0)
    """,
    "what one entity owes another for an order, the other is owed": f"""
        SELECT b.document FROM ({BOOKED}) AS b WHERE b.code IN ('1900', '2900')
        GROUP BY b.document HAVING sum(b.signed) <> 0
    """,
    "what is in dispute is on open disputes": f"""
        SELECT o.reference FROM order_head AS o
        LEFT JOIN ({BOOKED}) AS b ON b.document = 'order/' || o.reference AND b.code = '1130'
        GROUP BY o.platform_id, o.reference
        HAVING -coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(d.open_minor) FROM order_dispute AS d WHERE d.order_reference = o.reference
        ), 0)
    """,
    "suspense of an order is its open items, each with reason, owner and dates": f"""
        SELECT b.document FROM ({BOOKED}) AS b WHERE b.code IN ('2200', '1510', '2510') GROUP BY b.document
        HAVING coalesce(sum(b.signed), 0) <> coalesce((
            SELECT sum(i.amount_minor) FROM suspense_item AS i
            WHERE 'order/' || i.order_reference = b.document
                AND i.status = 'OPEN' AND i.reason <> '' AND i.owner_id > 0 AND i.opened_at < i.deadline
        ), 0)
    """,
    "a chain is short, has no loop, and is what was paid": """
        SELECT o.order_reference, o.line_reference FROM order_line AS o
        WHERE cardinality(o.chain) > 3
            OR (SELECT count(*) <> count(DISTINCT c) FROM unnest(o.chain) AS c WHERE c IS NOT NULL)
            OR EXISTS (
                SELECT 1 FROM order_share AS s
                WHERE (s.order_reference, s.line_reference) = (o.order_reference, o.line_reference)
                    AND s.rank BETWEEN 2 AND 4 AND s.party_id IS DISTINCT FROM o.chain[s.rank - 1]
            )
    """,
    "what a channel had let go of when its order was split is a task, of what others than merchants got of it": """
        WITH paid AS (
            SELECT p.order_reference, p.occurred_at + interval '720 hours' AS let_go,
                p.channel IN ('wechat', 'alipay') AND s.occurred_at >= p.occurred_at + interval '720 hours' AS is_gone
            FROM order_event AS p
            INNER JOIN order_event AS s ON s.order_reference = p.order_reference AND s.kind = 'order.succeeded'
            WHERE p.kind = 'order.paid'
        ), gone AS (
            SELECT p.order_reference, bool_and(p.is_gone) AS is_all,
                min(p.let_go) FILTER (WHERE p.is_gone) AS frozen_until
            FROM paid AS p GROUP BY p.order_reference HAVING bool_or(p.is_gone)
        )
        SELECT order_reference, g.frozen_until, t.amount_minor, k.others FROM gone AS g
        FULL JOIN internal_split_task AS t USING (order_reference)
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(s.amount_minor), 0) AS others FROM order_share AS s
            WHERE s.order_reference = t.order_reference AND s.rank <> 0
        ) AS k ON true
        LEFT JOIN LATERAL (
            SELECT count(*) > 0 AS is_more FROM entry AS e
            WHERE e.document = 'order/' || t.order_reference AND e.template = 'REFUND_REJECTED'
        ) AS m ON true
        WHERE g.frozen_until IS DISTINCT FROM t.frozen_until OR t.amount_minor > k.others
            OR (g.is_all AND NOT m.is_more AND t.amount_minor <> k.others)
    """,
}
