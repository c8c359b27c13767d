"""Every statement on fee items, fee lines and sources, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Written = Sequence[str | bytes]


async def find_items(conn: Connection) -> list[Row]:
    """The last version of every item that the platform has."""
    return await conn.fetch(
        """
        SELECT DISTINCT ON (i.code) i.code, i.version, i.content, i.fingerprint FROM fee_item AS i
        WHERE i.platform_id = $1 ORDER BY i.code, i.version DESC
        """,
        conn.platform_id,
    )


async def insert_items(conn: Connection, *, items: Written, sequence: int) -> None:
    """Add versions of items, given as columns: code, version, is_reversible, content, fingerprints."""
    await conn.execute(
        """
        INSERT INTO fee_item (platform_id, sequence, code, version, is_reversible, content, fingerprint)
        SELECT $1, $2, i.code, i.version, i.is_reversible, i.content,
            substring($7::bytea FROM (32 * i.place - 31)::int FOR 32)
        FROM unnest(
            string_to_array($3, chr(31)), $4::text::integer[], $5::text::boolean[], string_to_array($6, chr(31))
        ) WITH ORDINALITY AS i (code, version, is_reversible, content, place)
        """,
        conn.platform_id,
        sequence,
        *items,
    )


async def find_booked(conn: Connection, *, orders: Sequence[str], items: Sequence[str]) -> list[Row]:
    """The first line of each order, of these items, that is booked, may be taken back and was not wholly."""
    return await conn.fetch(
        """
        SELECT k.order_reference, f.reference FROM unnest($2::text[]) AS k (order_reference)
        CROSS JOIN LATERAL (
            SELECT o.reference FROM fee_line AS o
            INNER JOIN fee_item AS i
                ON i.platform_id = $1 AND i.code = o.item AND i.version = o.item_version AND i.is_reversible
            WHERE o.platform_id = $1 AND o.order_reference = k.order_reference AND o.order_reference <> ''
                AND o.item = ANY($3) AND NOT o.compare_only AND o.reverses IS NULL
                AND o.reversed_minor < o.amount_minor
            ORDER BY o.sequence LIMIT 1
        ) AS f
        """,
        conn.platform_id,
        orders,
        items,
    )


async def find_fee_lines(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these fee lines that count."""
    return await conn.fetch(
        """
        SELECT l.* FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT f.reference, f.sequence, f.entry, f.book_id, f.party_id, f.base_minor, f.amount_minor, f.tax_minor,
                f.reversed_minor, f.reversed_base_minor, f.reversed_tax_minor, f.occurred_at, f.item_version,
                f.compare_only, f.item, f.direction, f.currency, f.account_code, f.rate, f.exact, f.source, f.reverses,
                f.order_reference, f.line_reference, f.spu, f.sku, f.sku_kind, f.fingerprint
            FROM fee_line AS f WHERE f.platform_id = $1 AND f.reference = k.reference LIMIT 1
        ) AS l
        """,
        conn.platform_id,
        references,
    )


async def find_item_versions(conn: Connection, *, codes: Sequence[str], versions: Sequence[int]) -> list[Row]:
    """Items as they were when a line froze them."""
    return await conn.fetch(
        """
        SELECT v.code, v.version, v.content FROM unnest($2::text[], $3::integer[]) AS k (code, version)
        CROSS JOIN LATERAL (
            SELECT i.code, i.version, i.content FROM fee_item AS i
            WHERE i.platform_id = $1 AND i.code = k.code AND i.version = k.version LIMIT 1
        ) AS v
        """,
        conn.platform_id,
        codes,
        versions,
    )


async def find_order_lines(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """The lines of those of these orders that are known here."""
    return await conn.fetch(
        """
        SELECT l.order_reference, l.line_reference FROM unnest($2::text[]) AS k (order_reference)
        INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = k.order_reference
        """,
        conn.platform_id,
        orders,
    )


async def write_fee_lines(conn: Connection, *, lines: Written) -> None:
    """
    Write fee lines as they stand now, given as columns, by one statement. Of a line that is there already only what was
    taken back of it changes. An empty `reverses` is none.
    """
    await conn.execute(
        """
        INSERT INTO fee_line (
            platform_id, reference, sequence, entry, book_id, party_id, base_minor, amount_minor, tax_minor,
            reversed_minor, reversed_base_minor, reversed_tax_minor, occurred_at, item_version, compare_only, item,
            direction, currency, account_code, rate, exact, source, reverses, order_reference, line_reference, spu, sku,
            sku_kind, fingerprint
        )
        SELECT $1, l.reference, l.sequence, l.entry, l.book_id, l.party_id, l.base, l.amount, l.tax, l.reversed,
            l.reversed_base, l.reversed_tax, l.occurred_at, l.item_version, l.compare_only, l.item, l.direction,
            l.currency, l.account_code, coalesce(l.rate, ''), coalesce(l.exact, ''), l.source, nullif(l.reverses, ''),
            coalesce(l.order_reference, ''), coalesce(l.line_reference, ''), coalesce(l.spu, ''), coalesce(l.sku, ''),
            coalesce(l.sku_kind, ''), substring($29::bytea FROM (32 * l.place - 31)::int FOR 32)
        FROM unnest(
            string_to_array($2, chr(31)), $3::text::bigint[], $4::text::bigint[], $5::text::bigint[],
            $6::text::bigint[], $7::text::bigint[], $8::text::bigint[], $9::text::bigint[], $10::text::bigint[],
            $11::text::bigint[], $12::text::bigint[], $13::text::timestamptz[], $14::text::integer[],
            $15::text::boolean[], string_to_array($16, chr(31)), string_to_array($17, chr(31)),
            string_to_array($18, chr(31)), string_to_array($19, chr(31)), string_to_array($20, chr(31)),
            string_to_array($21, chr(31)), string_to_array($22, chr(31)), string_to_array($23, chr(31)),
            string_to_array($24, chr(31)), string_to_array($25, chr(31)), string_to_array($26, chr(31)),
            string_to_array($27, chr(31)), string_to_array($28, chr(31))
        ) WITH ORDINALITY AS l (
            reference, sequence, entry, book_id, party_id, base, amount, tax, reversed, reversed_base, reversed_tax,
            occurred_at, item_version, compare_only, item, direction, currency, account_code, rate, exact, source,
            reverses, order_reference, line_reference, spu, sku, sku_kind, place
        )
        ON CONFLICT ON CONSTRAINT fee_line_counts_once DO UPDATE SET
            reversed_minor = excluded.reversed_minor, reversed_base_minor = excluded.reversed_base_minor,
            reversed_tax_minor = excluded.reversed_tax_minor
        """,
        conn.platform_id,
        *lines,
    )


async def insert_source(
    conn: Connection,
    *,
    name: str,
    url: str,
    credential_variable: str,
    interval_seconds: int,
    is_active: bool,
    next_pull_at: datetime,
) -> None:
    """Add a source."""
    await conn.execute(
        """
        INSERT INTO charging_source (
            platform_id, name, url, credential_variable, interval_seconds, is_active, next_pull_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        conn.platform_id,
        name,
        url,
        credential_variable,
        interval_seconds,
        is_active,
        next_pull_at,
    )


async def change_source(conn: Connection, *, name: str, interval_seconds: int, is_active: bool) -> None:
    """Change how often a source is pulled, and whether."""
    await conn.execute(
        """
        UPDATE charging_source SET interval_seconds = $3, is_active = $4 WHERE platform_id = $1 AND name = $2
        """,
        conn.platform_id,
        name,
        interval_seconds,
        is_active,
    )


async def find_source(conn: Connection, *, name: str) -> Row | None:
    """One source."""
    return await conn.fetchrow(
        """
        SELECT s.name, s.url, s.credential_variable, s.interval_seconds, s.cursor, s.next_pull_at, s.failures,
            s.is_active
        FROM charging_source AS s WHERE s.platform_id = $1 AND s.name = $2
        """,
        conn.platform_id,
        name,
    )


async def find_due_sources(conn: Connection, *, now: datetime) -> list[Row]:
    """Sources whose time has come, the longest overdue first."""
    return await conn.fetch(
        """
        SELECT s.name, s.url, s.credential_variable, s.interval_seconds, s.cursor, s.next_pull_at, s.failures,
            s.is_active
        FROM charging_source AS s
        WHERE s.platform_id = $1 AND s.is_active AND s.next_pull_at <= $2 ORDER BY s.next_pull_at, s.name
        """,
        conn.platform_id,
        now,
    )


async def move_watermark(conn: Connection, *, name: str, cursor: str, lines: int, now: datetime) -> None:
    """Move a source's watermark behind a page that was posted."""
    await conn.execute(
        """
        UPDATE charging_source SET cursor = $3, pulled_lines = pulled_lines + $4, pulled_at = $5, failures = 0,
            last_error = '', last_code = '', last_facts = NULL
        WHERE platform_id = $1 AND name = $2
        """,
        conn.platform_id,
        name,
        cursor,
        lines,
        now,
    )


async def schedule_source(
    conn: Connection, *, name: str, next_pull_at: datetime, failures: int, last_error: tuple[str, str, str | None]
) -> None:
    """Say when a source is pulled next, and what went wrong this time: its sentence, code and facts."""
    await conn.execute(
        """
        UPDATE charging_source SET next_pull_at = $3, failures = $4, last_error = $5, last_code = $6,
            last_facts = $7
        WHERE platform_id = $1 AND name = $2
        """,
        conn.platform_id,
        name,
        next_pull_at,
        failures,
        *last_error,
    )


async def insert_refusals(conn: Connection, *, source: str, refusals: Written, now: datetime) -> list[Row]:
    """
    Keep lines of a source that were refused, as columns: documents, codes, messages, facts, digests. Each is kept once;
    those that were not there before, in their order.
    """
    return await conn.fetch(
        """
        WITH kept AS (
            INSERT INTO source_refusal (
                platform_id, source, refused_at, next_try_at, document, code, message, facts, digest
            )
            SELECT $1, $2, $3, $3, r.document, r.code, r.message, r.facts::jsonb,
                substring($8::bytea FROM (32 * r.place - 31)::int FOR 32)
            FROM unnest(
                string_to_array($4, chr(31)), string_to_array($5, chr(31)), string_to_array($6, chr(31)),
                string_to_array($7, chr(31))
            ) WITH ORDINALITY AS r (document, code, message, facts, place)
            ON CONFLICT ON CONSTRAINT refusal_is_kept_once DO NOTHING
            RETURNING refusal, document, code, message
        )
        SELECT k.refusal, k.document, k.code, k.message FROM kept AS k ORDER BY k.refusal
        """,
        conn.platform_id,
        source,
        now,
        *refusals,
    )


async def find_due_refusals(conn: Connection, *, source: str, now: datetime, limit: int) -> list[Row]:
    """Lines of a source that are still refused and whose next try has come, the longest overdue first."""
    return await conn.fetch(
        """
        SELECT r.refusal, r.code FROM source_refusal AS r
        WHERE r.platform_id = $1 AND r.source = $2 AND r.resolved_at IS NULL AND r.next_try_at <= $3
        ORDER BY r.next_try_at, r.refusal LIMIT $4
        """,
        conn.platform_id,
        source,
        now,
        limit,
    )


async def find_refused_documents(conn: Connection, *, refusals: Sequence[int]) -> list[Row]:
    """These lines as they came, those accepted since too, in the order in which they came."""
    return await conn.fetch(
        """
        SELECT r.refusal, r.source, r.document, r.resolved_at FROM unnest($2::bigint[]) AS k (refusal)
        INNER JOIN source_refusal AS r ON r.platform_id = $1 AND r.refusal = k.refusal
        ORDER BY r.refusal
        """,
        conn.platform_id,
        refusals,
    )


async def resolve_refusals(conn: Connection, *, refusals: Sequence[int], now: datetime) -> None:
    """These lines were accepted after all."""
    await conn.execute(
        """
        UPDATE source_refusal SET resolved_at = $3
        FROM unnest($2::bigint[]) AS k (refusal)
        WHERE source_refusal.platform_id = $1 AND source_refusal.refusal = k.refusal
        """,
        conn.platform_id,
        refusals,
        now,
    )


async def bring_refusals_forward(conn: Connection, *, code: str, items: Sequence[str], now: datetime) -> None:
    """Lines that are still refused with this code for one of these items are due now."""
    await conn.execute(
        """
        UPDATE source_refusal SET next_try_at = $4
        WHERE platform_id = $1 AND resolved_at IS NULL AND code = $2 AND facts ->> 'item' = ANY($3::text[])
            AND next_try_at > $4
        """,
        conn.platform_id,
        code,
        items,
        now,
    )


async def put_off_refusals(
    conn: Connection, *, refusals: Written, most: timedelta, most_doubled: int, now: datetime
) -> list[Row]:
    """
    Lines were tried once more and are refused still, given as columns: numbers, codes, messages, facts. Each waits for
    twice as long as before, at first for what its source waits between pulls, at most for `most` where that is longer.
    Those that are refused for another reason by now.
    """
    return await conn.fetch(
        """
        WITH put_off AS (
            UPDATE source_refusal AS r SET
                tries = r.tries + 1, code = k.code, message = k.message, facts = k.facts::jsonb,
                next_try_at = $6::timestamptz
                    + greatest(g.gap, least($7::interval, g.gap * power(2, least(r.tries, $8::integer))))
            FROM unnest(
                $2::text::bigint[], string_to_array($3, chr(31)), string_to_array($4, chr(31)),
                string_to_array($5, chr(31))
            ) AS k (refusal, code, message, facts)
            INNER JOIN source_refusal AS o ON o.platform_id = $1 AND o.refusal = k.refusal
            INNER JOIN charging_source AS s ON s.platform_id = $1 AND s.name = o.source
            CROSS JOIN LATERAL (SELECT make_interval(secs => s.interval_seconds) AS gap) AS g
            WHERE r.platform_id = $1 AND r.refusal = k.refusal AND r.resolved_at IS NULL
            RETURNING r.refusal, r.source, r.document, r.code, r.message,
                (r.code, r.message) IS DISTINCT FROM (o.code, o.message) AS is_new
        )
        SELECT p.refusal, p.source, p.document, p.code, p.message FROM put_off AS p
        WHERE p.is_new ORDER BY p.refusal
        """,
        conn.platform_id,
        *refusals,
        now,
        most,
        most_doubled,
    )
