"""What receipts, their matches and what is tolerated say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, minor, or_none, told_of


def stream_receipts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Receipts that are not what the log told when they came, or whose owner is not who it was last given to."""
    return compare(
        snapshot,
        first="""
            WITH last AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'receipt.assigned' ORDER BY v.subject, v.sequence DESC
            )
        """,
        key="'receipt', r.receipt_id",
        told="v.sequence IS NOT NULL",
        facts={
            "reference": ("r.reference", "v.said ->> 'receipt'"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("r.currency", "v.said ->> 'currency'"),
            "amount": ("r.amount_minor", minor("amount")),
            "value_date": ("r.value_date", "v.said ->> 'valueDate'"),
            "recorded_at": ("r.recorded_at", "v.occurred_at"),
            "recorded_by": ("r.recorded_by", "v.actor"),
            "owner": ("r.owner", "w.said ->> 'owner'"),
            "reason": ("r.reason", "w.said ->> 'why'"),
            "entry": ("r.sequence", "v.said -> 'entries' -> 0"),
        },
        rows=f"""
            receipt AS r
            LEFT JOIN {told_of("receipt.recorded")} AS v ON v.subject = 'receipt/' || r.receipt_id
            LEFT JOIN last AS w ON w.subject = 'receipt/' || r.receipt_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = r.book_id
            WHERE r.platform_id = $1
        """,
    )


def stream_matches(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Matches that are not what the log told of them, and those told of that are not there."""
    return compare(
        snapshot,
        key="'match', coalesce(m.reference, v.said ->> 'match')",
        found="m.match_id IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "subject": ("'receipt/' || m.receipt_id", "v.subject"),
            "sheet": ("m.sheet_id", "(v.said ->> 'sheet')::bigint"),
            "amount": ("m.amount_minor", minor("amount")),
            "rest": ("m.rest_minor", "coalesce(replace(v.said ->> 'rest', '.', '')::bigint, 0)"),
            "matched_at": ("m.matched_at", "v.occurred_at"),
            "matched_by": ("m.matched_by", "v.actor"),
            "entry": ("m.sequence", "v.said -> 'entries' -> 0"),
            "rest_entry": (or_none("m.rest_sequence"), or_none("(v.said -> 'entries' ->> 1)::bigint")),
        },
        rows=f"""
            (SELECT * FROM receipt_match AS o WHERE o.platform_id = $1) AS m
            FULL JOIN {told_of("receipt.matched")} AS v ON v.said ->> 'match' = m.reference
        """,
    )


def stream_unmatches(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Undone matches that are not what the log told of them."""
    return compare(
        snapshot,
        key="'match', m.reference",
        told="v.sequence IS NOT NULL",
        facts={
            "unmatched_at": ("u.unmatched_at", "v.occurred_at"),
            "unmatched_by": ("u.unmatched_by", "v.actor"),
            "reason": ("u.reason", "v.said ->> 'why'"),
            "entry": ("u.sequence", "v.said -> 'entries' -> 0"),
            "rest_entry": (or_none("u.rest_sequence"), or_none("(v.said -> 'entries' ->> 1)::bigint")),
        },
        rows=f"""
            receipt_unmatch AS u
            LEFT JOIN receipt_match AS m ON m.platform_id = $1 AND m.match_id = u.match_id
            LEFT JOIN {told_of("receipt.unmatched")} AS v ON v.said ->> 'match' = m.reference
            WHERE u.platform_id = $1
        """,
    )


def stream_returns(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was given back that is not what the log told of it."""
    return compare(
        snapshot,
        key="'return', coalesce(r.reference, v.said ->> 'return')",
        found="r.return_id IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "subject": ("'receipt/' || r.receipt_id", "v.subject"),
            "amount": ("r.amount_minor", minor("amount")),
            "returned_at": ("r.returned_at", "v.occurred_at"),
            "returned_by": ("r.returned_by", "v.actor"),
            "reason": ("r.reason", "v.said ->> 'why'"),
            "entry": ("r.sequence", "v.said -> 'entries' -> 0"),
        },
        rows=f"""
            (SELECT * FROM receipt_return AS o WHERE o.platform_id = $1) AS r
            FULL JOIN {told_of("receipt.returned")} AS v ON v.said ->> 'return' = r.reference
        """,
    )


def stream_tolerances(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What is tolerated in a book and currency, where it is not what the log told at that time."""
    return compare(
        snapshot,
        key="'subject', coalesce(t.subject, v.subject), 'place', coalesce(t.place, v.place)",
        found="t.subject IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "amount": ("t.tolerance_minor", minor("amount")),
            "set_at": ("t.set_at", "v.occurred_at"),
            "set_by": ("t.set_by", "v.actor"),
        },
        rows="""
            (
                SELECT 'tolerance/' || b.reference || '/' || o.currency AS subject, o.tolerance_minor, o.set_at,
                    o.set_by,
                    row_number() OVER (PARTITION BY o.book_id, o.currency ORDER BY o.tolerance_id) AS place
                FROM receipt_tolerance AS o
                LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
                WHERE o.platform_id = $1
            ) AS t
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said,
                    row_number() OVER (PARTITION BY o.subject ORDER BY o.sequence) AS place
                FROM log_event AS o WHERE o.platform_id = $1 AND o.kind = 'receipt.tolerance_set'
            ) AS v ON v.subject = t.subject AND v.place = t.place
        """,
    )
