"""What was taken of sheets and given back, against what took it. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare


def stream_movements(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Movements of sheets that nothing made: no claim of a payout, step of a hold or a slice, match of a receipt, netting
    or debt given up; and those that one made and that are not there, of that sheet and amount, by whom and when. Of a
    payout that came back only younger programs told when its arrival was heard of; what the bank kept of it was the
    first sheets'.
    """
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.sequence, v.kind, v.subject, v.occurred_at, v.actor, v.payload FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind IN (
                    'sheet.netted', 'sheet.given_up', 'payout.paid', 'payout.failed', 'payout.returned',
                    'payout.cancelled'
                )
            ), ended AS (
                SELECT DISTINCT ON (t.subject, t.kind) t.subject, t.kind, t.actor,
                    (t.payload::jsonb ->> 'heardAt')::timestamptz AS heard_at
                FROM told AS t
                WHERE t.kind LIKE 'payout.%' ORDER BY t.subject, t.kind, t.sequence DESC
            ), claims AS (
                SELECT s.sheet_id, 'payout/' || s.payout_id AS reference, s.taken_minor AS taken,
                    s.withheld_minor AS withheld, p.status, p.takes_from, p.created_at, p.created_by, p.ended_at,
                    s.taken_minor - least(s.taken_minor, greatest(0, p.fee_minor - coalesce(sum(s.taken_minor) OVER (
                        PARTITION BY s.payout_id ORDER BY s.sheet_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ), 0))) AS returned
                FROM payout_sheet AS s
                INNER JOIN payout AS p ON p.platform_id = $1 AND p.payout_id = s.payout_id
                WHERE s.platform_id = $1
            ), made AS (
                SELECT c.sheet_id, x.kind, c.reference, x.amount, c.created_at AS at, c.created_by AS actor
                FROM claims AS c
                CROSS JOIN LATERAL (VALUES ('PAYOUT', c.taken), ('WITHHELD', c.withheld)) AS x (kind, amount)
                WHERE c.takes_from = '2015'
                UNION ALL
                SELECT c.sheet_id, x.kind, c.reference, -x.amount, c.ended_at, e.actor
                FROM claims AS c
                INNER JOIN ended AS e ON e.subject = c.reference AND e.kind = 'payout.' || lower(c.status)
                CROSS JOIN LATERAL (VALUES ('PAYOUT', c.taken), ('WITHHELD', c.withheld)) AS x (kind, amount)
                WHERE c.takes_from = '2015' AND c.status IN ('FAILED', 'CANCELLED')
                UNION ALL
                SELECT c.sheet_id, 'PAID', c.reference, c.taken,
                    coalesce(e.heard_at, CASE c.status WHEN 'PAID' THEN c.ended_at END), e.actor
                FROM claims AS c
                INNER JOIN ended AS e ON e.subject = c.reference AND e.kind = 'payout.paid'
                UNION ALL
                SELECT c.sheet_id, 'PAID', c.reference, -c.returned, c.ended_at, e.actor
                FROM claims AS c
                INNER JOIN ended AS e ON e.subject = c.reference AND e.kind = 'payout.returned'
                UNION ALL
                SELECT h.sheet_id, 'HELD', 'hold/' || m.hold_id,
                    CASE m.kind WHEN 'PLACED' THEN m.amount_minor ELSE -m.amount_minor END, m.moved_at, m.actor
                FROM hold_movement AS m
                INNER JOIN hold AS h ON h.platform_id = $1 AND h.hold_id = m.hold_id AND h.sheet_id IS NOT NULL
                WHERE m.platform_id = $1
                UNION ALL
                SELECT m.sheet_id, 'RETAINED', 'deposit/' || m.slice_id,
                    CASE m.kind WHEN 'RELEASED' THEN -m.amount_minor ELSE m.amount_minor END, m.moved_at, m.actor
                FROM deposit_movement AS m WHERE m.platform_id = $1 AND m.sheet_id IS NOT NULL
                UNION ALL
                SELECT m.sheet_id, x.kind, 'receipt/' || m.receipt_id, x.amount, m.matched_at, m.matched_by
                FROM receipt_match AS m
                CROSS JOIN LATERAL (VALUES ('COLLECTED', m.amount_minor), ('WRITTEN_OFF', m.rest_minor))
                    AS x (kind, amount)
                WHERE m.platform_id = $1
                UNION ALL
                SELECT m.sheet_id, x.kind, 'receipt/' || m.receipt_id, -x.amount, u.unmatched_at, u.unmatched_by
                FROM receipt_match AS m
                INNER JOIN receipt_unmatch AS u ON u.platform_id = $1 AND u.match_id = m.match_id
                CROSS JOIN LATERAL (VALUES ('COLLECTED', m.amount_minor), ('WRITTEN_OFF', m.rest_minor))
                    AS x (kind, amount)
                WHERE m.platform_id = $1
                UNION ALL
                SELECT x.sheet_id, 'NETTED', 'sheet/' || x.other_id, replace(t.said ->> 'amount', '.', '')::bigint,
                    t.occurred_at, t.actor
                FROM (
                    SELECT o.*, o.payload::jsonb AS said, substr(o.subject, 7)::bigint AS payer,
                        (o.payload::jsonb ->> 'debt')::bigint AS debt
                    FROM told AS o WHERE o.kind = 'sheet.netted'
                ) AS t
                CROSS JOIN LATERAL (VALUES (t.payer, t.debt), (t.debt, t.payer)) AS x (sheet_id, other_id)
                UNION ALL
                SELECT substr(t.subject, 7)::bigint, 'WRITTEN_OFF', e.document,
                    replace(t.said ->> 'amount', '.', '')::bigint, t.occurred_at, t.actor
                FROM (
                    SELECT o.*, o.payload::jsonb AS said FROM told AS o WHERE o.kind = 'sheet.given_up'
                ) AS t
                INNER JOIN entry AS e ON e.platform_id = $1 AND e.sequence = (t.said -> 'entries' ->> 0)::bigint
            ), expected AS (
                SELECT m.*, row_number() OVER (
                    PARTITION BY m.sheet_id, m.kind, m.reference, m.amount ORDER BY m.at NULLS FIRST, m.actor
                ) AS time
                FROM made AS m WHERE m.amount <> 0
            ), found AS (
                SELECT m.*, row_number() OVER (
                    PARTITION BY m.sheet_id, m.kind, m.reference, m.amount_minor ORDER BY m.moved_at, m.actor
                ) AS time
                FROM sheet_movement AS m WHERE m.platform_id = $1
            )
        """,
        key=(
            "'sheet', coalesce(f.sheet_id, x.sheet_id), 'kind', coalesce(f.kind, x.kind), "
            "'reference', coalesce(f.reference, x.reference), 'movement', f.movement_id"
        ),
        found="f.sheet_id IS NOT NULL",
        told="x.sheet_id IS NOT NULL",
        facts={
            "amount": ("f.amount_minor", "x.amount"),
            "at": ("f.moved_at", "x.at"),
            "actor": ("f.actor", "x.actor"),
        },
        rows="""
            found AS f
            FULL JOIN expected AS x ON x.sheet_id = f.sheet_id AND x.kind = f.kind AND x.reference = f.reference
                AND x.amount = f.amount_minor AND x.time = f.time
        """,
    )
