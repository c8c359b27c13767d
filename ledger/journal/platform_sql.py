"""Every statement on platforms, their charts, their books and the directory of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_platform(conn: Connection) -> Row | None:
    """Reference and time zone of the transaction's platform."""
    return await conn.fetchrow("SELECT reference, time_zone FROM platform WHERE platform_id = $1", conn.platform_id)


async def insert_platform(conn: Connection, *, reference: str, time_zone: str) -> int | None:
    """Add a platform to the directory; None when the reference is taken."""
    number: int | None = await conn.fetchval(
        """
        INSERT INTO platform (reference, time_zone) VALUES ($1, $2)
        ON CONFLICT (reference) DO NOTHING RETURNING platform_id
        """,
        reference,
        time_zone,
    )
    return number


async def list_platforms(conn: Connection) -> list[Row]:
    """The directory of platforms; readable only outside every wall."""
    return await conn.fetch("SELECT platform_id, reference, time_zone FROM platform ORDER BY platform_id")


async def insert_log_head(conn: Connection) -> None:
    """Begin the log of a new platform."""
    await conn.execute("INSERT INTO log_head (platform_id) VALUES ($1)", conn.platform_id)


async def insert_chart(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """Give a new platform its chart, as columns."""
    await conn.execute(
        """
        INSERT INTO chart_account (
            platform_id, code, name, class, normal_side, kept_per, floor_minor, owned_by_document, is_summary
        )
        SELECT $1, c.* FROM unnest(
            $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::boolean[], $9::boolean[]
        ) AS c
        """,
        conn.platform_id,
        *rows,
    )


async def insert_books(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """Open books for legal entities, given as columns (book, reference, time zone)."""
    await conn.execute(
        """
        INSERT INTO book (platform_id, book_id, reference, time_zone)
        SELECT $1, b.* FROM unnest($2::bigint[], $3::text[], $4::text[]) AS b
        """,
        conn.platform_id,
        *rows,
    )


async def find_books(conn: Connection, *, book_ids: Sequence[int]) -> list[Row]:
    """Reference and time zone of books; neither ever changes."""
    return await conn.fetch(
        "SELECT book_id, reference, time_zone FROM book WHERE platform_id = $1 AND book_id = ANY($2::bigint[])",
        conn.platform_id,
        book_ids,
    )


async def find_closed_through(conn: Connection, *, book_id: int) -> date | None:
    """The day a book is closed through; read it under the lock to act on it."""
    day: date | None = await conn.fetchval(
        "SELECT closed_through FROM book WHERE platform_id = $1 AND book_id = $2", conn.platform_id, book_id
    )
    return day


async def find_unfinished_day(conn: Connection, *, time_zone: str) -> date:
    """Today by the log's clock: the operator's, or that of a legal entity in this zone where it is still earlier."""
    day: date = await conn.fetchval("SELECT find_unfinished_day($1, $2)", conn.platform_id, time_zone)
    return day


async def close_book(conn: Connection, *, book_id: int, through: date) -> None:
    """Move the closing day."""
    await conn.execute(
        "UPDATE book SET closed_through = $3 WHERE platform_id = $1 AND book_id = $2",
        conn.platform_id,
        book_id,
        through,
    )


async def insert_reopening(
    conn: Connection,
    *,
    book_id: int,
    closed_through: date,
    through: date,
    approval_id: int,
    maker: str,
    approver: str,
    reason: str,
    now: datetime,
) -> None:
    """Write that a book is opened again; in the same transaction the closing day may then move back to that day."""
    await conn.execute(
        """
        INSERT INTO book_reopening (
            platform_id, approval_id, book_id, reopened_at, closed_through, through, transaction_id, maker, approver,
            reason
        )
        VALUES ($1, $2, $3, $4, $5, $6, pg_current_xact_id(), $7, $8, $9)
        """,
        conn.platform_id,
        approval_id,
        book_id,
        now,
        closed_through,
        through,
        maker,
        approver,
        reason,
    )


async def find_owned_codes(conn: Connection) -> list[Row]:
    """The codes of the chart that move only with a document."""
    return await conn.fetch(
        "SELECT code FROM chart_account WHERE platform_id = $1 AND owned_by_document", conn.platform_id
    )
