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
