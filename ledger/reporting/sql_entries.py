"""Statements on entries and their lines."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import EntryFilter, Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_COLUMNS = """e.sequence, e.book_id, b.reference AS book_reference, e.reversal_of, e.posted_at, e.business_date,
    e.requested_date, e.idempotency_key, e.fingerprint, e.content_hash, e.source, e.actor, e.template,
    e.description, e.document, e.document_line, e.cause, e.metadata"""
_BOOK = name_book("e.book_id")


def _is_visible(scope: str) -> str:
    """An entry exists for a party's key when one of its lines does."""
    return f"""({scope}::bigint IS NULL OR EXISTS (
        SELECT 1 FROM line AS l
        INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
        WHERE l.platform_id = $1 AND l.sequence = e.sequence AND {within("a.party_id", scope=scope)}
        OFFSET 0
    ))"""


_BY_SEQUENCE = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sequence, position)
    CROSS JOIN LATERAL (SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = k.sequence LIMIT 1) AS e
    {_BOOK}
    WHERE {_is_visible("$3")}
"""


async def find_by_sequence(conn: Connection, *, sequences: Sequence[int], scope: int | None) -> list[Row]:
    """Entries by their place in the log, each with the position of its key."""
    return await conn.fetch(_BY_SEQUENCE, conn.platform_id, sequences, scope)


_REVERSALS = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sequence, position)
    CROSS JOIN LATERAL (
        SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.reversal_of = k.sequence LIMIT 1
    ) AS e
    {_BOOK}
    WHERE {_is_visible("$3")}
"""


async def find_reversals(conn: Connection, *, sequences: Sequence[int], scope: int | None) -> list[Row]:
    """The entries that reverse these."""
    return await conn.fetch(_REVERSALS, conn.platform_id, sequences, scope)


_LINES = f"""
    SELECT k.position AS key_position, l.sequence, l.position, l.account_id, l.side, l.amount, l.currency, l.version,
        l.debit_after, l.credit_after, l.business_date, e.posted_at, a.normal_side
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sequence, position)
    CROSS JOIN LATERAL (SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.sequence = k.sequence) AS l
    CROSS JOIN LATERAL (
        SELECT o.posted_at FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = l.sequence LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT o.normal_side, o.party_id FROM account AS o
        WHERE o.platform_id = $1 AND o.account_id = l.account_id LIMIT 1
    ) AS a
    WHERE {within("a.party_id", scope="$3")}
    ORDER BY k.position, l.position
"""


async def find_lines(conn: Connection, *, sequences: Sequence[int], scope: int | None) -> list[Row]:
    """The lines of these entries, with the position of the key as `key_position`."""
    return await conn.fetch(_LINES, conn.platform_id, sequences, scope)


_INTEREST = f"""
    SELECT a.account_id FROM account AS a
    WHERE a.platform_id = $1 AND ($2::bigint IS NULL OR a.account_id = $2) AND ($3::bigint IS NULL OR a.party_id = $3)
        AND {within("a.party_id", scope="$4")}
    LIMIT $5
"""
_INTEREST_OF_SUBTREE = """
    WITH RECURSIVE subtree AS (
        SELECT $2::bigint AS party_id
        UNION ALL
        SELECT o.party_id FROM subtree AS s
        INNER JOIN party AS o ON o.platform_id = $1 AND o.parent_id = s.party_id
    )
    SELECT a.account_id FROM subtree AS s
    INNER JOIN account AS a ON a.platform_id = $1 AND a.party_id = s.party_id
    LIMIT $3
"""


async def find_accounts_of_interest(
    conn: Connection, *, account_id: int | None, party_id: int | None, scope: int | None, limit: int
) -> list[int]:
    """The accounts, at most `limit`, that entries must touch to be listed: named ones, or all of the scope."""
    if account_id is None and party_id is None:
        rows = await conn.fetch(_INTEREST_OF_SUBTREE, conn.platform_id, scope, limit)
    else:
        rows = await conn.fetch(_INTEREST, conn.platform_id, account_id, party_id, scope, limit)
    return [row["account_id"] for row in rows]


_BY_DOCUMENT = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (document, line, position)
    CROSS JOIN LATERAL (
        SELECT * FROM entry AS o
        WHERE o.platform_id = $1 AND o.document <> '' AND o.document = k.document
            AND (k.line IS NULL OR o.document_line = k.line)
    ) AS e
    {_BOOK}
    WHERE {_is_visible("$4")}
    ORDER BY k.position, e.sequence
"""


async def find_by_document(
    conn: Connection, *, documents: Sequence[str], lines: Sequence[str | None], scope: int | None
) -> list[Row]:
    """The entries of each document, or of one line of it, in the order of the log."""
    return await conn.fetch(_BY_DOCUMENT, conn.platform_id, documents, lines, scope)


# Parameters 2 to 13 of both lists, in the order of `_arguments`.
_MATCHES = """e.platform_id = $1
        AND ($2::text IS NULL OR e.book_id = (
            SELECT o.book_id FROM book AS o WHERE o.platform_id = $1 AND o.reference = $2
        ))
        AND ($3::date IS NULL OR e.business_date >= $3) AND ($4::date IS NULL OR e.business_date <= $4)
        AND ($5::bigint IS NULL OR e.sequence >= $5) AND ($6::bigint IS NULL OR e.sequence <= $6)
        AND ($7::text IS NULL OR (e.document <> '' AND e.document = $7))
        AND ($8::text IS NULL OR e.document_line = $8)
        AND ($9::text IS NULL OR coalesce(nullif(e.template, ''), e.source) = $9)
        AND ($10::text IS NULL OR e.source = $10)
        AND ($11::text IS NULL OR e.idempotency_key = $11)
        AND ($12::bigint IS NULL OR e.sequence < $12) AND ($13::bigint IS NULL OR e.sequence > $13)"""


def _touches(account: str, *, entry: str) -> str:
    """Whether the entry has a line on this account, or there is no such account given."""
    return f"""({account}::bigint IS NULL OR EXISTS (
            SELECT 1 FROM line AS l
            WHERE l.platform_id = $1 AND l.sequence = {entry}.sequence AND l.account_id = {account}
            OFFSET 0
        ))"""


_LIST = directed(f"""
    SELECT {_COLUMNS} FROM entry AS e
    {_BOOK}
    WHERE {_MATCHES} AND {_is_visible("$15")}
        AND {_touches("$16", entry="e")} AND ($17::bigint IS NULL OR EXISTS (
            SELECT 1 FROM line AS l
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE l.platform_id = $1 AND l.sequence = e.sequence AND a.party_id = $17
            OFFSET 0
        ))
    ORDER BY e.sequence DESC_ LIMIT $14
""")

# The last lines of each account, then the last of all: costs the number of accounts times the page, not the log.
_LIST_BY_ACCOUNTS = directed(f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT DISTINCT l.sequence
        FROM unnest($15::bigint[]) AS k (account_id)
        CROSS JOIN LATERAL (
            SELECT o.sequence FROM line AS o
            INNER JOIN entry AS e ON e.platform_id = $1 AND e.sequence = o.sequence
            WHERE o.platform_id = $1 AND o.account_id = k.account_id
                AND ($12::bigint IS NULL OR o.sequence < $12) AND ($13::bigint IS NULL OR o.sequence > $13)
                AND {_MATCHES} AND {_touches("$16", entry="o")}
            -- Several lines of an entry may be on one account; the limit counts entries.
            GROUP BY o.sequence
            ORDER BY o.sequence DESC_ LIMIT $14
        ) AS l
        ORDER BY l.sequence DESC_ LIMIT $14
    ) AS s
    INNER JOIN entry AS e ON e.platform_id = $1 AND e.sequence = s.sequence
    {_BOOK}
    ORDER BY e.sequence DESC_
""")


def _arguments(conn: Connection, matching: EntryFilter, span: Span) -> tuple[Any, ...]:
    return (
        conn.platform_id,
        matching.legal_entity,
        matching.business_date_from,
        matching.business_date_to,
        matching.sequence_from,
        matching.sequence_to,
        matching.document,
        matching.document_line,
        matching.kind,
        matching.source,
        matching.key,
        *span.bounds,
        span.limit,
    )


async def list_entries(
    conn: Connection, *, matching: EntryFilter, party_id: int | None, scope: int | None, span: Span
) -> list[Row]:
    """Entries, newest first, found by walking the log or an index on entries."""
    arguments = _arguments(conn, matching, span)
    return await conn.fetch(_LIST[span.backward], *arguments, scope, matching.account_id, party_id)


async def list_entries_of_accounts(
    conn: Connection, *, account_ids: Sequence[int], matching: EntryFilter, span: Span
) -> list[Row]:
    """Entries with a line on one of these accounts, and on that of `matching` where it names one, newest first."""
    # Asked for alone it is the one that they are found by.
    besides = None if account_ids == [matching.account_id] else matching.account_id
    return await conn.fetch(_LIST_BY_ACCOUNTS[span.backward], *_arguments(conn, matching, span), account_ids, besides)
