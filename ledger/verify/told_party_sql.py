"""What parties, books, terms and bank accounts say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import compare, or_none, told_of


def stream_parties(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Parties that the log never told of, or of another kind, or that stand under another party than it told last, or not
    as it told last, with the reason.
    """
    return compare(
        snapshot,
        first="""
            WITH last AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.kind, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind IN ('party.blocked', 'party.unblocked', 'party.closed')
                ORDER BY v.subject, v.sequence DESC
            ), moved AS (
                SELECT DISTINCT ON (v.subject) v.subject, v.payload::jsonb ->> 'to' AS parent FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'party.moved' ORDER BY v.subject, v.sequence DESC
            )
        """,
        key="'party', coalesce(p.reference, v.said ->> 'party')",
        found="p.party_id IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "kind": ("p.kind", "v.said ->> 'kind'"),
            "concerns": ("p.party_id", "v.parties[1]"),
            "status": (
                "p.status",
                """CASE l.kind WHEN 'party.blocked' THEN 'BLOCKED' WHEN 'party.closed' THEN 'CLOSED'
                    ELSE 'ACTIVE' END""",
            ),
            "status_reason": ("p.status_reason", "coalesce(l.said ->> 'reason', '')"),
            "parent": ("coalesce(o.reference, p.parent_id::text, '')", "coalesce(m.parent, v.said ->> 'parent', '')"),
            "parent_kind": (or_none("p.parent_kind"), or_none("o.kind")),
        },
        rows="""
            (SELECT * FROM party AS o WHERE o.platform_id = $1) AS p
            FULL JOIN (
                SELECT o.subject, o.parties, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'party.registered'
            ) AS v ON v.subject = 'party/' || p.reference
            LEFT JOIN last AS l ON l.subject = v.subject
            LEFT JOIN moved AS m ON m.subject = v.subject
            LEFT JOIN party AS o ON o.platform_id = $1 AND o.party_id = p.parent_id
        """,
    )


def stream_books(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Books that are not their legal entity's, by reference and zone, and legal entities without a book."""
    return compare(
        snapshot,
        key="'book', coalesce(b.book_id, p.party_id)",
        found="b.book_id IS NOT NULL",
        told="p.party_id IS NOT NULL",
        facts={
            "reference": ("b.reference", "p.reference"),
            "time_zone": ("b.time_zone", "coalesce(p.time_zone, o.time_zone, 'UTC')"),
        },
        rows="""
            (SELECT * FROM book AS o WHERE o.platform_id = $1) AS b
            FULL JOIN (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.kind = 'LEGAL_ENTITY') AS p
                ON p.party_id = b.book_id
            LEFT JOIN party AS o ON o.platform_id = $1 AND o.party_id = p.parent_id
        """,
    )


def stream_terms(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Versions of settlement terms that are not what the log told at their place, and those that are not there."""
    return compare(
        snapshot,
        key="'sequence', coalesce(t.sequence, v.sequence)",
        found="t.sequence IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "role": ("t.role", "v.said ->> 'role'"),
            "party": ("coalesce(p.reference, t.party_id::text, '')", "coalesce(v.said ->> 'party', '')"),
            "version": ("t.version", "v.said -> 'version'"),
            "valid_from": ("t.valid_from", "v.said ->> 'validFrom'"),
            "effect": ("t.effect", "v.said ->> 'effect'"),
            "terms": (
                """jsonb_strip_nulls(
                    to_jsonb(t) - '{platform_id,party_id,sequence,version,valid_from,role,effect}'::text[]
                )::text""",
                "(v.said -> 'terms')::text",
            ),
        },
        rows=f"""
            (SELECT * FROM settlement_terms AS o WHERE o.platform_id = $1) AS t
            FULL JOIN {told_of("terms.changed")} AS v ON v.sequence = t.sequence
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = t.party_id
        """,
    )


def stream_payee_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Bank accounts of parties that are not what the log told of them; of one party and currency the one told of last
    stands, and each before it was retired when the next came.
    """
    return compare(
        snapshot,
        key="'party', coalesce(a.party, v.said ->> 'party'), 'account', coalesce(a.reference, v.said ->> 'account')",
        found="a.reference IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "currency": ("a.currency", "v.said ->> 'currency'"),
            "masked": ("a.masked", "v.said ->> 'masked'"),
            "withholding_rule": ("a.withholding_rule", "v.said ->> 'withholdingRule'"),
            "registered_at": ("a.registered_at", "v.occurred_at"),
            "retired_at": (or_none("a.retired_at"), or_none("v.replaced_at")),
        },
        rows="""
            (
                SELECT o.*, p.reference AS party FROM payee_account AS o
                LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = o.party_id
                WHERE o.platform_id = $1
            ) AS a
            FULL JOIN (
                SELECT o.subject, o.occurred_at, o.payload::jsonb AS said, lead(o.occurred_at) OVER (
                    PARTITION BY o.payload::jsonb ->> 'party', o.payload::jsonb ->> 'currency' ORDER BY o.sequence
                ) AS replaced_at
                FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'bank_account.registered' AND o.payload::jsonb ? 'party'
            ) AS v ON v.subject = 'bank-account/' || a.party || '/' || a.reference
        """,
    )


def stream_paying_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Bank accounts of books that are not what the log told of them last, or were retired though none came after."""
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.subject, v.sequence, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'bank_account.registered' AND v.payload::jsonb ? 'legalEntity'
            ),
            -- Each account as it was told of last, and when the one after it was told of first.
            last AS (
                SELECT w.*, lead(w.first_at) OVER (PARTITION BY w.subject ORDER BY w.first_sequence) AS replaced_at
                FROM (
                    SELECT DISTINCT ON (t.subject, t.said ->> 'account') t.subject, t.said,
                        first_value(t.occurred_at) OVER same AS first_at, min(t.sequence) OVER same AS first_sequence
                    FROM told AS t
                    WINDOW same AS (
                        PARTITION BY t.subject, t.said ->> 'account' ORDER BY t.sequence
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    )
                    ORDER BY t.subject, t.said ->> 'account', t.sequence DESC
                ) AS w
            )
        """,
        key="'account', coalesce(a.subject || '/' || a.reference, v.subject || '/' || (v.said ->> 'account'))",
        found="a.subject IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "reference": ("a.reference", "v.said ->> 'account'"),
            "masked": ("a.masked", "v.said ->> 'masked'"),
            "channel": ("a.channel", "v.said ->> 'channel'"),
            "cut_off": ("a.cut_off", "v.said ->> 'cutOff'"),
            "step": ("a.step_minor", "v.said -> 'stepMinor'"),
            "fee": ("a.fee_minor", "v.said -> 'feeMinor'"),
            "retired_at": (or_none("a.retired_at"), or_none("v.replaced_at")),
        },
        rows="""
            (
                SELECT o.*, 'bank-account/' || coalesce(b.reference, '') || '/' || o.currency AS subject
                FROM paying_account AS o
                LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
                WHERE o.platform_id = $1
            ) AS a
            FULL JOIN last AS v ON v.subject = a.subject AND v.said ->> 'account' = a.reference
        """,
    )
