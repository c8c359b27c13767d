"""What payouts and the answers of banks say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, compare, minor, or_none, tells


def stream_payouts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Payouts that are not what the log told when they were made, that stand elsewhere than it told last, whose accounts
    are of another party, book or currency, or are not those that stood when they were made (of what was paid late,
    those of the payout that failed), or whose bank took another fee than their entries moved, and claims of sheets that
    are of no payout, or of more or less than it. Under a rule all of a payout is taxed, with the month that it was
    posted in.
    """
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.subject, v.sequence, v.kind, v.occurred_at, v.actor, v.payload::jsonb AS said
                FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind IN (
                    'payout.created', 'payout.submitted', 'payout.unknown', 'payout.accepted', 'payout.paid',
                    'payout.failed', 'payout.returned', 'payout.cancelled'
                )
            ), last AS (
                SELECT DISTINCT ON (t.subject) t.* FROM told AS t ORDER BY t.subject, t.sequence DESC
            ), submitted AS (
                SELECT DISTINCT ON (t.subject) t.subject, t.occurred_at FROM told AS t
                WHERE t.kind = 'payout.submitted' ORDER BY t.subject, t.sequence
            ), fees AS (
                SELECT e.document, sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS amount
                FROM entry AS e
                INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code = '1010'
                WHERE e.platform_id = $1 AND e.document LIKE 'payout/%'
                    AND e.template NOT IN ('PAYOUT_PAID', 'PAYOUT_RETURNED')
                GROUP BY e.document
            ), taken AS (
                SELECT e.document, min(a.code) AS code FROM entry AS e
                INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence AND l.side = 'D'
                INNER JOIN account AS a
                    ON a.platform_id = $1 AND a.account_id = l.account_id AND a.code IN ('2015', '2016')
                WHERE e.platform_id = $1 AND e.template = 'PAYOUT_SUBMITTED' GROUP BY e.document
            ), months AS (
                SELECT e.document, min(date_trunc('month', e.business_date)::date) AS month FROM entry AS e
                WHERE e.platform_id = $1 AND e.template = 'PAYOUT_SUBMITTED' GROUP BY e.document
            ), accounts AS (
                -- The accounts that stood where the log told of the payout: the last ones told of before it.
                SELECT w.subject, max(w.account) FILTER (WHERE w.is_payee) AS payee,
                    max(w.account) FILTER (WHERE NOT w.is_payee) AS paying
                FROM (
                    SELECT r.subject, r.is_payee, first_value(r.account) OVER (
                        PARTITION BY r.is_payee, r.owner, r.currency, r.number ORDER BY r.sequence
                    ) AS account
                    FROM (
                        SELECT o.*, count(o.account) OVER (
                            PARTITION BY o.is_payee, o.owner, o.currency ORDER BY o.sequence
                        ) AS number
                        FROM (
                            SELECT t.subject, t.sequence, t.said ->> 'party' AS owner,
                                t.said ->> 'currency' AS currency, true AS is_payee, NULL AS account
                            FROM told AS t WHERE t.kind = 'payout.created'
                            UNION ALL
                            SELECT t.subject, t.sequence, t.said ->> 'legalEntity', t.said ->> 'currency', false, NULL
                            FROM told AS t WHERE t.kind = 'payout.created'
                            UNION ALL
                            SELECT NULL, v.sequence, coalesce(v.payload::jsonb ->> 'party',
                                v.payload::jsonb ->> 'legalEntity'), v.payload::jsonb ->> 'currency',
                                v.payload::jsonb ? 'party', v.payload::jsonb ->> 'account'
                            FROM log_event AS v WHERE v.platform_id = $1 AND v.kind = 'bank_account.registered'
                        ) AS o
                    ) AS r
                ) AS w
                WHERE w.subject IS NOT NULL GROUP BY w.subject
            ), sheets AS (
                SELECT s.payout_id, string_agg(s.sheet_id::text, ',' ORDER BY s.sheet_id) AS sheets,
                    string_agg(DISTINCT s.stands, ',') AS stands, sum(s.taken_minor) AS taken,
                    sum(s.withheld_minor) AS withheld,
                    string_agg(s.sheet_id::text, ',' ORDER BY s.sheet_id) FILTER (WHERE s.stands = 'REPLACED')
                        AS replaced
                FROM payout_sheet AS s WHERE s.platform_id = $1 GROUP BY s.payout_id
            ), paid_again AS (
                SELECT o.replaces AS payout_id, string_agg(s.sheet_id::text, ',' ORDER BY s.sheet_id) AS sheets
                FROM payout AS o
                INNER JOIN payout_sheet AS s ON s.platform_id = $1 AND s.payout_id = o.payout_id
                WHERE o.platform_id = $1 AND o.takes_from = '2016' AND o.status NOT IN ('FAILED', 'CANCELLED')
                GROUP BY o.replaces
            ), late AS (
                -- What a person settled as the payment of a payout, and the accounts of the payout that the bank named.
                SELECT s.payout_id, 'bank-answer/' || s.reference AS subject, k.reference AS payee,
                    q.reference AS paying
                FROM bank_answer AS s
                INNER JOIN bank_answer AS o ON o.platform_id = $1
                    AND o.bank_answer_id = CASE WHEN s.reference ~ '^[0-9]{1,18}$' THEN s.reference::bigint END
                INNER JOIN payout AS p ON p.platform_id = $1 AND p.payout_id = o.payout_id
                INNER JOIN payee_account AS k ON k.platform_id = $1 AND k.payee_account_id = p.payee_account_id
                INNER JOIN paying_account AS q ON q.platform_id = $1 AND q.paying_account_id = p.paying_account_id
                WHERE s.platform_id = $1 AND s.source = 'settled' AND s.kind = 'PAID' AND s.status = 'APPLIED'
            )
        """,
        key="'payout', coalesce(p.payout_id::text, substr(v.subject, 8), s.payout_id::text)",
        found="coalesce(p.payout_id, s.payout_id) IS NOT NULL",
        told="v.subject IS NOT NULL",
        facts={
            "party": ("o.reference", "v.said ->> 'party'"),
            "book": ("b.reference", "v.said ->> 'legalEntity'"),
            "currency": ("p.currency", "v.said ->> 'currency'"),
            "net": ("p.net_minor", minor("amount")),
            "withheld": ("p.withheld_minor", minor("withheld")),
            "due_date": ("p.due_date", "v.said ->> 'dueDate'"),
            "replaces": (or_none("p.replaces"), or_none("v.said -> 'replaces'")),
            "sheets": (
                "s.sheets",
                """(
                    SELECT string_agg(x.number, ',' ORDER BY x.number::bigint)
                    FROM jsonb_array_elements_text(v.said -> 'sheets') AS x (number)
                )""",
            ),
            "stands": (
                "s.stands",
                """CASE
                    WHEN p.status = 'RETURNED' AND y.sheets <> s.sheets THEN 'REPLACED,RETURNED'
                    WHEN p.status = 'RETURNED' AND y.payout_id IS NOT NULL THEN 'REPLACED'
                    WHEN p.status IN ('PAID', 'RETURNED') THEN p.status
                    WHEN p.status IN ('FAILED', 'CANCELLED') THEN 'RELEASED'
                    ELSE 'CLAIMED' END""",
            ),
            "replaced": ("coalesce(s.replaced, '')", "coalesce(y.sheets, '')"),
            "taken": ("s.taken", "p.net_minor + p.fee_minor"),
            "taken_for_tax": ("s.withheld", "p.withheld_minor"),
            "created_at": ("p.created_at", "v.occurred_at"),
            "created_by": ("p.created_by", "v.actor"),
            "status": ("p.status", "l.said ->> 'status'"),
            "bank_reference": ("p.bank_reference", "coalesce(l.said ->> 'bankReference', '')"),
            "reason": ("p.reason", "coalesce(l.said ->> 'reason', '')"),
            "submitted_at": (or_none("p.submitted_at"), or_none("t.occurred_at")),
            "bank_fee": ("p.bank_fee_minor", "coalesce(f.amount, 0)"),
            "payee": ("k.reference", "CASE a.kind WHEN 'LATE_PAYMENT' THEN coalesce(w.payee, '') ELSE g.payee END"),
            "paying": ("q.reference", "CASE a.kind WHEN 'LATE_PAYMENT' THEN coalesce(w.paying, '') ELSE g.paying END"),
            "payee_of": ("k.party_id", "p.party_id"),
            "payee_in": ("k.currency", "p.currency"),
            "paying_of": ("q.book_id", "p.book_id"),
            "paying_in": ("q.currency", "p.currency"),
            "submission_of": (
                "coalesce(u.paying_account_id, 0)",
                "CASE WHEN t.subject IS NULL THEN 0 ELSE p.paying_account_id END",
            ),
            "is_ended": (
                "p.ended_at IS NOT NULL",
                "l.said ->> 'status' IN ('PAID', 'RETURNED', 'FAILED', 'CANCELLED')",
            ),
            "heard_at": ("p.ended_at", "(l.said ->> 'heardAt')::timestamptz"),
            # What was paid late is agreed to as an answer of the bank, by which it is settled.
            "asked_for": (
                "coalesce(a.subject, 'payout/' || p.payout_id)",
                "CASE a.kind WHEN 'LATE_PAYMENT' THEN coalesce(w.subject, '') ELSE v.subject END",
            ),
            "approval": (
                "CASE WHEN p.approval = 'GRANTED' THEN coalesce(a.status, '') ELSE '' END",
                "CASE WHEN p.approval = 'GRANTED' THEN 'GRANTED' ELSE '' END",
            ),
            "tax_rule": ("p.tax_rule", "CASE WHEN p.withheld_minor > 0 THEN k.withholding_rule END"),
            "taxed": ("p.taxed_minor", "CASE p.tax_rule WHEN '' THEN 0 ELSE p.gross_minor END"),
            "tax_month": (
                "coalesce(p.tax_month, '-infinity')",
                "CASE p.tax_rule WHEN '' THEN '-infinity' ELSE m.month END",
            ),
            "takes_from": ("p.takes_from", "x.code"),
            "digest": (
                "encode(p.digest, 'hex')",
                "CASE WHEN a.kind <> 'LATE_PAYMENT' THEN encode(a.digest, 'hex') END",
            ),
        },
        rows="""
            (SELECT * FROM payout AS o WHERE o.platform_id = $1) AS p
            FULL JOIN (SELECT * FROM told AS x WHERE x.kind = 'payout.created') AS v
                ON v.subject = 'payout/' || p.payout_id
            FULL JOIN sheets AS s ON s.payout_id = p.payout_id
            LEFT JOIN last AS l ON l.subject = v.subject
            LEFT JOIN submitted AS t ON t.subject = v.subject
            LEFT JOIN paid_again AS y ON y.payout_id = p.payout_id
            LEFT JOIN accounts AS g ON g.subject = v.subject
            LEFT JOIN taken AS x ON x.document = v.subject
            LEFT JOIN months AS m ON m.document = v.subject
            LEFT JOIN fees AS f ON f.document = v.subject
            LEFT JOIN party AS o ON o.platform_id = $1 AND o.party_id = p.party_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = p.book_id
            LEFT JOIN payee_account AS k ON k.platform_id = $1 AND k.payee_account_id = p.payee_account_id
            LEFT JOIN paying_account AS q ON q.platform_id = $1 AND q.paying_account_id = p.paying_account_id
            LEFT JOIN payout_submission AS u ON u.platform_id = $1 AND u.submission_id = p.submission_id
            LEFT JOIN approval AS a ON a.platform_id = $1 AND a.approval_id = p.approval_id
            LEFT JOIN late AS w ON w.payout_id = p.payout_id
        """,
    )


def stream_submissions(snapshot: Snapshot) -> AsyncIterator[Row]:
    """What was handed to a bank, where it is not of the paying account and the instant of its payouts, or has none."""
    return compare(
        snapshot,
        key="'submission', s.submission_id",
        facts={
            "paying_account": ("s.paying_account_id", "p.paying_account_id"),
            "channel": ("s.channel", "coalesce(s.channel, '')"),
            "submitted_at": ("s.submitted_at", "p.submitted_at"),
            "has_payouts": ("p.submission_id IS NOT NULL", "true"),
        },
        rows="""
            payout_submission AS s
            LEFT JOIN (
                SELECT DISTINCT ON (o.submission_id) o.submission_id, o.paying_account_id, o.submitted_at
                FROM payout AS o WHERE o.platform_id = $1 AND o.submission_id IS NOT NULL
                ORDER BY o.submission_id, o.payout_id
            ) AS p ON p.submission_id = s.submission_id
            WHERE s.platform_id = $1
        """,
    )


def stream_answers(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Answers of banks that are of another payout than their key names, or were applied though the log never told that
    the payout came to stand there, or not with that amount; those told of as waiting that are not there, or say
    anything else; and those that a person is said to have seen to though nobody did, or the other way round. What was
    said twice is nobody's work: of an acceptance, of a refusal, or under the name that the bank gave the payment.
    """
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.subject, v.kind, max(v.payload::jsonb ->> 'amount') AS amount FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind LIKE 'payout.%' GROUP BY v.subject, v.kind
            ), named AS (
                SELECT v.subject, array_agg(v.payload::jsonb ->> 'bankReference') AS names FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind LIKE 'payout.%' AND v.payload::jsonb ? 'bankReference'
                GROUP BY v.subject
            ), waiting AS (
                SELECT v.subject, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'bank_answer.unmatched'
            ), dismissed AS (
                SELECT DISTINCT v.subject FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind = 'bank_answer.dismissed'
            )
        """,
        key="'answer', coalesce(a.bank_answer_id::text, substr(w.subject, 13))",
        found="a.bank_answer_id IS NOT NULL",
        told="a.bank_answer_id IS NOT NULL OR w.subject IS NOT NULL",
        facts={
            "payout": (
                "coalesce(a.payout_id, 0)",
                "CASE WHEN a.status = 'APPLIED' OR a.payout_id > 0 THEN coalesce(p.payout_id, 0) END",
            ),
            "currency": (
                "a.currency",
                """CASE WHEN a.status = 'APPLIED' AND a.currency <> '' THEN p.currency
                    ELSE w.said ->> 'currency' END""",
            ),
            "amount": (
                "coalesce(a.amount_minor, 0)",
                """CASE WHEN a.status = 'APPLIED' AND a.amount_minor IS NOT NULL THEN p.net_minor
                    ELSE replace(w.said ->> 'amount', '.', '')::bigint END""",
            ),
            "applied": ("a.status = 'APPLIED'", "a.status = 'APPLIED' AND t.subject IS NOT NULL"),
            "dismissed": (
                "a.status = 'DISMISSED'",
                """CASE WHEN d.subject IS NOT NULL THEN true
                    WHEN a.kind NOT IN ('ACCEPTED', 'REFUSED') AND (
                        a.bank_reference = '' OR a.bank_reference <> ALL (coalesce(n.names, '{}'))
                    ) THEN false END""",
            ),
            "source": ("a.source", "w.said ->> 'source'"),
            "reference": ("a.reference", "w.said ->> 'reference'"),
            "kind": ("a.kind", "w.said ->> 'kind'"),
            "key": ("a.channel_key", "w.said ->> 'payoutKey'"),
        },
        rows="""
            (SELECT * FROM bank_answer AS o WHERE o.platform_id = $1) AS a
            FULL JOIN waiting AS w ON w.subject = 'bank-answer/' || a.bank_answer_id
            LEFT JOIN dismissed AS d ON d.subject = 'bank-answer/' || a.bank_answer_id
            LEFT JOIN payout AS p ON p.platform_id = $1 AND p.channel_key = a.channel_key
            LEFT JOIN named AS n ON n.subject = 'payout/' || p.payout_id
            LEFT JOIN told AS t ON t.subject = 'payout/' || a.payout_id AND t.kind IN (
                'payout.' || lower(a.kind), CASE a.kind WHEN 'REFUSED' THEN 'payout.failed' END
            )
        """,
    )


def stream_files(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Files of banks that are not what the log told of them, or that it never told of. Of an older store those are in
    order that were kept before the first one that it told of.
    """
    return snapshot.stream(
        f"""
        WITH told AS (
            SELECT v.subject, v.occurred_at, v.actor, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind = 'bank_file.recorded'
        )
        SELECT c.* FROM (
            SELECT json_build_object('file', coalesce(f.bank_file_id::text, substr(v.subject, 11)))::text AS key,
                CASE WHEN f.bank_file_id IS NOT NULL THEN jsonb_build_object(
                    'direction', f.direction, 'kind', f.kind, 'channel', f.channel, 'message', f.message_id,
                    'name', f.name, 'sha256', encode(f.content_digest, 'hex'), 'refusal', f.refusal,
                    'answers', f.answers, 'recorded_at', f.recorded_at, 'actor', f.actor
                ) END AS found,
                CASE WHEN v.subject IS NOT NULL THEN (v.said - 'file')
                        || jsonb_build_object('recorded_at', v.occurred_at, 'actor', v.actor)
                    WHEN {tells(1)} OR f.bank_file_id > (SELECT min((t.said -> 'file')::bigint) FROM told AS t)
                        THEN NULL
                    ELSE '{{}}' END AS told
            FROM (SELECT * FROM bank_file AS o WHERE o.platform_id = $1) AS f
            FULL JOIN told AS v ON v.subject = 'bank-file/' || f.bank_file_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
