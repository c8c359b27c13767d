"""The statements that compare payouts with the entries they caused and with the movements of sheets."""

from collections.abc import AsyncIterator

import asyncpg

from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


def stream_payouts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Payouts whose figures are not what their entries moved; `p_` is what was posted."""
    return snapshot.stream(
        """
        WITH posted AS (
            SELECT e.document,
                coalesce(sum(l.signed) FILTER (WHERE a.code = '2190'), 0) AS transit,
                coalesce(sum(l.signed) FILTER (WHERE a.code = '1010' AND e.template = 'PAYOUT_PAID'), 0) AS paid,
                coalesce(sum(l.signed) FILTER (WHERE a.code = '2110'), 0) AS withheld,
                coalesce(sum(l.signed) FILTER (WHERE a.code = '2016' AND e.template = 'PAYOUT_RETURNED'), 0) AS returned
            FROM entry AS e
            INNER JOIN (
                SELECT o.sequence, o.account_id, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS signed
                FROM line AS o WHERE o.platform_id = $1
            ) AS l ON l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.document LIKE 'payout/%'
            GROUP BY e.document
        ), documents AS (
            SELECT p.payout_id, 'payout/' || p.payout_id AS document, p.transit_minor AS transit,
                CASE WHEN p.status IN ('PAID', 'RETURNED') THEN p.net_minor ELSE 0 END AS paid,
                CASE WHEN p.status IN ('CREATED', 'FAILED', 'CANCELLED') THEN 0 ELSE p.withheld_minor END AS withheld,
                CASE WHEN p.status = 'RETURNED' THEN p.net_minor ELSE 0 END AS returned
            FROM payout AS p WHERE p.platform_id = $1
        )
        SELECT coalesce(d.document, p.document) AS payout_id, coalesce(d.transit, 0)::bigint AS transit,
            coalesce(d.paid, 0)::bigint AS paid, coalesce(d.withheld, 0)::bigint AS withheld,
            coalesce(d.returned, 0)::bigint AS returned, coalesce(p.transit, 0)::bigint AS p_transit,
            coalesce(p.paid, 0)::bigint AS p_paid, coalesce(p.withheld, 0)::bigint AS p_withheld,
            coalesce(p.returned, 0)::bigint AS p_returned
        FROM documents AS d FULL JOIN posted AS p ON p.document = d.document
        WHERE d.document IS NULL
            OR (d.transit, d.paid, d.withheld, d.returned) IS DISTINCT FROM (
                coalesce(p.transit, 0), coalesce(p.paid, 0), coalesce(p.withheld, 0), coalesce(p.returned, 0)
            )
        ORDER BY d.payout_id
        """,
        snapshot.conn.platform_id,
    )


def stream_claims(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Payouts that claim or paid another amount of a sheet than its movements under their name say. What a payout out of
    2016 pays was claimed by the one that it came back from.
    """
    return snapshot.stream(
        """
        WITH claims AS (
            SELECT s.sheet_id, 'payout/' || s.payout_id AS reference,
                CASE WHEN p.takes_from = '2015' AND s.stands <> 'RELEASED' THEN s.taken_minor ELSE 0 END AS claimed,
                CASE WHEN p.takes_from = '2015' AND s.stands <> 'RELEASED' THEN s.withheld_minor ELSE 0 END AS withheld,
                CASE WHEN s.stands = 'PAID' THEN s.taken_minor ELSE 0 END AS paid,
                p.fee_minor > 0 AND s.stands IN ('RETURNED', 'REPLACED') AS kept_a_fee
            FROM payout_sheet AS s
            INNER JOIN payout AS p ON p.platform_id = s.platform_id AND p.payout_id = s.payout_id
            WHERE s.platform_id = $1
        ), movements AS (
            SELECT m.sheet_id, m.reference,
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAYOUT'), 0) AS claimed,
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PAID'), 0) AS paid,
                coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'WITHHELD'), 0) AS withheld
            FROM sheet_movement AS m
            WHERE m.platform_id = $1 AND m.reference LIKE 'payout/%'
            GROUP BY m.sheet_id, m.reference
        )
        SELECT coalesce(c.sheet_id, m.sheet_id) AS sheet_id, coalesce(c.reference, m.reference) AS reference,
            coalesce(c.claimed, 0)::bigint AS claimed, coalesce(c.paid, 0)::bigint AS paid,
            coalesce(c.withheld, 0)::bigint AS withheld, coalesce(m.claimed, 0)::bigint AS m_claimed,
            coalesce(m.paid, 0)::bigint AS m_paid, coalesce(m.withheld, 0)::bigint AS m_withheld
        FROM claims AS c FULL JOIN movements AS m ON m.sheet_id = c.sheet_id AND m.reference = c.reference
        WHERE coalesce(c.claimed, 0) <> coalesce(m.claimed, 0) OR coalesce(c.withheld, 0) <> coalesce(m.withheld, 0)
            OR (coalesce(c.paid, 0) <> coalesce(m.paid, 0) AND NOT coalesce(c.kept_a_fee, false))
        ORDER BY 1, 2
        """,
        snapshot.conn.platform_id,
    )


def stream_transit(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Books whose 2190 is not what their payouts have in transit."""
    return snapshot.stream(
        """
        WITH posted AS (
            SELECT a.book_id, a.currency, l.credit_after - l.debit_after AS transit
            FROM account AS a
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE a.platform_id = $1 AND a.code = '2190'
        ), documents AS (
            SELECT p.book_id, p.currency, sum(p.transit_minor) AS transit
            FROM payout AS p WHERE p.platform_id = $1 AND p.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
            GROUP BY p.book_id, p.currency
        )
        SELECT coalesce(d.book_id, p.book_id) AS book_id, coalesce(d.currency, p.currency) AS currency,
            coalesce(d.transit, 0)::bigint AS transit, coalesce(p.transit, 0)::bigint AS posted
        FROM documents AS d FULL JOIN posted AS p ON p.book_id = d.book_id AND p.currency = d.currency
        WHERE coalesce(d.transit, 0) <> coalesce(p.transit, 0)
        ORDER BY 1, 2
        """,
        snapshot.conn.platform_id,
    )
