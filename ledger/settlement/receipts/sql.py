"""Every statement on the tables of receipts, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.reserving import reserve_numbers
from ledger.db.transacting import Connection

Row = asyncpg.Record

_RECEIPT = (
    "r.receipt_id, r.reference, r.book_id, r.sequence, r.currency, r.amount_minor, r.matched_minor, r.returned_minor,"
    " r.reason, r.owner, r.fingerprint"
)
_MATCH = """
    m.match_id, m.reference, m.receipt_id, m.sheet_id, m.sequence, m.amount_minor, m.rest_minor, m.clears_rest,
    u.sequence AS undone_sequence
"""
_UNDONE = """
    LEFT JOIN LATERAL (
        SELECT o.sequence FROM receipt_unmatch AS o
        WHERE o.platform_id = $1 AND o.match_id = m.match_id LIMIT 1
    ) AS u ON true
"""


async def find_recorded(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these receipts that were recorded."""
    return await conn.fetch(
        f"""
        SELECT {_RECEIPT}
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS r
        """,
        conn.platform_id,
        references,
    )


async def find_receipts(conn: Connection, *, receipt_ids: Sequence[int]) -> list[Row]:
    """Those of these receipts that there are, as they stand."""
    return await conn.fetch(
        f"""
        SELECT {_RECEIPT}
        FROM unnest($2::bigint[]) AS k (receipt_id)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt AS o WHERE o.platform_id = $1 AND o.receipt_id = k.receipt_id LIMIT 1
        ) AS r
        """,
        conn.platform_id,
        receipt_ids,
    )


async def find_named_matches(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these matches that were made; `undone_sequence` is null while they stand."""
    return await conn.fetch(
        f"""
        SELECT {_MATCH}
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_match AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS m {_UNDONE}
        """,
        conn.platform_id,
        references,
    )


async def find_matches(conn: Connection, *, match_ids: Sequence[int]) -> list[Row]:
    """Those of these matches that there are; `undone_sequence` is null while they stand."""
    return await conn.fetch(
        f"""
        SELECT {_MATCH}
        FROM unnest($2::bigint[]) AS k (match_id)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_match AS o WHERE o.platform_id = $1 AND o.match_id = k.match_id LIMIT 1
        ) AS m {_UNDONE}
        """,
        conn.platform_id,
        match_ids,
    )


async def reserve_receipts(conn: Connection, *, count: int) -> list[int]:
    """Take numbers of receipts ahead: their entries name them."""
    return await reserve_numbers(conn, sequence="receipt_receipt_id_seq", count=count)


async def reserve_matches(conn: Connection, *, count: int) -> list[int]:
    """Take numbers of matches ahead: the keys of their entries name them."""
    return await reserve_numbers(conn, sequence="receipt_match_match_id_seq", count=count)


async def insert_receipts(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """
    Add receipts of which nothing is matched, given as columns: number, book, entry, amount, instant, deadline, value
    date, currency, reference, bank account, payer, actor, reason, owner, fingerprint.
    """
    await conn.execute(
        """
        INSERT INTO receipt (
            platform_id, matched_minor, receipt_id, book_id, sequence, amount_minor, recorded_at, deadline, value_date,
            currency, reference, bank_account, payer, recorded_by, reason, owner, fingerprint
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, 0, r.* FROM unnest(
            $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::date[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bytea[]
        ) AS r
        """,
        conn.platform_id,
        *rows,
    )


async def write_matches(conn: Connection, *, receipts: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> None:
    """
    Add matches with what they make of their receipts, given as columns, by one statement. Receipts: number, matched.
    Matches: number, receipt, sheet, entry, amount, instant, reference, actor, rest, its entry, whether asked for.
    """
    await conn.execute(
        """
        WITH cleared AS (
            UPDATE receipt AS r SET matched_minor = k.matched
            FROM unnest($2::bigint[], $3::bigint[]) AS k (receipt_id, matched)
            WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        )
        INSERT INTO receipt_match (
            platform_id, match_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by,
            rest_minor, rest_sequence, clears_rest
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, m.* FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::text[],
            $11::text[], $12::bigint[], $13::bigint[], $14::boolean[]
        ) AS m
        """,
        conn.platform_id,
        *receipts,
        *rows,
    )


async def write_unmatches(
    conn: Connection, *, receipts: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]
) -> None:
    """
    Add what undoes matches with what it makes of their receipts, given as columns, by one statement. Receipts: number,
    matched. Rows: match, entry, instant, reason, actor, the entry of its rest.
    """
    await conn.execute(
        """
        WITH cleared AS (
            UPDATE receipt AS r SET matched_minor = k.matched
            FROM unnest($2::bigint[], $3::bigint[]) AS k (receipt_id, matched)
            WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        )
        INSERT INTO receipt_unmatch (
            platform_id, match_id, sequence, unmatched_at, reason, unmatched_by, rest_sequence
        )
        SELECT $1, u.* FROM unnest(
            $4::bigint[], $5::bigint[], $6::timestamptz[], $7::text[], $8::text[], $9::bigint[]
        ) AS u
        """,
        conn.platform_id,
        *receipts,
        *rows,
    )


async def find_named_returns(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these returns that were made."""
    return await conn.fetch(
        """
        SELECT b.return_id, b.reference, b.receipt_id, b.sequence, b.amount_minor, b.reason
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_return AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS b
        """,
        conn.platform_id,
        references,
    )


async def reserve_returns(conn: Connection, *, count: int) -> list[int]:
    """Take numbers of returns ahead: the keys of their entries name them."""
    return await reserve_numbers(conn, sequence="receipt_return_return_id_seq", count=count)


async def write_returns(conn: Connection, *, receipts: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> None:
    """
    Add returns with what they make of their receipts, given as columns, by one statement. Receipts: number, returned.
    Rows: number, receipt, entry, amount, instant, reference, reason, actor.
    """
    await conn.execute(
        """
        WITH given_back AS (
            UPDATE receipt AS r SET returned_minor = k.returned
            FROM unnest($2::bigint[], $3::bigint[]) AS k (receipt_id, returned)
            WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        )
        INSERT INTO receipt_return (
            platform_id, return_id, receipt_id, sequence, amount_minor, returned_at, reference, reason, returned_by
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, b.* FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::text[], $10::text[],
            $11::text[]
        ) AS b
        """,
        conn.platform_id,
        *receipts,
        *rows,
    )


async def assign(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """Say who sees to receipts and why they wait, given as columns: number, owner, reason."""
    await conn.execute(
        """
        UPDATE receipt AS r SET owner = k.owner, reason = k.reason
        FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (receipt_id, owner, reason)
        WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        """,
        conn.platform_id,
        *rows,
    )


async def find_tolerances(conn: Connection, *, books: Sequence[int], currencies: Sequence[str]) -> list[Row]:
    """What is tolerated now, for those of these books and currencies that were ever spoken of."""
    return await conn.fetch(
        """
        SELECT t.book_id, t.currency, t.tolerance_minor
        FROM unnest($2::bigint[], $3::text[]) AS k (book_id, currency)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_tolerance AS o
            WHERE o.platform_id = $1 AND o.book_id = k.book_id AND o.currency = k.currency
            ORDER BY o.tolerance_id DESC LIMIT 1
        ) AS t
        """,
        conn.platform_id,
        books,
        currencies,
    )


async def insert_tolerances(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """Say what is tolerated from now on, given as columns: book, currency, amount, instant, actor; later rows win."""
    await conn.execute(
        """
        INSERT INTO receipt_tolerance (platform_id, book_id, currency, tolerance_minor, set_at, set_by)
        SELECT $1, t.book_id, t.currency, t.tolerance_minor, t.set_at, t.set_by
        FROM unnest(
            $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[]
        ) WITH ORDINALITY AS t (book_id, currency, tolerance_minor, set_at, set_by, place)
        ORDER BY t.place
        """,
        conn.platform_id,
        *rows,
    )
