"""What holds, deposits and adjustments say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor, or_none, told_of


def stream_holds(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Holds that are not what the log told when they were placed, and those told of that are not there."""
    return compare(
        snapshot,
        key="'hold', coalesce(h.hold_id::text, substr(v.subject, 6))",
        found="h.hold_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "party": ("p.reference", "v.said ->> 'party'"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("h.currency", "v.said ->> 'currency'"),
            "amount": ("h.amount_minor", minor("amount")),
            "account": ("h.account_code", "v.said ->> 'account'"),
            "reason": ("h.reason", "v.said ->> 'reason'"),
            "sheet": (or_none("h.sheet_id"), or_none("(v.said ->> 'sheet')::bigint")),
            "order": ("h.order_reference", "coalesce(v.said ->> 'order', '')"),
            "reference": ("h.reference", "v.said ->> 'reference'"),
            "legal_ground": ("h.legal_ground", "v.said ->> 'legalGround'"),
            "release_condition": ("h.release_condition", "v.said ->> 'releaseCondition'"),
            "release_rule": ("h.release_rule", "v.said ->> 'releaseRule'"),
            "expected_release_date": ("h.expected_release_date", "v.said ->> 'expectedReleaseDate'"),
            # What was told before zones were kept says none.
            "zone": ("h.zone", "coalesce(v.said ->> 'zone', h.zone)"),
            "dispute": (
                "h.dispute_reference",
                "CASE WHEN v.said ? 'releaseRule' THEN coalesce(v.said ->> 'dispute', '') END",
            ),
            "placed_at": ("h.placed_at", "v.occurred_at"),
            "placed_by": ("h.placed_by", "v.actor"),
        },
        rows=f"""
            (SELECT * FROM hold AS o WHERE o.platform_id = $1) AS h
            FULL JOIN {told_of("hold.placed")} AS v ON v.subject = 'hold/' || h.hold_id
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = h.party_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = h.book_id
        """,
    )


def stream_hold_movements(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Steps of holds that are not what the entry at their place says."""
    return compare(
        snapshot,
        key="'hold', m.hold_id, 'sequence', m.sequence",
        told="e.sequence IS NOT NULL",
        facts={
            "entry": ("'hold/' || m.hold_id || '/' || m.kind || '/' || m.reference", "e.idempotency_key"),
            "reason": ("m.reason", "e.description"),
            "actor": ("m.actor", "e.actor"),
            "moved_at": ("m.moved_at", "v.occurred_at"),
        },
        rows="""
            hold_movement AS m
            LEFT JOIN entry AS e ON e.platform_id = $1 AND e.sequence = m.sequence
            LEFT JOIN (
                SELECT x.entry::bigint AS entry, o.occurred_at FROM log_event AS o
                CROSS JOIN LATERAL jsonb_array_elements_text(o.payload::jsonb -> 'entries') AS x (entry)
                WHERE o.platform_id = $1 AND o.kind IN ('hold.placed', 'hold.lifted')
            ) AS v ON v.entry = m.sequence
            WHERE m.platform_id = $1
        """,
    )


def stream_slices(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Slices that are not of the agreement, the kind and the release date that the log told, or not as far as that."""
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind IN ('deposit.due', 'deposit.held', 'deposit.retained')
                ORDER BY v.subject, v.sequence
            ), releasable AS (
                SELECT DISTINCT v.subject FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'deposit.releasable'
            )
        """,
        key="'slice', d.slice_id",
        told="v.subject IS NOT NULL",
        facts={
            "agreement": ("a.reference", "v.said ->> 'agreement'"),
            "party": ("p.reference", "v.said ->> 'party'"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("d.currency", "v.said ->> 'currency'"),
            "kind": ("d.kind", "v.said ->> 'kind'"),
            "releasable_date": ("d.releasable_date", "v.said ->> 'releasableDate'"),
            "zone": ("d.zone", "coalesce(v.said ->> 'zone', s.zone, d.zone)"),
            "opened_at": ("d.opened_at", "v.occurred_at"),
            "release": ("d.release", "a.release"),
            "sheet": (
                or_none("d.sheet_id"),
                or_none("CASE v.said ->> 'step' WHEN 'RETAINED' THEN (v.said ->> 'sheet')::bigint END"),
            ),
            "end_date": ("d.end_date", "d.releasable_date - 1"),
            "status": (
                "CASE WHEN d.status = 'RELEASABLE' THEN d.status ELSE '' END",
                "CASE WHEN r.subject IS NULL THEN '' WHEN d.status = 'HELD' THEN 'RELEASABLE' END",
            ),
            "agreed_for": ("a.party_id", "d.party_id"),
        },
        rows="""
            deposit_slice AS d
            LEFT JOIN told AS v ON v.subject = 'deposit/' || d.slice_id
            LEFT JOIN releasable AS r ON r.subject = 'deposit/' || d.slice_id
            LEFT JOIN deposit_agreement AS a ON a.platform_id = $1 AND a.agreement_id = d.agreement_id
            LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = d.sheet_id
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = d.party_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = d.book_id
            WHERE d.platform_id = $1
        """,
    )


def stream_slice_movements(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Steps of slices that are not what the entry at their place says, nor whose money it moved."""
    return compare(
        snapshot,
        key="'slice', m.slice_id, 'sequence', m.sequence",
        told="e.sequence IS NOT NULL",
        facts={
            "entry": (
                """'deposit/' || m.slice_id || '/' || m.kind || '/' || coalesce(m.sheet_id::text, '') || '/'
                    || m.reference""",
                "e.idempotency_key",
            ),
            "reason": ("m.reason", "e.description"),
            "actor": ("m.actor", "e.actor"),
            "counterparty": (or_none("coalesce(m.counterparty_id, l.party_id)"), or_none("l.party_id")),
            "moved_at": ("m.moved_at", "v.occurred_at"),
            "order": (
                "m.order_reference",
                """CASE m.kind WHEN 'CLAIMED' THEN coalesce(v.order_reference, '')
                    WHEN 'CLAIM_PAID' THEN coalesce(c.order_reference, '') ELSE '' END""",
            ),
        },
        rows="""
            deposit_movement AS m
            LEFT JOIN entry AS e ON e.platform_id = $1 AND e.sequence = m.sequence
            LEFT JOIN (
                SELECT (o.payload::jsonb -> 'entries' ->> 0)::bigint AS entry, o.occurred_at,
                    o.payload::jsonb ->> 'order' AS order_reference
                FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind LIKE 'deposit.%' AND o.subject LIKE 'deposit/%'
            ) AS v ON v.entry = m.sequence
            LEFT JOIN deposit_movement AS c ON c.platform_id = $1 AND c.slice_id = m.slice_id
                AND c.kind = 'CLAIMED' AND c.reference = m.reference
            LEFT JOIN (
                SELECT o.sequence, max(a.party_id) AS party_id FROM line AS o
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = o.account_id
                    AND a.code NOT IN ('2060', '1220')
                WHERE o.platform_id = $1 AND o.sequence IN (
                    SELECT x.sequence FROM deposit_movement AS x WHERE x.platform_id = $1
                )
                GROUP BY o.sequence
            ) AS l ON l.sequence = m.sequence
            WHERE m.platform_id = $1
        """,
    )


def stream_adjustments(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Adjustments that are not what the log told last of them."""
    return compare(
        snapshot,
        first="""
            WITH last AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.kind, v.occurred_at, v.actor, v.payload::jsonb AS said
                FROM log_event AS v WHERE v.platform_id = $1 AND v.kind LIKE 'adjustment.%'
                ORDER BY v.subject, v.sequence DESC
            ), first AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.occurred_at, v.actor FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind LIKE 'adjustment.%' ORDER BY v.subject, v.sequence
            )
        """,
        key="'adjustment', coalesce(d.reference, substr(v.subject, 12))",
        found="d.reference IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "kind": ("d.kind", "v.said ->> 'kind'"),
            "party": ("p.reference", "v.said ->> 'party'"),
            "counterparty": ("coalesce(q.reference, '')", "coalesce(v.said ->> 'counterparty', '')"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("d.currency", "v.said ->> 'currency'"),
            "amount": ("d.amount_minor", minor("amount")),
            "debit": ("d.debit_code", "v.said ->> 'debit'"),
            "credit": ("d.credit_code", "v.said ->> 'credit'"),
            "reason": ("d.reason", "coalesce(v.said ->> 'reason', '')"),
            "order": ("d.order_reference", "coalesce(v.said ->> 'order', '')"),
            "line": ("d.line_reference", "coalesce(v.said ->> 'line', '')"),
            "evidence": (
                "coalesce(encode(d.attachment_sha256, 'hex'), '')",
                "coalesce(v.said ->> 'evidenceSha256', '')",
            ),
            "status": ("d.status", "upper(substr(v.kind, 12))"),
            "proposed_at": ("d.proposed_at", "f.occurred_at"),
            "proposed_by": ("d.proposed_by", "f.actor"),
            "decided_at": (
                or_none("d.decided_at"),
                or_none("CASE WHEN v.kind <> 'adjustment.proposed' THEN v.occurred_at END"),
            ),
            "approval": ("coalesce(a.subject, 'adjustment/' || d.reference)", "v.subject"),
        },
        rows="""
            (SELECT * FROM adjustment AS o WHERE o.platform_id = $1) AS d
            FULL JOIN last AS v ON v.subject = 'adjustment/' || d.reference
            LEFT JOIN first AS f ON f.subject = v.subject
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = d.party_id
            LEFT JOIN party AS q ON q.platform_id = $1 AND q.party_id = d.counterparty_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = d.book_id
            LEFT JOIN approval AS a ON a.platform_id = $1 AND a.approval_id = d.approval_id
        """,
    )
