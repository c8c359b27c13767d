"""What orders and fee lines say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor, or_none, tells, told_of


def stream_events(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Accepted events of orders that are not what the log told at their place."""
    return compare(
        snapshot,
        key="'sequence', o.sequence",
        facts={
            "event_id": ("o.event_id", "v.said ->> 'event'"),
            "kind": ("o.kind", "CASE v.kind WHEN 'order.split' THEN 'order.succeeded' ELSE v.kind END"),
            "occurred_at": ("o.occurred_at", "v.occurred_at"),
            "channel": (or_none("o.channel"), or_none("v.said -> 'channel'")),
            "channel_transaction": (
                or_none("o.channel_transaction"),
                or_none("v.said -> 'channelTransaction'"),
            ),
        },
        rows="""
            order_event AS o
            INNER JOIN (
                SELECT e.sequence, e.kind, e.occurred_at, e.payload::jsonb AS said FROM log_event AS e
                WHERE e.platform_id = $1 AND e.subject LIKE 'order/%'
            ) AS v ON v.sequence = o.sequence
            WHERE o.platform_id = $1
        """,
    )


def stream_heads(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Orders that are not what their first payment said, that have other lines than were paid for, or lines alone, or that
    stand elsewhere than what happened to them says: the status follows from their lines, shares and suspense, the most
    pressing first.
    """
    return compare(
        snapshot,
        first="""
            WITH first AS (
                SELECT DISTINCT ON (e.subject) e.subject, e.sequence, e.occurred_at, e.payload::jsonb AS said
                FROM log_event AS e WHERE e.platform_id = $1 AND e.kind = 'order.paid' ORDER BY e.subject, e.sequence
            ), later AS (
                SELECT e.subject, bool_or(e.kind = 'order.split') AS is_split,
                    bool_or(e.kind = 'payment.unfrozen') AS is_unfrozen
                FROM log_event AS e
                WHERE e.platform_id = $1 AND e.kind IN ('order.paid', 'order.split', 'payment.unfrozen')
                GROUP BY e.subject
            ), paid AS (
                SELECT e.subject, jsonb_agg(DISTINCT x.line ORDER BY x.line) AS named
                FROM log_event AS e
                CROSS JOIN LATERAL jsonb_array_elements_text(e.payload::jsonb -> 'lines') AS x (line)
                WHERE e.platform_id = $1 AND e.kind = 'order.paid' GROUP BY e.subject
            ), lines AS (
                SELECT l.order_reference, jsonb_agg(l.line_reference ORDER BY l.line_reference) AS named,
                    bool_or(l.refunded_goods_minor + l.refunded_delivery_minor > 0) AS is_refunded,
                    bool_and(l.refunded_goods_minor >= l.goods_minor AND l.refunded_delivery_minor >= l.delivery_minor)
                        AS is_emptied,
                    bool_and(l.is_split) AS is_split
                FROM order_line AS l WHERE l.platform_id = $1 GROUP BY l.order_reference
            ), shares AS (
                SELECT s.order_reference, bool_or(s.returned_minor <> 0) AS is_clawed_back
                FROM order_share AS s
                INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = s.order_reference
                    AND l.line_reference = s.line_reference AND l.refunded_goods_minor + l.refunded_delivery_minor > 0
                WHERE s.platform_id = $1 GROUP BY s.order_reference
            ), items AS (
                SELECT i.order_reference, true AS is_suspended FROM suspense_item AS i
                WHERE i.platform_id = $1 AND i.status = 'OPEN' AND i.amount_minor > 0 GROUP BY i.order_reference
            )
        """,
        key="'order', coalesce(h.reference, substr(f.subject, 7), l.order_reference)",
        found="h.reference IS NOT NULL OR l.order_reference IS NOT NULL",
        told="f.subject IS NOT NULL",
        facts={
            "sequence": ("h.sequence", "f.sequence"),
            "book": ("b.reference", "f.said ->> 'legalEntity'"),
            "currency": ("h.currency", "f.said ->> 'currency'"),
            "channel": ("h.channel", "f.said ->> 'channel'"),
            "channel_transaction": ("h.channel_transaction", "f.said ->> 'channelTransaction'"),
            "paid_at": ("h.paid_at", "f.occurred_at"),
            "is_split": ("h.is_split", "w.is_split"),
            "is_unfrozen": ("h.is_unfrozen", "w.is_unfrozen"),
            "lines_split": ("coalesce(l.is_split, false)", "w.is_split"),
            "status": (
                "h.status",
                """CASE
                    WHEN NOT w.is_split THEN CASE
                        WHEN l.is_emptied THEN 'REFUNDED' WHEN l.is_refunded THEN 'PARTIALLY_REFUNDED'
                        ELSE 'FROZEN'
                    END
                    WHEN i.is_suspended THEN 'SPLIT_PARTIAL'
                    WHEN s.is_clawed_back THEN
                        CASE WHEN l.is_emptied THEN 'CLAWED_BACK_FULL' ELSE 'CLAWED_BACK_PARTIAL' END
                    WHEN w.is_unfrozen THEN 'FINISHED' ELSE 'SPLIT_DONE'
                END""",
            ),
            "lines": ("l.named::text", "n.named::text"),
        },
        rows="""
            (SELECT * FROM order_head AS o WHERE o.platform_id = $1) AS h
            FULL JOIN first AS f ON f.subject = 'order/' || h.reference
            FULL JOIN lines AS l ON l.order_reference = h.reference
            LEFT JOIN later AS w ON w.subject = f.subject
            LEFT JOIN paid AS n ON n.subject = f.subject
            LEFT JOIN shares AS s ON s.order_reference = h.reference
            LEFT JOIN items AS i ON i.order_reference = h.reference
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = h.book_id
        """,
    )


def stream_disputes(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Disputes that are not what their chargeback said, or that were decided otherwise."""
    return compare(
        snapshot,
        first="""
            WITH ended AS (
                SELECT e.subject, e.payload::jsonb ->> 'dispute' AS dispute,
                    max(CASE e.kind WHEN 'chargeback.won' THEN 'WON' WHEN 'chargeback.lost' THEN 'LOST' END) AS status,
                    max(e.payload::jsonb ->> 'liability') AS liability,
                    max(e.occurred_at) FILTER (WHERE e.kind = 'chargeback.defended') AS defended_at
                FROM log_event AS e
                WHERE e.platform_id = $1 AND e.kind IN ('chargeback.defended', 'chargeback.won', 'chargeback.lost')
                GROUP BY e.subject, dispute
            )
        """,
        key="'sequence', coalesce(d.sequence, v.sequence)",
        found="d.sequence IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "order": ("'order/' || d.order_reference", "v.subject"),
            "dispute": ("d.dispute_reference", "v.said ->> 'dispute'"),
            "amount": ("d.amount_minor", minor("amount")),
            "fee": ("d.fee_minor", minor("fee")),
            "status": (
                "d.status",
                "coalesce(x.status, CASE WHEN x.defended_at IS NULL THEN 'NOTIFIED' ELSE 'DEFENDED' END)",
            ),
            "liability": ("d.liability", "coalesce(x.liability, '')"),
            "defended_at": (or_none("d.defended_at"), or_none("x.defended_at")),
        },
        rows="""
            (SELECT * FROM order_dispute AS o WHERE o.platform_id = $1) AS d
            FULL JOIN (
                SELECT e.sequence, e.subject, e.payload::jsonb AS said FROM log_event AS e
                WHERE e.platform_id = $1 AND e.kind = 'order.charged_back'
            ) AS v ON v.sequence = d.sequence
            LEFT JOIN ended AS x ON x.subject = v.subject AND x.dispute = v.said ->> 'dispute'
        """,
    )


def stream_dispute_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Lines of disputes that are not what their chargeback said, or that count on other suspense than was said last: by
    the chargeback, the split or the release. Of a dispute that is decided nothing waits.
    """
    return compare(
        snapshot,
        first="""
            WITH said AS (
                SELECT e.sequence, e.kind, coalesce(d.one ->> 'dispute', e.payload::jsonb ->> 'dispute') AS dispute,
                    t.line ->> 'line' AS line, t.line AS told
                FROM log_event AS e
                CROSS JOIN LATERAL jsonb_array_elements(
                    coalesce(e.payload::jsonb -> 'disputes', jsonb_build_array(e.payload::jsonb))
                ) AS d (one)
                CROSS JOIN LATERAL jsonb_array_elements(d.one -> 'lines') AS t (line)
                WHERE e.platform_id = $1 AND (
                    e.kind = 'order.charged_back' OR (
                        e.kind IN ('order.split', 'suspense.released') AND e.payload::jsonb ? 'disputes'
                    )
                )
            ), told AS (
                SELECT s.dispute, s.line, max(replace(s.told ->> 'amount', '.', '')::bigint) AS amount,
                    (array_agg((s.told ->> 'merchantWaitingMinor')::bigint ORDER BY s.sequence DESC))[1] AS waiting
                FROM said AS s GROUP BY s.dispute, s.line
            )
        """,
        key="'dispute', coalesce(o.dispute_reference, t.dispute), 'line', coalesce(o.line_reference, t.line)",
        found="o.dispute_reference IS NOT NULL",
        told="t.dispute IS NOT NULL",
        facts={
            "amount": ("o.amount_minor", "t.amount"),
            "waiting": ("o.waiting_minor", "CASE WHEN d.open_minor = 0 THEN 0 ELSE t.waiting END"),
        },
        rows="""
            (SELECT * FROM order_dispute_line AS l WHERE l.platform_id = $1) AS o
            FULL JOIN told AS t ON t.dispute = o.dispute_reference AND t.line = o.line_reference
            LEFT JOIN order_dispute AS d ON d.platform_id = $1 AND d.dispute_reference = o.dispute_reference
        """,
    )


def stream_internal_splits(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Money to be found elsewhere that is not what its split said of it, or that is said to be there though the log never
    told so, or the other way round; splits that opened a task which is not there, and tasks that none opened. Older
    programs told that there is one and nothing of it.
    """
    return compare(
        snapshot,
        key="'order', coalesce('order/' || t.order_reference, v.subject)",
        found="t.order_reference IS NOT NULL",
        told=f"v.subject IS NOT NULL OR NOT {tells(2)}",
        facts={
            "amount": ("t.amount_minor", "v.said -> 'internalSplit' -> 'amountMinor'"),
            "opened_at": ("t.opened_at", "(v.said -> 'internalSplit' ->> 'openedAt')::timestamptz"),
            "frozen_until": ("t.frozen_until", "(v.said -> 'internalSplit' ->> 'frozenUntil')::timestamptz"),
            "reason": ("t.reason", "v.said -> 'internalSplit' ->> 'why'"),
            "done_at": (or_none("t.done_at"), or_none("w.occurred_at")),
        },
        rows=f"""
            (SELECT * FROM internal_split_task AS o WHERE o.platform_id = $1) AS t
            FULL JOIN (
                SELECT e.subject, e.said FROM {told_of("order.split")} AS e WHERE e.said ->> 'split' = 'INTERNAL'
            ) AS v ON v.subject = 'order/' || t.order_reference
            LEFT JOIN {told_of("internal_split.done")} AS w ON w.subject = 'order/' || t.order_reference
        """,
    )


def stream_fee_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Fee lines that are not what the log told of them, or not what the fee that their entry carries says, and those told
    of that are not there.
    """
    return compare(
        snapshot,
        key="'reference', coalesce(f.reference, substr(v.subject, 10))",
        found="f.reference IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "subject": ("'fee-line/' || f.reference", "v.subject"),
            "item": ("f.item", "v.said ->> 'item'"),
            "party": ("p.reference", "v.said ->> 'party'"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("f.currency", "v.said ->> 'currency'"),
            "amount": ("CASE f.direction WHEN 'CREDIT' THEN f.amount_minor ELSE -f.amount_minor END", minor("amount")),
            "order": ("f.order_reference", "coalesce(v.said ->> 'order', '')"),
            "line": ("f.line_reference", "coalesce(v.said ->> 'line', '')"),
            "reverses": (or_none("f.reverses"), or_none("v.said ->> 'reverses'")),
            "source": ("f.source", "v.said ->> 'source'"),
            "occurred_at": ("f.occurred_at", "v.occurred_at"),
            "kind": ("CASE WHEN f.compare_only THEN 'fee_line.noted' ELSE 'fee_line.posted' END", "v.kind"),
            "base": ("coalesce(f.base_minor, 0)", "(e.fee ->> 'base')::bigint"),
            "rate": ("f.rate", "CASE WHEN e.fee IS NOT NULL THEN coalesce(e.fee ->> 'rate', '') END"),
            "exact": ("f.exact", "CASE WHEN e.fee IS NOT NULL THEN coalesce(e.fee ->> 'exact', '') END"),
            "tax": ("f.tax_minor", "CASE WHEN e.fee IS NOT NULL THEN coalesce((e.fee ->> 'tax')::bigint, 0) END"),
            "rule": ("f.item || '/' || f.item_version", "e.fee ->> 'rule'"),
            "catalogued": ("true", "i.code IS NOT NULL"),
        },
        rows="""
            (SELECT * FROM fee_line AS o WHERE o.platform_id = $1) AS f
            FULL JOIN (
                SELECT o.sequence, o.subject, o.kind, o.occurred_at, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind IN ('fee_line.posted', 'fee_line.noted')
            ) AS v ON v.sequence = f.sequence
            LEFT JOIN (
                SELECT o.sequence, o.metadata::jsonb -> 'fees' -> 0 AS fee FROM entry AS o
                WHERE o.platform_id = $1 AND o.template = 'FEE_LINE' AND o.metadata LIKE '{"fees":%'
            ) AS e ON e.sequence = f.entry
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = f.party_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = f.book_id
            LEFT JOIN fee_item AS i ON i.platform_id = $1 AND i.code = f.item AND i.version = f.item_version
        """,
    )
