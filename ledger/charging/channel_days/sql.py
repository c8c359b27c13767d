"""Every statement on what channels said, shaped for arrays."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

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
) -> list[int]:
    """
    Keep days of a file, given as columns (book, currency, captures, captured, fees, refunds, refunded, fees returned,
    fingerprint); their numbers, in order.
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
        ) WITH ORDINALITY AS d (
            book_id, currency, captures, captured, fees, refunds, refunded, fees_returned, fingerprint, place
        )
        ORDER BY d.place
        RETURNING channel_day_id
        """,
        conn.platform_id,
        channel,
        day,
        file,
        actor,
        now,
        *rows,
    )
    return [row["channel_day_id"] for row in written]


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
