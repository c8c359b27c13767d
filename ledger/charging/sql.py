"""Every statement on orders, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Written = Sequence[str | bytes]


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
            h.held_minor, h.frozen_minor, h.is_split, h.is_unfrozen, h.settling_book_id, h.settled_minor
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM order_head AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        """,
        conn.platform_id,
        references,
    )


async def find_further_captures(conn: Connection, *, orders: Sequence[str], after: Sequence[int]) -> list[Row]:
    """What the log says of payments of these orders after their first, each of which is at its place in the log."""
    return await conn.fetch(
        """
        SELECT k.order_reference, v.occurred_at, v.payload
        FROM unnest($2::text[], $3::bigint[]) AS k (order_reference, sequence)
        CROSS JOIN LATERAL (
            SELECT o.occurred_at, o.payload FROM log_event AS o
            WHERE o.platform_id = $1 AND o.subject = 'order/' || k.order_reference AND o.sequence > k.sequence
                AND o.kind = 'order.paid'
            ORDER BY o.sequence
        ) AS v
        """,
        conn.platform_id,
        orders,
        after,
    )


async def find_lines(conn: Connection, *, orders: Sequence[str]) -> list[Row]:
    """All lines of these orders."""
    return await conn.fetch(
        """
        SELECT l.order_reference, l.line_reference, l.merchant_id, l.agent_id, l.chain, l.plan_version, l.rates, l.sku,
            l.category, l.quantity, l.goods_minor, l.delivery_minor, l.platform_discount_minor,
            l.merchant_discount_minor, l.refunded_goods_minor, l.refunded_delivery_minor,
            l.refunded_platform_discount_minor, l.refunded_merchant_discount_minor, l.fee_charged_minor,
            l.fee_returned_minor, l.fee_recovered_minor, l.fee_passed_back_minor, l.disputed_minor
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
    """All suspense items of these orders, released ones too, with what open disputes count on of the merchants'."""
    return await conn.fetch(
        """
        SELECT i.item, i.order_reference, i.line_reference, i.rank, i.owner_id, i.amount_minor, i.reason, i.opened_at,
            i.deadline, i.status, i.outside_minor, i.times, i.given_minor,
            coalesce(d.waiting, 0)::bigint AS disputed_minor
        FROM unnest($2::text[]) AS k (order_reference)
        INNER JOIN suspense_item AS i ON i.platform_id = $1 AND i.order_reference = k.order_reference
        LEFT JOIN LATERAL (
            SELECT sum(o.waiting_minor) AS waiting FROM order_dispute_line AS o
            WHERE o.platform_id = $1 AND o.order_reference = i.order_reference AND o.line_reference = i.line_reference
        ) AS d ON i.rank = 0
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


async def find_release(conn: Connection, *, item: int, opening: int) -> Row | None:
    """Where what an opening of an item gathered went, and how much."""
    return await conn.fetchrow(
        """
        SELECT released_to, amount_minor, sequence FROM suspense_release
        WHERE platform_id = $1 AND item = $2 AND opening = $3
        """,
        conn.platform_id,
        item,
        opening,
    )


async def insert_release(conn: Connection, *, item: int, opening: int, to: str, amount: int, sequence: int) -> None:
    """Keep where what an opening of an item gathered went; `sequence` is the event's in the log."""
    await conn.execute(
        """
        INSERT INTO suspense_release (platform_id, item, opening, released_to, amount_minor, sequence)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        conn.platform_id,
        item,
        opening,
        to,
        amount,
        sequence,
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
    heads: Written,
    lines: Written,
    shares: Written,
    refunds: Written,
    refund_lines: Written,
    items: Written,
    events: Written,
) -> None:
    """
    Write the documents of orders as they stand now, given as columns (see ledger.db.columns), by one statement: the
    laws over several tables are checked at its end. Only what can change is changed where a row is there already.
    Returns while the database works on it.

    Lists cannot be columns of unnest, so the chain of a line, the levels of a claw-back and the ranks in suspense come
    as texts. Where there are no levels, and no channel, the text is empty.
    """
    await conn.send(
        """
        WITH heads AS (
            INSERT INTO order_head (
                platform_id, reference, sequence, book_id, currency, channel, channel_transaction, paid_at, held_minor,
                frozen_minor, is_split, is_unfrozen, status, settling_book_id, settled_minor
            )
            SELECT
                $1, unnest(string_to_array($2, chr(31))), unnest($3::text::bigint[]), unnest($4::text::bigint[]),
                unnest(string_to_array($5, chr(31))), unnest(string_to_array($6, chr(31))),
                unnest(string_to_array($7, chr(31))), unnest($8::text::timestamptz[]), unnest($9::text::bigint[]),
                unnest($10::text::bigint[]), unnest($11::text::boolean[]), unnest($12::text::boolean[]),
                unnest(string_to_array($13, chr(31))), unnest($14::text::bigint[]), unnest($15::text::bigint[])
            ON CONFLICT ON CONSTRAINT order_reference_is_unique DO UPDATE SET
                held_minor = excluded.held_minor, frozen_minor = excluded.frozen_minor,
                is_split = excluded.is_split, is_unfrozen = excluded.is_unfrozen, status = excluded.status,
                settled_minor = excluded.settled_minor
        ), lines AS (
            INSERT INTO order_line (
                platform_id, order_reference, line_reference, merchant_id, agent_id, plan_version, rates, sku, category,
                quantity, levels_born_by, goods_minor, delivery_minor, platform_discount_minor, merchant_discount_minor,
                refunded_goods_minor, refunded_delivery_minor, refunded_platform_discount_minor,
                refunded_merchant_discount_minor, fee_charged_minor, fee_returned_minor, fee_recovered_minor,
                fee_passed_back_minor, is_split, chain, disputed_minor
            )
            SELECT $1, l.order_reference, l.line_reference, l.merchant_id, l.agent_id, l.plan_version, l.rates, l.sku,
                coalesce(l.category, ''), l.quantity, l.levels_born_by, l.goods, l.delivery, l.platform_discount,
                l.merchant_discount, l.refunded_goods, l.refunded_delivery, l.refunded_platform_discount,
                l.refunded_merchant_discount, l.fee_charged, l.fee_returned, l.fee_recovered, l.fee_passed_back,
                l.is_split, l.chain::bigint[], l.disputed
            FROM (
                SELECT
                    unnest(string_to_array($16, chr(31))) AS order_reference,
                    unnest(string_to_array($17, chr(31))) AS line_reference, unnest($18::text::bigint[]) AS merchant_id,
                    unnest($19::text::bigint[]) AS agent_id, unnest($20::text::integer[]) AS plan_version,
                    unnest(string_to_array($21, chr(31))) AS rates, unnest(string_to_array($22, chr(31))) AS sku,
                    unnest(string_to_array($23, chr(31))) AS category, unnest($24::text::bigint[]) AS quantity,
                    unnest(string_to_array($25, chr(31))) AS levels_born_by, unnest($26::text::bigint[]) AS goods,
                    unnest($27::text::bigint[]) AS delivery, unnest($28::text::bigint[]) AS platform_discount,
                    unnest($29::text::bigint[]) AS merchant_discount, unnest($30::text::bigint[]) AS refunded_goods,
                    unnest($31::text::bigint[]) AS refunded_delivery,
                    unnest($32::text::bigint[]) AS refunded_platform_discount,
                    unnest($33::text::bigint[]) AS refunded_merchant_discount,
                    unnest($34::text::bigint[]) AS fee_charged, unnest($35::text::bigint[]) AS fee_returned,
                    unnest($36::text::bigint[]) AS fee_recovered, unnest($37::text::bigint[]) AS fee_passed_back,
                    unnest($38::text::boolean[]) AS is_split, unnest(string_to_array($39, chr(31))) AS chain,
                    unnest($40::text::bigint[]) AS disputed
            ) AS l
            ON CONFLICT ON CONSTRAINT line_is_unique_in_its_order DO UPDATE SET
                refunded_goods_minor = excluded.refunded_goods_minor,
                refunded_delivery_minor = excluded.refunded_delivery_minor,
                refunded_platform_discount_minor = excluded.refunded_platform_discount_minor,
                refunded_merchant_discount_minor = excluded.refunded_merchant_discount_minor,
                fee_returned_minor = excluded.fee_returned_minor, fee_recovered_minor = excluded.fee_recovered_minor,
                fee_passed_back_minor = excluded.fee_passed_back_minor, is_split = excluded.is_split,
                disputed_minor = excluded.disputed_minor
        ), shares AS (
            INSERT INTO order_share (
                platform_id, order_reference, line_reference, rank, account_code, party_id, amount_minor, tax_minor,
                returned_minor, returned_tax_minor, stands
            )
            SELECT
                $1, unnest(string_to_array($41, chr(31))), unnest(string_to_array($42, chr(31))),
                unnest($43::text::smallint[]), unnest(string_to_array($44, chr(31))), unnest($45::text::bigint[]),
                unnest($46::text::bigint[]), unnest($47::text::bigint[]), unnest($48::text::bigint[]),
                unnest($49::text::bigint[]), unnest(string_to_array($50, chr(31)))
            ON CONFLICT (platform_id, order_reference, line_reference, rank) DO UPDATE SET
                amount_minor = excluded.amount_minor, tax_minor = excluded.tax_minor,
                returned_minor = excluded.returned_minor, returned_tax_minor = excluded.returned_tax_minor,
                stands = excluded.stands
        ), refunds AS (
            INSERT INTO order_refund (
                platform_id, order_reference, refund_reference, sequence, payable_minor, owed_minor, status, reason
            )
            SELECT $1, r.order_reference, r.refund_reference, r.sequence, r.payable, r.owed, r.status,
                coalesce(r.reason, '')
            FROM (
                SELECT
                    unnest(string_to_array($51, chr(31))) AS order_reference,
                    unnest(string_to_array($52, chr(31))) AS refund_reference, unnest($53::text::bigint[]) AS sequence,
                    unnest($54::text::bigint[]) AS payable, unnest($55::text::bigint[]) AS owed,
                    unnest(string_to_array($56, chr(31))) AS status, unnest(string_to_array($57, chr(31))) AS reason
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
                nullif(r.levels, '')::bigint[], r.suspended::smallint[]
            FROM (
                SELECT
                    unnest(string_to_array($58, chr(31))) AS order_reference,
                    unnest(string_to_array($59, chr(31))) AS refund_reference,
                    unnest(string_to_array($60, chr(31))) AS line_reference, unnest($61::text::bigint[]) AS entry,
                    unnest($62::text::bigint[]) AS goods, unnest($63::text::bigint[]) AS delivery,
                    unnest($64::text::bigint[]) AS cash, unnest($65::text::bigint[]) AS platform_discount,
                    unnest($66::text::bigint[]) AS merchant_discount, unnest($67::text::bigint[]) AS merchant,
                    unnest($68::text::bigint[]) AS commission, unnest($69::text::bigint[]) AS tax,
                    unnest($70::text::bigint[]) AS agent, unnest(string_to_array($71, chr(31))) AS levels,
                    unnest(string_to_array($72, chr(31))) AS suspended
            ) AS r
        ), items AS (
            INSERT INTO suspense_item (
                platform_id, order_reference, line_reference, rank, owner_id, amount_minor, reason, opened_at, deadline,
                status, outside_minor, times, given_minor
            )
            SELECT
                $1, unnest(string_to_array($73, chr(31))), unnest(string_to_array($74, chr(31))),
                unnest($75::text::smallint[]), unnest($76::text::bigint[]), unnest($77::text::bigint[]),
                unnest(string_to_array($78, chr(31))), unnest($79::text::timestamptz[]),
                unnest($80::text::timestamptz[]), unnest(string_to_array($81, chr(31))), unnest($82::text::bigint[]),
                unnest($83::text::integer[]), unnest($84::text::bigint[])
            ON CONFLICT ON CONSTRAINT share_is_suspended_once DO UPDATE SET
                amount_minor = excluded.amount_minor, status = excluded.status, reason = excluded.reason,
                opened_at = excluded.opened_at, deadline = excluded.deadline, outside_minor = excluded.outside_minor,
                times = excluded.times, given_minor = excluded.given_minor
        )
        INSERT INTO order_event (
            platform_id, event_id, order_reference, kind, occurred_at, sequence, channel, channel_transaction,
            fingerprint
        )
        SELECT $1, e.event_id, e.order_reference, e.kind, e.occurred_at, e.sequence, nullif(e.channel, ''),
            nullif(e.channel_transaction, ''), substring($92::bytea FROM (32 * e.place - 31)::int FOR 32)
        FROM (
            SELECT
                generate_subscripts($89::text::bigint[], 1) AS place,
                unnest(string_to_array($85, chr(31))) AS event_id,
                unnest(string_to_array($86, chr(31))) AS order_reference, unnest(string_to_array($87, chr(31))) AS kind,
                unnest($88::text::timestamptz[]) AS occurred_at, unnest($89::text::bigint[]) AS sequence,
                unnest(string_to_array($90, chr(31))) AS channel,
                unnest(string_to_array($91, chr(31))) AS channel_transaction
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
