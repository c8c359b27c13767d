"""The rows whose marks are made again. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.db.transacting import Connection
from ledger.verify.snapshot import Row, Snapshot


def stream_parties(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every party with the parent that it was registered under."""
    return snapshot.stream(
        """
        SELECT p.reference, p.kind, p.name, p.currency, p.time_zone, p.settlement::text AS settlement,
            p.metadata::text AS metadata, p.fingerprint, v.payload::json ->> 'parent' AS parent
        FROM party AS p
        INNER JOIN log_event AS v ON v.platform_id = $1 AND v.kind = 'party.registered'
            AND v.subject = 'party/' || p.reference
        WHERE p.platform_id = $1 ORDER BY p.party_id
        """,
        snapshot.conn.platform_id,
    )


def stream_payments(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every payment whose lines were sealed, with a line of it as it stands; lines that are gone are null."""
    return snapshot.stream(
        """
        SELECT v.sequence, v.said ->> 'seal' AS seal, o.fingerprint, h.settling_book_id, x.line,
            l.merchant_id, l.agent_id, l.goods_minor, l.delivery_minor, l.platform_discount_minor,
            l.merchant_discount_minor, l.quantity, l.plan_version, l.sku, l.category, l.levels_born_by, l.chain,
            l.rates, l.fee_charged_minor
        FROM (
            SELECT e.sequence, substr(e.subject, 7) AS order_reference, e.payload::jsonb AS said FROM log_event AS e
            WHERE e.platform_id = $1 AND e.kind = 'order.paid'
        ) AS v
        CROSS JOIN LATERAL jsonb_array_elements_text(v.said -> 'lines') WITH ORDINALITY AS x (line, place)
        LEFT JOIN order_event AS o ON o.platform_id = $1 AND o.sequence = v.sequence
        LEFT JOIN order_head AS h ON h.platform_id = $1 AND h.reference = v.order_reference
        LEFT JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = v.order_reference
            AND l.line_reference = x.line
        WHERE v.said ? 'seal'
        ORDER BY v.sequence, x.place
        """,
        snapshot.conn.platform_id,
    )


def stream_bank_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every bank account, those of parties with their mark; those of books have none."""
    return snapshot.stream(
        """
        SELECT 'payee_account' AS kept_in, a.party_id AS owner_id, a.reference, a.currency, a.holder, a.scheme,
            a.identifier, a.masked, a.bank_code, a.withholding_rule, a.fingerprint
        FROM payee_account AS a WHERE a.platform_id = $1
        UNION ALL
        SELECT 'paying_account' AS kept_in, a.book_id AS owner_id, a.reference, a.currency, a.holder, a.scheme,
            a.identifier, a.masked, a.bank_code, '' AS withholding_rule, NULL AS fingerprint
        FROM paying_account AS a WHERE a.platform_id = $1
        ORDER BY kept_in, owner_id, reference
        """,
        snapshot.conn.platform_id,
    )


def stream_answers(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every answer of a bank, with the zone of the book whose day it may have named."""
    return snapshot.stream(
        """
        SELECT a.bank_answer_id, a.source, a.reference, a.kind, a.channel_key, a.occurred_at, a.amount_minor,
            a.currency, a.fee_minor, a.bank_reference, a.reason, a.fingerprint, b.time_zone
        FROM bank_answer AS a
        LEFT JOIN payout AS p ON p.platform_id = $1 AND p.channel_key = a.channel_key
        LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = p.book_id
        WHERE a.platform_id = $1 ORDER BY a.bank_answer_id
        """,
        snapshot.conn.platform_id,
    )


def stream_seats(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every request with its flow and its seats in order; seats of no request come with the request that is missing."""
    return snapshot.stream(
        """
        SELECT coalesce(a.approval_id, s.approval_id) AS approval_id, a.kind, a.subject, a.flow_version, f.name,
            CASE WHEN f.steps IS JSON THEN f.steps END AS steps, coalesce(s.seats, '[]')::text AS seats
        FROM (SELECT * FROM approval AS o WHERE o.platform_id = $1) AS a
        LEFT JOIN approval_flow AS f ON f.platform_id = $1 AND f.flow_version = a.flow_version
        FULL JOIN (
            SELECT o.approval_id, json_agg(json_build_array(
                o.step, o.seat, o.approvers, o.substitutes, o.escalates_to, o.due_hours
            ) ORDER BY o.step, o.seat) AS seats
            FROM approval_seat AS o WHERE o.platform_id = $1 GROUP BY o.approval_id
        ) AS s ON s.approval_id = a.approval_id
        ORDER BY 1
        """,
        snapshot.conn.platform_id,
    )


def stream_agreements(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every agreement on a deposit, and what the log told of one when it was agreed to, and when it ended."""
    return snapshot.stream(
        """
        SELECT coalesce(a.reference, substr(v.subject, 19)) AS reference, a.agreement_id, p.reference AS party,
            p.kind AS party_kind, b.reference AS legal_entity, a.currency, a.kind, a.role, a.basis, a.rate,
            a.base_minor, a.target_minor, a.cap_minor, a.months, a.shortfall, a.release, a.legal_ground,
            a.agreed_at, a.agreed_by, (v.payload::json -> 'agreed')::text AS told,
            v.occurred_at AS told_at, v.actor AS told_by, a.ended_at, a.ended_by, a.end_reason,
            e.occurred_at AS end_told_at, e.actor AS end_told_by, e.payload::json ->> 'why' AS told_reason
        FROM (SELECT * FROM deposit_agreement AS o WHERE o.platform_id = $1) AS a
        FULL JOIN (SELECT * FROM log_event AS o WHERE o.platform_id = $1 AND o.kind = 'deposit.agreed') AS v
            ON v.subject = 'deposit-agreement/' || a.reference
        LEFT JOIN log_event AS e ON e.platform_id = $1 AND e.kind = 'deposit.ended' AND e.subject = v.subject
        LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = a.party_id
        LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = a.book_id
        ORDER BY a.agreement_id, v.sequence
        """,
        snapshot.conn.platform_id,
    )


async def find_chart(conn: Connection) -> list[Row]:
    """The platform's chart."""
    return await conn.fetch(
        """
        SELECT c.code, c.name, c.class, c.normal_side, c.is_summary, c.kept_per, c.floor_minor, c.owned_by_document
        FROM chart_account AS c WHERE c.platform_id = $1
        """,
        conn.platform_id,
    )
