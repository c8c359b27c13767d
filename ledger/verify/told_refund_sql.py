"""
What refunds and their lines say, against what the log told of them and what their entries moved. `$1` is the platform.
"""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor, or_none


def stream_refunds(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Refunds that are not what their event said, or that ended otherwise."""
    return compare(
        snapshot,
        first="""
            WITH ended AS (
                SELECT e.subject, e.payload::jsonb ->> 'refund' AS refund,
                    max(CASE e.kind WHEN 'refund.paid' THEN 'PAID' ELSE 'REJECTED' END) AS status
                FROM log_event AS e WHERE e.platform_id = $1 AND e.kind IN ('refund.paid', 'refund.rejected')
                GROUP BY e.subject, refund
            )
        """,
        key="'order', f.order_reference, 'refund', f.refund_reference",
        facts={
            "refund": ("f.refund_reference", "v.said ->> 'refund'"),
            "payable": ("f.payable_minor", minor("amount")),
            "status": ("f.status", "coalesce(x.status, 'OPEN')"),
        },
        rows="""
            order_refund AS f
            INNER JOIN (
                SELECT e.sequence, e.subject, e.payload::jsonb AS said FROM log_event AS e
                WHERE e.platform_id = $1 AND e.kind = 'order.refunded'
            ) AS v ON v.sequence = f.sequence
            LEFT JOIN ended AS x ON x.subject = v.subject AND x.refund = v.said ->> 'refund'
            WHERE f.platform_id = $1
        """,
    )


def stream_refund_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Lines of refunds that are not of the entry that their refund caused, or of which everybody gave back something else
    than it moved, and entries of refunds without a line: what is kept of it is how a refund that is rejected is undone.
    Of a share that ever was in suspense a part came from there or from the merchant that it was released to: the lines
    of 2200 stand in the order of the shares, and the fees of the entry say the rest of each; the merchant's is what the
    others leave of the whole. What an older program did not note is not compared.
    """
    return compare(
        snapshot,
        first="""
            WITH moved AS (
                SELECT e.sequence, e.document, e.document_line, e.cause,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2010'), 0)::bigint AS merchant,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2105'), 0)::bigint AS tax,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '4000'), 0)::bigint AS commission,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2020'), 0)::bigint AS agent,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2041'), 0)::bigint AS first,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2042'), 0)::bigint AS second,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2043'), 0)::bigint AS third,
                    coalesce(sum(l.signed) FILTER (WHERE a.code = '2200'), 0)::bigint AS suspense,
                    count(*) FILTER (WHERE a.code = '2200') AS suspended
                FROM entry AS e
                INNER JOIN order_event AS v ON v.platform_id = $1 AND v.event_id = e.cause AND v.kind = 'order.refunded'
                INNER JOIN (
                    SELECT o.sequence, o.account_id, CASE o.side WHEN 'D' THEN o.amount ELSE -o.amount END AS signed
                    FROM line AS o WHERE o.platform_id = $1
                ) AS l ON l.sequence = e.sequence
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
                WHERE e.platform_id = $1 AND e.template = 'REFUND'
                GROUP BY e.sequence, e.document, e.document_line, e.cause
            ), given_back AS (
                SELECT o.*, v.event_id FROM order_refund_line AS o
                LEFT JOIN order_refund AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.refund_reference = o.refund_reference
                LEFT JOIN order_event AS v ON v.platform_id = $1 AND v.sequence = f.sequence
                WHERE o.platform_id = $1
            ), suspended AS (
                SELECT o.order_reference, o.line_reference, array_agg(o.rank) AS ranks FROM suspense_item AS o
                WHERE o.platform_id = $1 GROUP BY o.order_reference, o.line_reference
            ), drawn AS (
                SELECT r.entry, sum(x.amount) FILTER (WHERE x.rank = 2) AS first,
                    sum(x.amount) FILTER (WHERE x.rank = 3) AS second, sum(x.amount) FILTER (WHERE x.rank = 4) AS third,
                    sum(x.amount) FILTER (WHERE x.rank = 5) AS agent
                FROM given_back AS r
                INNER JOIN suspended AS i
                    ON i.order_reference = r.order_reference AND i.line_reference = r.line_reference
                INNER JOIN entry AS e ON e.platform_id = $1 AND e.sequence = r.entry AND e.metadata LIKE '{"fees":%'
                CROSS JOIN LATERAL (
                    SELECT k.rank, 0 AS amount FROM unnest('{2,3,4,5}'::int[]) AS k (rank)
                    UNION ALL
                    SELECT CASE f.fee ->> 'item' WHEN 'DISTRIBUTION_1' THEN 2 WHEN 'DISTRIBUTION_2' THEN 3
                        WHEN 'DISTRIBUTION_3' THEN 4 WHEN 'AGENT_COMMISSION' THEN 5 END, -(f.fee ->> 'amount')::bigint
                    FROM jsonb_array_elements(e.metadata::jsonb -> 'fees') AS f (fee)
                    UNION ALL
                    SELECT k.rank, h.amount
                    FROM (
                        SELECT o.rank, row_number() OVER (ORDER BY o.rank) AS place
                        FROM unnest(r.suspended_ranks) AS o (rank)
                    ) AS k
                    INNER JOIN (
                        SELECT l.amount, row_number() OVER (ORDER BY l.position) AS place FROM line AS l
                        INNER JOIN account AS a
                            ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '2200'
                        WHERE l.platform_id = $1 AND l.sequence = r.entry AND l.side = 'D'
                    ) AS h ON h.place = k.place
                ) AS x
                GROUP BY r.entry
            )
        """,
        key=(
            "'order', coalesce(r.order_reference, substr(m.document, 7)), "
            "'refund', coalesce(r.refund_reference, m.cause), 'line', coalesce(r.line_reference, m.document_line)"
        ),
        found="r.order_reference IS NOT NULL",
        facts={
            "entry": (or_none("r.entry"), or_none("m.sequence")),
            "merchant": (
                "coalesce(r.claw_back_merchant_minor + r.delivery_minor, 0)",
                "CASE WHEN i.order_reference IS NULL THEN m.merchant END",
            ),
            "tax": ("coalesce(r.claw_back_tax_minor, 0)", "m.tax"),
            "commission": (
                "coalesce(r.claw_back_commission_minor, 0) - coalesce(r.claw_back_tax_minor, 0)",
                "m.commission",
            ),
            "agent": (
                "coalesce(r.claw_back_agent_minor, 0)",
                "CASE WHEN 5 = ANY (i.ranks) THEN d.agent ELSE m.agent END",
            ),
            "altogether": (
                """coalesce(r.claw_back_merchant_minor + r.delivery_minor + r.claw_back_agent_minor + (
                    SELECT coalesce(sum(w.share), 0) FROM unnest(r.claw_back_levels_minor) AS w (share)
                ), 0)""",
                "coalesce(m.merchant + m.agent + m.first + m.second + m.third + m.suspense, 0)",
            ),
            "levels": (
                "coalesce(array_to_string(r.claw_back_levels_minor, '/'), '')",
                """CASE WHEN m.sequence IS NOT NULL THEN array_to_string((ARRAY[
                    CASE WHEN 2 = ANY (i.ranks) THEN coalesce(d.first, r.claw_back_levels_minor[1])
                        ELSE m.first END,
                    CASE WHEN 3 = ANY (i.ranks) THEN coalesce(d.second, r.claw_back_levels_minor[2])
                        ELSE m.second END,
                    CASE WHEN 4 = ANY (i.ranks) THEN coalesce(d.third, r.claw_back_levels_minor[3])
                        ELSE m.third END
                ])[1:coalesce(cardinality(r.claw_back_levels_minor), 0)], '/') END""",
            ),
            "suspended": ("cardinality(r.suspended_ranks)", "coalesce(m.suspended, 0)"),
            "elsewhere": ("NOT r.suspended_ranks <@ coalesce(i.ranks, '{}')", "false"),
            "is_whole": (
                """num_nulls(
                    r.claw_back_merchant_minor, r.claw_back_tax_minor, r.claw_back_commission_minor,
                    r.claw_back_agent_minor, r.claw_back_levels_minor
                ) IN (0, 5)""",
                "true",
            ),
        },
        rows="""
            given_back AS r
            FULL JOIN moved AS m ON m.document = 'order/' || r.order_reference AND m.document_line = r.line_reference
                AND m.cause = r.event_id
            LEFT JOIN suspended AS i ON i.order_reference = r.order_reference AND i.line_reference = r.line_reference
            LEFT JOIN drawn AS d ON d.entry = r.entry
        """,
    )
