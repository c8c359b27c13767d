"""What parties, books, terms and bank accounts say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING


def stream_parties(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Parties that the log never told of, or of another kind, or that stand under another party than it told last, or not
    as it told last, with the reason.
    """
    return snapshot.stream(
        """
        WITH last AS (
            SELECT DISTINCT ON (v.subject) v.subject, v.kind, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind IN ('party.blocked', 'party.unblocked', 'party.closed')
            ORDER BY v.subject, v.sequence DESC
        ), moved AS (
            SELECT DISTINCT ON (v.subject) v.subject, v.payload::jsonb ->> 'to' AS parent FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind = 'party.moved' ORDER BY v.subject, v.sequence DESC
        )
        SELECT c.* FROM (
            SELECT json_build_object('party', coalesce(p.reference, v.said ->> 'party'))::text AS key,
                CASE WHEN p.party_id IS NOT NULL THEN jsonb_build_object(
                    'kind', p.kind, 'concerns', p.party_id, 'status', p.status, 'status_reason', p.status_reason,
                    'parent', coalesce(o.reference, p.parent_id::text, ''), 'parent_kind', coalesce(p.parent_kind, '')
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'kind', v.said ->> 'kind', 'concerns', v.parties[1],
                    'status', CASE l.kind WHEN 'party.blocked' THEN 'BLOCKED' WHEN 'party.closed' THEN 'CLOSED'
                        ELSE 'ACTIVE' END,
                    'status_reason', coalesce(l.said ->> 'reason', ''),
                    'parent', coalesce(m.parent, v.said ->> 'parent', ''), 'parent_kind', coalesce(o.kind, '')
                ) END AS told
            FROM (SELECT * FROM party AS o WHERE o.platform_id = $1) AS p
            FULL JOIN (
                SELECT o.subject, o.parties, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'party.registered'
            ) AS v ON v.subject = 'party/' || p.reference
            LEFT JOIN last AS l ON l.subject = v.subject
            LEFT JOIN moved AS m ON m.subject = v.subject
            LEFT JOIN party AS o ON o.platform_id = $1 AND o.party_id = p.parent_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_books(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Books that are not their legal entity's, by reference and zone, and legal entities without a book."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('book', coalesce(b.book_id, p.party_id))::text AS key,
                CASE WHEN b.book_id IS NOT NULL THEN
                    jsonb_build_object('reference', b.reference, 'time_zone', b.time_zone)
                END AS found,
                CASE WHEN p.party_id IS NOT NULL THEN jsonb_build_object(
                    'reference', p.reference, 'time_zone', coalesce(p.time_zone, o.time_zone, 'UTC')
                ) END AS told
            FROM (SELECT * FROM book AS o WHERE o.platform_id = $1) AS b
            FULL JOIN (SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.kind = 'LEGAL_ENTITY') AS p
                ON p.party_id = b.book_id
            LEFT JOIN party AS o ON o.platform_id = $1 AND o.party_id = p.parent_id
        ) AS c
        WHERE c.found IS DISTINCT FROM c.told ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_terms(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Versions of settlement terms that are not what the log told at their place, and those that are not there."""
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object('sequence', coalesce(t.sequence, v.sequence))::text AS key,
                CASE WHEN t.sequence IS NOT NULL THEN jsonb_build_object(
                    'role', t.role, 'party', coalesce(p.reference, t.party_id::text, ''), 'version', t.version,
                    'valid_from', t.valid_from, 'effect', t.effect, 'terms', jsonb_strip_nulls(
                        to_jsonb(t) - '{platform_id,party_id,sequence,version,valid_from,role,effect}'::text[]
                    )::text
                ) END AS found,
                CASE WHEN v.sequence IS NOT NULL THEN jsonb_build_object(
                    'role', v.said ->> 'role', 'party', coalesce(v.said ->> 'party', ''),
                    'version', v.said -> 'version', 'valid_from', v.said ->> 'validFrom',
                    'effect', v.said ->> 'effect', 'terms', (v.said -> 'terms')::text
                ) END AS told
            FROM (SELECT * FROM settlement_terms AS o WHERE o.platform_id = $1) AS t
            FULL JOIN (
                SELECT o.sequence, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'terms.changed'
            ) AS v ON v.sequence = t.sequence
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = t.party_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_payee_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Bank accounts of parties that are not what the log told of them; of one party and currency the one told of last
    stands, and each before it was retired when the next came.
    """
    return snapshot.stream(
        """
        SELECT c.* FROM (
            SELECT json_build_object(
                    'party', coalesce(a.party, v.said ->> 'party'),
                    'account', coalesce(a.reference, v.said ->> 'account')
                )::text AS key,
                CASE WHEN a.reference IS NOT NULL THEN jsonb_build_object(
                    'currency', a.currency, 'masked', a.masked, 'withholding_rule', a.withholding_rule,
                    'registered_at', a.registered_at, 'retired_at', coalesce(a.retired_at, '-infinity')
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'currency', v.said ->> 'currency', 'masked', v.said ->> 'masked',
                    'withholding_rule', v.said ->> 'withholdingRule', 'registered_at', v.occurred_at,
                    'retired_at', coalesce(v.replaced_at, '-infinity')
                ) END AS told
            FROM (
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
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_paying_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Bank accounts of books that are not what the log told of them last, or were retired though none came after."""
    return snapshot.stream(
        """
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
        SELECT c.* FROM (
            SELECT json_build_object(
                'account', coalesce(a.subject || '/' || a.reference, v.subject || '/' || (v.said ->> 'account'))
            )::text AS key,
                CASE WHEN a.subject IS NOT NULL THEN jsonb_build_object(
                    'reference', a.reference, 'masked', a.masked, 'channel', a.channel, 'cut_off', a.cut_off,
                    'step', a.step_minor, 'fee', a.fee_minor, 'retired_at', coalesce(a.retired_at, '-infinity')
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN jsonb_build_object(
                    'reference', v.said ->> 'account', 'masked', v.said ->> 'masked', 'channel', v.said ->> 'channel',
                    'cut_off', v.said ->> 'cutOff', 'step', v.said -> 'stepMinor', 'fee', v.said -> 'feeMinor',
                    'retired_at', coalesce(v.replaced_at, '-infinity')
                ) END AS told
            FROM (
                SELECT o.*, 'bank-account/' || coalesce(b.reference, '') || '/' || o.currency AS subject
                FROM paying_account AS o
                LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
                WHERE o.platform_id = $1
            ) AS a
            FULL JOIN last AS v ON v.subject = a.subject AND v.said ->> 'account' = a.reference
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
