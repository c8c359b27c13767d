"""The statements that compare fees with the lines of the entries that carry them. `$1` is the platform."""

from collections.abc import AsyncIterator

import asyncpg

from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


def stream_fees(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Entries that carry fees which are not what their lines move on the accounts that parties are paid from. Entries from
    before fees were kept carry none.
    """
    return snapshot.stream(
        """
        SELECT e.sequence, coalesce(f.code, m.code) AS code, coalesce(f.party_id, m.party_id) AS party_id, f.said,
            m.moved
        FROM (
            SELECT o.sequence, o.metadata::jsonb -> 'fees' AS fees FROM entry AS o
            WHERE o.platform_id = $1 AND o.metadata LIKE '{"fees":%' AND o.document <> ''
        ) AS e
        CROSS JOIN LATERAL (
            SELECT fee.said ->> 'code' AS code, (fee.said ->> 'party')::bigint AS party_id,
                sum((fee.said ->> 'amount')::bigint)::bigint AS said
            FROM jsonb_array_elements(e.fees) AS fee (said) GROUP BY 1, 2
        ) AS f
        FULL JOIN (
            SELECT l.sequence, a.code, a.party_id,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS moved
            FROM line AS l INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            INNER JOIN entry AS o ON o.platform_id = $1 AND o.sequence = l.sequence
            WHERE l.platform_id = $1 AND a.code IN ('2010', '2020', '2030', '2041', '2042', '2043', '2080')
                AND o.metadata LIKE '{"fees":%' AND o.document <> ''
            GROUP BY l.sequence, a.code, a.party_id
        ) AS m ON m.sequence = e.sequence AND m.code = f.code AND m.party_id = f.party_id
        WHERE coalesce(f.said, 0) <> coalesce(m.moved, 0)
        ORDER BY coalesce(e.sequence, m.sequence)
        """,
        snapshot.conn.platform_id,
    )


def stream_fee_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Fee lines that are not what their entry moved on their party's account, and entries of fee lines that are not there;
    amounts are positive where the party gets money, null where there is nothing.
    """
    return snapshot.stream(
        """
        SELECT coalesce(f.reference, p.reference) AS reference, f.amount AS said, p.moved
        FROM (
            SELECT o.reference, o.entry, o.book_id, o.party_id, o.account_code, o.currency,
                CASE o.direction WHEN 'CREDIT' THEN o.amount_minor ELSE -o.amount_minor END AS amount
            FROM fee_line AS o WHERE o.platform_id = $1 AND NOT o.compare_only
        ) AS f
        FULL JOIN (
            SELECT substr(e.document, 10) AS reference, e.sequence, a.book_id, a.party_id, a.code, a.currency,
                sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS moved
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.document LIKE 'fee-line/%'
                AND a.code IN ('2010', '2020', '2030', '2041', '2042', '2043', '2080')
            GROUP BY e.document, e.sequence, a.book_id, a.party_id, a.code, a.currency
        ) AS p ON p.reference = f.reference AND p.sequence = f.entry AND p.book_id = f.book_id
            AND p.party_id = f.party_id AND p.code = f.account_code AND p.currency = f.currency
        WHERE f.amount IS DISTINCT FROM p.moved
        ORDER BY coalesce(f.reference, p.reference) COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_reversed(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Fee lines of which another amount, base or tax was taken back than the lines that reverse them took."""
    return snapshot.stream(
        """
        SELECT * FROM (
            SELECT f.reference, ARRAY[f.reversed_minor, f.reversed_base_minor, f.reversed_tax_minor] AS said,
                ARRAY[coalesce(r.amount, 0), coalesce(r.base, 0), coalesce(r.tax, 0)]::bigint[] AS taken
            FROM fee_line AS f
            LEFT JOIN (
                SELECT o.reverses, sum(o.amount_minor) AS amount, sum(o.base_minor) AS base, sum(o.tax_minor) AS tax
                FROM fee_line AS o WHERE o.platform_id = $1 GROUP BY o.reverses
            ) AS r ON r.reverses = f.reference
            WHERE f.platform_id = $1
        ) AS c
        WHERE c.said <> c.taken
        ORDER BY c.reference COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )
