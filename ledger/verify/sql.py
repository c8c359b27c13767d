"""
Every statement of verifying, over the tables of all floors. `$1` is the platform.

Texts are ordered by their bytes (COLLATE "C"), which is also how Python compares them.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.verify.snapshot import Snapshot

Row = asyncpg.Record


async def take_time(conn: Connection) -> None:
    """Lift the limits of this transaction, which takes longer than a request may, and join whole tables as such."""
    # Where nobody has counted rows yet, as after an import, tables look small and each row would be tried with each.
    await conn.execute(
        "SELECT set_config('statement_timeout', '0', true),"
        " set_config('idle_in_transaction_session_timeout', '10min', true), set_config('enable_nestloop', 'off', true)"
    )


async def find_platform(conn: Connection) -> Row | None:
    """The reference of the transaction's platform, and the head of its log, null where there is none."""
    return await conn.fetchrow(
        """
        SELECT p.reference, h.sequence, h.posted_at, h.posting_day, h.volume, h.tree_version
        FROM platform AS p LEFT JOIN log_head AS h ON h.platform_id = p.platform_id WHERE p.platform_id = $1
        """,
        conn.platform_id,
    )


async def find_zones(conn: Connection) -> list[Row]:
    """Where time zones stand, each once per table, and what the platform's ought to be: its operator's."""
    return await conn.fetch(
        """
        SELECT 'platform' AS kept_in, p.reference AS name, p.time_zone, coalesce(o.time_zone, 'UTC') AS expected
        FROM platform AS p
        INNER JOIN party AS o ON o.platform_id = p.platform_id AND o.parent_id IS NULL AND o.kind = 'OPERATOR'
        WHERE p.platform_id = $1
        UNION ALL
        SELECT 'book', min(b.reference), b.time_zone, NULL FROM book AS b WHERE b.platform_id = $1 GROUP BY b.time_zone
        UNION ALL
        SELECT 'party', min(p.reference), p.time_zone, NULL FROM party AS p
        WHERE p.platform_id = $1 AND p.time_zone IS NOT NULL GROUP BY p.time_zone
        UNION ALL
        SELECT 'sheet', min(s.sheet_id)::text, s.zone, NULL FROM sheet AS s WHERE s.platform_id = $1 GROUP BY s.zone
        UNION ALL
        SELECT 'hold', min(h.hold_id)::text, h.zone, NULL FROM hold AS h WHERE h.platform_id = $1 GROUP BY h.zone
        UNION ALL
        SELECT 'deposit_slice', min(d.slice_id)::text, d.zone, NULL FROM deposit_slice AS d
        WHERE d.platform_id = $1 GROUP BY d.zone
        """,
        conn.platform_id,
    )


async def knows_zone(conn: Connection, *, name: str) -> bool:
    """Whether the database can tell the day in a zone; the snapshot goes on in any case."""
    await conn.execute("SAVEPOINT before_zone")
    try:
        await conn.execute("SELECT now() AT TIME ZONE $1", name)
    except asyncpg.InvalidParameterValueError:
        await conn.execute("ROLLBACK TO SAVEPOINT before_zone")
        return False
    await conn.execute("RELEASE SAVEPOINT before_zone")
    return True


async def find_last_instant(conn: Connection) -> datetime | None:
    """When the log's last record was written."""
    instant: datetime | None = await conn.fetchval(
        """
        SELECT r.posted_at FROM log_record AS r WHERE r.platform_id = $1 ORDER BY r.sequence DESC LIMIT 1
        """,
        conn.platform_id,
    )
    return instant


async def count_moves(conn: Connection) -> int:
    """How often parties have moved."""
    moves: int = await conn.fetchval("SELECT count(*) FROM party_move WHERE platform_id = $1", conn.platform_id)
    return moves


def stream_followers(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Who follows the log and is ahead of it."""
    return snapshot.stream(
        """
        SELECT f.name, f.sequence FROM log_follower AS f
        INNER JOIN log_head AS h ON h.platform_id = $1
        WHERE f.platform_id = $1 AND f.sequence > h.sequence ORDER BY f.name COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_log(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every place that an entry or an event takes; `zone_day` is the day in the operator's zone."""
    return snapshot.stream(
        """
        SELECT coalesce(e.sequence, v.sequence) AS sequence, e.posted_at AS entry_posted_at,
            e.posting_day AS entry_day, v.posted_at AS event_posted_at, v.kind AS event_kind, v.subject, v.occurred_at,
            v.actor, v.parties, v.payload, v.content_hash,
            (coalesce(e.posted_at, v.posted_at) AT TIME ZONE p.time_zone)::date AS zone_day
        FROM (SELECT * FROM entry AS o WHERE o.platform_id = $1) AS e
        FULL JOIN (SELECT * FROM log_event AS o WHERE o.platform_id = $1) AS v ON v.sequence = e.sequence
        CROSS JOIN (SELECT o.time_zone FROM platform AS o WHERE o.platform_id = $1) AS p
        ORDER BY coalesce(e.sequence, v.sequence)
        """,
        snapshot.conn.platform_id,
    )


async def find_posting_days(conn: Connection) -> list[Row]:
    """The posting days with their last sequence, in order."""
    return await conn.fetch(
        "SELECT day, last_sequence FROM posting_day WHERE platform_id = $1 ORDER BY day", conn.platform_id
    )


def stream_misfiled_events(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Where a party and an event that concerns it are not found by each other exactly once: by party and sequence."""
    return snapshot.stream(
        """
        SELECT coalesce(k.party_id, v.party_id) AS party_id, coalesce(k.sequence, v.sequence) AS sequence,
            coalesce(k.times, 0) AS times, coalesce(v.times, 0) AS expected
        FROM (
            SELECT o.party_id, u.sequence, count(*) AS times
            FROM party_event AS o CROSS JOIN LATERAL unnest(o.sequences) AS u (sequence)
            WHERE o.platform_id = $1 GROUP BY o.party_id, u.sequence
        ) AS k
        FULL JOIN (
            SELECT DISTINCT u.party_id, o.sequence, 1 AS times
            FROM log_event AS o CROSS JOIN LATERAL unnest(o.parties) AS u (party_id)
            WHERE o.platform_id = $1
        ) AS v ON v.party_id = k.party_id AND v.sequence = k.sequence
        WHERE k.times IS DISTINCT FROM v.times
        ORDER BY coalesce(k.party_id, v.party_id), coalesce(k.sequence, v.sequence)
        """,
        snapshot.conn.platform_id,
    )


def stream_closings(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every book with the day it is closed through and the last such day in the log."""
    return snapshot.stream(
        """
        SELECT b.reference, b.closed_through, v.through
        FROM book AS b
        LEFT JOIN LATERAL (
            SELECT (o.payload::json ->> 'through')::date AS through FROM log_event AS o
            WHERE o.platform_id = $1 AND o.subject = 'book/' || b.reference
                AND o.kind IN ('period.closed', 'period.reopened')
            ORDER BY o.sequence DESC LIMIT 1
        ) AS v ON true
        WHERE b.platform_id = $1 ORDER BY b.reference COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_entries(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every entry, in order, with the reference of its book."""
    return snapshot.stream(
        """
        SELECT e.sequence, e.book_id, b.reference AS book, e.reversal_of, e.posted_at, e.business_date,
            e.requested_date, e.posting_day, e.line_count, e.idempotency_key, e.fingerprint, e.content_hash, e.source,
            e.actor, e.template, e.description, e.document, e.document_line, e.cause, e.metadata
        FROM entry AS e LEFT JOIN book AS b ON b.platform_id = e.platform_id AND b.book_id = e.book_id
        WHERE e.platform_id = $1 ORDER BY e.sequence
        """,
        snapshot.conn.platform_id,
    )


def stream_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every line with its account, by entry and position."""
    return snapshot.stream(
        """
        SELECT l.sequence, l.position, l.account_id, l.side, l.amount, l.currency, l.business_date, l.posting_day,
            a.book_id, a.code, a.currency AS account_currency, a.is_summary, a.book_reference, a.party_reference
        FROM line AS l
        LEFT JOIN account AS a ON a.platform_id = l.platform_id AND a.account_id = l.account_id
        WHERE l.platform_id = $1 ORDER BY l.sequence, l.position
        """,
        snapshot.conn.platform_id,
    )


def stream_lines_by_account(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Every line by account, in the order in which it ran."""
    return snapshot.stream(
        """
        SELECT l.account_id, l.sequence, l.position, l.version, l.side, l.amount, l.debit_after, l.credit_after,
            a.normal_side, a.floor_minor
        FROM line AS l LEFT JOIN account AS a ON a.platform_id = l.platform_id AND a.account_id = l.account_id
        WHERE l.platform_id = $1 ORDER BY l.account_id, l.sequence, l.version
        """,
        snapshot.conn.platform_id,
    )


def stream_foreign_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Accounts that are not what the chart, their book and their party say, with what those say."""
    return snapshot.stream(
        """
        SELECT * FROM (
            SELECT a.account_id,
                json_build_array(
                    a.class, a.normal_side, a.is_summary, a.floor_minor, a.book_reference, a.party_reference
                )::text AS found,
                json_build_array(
                    c.class, c.normal_side, c.is_summary, c.floor_minor, b.reference, p.reference
                )::text AS expected
            FROM account AS a
            LEFT JOIN chart_account AS c ON c.platform_id = a.platform_id AND c.code = a.code
            LEFT JOIN book AS b ON b.platform_id = a.platform_id AND b.book_id = a.book_id
            LEFT JOIN party AS p ON p.platform_id = a.platform_id AND p.party_id = a.party_id
            WHERE a.platform_id = $1
        ) AS compared
        WHERE found <> expected ORDER BY account_id
        """,
        snapshot.conn.platform_id,
    )


def stream_account_late(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Late sums of accounts as they are stored beside what the lines say; either side may be missing."""
    return snapshot.stream(
        """
        SELECT account_id, posting_day, business_date, a.debit AS found_debit, a.credit AS found_credit,
            l.debit AS expected_debit, l.credit AS expected_credit
        FROM (SELECT * FROM account_late AS o WHERE o.platform_id = $1) AS a
        FULL JOIN (
            SELECT o.account_id, o.posting_day, o.business_date,
                coalesce(sum(o.amount) FILTER (WHERE o.side = 'D'), 0)::bigint AS debit,
                coalesce(sum(o.amount) FILTER (WHERE o.side = 'C'), 0)::bigint AS credit
            FROM line AS o WHERE o.platform_id = $1 AND o.business_date <> o.posting_day
            GROUP BY o.account_id, o.posting_day, o.business_date
        ) AS l USING (account_id, posting_day, business_date)
        WHERE a.debit IS DISTINCT FROM l.debit OR a.credit IS DISTINCT FROM l.credit
        ORDER BY account_id, posting_day, business_date
        """,
        snapshot.conn.platform_id,
    )


async def find_parents(conn: Connection) -> list[Row]:
    """Every party with its parent now."""
    return await conn.fetch("SELECT party_id, parent_id FROM party WHERE platform_id = $1", conn.platform_id)


async def find_moves(conn: Connection) -> list[Row]:
    """Every move in order, with the kind of event that the log has at its place."""
    return await conn.fetch(
        """
        SELECT m.sequence, m.party_id, m.from_parent_id, m.to_parent_id, m.posting_day, v.kind
        FROM party_move AS m LEFT JOIN log_event AS v ON v.platform_id = m.platform_id AND v.sequence = m.sequence
        WHERE m.platform_id = $1 ORDER BY m.sequence
        """,
        conn.platform_id,
    )


def stream_moves_missing(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Events of moves without a row of the move."""
    return snapshot.stream(
        """
        SELECT v.sequence, v.subject FROM log_event AS v
        WHERE v.platform_id = $1 AND v.kind = 'party.moved' AND NOT EXISTS (
            SELECT 1 FROM party_move AS m WHERE m.platform_id = v.platform_id AND m.sequence = v.sequence
        )
        ORDER BY v.sequence
        """,
        snapshot.conn.platform_id,
    )


async def find_moved_days(conn: Connection) -> list[Row]:
    """The days on which moves changed who stands below a party, as stored."""
    return await conn.fetch(
        "SELECT party_id, posting_day FROM subtree_moved WHERE platform_id = $1 ORDER BY posting_day, party_id",
        conn.platform_id,
    )


async def count_totals(conn: Connection) -> int:
    """How many rows the totals of subtrees have, the late ones included."""
    rows: int = await conn.fetchval(
        """
        SELECT (SELECT count(*) FROM subtree_day WHERE platform_id = $1)
            + (SELECT count(*) FROM subtree_late WHERE platform_id = $1)
        """,
        conn.platform_id,
    )
    return rows


def stream_posted_sums(snapshot: Snapshot, *, moves: Sequence[int]) -> AsyncIterator[Row]:
    """
    What parties' accounts took in, summed per posting day, stretch between moves, place and business date, in the order
    of the log; `stretch` is the number of moves before it.
    """
    return snapshot.stream(
        """
        SELECT l.posting_day, l.stretch, a.party_id, a.code, a.book_id, a.currency, l.business_date, l.debit, l.credit
        FROM (
            SELECT o.posting_day, width_bucket(o.sequence, $2::bigint[]) AS stretch, o.account_id, o.business_date,
                coalesce(sum(o.amount) FILTER (WHERE o.side = 'D'), 0)::bigint AS debit,
                coalesce(sum(o.amount) FILTER (WHERE o.side = 'C'), 0)::bigint AS credit
            FROM line AS o WHERE o.platform_id = $1
            GROUP BY o.posting_day, stretch, o.account_id, o.business_date
        ) AS l
        INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
        WHERE a.party_id IS NOT NULL
        ORDER BY l.posting_day, l.stretch, a.party_id
        """,
        snapshot.conn.platform_id,
        moves,
    )


def stream_totals(snapshot: Snapshot, *, parts: int, part: int) -> AsyncIterator[Row]:
    """A part of the totals of subtrees by posting day, each beside the row before it."""
    return snapshot.stream(
        """
        SELECT s.posting_day, s.party_id, s.code, s.book_id, s.currency, s.debit, s.credit,
            coalesce(lag(s.debit) OVER earlier, 0) AS debit_before,
            coalesce(lag(s.credit) OVER earlier, 0) AS credit_before
        FROM subtree_day AS s WHERE s.platform_id = $1 AND s.party_id % $2 = $3
        WINDOW earlier AS (PARTITION BY s.party_id, s.code, s.book_id, s.currency ORDER BY s.posting_day)
        ORDER BY s.posting_day, s.party_id, s.code COLLATE "C", s.book_id, s.currency
        """,
        snapshot.conn.platform_id,
        parts,
        part,
    )


def stream_late_totals(snapshot: Snapshot, *, parts: int, part: int) -> AsyncIterator[Row]:
    """A part of the late sums of subtrees by posting day."""
    return snapshot.stream(
        """
        SELECT s.posting_day, s.party_id, s.code, s.book_id, s.currency, s.business_date, s.debit, s.credit
        FROM subtree_late AS s WHERE s.platform_id = $1 AND s.party_id % $2 = $3
        ORDER BY s.posting_day, s.party_id, s.code COLLATE "C", s.book_id, s.currency, s.business_date
        """,
        snapshot.conn.platform_id,
        parts,
        part,
    )


async def find_totals_before(conn: Connection, *, party_id: int, day: date) -> list[Row]:
    """The totals of everyone below one party at the end of the day before."""
    return await conn.fetch(
        """
        SELECT DISTINCT ON (s.code, s.book_id, s.currency) s.code, s.book_id, s.currency, s.debit, s.credit
        FROM subtree_day AS s WHERE s.platform_id = $1 AND s.party_id = $2 AND s.posting_day < $3
        ORDER BY s.code, s.book_id, s.currency, s.posting_day DESC
        """,
        conn.platform_id,
        party_id,
        day,
    )


async def find_own_totals(conn: Connection, *, party_id: int, sequence: int) -> list[Row]:
    """What one party's own accounts had taken in when the log stood at the sequence."""
    return await conn.fetch(
        """
        SELECT a.code, a.book_id, a.currency,
            coalesce(sum(l.amount) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit,
            coalesce(sum(l.amount) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit
        FROM account AS a
        INNER JOIN line AS l ON l.platform_id = $1 AND l.account_id = a.account_id AND l.sequence < $3
        WHERE a.platform_id = $1 AND a.party_id = $2
        GROUP BY a.code, a.book_id, a.currency
        """,
        conn.platform_id,
        party_id,
        sequence,
    )


async def find_volume(conn: Connection) -> int:
    """The sum of all debits ever posted."""
    volume = await conn.fetchval(
        "SELECT coalesce(sum(amount), 0) FROM line WHERE platform_id = $1 AND side = 'D'", conn.platform_id
    )
    return int(volume)
