"""Every statement on the tables of holds, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ledger.db.days_sql import has_begun
from ledger.db.reserving import reserve_numbers
from ledger.db.transacting import Connection
from ledger.settlement.left_sql import owed_of

Row = asyncpg.Record


class Movement(NamedTuple):
    """A row of `hold_movement` but for its kind: what one entry of a hold moved."""

    hold_id: int
    sequence: int
    amount: int
    moved_at: datetime
    reference: str
    reason: str
    actor: str


async def find_placed(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these holds that were placed, with the place of their entry in the log."""
    return await conn.fetch(
        """
        SELECT h.reference, h.hold_id, h.fingerprint, m.sequence
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT o.reference, o.hold_id, o.fingerprint FROM hold AS o
            WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS h
        CROSS JOIN LATERAL (
            SELECT o.sequence FROM hold_movement AS o
            WHERE o.platform_id = $1 AND o.hold_id = h.hold_id ORDER BY o.sequence LIMIT 1
        ) AS m
        """,
        conn.platform_id,
        references,
    )


async def find_holds(conn: Connection, *, hold_ids: Sequence[int]) -> list[Row]:
    """Those of these holds that there are."""
    return await conn.fetch(
        """
        SELECT h.hold_id, h.party_id, h.book_id, h.currency, h.account_code, h.sheet_id, h.amount_minor,
            h.lifted_minor, h.reason, h.order_reference, h.expected_release_date
        FROM unnest($2::bigint[]) AS k (hold_id)
        CROSS JOIN LATERAL (
            SELECT * FROM hold AS o WHERE o.platform_id = $1 AND o.hold_id = k.hold_id LIMIT 1
        ) AS h
        """,
        conn.platform_id,
        hold_ids,
    )


async def find_steps(conn: Connection, *, hold_ids: Sequence[int], references: Sequence[str]) -> list[Row]:
    """Those of these steps that were done, each named by its hold and its own reference."""
    return await conn.fetch(
        """
        SELECT m.hold_id, m.kind, m.reference, m.amount_minor, m.sequence, m.reason
        FROM unnest($2::bigint[], $3::text[]) AS k (hold_id, reference)
        CROSS JOIN LATERAL (
            SELECT * FROM hold_movement AS o
            WHERE o.platform_id = $1 AND o.hold_id = k.hold_id AND o.reference = k.reference LIMIT 1
        ) AS m
        """,
        conn.platform_id,
        hold_ids,
        references,
    )


async def find_due(conn: Connection, *, now: datetime, limit: int) -> list[Row]:
    """Holds that end by themselves and whose date has come, the oldest date first."""
    return await conn.fetch(
        f"""
        SELECT h.hold_id FROM hold AS h
        WHERE h.platform_id = $1 AND {has_begun("h.expected_release_date", zone="h.zone", at="$2")}
            AND h.lifted_minor < h.amount_minor
            AND h.release_rule = 'ON_DATE'
        ORDER BY h.expected_release_date, h.hold_id LIMIT $3
        """,
        conn.platform_id,
        now,
        limit,
    )


async def find_of_disputes(conn: Connection, *, disputes: Sequence[str], taken: Sequence[str]) -> list[Row]:
    """The holds of these disputes that still hold something; of `taken` ones those of accrued money alone."""
    return await conn.fetch(
        """
        SELECT h.hold_id, h.dispute_reference
        FROM unnest($2::text[]) AS k (dispute_reference)
        CROSS JOIN LATERAL (
            SELECT o.hold_id, o.dispute_reference FROM hold AS o
            WHERE o.platform_id = $1 AND o.dispute_reference = k.dispute_reference AND o.dispute_reference <> ''
                AND o.lifted_minor < o.amount_minor
                AND (o.sheet_id IS NULL OR o.dispute_reference <> ALL ($3::text[]))
            ORDER BY o.hold_id
        ) AS h
        """,
        conn.platform_id,
        disputes,
        taken,
    )


async def find_settled(conn: Connection, *, unsettled: Sequence[str], limit: int) -> list[Row]:
    """
    What is still held of closed sheets for disputes that took from their merchants, where no line of what each took
    waits for its sheet, or stands on one of a status given from which something is owed; the oldest hold first, and
    whether what was owed was paid before its sheet was of another status.
    """
    return await conn.fetch(
        f"""
        SELECT h.hold_id, {_is_unagreed("h", "$2")} AS is_paid FROM hold AS h
        CROSS JOIN LATERAL (
            SELECT FROM order_dispute AS d
            WHERE d.platform_id = $1 AND d.order_reference = h.order_reference
                AND d.dispute_reference = h.dispute_reference AND d.liability = 'SPLIT'
            LIMIT 1
        ) AS lost
        WHERE h.platform_id = $1 AND h.dispute_reference <> '' AND h.lifted_minor < h.amount_minor
            AND h.sheet_id IS NOT NULL AND NOT {_is_unsettled("h", "$2")}
        ORDER BY h.hold_id LIMIT $3
        """,
        conn.platform_id,
        unsettled,
        limit,
    )


async def find_unsettled(conn: Connection, *, taken: Sequence[Sequence[Any]], unsettled: Sequence[str]) -> list[int]:
    """
    Of what lost disputes took, given as columns (order, line, merchant, dispute): the places, from 1, where a line of
    it waits for its sheet, or stands on one of a status given from which something is owed.
    """
    rows = await conn.fetch(
        f"""
        SELECT k.place FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) WITH ORDINALITY
            AS k (order_reference, line_reference, party_id, dispute_reference, place)
        WHERE {_is_unsettled("k", "$6")}
        """,
        conn.platform_id,
        *taken,
        unsettled,
    )
    return [row["place"] for row in rows]


async def reserve_ids(conn: Connection, *, count: int) -> list[int]:
    """Take numbers ahead: the entries of a hold name it."""
    return await reserve_numbers(conn, sequence="hold_hold_id_seq", count=count)


async def insert_holds(conn: Connection, *, holds: Sequence[Sequence[Any]], movements: Sequence[Sequence[Any]]) -> None:
    """
    Add holds with their first movements, given as columns, by one statement: the laws over both are checked at its end.

    Holds: id, reference, party, book, sheet, amount, account, currency, reason, legal ground, condition, rule, date,
    order, line, dispute, actor, instant, fingerprint, zone. Movements: the columns of `Movement`.
    """
    await conn.execute(
        """
        WITH placed AS (
            INSERT INTO hold (
                platform_id, hold_id, reference, party_id, book_id, sheet_id, amount_minor, lifted_minor, account_code,
                currency, reason, legal_ground, release_condition, release_rule, expected_release_date,
                order_reference, line_reference, dispute_reference, placed_by, placed_at, fingerprint, zone
            )
            OVERRIDING SYSTEM VALUE
            SELECT $1, h.hold_id, h.reference, h.party_id, h.book_id, h.sheet_id, h.amount_minor, 0, h.account_code,
                h.currency, h.reason, h.legal_ground, h.release_condition, h.release_rule, h.expected_release_date,
                h.order_reference, h.line_reference, h.dispute_reference, h.placed_by, h.placed_at, h.fingerprint,
                h.zone
            FROM unnest(
                $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::date[], $15::text[], $16::text[],
                $17::text[], $18::text[], $19::timestamptz[], $20::bytea[], $21::text[]
            ) AS h (
                hold_id, reference, party_id, book_id, sheet_id, amount_minor, account_code, currency, reason,
                legal_ground, release_condition, release_rule, expected_release_date, order_reference, line_reference,
                dispute_reference, placed_by, placed_at, fingerprint, zone
            )
        )
        INSERT INTO hold_movement (
            platform_id, kind, hold_id, sequence, amount_minor, moved_at, reference, reason, actor
        )
        SELECT $1, 'PLACED', m.hold_id, m.sequence, m.amount_minor, m.moved_at, m.reference, m.reason, m.actor
        FROM unnest(
            $22::bigint[], $23::bigint[], $24::bigint[], $25::timestamptz[], $26::text[], $27::text[], $28::text[]
        ) AS m (hold_id, sequence, amount_minor, moved_at, reference, reason, actor)
        """,
        conn.platform_id,
        *holds,
        *movements,
    )


async def lift_holds(conn: Connection, *, movements: Sequence[Sequence[Any]]) -> None:
    """
    Lift holds by their movements, given as the columns of `Movement`, by one statement; a hold may be lifted several
    times in it.
    """
    await conn.execute(
        """
        WITH given AS (
            SELECT m.hold_id, m.sequence, m.amount_minor, m.moved_at, m.reference, m.reason, m.actor
            FROM unnest(
                $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::text[]
            ) AS m (hold_id, sequence, amount_minor, moved_at, reference, reason, actor)
        ), sums AS (
            SELECT g.hold_id, sum(g.amount_minor)::bigint AS amount_minor FROM given AS g GROUP BY g.hold_id
        ), lifted AS (
            UPDATE hold AS h SET lifted_minor = h.lifted_minor + s.amount_minor
            FROM sums AS s WHERE h.platform_id = $1 AND h.hold_id = s.hold_id
        )
        INSERT INTO hold_movement (
            platform_id, kind, hold_id, sequence, amount_minor, moved_at, reference, reason, actor
        )
        SELECT $1, 'LIFTED', g.hold_id, g.sequence, g.amount_minor, g.moved_at, g.reference, g.reason, g.actor
        FROM given AS g
        """,
        conn.platform_id,
        *movements,
    )


async def find_disputes(conn: Connection, *, after: int, through: int) -> list[Row]:
    """
    What happened to chargebacks in this stretch of the log: they came, were decided, or what they dispute became a
    merchant's, because its order was split or it left suspense.
    """
    return await conn.fetch(
        """
        SELECT v.sequence, v.kind, v.occurred_at, v.payload FROM log_event AS v
        WHERE v.platform_id = $1 AND v.sequence > $2 AND v.sequence <= $3
            AND (
                v.kind IN ('order.charged_back', 'chargeback.won', 'chargeback.lost')
                OR (v.kind IN ('order.split', 'suspense.released') AND v.payload LIKE '%"disputes":%')
            )
        ORDER BY v.sequence
        """,
        conn.platform_id,
        after,
        through,
    )


def _is_unsettled(row: str, statuses: str) -> str:
    """
    Whether a line of what the dispute of this row took of its merchant waits for its sheet, or stands on one of these
    statuses, unless that is one from which nothing is owed any more: others have paid it whole.
    """
    is_paid = f"s.total_minor < 0 AND {owed_of('s')} = 0"
    return _has_taken(row, f"s.sheet_id IS NULL OR (s.status = ANY ({statuses}::text[]) AND NOT ({is_paid}))")


def _is_unagreed(row: str, statuses: str) -> str:
    """Whether a line of what the dispute of this row took of its merchant stands on a sheet of these statuses."""
    return _has_taken(row, f"s.status = ANY ({statuses}::text[])")


def _has_taken(row: str, condition: str) -> str:
    """
    Whether the dispute of this row took something of its merchant by a line of which that is so, `s` being its sheet.
    Which of an order's disputes took it, the event behind its entry says.
    """
    return f"""EXISTS (
                SELECT FROM entry AS e
                INNER JOIN line AS l ON l.platform_id = $1 AND l.sequence = e.sequence
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
                    AND a.party_id = {row}.party_id AND a.code = '2010'
                LEFT JOIN sheet_line AS c ON c.platform_id = $1 AND c.sequence = l.sequence
                    AND c."position" = l."position"
                LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = c.sheet_id
                CROSS JOIN LATERAL (
                    SELECT o.payload::json ->> 'dispute' AS dispute_reference FROM log_event AS o
                    WHERE o.platform_id = $1 AND o.sequence > e.sequence ORDER BY o.sequence LIMIT 1
                ) AS told
                WHERE e.platform_id = $1 AND e.document = 'order/' || {row}.order_reference
                    AND e.document_line = {row}.line_reference AND e.template = 'CHARGEBACK_LOST'
                    AND told.dispute_reference = {row}.dispute_reference
                    AND ({condition})
            )"""
