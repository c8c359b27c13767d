"""What is kept of channels' days, reading only. `$1` is the platform."""

from collections.abc import AsyncIterator, Sequence

from ledger.charging.channel_days.standing_sql import IS_DISMISSED
from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING


def stream_days(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Days that are not what the log told of them."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('day', coalesce('channel-day/' || d.channel_day_id, v.subject))::text AS key,
                CASE WHEN d.channel_day_id IS NOT NULL THEN jsonb_build_object(
                    'channel', d.channel, 'day', d.day, 'legalEntity', b.reference, 'currency', d.currency,
                    'file', d.file, 'captures', d.captures, 'captured', d.captured_minor, 'fees', d.fee_minor,
                    'refunds', d.refunds, 'refunded', d.refunded_minor, 'feesReturned', d.fee_returned_minor,
                    'sha256', encode(d.fingerprint, 'hex'), 'recorded_at', d.recorded_at, 'recorded_by', d.recorded_by
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'channel', v.said -> 'channel', 'day', v.said -> 'day', 'legalEntity', v.said -> 'legalEntity',
                    'currency', v.said -> 'currency', 'file', v.said -> 'file', 'captures', v.said -> 'captures',
                    'captured', replace(v.said ->> 'captured', '.', '')::bigint,
                    'fees', replace(v.said ->> 'fees', '.', '')::bigint, 'refunds', v.said -> 'refunds',
                    'refunded', replace(v.said ->> 'refunded', '.', '')::bigint,
                    'feesReturned', replace(v.said ->> 'feesReturned', '.', '')::bigint, 'sha256', v.said -> 'sha256',
                    'recorded_at', v.occurred_at, 'recorded_by', v.actor
                ) END AS told
            FROM (SELECT * FROM channel_day AS o WHERE o.platform_id = $1) AS d
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = d.book_id
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'channel_day.recorded'
            ) AS v ON v.subject = 'channel-day/' || d.channel_day_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_records(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every day's mark with its records, which are null where it has none; records of no day come by themselves."""
    return snapshot.stream(
        """
        SELECT coalesce(d.channel_day_id, r.channel_day_id) AS channel_day_id, d.fingerprint, r.reference, r.kind,
            r.order_reference, r.name, r.amount_minor, r.fee_minor, r.occurred_at
        FROM (SELECT * FROM channel_day AS o WHERE o.platform_id = $1) AS d
        FULL JOIN (
            SELECT * FROM channel_record AS o WHERE o.platform_id = $1
        ) AS r ON r.channel_day_id = d.channel_day_id
        ORDER BY 1, r.reference
        """,
        snapshot.conn.platform_id,
    )


def stream_orders(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Orders of which channels told, that were paid or refunded on days of which they told, or that are kept."""
    return snapshot.stream(
        """
        SELECT o.order_reference FROM channel_record AS o WHERE o.platform_id = $1
        UNION
        SELECT e.order_reference FROM order_event AS e
        INNER JOIN order_head AS h ON h.platform_id = $1 AND h.reference = e.order_reference
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = h.book_id
        INNER JOIN channel_day AS d ON d.platform_id = $1 AND d.book_id = h.book_id AND d.currency = h.currency
            AND d.day = (e.occurred_at AT TIME ZONE b.time_zone)::date
        WHERE e.platform_id = $1 AND e.kind IN ('order.paid', 'refund.paid')
        UNION
        SELECT r.order_reference COLLATE "default" FROM channel_difference AS r WHERE r.platform_id = $1
        ORDER BY order_reference
        """,
        snapshot.conn.platform_id,
    )


def stream_differences(snapshot: Snapshot, *, orders: Sequence[str]) -> AsyncIterator[Row]:
    """What is kept of how these orders differ."""
    return snapshot.stream(
        """
        SELECT r.channel_day_id, r.reason, r.kind, r.order_reference, r.name, r.record, r.told_minor, r.booked_minor,
            r.told_currency, r.booked_currency
        FROM channel_difference AS r WHERE r.platform_id = $1 AND r.order_reference = ANY($2::text[])
        """,
        snapshot.conn.platform_id,
        orders,
    )


def stream_dismissals(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was set aside of differences that is not what the log told of it. A side that lacks it says nothing."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object(
                'dismissal', coalesce('channel-dismissal/' || d.channel_dismissal_id, v.subject)
            )::text AS key,
                CASE WHEN d.channel_dismissal_id IS NOT NULL THEN jsonb_build_object(
                    'channelDay', d.channel_day_id, 'reason', d.reason, 'kind', d.kind, 'order', d.order_reference,
                    'name', d.name, 'record', d.record, 'told', coalesce(d.told_minor::text, ''),
                    'toldCurrency', d.told_currency, 'booked', coalesce(d.booked_minor::text, ''),
                    'bookedCurrency', d.booked_currency, 'words', d.words, 'dismissed_at', d.dismissed_at,
                    'dismissed_by', d.dismissed_by
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'channelDay', v.said -> 'channelDay', 'reason', v.said -> 'reason', 'kind', v.said -> 'kind',
                    'order', v.said -> 'order', 'name', v.said -> 'name',
                    'record', coalesce(v.said ->> 'record', ''),
                    'told', coalesce(replace(v.said ->> 'told', '.', '')::bigint::text, ''),
                    'toldCurrency', coalesce(v.said ->> 'toldCurrency', ''),
                    'booked', coalesce(replace(v.said ->> 'booked', '.', '')::bigint::text, ''),
                    'bookedCurrency', coalesce(v.said ->> 'bookedCurrency', ''), 'words', v.said -> 'words',
                    'dismissed_at', v.occurred_at, 'dismissed_by', v.actor
                ) END AS told
            FROM (SELECT * FROM channel_dismissal AS o WHERE o.platform_id = $1) AS d
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'channel_difference.dismissed'
            ) AS v ON v.subject = 'channel-dismissal/' || d.channel_dismissal_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_dismissed_records(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was set aside of a record that its day has not, or that says otherwise."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('dismissal', 'channel-dismissal/' || d.channel_dismissal_id)::text AS key,
                jsonb_build_object(
                    'kind', d.kind, 'order', d.order_reference, 'name', d.name, 'told', d.told_minor,
                    'toldCurrency', d.told_currency
                ) AS found,
                CASE WHEN r.reference IS NOT NULL THEN jsonb_build_object(
                    'kind', r.kind, 'order', r.order_reference, 'name', r.name,
                    'told', CASE d.reason WHEN 'FEE_DIFF' THEN r.fee_minor ELSE r.amount_minor END,
                    'toldCurrency', t.currency
                ) END AS told
            FROM channel_dismissal AS d
            LEFT JOIN channel_day AS t ON t.platform_id = $1 AND t.channel_day_id = d.channel_day_id
            LEFT JOIN channel_record AS r ON r.platform_id = $1 AND r.channel_day_id = d.channel_day_id
                AND r.reference = d.record
            WHERE d.platform_id = $1 AND d.reason <> 'CHANNEL_MISSING'
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_set_aside(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Differences that are kept as set aside while nobody did, or as open while somebody did."""
    return snapshot.stream(
        f"""
        SELECT c.* FROM (
            SELECT json_build_object(
                'channel_day_id', r.channel_day_id, 'order', r.order_reference, 'kind', r.kind, 'name', r.name,
                'record', r.record, 'reason', r.reason
            )::text AS key,
                jsonb_build_object('is_dismissed', r.is_dismissed) AS found,
                jsonb_build_object('is_dismissed', {IS_DISMISSED}) AS told
            FROM channel_difference AS r WHERE r.platform_id = $1
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
