"""Every statement on the tables of deposits, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.days_sql import has_begun
from ledger.db.reserving import reserve_numbers
from ledger.db.transacting import Connection

Row = asyncpg.Record

_AGREEMENT = """
    a.agreement_id, a.reference, a.party_id, p.reference AS party, a.book_id, a.role, a.currency, a.kind, a.basis,
    a.rate, a.target_minor, a.cap_minor, a.months, a.shortfall, a.release, a.agreed_at, a.fingerprint, a.ended_at,
    a.ended_by, a.end_reason, p.is_closed, s.reached, s.left_minor
"""
_FIGURES = """
    CROSS JOIN LATERAL (
        SELECT o.reference, o.status = 'CLOSED' AS is_closed
        FROM party AS o WHERE o.platform_id = $1 AND o.party_id = a.party_id LIMIT 1
    ) AS p
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(o.principal_minor), 0)::bigint AS reached,
            coalesce(sum(
                o.principal_minor - o.claimed_minor - o.released_minor - o.forfeited_minor - o.lapsed_minor
            ), 0)::bigint AS left_minor
        FROM deposit_slice AS o
        WHERE o.platform_id = $1 AND o.agreement_id = a.agreement_id AND o.slice_id > 0
    ) AS s
"""
_SLICE = """
    s.slice_id, s.agreement_id, a.reference AS agreement, s.party_id, p.reference AS party, s.book_id, a.role,
    s.sheet_id, s.currency, s.kind, s.release, s.zone, s.start_date, s.end_date, s.releasable_date, s.opened_at,
    s.principal_minor, s.due_minor, s.claimed_minor, s.released_minor, s.forfeited_minor, s.lapsed_minor, s.status
"""
_OWNER = """
    CROSS JOIN LATERAL (
        SELECT o.reference, o.role FROM deposit_agreement AS o
        WHERE o.platform_id = $1 AND o.agreement_id = s.agreement_id LIMIT 1
    ) AS a
    CROSS JOIN LATERAL (
        SELECT o.reference FROM party AS o WHERE o.platform_id = $1 AND o.party_id = s.party_id LIMIT 1
    ) AS p
"""


async def find_agreements(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these agreements that were made, with their figures."""
    return await conn.fetch(
        f"""
        SELECT {_AGREEMENT}
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_agreement AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS a {_FIGURES}
        """,
        conn.platform_id,
        references,
    )


async def find_agreements_of(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """The agreements of these parties, the oldest first, with those that have ended."""
    return await conn.fetch(
        f"""
        SELECT {_AGREEMENT}
        FROM unnest($2::bigint[]) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_agreement AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.agreement_id > 0
            ORDER BY o.agreement_id
        ) AS a {_FIGURES}
        ORDER BY a.agreement_id
        """,
        conn.platform_id,
        party_ids,
    )


async def insert_agreements(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> list[Row]:
    """
    Add agreements, given as columns: reference, party, book, base, target, cap, instant, months, currency, kind, role,
    basis, rate, shortfall, release, legal ground, actor, fingerprint.
    """
    return await conn.fetch(
        """
        INSERT INTO deposit_agreement (
            platform_id, reference, party_id, book_id, base_minor, target_minor, cap_minor, agreed_at, months, currency,
            kind, role, basis, rate, shortfall, release, legal_ground, agreed_by, fingerprint
        )
        SELECT $1, a.* FROM unnest(
            $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[],
            $9::smallint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
            $17::text[], $18::text[], $19::bytea[]
        ) AS a
        RETURNING agreement_id, reference
        """,
        conn.platform_id,
        *rows,
    )


async def end_agreements(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """End agreements that stand, given as columns: agreement, instant, actor, reason."""
    await conn.execute(
        """
        UPDATE deposit_agreement AS a SET ended_at = k.ended_at, ended_by = k.ended_by, end_reason = k.reason
        FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[]) AS k (
            agreement_id, ended_at, ended_by, reason
        )
        WHERE a.platform_id = $1 AND a.agreement_id = k.agreement_id AND a.ended_at IS NULL
        """,
        conn.platform_id,
        *rows,
    )


async def find_slices(conn: Connection, *, slice_ids: Sequence[int]) -> list[Row]:
    """Those of these slices that there are."""
    return await conn.fetch(
        f"""
        SELECT {_SLICE}
        FROM unnest($2::bigint[]) AS k (slice_id)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_slice AS o WHERE o.platform_id = $1 AND o.slice_id = k.slice_id LIMIT 1
        ) AS s {_OWNER}
        """,
        conn.platform_id,
        slice_ids,
    )


async def find_due_slices(conn: Connection, *, agreement_ids: Sequence[int]) -> list[Row]:
    """The slices of these agreements that are billed and not received, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT {_SLICE}
        FROM unnest($2::bigint[]) AS k (agreement_id)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.agreement_id = k.agreement_id AND o.slice_id > 0 AND o.due_minor > 0
        ) AS s {_OWNER}
        ORDER BY s.slice_id
        """,
        conn.platform_id,
        agreement_ids,
    )


async def find_lapsed(conn: Connection, *, agreement_ids: Sequence[int], reference: str) -> list[Row]:
    """What lapsed by the step of this key under each of these agreements that anything lapsed under."""
    return await conn.fetch(
        """
        SELECT s.agreement_id, sum(m.amount_minor)::bigint AS amount_minor
        FROM unnest($2::bigint[]) AS k (agreement_id)
        CROSS JOIN LATERAL (
            SELECT o.agreement_id, o.slice_id FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.agreement_id = k.agreement_id AND o.slice_id > 0
        ) AS s
        CROSS JOIN LATERAL (
            SELECT o.amount_minor FROM deposit_movement AS o
            WHERE o.platform_id = $1 AND o.slice_id = s.slice_id AND o.kind = 'LAPSED' AND o.reference = $3
        ) AS m
        GROUP BY s.agreement_id
        """,
        conn.platform_id,
        agreement_ids,
        reference,
    )


async def find_retained(conn: Connection, *, agreement_ids: Sequence[int], sheet_ids: Sequence[int]) -> list[Row]:
    """Which of these pairs of agreement and sheet were dealt with."""
    return await conn.fetch(
        """
        SELECT s.agreement_id, s.sheet_id
        FROM unnest($2::bigint[], $3::bigint[]) AS k (agreement_id, sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.agreement_id, o.sheet_id FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.agreement_id = k.agreement_id AND o.sheet_id = k.sheet_id LIMIT 1
        ) AS s
        """,
        conn.platform_id,
        agreement_ids,
        sheet_ids,
    )


async def find_moves(conn: Connection, *, slice_ids: Sequence[int]) -> list[Row]:
    """
    All steps of these slices, in the order of the log; a claim with whom it went to, on which account of a party, and
    the order it was for.
    """
    return await conn.fetch(
        """
        SELECT m.slice_id, m.sequence, m.kind, m.amount_minor, m.reference, m.reason, m.sheet_id, m.counterparty_id,
            m.order_reference, c.code AS counterparty_code
        FROM unnest($2::bigint[]) AS k (slice_id)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_movement AS o WHERE o.platform_id = $1 AND o.slice_id = k.slice_id
        ) AS m
        LEFT JOIN LATERAL (
            SELECT a.code FROM line AS l
            INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = l.account_id
            WHERE l.platform_id = $1 AND l.sequence = m.sequence AND l.side = 'C' LIMIT 1
        ) AS c ON m.kind = 'CLAIMED' AND m.counterparty_id IS NOT NULL
        ORDER BY m.slice_id, m.sequence
        """,
        conn.platform_id,
        slice_ids,
    )


async def find_cash(conn: Connection, *, keys: Sequence[str]) -> list[Row]:
    """The steps that came of these receipts and bills, each with the agreement and first day of its slice."""
    return await conn.fetch(
        """
        SELECT m.slice_id, m.sequence, m.kind, m.amount_minor, m.reference, s.agreement_id, s.start_date
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT o.slice_id, o.sequence, o.kind, o.amount_minor, o.reference FROM deposit_movement AS o
            WHERE o.platform_id = $1 AND o.reference = k.reference AND o.kind IN ('BILLED', 'RECEIVED', 'PAID')
        ) AS m
        CROSS JOIN LATERAL (
            SELECT o.agreement_id, o.start_date FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.slice_id = m.slice_id LIMIT 1
        ) AS s
        ORDER BY m.sequence
        """,
        conn.platform_id,
        keys,
    )


async def find_releasable(conn: Connection, *, now: datetime, limit: int) -> list[Row]:
    """Slices whose day has come: those that go back by themselves, those that have to be told, and bills that end."""
    return await conn.fetch(
        f"""
        SELECT {_SLICE}
        FROM (
            SELECT * FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND {has_begun("o.releasable_date", zone="o.zone", at="$2")}
                AND o.status IN ('DUE', 'HELD', 'RELEASABLE')
                AND (o.release = 'ON_DATE' OR o.status <> 'RELEASABLE')
            ORDER BY o.releasable_date, o.slice_id LIMIT $3
        ) AS s {_OWNER}
        ORDER BY s.releasable_date, s.slice_id
        """,
        conn.platform_id,
        now,
        limit,
    )


async def set_releasable(conn: Connection, *, slice_ids: Sequence[int]) -> None:
    """Say of slices that they may go back."""
    await conn.execute(
        """
        UPDATE deposit_slice AS s SET status = 'RELEASABLE'
        FROM unnest($2::bigint[]) AS k (slice_id)
        WHERE s.platform_id = $1 AND s.slice_id = k.slice_id AND s.status = 'HELD'
        """,
        conn.platform_id,
        slice_ids,
    )


async def reserve_ids(conn: Connection, *, count: int) -> list[int]:
    """Take numbers ahead: the entries of a slice name it."""
    return await reserve_numbers(conn, sequence="deposit_slice_slice_id_seq", count=count)


async def write_slices(conn: Connection, *, slices: Sequence[Sequence[Any]], moves: Sequence[Sequence[Any]]) -> None:
    """
    Write slices as they stand now with the steps that brought them there, given as columns, by one statement.

    Slices: id, agreement, party, book, sheet, principal, due, claimed, released, forfeited, instant, start, end,
    releasable, currency, kind, release, status, lapsed, zone. Steps: slice, sequence, sheet, counterparty, amount,
    instant, kind, reference, reason, actor, order.
    """
    await conn.execute(
        """
        WITH slices AS (
            INSERT INTO deposit_slice (
                platform_id, slice_id, agreement_id, party_id, book_id, sheet_id, principal_minor, due_minor,
                claimed_minor, released_minor, forfeited_minor, opened_at, start_date, end_date, releasable_date,
                currency, kind, release, status, lapsed_minor, zone
            )
            OVERRIDING SYSTEM VALUE
            SELECT $1, s.* FROM unnest(
                $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                $9::bigint[], $10::bigint[], $11::bigint[], $12::timestamptz[], $13::date[], $14::date[], $15::date[],
                $16::text[], $17::text[], $18::text[], $19::text[], $20::bigint[], $21::text[]
            ) AS s
            ON CONFLICT (platform_id, slice_id) DO UPDATE SET
                due_minor = excluded.due_minor, claimed_minor = excluded.claimed_minor,
                released_minor = excluded.released_minor, forfeited_minor = excluded.forfeited_minor,
                status = excluded.status, lapsed_minor = excluded.lapsed_minor
        )
        INSERT INTO deposit_movement (
            platform_id, slice_id, sequence, sheet_id, counterparty_id, amount_minor, moved_at, kind, reference, reason,
            actor, order_reference
        )
        SELECT $1, m.* FROM unnest(
            $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[], $27::timestamptz[], $28::text[],
            $29::text[], $30::text[], $31::text[], $32::text[]
        ) AS m
        """,
        conn.platform_id,
        *slices,
        *moves,
    )


async def has_agreements(conn: Connection) -> bool:
    """Whether anybody agreed to anything."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT 1 FROM deposit_agreement AS o WHERE o.platform_id = $1 AND o.agreement_id > 0)",
        conn.platform_id,
    )
    return found


async def find_released(conn: Connection, *, agreement_ids: Sequence[int]) -> list[int]:
    """The places in the log of what slices of these agreements gave back as lines of their parties' open sheets."""
    rows = await conn.fetch(
        """
        SELECT m.sequence FROM unnest($2::bigint[]) AS k (agreement_id)
        CROSS JOIN LATERAL (
            SELECT o.slice_id FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.agreement_id = k.agreement_id AND o.slice_id > 0 AND o.released_minor > 0
        ) AS s
        CROSS JOIN LATERAL (
            SELECT o.sequence FROM deposit_movement AS o
            WHERE o.platform_id = $1 AND o.slice_id = s.slice_id AND o.kind = 'RELEASED' AND o.sheet_id IS NULL
        ) AS m
        ORDER BY m.sequence
        """,
        conn.platform_id,
        agreement_ids,
    )
    return [row["sequence"] for row in rows]


async def find_closed_sheets(conn: Connection, *, after: int, through: int) -> list[Row]:
    """The sheets that closed in this stretch of the log whose party has an agreement."""
    return await conn.fetch(
        """
        SELECT v.sequence, substr(v.subject, 7)::bigint AS sheet_id
        FROM log_event AS v
        WHERE v.platform_id = $1 AND v.sequence > $2 AND v.sequence <= $3 AND v.kind = 'sheet.closed'
            AND EXISTS (
                SELECT 1 FROM unnest(v.parties) AS k (party_id)
                CROSS JOIN LATERAL (
                    SELECT 1 FROM deposit_agreement AS o
                    WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.agreement_id > 0
                    LIMIT 1
                ) AS a
            )
        ORDER BY v.sequence
        """,
        conn.platform_id,
        after,
        through,
    )
