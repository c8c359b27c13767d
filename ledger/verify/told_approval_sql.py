"""
What approvals, their flows and delegations say, and which keys have ended, against what the log told of them. `$1` is
the platform.
"""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, compare, or_none, tells, told_of


def stream_approvals(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Requests that are not what the log told when they came, or do not stand as it told last. Who is awaited no more
    because he left is not told of where others were awaited with him: his key has ended, or is to.
    """
    return compare(
        snapshot,
        first="""
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
        """,
        key="'approval', coalesce(a.approval_id::text, substr(v.subject, 10))",
        found="a.approval_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "kind": ("a.kind", "v.said ->> 'kind'"),
            "subject": ("a.subject", "v.said ->> 'subject'"),
            "digest": ("encode(a.digest, 'hex')", "v.said ->> 'digest'"),
            "maker": ("a.maker", "v.said ->> 'maker'"),
            "description": ("a.description", "v.said ->> 'description'"),
            "requested_at": ("a.requested_at", "v.occurred_at"),
            "status": ("a.status", "l.said ->> 'status'"),
            "step": ("a.step", "l.said -> 'step'"),
            "awaited": (
                "array_to_json(a.awaited)::text",
                """array_to_json(ARRAY(
                    SELECT w.name
                    FROM jsonb_array_elements_text(l.said -> 'awaited') WITH ORDINALITY AS w (name, place)
                    WHERE w.name = ANY(a.awaited) OR cardinality(a.awaited) = 0 OR NOT EXISTS (
                        SELECT 1 FROM api_key AS k WHERE k.platform_id = $1 AND k.actor = w.name
                            AND (k.revoked_at IS NOT NULL OR k.expires_at IS NOT NULL)
                    )
                    ORDER BY w.place
                ))::text""",
            ),
            "closed_at": (or_none("a.closed_at"), or_none("e.at")),
            "content": (
                "CASE WHEN a.content <> '' THEN encode(sha256(convert_to(a.content, 'UTF8')), 'hex') END",
                "CASE WHEN a.content <> '' OR (v.said ->> 'hasContent')::boolean THEN v.said ->> 'digest' END",
            ),
            "amount": (
                or_none("a.amount_minor"),
                "CASE WHEN v.said -> 'amountMinor' <> '0' THEN v.said -> 'amountMinor'"
                " WHEN v.said ->> 'currency' = '' THEN 'false' END",
            ),
            "currency": ("coalesce(a.currency, '')", "v.said ->> 'currency'"),
            "book": (or_none("a.book_id"), _number("book")),
            "party": (or_none("a.party_id"), _number("about")),
            "flow": ("coalesce(a.flow_version, 0)", "v.said -> 'flow'"),
            "resubmission_of": (or_none("a.resubmission_of"), _number("resubmissionOf")),
            "has_flow": ("true", "f.flow_version IS NOT NULL OR a.flow_version IS NULL"),
        },
        rows="""
            (SELECT * FROM approval AS o WHERE o.platform_id = $1) AS a
            FULL JOIN (SELECT * FROM told AS x WHERE x.kind = 'approval.requested') AS v
                ON v.subject = 'approval/' || a.approval_id
            LEFT JOIN last AS l ON l.subject = v.subject
            LEFT JOIN ended AS e ON e.subject = v.subject
            LEFT JOIN approval_flow AS f ON f.platform_id = $1 AND f.flow_version = a.flow_version
                AND f.kind = a.kind
        """,
    )


def stream_decisions(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Words that were said otherwise than the log tells, and those that are not there."""
    return compare(
        snapshot,
        key="'approval', coalesce(d.approval_id, v.approval_id), 'actor', coalesce(d.actor, v.actor)",
        found="d.approval_id IS NOT NULL",
        told="v.approval_id IS NOT NULL",
        facts={
            "step": ("d.step", "v.step"),
            "verdict": ("d.verdict", "v.said ->> 'verdict'"),
            "capacity": ("d.capacity", "v.said ->> 'capacity'"),
            "comment": ("d.comment", "coalesce(v.said ->> 'comment', '')"),
            "on_behalf_of": (or_none("d.on_behalf_of"), or_none("v.said ->> 'onBehalfOf'")),
            "decided_at": ("d.decided_at", "v.occurred_at"),
            "seat": (
                """EXISTS (
                    SELECT 1 FROM approval_seat AS s WHERE s.platform_id = $1 AND s.approval_id = d.approval_id
                        AND s.step = d.step AND s.seat = d.seat
                )""",
                "true",
            ),
        },
        rows="""
            (SELECT * FROM approval_decision AS o WHERE o.platform_id = $1) AS d
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
        """,
    )


def stream_flows(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Definitions of who agrees to what that are not what the log told of them."""
    return compare(
        snapshot,
        key="'flow', coalesce(f.flow_version::text, substr(v.subject, 15))",
        found="f.flow_version IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "kind": ("f.kind", "v.said ->> 'kind'"),
            "name": ("f.name", "v.said ->> 'name'"),
            "steps": ("CASE WHEN f.steps IS JSON THEN f.steps::jsonb::text END", "(v.said -> 'steps')::text"),
            "book": ("coalesce(b.reference, '')", "coalesce(v.said ->> 'legalEntity', '')"),
            "party": ("coalesce(p.reference, '')", "coalesce(v.said ->> 'party', '')"),
            "currency": (or_none("f.currency"), or_none("v.said ->> 'currency'")),
            "from_amount": ("f.from_amount_minor", "v.said -> 'fromAmountMinor'"),
            "is_retired": ("f.is_retired", "v.said -> 'isRetired'"),
            "defined_by": ("f.defined_by", "v.actor"),
            "has_book": ("f.book_id IS NOT NULL", "v.said ->> 'legalEntity' IS NOT NULL"),
            "has_party": ("f.party_id IS NOT NULL", "v.said ->> 'party' IS NOT NULL"),
        },
        rows=f"""
            (SELECT * FROM approval_flow AS o WHERE o.platform_id = $1) AS f
            FULL JOIN {told_of("approval.flow_defined")} AS v ON v.subject = 'approval-flow/' || f.flow_version
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = f.book_id
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = f.party_id
        """,
    )


def stream_delegations(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Delegations that are not what the log told of them, or that ended though it did not tell, or the other way."""
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.subject, v.sequence, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'approval.delegated'
            ), first AS (
                SELECT DISTINCT ON (t.subject) t.* FROM told AS t ORDER BY t.subject, t.sequence
            ), ended AS (
                SELECT t.subject, max(t.occurred_at) AS at FROM told AS t INNER JOIN first AS f ON f.subject = t.subject
                WHERE t.sequence > f.sequence GROUP BY t.subject
            )
        """,
        key="'delegation', coalesce(d.delegation_id::text, substr(v.subject, 12))",
        found="d.delegation_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "from": ("d.from_actor", "v.said ->> 'from'"),
            "to": ("d.to_actor", "v.said ->> 'to'"),
            "kind": (or_none("d.kind"), or_none("v.said ->> 'kind'")),
            "reason": ("d.reason", "v.said ->> 'reason'"),
            "starts_at": ("d.starts_at", "(v.said ->> 'startsAt')::timestamptz"),
            "ends_at": ("d.ends_at", "(v.said ->> 'endsAt')::timestamptz"),
            "created_at": ("d.created_at", "v.occurred_at"),
            "ended_at": (or_none("d.ended_at"), or_none("e.at")),
        },
        rows="""
            (SELECT * FROM approval_delegation AS o WHERE o.platform_id = $1) AS d
            FULL JOIN first AS v ON v.subject = 'delegation/' || d.delegation_id
            LEFT JOIN ended AS e ON e.subject = v.subject
        """,
    )


def stream_reopenings(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Reopened periods that are of another book, by other people or for another reason than the log tells."""
    return compare(
        snapshot,
        key="'approval', r.approval_id",
        told="v.subject IS NOT NULL",
        facts={
            "book": ("'book/' || b.reference", "v.subject"),
            "reopened_at": ("r.reopened_at", "v.occurred_at"),
            "maker": ("r.maker", "v.said ->> 'maker'"),
            "approver": ("r.approver", "v.said ->> 'approver'"),
            "reason": ("r.reason", "v.said ->> 'reason'"),
        },
        rows=f"""
            book_reopening AS r
            LEFT JOIN {told_of("period.reopened")} AS v ON (v.said ->> 'approval')::bigint = r.approval_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = r.book_id
            WHERE r.platform_id = $1
        """,
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
                    'revoked_at', coalesce(to_jsonb(k.revoked_at), 'false'), 'name', k.actor, 'role', k.role
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                        'revoked_at', v.occurred_at, 'name', v.said ->> 'name', 'role', v.said ->> 'role'
                    )
                    WHEN {tells(1)} THEN jsonb_build_object('revoked_at', false)
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


def _number(fact: str) -> str:
    """A number that `v` said; it said 0 where there is none."""
    return f"CASE v.said -> '{fact}' WHEN '0' THEN 'false' ELSE v.said -> '{fact}' END"
