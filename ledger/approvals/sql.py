"""Every statement of approvals, shaped for arrays: their number does not depend on the list."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.approvals.model import Approval, ApprovalRequest, Delegation, Flow, Seat
from ledger.db.columns import texts
from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_flows(conn: Connection, *, kinds: Sequence[str]) -> list[Row]:
    """The last definition for each set of conditions, retired ones included."""
    return await conn.fetch(
        """
        SELECT DISTINCT ON (f.kind, f.book_id, f.party_id, f.currency, f.from_amount_minor)
            f.flow_version, f.kind, f.name, f.book_id, f.party_id, f.currency, f.from_amount_minor, f.steps,
            f.is_retired
        FROM approval_flow AS f
        WHERE f.platform_id = $1 AND f.kind = ANY($2::text[])
        ORDER BY f.kind, f.book_id, f.party_id, f.currency, f.from_amount_minor, f.flow_version DESC
        """,
        conn.platform_id,
        kinds,
    )


async def insert_flow(conn: Connection, *, flow: Flow, steps: str, actor: str, now: datetime) -> int:
    """Add a definition under the next number; the log is locked."""
    version: int = await conn.fetchval(
        """
        INSERT INTO approval_flow (
            platform_id, flow_version, from_amount_minor, book_id, party_id, defined_at, is_retired, name, kind,
            currency, steps, defined_by
        )
        SELECT $1, coalesce(max(f.flow_version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
        FROM approval_flow AS f WHERE f.platform_id = $1
        RETURNING flow_version
        """,
        conn.platform_id,
        flow.from_amount_minor,
        flow.book_id,
        flow.party_id,
        now,
        flow.is_retired,
        flow.name,
        flow.kind.value,
        flow.currency,
        steps,
        actor,
    )
    return version


async def find_waiting(conn: Connection, *, kinds: Sequence[str], subjects: Sequence[str]) -> list[Row]:
    """The requests that wait on these subjects, given as columns."""
    return await conn.fetch(
        """
        SELECT a.approval_id, a.kind, a.subject, a.digest
        FROM unnest($2::text[], $3::text[]) AS k (kind, subject)
        CROSS JOIN LATERAL (
            SELECT o.approval_id, o.kind, o.subject, o.digest FROM approval AS o
            WHERE o.platform_id = $1 AND o.kind = k.kind AND o.subject = k.subject AND o.status = 'PENDING' LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        kinds,
        subjects,
    )


async def insert_approvals(
    conn: Connection,
    *,
    requests: Sequence[ApprovalRequest],
    flow_versions: Sequence[int | None],
    dues: Sequence[datetime | None],
    resubmissions: Sequence[int | None],
    awaited: Sequence[Sequence[str]],
    maker: str,
    now: datetime,
) -> list[Row]:
    """Add requests at their first step; their ids with kind and subject, which no two of them share."""
    return await conn.fetch(
        """
        INSERT INTO approval (
            platform_id, book_id, party_id, amount_minor, resubmission_of, requested_at, step_opened_at, due_at,
            flow_version, step, kind, subject, currency, description, content, maker, status, digest, awaited
        )
        SELECT $1, r.book_id, r.party_id, r.amount, r.resubmission_of, $2, $2, r.due_at, r.flow_version, 1, r.kind,
            r.subject, r.currency, r.description, r.content, $3, 'PENDING', r.digest,
            string_to_array(r.awaited, chr(31))
        FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::integer[], $10::text[],
            $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::text[]
        ) AS r (
            book_id, party_id, amount, resubmission_of, due_at, flow_version, kind, subject, currency, description,
            content, digest, awaited
        )
        RETURNING approval_id, kind, subject
        """,
        conn.platform_id,
        now,
        maker,
        [request.book_id for request in requests],
        [request.party_id for request in requests],
        [request.amount_minor for request in requests],
        resubmissions,
        dues,
        flow_versions,
        [request.kind.value for request in requests],
        [request.subject for request in requests],
        [request.currency for request in requests],
        [request.description for request in requests],
        [request.content for request in requests],
        [request.digest for request in requests],
        [texts(names) for names in awaited],
    )


async def insert_seats(conn: Connection, *, seats: Sequence[tuple[int, Seat]]) -> None:
    """Freeze the seats of requests, each with its request's id."""
    rows = [
        {
            "approval_id": approval_id,
            "step": seat.step,
            "seat": seat.seat,
            "due_hours": seat.due_hours,
            "approvers": seat.approvers,
            "substitutes": seat.substitutes,
            "escalates_to": seat.escalates_to,
        }
        for approval_id, seat in seats
    ]
    await conn.execute(
        """
        INSERT INTO approval_seat (
            platform_id, approval_id, due_hours, step, seat, approvers, substitutes, escalates_to
        )
        SELECT $1, s.approval_id, s.due_hours, s.step, s.seat, s.approvers, s.substitutes, s.escalates_to
        FROM jsonb_to_recordset($2::jsonb) AS s (
            approval_id bigint, due_hours integer, step smallint, seat smallint, approvers text[], substitutes text[],
            escalates_to text[]
        )
        """,
        conn.platform_id,
        json.dumps(rows),
    )


# What `Approval` needs, with its seats and decisions as JSON.
_APPROVAL = """
    SELECT a.approval_id, a.kind, a.subject, a.digest, a.content, a.description, a.maker, a.status, a.step,
        a.amount_minor, a.currency, a.book_id, a.party_id, a.requested_at, a.due_at, a.escalated_at, a.awaited,
        (
            SELECT json_agg(json_build_object(
                'step', s.step, 'seat', s.seat, 'due_hours', s.due_hours, 'approvers', s.approvers,
                'substitutes', s.substitutes, 'escalates_to', s.escalates_to
            ) ORDER BY s.step, s.seat)
            FROM approval_seat AS s WHERE s.platform_id = a.platform_id AND s.approval_id = a.approval_id
        )::text AS seats,
        (
            SELECT json_agg(json_build_object(
                'step', d.step, 'seat', d.seat, 'actor', d.actor, 'verdict', d.verdict,
                'on_behalf_of', d.on_behalf_of
            ) ORDER BY d.step, d.seat)
            FROM approval_decision AS d WHERE d.platform_id = a.platform_id AND d.approval_id = a.approval_id
        )::text AS decisions
"""


async def find_approvals(conn: Connection, *, approval_ids: Sequence[int]) -> list[Row]:
    """Requests by id, whatever their status."""
    return await conn.fetch(
        f"""
        {_APPROVAL} FROM unnest($2::bigint[]) AS k (approval_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM approval AS o WHERE o.platform_id = $1 AND o.approval_id = k.approval_id LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        approval_ids,
    )


async def find_stale_waiting(
    conn: Connection, *, after: int, limit: int, present: Sequence[str], now: datetime
) -> list[Row]:
    """Requests that are newly overdue, or were told to wait for somebody who is not there now; by id, after one."""
    return await conn.fetch(
        f"""
        {_APPROVAL} FROM approval AS a
        WHERE a.platform_id = $1 AND a.status = 'PENDING' AND a.approval_id > $2
            AND ((a.due_at <= $5 AND a.escalated_at IS NULL) OR NOT a.awaited <@ $4::text[])
        ORDER BY a.approval_id LIMIT $3
        """,
        conn.platform_id,
        after,
        limit,
        present,
        now,
    )


async def find_granted(conn: Connection, *, kind: str, subject: str, digest: bytes) -> int | None:
    """The last granted request of exactly this."""
    found: int | None = await conn.fetchval(
        """
        SELECT a.approval_id FROM approval AS a
        WHERE a.platform_id = $1 AND a.kind = $2 AND a.subject = $3 AND a.status <> 'PENDING'
            AND a.status = 'GRANTED' AND a.digest = $4
        ORDER BY a.approval_id DESC LIMIT 1
        """,
        conn.platform_id,
        kind,
        subject,
        digest,
    )
    return found


async def find_said(conn: Connection, *, approval_ids: Sequence[int], actor: str) -> list[Row]:
    """What a person has said to requests, at which step, and whether for another."""
    return await conn.fetch(
        """
        SELECT d.approval_id, d.verdict, d.digest, d.step, d.on_behalf_of IS NOT NULL AS is_for_another
        FROM unnest($2::bigint[]) AS k (approval_id)
        CROSS JOIN LATERAL (
            SELECT o.approval_id, o.verdict, o.digest, o.step, o.on_behalf_of FROM approval_decision AS o
            WHERE o.platform_id = $1 AND o.approval_id = k.approval_id AND o.actor = $3 LIMIT 1
        ) AS d
        """,
        conn.platform_id,
        approval_ids,
        actor,
    )


async def insert_decisions(conn: Connection, *, rows: Sequence[Sequence[Any]], actor: str, now: datetime) -> None:
    """Write what a person said, as columns; before the requests are moved on."""
    await conn.execute(
        """
        INSERT INTO approval_decision (
            platform_id, approval_id, delegation_id, decided_at, step, seat, verdict, capacity, actor, on_behalf_of,
            maker, comment, digest
        )
        SELECT $1, d.approval_id, d.delegation_id, $3, d.step, d.seat, d.verdict, d.capacity, $2, d.on_behalf_of,
            d.maker, d.comment, d.digest
        FROM unnest(
            $4::bigint[], $5::bigint[], $6::smallint[], $7::smallint[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::text[], $13::bytea[]
        ) AS d (approval_id, delegation_id, step, seat, verdict, capacity, on_behalf_of, maker, comment, digest)
        """,
        conn.platform_id,
        actor,
        now,
        *rows,
    )


async def move_approvals(conn: Connection, *, moved: Sequence[Approval], now: datetime) -> None:
    """Bring requests to where they stand now: a step, when it is due and whom it waits for, or an end."""
    await conn.execute(
        """
        UPDATE approval AS a
        SET status = m.status, step = m.step, awaited = string_to_array(m.awaited, chr(31)), due_at = m.due_at,
            escalated_at = m.escalated_at,
            closed_at = CASE m.status WHEN 'PENDING' THEN NULL ELSE $2::timestamptz END,
            step_opened_at = CASE WHEN a.step = m.step THEN a.step_opened_at ELSE $2::timestamptz END
        FROM unnest($3::bigint[], $4::text[], $5::smallint[], $6::timestamptz[], $7::timestamptz[], $8::text[])
            AS m (approval_id, status, step, due_at, escalated_at, awaited)
        WHERE a.platform_id = $1 AND a.approval_id = m.approval_id
        """,
        conn.platform_id,
        now,
        [each.approval_id for each in moved],
        [each.status.value for each in moved],
        [each.step for each in moved],
        [each.due_at for each in moved],
        [each.escalated_at for each in moved],
        [texts(each.awaited) for each in moved],
    )


async def insert_delegation(conn: Connection, *, delegation: Delegation, reason: str, now: datetime) -> int:
    """Add a delegation; its number."""
    number: int = await conn.fetchval(
        """
        INSERT INTO approval_delegation (
            platform_id, starts_at, ends_at, created_at, kind, from_actor, to_actor, reason
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING delegation_id
        """,
        conn.platform_id,
        delegation.starts_at,
        delegation.ends_at,
        now,
        delegation.kind,
        delegation.from_actor,
        delegation.to_actor,
        reason,
    )
    return number


async def end_delegation(conn: Connection, *, delegation_id: int, actor: str, now: datetime) -> Row | None:
    """
    End a delegation of a person's own, whichever time it had; None when he has none of this number. `is_fresh` when it
    is this that ended it.
    """
    return await conn.fetchrow(
        """
        UPDATE approval_delegation AS d SET ended_at = coalesce(d.ended_at, $4)
        FROM (
            SELECT o.delegation_id, o.ended_at IS NULL AS is_fresh FROM approval_delegation AS o
            WHERE o.platform_id = $1 AND o.delegation_id = $2 AND o.from_actor = $3
        ) AS before
        WHERE d.platform_id = $1 AND d.delegation_id = before.delegation_id
        RETURNING d.delegation_id, d.from_actor, d.to_actor, d.kind, d.starts_at,
            least(d.ends_at, d.ended_at) AS ends_at,
            before.is_fresh
        """,
        conn.platform_id,
        delegation_id,
        actor,
        now,
    )


async def find_delegations(conn: Connection, *, actor: str | None, now: datetime) -> list[Row]:
    """The delegations to one person, or to anybody, that hold at an instant, oldest first."""
    return await conn.fetch(
        """
        SELECT d.delegation_id, d.from_actor, d.to_actor, d.kind, d.starts_at, d.ends_at
        FROM approval_delegation AS d
        WHERE d.platform_id = $1 AND ($2::text IS NULL OR d.to_actor = $2) AND d.starts_at <= $3 AND d.ends_at > $3
            AND (d.ended_at IS NULL OR d.ended_at > $3)
        ORDER BY d.delegation_id
        """,
        conn.platform_id,
        actor,
        now,
    )
