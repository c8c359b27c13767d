"""Every statement of posting and reversing, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg

from ledger.db.columns import numbers, texts
from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_accounts(conn: Connection, *, keys: Sequence[Sequence[Any]]) -> list[Row]:
    """The accounts at these places, given as columns (book, code, party or 0, currency), with their position."""
    return await conn.fetch(
        """
        SELECT k.position, a.account_id, a.normal_side, a.is_summary, a.floor_minor, a.book_reference, a.party_reference
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[])
            WITH ORDINALITY AS k (book_id, code, party_id, currency, position)
        CROSS JOIN LATERAL (
            SELECT o.* FROM account AS o
            WHERE o.platform_id = $1 AND o.book_id = k.book_id AND o.code = k.code AND o.party_id = k.party_id
                AND o.currency = k.currency
            UNION ALL
            SELECT o.* FROM account AS o
            WHERE k.party_id = 0 AND o.platform_id = $1 AND o.book_id = k.book_id AND o.code = k.code
                AND o.party_id IS NULL AND o.currency = k.currency
        ) AS a
        """,
        conn.platform_id,
        *keys,
    )


async def open_accounts(conn: Connection, *, keys: Sequence[Sequence[Any]]) -> None:
    """
    Open accounts at these places where the chart, the book and the party exist and the chart keeps the code that way.

    Inserted in the order of the key: two batches that open the same accounts queue instead of deadlocking.
    """
    await conn.execute(
        """
        INSERT INTO account (
            platform_id, book_id, code, party_id, currency, class, normal_side, is_summary, floor_minor,
            book_reference, party_reference
        )
        SELECT
            $1, k.book_id, k.code, nullif(k.party_id, 0), k.currency, c.class, c.normal_side, c.is_summary,
            c.floor_minor, b.reference, h.reference
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS k (book_id, code, party_id, currency)
        INNER JOIN chart_account AS c ON c.platform_id = $1 AND c.code = k.code
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = k.book_id
        CROSS JOIN LATERAL (SELECT find_holder_reference($1, k.party_id) AS reference) AS h
        WHERE (c.kept_per = 'PARTY') = (k.party_id <> 0) AND (k.party_id = 0) = (h.reference IS NULL)
            AND k.currency ~ '^[A-Z]{3}$'
        ORDER BY k.book_id, k.code, k.party_id, k.currency
        ON CONFLICT ON CONSTRAINT account_is_opened_once DO NOTHING
        """,
        conn.platform_id,
        *keys,
    )


async def lock_head(conn: Connection) -> Row:
    """
    Take the platform's log until the end of the transaction.

    What the lock protects is read by later statements: a statement that waited keeps the snapshot it began with.
    """
    head = await conn.fetchrow(
        "SELECT sequence, posted_at, posting_day, tree_version, volume FROM log_head WHERE platform_id = $1 FOR UPDATE",
        conn.platform_id,
    )
    assert head is not None, "a platform is created with its log"
    return head


async def load_state(
    conn: Connection, *, keys: Sequence[str], account_ids: Sequence[int], book_ids: Sequence[int]
) -> Row:
    """
    What judging needs, read under the lock in one statement: the instant and the posting day, the last line of each of
    these accounts, the day each book is closed through (both in the order asked), and the keys already posted.
    """
    state = await conn.fetchrow(
        """
        SELECT
            p.reference AS platform, now.posted_at,
            greatest((now.posted_at AT TIME ZONE p.time_zone)::date, h.posting_day) AS posting_day,
            (
                SELECT array_agg(b.closed_through ORDER BY k.position)
                FROM unnest($4::text::bigint[]) WITH ORDINALITY AS k (book_id, position)
                INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = k.book_id
            ) AS closed_through,
            last.versions, last.debits, last.credits,
            used.keys, used.fingerprints, used.sequences, used.posted_ats, used.business_dates
        FROM log_head AS h
        INNER JOIN platform AS p ON p.platform_id = h.platform_id
        CROSS JOIN LATERAL (SELECT greatest(clock_timestamp(), h.posted_at) AS posted_at) AS now
        CROSS JOIN LATERAL (
            SELECT
                array_agg(coalesce(l.version, 0) ORDER BY k.position) AS versions,
                array_agg(coalesce(l.debit_after, 0) ORDER BY k.position) AS debits,
                array_agg(coalesce(l.credit_after, 0) ORDER BY k.position) AS credits
            FROM unnest($3::text::bigint[]) WITH ORDINALITY AS k (account_id, position)
            LEFT JOIN LATERAL (
                SELECT o.version, o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = k.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l ON true
        ) AS last
        CROSS JOIN LATERAL (
            SELECT
                array_agg(e.idempotency_key) AS keys, array_agg(e.fingerprint) AS fingerprints,
                array_agg(e.sequence) AS sequences, array_agg(e.posted_at) AS posted_ats,
                array_agg(e.business_date) AS business_dates
            FROM unnest(string_to_array($2, chr(31))) AS k (idempotency_key)
            CROSS JOIN LATERAL (
                SELECT o.* FROM entry AS o
                WHERE o.platform_id = $1 AND o.idempotency_key = k.idempotency_key LIMIT 1
            ) AS e
        ) AS used
        WHERE h.platform_id = $1
        """,
        conn.platform_id,
        texts(keys),
        numbers(account_ids),
        numbers(book_ids),
    )
    assert state is not None, "the head is locked, so it is there"
    return state


async def find_lines_after(conn: Connection, *, sequence: int) -> list[Row]:
    """The running figures of the lines after this sequence, in the order of the log."""
    return await conn.fetch(
        """
        SELECT l.account_id, l.version, l.debit_after, l.credit_after FROM line AS l
        WHERE l.platform_id = $1 AND l.sequence > $2 ORDER BY l.sequence, l.position
        """,
        conn.platform_id,
        sequence,
    )


class LogColumns(NamedTuple):
    """
    A stretch of the log as columns (see ledger.db.columns), and the head after it: its last number, its instant and
    day, and the volume that it adds. Digests come as one run of 32 bytes each.
    """

    sequence: int
    posted_at: datetime
    posting_day: date
    volume: int
    actor: str
    entries: Sequence[str | bytes]
    lines: Sequence[str]
    events: Sequence[str | bytes]


async def write_log(conn: Connection, stretch: LogColumns) -> None:
    """
    Advance the head and insert entries, lines and events in one statement: the laws are checked at its end, over the
    whole of it. Returns while the database works on it.

    Columns become rows in the list of what is selected: as a table each of them would first be kept apart (measured:
    that doubles what it costs to make the rows, a twentieth of the server's time).
    """
    await conn.send(
        """
        WITH head AS (
            UPDATE log_head SET sequence = $2, posted_at = $3, posting_day = $4, volume = volume + $5
            WHERE platform_id = $1
        ), day AS (
            INSERT INTO posting_day (platform_id, day, last_sequence) VALUES ($1, $4, $2)
            ON CONFLICT (platform_id, day) DO UPDATE SET last_sequence = excluded.last_sequence
        ), entries AS (
            INSERT INTO entry (
                platform_id, posted_at, posting_day, sequence, book_id, reversal_of, business_date, requested_date,
                line_count, idempotency_key, fingerprint, content_hash, source, actor, template, description, document,
                document_line, cause, metadata
            )
            SELECT $1, $3, $4, e.sequence, e.book_id, e.reversal_of, e.business_date, e.requested_date,
                e.line_count, e.idempotency_key,
                substring($13::bytea FROM (32 * e.place - 31)::int FOR 32),
                substring($14::bytea FROM (32 * e.place - 31)::int FOR 32),
                e.source, $6, coalesce(e.template, ''), coalesce(e.description, ''), coalesce(e.document, ''),
                coalesce(e.document_line, ''), coalesce(e.cause, ''), coalesce(e.metadata, '')
            FROM (
                SELECT
                    generate_subscripts($7::text::bigint[], 1) AS place, unnest($7::text::bigint[]) AS sequence,
                    unnest($8::text::bigint[]) AS book_id, unnest($9::text::bigint[]) AS reversal_of,
                    unnest($10::text::date[]) AS business_date, unnest($11::text::date[]) AS requested_date,
                    unnest($12::text::smallint[]) AS line_count,
                    unnest(string_to_array($15, chr(31))) AS idempotency_key,
                    unnest(string_to_array($16, chr(31))) AS source, unnest(string_to_array($17, chr(31))) AS template,
                    unnest(string_to_array($18, chr(31))) AS description,
                    unnest(string_to_array($19, chr(31))) AS document,
                    unnest(string_to_array($20, chr(31))) AS document_line,
                    unnest(string_to_array($21, chr(31))) AS cause, unnest(string_to_array($22, chr(31))) AS metadata
            ) AS e
        ), events AS (
            INSERT INTO log_event (
                platform_id, posted_at, actor, sequence, kind, subject, occurred_at, parties, payload, content_hash
            )
            SELECT $1, $3, $6, v.sequence, v.kind, v.subject, v.occurred_at,
                coalesce(string_to_array(v.parties, ' ')::bigint[], '{}'), v.payload,
                substring($39::bytea FROM (32 * v.place - 31)::int FOR 32)
            FROM (
                SELECT
                    generate_subscripts($33::text::bigint[], 1) AS place, unnest($33::text::bigint[]) AS sequence,
                    unnest(string_to_array($34, chr(31))) AS kind, unnest(string_to_array($35, chr(31))) AS subject,
                    unnest($36::text::timestamptz[]) AS occurred_at,
                    unnest(string_to_array($37, chr(31))) AS parties, unnest(string_to_array($38, chr(31))) AS payload
            ) AS v
        )
        INSERT INTO line (
            platform_id, posting_day, sequence, position, account_id, side, amount, currency, version,
            debit_after, credit_after, business_date
        )
        SELECT
            $1, $4, unnest($23::text::bigint[]), unnest($24::text::smallint[]), unnest($25::text::bigint[]),
            unnest(string_to_array($26, chr(31))), unnest($27::text::bigint[]), unnest(string_to_array($28, chr(31))),
            unnest($29::text::bigint[]), unnest($30::text::bigint[]), unnest($31::text::bigint[]),
            unnest($32::text::date[])
        """,
        conn.platform_id,
        stretch.sequence,
        stretch.posted_at,
        stretch.posting_day,
        stretch.volume,
        stretch.actor,
        *stretch.entries,
        *stretch.lines,
        *stretch.events,
    )


async def find_reversals(conn: Connection, *, sequences: Sequence[int]) -> list[Row]:
    """Which of these entries are reversed, and by which; read under the lock."""
    return await conn.fetch(
        "SELECT reversal_of, sequence FROM entry WHERE platform_id = $1 AND reversal_of = ANY($2::bigint[])",
        conn.platform_id,
        sequences,
    )


async def find_entries_to_reverse(conn: Connection, *, sequences: Sequence[int]) -> list[Row]:
    """Entries with their lines, one row a line, in order."""
    return await conn.fetch(
        """
        SELECT e.sequence, e.book_id, e.document, e.document_line, e.source,
            a.code, a.party_id, a.currency, l.side, l.amount
        FROM unnest($2::bigint[]) AS k (sequence)
        CROSS JOIN LATERAL (SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = k.sequence LIMIT 1) AS e
        CROSS JOIN LATERAL (
            SELECT * FROM line AS o
            WHERE o.platform_id = $1 AND o.sequence = k.sequence ORDER BY o.position LIMIT 1000
        ) AS l
        CROSS JOIN LATERAL (
            SELECT * FROM account AS o WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
        ) AS a
        ORDER BY e.sequence, l.position
        """,
        conn.platform_id,
        sequences,
    )
