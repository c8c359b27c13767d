"""
Statements on receipts and their matches, for those who read. A receipt is of its legal entity, a match of the party
whose sheet it clears; what else is on the receipt is nobody's business but the legal entity's.
"""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import ReceiptFilter, Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_RECEIPT = """r.receipt_id, r.reference, b.reference AS legal_entity, r.bank_account, r.payer, r.currency,
    r.amount_minor, r.matched_minor, r.returned_minor, r.value_date, r.reason, r.owner, r.recorded_by, r.recorded_at,
    r.deadline, r.sequence"""
_BOOK = name_book("r.book_id")
_LIST = """
    SELECT {receipt} FROM receipt AS r {book}
    WHERE r.platform_id = $1 AND r.receipt_id > 0 AND {which} AND ($2::bigint IS NULL OR r.book_id = $2)
        AND ($3::bigint IS NULL OR r.receipt_id < $3) AND ($4::bigint IS NULL OR r.receipt_id > $4)
        AND ($7::text IS NULL OR r.owner = $7) AND ($8::timestamptz IS NULL OR r.recorded_at <= $8)
        AND ($9::timestamptz IS NULL OR r.deadline <= $9) AND {seen}
    ORDER BY r.receipt_id DESC_ LIMIT $5
"""
# Each of these is a text of its own: what is unidentified has an index that a parameter would not find.
_LIST_RECEIPTS = {
    is_open: directed(_LIST.format(receipt=_RECEIPT, book=_BOOK, which=which, seen=within("r.book_id", scope="$6")))
    for is_open, which in (
        (None, "true"),
        (True, "r.matched_minor + r.returned_minor < r.amount_minor"),
        (False, "r.matched_minor + r.returned_minor = r.amount_minor"),
    )
}

_MATCH = f"""m.match_id, m.reference, m.receipt_id, m.sheet_id, r.currency, m.amount_minor, m.rest_minor, m.matched_by,
    m.matched_at, m.sequence, m.rest_sequence, u.unmatched_by, u.unmatched_at, u.reason, u.sequence AS undone_sequence,
    {within("r.book_id", scope="$3")} AS shows_receipt"""
_SEEN = f"({within('r.book_id', scope='$3')} OR {within('s.party_id', scope='$3')})"
_OF_MATCH = """
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM receipt AS o
        WHERE o.platform_id = $1 AND o.receipt_id = m.receipt_id LIMIT 1
    ) AS r
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = m.sheet_id LIMIT 1
    ) AS s
    LEFT JOIN LATERAL (
        SELECT o.unmatched_by, o.unmatched_at, o.reason, o.sequence FROM receipt_unmatch AS o
        WHERE o.platform_id = $1 AND o.match_id = m.match_id LIMIT 1
    ) AS u ON true"""


async def list_receipts(
    conn: Connection, *, asked: ReceiptFilter, book_id: int | None, scope: int | None, span: Span
) -> list[Row]:
    """Receipts, the newest first."""
    after, before = span.bounds
    return await conn.fetch(
        _LIST_RECEIPTS[asked.is_open][span.backward],
        conn.platform_id,
        book_id,
        after,
        before,
        span.limit,
        scope,
        asked.owner,
        asked.recorded_until,
        asked.overdue_at,
    )


async def find_receipts(conn: Connection, *, receipt_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Receipts by number."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_RECEIPT} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (receipt_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt AS o WHERE o.platform_id = $1 AND o.receipt_id = k.receipt_id LIMIT 1
        ) AS r {_BOOK}
        WHERE {within("r.book_id", scope="$3")}
        """,
        conn.platform_id,
        receipt_ids,
        scope,
    )


async def find_named_receipts(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Receipts by reference."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_RECEIPT} FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS r {_BOOK}
        WHERE {within("r.book_id", scope="$3")}
        """,
        conn.platform_id,
        references,
        scope,
    )


async def find_matches(conn: Connection, *, match_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Matches by number."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_MATCH} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (match_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_match AS o WHERE o.platform_id = $1 AND o.match_id = k.match_id LIMIT 1
        ) AS m {_OF_MATCH}
        WHERE {_SEEN}
        """,
        conn.platform_id,
        match_ids,
        scope,
    )


async def find_matches_of_receipts(conn: Connection, *, receipt_ids: Sequence[int], scope: int | None) -> list[Row]:
    """The matches of receipts, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_MATCH} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (receipt_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_match AS o
            WHERE o.platform_id = $1 AND o.receipt_id = k.receipt_id AND o.receipt_id > 0
        ) AS m {_OF_MATCH}
        WHERE {_SEEN}
        ORDER BY k.position, m.match_id
        """,
        conn.platform_id,
        receipt_ids,
        scope,
    )


async def find_matches_of_sheets(conn: Connection, *, sheet_ids: Sequence[int], scope: int | None) -> list[Row]:
    """The matches of sheets, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_MATCH} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_match AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0
        ) AS m {_OF_MATCH}
        WHERE {_SEEN}
        ORDER BY k.position, m.match_id
        """,
        conn.platform_id,
        sheet_ids,
        scope,
    )


async def find_returns_of_receipts(conn: Connection, *, receipt_ids: Sequence[int], scope: int | None) -> list[Row]:
    """What was given back of receipts, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT k.position, b.return_id, b.reference, b.receipt_id, r.currency, b.amount_minor, b.reason, b.returned_by,
            b.returned_at, b.sequence
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (receipt_id, position)
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency FROM receipt AS o
            WHERE o.platform_id = $1 AND o.receipt_id = k.receipt_id LIMIT 1
        ) AS r
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_return AS o
            WHERE o.platform_id = $1 AND o.receipt_id = k.receipt_id AND o.receipt_id > 0
        ) AS b
        WHERE {within("r.book_id", scope="$3")}
        ORDER BY k.position, b.return_id
        """,
        conn.platform_id,
        receipt_ids,
        scope,
    )


async def find_returns(conn: Connection, *, return_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Returns by number."""
    return await conn.fetch(
        f"""
        SELECT k.position, b.return_id, b.reference, b.receipt_id, r.currency, b.amount_minor, b.reason, b.returned_by,
            b.returned_at, b.sequence
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (return_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM receipt_return AS o WHERE o.platform_id = $1 AND o.return_id = k.return_id LIMIT 1
        ) AS b
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency FROM receipt AS o
            WHERE o.platform_id = $1 AND o.receipt_id = b.receipt_id LIMIT 1
        ) AS r
        WHERE {within("r.book_id", scope="$3")}
        """,
        conn.platform_id,
        return_ids,
        scope,
    )


async def list_tolerances(conn: Connection, *, scope: int | None) -> list[Row]:
    """What is tolerated now, by legal entity and currency; a few rows."""
    return await conn.fetch(
        f"""
        SELECT b.reference AS legal_entity, t.currency, t.tolerance_minor, t.set_by, t.set_at
        FROM (
            SELECT DISTINCT ON (o.book_id, o.currency) o.* FROM receipt_tolerance AS o
            WHERE o.platform_id = $1 ORDER BY o.book_id, o.currency, o.tolerance_id DESC
        ) AS t
        {name_book("t.book_id")}
        WHERE {within("t.book_id", scope="$2")}
        ORDER BY b.reference, t.currency
        """,
        conn.platform_id,
        scope,
    )
