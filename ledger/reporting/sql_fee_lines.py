"""Statements on fee lines, the catalogue, sources, and what is compared."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

# Where a line stands follows from the sheet that claimed it. It is one entry's only line on a party's payable.
_STATUS = """CASE
        WHEN f.entry IS NULL THEN 'DRAFT'
        WHEN s.status IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF') THEN 'SETTLED'
        WHEN s.status IS NOT NULL THEN 'LOCKED'
        WHEN f.reversed_minor = f.amount_minor THEN 'REVERSED'
        ELSE 'OPEN'
    END"""
_SHEET = """LEFT JOIN LATERAL (
        SELECT h.sheet_id, h.status FROM sheet_line AS c
        INNER JOIN sheet AS h ON h.platform_id = $1 AND h.sheet_id = c.sheet_id
        WHERE c.platform_id = $1 AND c.sequence = f.entry LIMIT 1
    ) AS s ON true"""
_FEE_LINE = f"""f.sequence, f.reference, f.entry, f.book_id, b.reference AS legal_entity, f.party_id, f.item,
    f.item_version, f.direction, f.currency, f.account_code, f.base_minor, f.rate, f.exact, f.amount_minor, f.tax_minor,
    f.reversed_minor, f.reversed_tax_minor, f.occurred_at, f.source, f.compare_only, f.reverses, f.order_reference,
    f.line_reference, f.spu, f.sku, f.sku_kind, s.sheet_id, {_STATUS} AS status"""
_BOOK = name_book("f.book_id")


def _write_list(
    *,
    of_party: str = "($2::bigint IS NULL OR f.party_id = $2)",
    of_order: str = "($3::text IS NULL OR f.order_reference = $3)",
) -> tuple[str, str]:
    return directed(f"""
        SELECT {_FEE_LINE} FROM fee_line AS f
        {_BOOK}
        {_SHEET}
        WHERE f.platform_id = $1 AND f.sequence > 0
            AND {of_party} AND {of_order}
            AND ($4::text IS NULL OR f.item = $4) AND ($5::text IS NULL OR f.source = $5)
            AND ($6::boolean IS NULL OR f.compare_only = $6)
            AND ($7::bigint IS NULL OR f.sequence < $7) AND ($8::bigint IS NULL OR f.sequence > $8)
            AND {within("f.party_id", scope="$10")}
        ORDER BY f.sequence DESC_ LIMIT $9
    """)


_LIST = _write_list()
# The lines of one party or one order are few: each is found by an index of its own.
_LIST_OF_PARTY = _write_list(of_party="f.party_id = $2::bigint AND f.party_id > 0")
_LIST_OF_ORDER = _write_list(of_order="f.order_reference = $3::text AND f.order_reference <> ''")
_BY_NAME = f"""
    SELECT k.position, {_FEE_LINE}
    FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (
        SELECT * FROM fee_line AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
    ) AS f
    {_BOOK}
    {_SHEET}
    WHERE {within("f.party_id", scope="$3")}
"""


async def list_fee_lines(
    conn: Connection,
    *,
    party_id: int | None,
    order: str | None,
    item: str | None,
    source: str | None,
    compare_only: bool | None,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """Fee lines, the newest first."""
    after, before = span.bounds
    statement = _LIST_OF_ORDER if order is not None else _LIST_OF_PARTY if party_id is not None else _LIST
    return await conn.fetch(
        statement[span.backward],
        conn.platform_id,
        party_id,
        order,
        item,
        source,
        compare_only,
        after,
        before,
        span.limit,
        scope,
    )


async def find_fee_lines(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Fee lines by their ids."""
    return await conn.fetch(_BY_NAME, conn.platform_id, references, scope)


async def list_item_versions(conn: Connection) -> list[Row]:
    """The last version of every item that the platform has."""
    return await conn.fetch(
        """
        SELECT DISTINCT ON (i.code) i.code, i.version, i.content FROM fee_item AS i
        WHERE i.platform_id = $1 ORDER BY i.code, i.version DESC
        """,
        conn.platform_id,
    )


async def find_own_fees(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """
    What was computed here of these orders: the fees that their entries carry, summed. (With OFFSET 0 each order is
    looked up, however few the planner takes them to be that there are.)
    """
    return await conn.fetch(
        """
        SELECT k.reference AS order_reference, e.document_line AS line_reference, e.book_id,
            (fee.said ->> 'party')::bigint AS party_id, fee.said ->> 'item' AS item,
            sum((fee.said ->> 'amount')::bigint)::bigint AS amount
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT o.document_line, o.book_id, o.metadata FROM entry AS o
            WHERE o.platform_id = $1 AND o.document = 'order/' || k.reference AND o.document <> '' AND o.metadata <> ''
            OFFSET 0
        ) AS e
        CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS fee (said)
        GROUP BY k.reference, e.document_line, e.book_id, fee.said ->> 'party', fee.said ->> 'item'
        """,
        conn.platform_id,
        orders,
    )


async def find_compared_fees(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """What others submitted of these orders to be compared, summed."""
    return await conn.fetch(
        """
        SELECT f.order_reference, f.line_reference, f.party_id, f.item, f.book_id, f.currency,
            sum(CASE f.direction WHEN 'CREDIT' THEN f.amount_minor ELSE -f.amount_minor END)::bigint AS amount
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM fee_line AS o
            WHERE o.platform_id = $1 AND o.order_reference = k.reference AND o.order_reference <> '' AND o.compare_only
            OFFSET 0
        ) AS f
        GROUP BY f.order_reference, f.line_reference, f.party_id, f.item, f.book_id, f.currency
        """,
        conn.platform_id,
        orders,
    )


async def list_sources(conn: Connection) -> list[Row]:
    """Every source that fee lines are pulled from, by name."""
    return await conn.fetch(
        """
        SELECT s.name, s.url, s.credential_variable, s.interval_seconds, s.failures, s.pulled_lines, s.next_pull_at,
            s.pulled_at, s.is_active, s.cursor, s.last_error, s.last_code, s.last_facts,
            (
                SELECT count(*) FROM source_refusal AS r
                WHERE r.platform_id = $1 AND r.source = s.name AND r.resolved_at IS NULL
            ) AS refused_lines
        FROM charging_source AS s WHERE s.platform_id = $1 ORDER BY s.name
        """,
        conn.platform_id,
    )


_REFUSALS = directed("""
    SELECT r.refusal, r.source, r.refused_at, r.tries, r.next_try_at, r.document, r.code, r.message, r.facts
    FROM source_refusal AS r
    WHERE r.platform_id = $1 AND r.resolved_at IS NULL AND ($2::text IS NULL OR r.source = $2)
        AND ($3::bigint IS NULL OR r.refusal > $3) AND ($4::bigint IS NULL OR r.refusal < $4)
    ORDER BY r.refusal ASC_ LIMIT $5
""")


async def list_refusals(conn: Connection, *, source: str | None, span: Span) -> list[Row]:
    """Lines of sources that are still refused, the oldest first."""
    after, before = span.bounds
    return await conn.fetch(_REFUSALS[span.backward], conn.platform_id, source, after, before, span.limit)


async def list_disputes(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """The disputes of these orders, in the order in which they came."""
    return await conn.fetch(
        """
        SELECT d.dispute_reference, d.order_reference, d.amount_minor, d.fee_minor, d.open_minor, d.status, d.liability,
            d.defended_at, h.currency
        FROM unnest($2::text[]) AS k (reference)
        INNER JOIN order_dispute AS d ON d.platform_id = $1 AND d.order_reference = k.reference
        CROSS JOIN LATERAL (
            SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        ORDER BY d.order_reference, d.sequence
        """,
        conn.platform_id,
        orders,
    )


_TASKS = directed("""
    SELECT t.order_reference, t.amount_minor, h.currency, t.opened_at, t.frozen_until, t.reason
    FROM internal_split_task AS t
    CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = t.order_reference LIMIT 1
    ) AS h
    WHERE t.platform_id = $1 AND t.done_at IS NULL
        AND ($2::timestamptz IS NULL OR (t.opened_at, t.order_reference) > ($2, $3::text))
        AND ($4::timestamptz IS NULL OR (t.opened_at, t.order_reference) < ($4, $5::text))
    ORDER BY t.opened_at ASC_, t.order_reference ASC_ LIMIT $6
""")


async def list_internal_splits(conn: Connection, *, span: Span) -> list[Row]:
    """Orders that were split here because their channel could not any more, the oldest first."""
    bounds = span.read_bounds(datetime.fromisoformat)
    return await conn.fetch(_TASKS[span.backward], conn.platform_id, *bounds, span.limit)
