"""Statements on what payment channels said of their days, and on how it differs from what is booked here."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from ledger.charging.channel_days.standing_sql import DIFFERS_NOW, IS_STANDING, OF_DIFFERENCE
from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_DAY = """d.channel_day_id, d.channel, d.day, d.book_id, b.reference AS legal_entity, d.currency, d.file, d.recorded_at,
        d.captures, d.captured_minor, d.fee_minor, d.refunds, d.refunded_minor, d.fee_returned_minor"""
_BOOK = name_book("d.book_id")

# Whether a day `d` has a difference that nobody set aside.
DIFFERS = f"""EXISTS (
        SELECT 1 FROM channel_difference AS r
        WHERE r.platform_id = $1 AND r.channel_day_id = d.channel_day_id AND NOT r.is_dismissed AND {DIFFERS_NOW}
    )"""

_LIST = directed(f"""
    SELECT {_DAY} FROM channel_day AS d
    {_BOOK}
    WHERE d.platform_id = $1 AND d.channel_day_id > 0
        AND ($2::text IS NULL OR d.channel = $2) AND ($3::text IS NULL OR b.reference = $3)
        AND ($4::date IS NULL OR d.day >= $4) AND ($5::date IS NULL OR d.day <= $5)
        AND ($11::boolean IS NULL OR $11 = {DIFFERS})
        AND ($6::date IS NULL OR (d.day, d.channel_day_id) < ($6, $7::bigint))
        AND ($8::date IS NULL OR (d.day, d.channel_day_id) > ($8, $9::bigint))
    ORDER BY d.day DESC_, d.channel_day_id DESC_ LIMIT $10
""")


async def list_days(
    conn: Connection,
    *,
    channel: str | None,
    legal_entity: str | None,
    from_day: date | None,
    through_day: date | None,
    is_open: bool | None,
    span: Span,
) -> list[Row]:
    """Days of channels, the newest first; positions are (ISO day, number)."""
    bounds = span.read_bounds(date.fromisoformat)
    return await conn.fetch(
        _LIST[span.backward],
        conn.platform_id,
        channel,
        legal_entity,
        from_day,
        through_day,
        *bounds,
        span.limit,
        is_open,
    )


async def find_days(conn: Connection, *, numbers: Sequence[int]) -> list[Row]:
    """Days of channels by number."""
    return await conn.fetch(
        f"""
        SELECT {_DAY} FROM channel_day AS d
        {_BOOK}
        WHERE d.platform_id = $1 AND d.channel_day_id = ANY($2::bigint[])
        """,
        conn.platform_id,
        numbers,
    )


async def count_differences(conn: Connection, *, numbers: Sequence[int]) -> list[Row]:
    """Of these days that are here: how much differs, and of that is set aside, and how much waits for the next day."""
    return await conn.fetch(
        f"""
        SELECT d.channel_day_id, count(r.reason) FILTER (WHERE {DIFFERS_NOW}) AS differences,
            count(r.reason) FILTER (WHERE {DIFFERS_NOW} AND r.is_dismissed) AS dismissed,
            count(r.reason) FILTER (WHERE NOT {DIFFERS_NOW}) AS waiting
        FROM unnest($2::bigint[]) AS k (channel_day_id)
        INNER JOIN channel_day AS d ON d.platform_id = $1 AND d.channel_day_id = k.channel_day_id
        LEFT JOIN channel_difference AS r ON r.platform_id = $1 AND r.channel_day_id = d.channel_day_id
        GROUP BY d.channel_day_id
        """,
        conn.platform_id,
        numbers,
    )


_LIST_DIFFERENCES = directed(f"""
    SELECT r.channel_day_id, r.reason, r.kind, r.order_reference, r.name, r.record, r.told_minor, r.booked_minor,
        r.told_currency, r.booked_currency
    FROM channel_difference AS r
    INNER JOIN channel_day AS d ON d.platform_id = $1 AND d.channel_day_id = r.channel_day_id
    WHERE r.platform_id = $1 AND r.channel_day_id = $2 AND {DIFFERS_NOW}
        AND ($3::text IS NULL OR (r.order_reference, r.kind, r.name, r.record, r.reason) > ($3, $4, $5, $6, $7))
        AND ($8::text IS NULL OR (r.order_reference, r.kind, r.name, r.record, r.reason) < ($8, $9, $10, $11, $12))
        AND ($14::boolean IS NULL OR $14 <> r.is_dismissed)
    ORDER BY r.order_reference ASC_, r.kind ASC_, r.name ASC_, r.record ASC_, r.reason ASC_ LIMIT $13
""")


async def list_differences(conn: Connection, *, channel_day_id: int, is_open: bool | None, span: Span) -> list[Row]:
    """
    The differences of a day that do not wait, or of these those that nobody set aside (`is_open`), or that somebody
    did; positions are (order, kind, name, record, reason).
    """
    nowhere = (None,) * 5
    return await conn.fetch(
        _LIST_DIFFERENCES[span.backward],
        conn.platform_id,
        channel_day_id,
        *(span.after or nowhere),
        *(span.before or nowhere),
        span.limit,
        is_open,
    )


async def find_dismissals(conn: Connection, *, rows: Sequence[Sequence[object]]) -> list[Row]:
    """
    What was set aside of differences, given as columns (day's number, reason, kind, order, name, record, told, booked,
    told currency, booked currency), each with its place among them, from one on.
    """
    return await conn.fetch(
        f"""
        SELECT r.place, x.words, x.dismissed_by, x.dismissed_at
        FROM unnest(
            $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[]
        ) WITH ORDINALITY AS r (
            channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor, told_currency,
            booked_currency, place
        )
        CROSS JOIN LATERAL (SELECT * FROM channel_dismissal AS x WHERE {OF_DIFFERENCE} AND {IS_STANDING} LIMIT 1) AS x
        """,
        conn.platform_id,
        *rows,
    )
