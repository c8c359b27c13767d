"""The statements of the exports, read through a server-side cursor: memory does not grow with the book."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

# Rows per round trip: large enough that the trip costs nothing, small enough to keep in memory twice.
_ROWS_AT_ONCE = 1_000

# An account without a line has no last line, so the join leaves it out. Sorted by bytes: no locale has a say.
BALANCES = """
    SELECT a.book_reference, a.code, coalesce(a.party_reference, '') AS party, a.currency, l.debit_after, l.credit_after
    FROM account AS a
    CROSS JOIN LATERAL (
        SELECT o.debit_after, o.credit_after FROM line AS o
        WHERE o.platform_id = a.platform_id AND o.account_id = a.account_id
        ORDER BY o.sequence DESC, o.version DESC LIMIT 1
    ) AS l
    WHERE a.platform_id = $1
    ORDER BY a.book_reference COLLATE "C", a.code COLLATE "C",
        coalesce(a.party_reference, '') COLLATE "C", a.currency COLLATE "C"
"""

# One entry a row, its lines as arrays in the order of their positions.
ENTRIES = """
    SELECT
        p.reference AS platform, e.sequence, b.reference AS legal_entity, e.posted_at, e.business_date,
        e.requested_date, e.idempotency_key, e.actor, e.source, e.template, e.description, e.document, e.document_line,
        e.cause, e.metadata, e.reversal_of, e.fingerprint, e.content_hash,
        l.legal_entities, l.codes, l.parties, l.currencies, l.sides, l.amounts
    FROM entry AS e
    CROSS JOIN LATERAL (
        SELECT
            array_agg(a.book_reference ORDER BY o.position) AS legal_entities,
            array_agg(a.code ORDER BY o.position) AS codes,
            array_agg(coalesce(a.party_reference, '') ORDER BY o.position) AS parties,
            array_agg(o.currency ORDER BY o.position) AS currencies,
            array_agg(o.side ORDER BY o.position) AS sides,
            array_agg(o.amount ORDER BY o.position) AS amounts
        FROM line AS o
        CROSS JOIN LATERAL (
            SELECT * FROM account AS c WHERE c.platform_id = o.platform_id AND c.account_id = o.account_id LIMIT 1
        ) AS a
        WHERE o.platform_id = e.platform_id AND o.sequence = e.sequence
    ) AS l
    INNER JOIN platform AS p ON p.platform_id = e.platform_id
    INNER JOIN book AS b ON b.platform_id = e.platform_id AND b.book_id = e.book_id
    WHERE e.platform_id = $1
    ORDER BY e.sequence
"""


async def stream(conn: Connection, statement: str) -> AsyncIterator[asyncpg.Record]:
    """Yield the rows of one of the statements above, for the connection's platform."""
    # A reader may be slow, and a whole book takes as long as it takes. Both bounds are there for posting and for pages.
    await conn.execute(
        """
        SELECT set_config('statement_timeout', '0', true),
            set_config('idle_in_transaction_session_timeout', '1h', true),
            set_config('cursor_tuple_fraction', '1', true)
        """
    )
    async for row in conn.raw.cursor(statement, conn.platform_id, prefetch=_ROWS_AT_ONCE):
        yield row


async def count_accounts(conn: Connection) -> int:
    """How many rows the balances have at most."""
    found: Any = await conn.fetchval("SELECT count(*) FROM account WHERE platform_id = $1", conn.platform_id)
    return int(found)


async def count_entries(conn: Connection) -> int:
    """How many rows the entries have."""
    found: Any = await conn.fetchval("SELECT count(*) FROM entry WHERE platform_id = $1", conn.platform_id)
    return int(found)
