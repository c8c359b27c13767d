"""What receipts, their matches and what is tolerated say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING


def stream_receipts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Receipts that are not what the log told when they came, or whose owner is not who it was last given to."""
    return snapshot.stream(
        """
        WITH last AS (
            SELECT DISTINCT ON (v.subject) v.subject, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind = 'receipt.assigned' ORDER BY v.subject, v.sequence DESC
        )
        SELECT c.* FROM (
            SELECT json_build_object('receipt', r.receipt_id)::text AS key,
                jsonb_build_object(
                    'reference', r.reference, 'book', b.reference, 'currency', r.currency, 'amount', r.amount_minor,
                    'value_date', r.value_date, 'recorded_at', r.recorded_at, 'recorded_by', r.recorded_by,
                    'owner', r.owner, 'reason', r.reason, 'entry', r.sequence
                ) AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'reference', v.said ->> 'receipt', 'book', v.said ->> 'legalEntity',
                    'currency', v.said ->> 'currency', 'amount', replace(v.said ->> 'amount', '.', '')::bigint,
                    'value_date', v.said ->> 'valueDate', 'recorded_at', v.occurred_at, 'recorded_by', v.actor,
                    'owner', w.said ->> 'owner', 'reason', w.said ->> 'why', 'entry', v.said -> 'entries' -> 0
                ) END AS told
            FROM receipt AS r
            LEFT JOIN (
                SELECT o.sequence, o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'receipt.recorded'
            ) AS v ON v.subject = 'receipt/' || r.receipt_id
            LEFT JOIN last AS w ON w.subject = 'receipt/' || r.receipt_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = r.book_id
            WHERE r.platform_id = $1
        ) AS c
        WHERE c.told IS NULL OR NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_matches(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Matches that are not what the log told of them, and those told of that are not there."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('match', coalesce(m.reference, v.said ->> 'match'))::text AS key,
                CASE WHEN m.match_id IS NOT NULL THEN jsonb_build_object(
                    'subject', 'receipt/' || m.receipt_id, 'sheet', m.sheet_id, 'amount', m.amount_minor,
                    'rest', m.rest_minor, 'matched_at', m.matched_at, 'matched_by', m.matched_by,
                    'entry', m.sequence, 'rest_entry', coalesce(m.rest_sequence, 0)
                ) END AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'subject', v.subject, 'sheet', (v.said ->> 'sheet')::bigint,
                    'amount', replace(v.said ->> 'amount', '.', '')::bigint,
                    'rest', coalesce(replace(v.said ->> 'rest', '.', '')::bigint, 0),
                    'matched_at', v.occurred_at, 'matched_by', v.actor, 'entry', v.said -> 'entries' -> 0,
                    'rest_entry', coalesce((v.said -> 'entries' ->> 1)::bigint, 0)
                ) END AS told
            FROM (SELECT * FROM receipt_match AS o WHERE o.platform_id = $1) AS m
            FULL JOIN (
                SELECT o.sequence, o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'receipt.matched'
            ) AS v ON v.said ->> 'match' = m.reference
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_unmatches(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Undone matches that are not what the log told of them."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('match', m.reference)::text AS key,
                jsonb_build_object(
                    'unmatched_at', u.unmatched_at, 'unmatched_by', u.unmatched_by, 'reason', u.reason,
                    'entry', u.sequence, 'rest_entry', coalesce(u.rest_sequence, 0)
                ) AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'unmatched_at', v.occurred_at, 'unmatched_by', v.actor, 'reason', v.said ->> 'why',
                    'entry', v.said -> 'entries' -> 0,
                    'rest_entry', coalesce((v.said -> 'entries' ->> 1)::bigint, 0)
                ) END AS told
            FROM receipt_unmatch AS u
            LEFT JOIN receipt_match AS m ON m.platform_id = $1 AND m.match_id = u.match_id
            LEFT JOIN (
                SELECT o.sequence, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'receipt.unmatched'
            ) AS v ON v.said ->> 'match' = m.reference
            WHERE u.platform_id = $1
        ) AS c
        WHERE c.told IS NULL OR NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_returns(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was given back that is not what the log told of it."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('return', coalesce(r.reference, v.said ->> 'return'))::text AS key,
                CASE WHEN r.return_id IS NOT NULL THEN jsonb_build_object(
                    'subject', 'receipt/' || r.receipt_id, 'amount', r.amount_minor, 'returned_at', r.returned_at,
                    'returned_by', r.returned_by, 'reason', r.reason, 'entry', r.sequence
                ) END AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'subject', v.subject, 'amount', replace(v.said ->> 'amount', '.', '')::bigint,
                    'returned_at', v.occurred_at, 'returned_by', v.actor, 'reason', v.said ->> 'why',
                    'entry', v.said -> 'entries' -> 0
                ) END AS told
            FROM (SELECT * FROM receipt_return AS o WHERE o.platform_id = $1) AS r
            FULL JOIN (
                SELECT o.sequence, o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'receipt.returned'
            ) AS v ON v.said ->> 'return' = r.reference
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_tolerances(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What is tolerated in a book and currency, where it is not what the log told at that time."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object(
                    'subject', coalesce(t.subject, v.subject), 'place', coalesce(t.place, v.place)
                )::text AS key,
                CASE WHEN t.subject IS NOT NULL THEN jsonb_build_object(
                    'amount', t.tolerance_minor, 'set_at', t.set_at, 'set_by', t.set_by
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'amount', replace(v.said ->> 'amount', '.', '')::bigint, 'set_at', v.occurred_at, 'set_by', v.actor
                ) END AS told
            FROM (
                SELECT 'tolerance/' || b.reference || '/' || o.currency AS subject, o.tolerance_minor, o.set_at,
                    o.set_by,
                    row_number() OVER (PARTITION BY o.book_id, o.currency ORDER BY o.tolerance_id) AS place
                FROM receipt_tolerance AS o
                LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
                WHERE o.platform_id = $1
            ) AS t
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said,
                    row_number() OVER (PARTITION BY o.subject ORDER BY o.sequence) AS place
                FROM log_event AS o WHERE o.platform_id = $1 AND o.kind = 'receipt.tolerance_set'
            ) AS v ON v.subject = t.subject AND v.place = t.place
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
