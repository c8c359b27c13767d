"""Statements on approvals and what hangs on them, against their decisions and the log."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot


def stream_approvals(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Every request whose status is not what its decisions and the log make it, or that has the word of its maker, or one
    on something else than was asked for.
    """
    return snapshot.stream(
        """
        SELECT a.approval_id, a.status, d.empty_seats, d.refusals, d.own_words, v.told
        FROM approval AS a
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE o.actor IS NULL OR o.verdict <> 'APPROVE') AS empty_seats,
                count(*) FILTER (WHERE o.verdict = 'REJECT') AS refusals,
                count(*) FILTER (
                    WHERE a.maker IN (o.actor, o.on_behalf_of) OR o.digest <> a.digest OR o.maker <> a.maker
                ) AS own_words
            FROM approval_seat AS s
            LEFT JOIN approval_decision AS o ON o.platform_id = $1 AND o.approval_id = s.approval_id
                AND o.step = s.step AND o.seat = s.seat
            WHERE s.platform_id = $1 AND s.approval_id = a.approval_id
        ) AS d
        CROSS JOIN LATERAL (
            SELECT coalesce(max(CASE o.kind
                WHEN 'approval.granted' THEN 'GRANTED' WHEN 'approval.rejected' THEN 'REJECTED'
                WHEN 'approval.withdrawn' THEN 'WITHDRAWN' WHEN 'approval.stale' THEN 'STALE'
            END), 'PENDING') AS told
            FROM log_event AS o
            WHERE o.platform_id = $1 AND o.subject = 'approval/' || a.approval_id
        ) AS v
        WHERE a.platform_id = $1 AND (
            a.status <> v.told OR d.own_words > 0 OR (a.status = 'REJECTED') <> (d.refusals > 0)
            OR (a.status = 'GRANTED' AND d.empty_seats > 0)
        )
        ORDER BY a.approval_id
        """,
        snapshot.conn.platform_id,
    )


def stream_reopenings(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every reopening of a book that was not granted, or that the log tells differently, or only one of the two."""
    return snapshot.stream(
        """
        SELECT coalesce(r.approval_id, v.approval_id) AS approval_id, r.closed_through, r.through, v.told_from,
            v.told_through, a.status
        FROM (SELECT * FROM book_reopening WHERE platform_id = $1) AS r
        FULL JOIN (
            SELECT (o.payload::json ->> 'approval')::bigint AS approval_id,
                (o.payload::json ->> 'closedThrough')::date AS told_from,
                (o.payload::json ->> 'through')::date AS told_through
            FROM log_event AS o WHERE o.platform_id = $1 AND o.kind = 'period.reopened'
        ) AS v ON v.approval_id = r.approval_id
        LEFT JOIN approval AS a ON a.platform_id = $1 AND a.approval_id = coalesce(r.approval_id, v.approval_id)
        WHERE r.through IS DISTINCT FROM v.told_through OR r.closed_through IS DISTINCT FROM v.told_from
            OR a.status IS DISTINCT FROM 'GRANTED'
        ORDER BY 1
        """,
        snapshot.conn.platform_id,
    )
