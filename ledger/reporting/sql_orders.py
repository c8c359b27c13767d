"""Statements on orders, their lines, shares and refunds."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_ORDER = """h.reference, h.sequence, b.reference AS book_reference, h.currency, h.channel, h.channel_transaction,
    h.status, h.is_split, h.is_unfrozen, h.paid_at, h.held_minor"""
_BOOK = name_book("h.book_id")


def _line_is_visible(scope: str) -> str:
    """A line is there for its merchant, its agent and its distributors, and for whoever stands above one of them."""
    return f"""({scope}::bigint IS NULL OR EXISTS (
        SELECT 1 FROM unnest(l.chain || l.merchant_id || l.agent_id) AS m (party_id)
        WHERE m.party_id IS NOT NULL AND {within("m.party_id", scope=scope)}
        OFFSET 0
    ))"""


def _order_is_visible(scope: str) -> str:
    return f"""({scope}::bigint IS NULL OR EXISTS (
        SELECT 1 FROM order_line AS l
        WHERE l.platform_id = $1 AND l.order_reference = h.reference AND {_line_is_visible(scope)}
        OFFSET 0
    ))"""


_BY_REFERENCE = f"""
    SELECT k.position, {_ORDER}
    FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (
        SELECT * FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
    ) AS h
    {_BOOK}
    WHERE {_order_is_visible("$3")}
"""


async def find_orders(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Orders by reference, each with the position of its key."""
    return await conn.fetch(_BY_REFERENCE, conn.platform_id, references, scope)


async def find_paid_lines(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """
    Of each line of these orders, with the position of its order: how it was paid (by a further payment, where the log
    says so), what of it came back or is taken by disputes, and what of its own money went to others than its merchant.
    """
    return await conn.fetch(
        """
        SELECT k.position, h.currency, coalesce(c.channel, h.channel) AS channel,
            coalesce(c.occurred_at, h.paid_at) AS paid_at, h.is_unfrozen, l.rates,
            l.goods_minor + l.delivery_minor - l.platform_discount_minor - l.merchant_discount_minor AS paid_minor,
            l.refunded_goods_minor + l.refunded_delivery_minor - l.refunded_platform_discount_minor
            - l.refunded_merchant_discount_minor AS refunded_minor, l.disputed_minor, s.split_minor
        FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
        CROSS JOIN LATERAL (
            SELECT * FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = k.reference
        LEFT JOIN LATERAL (
            SELECT o.occurred_at, o.payload::jsonb ->> 'channel' AS channel FROM log_event AS o
            WHERE o.platform_id = $1 AND o.subject = 'order/' || k.reference AND o.sequence > h.sequence
                AND o.kind = 'order.paid' AND o.payload::jsonb -> 'lines' ? l.line_reference
            ORDER BY o.sequence LIMIT 1
        ) AS c ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(o.amount_minor - o.returned_minor), 0)::bigint AS split_minor FROM order_share AS o
            WHERE o.platform_id = $1 AND o.order_reference = l.order_reference AND o.line_reference = l.line_reference
                AND o.rank > 0 AND (l.levels_born_by = 'MERCHANT' OR o.rank NOT BETWEEN 2 AND 4)
        ) AS s ON true
        ORDER BY k.position, l.line_reference
        """,
        conn.platform_id,
        references,
    )


_MATCHES = """h.platform_id = $1 AND ($2::text IS NULL OR b.reference = $2) AND ($3::text IS NULL OR h.status = $3)
        AND ($4::timestamptz IS NULL OR h.paid_at >= $4) AND ($5::timestamptz IS NULL OR h.paid_at < $5)
        AND ($6::bigint IS NULL OR h.sequence < $6) AND ($7::bigint IS NULL OR h.sequence > $7)
        AND CASE $10::text
            WHEN 'SPLIT' THEN h.held_minor > 0
            WHEN 'UNFREEZING' THEN h.frozen_minor <> 0
            WHEN 'REFUND' THEN EXISTS (
                SELECT 1 FROM order_refund AS o
                WHERE o.platform_id = $1 AND o.order_reference = h.reference AND o.owed_minor > 0
                OFFSET 0
            )
            WHEN 'DISPUTE' THEN EXISTS (
                SELECT 1 FROM order_dispute AS o
                WHERE o.platform_id = $1 AND o.order_reference = h.reference AND o.open_minor > 0
                OFFSET 0
            )
            ELSE true
        END"""

_LIST = directed(f"""
    SELECT {_ORDER} FROM order_head AS h
    {_BOOK}
    WHERE {_MATCHES} AND {_order_is_visible("$9")}
    ORDER BY h.sequence DESC_ LIMIT $8
""")
# A payment names everybody who has a part in a line, then or before.
_LIST_BY_EVENTS = directed(f"""
    WITH named AS (
        SELECT DISTINCT substr(v.subject, 7) AS reference
        FROM unnest($9::bigint[]) AS m (party_id)
        CROSS JOIN LATERAL (
            SELECT o.sequences FROM party_event AS o WHERE o.platform_id = $1 AND o.party_id = m.party_id
        ) AS e
        CROSS JOIN LATERAL unnest(e.sequences) AS s (sequence)
        CROSS JOIN LATERAL (
            SELECT o.subject FROM log_event AS o
            WHERE o.platform_id = $1 AND o.sequence = s.sequence AND o.kind = 'order.paid' LIMIT 1
        ) AS v
    )
    SELECT {_ORDER} FROM named AS n
    CROSS JOIN LATERAL (
        SELECT * FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = n.reference LIMIT 1
    ) AS h
    {_BOOK}
    WHERE {_MATCHES} AND EXISTS (
        SELECT 1 FROM order_line AS l
        WHERE l.platform_id = $1 AND l.order_reference = h.reference
            AND (l.merchant_id = ANY($9) OR l.agent_id = ANY($9) OR l.chain && $9)
        OFFSET 0
    )
    ORDER BY h.sequence DESC_ LIMIT $8
""")
# Here the planner may well turn the question round: the lines of few parties are found in one pass over the lines.
_LIST_OF_PARTIES = directed(f"""
    SELECT {_ORDER} FROM order_head AS h
    {_BOOK}
    WHERE {_MATCHES} AND EXISTS (
        SELECT 1 FROM order_line AS l
        WHERE l.platform_id = $1 AND l.order_reference = h.reference
            AND (l.merchant_id = ANY($9::bigint[]) OR l.agent_id = ANY($9) OR l.chain && $9)
    )
    ORDER BY h.sequence DESC_ LIMIT $8
""")


async def list_orders(
    conn: Connection,
    *,
    legal_entity: str | None,
    status: str | None,
    paid_from: datetime | None,
    paid_to: datetime | None,
    waits_for: str | None,
    party_ids: Sequence[int] | None,
    by_events: bool,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """
    Orders, the newest first: with a line on which one of these parties has a part, or that the scope sees. Found
    through the events of the parties where these are few (`by_events`), else in a pass over the lines.
    """
    after, before = span.bounds
    arguments = (conn.platform_id, legal_entity, status, paid_from, paid_to, after, before, span.limit)
    if party_ids is not None:
        statement = _LIST_BY_EVENTS if by_events else _LIST_OF_PARTIES
        return await conn.fetch(statement[span.backward], *arguments, party_ids, waits_for)
    return await conn.fetch(_LIST[span.backward], *arguments, scope, waits_for)


_LINE = f"""l.order_reference, l.line_reference, h.currency, l.merchant_id, l.agent_id, l.chain, l.sku, l.category,
    l.quantity, l.plan_version, f.plan, f.valid_from, l.levels_born_by, l.rates, l.is_split, l.goods_minor,
    l.refunded_goods_minor, l.delivery_minor, l.refunded_delivery_minor, l.platform_discount_minor,
    l.merchant_discount_minor, l.fee_charged_minor, l.fee_returned_minor, l.fee_recovered_minor,
    l.fee_passed_back_minor,
    {within("l.merchant_id", scope="$2")} AS is_merchants"""
_LINE_OWNERS = """CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = l.order_reference LIMIT 1
    ) AS h
    CROSS JOIN LATERAL (
        SELECT o.plan, o.valid_from FROM fee_plan AS o
        WHERE o.platform_id = $1 AND o.version = l.plan_version LIMIT 1
    ) AS f"""

_LINES_BY_ORDER = f"""
    SELECT k.position, {_LINE}
    FROM unnest($3::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (
        SELECT * FROM order_line AS o WHERE o.platform_id = $1 AND o.order_reference = k.reference
    ) AS l
    {_LINE_OWNERS}
    WHERE {_line_is_visible("$2")}
    ORDER BY k.position, l.line_reference
"""
_LINES_BY_NAME = f"""
    SELECT k.position, {_LINE}
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS k (order_reference, line_reference, position)
    CROSS JOIN LATERAL (
        SELECT * FROM order_line AS o
        WHERE o.platform_id = $1 AND o.order_reference = k.order_reference AND o.line_reference = k.line_reference
        LIMIT 1
    ) AS l
    {_LINE_OWNERS}
    WHERE {_line_is_visible("$2")}
"""


async def list_lines(conn: Connection, *, orders: Sequence[str], scope: int | None) -> list[Row]:
    """The lines of these orders."""
    return await conn.fetch(_LINES_BY_ORDER, conn.platform_id, scope, orders)


async def find_lines(conn: Connection, *, orders: Sequence[str], lines: Sequence[str], scope: int | None) -> list[Row]:
    """Lines by order and reference."""
    return await conn.fetch(_LINES_BY_NAME, conn.platform_id, scope, orders, lines)


_SHARES = f"""
    SELECT k.position, s.rank, s.party_id, s.account_code, h.currency, s.amount_minor, s.tax_minor, s.returned_minor,
        s.returned_tax_minor, s.stands
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (order_reference, line_reference, position)
    CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.order_reference LIMIT 1
    ) AS h
    CROSS JOIN LATERAL (
        SELECT * FROM order_share AS o
        WHERE o.platform_id = $1 AND o.order_reference = k.order_reference AND o.line_reference = k.line_reference
    ) AS s
    WHERE {within("s.party_id", scope="$4")}
    ORDER BY k.position, s.rank
"""


async def list_shares(conn: Connection, *, orders: Sequence[str], lines: Sequence[str], scope: int | None) -> list[Row]:
    """What each receiver got of these lines, in rank order."""
    return await conn.fetch(_SHARES, conn.platform_id, orders, lines, scope)


_REFUNDS = f"""
    SELECT k.position, r.order_reference, r.refund_reference, r.sequence, h.currency, r.payable_minor, r.owed_minor,
        r.status, r.reason
    FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
    ) AS h
    CROSS JOIN LATERAL (
        SELECT * FROM order_refund AS o WHERE o.platform_id = $1 AND o.order_reference = k.reference
    ) AS r
    WHERE $3::bigint IS NULL OR EXISTS (
        SELECT 1 FROM order_refund_line AS p
        INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = p.order_reference
            AND l.line_reference = p.line_reference
        WHERE p.platform_id = $1 AND p.order_reference = r.order_reference
            AND p.refund_reference = r.refund_reference AND {_line_is_visible("$3")}
    )
    ORDER BY k.position, r.sequence, r.refund_reference
"""


async def list_refunds(conn: Connection, *, orders: Sequence[str], scope: int | None) -> list[Row]:
    """The refunds of these orders; inside a scope those of a line in it."""
    return await conn.fetch(_REFUNDS, conn.platform_id, orders, scope)


_REFUND_LINES = f"""
    SELECT k.position, p.order_reference, p.line_reference, h.currency, p.goods_minor, p.delivery_minor, p.cash_minor,
        p.platform_discount_minor, p.merchant_discount_minor, p.entry,
        {within("l.merchant_id", scope="$4")} AS is_merchants
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (order_reference, refund_reference, position)
    CROSS JOIN LATERAL (
        SELECT o.currency FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.order_reference LIMIT 1
    ) AS h
    CROSS JOIN LATERAL (
        SELECT * FROM order_refund_line AS o
        WHERE o.platform_id = $1 AND o.order_reference = k.order_reference AND o.refund_reference = k.refund_reference
    ) AS p
    CROSS JOIN LATERAL (
        SELECT * FROM order_line AS o
        WHERE o.platform_id = $1 AND o.order_reference = p.order_reference AND o.line_reference = p.line_reference
        LIMIT 1
    ) AS l
    WHERE {_line_is_visible("$4")}
    ORDER BY k.position, p.line_reference
"""


async def list_refund_lines(
    conn: Connection, *, orders: Sequence[str], refunds: Sequence[str], scope: int | None
) -> list[Row]:
    """What these refunds took back, line by line."""
    return await conn.fetch(_REFUND_LINES, conn.platform_id, orders, refunds, scope)


_EVENTS = """
    SELECT k.position, v.event_id, v.kind, v.sequence, v.occurred_at, v.channel, v.channel_transaction
    FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
    CROSS JOIN LATERAL (
        SELECT DISTINCT e.cause FROM entry AS e
        WHERE e.platform_id = $1 AND e.document = 'order/' || k.reference AND e.document <> ''
    ) AS c
    CROSS JOIN LATERAL (
        SELECT * FROM order_event AS o WHERE o.platform_id = $1 AND o.event_id = c.cause LIMIT 1
    ) AS v
    ORDER BY k.position, v.sequence
"""


async def list_events(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """The events of these orders that moved something, found through the entries they caused."""
    return await conn.fetch(_EVENTS, conn.platform_id, orders)
