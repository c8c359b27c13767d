"""What orders and fee lines say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING


def stream_events(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Accepted events of orders that are not what the log told at their place."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('sequence', o.sequence)::text AS key,
                jsonb_build_object(
                    'event_id', o.event_id, 'kind', o.kind, 'occurred_at', o.occurred_at,
                    'channel', coalesce(to_jsonb(o.channel), 'false'),
                    'channel_transaction', coalesce(to_jsonb(o.channel_transaction), 'false')
                ) AS found,
                jsonb_build_object(
                    'event_id', v.said ->> 'event', 'kind', CASE v.kind WHEN 'order.split' THEN 'order.succeeded'
                        ELSE v.kind END,
                    'occurred_at', v.occurred_at, 'channel', coalesce(v.said -> 'channel', 'false'),
                    'channel_transaction', coalesce(v.said -> 'channelTransaction', 'false')
                ) AS told
            FROM order_event AS o
            INNER JOIN (
                SELECT e.sequence, e.kind, e.occurred_at, e.payload::jsonb AS said FROM log_event AS e
                WHERE e.platform_id = $1 AND e.subject LIKE 'order/%'
            ) AS v ON v.sequence = o.sequence
            WHERE o.platform_id = $1
        ) AS c
        WHERE NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_heads(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Orders that are not what their first payment said, that have other lines than were paid for, or that stand elsewhere
    than what happened to them says: the status follows from their lines, shares and suspense, the most pressing first.
    """
    return snapshot.stream(
        """
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
        SELECT c.* FROM (
            SELECT json_build_object('order', coalesce(h.reference, substr(f.subject, 7)))::text AS key,
                CASE WHEN h.reference IS NOT NULL THEN jsonb_build_object(
                    'sequence', h.sequence, 'book', b.reference, 'currency', h.currency, 'channel', h.channel,
                    'channel_transaction', h.channel_transaction, 'paid_at', h.paid_at, 'is_split', h.is_split,
                    'is_unfrozen', h.is_unfrozen, 'lines_split', coalesce(l.is_split, false), 'status', h.status,
                    'lines', l.named::text
                ) END AS found,
                CASE WHEN f.subject IS NOT NULL THEN jsonb_build_object(
                    'sequence', f.sequence, 'book', f.said ->> 'legalEntity', 'currency', f.said ->> 'currency',
                    'channel', f.said ->> 'channel', 'channel_transaction', f.said ->> 'channelTransaction',
                    'paid_at', f.occurred_at, 'is_split', w.is_split, 'is_unfrozen', w.is_unfrozen,
                    'lines_split', w.is_split,
                    'status', CASE
                        WHEN NOT w.is_split THEN CASE
                            WHEN l.is_emptied THEN 'REFUNDED' WHEN l.is_refunded THEN 'PARTIALLY_REFUNDED'
                            ELSE 'FROZEN'
                        END
                        WHEN i.is_suspended THEN 'SPLIT_PARTIAL'
                        WHEN s.is_clawed_back THEN
                            CASE WHEN l.is_emptied THEN 'CLAWED_BACK_FULL' ELSE 'CLAWED_BACK_PARTIAL' END
                        WHEN w.is_unfrozen THEN 'FINISHED' ELSE 'SPLIT_DONE'
                    END,
                    'lines', n.named::text
                ) END AS told
            FROM (SELECT * FROM order_head AS o WHERE o.platform_id = $1) AS h
            FULL JOIN first AS f ON f.subject = 'order/' || h.reference
            LEFT JOIN later AS w ON w.subject = f.subject
            LEFT JOIN paid AS n ON n.subject = f.subject
            LEFT JOIN lines AS l ON l.order_reference = h.reference
            LEFT JOIN shares AS s ON s.order_reference = h.reference
            LEFT JOIN items AS i ON i.order_reference = h.reference
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = h.book_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_disputes(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Disputes that are not what their chargeback said, or that were decided otherwise."""
    return snapshot.stream(
        """
        WITH ended AS (
            SELECT e.subject, e.payload::jsonb ->> 'dispute' AS dispute,
                max(CASE e.kind WHEN 'chargeback.won' THEN 'WON' WHEN 'chargeback.lost' THEN 'LOST' END) AS status,
                max(e.payload::jsonb ->> 'liability') AS liability,
                max(e.occurred_at) FILTER (WHERE e.kind = 'chargeback.defended') AS defended_at
            FROM log_event AS e
            WHERE e.platform_id = $1 AND e.kind IN ('chargeback.defended', 'chargeback.won', 'chargeback.lost')
            GROUP BY e.subject, dispute
        )
        SELECT c.* FROM (
            SELECT json_build_object('sequence', coalesce(d.sequence, v.sequence))::text AS key,
                CASE WHEN d.sequence IS NOT NULL THEN jsonb_build_object(
                    'order', 'order/' || d.order_reference, 'dispute', d.dispute_reference, 'amount', d.amount_minor,
                    'fee', d.fee_minor, 'status', d.status, 'liability', d.liability,
                    'defended_at', extract(EPOCH FROM coalesce(d.defended_at, '-infinity'))::text
                ) END AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'order', v.subject, 'dispute', v.said ->> 'dispute',
                    'amount', replace(v.said ->> 'amount', '.', '')::bigint,
                    'fee', replace(v.said ->> 'fee', '.', '')::bigint, 'status',
                    coalesce(x.status, CASE WHEN x.defended_at IS NULL THEN 'NOTIFIED' ELSE 'DEFENDED' END),
                    'liability', coalesce(x.liability, ''),
                    'defended_at', extract(EPOCH FROM coalesce(x.defended_at, '-infinity'))::text
                ) END AS told
            FROM (SELECT * FROM order_dispute AS o WHERE o.platform_id = $1) AS d
            FULL JOIN (
                SELECT e.sequence, e.subject, e.payload::jsonb AS said FROM log_event AS e
                WHERE e.platform_id = $1 AND e.kind = 'order.charged_back'
            ) AS v ON v.sequence = d.sequence
            LEFT JOIN ended AS x ON x.subject = v.subject AND x.dispute = v.said ->> 'dispute'
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_dispute_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Lines of disputes that are not what their chargeback said, or that count on other suspense than was said last: by
    the chargeback, the split or the release. Of a dispute that is decided nothing waits.
    """
    return snapshot.stream(
        """
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
        SELECT c.* FROM (
            SELECT json_build_object(
                    'dispute', coalesce(o.dispute_reference, t.dispute), 'line', coalesce(o.line_reference, t.line)
                )::text AS key,
                CASE WHEN o.dispute_reference IS NOT NULL THEN jsonb_build_object(
                    'amount', o.amount_minor, 'waiting', o.waiting_minor
                ) END AS found,
                CASE WHEN t.dispute IS NOT NULL THEN jsonb_build_object(
                    'amount', t.amount, 'waiting', CASE WHEN d.open_minor = 0 THEN 0 ELSE t.waiting END
                ) END AS told
            FROM (SELECT * FROM order_dispute_line AS l WHERE l.platform_id = $1) AS o
            FULL JOIN told AS t ON t.dispute = o.dispute_reference AND t.line = o.line_reference
            LEFT JOIN order_dispute AS d ON d.platform_id = $1 AND d.dispute_reference = o.dispute_reference
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_internal_splits(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Money to be found elsewhere that is said to be there, though the log never told so, or the other way round."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('order', t.order_reference)::text AS key,
                jsonb_build_object('done_at', coalesce(to_jsonb(t.done_at), '""')) AS found,
                jsonb_build_object('done_at', coalesce(to_jsonb(v.occurred_at), '""')) AS told
            FROM internal_split_task AS t
            LEFT JOIN log_event AS v ON v.platform_id = $1 AND v.kind = 'internal_split.done'
                AND v.subject = 'order/' || t.order_reference
            WHERE t.platform_id = $1
        ) AS c
        WHERE c.found <> c.told ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_fee_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Fee lines that are not what the log told of them, or not what the fee that their entry carries says, and those told
    of that are not there.
    """
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('reference', coalesce(f.reference, substr(v.subject, 10)))::text AS key,
                CASE WHEN f.reference IS NOT NULL THEN jsonb_build_object(
                    'subject', 'fee-line/' || f.reference, 'item', f.item, 'party', p.reference, 'book', b.reference,
                    'currency', f.currency,
                    'amount', CASE f.direction WHEN 'CREDIT' THEN f.amount_minor ELSE -f.amount_minor END,
                    'order', f.order_reference, 'line', f.line_reference, 'reverses', coalesce(f.reverses, ''),
                    'source', f.source, 'occurred_at', f.occurred_at,
                    'kind', CASE WHEN f.compare_only THEN 'fee_line.noted' ELSE 'fee_line.posted' END,
                    'base', coalesce(f.base_minor, 0), 'rate', f.rate, 'exact', f.exact, 'tax', f.tax_minor,
                    'rule', f.item || '/' || f.item_version, 'catalogued', true
                ) END AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'subject', v.subject, 'item', v.said ->> 'item', 'party', v.said ->> 'party',
                    'book', v.said ->> 'legalEntity', 'currency', v.said ->> 'currency',
                    'amount', replace(v.said ->> 'amount', '.', '')::bigint, 'order', coalesce(v.said ->> 'order', ''),
                    'line', coalesce(v.said ->> 'line', ''), 'reverses', coalesce(v.said ->> 'reverses', ''),
                    'source', v.said ->> 'source', 'occurred_at', v.occurred_at, 'kind', v.kind,
                    'base', (e.fee ->> 'base')::bigint,
                    'rate', CASE WHEN e.fee IS NOT NULL THEN coalesce(e.fee ->> 'rate', '') END,
                    'exact', CASE WHEN e.fee IS NOT NULL THEN coalesce(e.fee ->> 'exact', '') END,
                    'tax', CASE WHEN e.fee IS NOT NULL THEN coalesce((e.fee ->> 'tax')::bigint, 0) END,
                    'rule', e.fee ->> 'rule',
                    'catalogued', i.code IS NOT NULL
                ) END AS told
            FROM (SELECT * FROM fee_line AS o WHERE o.platform_id = $1) AS f
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
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
