"""The statement that counts and sums what waits for people, by queue, currency and age."""

from datetime import datetime
from typing import NamedTuple

import asyncpg

from ledger.db.days_sql import has_begun, has_passed
from ledger.db.transacting import Connection
from ledger.reporting.sql_channel_days import DIFFERS
from ledger.reporting.sql_payouts import is_replaced, what_failed_has_left
from ledger.settlement.left_sql import is_carried, kept_of, owed_of, unpaid_of

Row = asyncpg.Record

# When the business of a document happened, as its event in the log says.
_HAPPENED = """(
        SELECT v.occurred_at FROM log_event AS v
        WHERE v.platform_id = o.platform_id AND v.sequence = o.sequence LIMIT 1
    )"""

# What a document names that says its currency. Joined where what waits has no index, so that of many the planner reads
# each once; looked up where it has one, however many the planner expects.
_ORDER = "LEFT JOIN order_head AS h ON h.platform_id = o.platform_id AND h.reference = o.order_reference"
_ITS_ORDER = """LEFT JOIN LATERAL (
        SELECT n.currency FROM order_head AS n WHERE n.platform_id = $1 AND n.reference = o.order_reference LIMIT 1
    ) AS h ON true"""
_SLICE = "LEFT JOIN deposit_slice AS h ON h.platform_id = o.platform_id AND h.slice_id = o.slice_id"

_OWN, _NAMED, _NONE = "o.currency", "h.currency", "NULL"


class _Queue(NamedTuple):
    """Its name, since when an item waits, how much of which currency it is, and which items those are."""

    name: str
    since: str
    amount: str
    currency: str
    items: str


# Every part has an index of its own, but for what stands open of orders: to keep one of those up would cost each order
# event more than a pass costs who asks.
_QUEUES: tuple[_Queue, ...] = (
    _Queue("APPROVALS", "o.requested_at", "o.amount_minor", _OWN, "approval AS o WHERE o.status = 'PENDING'"),
    _Queue(
        "SHEETS_TO_CONFIRM",
        "o.closed_at",
        "o.total_minor",
        _OWN,
        "sheet AS o WHERE o.status = 'CONFIRM_PENDING' AND o.sheet_id > 0",
    ),
    _Queue(
        "SHEETS_DISPUTED",
        "o.closed_at",
        "o.total_minor",
        _OWN,
        "sheet AS o WHERE o.status IN ('DISPUTED', 'ADJUSTED') AND o.sheet_id > 0",
    ),
    _Queue(
        "SHEETS_WITHOUT_INVOICE",
        "o.closed_at",
        "o.total_minor",
        _OWN,
        "sheet AS o WHERE o.status = 'INVOICE_PENDING' AND o.sheet_id > 0",
    ),
    _Queue(
        "SHEETS_OVERDUE",
        "(o.due_date + 1)::timestamp AT TIME ZONE o.zone",
        unpaid_of("o"),
        _OWN,
        "sheet AS o WHERE o.total_minor > 0 AND o.status NOT IN ('PAID', 'COMPLETED') AND o.status <> 'CLOSING'"
        " AND o.due_date < (($2::timestamptz + interval '1 day') AT TIME ZONE 'UTC')::date"
        f" AND (o.due_date + 1)::timestamp AT TIME ZONE o.zone <= $2 AND {unpaid_of('o')} > 0"
        f" AND NOT {is_carried('o', platform='o.platform_id')}",
    ),
    _Queue(
        "SHEETS_NEGATIVE",
        "o.closed_at",
        owed_of("o"),
        _OWN,
        "sheet AS o WHERE o.status IN ('RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING') AND o.sheet_id > 0",
    ),
    _Queue(
        "PAYOUTS_FAILED",
        "o.ended_at",
        "CASE WHEN h.is_again THEN h.left_minor ELSE o.net_minor END",
        _OWN,
        f"payout AS o CROSS JOIN LATERAL {what_failed_has_left('o')} AS h WHERE o.status = 'FAILED'"
        " AND o.takes_from = '2015' AND (NOT h.is_again OR h.left_minor IS NOT NULL)",
    ),
    _Queue(
        "PAYOUTS_RETURNED",
        "o.ended_at",
        "o.net_minor",
        _OWN,
        f"payout AS o WHERE o.status = 'RETURNED' AND NOT {is_replaced('o')}",
    ),
    _Queue("PAYOUTS_UNKNOWN", "o.submitted_at", "o.net_minor", _OWN, "payout AS o WHERE o.status = 'UNKNOWN'"),
    _Queue(
        "PAYOUTS_IN_TRANSIT",
        "o.submitted_at",
        "o.net_minor",
        _OWN,
        "payout AS o WHERE o.status IN ('SUBMITTED', 'ACCEPTED')",
    ),
    _Queue("BANK_ANSWERS", "o.recorded_at", "o.amount_minor", _OWN, "bank_answer AS o WHERE o.status = 'UNMATCHED'"),
    _Queue(
        "SUSPENSE",
        "o.opened_at",
        "o.amount_minor",
        _NAMED,
        f"suspense_item AS o {_ITS_ORDER} WHERE o.status = 'OPEN' AND o.amount_minor > 0",
    ),
    _Queue(
        "SUSPENSE_OVERDUE",
        "o.deadline",
        "o.amount_minor",
        _NAMED,
        f"suspense_item AS o {_ITS_ORDER} WHERE o.status = 'OPEN' AND o.amount_minor > 0 AND o.deadline <= $2",
    ),
    _Queue(
        "RECEIPTS_UNIDENTIFIED",
        "o.recorded_at",
        "o.amount_minor - o.matched_minor - o.returned_minor",
        _OWN,
        "receipt AS o WHERE o.matched_minor + o.returned_minor < o.amount_minor",
    ),
    _Queue(
        "RECEIPTS_OVERDUE",
        "o.deadline",
        "o.amount_minor - o.matched_minor - o.returned_minor",
        _OWN,
        "receipt AS o WHERE o.matched_minor + o.returned_minor < o.amount_minor AND o.deadline <= $2",
    ),
    _Queue(
        "HOLDS_OVERDUE",
        "o.expected_release_date::timestamp AT TIME ZONE o.zone",
        "o.amount_minor - o.lifted_minor",
        _OWN,
        "hold AS o WHERE o.lifted_minor < o.amount_minor"
        f" AND {has_passed('o.expected_release_date', zone='o.zone', at='$2')}",
    ),
    _Queue("DEPOSITS_DUE", "o.opened_at", "o.due_minor", _OWN, "deposit_slice AS o WHERE o.status = 'DUE'"),
    _Queue(
        "DEPOSITS_RELEASABLE",
        "o.releasable_date::timestamp AT TIME ZONE o.zone",
        kept_of("o"),
        _OWN,
        "deposit_slice AS o WHERE o.status IN ('HELD', 'RELEASABLE')"
        f" AND {has_begun('o.releasable_date', zone='o.zone', at='$2')}",
    ),
    _Queue("FEE_LINES_REFUSED", "o.refused_at", _NONE, _NONE, "source_refusal AS o WHERE o.resolved_at IS NULL"),
    _Queue(
        "INTERNAL_SPLITS",
        "o.opened_at",
        "o.amount_minor",
        _NAMED,
        f"internal_split_task AS o {_ITS_ORDER} WHERE o.done_at IS NULL",
    ),
    _Queue(
        "CHANNEL_DAYS_DIFFERING",
        "o.recorded_at",
        _NONE,
        _NONE,
        f"(SELECT d.* FROM channel_day AS d WHERE {DIFFERS}) AS o WHERE TRUE",
    ),
    _Queue("ORDERS_TO_SPLIT", "o.paid_at", "o.held_minor", _OWN, "order_head AS o WHERE o.held_minor > 0"),
    _Queue("ORDERS_TO_UNFREEZE", "o.paid_at", "o.frozen_minor", _OWN, "order_head AS o WHERE o.frozen_minor <> 0"),
    _Queue("REFUNDS_TO_PAY", _HAPPENED, "o.owed_minor", _NAMED, f"order_refund AS o {_ORDER} WHERE o.owed_minor > 0"),
    _Queue(
        "CLAIMS_TO_PAY",
        "o.moved_at",
        "o.amount_minor",
        _NAMED,
        f"deposit_movement AS o {_SLICE} WHERE o.kind = 'CLAIMED' AND o.counterparty_id IS NULL AND NOT EXISTS ("
        " SELECT 1 FROM deposit_movement AS p WHERE p.platform_id = $1 AND p.slice_id = o.slice_id"
        " AND p.kind = 'CLAIM_PAID' AND p.reference = o.reference)",
    ),
    _Queue(
        "DISPUTES_TO_DECIDE", _HAPPENED, "o.open_minor", _NAMED, f"order_dispute AS o {_ORDER} WHERE o.open_minor > 0"
    ),
    _Queue("JOBS_GIVEN_UP", "o.ended_at", _NONE, _NONE, "job AS o WHERE o.status = 'DEAD'"),
)

_PARTS = " UNION ALL ".join(
    f"SELECT {place} AS place, '{each.name}' AS queue, {each.since} AS since, {each.amount} AS amount,"
    f" {each.currency} AS currency FROM {each.items} AND o.platform_id = $1"
    for place, each in enumerate(_QUEUES)
)


async def count_queues(conn: Connection, *, now: datetime) -> list[Row]:
    """
    Of every queue that has something, by currency, "" for what has none: how many, how much, since when, and how many
    by age. Sums may be larger than any amount.
    """
    return await conn.fetch(
        f"""
        SELECT q.queue, coalesce(q.currency, '') AS currency, count(*) AS total, sum(q.amount) AS amount_minor,
            min(q.since) AS oldest_since,
            count(*) FILTER (WHERE q.since > $2::timestamptz - interval '1 day') AS within_day,
            count(*) FILTER (
                WHERE q.since <= $2 - interval '1 day' AND q.since > $2 - interval '7 days'
            ) AS within_week,
            count(*) FILTER (
                WHERE q.since <= $2 - interval '7 days' AND q.since > $2 - interval '30 days'
            ) AS within_month,
            count(*) FILTER (WHERE q.since <= $2 - interval '30 days') AS older
        FROM ({_PARTS}) AS q
        GROUP BY q.place, q.queue, q.currency ORDER BY q.place, q.currency COLLATE "C"
        """,
        conn.platform_id,
        now,
    )
