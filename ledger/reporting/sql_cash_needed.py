"""Statements behind the cash that is needed."""

from datetime import date

import asyncpg

from ledger.db.transacting import Connection
from ledger.settlement.left_sql import is_to_net, payable_of

Row = asyncpg.Record


async def sum_cash_needed(conn: Connection, *, through: date) -> list[Row]:
    """
    What has to be paid by a day, per legal entity, currency and due date: payouts that wait to be sent, sheets that may
    be paid, and what still waits for somebody's word: sheets, and payouts that came back.
    """
    return await conn.fetch(
        f"""
        WITH needs AS (
            SELECT p.book_id, p.currency, p.due_date, p.net_minor + p.fee_minor AS created, 0 AS payable, 0 AS upcoming
            FROM payout AS p
            WHERE p.platform_id = $1 AND p.status = 'CREATED' AND p.due_date <= $2
            UNION ALL
            SELECT p.book_id, p.currency, p.due_date, 0, 0, p.net_minor
            FROM payout AS p
            WHERE p.platform_id = $1 AND p.status = 'RETURNED' AND p.payout_id > 0 AND p.due_date <= $2
                AND NOT EXISTS (
                    SELECT 1 FROM payout AS o
                    WHERE o.platform_id = $1 AND o.replaces = p.payout_id AND o.replaces IS NOT NULL
                        AND o.status NOT IN ('FAILED', 'CANCELLED')
                )
            UNION ALL
            SELECT s.book_id, s.currency, s.due_date, 0,
                CASE WHEN s.status IN ('PAYMENT_PENDING', 'PAY_FAILED') THEN left_to_pay.amount ELSE 0 END,
                CASE WHEN s.status IN ('PAYMENT_PENDING', 'PAY_FAILED') THEN 0 ELSE left_to_pay.amount END
            FROM sheet AS s
            CROSS JOIN LATERAL (SELECT {payable_of("s")} AS amount) AS left_to_pay
            WHERE s.platform_id = $1 AND s.total_minor > 0 AND s.due_date <= $2
                AND s.status NOT IN ('PAID', 'COMPLETED') AND left_to_pay.amount > 0
        )
        SELECT n.book_id, b.reference AS legal_entity, n.currency, n.due_date, sum(n.created)::bigint AS created_minor,
            sum(n.payable)::bigint AS payable_minor, sum(n.upcoming)::bigint AS upcoming_minor
        FROM needs AS n
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = n.book_id
        GROUP BY n.book_id, b.reference, n.currency, n.due_date
        ORDER BY b.reference, n.currency, n.due_date
        """,
        conn.platform_id,
        through,
    )


async def find_indebted(conn: Connection) -> list[Row]:
    """
    Sheets that have something to be paid while their party owes something from another of the same legal entity and
    currency, which is netted first: what is left of each, when it is due, and whether it may be paid.
    """
    return await conn.fetch(
        f"""
        SELECT s.sheet_id, b.reference AS legal_entity, s.currency, s.due_date, {payable_of("s")} AS payable_minor,
            s.status IN ('PAYMENT_PENDING', 'PAY_FAILED') AS may_be_paid
        FROM sheet AS s
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = s.book_id
        CROSS JOIN LATERAL (
            SELECT o.sheet_id FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.currency = s.currency
                AND {is_to_net("o")}
            LIMIT 1
        ) AS d
        WHERE s.platform_id = $1 AND s.total_minor > 0 AND s.status NOT IN ('PAID', 'COMPLETED')
            AND {payable_of("s")} > 0
        ORDER BY s.due_date, s.sheet_id
        """,
        conn.platform_id,
    )
