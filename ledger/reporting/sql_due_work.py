"""The statement that finds what is due by itself."""

from datetime import datetime

import asyncpg

from ledger.db.days_sql import has_begun
from ledger.db.transacting import Connection
from ledger.settlement.left_sql import is_carried, payable_of, unpaid_of

Row = asyncpg.Record

# Each part looks at the first row of an index that was made for the work itself; a part that finds nothing has no row.
# What may be done at any time is due since now.
_DUE = f"""
    SELECT d.kind, min(d.since) AS since FROM ((
        SELECT 'sheets.open' AS kind, $2::timestamptz AS since FROM account AS a
        WHERE a.platform_id = $1 AND a.account_id > coalesce(
            (SELECT o.through_account_id FROM sheet_opening AS o WHERE o.platform_id = $1), 0
        ) ORDER BY a.account_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.open', $2 FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'OPEN' AND s.period_end > $2
            AND s.period_end <= $2 + interval '1 day'
            AND NOT EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.role = s.role
                    AND o.mode = s.mode AND o.currency = s.currency AND o.period_start >= s.period_end
            )
            AND NOT EXISTS (
                SELECT 1 FROM party AS p
                WHERE p.platform_id = $1 AND p.party_id = s.party_id AND p.status = 'CLOSED'
            ) LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.tails', $2 FROM log_head AS h
        WHERE h.platform_id = $1
            AND h.sequence > coalesce(
                (SELECT f.sequence FROM log_follower AS f WHERE f.platform_id = $1 AND f.name = 'tails'), 0
            )
            AND EXISTS (SELECT 1 FROM party AS p WHERE p.platform_id = $1 AND p.status = 'CLOSED')
    ) UNION ALL (
        SELECT 'sheets.close', s.period_end FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'OPEN' AND s.period_end <= $2
        ORDER BY s.period_end, s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.close', s.period_end FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CLOSING' ORDER BY s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.close', s.period_end FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CLOSED'
            AND NOT EXISTS (
                SELECT 1 FROM sheet AS o
                WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id
                    AND o.currency = s.currency AND o.period_end <= s.period_end AND o.status IN ('OPEN', 'CLOSING')
            ) ORDER BY s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.deem', s.confirm_by FROM sheet AS s
        WHERE s.platform_id = $1 AND s.status = 'CONFIRM_PENDING' AND s.confirm_by IS NOT NULL AND s.confirm_by <= $2
        ORDER BY s.confirm_by, s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.overdue', (s.due_date + 1)::timestamp AT TIME ZONE s.zone FROM sheet AS s
        WHERE s.platform_id = $1 AND s.total_minor > 0 AND s.status NOT IN ('PAID', 'COMPLETED')
            AND s.status <> 'CLOSING' AND s.due_date <= ($2 AT TIME ZONE 'UTC')::date AND s.overdue_at IS NULL
            AND (s.due_date + 1)::timestamp AT TIME ZONE s.zone <= $2
            AND {unpaid_of("s")} > 0
            AND NOT {is_carried("s")}
        ORDER BY s.due_date, s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.redate', c.published_at
        FROM calendar AS c
        CROSS JOIN LATERAL (
            SELECT 1 FROM sheet AS s
            WHERE s.platform_id = $1 AND s.calendar = c.name AND s.calendar_version < c.version
                AND s.status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF') AND s.status <> 'CLOSING' LIMIT 1
        ) AS dated
        WHERE c.platform_id = $1 ORDER BY c.published_at LIMIT 1
    ) UNION ALL (
        SELECT 'sheets.realign', $2 FROM settlement_terms AS t
        WHERE t.platform_id = $1 AND t.sequence > coalesce(
            (SELECT f.sequence FROM log_follower AS f WHERE f.platform_id = $1 AND f.name = 'terms'), 0
        ) LIMIT 1
    ) UNION ALL (
        SELECT 'deposits.retain', $2 FROM log_head AS h
        WHERE h.platform_id = $1
            AND EXISTS (SELECT 1 FROM deposit_agreement AS d WHERE d.platform_id = $1 AND d.agreement_id > 0)
            AND h.sequence > coalesce(
                (SELECT f.sequence FROM log_follower AS f WHERE f.platform_id = $1 AND f.name = 'retention'), 0
            )
    ) UNION ALL (
        SELECT 'holds.disputes', $2 FROM log_head AS h
        WHERE h.platform_id = $1 AND EXISTS (SELECT 1 FROM order_dispute AS d WHERE d.platform_id = $1)
            AND h.sequence > coalesce(
                (SELECT f.sequence FROM log_follower AS f WHERE f.platform_id = $1 AND f.name = 'disputes'), 0
            )
    ) UNION ALL (
        SELECT 'deposits.release', d.releasable_date::timestamp AT TIME ZONE d.zone FROM deposit_slice AS d
        WHERE d.platform_id = $1 AND {has_begun("d.releasable_date", zone="d.zone", at="$2")}
            AND d.status IN ('DUE', 'HELD', 'RELEASABLE') AND (d.release = 'ON_DATE' OR d.status <> 'RELEASABLE')
        ORDER BY d.releasable_date, d.slice_id LIMIT 1
    ) UNION ALL (
        SELECT 'holds.release', h.expected_release_date::timestamp AT TIME ZONE h.zone FROM hold AS h
        WHERE h.platform_id = $1 AND {has_begun("h.expected_release_date", zone="h.zone", at="$2")}
            AND h.lifted_minor < h.amount_minor AND h.release_rule = 'ON_DATE'
        ORDER BY h.expected_release_date, h.hold_id LIMIT 1
    ) UNION ALL (
        SELECT 'approvals.escalate', a.due_at FROM approval AS a
        WHERE a.platform_id = $1 AND a.status = 'PENDING' AND a.escalated_at IS NULL AND a.due_at <= $2
        ORDER BY a.due_at LIMIT 1
    ) UNION ALL (
        SELECT 'approvals.escalate', $2 FROM api_key AS k
        WHERE k.platform_id = $1 AND (k.revoked_at IS NOT NULL OR k.expires_at <= $2)
            AND NOT EXISTS (
                SELECT 1 FROM api_key AS o
                WHERE o.platform_id = $1 AND o.actor = k.actor AND o.role = 'OPERATOR' AND o.revoked_at IS NULL
                    AND (o.expires_at IS NULL OR o.expires_at > $2)
            )
            AND EXISTS (
                SELECT 1 FROM approval AS a
                WHERE a.platform_id = $1 AND a.status = 'PENDING' AND a.awaited @> ARRAY[k.actor]
            )
        LIMIT 1
    ) UNION ALL (
        SELECT 'payouts.create', s.due_date::timestamp AT TIME ZONE s.zone FROM sheet AS s
        WHERE s.platform_id = $1 AND {has_begun("s.due_date", zone="s.zone", at="$2")} AND s.total_minor > 0
            AND s.status = 'PAYMENT_PENDING' AND s.status NOT IN ('PAID', 'COMPLETED')
            AND {payable_of("s")} > 0
        ORDER BY s.due_date, s.sheet_id LIMIT 1
    ) UNION ALL (
        SELECT 'payouts.submit', least($2, c.due_date::timestamp AT TIME ZONE find_time_zone($1, c.party_id)) FROM (
            SELECT p.due_date, p.party_id FROM payout AS p
            WHERE p.platform_id = $1 AND p.status = 'CREATED' ORDER BY p.due_date, p.payout_id LIMIT 1
        ) AS c
    ) UNION ALL (
        SELECT 'payouts.submit', p.submitted_at FROM payout_submission AS p
        WHERE p.platform_id = $1 AND p.answered_at IS NULL ORDER BY p.submission_id LIMIT 1
    ) UNION ALL (
        SELECT 'payouts.query', p.submitted_at FROM payout AS p
        WHERE p.platform_id = $1 AND p.status = 'UNKNOWN' ORDER BY p.submitted_at, p.payout_id LIMIT 1
    ) UNION ALL (
        SELECT 'payouts.read', $2 FROM paying_account AS p WHERE p.platform_id = $1 LIMIT 1
    ) UNION ALL (
        SELECT 'sources.pull', s.next_pull_at FROM charging_source AS s
        WHERE s.platform_id = $1 AND s.is_active AND s.next_pull_at <= $2 ORDER BY s.next_pull_at, s.name LIMIT 1
    )) AS d GROUP BY d.kind
"""


async def find_due_work(conn: Connection, *, now: datetime) -> list[Row]:
    """The kinds of work that are due, and since when."""
    return await conn.fetch(_DUE, conn.platform_id, now)


async def find_outdated_calendars(conn: Connection) -> list[Row]:
    """The latest versions of calendars that unfinished sheets are not dated by yet."""
    return await conn.fetch(
        """
        SELECT c.name, c.version
        FROM (
            SELECT o.name, max(o.version) AS version FROM calendar AS o WHERE o.platform_id = $1 GROUP BY o.name
        ) AS c
        CROSS JOIN LATERAL (
            SELECT 1 FROM sheet AS s
            WHERE s.platform_id = $1 AND s.calendar = c.name AND s.calendar_version < c.version
                AND s.status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF') AND s.status <> 'CLOSING' LIMIT 1
        ) AS dated
        ORDER BY c.name
        """,
        conn.platform_id,
    )


async def find_last_step(conn: Connection) -> int:
    """The last step of any sheet of the platform, 0 before the first."""
    step: int | None = await conn.fetchval(
        "SELECT h.step_id FROM sheet_history AS h WHERE h.platform_id = $1 ORDER BY h.step_id DESC LIMIT 1",
        conn.platform_id,
    )
    return step or 0


async def list_fixed_sheets(conn: Connection, *, after_step: int) -> list[Row]:
    """Sheets whose totals were fixed after a step, in the order of the fields of ClosingSheet."""
    return await conn.fetch(
        """
        SELECT find_holder_reference($1, s.party_id), find_holder_reference($1, s.book_id), s.role, s.mode, s.currency,
            s.zone, s.period_start, s.period_end, s.due_date, s.line_count, s.total_minor
        FROM sheet_history AS h
        CROSS JOIN LATERAL (
            SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = h.sheet_id LIMIT 1
        ) AS s
        WHERE h.platform_id = $1 AND h.step_id > $2 AND h.status = 'CLOSING'
        ORDER BY s.period_end, find_holder_reference($1, s.party_id), s.sheet_id
        """,
        conn.platform_id,
        after_step,
    )


async def find_first_end(conn: Connection) -> datetime | None:
    """The first boundary at which an open sheet ends."""
    found: datetime | None = await conn.fetchval(
        "SELECT min(s.period_end) FROM sheet AS s WHERE s.platform_id = $1 AND s.status = 'OPEN'", conn.platform_id
    )
    return found


async def count_ended(conn: Connection, *, now: datetime) -> int:
    """Open sheets whose periods are over, and those that are closing."""
    return int(
        await conn.fetchval(
            """
            SELECT count(*) FROM sheet AS s
            WHERE s.platform_id = $1 AND (s.status = 'CLOSING' OR (s.status = 'OPEN' AND s.period_end <= $2))
            """,
            conn.platform_id,
            now,
        )
    )
