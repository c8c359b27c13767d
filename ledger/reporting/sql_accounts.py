"""Statements on accounts and their lines."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import AccountFilter, Span
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_COLUMNS = """a.account_id, a.code, c.name, a.class AS account_class, a.normal_side, a.currency, a.party_id,
    a.party_reference, a.book_id, a.book_reference"""
_CHART = """CROSS JOIN LATERAL (
        SELECT o.name FROM chart_account AS o WHERE o.platform_id = $1 AND o.code = a.code LIMIT 1
    ) AS c"""

_BY_ID = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (account_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM account AS o WHERE o.platform_id = $1 AND o.account_id = k.account_id LIMIT 1
    ) AS a
    {_CHART}
    WHERE {within("a.party_id", scope="$3")}
"""


async def find_by_id(conn: Connection, *, account_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Accounts by id, each with the position of its key."""
    return await conn.fetch(_BY_ID, conn.platform_id, account_ids, scope)


_BY_PLACE = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
        WITH ORDINALITY AS k (legal_entity, code, party, currency, position)
    CROSS JOIN LATERAL (
        SELECT o.book_id FROM book AS o WHERE o.platform_id = $1 AND o.reference = k.legal_entity LIMIT 1
    ) AS b
    LEFT JOIN LATERAL (
        SELECT o.party_id FROM party AS o WHERE o.platform_id = $1 AND o.reference = k.party LIMIT 1
    ) AS p ON true
    CROSS JOIN LATERAL (
        SELECT * FROM account AS o
        WHERE o.platform_id = $1 AND o.book_id = b.book_id AND o.code = k.code AND o.party_id = p.party_id
            AND o.currency = k.currency
        UNION ALL
        SELECT * FROM account AS o
        WHERE k.party = '' AND o.platform_id = $1 AND o.book_id = b.book_id AND o.code = k.code
            AND o.party_id IS NULL AND o.currency = k.currency
        LIMIT 1
    ) AS a
    {_CHART}
    WHERE {within("a.party_id", scope="$6")}
"""


async def find_by_place(conn: Connection, *, places: Sequence[Sequence[Any]], scope: int | None) -> list[Row]:
    """Accounts by place, given as columns (legal entity, code, party or "", currency)."""
    return await conn.fetch(_BY_PLACE, conn.platform_id, *places, scope)


_MATCHES = """a.platform_id = $1 AND ($2::text IS NULL OR a.book_reference = $2) AND ($3::text IS NULL OR a.code = $3)
        AND ($4::text IS NULL OR a.currency = $4) AND NOT a.is_summary
        AND ($5::bigint IS NULL OR a.account_id > $5) AND ($6::bigint IS NULL OR a.account_id < $6)"""

_LIST = directed(f"""
    SELECT {_COLUMNS} FROM account AS a
    {_CHART}
    WHERE {_MATCHES}
    ORDER BY a.account_id ASC_ LIMIT $7
""")
# `party_ids` are walked through account_by_party, one by one.
_LIST_OF_PARTIES = directed(f"""
    SELECT {_COLUMNS}
    FROM unnest($8::bigint[]) AS k (party_id)
    INNER JOIN account AS a ON a.platform_id = $1 AND a.party_id = k.party_id
    {_CHART}
    WHERE {_MATCHES}
    ORDER BY a.account_id ASC_ LIMIT $7
""")
_LIST_OF_SUBTREE = directed(f"""
    WITH RECURSIVE subtree AS (
        SELECT $8::bigint AS party_id
        UNION ALL
        SELECT o.party_id FROM subtree AS s
        INNER JOIN party AS o ON o.platform_id = $1 AND o.parent_id = s.party_id
    )
    SELECT {_COLUMNS}
    FROM subtree AS k
    INNER JOIN account AS a ON a.platform_id = $1 AND a.party_id = k.party_id
    {_CHART}
    WHERE {_MATCHES}
    ORDER BY a.account_id ASC_ LIMIT $7
""")


def _arguments(conn: Connection, matching: AccountFilter, span: Span) -> tuple[Any, ...]:
    return (
        conn.platform_id,
        matching.legal_entity,
        matching.code,
        matching.currency,
        *span.bounds,
        span.limit,
    )


async def list_all(conn: Connection, *, matching: AccountFilter, span: Span) -> list[Row]:
    """The platform's accounts in the order they were opened."""
    return await conn.fetch(_LIST[span.backward], *_arguments(conn, matching, span))


async def list_of_parties(
    conn: Connection, *, party_ids: Sequence[int], matching: AccountFilter, span: Span
) -> list[Row]:
    """The accounts of these parties together, in the order they were opened."""
    return await conn.fetch(_LIST_OF_PARTIES[span.backward], *_arguments(conn, matching, span), party_ids)


async def list_of_subtree(conn: Connection, *, root_id: int, matching: AccountFilter, span: Span) -> list[Row]:
    """The accounts of a whole subtree, in the order they were opened; costs the size of the subtree."""
    return await conn.fetch(_LIST_OF_SUBTREE[span.backward], *_arguments(conn, matching, span), root_id)


_PAGES_BY_PARTY = directed(f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM account AS o
        WHERE o.platform_id = $1 AND o.party_id = k.party_id
            AND ($3::bigint IS NULL OR o.account_id > $3) AND ($4::bigint IS NULL OR o.account_id < $4)
        ORDER BY o.account_id ASC_ LIMIT $5
    ) AS a
    {_CHART}
    ORDER BY k.position, a.account_id ASC_
""")


async def page_by_party(conn: Connection, *, party_ids: Sequence[int], span: Span) -> list[Row]:
    """A page of the accounts of each of these parties."""
    return await conn.fetch(
        _PAGES_BY_PARTY[span.backward],
        conn.platform_id,
        party_ids,
        *span.bounds,
        span.limit,
    )


_HELD = """
    SELECT k.position, a.account_id, a.code, a.book_id, a.book_reference, a.currency, a.normal_side
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM account AS o
        WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.code = ANY($3::text[])
    ) AS a
    ORDER BY k.position, a.book_reference, a.currency, a.code
"""


async def find_held(conn: Connection, *, party_ids: Sequence[int], codes: Sequence[str]) -> list[Row]:
    """All accounts of these parties with one of these codes."""
    return await conn.fetch(_HELD, conn.platform_id, party_ids, codes)


_LINES = directed("""
    SELECT k.position AS key_position, l.sequence, l.position, l.account_id, l.side, l.amount, l.currency, l.version,
        l.debit_after, l.credit_after, l.business_date, e.posted_at, a.normal_side
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (account_id, position)
    CROSS JOIN LATERAL (
        SELECT o.normal_side FROM account AS o WHERE o.platform_id = $1 AND o.account_id = k.account_id LIMIT 1
    ) AS a
    CROSS JOIN LATERAL (
        SELECT * FROM line AS o
        WHERE o.platform_id = $1 AND o.account_id = k.account_id
            AND ($3::bigint IS NULL OR (o.sequence, o.version) > ($3, $4::bigint))
            AND ($5::bigint IS NULL OR (o.sequence, o.version) < ($5, $6::bigint))
        ORDER BY o.sequence ASC_, o.version ASC_ LIMIT $7
    ) AS l
    CROSS JOIN LATERAL (
        SELECT o.posted_at FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = l.sequence LIMIT 1
    ) AS e
    ORDER BY k.position, l.version ASC_
""")


async def page_lines(conn: Connection, *, account_ids: Sequence[int], span: Span) -> list[Row]:
    """A page of the lines of each of these accounts by version; positions are (sequence, version)."""
    after, before = span.after or (None, None), span.before or (None, None)
    return await conn.fetch(_LINES[span.backward], conn.platform_id, account_ids, *after, *before, span.limit)
