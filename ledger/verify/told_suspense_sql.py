"""What shares, suspense and its releases say, against lines, entries and the log. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor


def stream_items(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Suspense items that are of no share, or of another party's, that stand elsewhere than their last release says (each
    opening but an open one has its release), or that have not what is left of the share beside what others have of it;
    delivery is the merchant's.
    """
    return compare(
        snapshot,
        key="'item', i.item",
        told="s.rank IS NOT NULL",
        facts={
            "owner": ("i.owner_id", "s.party_id"),
            "status": ("i.status", "CASE WHEN coalesce(r.released, 0) < i.times THEN 'OPEN' ELSE r.released_to END"),
            "stands": (
                "CASE i.status WHEN 'OPEN' THEN 'SUSPENSE' WHEN 'OWNER' THEN 'PARTY' ELSE i.status END",
                "s.stands",
            ),
            "times": ("i.times", "coalesce(r.released, 0) + CASE i.status WHEN 'OPEN' THEN 1 ELSE 0 END"),
            "amount": (
                "i.amount_minor",
                """CASE WHEN i.status <> 'OPEN' THEN 0
                    ELSE s.amount_minor - s.returned_minor - i.outside_minor - i.given_minor
                        + CASE i.rank WHEN 0 THEN l.delivery_minor - l.refunded_delivery_minor ELSE 0 END
                END""",
            ),
        },
        rows="""
            suspense_item AS i
            LEFT JOIN order_share AS s ON s.platform_id = $1 AND s.order_reference = i.order_reference
                AND s.line_reference = i.line_reference AND s.rank = i.rank
            LEFT JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = i.order_reference
                AND l.line_reference = i.line_reference
            LEFT JOIN (
                SELECT o.item, max(o.opening) AS released,
                    (array_agg(o.released_to ORDER BY o.opening DESC))[1] AS released_to
                FROM suspense_release AS o WHERE o.platform_id = $1 GROUP BY o.item
            ) AS r ON r.item = i.item
            WHERE i.platform_id = $1
        """,
    )


def stream_shares(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Lines that were split and have not a share for each who gets one, the platform's among them, or one of another
    party, or one that is said to stand in suspense or with the merchant without an item. A line that was not split has
    no share, and nothing of the channel's fee was recovered on it. There is no share without its line. Shares gave back
    what the refunds that stand took of each (by rank, and the tax); of lines that a chargeback took from, too, see
    stream_borne_shares.
    """
    return compare(
        snapshot,
        key=(
            "'order', coalesce(l.order_reference, s.order_reference), "
            "'line', coalesce(l.line_reference, s.line_reference)"
        ),
        facts={
            "shares": (
                "coalesce(s.shares, 0)",
                """CASE WHEN l.is_split THEN 2 + cardinality(array_remove(l.chain, NULL))
                    + CASE WHEN l.agent_id IS NULL THEN 0 ELSE 1 END ELSE 0 END""",
            ),
            "elsewhere": ("coalesce(s.elsewhere, 0)", "coalesce(i.items, 0)"),
            "others": ("coalesce(s.others, 0)", "0"),
            "recovered": ("CASE WHEN l.is_split THEN 0 ELSE l.fee_recovered_minor + l.fee_passed_back_minor END", "0"),
            "returned": (
                "coalesce(s.returned, '{0,0,0,0,0,0,0}')::text",
                "CASE WHEN b.line_reference IS NULL THEN coalesce(r.returned, '{0,0,0,0,0,0,0}')::text END",
            ),
        },
        rows="""
            (SELECT * FROM order_line AS o WHERE o.platform_id = $1) AS l
            FULL JOIN (
                SELECT o.order_reference, o.line_reference, count(*) AS shares,
                    count(*) FILTER (WHERE o.stands <> 'PARTY') AS elsewhere,
                    count(*) FILTER (WHERE o.party_id IS DISTINCT FROM CASE o.rank
                        WHEN 0 THEN k.merchant_id WHEN 1 THEN NULL WHEN 5 THEN k.agent_id ELSE k.chain[o.rank - 1]
                    END) AS others,
                    ARRAY[
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 0), 0),
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 1), 0),
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 2), 0),
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 3), 0),
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 4), 0),
                        coalesce(sum(o.returned_minor) FILTER (WHERE o.rank = 5), 0),
                        sum(o.returned_tax_minor)
                    ]::bigint[] AS returned
                FROM order_share AS o
                LEFT JOIN order_line AS k ON k.platform_id = $1 AND k.order_reference = o.order_reference
                    AND k.line_reference = o.line_reference
                WHERE o.platform_id = $1 GROUP BY o.order_reference, o.line_reference
            ) AS s ON s.order_reference = l.order_reference AND s.line_reference = l.line_reference
            LEFT JOIN (
                SELECT o.order_reference, o.line_reference, count(*) FILTER (WHERE o.status <> 'OWNER') AS items
                FROM suspense_item AS o WHERE o.platform_id = $1 GROUP BY o.order_reference, o.line_reference
            ) AS i ON i.order_reference = l.order_reference AND i.line_reference = l.line_reference
            LEFT JOIN (
                SELECT o.order_reference, o.line_reference,
                    ARRAY[
                        coalesce(sum(o.claw_back_merchant_minor), 0), coalesce(sum(o.claw_back_commission_minor), 0),
                        coalesce(sum(o.claw_back_levels_minor[1]), 0), coalesce(sum(o.claw_back_levels_minor[2]), 0),
                        coalesce(sum(o.claw_back_levels_minor[3]), 0), coalesce(sum(o.claw_back_agent_minor), 0),
                        coalesce(sum(o.claw_back_tax_minor), 0)
                    ]::bigint[] AS returned
                FROM order_refund_line AS o
                INNER JOIN order_refund AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.refund_reference = o.refund_reference AND f.status <> 'REJECTED'
                WHERE o.platform_id = $1 GROUP BY o.order_reference, o.line_reference
            ) AS r ON r.order_reference = l.order_reference AND r.line_reference = l.line_reference
            LEFT JOIN (
                SELECT DISTINCT o.order_reference, o.line_reference FROM order_dispute_line AS o
                INNER JOIN order_dispute AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.dispute_reference = o.dispute_reference AND f.liability = 'SPLIT'
                WHERE o.platform_id = $1
            ) AS b ON b.order_reference = l.order_reference AND b.line_reference = l.line_reference
        """,
    )


def stream_borne_shares(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Shares of lines that a chargeback took from which everyone bore, that gave back something else than refunds took of
    them and entries of such chargebacks took from their accounts. The merchant's account gave the delivery, too, which
    the fees of the entry name. What stood in suspense went from one account whosever it was: of such shares, and of
    their merchant's, the sum with all others is compared, where nothing was delivered.
    """
    return compare(
        snapshot,
        key="'order', k.order_reference, 'line', k.line_reference, 'rank', s.rank",
        facts={
            "returned": (
                "s.returned_minor",
                """CASE WHEN CASE s.rank WHEN 0 THEN m.is_noted AND NOT i.has_any ELSE NOT i.has_own END THEN m.own
                    + CASE s.rank WHEN 0 THEN r.merchant - n.delivery WHEN 1 THEN r.commission WHEN 5 THEN r.agent
                    ELSE r.levels[s.rank - 1] END
                END""",
            ),
            "tax": ("s.returned_tax_minor", "CASE s.rank WHEN 1 THEN r.tax + m.tax ELSE 0 END"),
            "together": (
                "w.returned",
                """CASE WHEN s.rank = 1 AND l.delivery_minor = 0 THEN r.merchant + r.commission + r.agent
                    + r.levels[1] + r.levels[2] + r.levels[3] + m.together END""",
            ),
        },
        rows="""
            (
                SELECT DISTINCT o.order_reference, o.line_reference FROM order_dispute_line AS o
                INNER JOIN order_dispute AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.dispute_reference = o.dispute_reference AND f.liability = 'SPLIT'
                WHERE o.platform_id = $1
            ) AS k
            INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = k.order_reference
                AND l.line_reference = k.line_reference
            INNER JOIN order_share AS s ON s.platform_id = $1 AND s.order_reference = k.order_reference
                AND s.line_reference = k.line_reference
            CROSS JOIN LATERAL (
                SELECT sum(o.returned_minor)::bigint AS returned FROM order_share AS o
                WHERE o.platform_id = $1 AND o.order_reference = k.order_reference
                    AND o.line_reference = k.line_reference
            ) AS w
            CROSS JOIN LATERAL (
                SELECT count(*) > 0 AS has_any, count(*) FILTER (WHERE o.rank = s.rank) > 0 AS has_own
                FROM suspense_item AS o
                WHERE o.platform_id = $1 AND o.order_reference = k.order_reference
                    AND o.line_reference = k.line_reference
            ) AS i
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(o.claw_back_merchant_minor), 0)::bigint AS merchant,
                    coalesce(sum(o.claw_back_commission_minor), 0)::bigint AS commission,
                    coalesce(sum(o.claw_back_agent_minor), 0)::bigint AS agent,
                    ARRAY[
                        coalesce(sum(o.claw_back_levels_minor[1]), 0), coalesce(sum(o.claw_back_levels_minor[2]), 0),
                        coalesce(sum(o.claw_back_levels_minor[3]), 0)
                    ]::bigint[] AS levels,
                    coalesce(sum(o.claw_back_tax_minor), 0)::bigint AS tax
                FROM order_refund_line AS o
                INNER JOIN order_refund AS f ON f.platform_id = $1 AND f.order_reference = o.order_reference
                    AND f.refund_reference = o.refund_reference AND f.status <> 'REJECTED'
                WHERE o.platform_id = $1 AND o.order_reference = k.order_reference
                    AND o.line_reference = k.line_reference
            ) AS r
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(x.amount) FILTER (
                        WHERE a.party_id IS NOT DISTINCT FROM s.party_id
                            AND (a.code = s.account_code OR (s.rank = 1 AND a.code = '2105'))
                    ), 0)::bigint AS own,
                    coalesce(sum(x.amount) FILTER (WHERE a.code = '2105'), 0)::bigint AS tax,
                    coalesce(sum(x.amount) FILTER (WHERE a.code <> '2000'), 0)::bigint AS together,
                    coalesce(bool_and(a.code <> '2010' OR e.metadata LIKE '{"fees":%'), true) AS is_noted
                FROM entry AS e
                INNER JOIN line AS x ON x.platform_id = $1 AND x.sequence = e.sequence AND x.side = 'D'
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = x.account_id
                WHERE e.platform_id = $1 AND e.document <> '' AND e.document = 'order/' || k.order_reference
                    AND e.document_line = k.line_reference AND e.template = 'CHARGEBACK_LOST'
            ) AS m
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(-(f.fee ->> 'amount')::bigint), 0)::bigint AS delivery FROM entry AS e
                CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS f (fee)
                WHERE e.platform_id = $1 AND e.document <> '' AND e.document = 'order/' || k.order_reference
                    AND e.document_line = k.line_reference AND e.template = 'CHARGEBACK_LOST'
                    AND e.metadata LIKE '{"fees":%' AND f.fee ->> 'item' = 'DELIVERY_INCOME'
            ) AS n
        """,
    )


def stream_releases(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Releases out of suspense that the log tells otherwise, or that moved another amount out of 2200 than they say, and
    events and entries of releases without one.
    """
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.sequence, substr(v.subject, 10)::bigint AS item, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'suspense.released'
            ), moved AS (
                SELECT e.cause, e.document, e.document_line, e.idempotency_key, e.sequence,
                    sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END)::bigint AS amount
                FROM entry AS e
                INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '2200'
                WHERE e.platform_id = $1 AND e.template = 'RELEASE' AND e.cause LIKE 'suspense/%'
                GROUP BY e.sequence, e.cause, e.document, e.document_line, e.idempotency_key
            )
        """,
        key="'item', coalesce(r.item, v.item), 'sequence', coalesce(r.sequence, v.sequence)",
        found="r.item IS NOT NULL",
        told="v.item IS NOT NULL",
        facts={
            "item": ("r.item", "v.item"),
            "opening": ("r.opening", "coalesce((v.said ->> 'opening')::bigint, 1)"),
            "to": ("r.released_to", "v.said ->> 'to'"),
            "amount": ("r.amount_minor", minor("amount")),
            "moved": ("r.amount_minor", "coalesce(m.amount, 0)"),
            "order": ("'order/' || i.order_reference", "'order/' || (v.said ->> 'order')"),
            "line": ("i.line_reference", "v.said ->> 'line'"),
        },
        rows="""
            (SELECT * FROM suspense_release AS o WHERE o.platform_id = $1) AS r
            FULL JOIN told AS v ON v.sequence = r.sequence
            LEFT JOIN suspense_item AS i ON i.platform_id = $1 AND i.item = r.item
            LEFT JOIN moved AS m ON m.cause = 'suspense/' || v.item AND v.said -> 'entries' @> to_jsonb(m.sequence)
        """,
    )
