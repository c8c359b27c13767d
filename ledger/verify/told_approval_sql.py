"""
What approvals, their flows and delegations say, and which keys have ended, against what the log told of them. `$1` is
the platform.
"""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, tells


def stream_approvals(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Requests that are not what the log told when they came, or do not stand as it told last. Who is awaited no more
    because he left is not told of where others were awaited with him: his key has ended, or is to.
    """
    return snapshot.stream(
        """
        WITH told AS (
            SELECT v.subject, v.sequence, v.kind, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind LIKE 'approval.%' AND v.subject LIKE 'approval/%'
        ), last AS (
            SELECT DISTINCT ON (t.subject) t.* FROM told AS t ORDER BY t.subject, t.sequence DESC
        ), ended AS (
            SELECT t.subject, max(t.occurred_at) AS at FROM told AS t
            WHERE t.kind IN ('approval.granted', 'approval.rejected', 'approval.withdrawn', 'approval.stale')
            GROUP BY t.subject
        )
        SELECT c.* FROM (
            SELECT json_build_object('approval', coalesce(a.approval_id::text, substr(v.subject, 10)))::text AS key,
                CASE WHEN a.approval_id IS NOT NULL THEN jsonb_build_object(
                    'kind', a.kind, 'subject', a.subject, 'digest', encode(a.digest, 'hex'), 'maker', a.maker,
                    'description', a.description, 'requested_at', a.requested_at, 'status', a.status, 'step', a.step,
                    'awaited', array_to_json(a.awaited)::text, 'closed_at', coalesce(a.closed_at, '-infinity'),
                    'content', CASE WHEN a.content <> '' THEN encode(sha256(convert_to(a.content, 'UTF8')), 'hex') END,
                    'amount', coalesce(a.amount_minor, 0), 'currency', coalesce(a.currency, ''),
                    'book', coalesce(a.book_id, 0), 'party', coalesce(a.party_id, 0),
                    'flow', coalesce(a.flow_version, 0), 'resubmission_of', coalesce(a.resubmission_of, 0),
                    'has_flow', true
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'kind', v.said ->> 'kind', 'subject', v.said ->> 'subject', 'digest', v.said ->> 'digest',
                    'maker', v.said ->> 'maker', 'description', v.said ->> 'description',
                    'requested_at', v.occurred_at, 'status', l.said ->> 'status', 'step', l.said -> 'step',
                    'awaited', array_to_json(ARRAY(
                        SELECT w.name
                        FROM jsonb_array_elements_text(l.said -> 'awaited') WITH ORDINALITY AS w (name, place)
                        WHERE w.name = ANY(a.awaited) OR cardinality(a.awaited) = 0 OR NOT EXISTS (
                            SELECT 1 FROM api_key AS k WHERE k.platform_id = $1 AND k.actor = w.name
                                AND (k.revoked_at IS NOT NULL OR k.expires_at IS NOT NULL)
                        )
                        ORDER BY w.place
                    ))::text,
                    'closed_at', coalesce(e.at, '-infinity'),
                    'content', CASE WHEN a.content <> '' OR (v.said ->> 'hasContent')::boolean
                        THEN v.said ->> 'digest' END,
                    'amount', v.said -> 'amountMinor', 'currency', v.said ->> 'currency', 'book', v.said -> 'book',
                    'party', v.said -> 'about', 'flow', v.said -> 'flow',
                    'resubmission_of', v.said -> 'resubmissionOf',
                    'has_flow', f.flow_version IS NOT NULL OR a.flow_version IS NULL
                ) END AS told
            FROM (SELECT * FROM approval AS o WHERE o.platform_id = $1) AS a
            FULL JOIN (SELECT * FROM told AS x WHERE x.kind = 'approval.requested') AS v
                ON v.subject = 'approval/' || a.approval_id
            LEFT JOIN last AS l ON l.subject = v.subject
            LEFT JOIN ended AS e ON e.subject = v.subject
            LEFT JOIN approval_flow AS f ON f.platform_id = $1 AND f.flow_version = a.flow_version
                AND f.kind = a.kind
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_decisions(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Words that were said otherwise than the log tells, and those that are not there."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('approval', coalesce(d.approval_id, v.approval_id), 'actor',
                    coalesce(d.actor, v.actor))::text AS key,
                CASE WHEN d.approval_id IS NOT NULL THEN jsonb_build_object(
                    'step', d.step, 'verdict', d.verdict, 'capacity', d.capacity, 'comment', d.comment,
                    'on_behalf_of', coalesce(d.on_behalf_of, ''), 'decided_at', d.decided_at,
                    'seat', EXISTS (
                        SELECT 1 FROM approval_seat AS s WHERE s.platform_id = $1 AND s.approval_id = d.approval_id
                            AND s.step = d.step AND s.seat = d.seat
                    )
                ) END AS found,
                CASE WHEN v.approval_id IS NOT NULL THEN jsonb_build_object(
                    'step', v.step, 'verdict', v.said ->> 'verdict', 'capacity', v.said ->> 'capacity',
                    'comment', coalesce(v.said ->> 'comment', ''),
                    'on_behalf_of', coalesce(v.said ->> 'onBehalfOf', ''), 'decided_at', v.occurred_at, 'seat', true
                ) END AS told
            FROM (SELECT * FROM approval_decision AS o WHERE o.platform_id = $1) AS d
            FULL JOIN (
                SELECT substr(o.subject, 10)::bigint AS approval_id, o.actor, o.occurred_at, o.said, o.step
                FROM (
                    -- A word is on the step at which the request stood before it.
                    SELECT x.*, lag((x.said ->> 'step')::smallint) OVER (
                        PARTITION BY x.subject ORDER BY x.sequence
                    ) AS step
                    FROM (
                        SELECT k.sequence, k.kind, k.subject, k.actor, k.occurred_at, k.payload::jsonb AS said
                        FROM log_event AS k WHERE k.platform_id = $1 AND k.subject LIKE 'approval/%'
                    ) AS x
                    WHERE x.said ? 'step'
                ) AS o
                WHERE o.kind = 'approval.decided'
            ) AS v ON v.approval_id = d.approval_id AND v.actor = d.actor
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_flows(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Definitions of who agrees to what that are not what the log told of them."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('flow', coalesce(f.flow_version::text, substr(v.subject, 15)))::text AS key,
                CASE WHEN f.flow_version IS NOT NULL THEN jsonb_build_object(
                    'kind', f.kind, 'name', f.name, 'steps', CASE WHEN f.steps IS JSON THEN f.steps::jsonb::text END,
                    'book', coalesce(b.reference, ''),
                    'party', coalesce(p.reference, ''), 'currency', coalesce(f.currency, ''),
                    'from_amount', f.from_amount_minor, 'is_retired', f.is_retired, 'defined_by', f.defined_by,
                    'has_book', f.book_id IS NOT NULL, 'has_party', f.party_id IS NOT NULL
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'kind', v.said ->> 'kind', 'name', v.said ->> 'name', 'steps', (v.said -> 'steps')::text,
                    'book', coalesce(v.said ->> 'legalEntity', ''), 'party', coalesce(v.said ->> 'party', ''),
                    'currency', coalesce(v.said ->> 'currency', ''), 'from_amount', v.said -> 'fromAmountMinor',
                    'is_retired', v.said -> 'isRetired', 'defined_by', v.actor,
                    'has_book', v.said ->> 'legalEntity' IS NOT NULL, 'has_party', v.said ->> 'party' IS NOT NULL
                ) END AS told
            FROM (SELECT * FROM approval_flow AS o WHERE o.platform_id = $1) AS f
            FULL JOIN (
                SELECT o.subject, o.actor, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'approval.flow_defined'
            ) AS v ON v.subject = 'approval-flow/' || f.flow_version
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = f.book_id
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = f.party_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_delegations(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Delegations that are not what the log told of them, or that ended though it did not tell, or the other way."""
    return snapshot.stream(
        """
        WITH told AS (
            SELECT v.subject, v.sequence, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind = 'approval.delegated'
        ), first AS (
            SELECT DISTINCT ON (t.subject) t.* FROM told AS t ORDER BY t.subject, t.sequence
        ), ended AS (
            SELECT t.subject, max(t.occurred_at) AS at FROM told AS t INNER JOIN first AS f ON f.subject = t.subject
            WHERE t.sequence > f.sequence GROUP BY t.subject
        )
        SELECT c.* FROM (
            SELECT json_build_object('delegation', coalesce(d.delegation_id::text, substr(v.subject, 12)))::text AS key,
                CASE WHEN d.delegation_id IS NOT NULL THEN jsonb_build_object(
                    'from', d.from_actor, 'to', d.to_actor, 'kind', coalesce(d.kind, ''), 'reason', d.reason,
                    'starts_at', d.starts_at, 'ends_at', d.ends_at, 'created_at', d.created_at,
                    'ended_at', coalesce(d.ended_at, '-infinity')
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'from', v.said ->> 'from', 'to', v.said ->> 'to', 'kind', coalesce(v.said ->> 'kind', ''),
                    'reason', v.said ->> 'reason', 'starts_at', (v.said ->> 'startsAt')::timestamptz,
                    'ends_at', (v.said ->> 'endsAt')::timestamptz, 'created_at', v.occurred_at,
                    'ended_at', coalesce(e.at, '-infinity')
                ) END AS told
            FROM (SELECT * FROM approval_delegation AS o WHERE o.platform_id = $1) AS d
            FULL JOIN first AS v ON v.subject = 'delegation/' || d.delegation_id
            LEFT JOIN ended AS e ON e.subject = v.subject
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_reopenings(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Reopened periods that are of another book, by other people or for another reason than the log tells."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('approval', r.approval_id)::text AS key,
                jsonb_build_object(
                    'book', 'book/' || b.reference, 'reopened_at', r.reopened_at, 'maker', r.maker,
                    'approver', r.approver, 'reason', r.reason
                ) AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'book', v.subject, 'reopened_at', v.occurred_at, 'maker', v.said ->> 'maker',
                    'approver', v.said ->> 'approver', 'reason', v.said ->> 'reason'
                ) END AS told
            FROM book_reopening AS r
            LEFT JOIN (
                SELECT o.subject, o.occurred_at, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'period.reopened'
            ) AS v ON (v.said ->> 'approval')::bigint = r.approval_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = r.book_id
            WHERE r.platform_id = $1
        ) AS c
        WHERE c.told IS NULL OR NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_keys(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Keys that were revoked and can open the gateway again, or were revoked without a word. What else a key says is
    sealed in it.
    """
    return snapshot.stream(
        f"""
        SELECT c.* FROM (
            SELECT json_build_object('key', coalesce(k.key_id, substr(v.subject, 5)))::text AS key,
                CASE WHEN k.key_id IS NOT NULL THEN jsonb_build_object(
                    'revoked_at', coalesce(k.revoked_at, '-infinity'), 'name', k.actor, 'role', k.role
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                        'revoked_at', v.occurred_at, 'name', v.said ->> 'name', 'role', v.said ->> 'role'
                    )
                    WHEN {tells(1)} THEN jsonb_build_object('revoked_at', '-infinity'::timestamptz)
                    ELSE '{{}}' END AS told
            FROM (SELECT * FROM api_key AS o WHERE o.platform_id = $1) AS k
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'key.revoked'
            ) AS v ON v.subject = 'key/' || k.key_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
