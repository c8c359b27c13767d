"""Nothing goes on without the word that it needs, and nobody gives his own."""

APPROVAL_LAWS: dict[str, str] = {
    "nothing goes on while somebody's word is missing": """
        SELECT p.payout_id AS id FROM payout AS p LEFT JOIN approval AS a ON a.approval_id = p.approval_id
        WHERE p.status NOT IN ('CREATED', 'CANCELLED', 'FAILED')
            AND (p.approval IN ('PENDING', 'REJECTED') OR (p.approval = 'GRANTED' AND a.status <> 'GRANTED'))
        UNION ALL
        SELECT s.sheet_id FROM sheet AS s INNER JOIN approval AS a ON a.subject = 'sheet/' || s.sheet_id
        WHERE a.kind = 'SHEET' AND a.status = 'PENDING' AND s.status <> 'APPROVAL'
        UNION ALL
        SELECT e.sequence FROM entry AS e INNER JOIN approval AS a ON a.subject = e.document
        WHERE a.kind = 'ADJUSTMENT' AND a.status <> 'GRANTED' AND NOT EXISTS (
            SELECT 1 FROM approval AS g WHERE g.subject = a.subject AND g.status = 'GRANTED'
        )
    """,
    "what waits for somebody's word has been asked about, and nobody is asked about what has gone on": """
        SELECT 'sheet/' || s.sheet_id AS waits FROM sheet AS s
        WHERE s.status = 'APPROVAL' AND NOT EXISTS (
            SELECT 1 FROM approval AS a
            WHERE a.kind = 'SHEET' AND a.status = 'PENDING' AND a.subject = 'sheet/' || s.sheet_id
        )
        UNION ALL
        SELECT 'payout/' || p.payout_id FROM payout AS p LEFT JOIN approval AS a ON a.approval_id = p.approval_id
        WHERE p.status = 'CREATED' AND CASE p.approval
            WHEN 'PENDING' THEN a.status = 'PENDING'
            WHEN 'REJECTED' THEN a.status IN ('REJECTED', 'WITHDRAWN', 'STALE')
            ELSE true
        END IS NOT TRUE
        UNION ALL
        SELECT a.subject FROM approval AS a LEFT JOIN payout AS p ON a.subject = 'payout/' || p.payout_id
        WHERE a.kind = 'PAYOUT' AND a.status = 'PENDING' AND p.status IS DISTINCT FROM 'CREATED'
    """,
    "what a flow is of, as it stood when that was asked for or done, was asked about": """
        WITH flow AS (
            SELECT f.*, v.sequence FROM approval_flow AS f
            INNER JOIN log_event AS v ON v.kind = 'approval.flow_defined'
                AND v.subject = 'approval-flow/' || f.flow_version
        ), done AS (
            SELECT 'PAYOUT' AS kind, 'payout/' || p.payout_id AS subject, p.book_id, p.party_id, p.currency,
                p.net_minor AS amount_minor, p.approval <> 'NOT_REQUIRED' AS is_asked
            FROM payout AS p
            UNION ALL
            SELECT 'HOLD', 'hold/' || h.hold_id, h.book_id, h.party_id, h.currency, h.amount_minor, EXISTS (
                SELECT 1 FROM approval AS a WHERE a.subject = 'hold/' || h.reference AND a.status = 'GRANTED'
            )
            FROM hold AS h WHERE h.release_rule <> 'BY_DISPUTE'
        )
        SELECT d.subject FROM done AS d
        WHERE NOT d.is_asked AND EXISTS (
            SELECT 1 FROM (
                SELECT DISTINCT ON (f.book_id, f.party_id, f.currency, f.from_amount_minor) f.* FROM flow AS f
                WHERE f.kind = d.kind AND f.sequence < (
                    SELECT min(v.sequence) FROM log_event AS v WHERE v.subject = d.subject
                )
                ORDER BY f.book_id, f.party_id, f.currency, f.from_amount_minor, f.flow_version DESC
            ) AS k
            WHERE NOT k.is_retired AND k.from_amount_minor <= d.amount_minor
                AND (coalesce(k.book_id, d.book_id), coalesce(k.party_id, d.party_id), coalesce(k.currency, d.currency))
                    = (d.book_id, d.party_id, d.currency)
        )
    """,
    "what is granted was agreed to at every seat, by nobody who asked": """
        SELECT a.approval_id FROM approval AS a
        INNER JOIN approval_seat AS s ON s.approval_id = a.approval_id
        WHERE a.status = 'GRANTED' AND NOT EXISTS (
            SELECT 1 FROM approval_decision AS d
            WHERE (d.approval_id, d.step, d.seat, d.digest) = (a.approval_id, s.step, s.seat, a.digest)
                AND d.verdict = 'APPROVE' AND d.actor <> a.maker
        )
    """,
    "whoever decides sits there, or stands in as he was named, or has the word of whoever sits there for that time": """
        SELECT d.approval_id, d.actor FROM approval_decision AS d
        INNER JOIN approval AS a ON a.approval_id = d.approval_id
        LEFT JOIN approval_seat AS s ON (s.approval_id, s.step, s.seat) = (d.approval_id, d.step, d.seat)
        LEFT JOIN approval_delegation AS g ON g.delegation_id = d.delegation_id
        WHERE CASE d.capacity
            WHEN 'APPROVER' THEN s.approvers && ARRAY[d.actor, 'role:operator']
            WHEN 'SUBSTITUTE' THEN s.substitutes && ARRAY[d.actor, 'role:operator']
            WHEN 'ESCALATION' THEN s.escalates_to && ARRAY[d.actor, 'role:operator']
            WHEN 'DELEGATE' THEN (g.from_actor, g.to_actor) = (d.on_behalf_of, d.actor)
                AND d.on_behalf_of = ANY(s.approvers) AND d.on_behalf_of <> a.maker
                AND coalesce(g.kind, a.kind) = a.kind
                AND d.decided_at >= g.starts_at AND d.decided_at < g.ends_at
                AND d.decided_at <= coalesce(g.ended_at, d.decided_at)
        END IS NOT TRUE
    """,
    "nobody has two words in a request, not even through another": """
        SELECT w.approval_id, w.name FROM (
            SELECT d.approval_id, d.actor AS name FROM approval_decision AS d
            UNION ALL
            SELECT d.approval_id, d.on_behalf_of FROM approval_decision AS d WHERE d.on_behalf_of IS NOT NULL
        ) AS w GROUP BY w.approval_id, w.name HAVING count(*) > 1
    """,
}
