"""Statements on holds, deposits and adjustments, for those who read. Numbers of documents grow as they are made."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ledger.db.days_sql import has_begun, has_passed
from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_books import name_book
from ledger.reporting.sql_scope import directed, within

Row = asyncpg.Record

_HOLD = """h.hold_id, h.reference, h.party_id, b.reference AS legal_entity, h.currency, h.account_code, h.sheet_id,
    h.amount_minor, h.lifted_minor, h.reason, h.legal_ground, h.release_condition, h.release_rule,
    h.expected_release_date, h.zone, h.order_reference, h.line_reference, h.dispute_reference, h.placed_by,
    h.placed_at"""
_HOLD_BOOK = name_book("h.book_id")
_LIST_HOLDS = directed(f"""
    SELECT {_HOLD} FROM hold AS h {_HOLD_BOOK}
    WHERE h.platform_id = $1 AND h.hold_id > 0
        AND ($2::bigint IS NULL OR h.party_id = $2) AND ($3::text IS NULL OR h.order_reference = $3)
        AND ($4::boolean IS NULL OR (h.lifted_minor < h.amount_minor) = $4)
        AND ($5::bigint IS NULL OR h.hold_id < $5) AND ($6::bigint IS NULL OR h.hold_id > $6)
        AND {within("h.party_id", scope="$8")}
        AND ($9::timestamptz IS NULL OR (
            h.lifted_minor < h.amount_minor
            AND {has_passed("h.expected_release_date", zone="h.zone", at="$9")}
        ))
    ORDER BY h.hold_id DESC_ LIMIT $7
""")

_AGREEMENT = """g.agreement_id, g.reference, g.party_id, b.reference AS legal_entity, g.currency, g.kind, g.role,
    g.basis, g.rate, g.base_minor, g.target_minor, g.cap_minor, g.months, g.shortfall, g.release, g.legal_ground,
    g.agreed_by, g.agreed_at, g.ended_at, coalesce(g.ended_by, '') AS ended_by,
    coalesce(g.end_reason, '') AS end_reason"""
_AGREEMENT_BOOK = name_book("g.book_id")
_LIST_AGREEMENTS = directed(f"""
    SELECT {_AGREEMENT} FROM deposit_agreement AS g {_AGREEMENT_BOOK}
    WHERE g.platform_id = $1 AND g.agreement_id > 0
        AND ($2::bigint IS NULL OR g.party_id = $2) AND ($3::text IS NULL OR g.kind = $3)
        AND ($4::bigint IS NULL OR g.agreement_id < $4) AND ($5::bigint IS NULL OR g.agreement_id > $5)
        AND ($8::boolean IS NULL OR (g.ended_at IS NULL) = $8)
        AND {within("g.party_id", scope="$7")}
    ORDER BY g.agreement_id DESC_ LIMIT $6
""")
_SLICE = """s.slice_id, s.agreement_id, s.party_id, s.currency, s.kind, s.sheet_id, s.principal_minor, s.due_minor,
    s.claimed_minor, s.released_minor, s.forfeited_minor, s.lapsed_minor, s.start_date, s.end_date, s.releasable_date,
    s.zone, s.status, s.opened_at"""

_LIST_SLICES = directed(f"""
    SELECT {_SLICE} FROM deposit_slice AS s
    WHERE s.platform_id = $1 AND ($2::bigint IS NULL OR s.party_id = $2) AND ($3::text IS NULL OR s.status = $3)
        AND ($4::date IS NULL OR (s.releasable_date <= $4 AND s.status IN ('HELD', 'RELEASABLE')))
        AND ($12::timestamptz IS NULL OR (
            {has_begun("s.releasable_date", zone="s.zone", at="$12")} AND s.status IN ('HELD', 'RELEASABLE')
        ))
        AND ($5::date IS NULL OR (s.releasable_date, s.slice_id) > ($5, $6::bigint))
        AND ($7::date IS NULL OR (s.releasable_date, s.slice_id) < ($7, $8::bigint))
        AND {within("s.party_id", scope="$10")}
        AND ($11::boolean IS NULL OR $11 = EXISTS (
            SELECT FROM deposit_movement AS c
            WHERE c.platform_id = $1 AND c.slice_id = s.slice_id AND c.kind = 'CLAIMED' AND c.counterparty_id IS NULL
                AND NOT EXISTS (
                    SELECT FROM deposit_movement AS p
                    WHERE p.platform_id = $1 AND p.slice_id = c.slice_id AND p.kind = 'CLAIM_PAID'
                        AND p.reference = c.reference
                )
        ))
    ORDER BY s.releasable_date ASC_, s.slice_id ASC_ LIMIT $9
""")

_ADJUSTMENT = """j.reference, j.kind, j.party_id, j.counterparty_id, b.reference AS legal_entity, j.currency,
    j.amount_minor, j.debit_code, j.credit_code, j.status, j.reason, j.rejection, j.order_reference, j.line_reference,
    j.attachment_sha256 AS evidence_sha256, j.approval_id, j.sequence, j.proposed_by, j.proposed_at, j.decided_by,
    j.decided_at"""
_ADJUSTMENT_BOOK = name_book("j.book_id")
_SEEN = f"({within('j.party_id', scope='{scope}')} OR {within('j.counterparty_id', scope='{scope}')})"
_LIST_ADJUSTMENTS = directed(f"""
    SELECT {_ADJUSTMENT} FROM adjustment AS j {_ADJUSTMENT_BOOK}
    WHERE j.platform_id = $1 AND j.party_id > 0
        AND ($2::bigint IS NULL OR j.party_id = $2 OR j.counterparty_id = $2)
        AND ($3::text IS NULL OR j.order_reference = $3) AND ($4::text IS NULL OR j.status = $4)
        AND ($5::timestamptz IS NULL OR (j.proposed_at, j.reference COLLATE "C") < ($5, $6::text))
        AND ($7::timestamptz IS NULL OR (j.proposed_at, j.reference COLLATE "C") > ($7, $8::text))
        AND {_SEEN.replace("{scope}", "$10")}
    ORDER BY j.proposed_at DESC_, j.reference COLLATE "C" DESC_ LIMIT $9
""")


async def list_holds(
    conn: Connection,
    *,
    party_id: int | None,
    order: str | None,
    is_open: bool | None,
    overdue_at: datetime | None,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """Holds, the newest first."""
    after, before = span.bounds
    wanted = (party_id, order, is_open, after, before, span.limit, scope, overdue_at)
    return await conn.fetch(_LIST_HOLDS[span.backward], conn.platform_id, *wanted)


async def sum_held_by_reason(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """What the open holds of these parties hold, by legal entity, currency and reason."""
    return await conn.fetch(
        f"""
        SELECT k.position, b.reference AS legal_entity, h.currency, h.reason,
            sum(h.amount_minor - h.lifted_minor)::bigint AS amount_minor, count(*) AS hold_count,
            min(h.expected_release_date) AS next_release_date
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        INNER JOIN hold AS h ON h.platform_id = $1 AND h.party_id = k.party_id AND h.lifted_minor < h.amount_minor
        {_HOLD_BOOK}
        WHERE h.hold_id > 0
        GROUP BY k.position, b.reference, h.currency, h.reason
        ORDER BY k.position, b.reference, h.currency, h.reason
        """,
        conn.platform_id,
        party_ids,
    )


async def find_holds(conn: Connection, *, hold_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Holds by number."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_HOLD} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (hold_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM hold AS o WHERE o.platform_id = $1 AND o.hold_id = k.hold_id LIMIT 1
        ) AS h {_HOLD_BOOK}
        WHERE {within("h.party_id", scope="$3")}
        """,
        conn.platform_id,
        hold_ids,
        scope,
    )


async def find_hold_steps(conn: Connection, *, hold_ids: Sequence[int]) -> list[Row]:
    """The steps of holds, in the order of the log."""
    return await conn.fetch(
        """
        SELECT k.position, m.kind, m.reference, m.amount_minor, m.reason, m.actor, m.moved_at, m.sequence,
            NULL::timestamptz AS paid_at
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (hold_id, position)
        INNER JOIN hold_movement AS m ON m.platform_id = $1 AND m.hold_id = k.hold_id
        ORDER BY k.position, m.sequence
        """,
        conn.platform_id,
        hold_ids,
    )


async def list_agreements(
    conn: Connection, *, party_id: int | None, kind: str | None, is_open: bool | None, scope: int | None, span: Span
) -> list[Row]:
    """Deposit agreements, the newest first."""
    after, before = span.bounds
    return await conn.fetch(
        _LIST_AGREEMENTS[span.backward], conn.platform_id, party_id, kind, after, before, span.limit, scope, is_open
    )


async def find_agreements(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Deposit agreements by reference."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_AGREEMENT} FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_agreement AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS g {_AGREEMENT_BOOK}
        WHERE {within("g.party_id", scope="$3")}
        """,
        conn.platform_id,
        references,
        scope,
    )


async def find_slices_of(conn: Connection, *, agreement_ids: Sequence[int]) -> list[Row]:
    """The slices of agreements, the oldest first."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_SLICE} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (agreement_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_slice AS o
            WHERE o.platform_id = $1 AND o.agreement_id = k.agreement_id AND o.slice_id > 0
        ) AS s
        ORDER BY k.position, s.slice_id
        """,
        conn.platform_id,
        agreement_ids,
    )


async def list_slices(
    conn: Connection,
    *,
    party_id: int | None,
    status: str | None,
    through: date | None,
    releasable_at: datetime | None,
    is_owed: bool | None,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """Slices by the day from which they may go back."""
    return await conn.fetch(
        _LIST_SLICES[span.backward],
        conn.platform_id,
        party_id,
        status,
        through,
        *span.read_bounds(date.fromisoformat),
        span.limit,
        scope,
        is_owed,
        releasable_at,
    )


async def find_slices(conn: Connection, *, slice_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Slices by number."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_SLICE} FROM unnest($2::bigint[]) WITH ORDINALITY AS k (slice_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM deposit_slice AS o WHERE o.platform_id = $1 AND o.slice_id = k.slice_id LIMIT 1
        ) AS s
        WHERE {within("s.party_id", scope="$3")}
        """,
        conn.platform_id,
        slice_ids,
        scope,
    )


async def find_slice_steps(conn: Connection, *, slice_ids: Sequence[int]) -> list[Row]:
    """The steps of slices, in the order of the log."""
    return await conn.fetch(
        """
        SELECT k.position, m.kind, m.reference, m.amount_minor, m.reason, m.actor, m.moved_at, m.sequence, p.paid_at
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (slice_id, position)
        INNER JOIN deposit_movement AS m ON m.platform_id = $1 AND m.slice_id = k.slice_id
        LEFT JOIN LATERAL (
            SELECT o.moved_at AS paid_at FROM deposit_movement AS o
            WHERE o.platform_id = $1 AND o.slice_id = m.slice_id AND o.kind = 'CLAIM_PAID' AND o.reference = m.reference
                AND m.kind = 'CLAIMED'
        ) AS p ON TRUE
        ORDER BY k.position, m.sequence
        """,
        conn.platform_id,
        slice_ids,
    )


async def list_adjustments(
    conn: Connection,
    *,
    party_id: int | None,
    order: str | None,
    status: str | None,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """Adjustments of parties or with them, the newest first."""
    return await conn.fetch(
        _LIST_ADJUSTMENTS[span.backward],
        conn.platform_id,
        party_id,
        order,
        status,
        *span.read_bounds(datetime.fromisoformat),
        span.limit,
        scope,
    )


async def find_adjustments(conn: Connection, *, references: Sequence[str], scope: int | None) -> list[Row]:
    """Adjustments by reference."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_ADJUSTMENT} FROM unnest($2::text[]) WITH ORDINALITY AS k (reference, position)
        CROSS JOIN LATERAL (
            SELECT * FROM adjustment AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS j {_ADJUSTMENT_BOOK}
        WHERE {_SEEN.replace("{scope}", "$3")}
        """,
        conn.platform_id,
        references,
        scope,
    )
