"""Statements on what payment channels said of their days, and on what is booked here of the same."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_DAY = """d.channel_day_id, d.channel, d.day, d.book_id, b.reference AS legal_entity, d.currency, d.file, d.recorded_at,
        d.captures, d.captured_minor, d.fee_minor, d.refunds, d.refunded_minor, d.fee_returned_minor"""
_BOOK = name_book("d.book_id")

_LIST = directed(f"""
    SELECT {_DAY} FROM channel_day AS d
    {_BOOK}
    WHERE d.platform_id = $1 AND d.channel_day_id > 0
        AND ($2::text IS NULL OR d.channel = $2) AND ($3::text IS NULL OR b.reference = $3)
        AND ($4::date IS NULL OR d.day >= $4) AND ($5::date IS NULL OR d.day <= $5)
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
    )


async def find_days(conn: Connection, *, numbers: Sequence[int]) -> list[Row]:
    """Days by number, and whether a later one of the same channel, legal entity and currency is here."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_DAY}, EXISTS (
                SELECT 1 FROM channel_day AS o
                WHERE o.platform_id = $1 AND o.channel = d.channel AND o.book_id = d.book_id
                    AND o.currency = d.currency AND o.day > d.day
            ) AS is_final
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (channel_day_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM channel_day AS o WHERE o.platform_id = $1 AND o.channel_day_id = k.channel_day_id LIMIT 1
        ) AS d
        {_BOOK}
        ORDER BY k.position
        """,
        conn.platform_id,
        numbers,
    )


async def find_records(conn: Connection, *, numbers: Sequence[int]) -> list[Row]:
    """The records of days, each with whether its channel has told of the same before."""
    return await conn.fetch(
        """
        SELECT r.channel_day_id, r.reference, r.kind, r.order_reference, r.name, r.amount_minor, r.fee_minor,
            r.occurred_at, EXISTS (
                SELECT 1 FROM channel_record AS o
                INNER JOIN channel_day AS p ON p.platform_id = $1 AND p.channel_day_id = o.channel_day_id
                WHERE o.platform_id = $1 AND o.order_reference = r.order_reference AND o.kind = r.kind
                    AND o.name = r.name AND o.channel_record_id < r.channel_record_id AND p.channel = d.channel
                OFFSET 0
            ) AS is_again
        FROM unnest($2::bigint[]) AS k (channel_day_id)
        CROSS JOIN LATERAL (
            SELECT o.channel FROM channel_day AS o
            WHERE o.platform_id = $1 AND o.channel_day_id = k.channel_day_id LIMIT 1
        ) AS d
        CROSS JOIN LATERAL (
            SELECT * FROM channel_record AS o WHERE o.platform_id = $1 AND o.channel_day_id = k.channel_day_id
        ) AS r
        ORDER BY r.channel_record_id
        """,
        conn.platform_id,
        numbers,
    )


# Of orders `k (reference)`: every payment, and every refund that was paid, as the log told them. A payment's fee is
# that of its lines; what came back of it with a refund is told by events of its own.
_BOOKED = """
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency, o.channel, o.channel_transaction FROM order_head AS o
            WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        CROSS JOIN LATERAL (
            SELECT o.kind, o.occurred_at, o.payload::jsonb AS said FROM log_event AS o
            WHERE o.platform_id = $1 AND o.subject = 'order/' || k.reference
                AND o.kind IN ('order.paid', 'refund.paid')
            OFFSET 0
        ) AS v
        CROSS JOIN LATERAL (
            SELECT
                CASE v.kind WHEN 'order.paid' THEN 'CAPTURE' ELSE 'REFUND' END AS kind,
                CASE v.kind
                    WHEN 'order.paid' THEN coalesce(v.said ->> 'channelTransaction', h.channel_transaction)
                    ELSE v.said ->> 'refund'
                END AS name,
                CASE v.kind WHEN 'order.paid' THEN coalesce(v.said ->> 'channel', h.channel) ELSE h.channel
                END AS channel,
                CASE v.kind
                    WHEN 'order.paid' THEN replace(v.said ->> 'amount', '.', '')::bigint
                    ELSE (
                        SELECT o.payable_minor FROM order_refund AS o
                        WHERE o.platform_id = $1 AND o.order_reference = k.reference
                            AND o.refund_reference = v.said ->> 'refund'
                    )
                END AS amount,
                CASE v.kind
                    WHEN 'order.paid' THEN (
                        SELECT sum(o.fee_charged_minor) FROM order_line AS o
                        WHERE o.platform_id = $1 AND o.order_reference = k.reference
                            AND v.said -> 'lines' ? o.line_reference
                    )
                    ELSE (
                        SELECT sum(replace(o.payload::jsonb ->> 'amount', '.', '')::bigint) FROM log_event AS o
                        WHERE o.platform_id = $1 AND o.subject = 'order/' || k.reference
                            AND o.kind = 'channel.fee_returned'
                            AND o.payload::jsonb ->> 'refund' = v.said ->> 'refund'
                    )
                END AS fee
        ) AS m
"""
_BOOKED_COLUMNS = """k.reference AS order_reference, h.book_id, h.currency, m.channel, m.kind, m.name,
            sum(m.amount)::bigint AS amount_minor, coalesce(sum(m.fee), 0)::bigint AS fee_minor,
            min(v.occurred_at) AS occurred_at"""


async def find_booked(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """The payments and refunds of these orders; several payments under one name are one."""
    return await conn.fetch(
        f"""
        SELECT {_BOOKED_COLUMNS}
        FROM unnest($2::text[]) AS k (reference)
        {_BOOKED}
        GROUP BY k.reference, h.book_id, h.currency, m.channel, m.kind, m.name
        """,
        conn.platform_id,
        orders,
    )


async def find_booked_on(conn: Connection, *, numbers: Sequence[int]) -> list[Row]:
    """
    The payments and refunds that are booked here on these days of channels, with the number of the day, and whether
    the channel has ever told of them.
    """
    return await conn.fetch(
        f"""
        SELECT d.channel_day_id, {_BOOKED_COLUMNS}, EXISTS (
                SELECT 1 FROM channel_record AS o
                INNER JOIN channel_day AS p ON p.platform_id = $1 AND p.channel_day_id = o.channel_day_id
                WHERE o.platform_id = $1 AND o.order_reference = k.reference AND o.kind = m.kind AND o.name = m.name
                    AND p.channel = m.channel
                OFFSET 0
            ) AS is_told
        FROM (
            SELECT o.channel_day_id, o.channel, o.book_id, o.currency,
                o.day::timestamp AT TIME ZONE b.time_zone AS starts, (o.day + 1)::timestamp AT TIME ZONE b.time_zone
                    AS ends
            FROM unnest($2::bigint[]) AS n (channel_day_id)
            INNER JOIN channel_day AS o ON o.platform_id = $1 AND o.channel_day_id = n.channel_day_id
            INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
        ) AS d
        CROSS JOIN LATERAL (
            SELECT DISTINCT o.order_reference AS reference FROM order_event AS o
            WHERE o.platform_id = $1 AND o.kind IN ('order.paid', 'refund.paid') AND o.occurred_at >= d.starts
                AND o.occurred_at < d.ends
        ) AS k
        {_BOOKED}
        WHERE h.book_id = d.book_id AND h.currency = d.currency AND m.channel = d.channel
            AND v.occurred_at >= d.starts AND v.occurred_at < d.ends
        GROUP BY d.channel_day_id, k.reference, h.book_id, h.currency, m.channel, m.kind, m.name
        ORDER BY min(v.occurred_at), k.reference, m.kind, m.name
        """,
        conn.platform_id,
        numbers,
    )
