"""What is kept of channels' days, reading only. `$1` is the platform."""

from collections.abc import AsyncIterator, Sequence

from ledger.charging.channel_days.standing_sql import IS_DISMISSED
from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor, told_of


def stream_days(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Days that are not what the log told of them."""
    return compare(
        snapshot,
        key="'day', coalesce('channel-day/' || d.channel_day_id, v.subject)",
        found="d.channel_day_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "channel": ("d.channel", "v.said -> 'channel'"),
            "day": ("d.day", "v.said -> 'day'"),
            "legalEntity": ("b.reference", "v.said -> 'legalEntity'"),
            "currency": ("d.currency", "v.said -> 'currency'"),
            "file": ("d.file", "v.said -> 'file'"),
            "captures": ("d.captures", "v.said -> 'captures'"),
            "captured": ("d.captured_minor", minor("captured")),
            "fees": ("d.fee_minor", minor("fees")),
            "refunds": ("d.refunds", "v.said -> 'refunds'"),
            "refunded": ("d.refunded_minor", minor("refunded")),
            "feesReturned": ("d.fee_returned_minor", minor("feesReturned")),
            "sha256": ("encode(d.fingerprint, 'hex')", "v.said -> 'sha256'"),
            "recorded_at": ("d.recorded_at", "v.occurred_at"),
            "recorded_by": ("d.recorded_by", "v.actor"),
        },
        rows=f"""
            (SELECT * FROM channel_day AS o WHERE o.platform_id = $1) AS d
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = d.book_id
            FULL JOIN {told_of("channel_day.recorded")} AS v ON v.subject = 'channel-day/' || d.channel_day_id
        """,
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


# What is set aside as `d`, and what `v` said of it: a side that lacks it says nothing.
_DIFFERENCE = {
    "channelDay": ("d.channel_day_id", "v.said -> 'channelDay'"),
    "reason": ("d.reason", "v.said -> 'reason'"),
    "kind": ("d.kind", "v.said -> 'kind'"),
    "order": ("d.order_reference", "v.said -> 'order'"),
    "name": ("d.name", "v.said -> 'name'"),
    "record": ("d.record", "coalesce(v.said ->> 'record', '')"),
    "told": (
        "coalesce(d.told_minor::text, '')",
        "coalesce(replace(v.said ->> 'told', '.', '')::bigint::text, '')",
    ),
    "toldCurrency": ("d.told_currency", "coalesce(v.said ->> 'toldCurrency', '')"),
    "booked": (
        "coalesce(d.booked_minor::text, '')",
        "coalesce(replace(v.said ->> 'booked', '.', '')::bigint::text, '')",
    ),
    "bookedCurrency": ("d.booked_currency", "coalesce(v.said ->> 'bookedCurrency', '')"),
}


def stream_dismissals(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was set aside of differences that is not what the log told of it, or not in the order in which it was."""
    return compare(
        snapshot,
        key="'dismissal', coalesce('channel-dismissal/' || d.channel_dismissal_id, v.subject)",
        found="d.channel_dismissal_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            **_DIFFERENCE,
            "round": ("d.round", "d.before"),
            "words": ("d.words", "v.said -> 'words'"),
            "dismissed_at": ("d.dismissed_at", "v.occurred_at"),
            "dismissed_by": ("d.dismissed_by", "v.actor"),
        },
        rows=f"""
            (
                SELECT o.*, row_number() OVER (
                    PARTITION BY o.channel_day_id, o.order_reference, o.kind, o.name, o.record, o.reason, o.told_minor,
                        o.booked_minor, o.told_currency, o.booked_currency
                    ORDER BY o.channel_dismissal_id
                ) - 1 AS before
                FROM channel_dismissal AS o WHERE o.platform_id = $1
            ) AS d
            FULL JOIN {told_of("channel_difference.dismissed")} AS v
                ON v.subject = 'channel-dismissal/' || d.channel_dismissal_id
        """,
    )


def stream_reopenings(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was taken up again of what was set aside that is not what the log told of it."""
    return compare(
        snapshot,
        key="'reopening', coalesce('channel-dismissal/' || d.number, v.subject)",
        found="d.number IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            **_DIFFERENCE,
            "words": ("d.reopening_words", "v.said -> 'words'"),
            "reopened_at": ("d.reopened_at", "v.occurred_at"),
            "reopened_by": ("d.reopened_by", "v.actor"),
        },
        rows=f"""
            (
                SELECT o.*, u.channel_dismissal_id AS number, u.words AS reopening_words, u.reopened_at, u.reopened_by
                FROM channel_reopening AS u
                LEFT JOIN channel_dismissal AS o ON o.platform_id = $1
                    AND o.channel_dismissal_id = u.channel_dismissal_id
                WHERE u.platform_id = $1
            ) AS d
            FULL JOIN {told_of("channel_difference.reopened")} AS v
                ON v.subject = 'channel-dismissal/' || d.number
        """,
    )


def stream_dismissed_records(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was set aside of a record that its day has not, or that says otherwise."""
    return compare(
        snapshot,
        key="'dismissal', 'channel-dismissal/' || d.channel_dismissal_id",
        told="r.reference IS NOT NULL",
        facts={
            "kind": ("d.kind", "r.kind"),
            "order": ("d.order_reference", "r.order_reference"),
            "name": ("d.name", "r.name"),
            "told": ("d.told_minor", "CASE d.reason WHEN 'FEE_DIFF' THEN r.fee_minor ELSE r.amount_minor END"),
            "toldCurrency": ("d.told_currency", "t.currency"),
        },
        rows="""
            channel_dismissal AS d
            LEFT JOIN channel_day AS t ON t.platform_id = $1 AND t.channel_day_id = d.channel_day_id
            LEFT JOIN channel_record AS r ON r.platform_id = $1 AND r.channel_day_id = d.channel_day_id
                AND r.reference = d.record
            WHERE d.platform_id = $1 AND d.reason <> 'CHANNEL_MISSING'
        """,
    )


def stream_set_aside(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Differences that are kept as set aside while nobody did, or as open while somebody did."""
    return compare(
        snapshot,
        key=(
            "'channel_day_id', r.channel_day_id, 'order', r.order_reference, 'kind', r.kind, 'name', r.name, "
            "'record', r.record, 'reason', r.reason"
        ),
        facts={
            "is_dismissed": ("r.is_dismissed", f"{IS_DISMISSED}"),
        },
        rows="""
            channel_difference AS r WHERE r.platform_id = $1
        """,
    )
