"""Every statement on the tables of receipts, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record

_RECEIPT = (
    "r.receipt_id, r.reference, r.book_id, r.sequence, r.currency, r.amount_minor, r.matched_minor, r.fingerprint"
)
_MATCH = """
    m.match_id, m.reference, m.receipt_id, m.sheet_id, m.sequence, m.amount_minor, u.sequence AS undone_sequence
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
    rows = await conn.fetch(
        "SELECT nextval('receipt_receipt_id_seq') AS number FROM generate_series(1, $1::int)", count
    )
    return sorted(row["number"] for row in rows)


async def reserve_matches(conn: Connection, *, count: int) -> list[int]:
    """Take numbers of matches ahead: the keys of their entries name them."""
    rows = await conn.fetch(
        "SELECT nextval('receipt_match_match_id_seq') AS number FROM generate_series(1, $1::int)", count
    )
    return sorted(row["number"] for row in rows)


async def insert_receipts(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """
    Add receipts of which nothing is matched, given as columns: number, book, entry, amount, instant, value date,
    currency, reference, bank account, payer, actor, fingerprint.
    """
    await conn.execute(
        """
        INSERT INTO receipt (
            platform_id, matched_minor, receipt_id, book_id, sequence, amount_minor, recorded_at, value_date, currency,
            reference, bank_account, payer, recorded_by, fingerprint
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, 0, r.* FROM unnest(
            $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::date[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[]
        ) AS r
        """,
        conn.platform_id,
        *rows,
    )


async def write_matches(conn: Connection, *, receipts: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> None:
    """
    Add matches with what they make of their receipts, given as columns, by one statement. Receipts: number, matched.
    Matches: number, receipt, sheet, entry, amount, instant, reference, actor.
    """
    await conn.execute(
        """
        WITH cleared AS (
            UPDATE receipt AS r SET matched_minor = k.matched
            FROM unnest($2::bigint[], $3::bigint[]) AS k (receipt_id, matched)
            WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        )
        INSERT INTO receipt_match (
            platform_id, match_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, m.* FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::text[],
            $11::text[]
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
    matched. Rows: match, entry, instant, reason, actor.
    """
    await conn.execute(
        """
        WITH cleared AS (
            UPDATE receipt AS r SET matched_minor = k.matched
            FROM unnest($2::bigint[], $3::bigint[]) AS k (receipt_id, matched)
            WHERE r.platform_id = $1 AND r.receipt_id = k.receipt_id
        )
        INSERT INTO receipt_unmatch (platform_id, match_id, sequence, unmatched_at, reason, unmatched_by)
        SELECT $1, u.* FROM unnest($4::bigint[], $5::bigint[], $6::timestamptz[], $7::text[], $8::text[]) AS u
        """,
        conn.platform_id,
        *receipts,
        *rows,
    )
