"""Every statement on charging's tables, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[Any]]


async def find_plans(conn: Connection, *, after: int) -> list[Row]:
    """The versions of fee plans published after that one."""
    return await conn.fetch(
        "SELECT version, content FROM fee_plan WHERE platform_id = $1 AND version > $2 ORDER BY version",
        conn.platform_id,
        after,
    )


async def find_plan(conn: Connection, *, plan: str, valid_from: date) -> Row | None:
    """The version of a plan that is valid from that very day."""
    return await conn.fetchrow(
        "SELECT version, fingerprint, sequence FROM fee_plan WHERE platform_id = $1 AND plan = $2 AND valid_from = $3",
        conn.platform_id,
        plan,
        valid_from,
    )


async def find_last_version(conn: Connection) -> int:
    """The version published last, 0 before the first."""
    version: int | None = await conn.fetchval(
        "SELECT version FROM fee_plan WHERE platform_id = $1 ORDER BY version DESC LIMIT 1", conn.platform_id
    )
    return version or 0


async def insert_plan(
    conn: Connection, *, version: int, plan: str, valid_from: date, content: str, fingerprint: bytes, sequence: int
) -> None:
    """Add a version of a fee plan."""
    await conn.execute(
        """
        INSERT INTO fee_plan (platform_id, version, plan, valid_from, content, fingerprint, sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        conn.platform_id,
        version,
        plan,
        valid_from,
        content,
        fingerprint,
        sequence,
    )


async def find_events(conn: Connection, *, event_ids: Sequence[str]) -> list[Row]:
    """Those of these events that were accepted."""
    return await conn.fetch(
        """
        SELECT e.event_id, e.order_reference, e.fingerprint, e.sequence
        FROM unnest($2::text[]) AS k (event_id)
        CROSS JOIN LATERAL (
            SELECT * FROM order_event AS o WHERE o.platform_id = $1 AND o.event_id = k.event_id LIMIT 1
        ) AS e
        """,
        conn.platform_id,
        event_ids,
    )


async def find_orders(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Heads of orders."""
    return await conn.fetch(
        """
        SELECT h.reference, h.sequence, h.book_id, h.currency, h.channel, h.channel_transaction, h.paid_at,
            h.held_minor, h.frozen_minor, h.is_split, h.is_unfrozen
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        """,
        conn.platform_id,
        references,
    )


async def find_lines(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """All lines of these orders."""
    return await conn.fetch(
        """
        SELECT l.order_reference, l.line_reference, l.merchant_id, l.agent_id, l.chain, l.plan_version, l.rates, l.sku,
            l.category, l.quantity, l.goods_minor, l.delivery_minor, l.platform_discount_minor,
            l.merchant_discount_minor, l.refunded_goods_minor, l.refunded_delivery_minor,
            l.refunded_platform_discount_minor, l.refunded_merchant_discount_minor, l.fee_charged_minor,
            l.fee_returned_minor, l.fee_recovered_minor, l.fee_passed_back_minor
        FROM unnest($2::text[]) AS k (order_reference)
        INNER JOIN order_line AS l ON l.platform_id = $1 AND l.order_reference = k.order_reference
        """,
        conn.platform_id,
        orders,
    )


async def find_shares(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """All shares of the lines of these orders."""
    return await conn.fetch(
        """
        SELECT s.order_reference, s.line_reference, s.rank, s.amount_minor, s.tax_minor, s.returned_minor,
            s.returned_tax_minor
        FROM unnest($2::text[]) AS k (order_reference)
        INNER JOIN order_share AS s ON s.platform_id = $1 AND s.order_reference = k.order_reference
        """,
        conn.platform_id,
        orders,
    )


async def find_suspense(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """All suspense items of these orders, released ones too."""
    return await conn.fetch(
        """
        SELECT i.item, i.order_reference, i.line_reference, i.rank, i.owner_id, i.amount_minor, i.reason, i.opened_at,
            i.deadline, i.status
        FROM unnest($2::text[]) AS k (order_reference)
        INNER JOIN suspense_item AS i ON i.platform_id = $1 AND i.order_reference = k.order_reference
        """,
        conn.platform_id,
        orders,
    )


async def find_suspense_item(conn: Connection, *, item: int) -> Row | None:
    """The order, line and rank of one suspense item."""
    return await conn.fetchrow(
        "SELECT order_reference, line_reference, rank FROM suspense_item WHERE platform_id = $1 AND item = $2",
        conn.platform_id,
        item,
    )


async def find_refunds(conn: Connection, *, orders: Sequence[str], refunds: Sequence[str]) -> list[Row]:
    """These refunds, each named by its order and its own reference."""
    return await conn.fetch(
        """
        SELECT r.order_reference, r.refund_reference, r.sequence, r.payable_minor, r.status, r.reason
        FROM unnest($2::text[], $3::text[]) AS k (order_reference, refund_reference)
        CROSS JOIN LATERAL (
            SELECT * FROM order_refund AS o
            WHERE o.platform_id = $1 AND o.order_reference = k.order_reference
                AND o.refund_reference = k.refund_reference
            LIMIT 1
        ) AS r
        """,
        conn.platform_id,
        orders,
        refunds,
    )


async def find_refund_lines(conn: Connection, *, orders: Sequence[str], refunds: Sequence[str]) -> list[Row]:
    """The lines of these refunds."""
    return await conn.fetch(
        """
        SELECT r.order_reference, r.refund_reference, r.line_reference, r.entry, r.goods_minor, r.delivery_minor,
            r.cash_minor, r.platform_discount_minor, r.merchant_discount_minor, r.claw_back_merchant_minor,
            r.claw_back_commission_minor, r.claw_back_tax_minor, r.claw_back_levels_minor, r.claw_back_agent_minor,
            r.suspended_ranks
        FROM unnest($2::text[], $3::text[]) AS k (order_reference, refund_reference)
        INNER JOIN order_refund_line AS r ON r.platform_id = $1 AND r.order_reference = k.order_reference
            AND r.refund_reference = k.refund_reference
        """,
        conn.platform_id,
        orders,
        refunds,
    )


async def write_documents(
    conn: Connection,
    *,
    heads: Columns,
    lines: Columns,
    shares: Columns,
    refunds: Columns,
    refund_lines: Columns,
    items: Columns,
    events: Columns,
) -> None:
    """
    Write the documents of orders as they stand now, given as columns, by one statement: the laws over several tables
    are checked at its end. Only what can change is changed where a row is there already.

    Lists cannot be columns of unnest, so the chain of a line, the levels of a claw-back and the ranks in suspense come
    as texts.
    """
    await conn.execute(
        """
        WITH heads AS (
            INSERT INTO order_head (
                platform_id, reference, sequence, book_id, currency, channel, channel_transaction, paid_at, held_minor,
                frozen_minor, is_split, is_unfrozen, status
            )
            SELECT $1, h.* FROM unnest(
                $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                $9::bigint[], $10::bigint[], $11::boolean[], $12::boolean[], $13::text[]
            ) AS h
            ON CONFLICT ON CONSTRAINT order_reference_is_unique DO UPDATE SET
                held_minor = excluded.held_minor, frozen_minor = excluded.frozen_minor,
                is_split = excluded.is_split, is_unfrozen = excluded.is_unfrozen, status = excluded.status
        ), lines AS (
            INSERT INTO order_line (
                platform_id, order_reference, line_reference, merchant_id, agent_id, plan_version, rates, sku, category,
                quantity, levels_born_by, goods_minor, delivery_minor, platform_discount_minor, merchant_discount_minor,
                refunded_goods_minor, refunded_delivery_minor, refunded_platform_discount_minor,
                refunded_merchant_discount_minor, fee_charged_minor, fee_returned_minor, fee_recovered_minor,
                fee_passed_back_minor, is_split, chain
            )
            SELECT $1, l.order_reference, l.line_reference, l.merchant_id, l.agent_id, l.plan_version, l.rates, l.sku,
                l.category, l.quantity, l.levels_born_by, l.goods, l.delivery, l.platform_discount, l.merchant_discount,
                l.refunded_goods, l.refunded_delivery, l.refunded_platform_discount, l.refunded_merchant_discount,
                l.fee_charged, l.fee_returned, l.fee_recovered, l.fee_passed_back, l.is_split, l.chain::bigint[]
            FROM unnest(
                $14::text[], $15::text[], $16::bigint[], $17::bigint[], $18::integer[], $19::text[], $20::text[],
                $21::text[], $22::bigint[], $23::text[], $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[],
                $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[],
                $34::bigint[], $35::bigint[], $36::boolean[], $37::text[]
            ) AS l (
                order_reference, line_reference, merchant_id, agent_id, plan_version, rates, sku, category, quantity,
                levels_born_by, goods, delivery, platform_discount, merchant_discount, refunded_goods,
                refunded_delivery, refunded_platform_discount, refunded_merchant_discount, fee_charged, fee_returned,
                fee_recovered, fee_passed_back, is_split, chain
            )
            ON CONFLICT ON CONSTRAINT line_is_unique_in_its_order DO UPDATE SET
                refunded_goods_minor = excluded.refunded_goods_minor,
                refunded_delivery_minor = excluded.refunded_delivery_minor,
                refunded_platform_discount_minor = excluded.refunded_platform_discount_minor,
                refunded_merchant_discount_minor = excluded.refunded_merchant_discount_minor,
                fee_returned_minor = excluded.fee_returned_minor, fee_recovered_minor = excluded.fee_recovered_minor,
                fee_passed_back_minor = excluded.fee_passed_back_minor, is_split = excluded.is_split
        ), shares AS (
            INSERT INTO order_share (
                platform_id, order_reference, line_reference, rank, account_code, party_id, amount_minor, tax_minor,
                returned_minor, returned_tax_minor, stands
            )
            SELECT $1, s.* FROM unnest(
                $38::text[], $39::text[], $40::smallint[], $41::text[], $42::bigint[], $43::bigint[], $44::bigint[],
                $45::bigint[], $46::bigint[], $47::text[]
            ) AS s
            ON CONFLICT (platform_id, order_reference, line_reference, rank) DO UPDATE SET
                amount_minor = excluded.amount_minor, tax_minor = excluded.tax_minor,
                returned_minor = excluded.returned_minor, returned_tax_minor = excluded.returned_tax_minor,
                stands = excluded.stands
        ), refunds AS (
            INSERT INTO order_refund (
                platform_id, order_reference, refund_reference, sequence, payable_minor, owed_minor, status, reason
            )
            SELECT $1, r.* FROM unnest(
                $48::text[], $49::text[], $50::bigint[], $51::bigint[], $52::bigint[], $53::text[], $54::text[]
            ) AS r
            ON CONFLICT ON CONSTRAINT refund_is_unique_in_its_order DO UPDATE SET
                owed_minor = excluded.owed_minor, status = excluded.status
        ), refund_lines AS (
            INSERT INTO order_refund_line (
                platform_id, order_reference, refund_reference, line_reference, entry, goods_minor, delivery_minor,
                cash_minor, platform_discount_minor, merchant_discount_minor, claw_back_merchant_minor,
                claw_back_commission_minor, claw_back_tax_minor, claw_back_agent_minor, claw_back_levels_minor,
                suspended_ranks
            )
            SELECT $1, r.order_reference, r.refund_reference, r.line_reference, r.entry, r.goods, r.delivery, r.cash,
                r.platform_discount, r.merchant_discount, r.merchant, r.commission, r.tax, r.agent,
                r.levels::bigint[], r.suspended::smallint[]
            FROM unnest(
                $55::text[], $56::text[], $57::text[], $58::bigint[], $59::bigint[], $60::bigint[], $61::bigint[],
                $62::bigint[], $63::bigint[], $64::bigint[], $65::bigint[], $66::bigint[], $67::bigint[], $68::text[],
                $69::text[]
            ) AS r (
                order_reference, refund_reference, line_reference, entry, goods, delivery, cash, platform_discount,
                merchant_discount, merchant, commission, tax, agent, levels, suspended
            )
        ), items AS (
            INSERT INTO suspense_item (
                platform_id, order_reference, line_reference, rank, owner_id, amount_minor, reason, opened_at, deadline,
                status
            )
            SELECT $1, i.* FROM unnest(
                $70::text[], $71::text[], $72::smallint[], $73::bigint[], $74::bigint[], $75::text[],
                $76::timestamptz[], $77::timestamptz[], $78::text[]
            ) AS i
            ON CONFLICT ON CONSTRAINT share_is_suspended_once DO UPDATE SET
                amount_minor = excluded.amount_minor, status = excluded.status
        )
        INSERT INTO order_event (
            platform_id, event_id, order_reference, kind, occurred_at, sequence, channel, channel_transaction,
            fingerprint
        )
        SELECT $1, e.* FROM unnest(
            $79::text[], $80::text[], $81::text[], $82::timestamptz[], $83::bigint[], $84::text[], $85::text[],
            $86::bytea[]
        ) AS e
        """,
        conn.platform_id,
        *heads,
        *lines,
        *shares,
        *refunds,
        *refund_lines,
        *items,
        *events,
    )
