"""The statements that compare settlement sheets with the lines they claimed. `$1` is the platform."""

from collections.abc import AsyncIterator, Sequence

import asyncpg

from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


def stream_claims(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Claimed lines that are not what the line says, not of an account of their sheet, or after what it has seen."""
    return snapshot.stream(
        """
        SELECT c.sequence, c.position, c.sheet_id, c.amount_minor AS found,
            CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END AS expected,
            l.account_id IS DISTINCT FROM c.account_id OR a.account_id IS NULL AS is_foreign,
            c.is_closing <> (s.closing_sequence IS NOT DISTINCT FROM c.sequence)
            OR (NOT c.is_closing AND c.sequence > s.through_sequence) AS is_misplaced
        FROM sheet_line AS c
        LEFT JOIN line AS l ON l.platform_id = $1 AND l.sequence = c.sequence AND l.position = c.position
        LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = c.sheet_id
        LEFT JOIN sheet_account AS a ON a.platform_id = $1 AND a.sheet_id = c.sheet_id AND a.account_id = c.account_id
        WHERE c.platform_id = $1 AND (
            l.account_id IS DISTINCT FROM c.account_id OR a.account_id IS NULL
            OR CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END IS DISTINCT FROM c.amount_minor
            OR c.is_closing <> (s.closing_sequence IS NOT DISTINCT FROM c.sequence)
            OR (NOT c.is_closing AND c.sequence > s.through_sequence)
        )
        ORDER BY c.sequence, c.position
        """,
        snapshot.conn.platform_id,
    )


def stream_sheets(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Sheets whose figures are not those of their lines, their closing entry or their movements: each with what it says
    and, under `p_`, what follows. A sheet that is closing has not claimed everything, and an open one says nothing.
    """
    return snapshot.stream(
        """
        WITH claimed AS (
            SELECT c.sheet_id, sum(c.amount_minor) FILTER (WHERE NOT c.is_closing) AS total,
                count(*) FILTER (WHERE NOT c.is_closing) AS line_count, sum(c.amount_minor) AS remainder
            FROM sheet_line AS c WHERE c.platform_id = $1 GROUP BY c.sheet_id
        ), posted AS (
            SELECT e.sequence, sum(CASE WHEN a.code NOT IN ('2015', '1200') THEN 0
                WHEN l.side = 'C' THEN l.amount ELSE -l.amount END) AS closed
            FROM entry AS e
            INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE e.platform_id = $1 AND e.template = 'SHEET_CLOSED' GROUP BY e.sequence
        ), moved AS (
            SELECT m.sheet_id,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'NETTED') AS netted,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'RETAINED') AS retained,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'HELD') AS held,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'WITHHELD') AS withheld,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'PAYOUT') AS payout,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'PAID') AS paid,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'COLLECTED') AS collected,
                sum(m.amount_minor) FILTER (WHERE m.kind = 'WRITTEN_OFF') AS written_off
            FROM sheet_movement AS m WHERE m.platform_id = $1 GROUP BY m.sheet_id
        ), compared AS (
            SELECT s.sheet_id, s.status,
                s.total_minor AS total, CASE WHEN s.status IN ('OPEN', 'CLOSING') THEN s.total_minor
                    ELSE coalesce(c.total, 0) END AS p_total,
                s.line_count, CASE WHEN s.status IN ('OPEN', 'CLOSING') THEN s.line_count
                    ELSE coalesce(c.line_count, 0) END AS p_line_count,
                0::numeric AS remainder, CASE WHEN s.status IN ('OPEN', 'CLOSING') THEN 0
                    ELSE coalesce(c.remainder, 0) END AS p_remainder,
                s.total_minor AS closed, coalesce(p.closed, 0) AS p_closed,
                s.netted_minor AS netted, coalesce(m.netted, 0) AS p_netted,
                s.retained_minor AS retained, coalesce(m.retained, 0) AS p_retained,
                s.held_minor AS held, coalesce(m.held, 0) AS p_held,
                s.withheld_minor AS withheld, coalesce(m.withheld, 0) AS p_withheld,
                s.payout_minor AS payout, coalesce(m.payout, 0) AS p_payout,
                s.paid_minor AS paid, coalesce(m.paid, 0) AS p_paid,
                s.collected_minor AS collected, coalesce(m.collected, 0) AS p_collected,
                s.written_off_minor AS written_off, coalesce(m.written_off, 0) AS p_written_off
            FROM sheet AS s
            LEFT JOIN claimed AS c ON c.sheet_id = s.sheet_id
            LEFT JOIN posted AS p ON p.sequence = s.closing_sequence
            LEFT JOIN moved AS m ON m.sheet_id = s.sheet_id
            WHERE s.platform_id = $1
        )
        SELECT * FROM compared AS c
        WHERE (
            c.total, c.line_count, c.remainder, c.closed, c.netted, c.retained, c.held, c.withheld, c.payout, c.paid,
            c.collected, c.written_off
        ) IS DISTINCT FROM (
            c.p_total, c.p_line_count, c.p_remainder, c.p_closed, c.p_netted, c.p_retained, c.p_held, c.p_withheld,
            c.p_payout, c.p_paid, c.p_collected, c.p_written_off
        )
        ORDER BY c.sheet_id
        """,
        snapshot.conn.platform_id,
    )


def stream_left_behind(snapshot: Snapshot, *, codes: Sequence[str]) -> AsyncIterator[Row]:
    """Lines of accounts that sheets settle which closings have passed by and no sheet has claimed."""
    return snapshot.stream(
        """
        SELECT l.sequence, l.position, a.code, a.party_reference
        FROM account AS a
        CROSS JOIN LATERAL (
            SELECT o.open_from_sequence FROM sheet_account AS o
            INNER JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = o.sheet_id AND s.status <> 'CLOSING'
            WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
            ORDER BY o.open_from_sequence DESC LIMIT 1
        ) AS w
        INNER JOIN line AS l ON l.platform_id = $1 AND l.account_id = a.account_id
            AND l.sequence < w.open_from_sequence
        WHERE a.platform_id = $1 AND a.code = ANY ($2::text[]) AND NOT EXISTS (
            SELECT 1 FROM sheet_line AS c
            WHERE c.platform_id = $1 AND c.sequence = l.sequence AND c.position = l.position
        )
        ORDER BY l.sequence, l.position
        """,
        snapshot.conn.platform_id,
        list(codes),
    )


def stream_unsettled(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Parties whose 2015 is not what their sheets have left to be paid, or whose 1200 is not what they owe from them, per
    legal entity and currency. What a payout has claimed leaves 2015 when it is sent, the fee that the party bears when
    it is paid.
    """
    return snapshot.stream(
        """
        WITH sheets AS (
            SELECT s.party_id, s.book_id, s.currency, CASE WHEN s.total_minor > 0 THEN '2015' ELSE '1200' END AS code,
                sum(CASE WHEN s.total_minor > 0 THEN
                    s.total_minor - s.netted_minor - s.retained_minor - s.held_minor - s.withheld_minor
                    - s.payout_minor
                ELSE s.total_minor + s.netted_minor + s.collected_minor + s.written_off_minor END) AS amount
            FROM sheet AS s WHERE s.platform_id = $1 AND s.total_minor <> 0 GROUP BY 1, 2, 3, 4
        ), claimed AS (
            SELECT p.party_id, p.book_id, p.currency,
                sum(CASE p.status WHEN 'CREATED' THEN p.gross_minor ELSE p.fee_minor END) AS amount
            FROM payout AS p
            WHERE p.platform_id = $1 AND p.takes_from = '2015'
                AND p.status IN ('CREATED', 'SUBMITTED', 'UNKNOWN', 'ACCEPTED')
            GROUP BY 1, 2, 3
        ), unsettled AS (
            SELECT s.party_id, s.book_id, s.currency, s.code,
                s.amount + CASE s.code WHEN '2015' THEN coalesce(c.amount, 0) ELSE 0 END AS amount
            FROM sheets AS s
            LEFT JOIN claimed AS c ON c.party_id = s.party_id AND c.book_id = s.book_id AND c.currency = s.currency
        ), standing AS (
            SELECT a.party_id, a.book_id, a.currency, a.code, l.credit_after - l.debit_after AS amount
            FROM account AS a
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = a.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE a.platform_id = $1 AND a.code IN ('2015', '1200') AND a.party_id IS NOT NULL
        )
        SELECT coalesce(s.party_id, a.party_id) AS party_id, coalesce(s.book_id, a.book_id) AS book_id,
            coalesce(s.currency, a.currency) AS currency, coalesce(s.code, a.code) AS code,
            coalesce(s.amount, 0)::bigint AS found, coalesce(a.amount, 0)::bigint AS expected
        FROM unsettled AS s
        FULL JOIN standing AS a ON a.party_id = s.party_id AND a.book_id = s.book_id AND a.currency = s.currency
            AND a.code = s.code
        WHERE coalesce(s.amount, 0) <> coalesce(a.amount, 0)
        ORDER BY 1, 2, 3, 4
        """,
        snapshot.conn.platform_id,
    )


def stream_overlaps(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Sheets that begin before the one before them of the same key has ended."""
    return snapshot.stream(
        """
        SELECT o.sheet_id, o.period_start, o.ended FROM (
            SELECT s.sheet_id, s.period_start, lag(s.period_end) OVER (
                PARTITION BY s.party_id, s.book_id, s.role, s.mode, s.currency ORDER BY s.period_start
            ) AS ended
            FROM sheet AS s WHERE s.platform_id = $1
        ) AS o
        WHERE o.period_start < o.ended ORDER BY o.sheet_id
        """,
        snapshot.conn.platform_id,
    )
