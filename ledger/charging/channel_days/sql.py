"""Every statement on what channels said, shaped for arrays."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ledger.charging.channel_days.standing_sql import DIFFERS_NOW, IS_DISMISSED
from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[object]]


async def find_days(
    conn: Connection, *, channel: str, day: date, book_ids: Sequence[int], currencies: Sequence[str]
) -> list[Row]:
    """What the channel has said before of a day, for these books and currencies."""
    return await conn.fetch(
        """
        SELECT d.channel_day_id, d.book_id, d.currency, d.file, d.fingerprint
        FROM unnest($4::bigint[], $5::text[]) AS k (book_id, currency)
        CROSS JOIN LATERAL (
            SELECT * FROM channel_day AS o
            WHERE o.platform_id = $1 AND o.channel = $2 AND o.book_id = k.book_id AND o.currency = k.currency
                AND o.day = $3
            LIMIT 1
        ) AS d
        """,
        conn.platform_id,
        channel,
        day,
        book_ids,
        currencies,
    )


async def insert_days(
    conn: Connection, *, channel: str, day: date, file: str, rows: Columns, actor: str, now: datetime
) -> dict[tuple[int, str], int]:
    """
    Keep days of a file, given as columns (book, currency, captures, captured, fees, refunds, refunded, fees returned,
    fingerprint); the numbers of those that were not there, by book and currency. Who is just being told of one of them
    by somebody else waits. In the order of the key: two files at once queue instead of deadlocking.
    """
    written = await conn.fetch(
        """
        INSERT INTO channel_day (
            platform_id, channel, day, file, recorded_by, recorded_at, book_id, currency, captures, captured_minor,
            fee_minor, refunds, refunded_minor, fee_returned_minor, fingerprint
        )
        SELECT $1, $2, $3, $4, $5, $6, d.book_id, d.currency, d.captures, d.captured, d.fees, d.refunds, d.refunded,
            d.fees_returned, d.fingerprint
        FROM unnest(
            $7::bigint[], $8::text[], $9::integer[], $10::bigint[], $11::bigint[], $12::integer[], $13::bigint[],
            $14::bigint[], $15::bytea[]
        ) AS d (book_id, currency, captures, captured, fees, refunds, refunded, fees_returned, fingerprint)
        ORDER BY d.book_id, d.currency
        ON CONFLICT ON CONSTRAINT channel_tells_a_day_once DO NOTHING
        RETURNING channel_day_id, book_id, currency
        """,
        conn.platform_id,
        channel,
        day,
        file,
        actor,
        now,
        *rows,
    )
    return {(row["book_id"], row["currency"]): row["channel_day_id"] for row in written}


async def insert_records(conn: Connection, *, rows: Columns) -> None:
    """Keep records, given as columns (day's number, reference, kind, order, name, amount, fee, occurred at)."""
    await conn.execute(
        """
        INSERT INTO channel_record (
            platform_id, channel_day_id, reference, kind, order_reference, name, amount_minor, fee_minor, occurred_at
        )
        SELECT $1, r.channel_day_id, r.reference, r.kind, r.order_reference, r.name, r.amount, r.fee, r.occurred_at
        FROM unnest(
            $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
            $9::timestamptz[]
        ) WITH ORDINALITY AS r (
            channel_day_id, reference, kind, order_reference, name, amount, fee, occurred_at, place
        )
        ORDER BY r.place
        """,
        conn.platform_id,
        *rows,
    )


async def find_told_orders(conn: Connection, *, orders: Sequence[str]) -> list[str]:
    """Those of these orders of which a channel told, or that were paid or refunded on a day of which one told."""
    rows = await conn.fetch(
        """
        SELECT k.reference
        FROM unnest($2::text[]) AS k (reference)
        WHERE EXISTS (SELECT 1 FROM channel_day AS o WHERE o.platform_id = $1) AND (
            EXISTS (
                SELECT 1 FROM channel_record AS o WHERE o.platform_id = $1 AND o.order_reference = k.reference OFFSET 0
            ) OR EXISTS (
                SELECT 1 FROM order_head AS h
                INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = h.book_id
                INNER JOIN log_event AS e ON e.platform_id = $1 AND e.subject = 'order/' || k.reference
                    AND e.kind IN ('order.paid', 'refund.paid')
                INNER JOIN channel_day AS o ON o.platform_id = $1 AND o.book_id = h.book_id
                    AND o.currency = h.currency AND o.day = (e.occurred_at AT TIME ZONE b.time_zone)::date
                    AND o.channel_day_id > 0
                WHERE h.platform_id = $1 AND h.reference = k.reference
                OFFSET 0
            )
        )
        ORDER BY k.reference
        """,
        conn.platform_id,
        orders,
    )
    return [row["reference"] for row in rows]


async def find_orders_of_days(conn: Connection, *, numbers: Sequence[int]) -> list[str]:
    """The orders of which these days tell, and those of their books and currencies that were paid or refunded then."""
    rows = await conn.fetch(
        """
        SELECT o.order_reference AS reference FROM channel_record AS o
        WHERE o.platform_id = $1 AND o.channel_day_id = ANY($2::bigint[])
        UNION
        SELECT e.order_reference
        FROM (
            SELECT DISTINCT o.book_id, o.currency, o.day::timestamp AT TIME ZONE b.time_zone AS starts,
                (o.day + 1)::timestamp AT TIME ZONE b.time_zone AS ends
            FROM channel_day AS o
            INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
            WHERE o.platform_id = $1 AND o.channel_day_id = ANY($2::bigint[])
        ) AS d
        CROSS JOIN LATERAL (
            SELECT o.order_reference FROM order_event AS o
            WHERE o.platform_id = $1 AND o.kind IN ('order.paid', 'refund.paid') AND o.occurred_at >= d.starts
                AND o.occurred_at < d.ends
        ) AS e
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency FROM order_head AS o
            WHERE o.platform_id = $1 AND o.reference = e.order_reference LIMIT 1
        ) AS h
        WHERE h.book_id = d.book_id AND h.currency = d.currency
        ORDER BY reference
        """,
        conn.platform_id,
        numbers,
    )
    return [row["reference"] for row in rows]


async def find_kept_orders(conn: Connection, *, orders: Sequence[str]) -> list[str]:
    """Those of these orders of which a difference is kept."""
    rows = await conn.fetch(
        """
        SELECT k.reference FROM unnest($2::text[]) AS k (reference)
        WHERE EXISTS (
            SELECT 1 FROM channel_difference AS o
            WHERE o.platform_id = $1 AND o.order_reference = k.reference OFFSET 0
        )
        """,
        conn.platform_id,
        orders,
    )
    return [row["reference"] for row in rows]


async def find_end(conn: Connection) -> int:
    """The last place in the log."""
    return int(await conn.fetchval("SELECT h.sequence FROM log_head AS h WHERE h.platform_id = $1", conn.platform_id))


async def find_orders_since(conn: Connection, *, sequence: int) -> list[str]:
    """The orders of which something that channels tell of was booked after this place in the log."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT substr(o.subject, 7) AS reference FROM log_event AS o
        WHERE o.platform_id = $1 AND o.sequence > $2 AND o.kind IN ('order.paid', 'refund.paid', 'channel.fee_returned')
        ORDER BY reference
        """,
        conn.platform_id,
        sequence,
    )
    return [row["reference"] for row in rows]


async def find_days_since(conn: Connection, *, sequence: int) -> list[int]:
    """The days of which channels told after this place in the log."""
    rows = await conn.fetch(
        """
        SELECT substr(o.subject, 13)::bigint AS channel_day_id FROM log_event AS o
        WHERE o.platform_id = $1 AND o.sequence > $2 AND o.kind = 'channel_day.recorded'
        """,
        conn.platform_id,
        sequence,
    )
    return [row["channel_day_id"] for row in rows]


async def find_told(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """Everything that channels ever told of these orders, with its day, in the order in which they did."""
    return await conn.fetch(
        """
        SELECT r.channel_day_id, d.channel, d.book_id, d.currency, r.reference, r.kind, r.order_reference, r.name,
            r.amount_minor, r.fee_minor, r.occurred_at
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM channel_record AS o WHERE o.platform_id = $1 AND o.order_reference = k.reference
        ) AS r
        INNER JOIN channel_day AS d ON d.platform_id = $1 AND d.channel_day_id = r.channel_day_id
        ORDER BY r.channel_record_id
        """,
        conn.platform_id,
        orders,
    )


async def find_booked(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """
    The payments of these orders and their refunds that were paid, as the log told them, each with the day of its
    channel where that is here; several payments under one name on one day are one.

    A payment's fee is that of its lines; what came back of it with a refund is told by events of its own.
    """
    return await conn.fetch(
        """
        SELECT t.channel_day_id, k.reference AS order_reference, h.book_id, h.currency, m.channel, m.kind, m.name,
            sum(m.amount)::bigint AS amount_minor, coalesce(sum(m.fee), 0)::bigint AS fee_minor
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency, o.channel, o.channel_transaction, b.time_zone FROM order_head AS o
            INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = o.book_id
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
        LEFT JOIN channel_day AS t ON t.platform_id = $1 AND t.channel = m.channel AND t.book_id = h.book_id
            AND t.currency = h.currency AND t.day = (v.occurred_at AT TIME ZONE h.time_zone)::date
        GROUP BY t.channel_day_id, k.reference, h.book_id, h.currency, m.channel, m.kind, m.name
        """,
        conn.platform_id,
        orders,
    )


async def delete_differences(conn: Connection, *, orders: Sequence[str]) -> None:
    """What is kept of these orders goes."""
    await conn.execute(
        "DELETE FROM channel_difference WHERE platform_id = $1 AND order_reference = ANY($2::text[])",
        conn.platform_id,
        orders,
    )


async def insert_differences(conn: Connection, *, rows: Columns) -> None:
    """
    Keep differences, given as columns (day's number, reason, kind, order, name, record, told, booked, told currency,
    booked currency); those that were set aside as they read stay so. The log is locked.
    """
    await conn.execute(
        f"""
        INSERT INTO channel_difference (
            platform_id, channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor,
            told_currency, booked_currency, is_dismissed
        )
        SELECT $1, r.channel_day_id, r.reason, r.kind, r.order_reference, r.name, r.record, r.told_minor,
            r.booked_minor, r.told_currency, r.booked_currency, {IS_DISMISSED}
        FROM unnest(
            $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[]
        ) AS r (
            channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor, told_currency,
            booked_currency
        )
        """,
        conn.platform_id,
        *rows,
    )


async def find_standing(conn: Connection, *, rows: Columns) -> list[Row]:
    """
    Those of these differences (columns as of insert_differences) that stand exactly like this, and do not wait for a
    later day of their channel.
    """
    return await conn.fetch(
        f"""
        SELECT r.channel_day_id, r.reason, r.kind, r.order_reference, r.name, r.record, r.told_minor, r.booked_minor,
            r.told_currency, r.booked_currency
        FROM unnest(
            $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[]
        ) AS k (
            channel_day_id, reason, kind, order_reference, name, record, told, booked, told_currency, booked_currency
        )
        CROSS JOIN LATERAL (
            SELECT * FROM channel_difference AS o
            WHERE o.platform_id = $1 AND o.channel_day_id = k.channel_day_id AND o.order_reference = k.order_reference
                AND o.kind = k.kind AND o.name = k.name AND o.record = k.record AND o.reason = k.reason
            LIMIT 1
        ) AS r
        INNER JOIN channel_day AS d ON d.platform_id = $1 AND d.channel_day_id = r.channel_day_id
        WHERE r.told_minor IS NOT DISTINCT FROM k.told AND r.booked_minor IS NOT DISTINCT FROM k.booked
            AND r.told_currency = k.told_currency AND r.booked_currency = k.booked_currency
            AND {DIFFERS_NOW}
        """,
        conn.platform_id,
        *rows,
    )
