"""The statement that counts what waits for people, by queue and age."""

from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.sql_channel_days import DIFFERS

Row = asyncpg.Record

_AFTER_PAYOUT = """NOT EXISTS (
            SELECT 1 FROM payout AS r
            WHERE r.platform_id = $1 AND r.replaces = o.payout_id AND r.status NOT IN ('FAILED', 'CANCELLED')
        )"""

# When the business of a document happened, as its event in the log says.
_HAPPENED = """(
        SELECT v.occurred_at FROM log_event AS v
        WHERE v.platform_id = o.platform_id AND v.sequence = o.sequence LIMIT 1
    )"""

# Each queue: its name, since when an item waits, and which items those are. Every part has an index of its own, but for
# what stands open of orders: to keep one of those up would cost each order event more than a pass costs who asks.
_QUEUES: tuple[tuple[str, str, str], ...] = (
    ("APPROVALS", "o.requested_at", "approval AS o WHERE o.status = 'PENDING'"),
    ("SHEETS_TO_CONFIRM", "o.closed_at", "sheet AS o WHERE o.status = 'CONFIRM_PENDING' AND o.sheet_id > 0"),
    ("SHEETS_DISPUTED", "o.closed_at", "sheet AS o WHERE o.status IN ('DISPUTED', 'ADJUSTED') AND o.sheet_id > 0"),
    ("SHEETS_WITHOUT_INVOICE", "o.closed_at", "sheet AS o WHERE o.status = 'INVOICE_PENDING' AND o.sheet_id > 0"),
    (
        "SHEETS_OVERDUE",
        "(o.due_date + 1)::timestamp AT TIME ZONE o.zone",
        "sheet AS o WHERE o.total_minor > 0 AND o.status NOT IN ('PAID', 'COMPLETED') AND o.status <> 'CLOSING'"
        " AND o.due_date < (($2::timestamptz + interval '1 day') AT TIME ZONE 'UTC')::date"
        " AND (o.due_date + 1)::timestamp AT TIME ZONE o.zone <= $2 AND o.total_minor"
        " > o.netted_minor + o.retained_minor + o.held_minor + o.withheld_minor + o.paid_minor"
        " AND NOT is_carried(o.platform_id, o.book_id, o.currency, o.status, o.payout_minor - o.paid_minor,"
        " o.total_minor - o.netted_minor - o.retained_minor - o.held_minor - o.withheld_minor - o.payout_minor)",
    ),
    (
        "SHEETS_NEGATIVE",
        "o.closed_at",
        "sheet AS o WHERE o.status IN ('RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING') AND o.sheet_id > 0",
    ),
    ("PAYOUTS_FAILED", "o.ended_at", f"payout AS o WHERE o.status = 'FAILED' AND o.payout_id > 0 AND {_AFTER_PAYOUT}"),
    (
        "PAYOUTS_RETURNED",
        "o.ended_at",
        f"payout AS o WHERE o.status = 'RETURNED' AND o.payout_id > 0 AND {_AFTER_PAYOUT}",
    ),
    ("PAYOUTS_UNKNOWN", "o.submitted_at", "payout AS o WHERE o.status = 'UNKNOWN'"),
    ("PAYOUTS_IN_TRANSIT", "o.submitted_at", "payout AS o WHERE o.status IN ('SUBMITTED', 'ACCEPTED')"),
    ("BANK_ANSWERS", "o.recorded_at", "bank_answer AS o WHERE o.status = 'UNMATCHED'"),
    ("SUSPENSE", "o.opened_at", "suspense_item AS o WHERE o.status = 'OPEN' AND o.amount_minor > 0"),
    (
        "SUSPENSE_OVERDUE",
        "o.deadline",
        "suspense_item AS o WHERE o.status = 'OPEN' AND o.amount_minor > 0 AND o.deadline <= $2",
    ),
    (
        "RECEIPTS_UNIDENTIFIED",
        "o.recorded_at",
        "receipt AS o WHERE o.matched_minor + o.returned_minor < o.amount_minor",
    ),
    (
        "RECEIPTS_OVERDUE",
        "o.deadline",
        "receipt AS o WHERE o.matched_minor + o.returned_minor < o.amount_minor AND o.deadline <= $2",
    ),
    (
        "HOLDS_OVERDUE",
        "o.expected_release_date::timestamp AT TIME ZONE 'UTC'",
        "hold AS o WHERE o.lifted_minor < o.amount_minor"
        " AND o.expected_release_date < ($2::timestamptz AT TIME ZONE 'UTC')::date",
    ),
    ("DEPOSITS_DUE", "o.opened_at", "deposit_slice AS o WHERE o.status = 'DUE'"),
    (
        "DEPOSITS_RELEASABLE",
        "o.releasable_date::timestamp AT TIME ZONE 'UTC'",
        "deposit_slice AS o WHERE o.status IN ('HELD', 'RELEASABLE')"
        " AND o.releasable_date <= ($2::timestamptz AT TIME ZONE 'UTC')::date",
    ),
    ("FEE_LINES_REFUSED", "o.refused_at", "source_refusal AS o WHERE o.resolved_at IS NULL"),
    ("INTERNAL_SPLITS", "o.opened_at", "internal_split_task AS o WHERE o.done_at IS NULL"),
    (
        "CHANNEL_DAYS_DIFFERING",
        "o.recorded_at",
        f"(SELECT d.* FROM channel_day AS d WHERE {DIFFERS}) AS o WHERE TRUE",
    ),
    ("ORDERS_TO_SPLIT", "o.paid_at", "order_head AS o WHERE o.held_minor > 0"),
    ("ORDERS_TO_UNFREEZE", "o.paid_at", "order_head AS o WHERE o.frozen_minor <> 0"),
    ("REFUNDS_TO_PAY", _HAPPENED, "order_refund AS o WHERE o.owed_minor > 0"),
    (
        "CLAIMS_TO_PAY",
        "o.moved_at",
        "deposit_movement AS o WHERE o.kind = 'CLAIMED' AND o.counterparty_id IS NULL AND NOT EXISTS ("
        " SELECT 1 FROM deposit_movement AS p WHERE p.platform_id = $1 AND p.slice_id = o.slice_id"
        " AND p.kind = 'CLAIM_PAID' AND p.reference = o.reference)",
    ),
    ("DISPUTES_TO_DECIDE", _HAPPENED, "order_dispute AS o WHERE o.open_minor > 0"),
    ("JOBS_GIVEN_UP", "o.ended_at", "job AS o WHERE o.status = 'DEAD'"),
)

_PARTS = " UNION ALL ".join(
    f"SELECT {place} AS place, '{name}' AS queue, {since} AS since FROM {items} AND o.platform_id = $1"
    for place, (name, since, items) in enumerate(_QUEUES)
)


async def count_queues(conn: Connection, *, now: datetime) -> list[Row]:
    """Of every queue that has something: how much, since when, and how much by age."""
    return await conn.fetch(
        f"""
        SELECT q.queue, count(*) AS total, min(q.since) AS oldest_since,
            count(*) FILTER (WHERE q.since > $2::timestamptz - interval '1 day') AS within_day,
            count(*) FILTER (
                WHERE q.since <= $2 - interval '1 day' AND q.since > $2 - interval '7 days'
            ) AS within_week,
            count(*) FILTER (
                WHERE q.since <= $2 - interval '7 days' AND q.since > $2 - interval '30 days'
            ) AS within_month,
            count(*) FILTER (WHERE q.since <= $2 - interval '30 days') AS older
        FROM ({_PARTS}) AS q
        GROUP BY q.place, q.queue ORDER BY q.place
        """,
        conn.platform_id,
        now,
    )
