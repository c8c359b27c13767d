"""Approvals: the inbox of a person, requests with their seats and what was said, flows, delegations."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.actor import fold_name
from ledger.db.transacting import Connection
from ledger.reporting import sql_approvals
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span


class ApprovalRow(NamedTuple):
    """A request; `content` is empty where only the digest is kept, `book` a legal entity's reference."""

    approval_id: int
    kind: str
    subject: str
    digest: bytes
    content: str
    description: str
    amount_minor: int | None
    currency: str | None
    book_id: int | None
    party_id: int | None
    maker: str
    status: str
    step: int
    awaited: list[str]
    requested_at: datetime
    step_opened_at: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    closed_at: datetime | None
    resubmission_of: int | None


class SeatRow(NamedTuple):
    """A place of a request, and who took it, if anybody did."""

    step: int
    seat: int
    approvers: list[str]
    substitutes: list[str]
    escalates_to: list[str]
    due_hours: int | None
    verdict: str | None
    capacity: str | None
    actor: str | None
    on_behalf_of: str | None
    comment: str | None
    decided_at: datetime | None


class HistoryRow(NamedTuple):
    """An event of a request; `payload` is JSON text."""

    kind: str
    actor: str
    occurred_at: datetime
    payload: str


class FlowRow(NamedTuple):
    """A flow in force; `steps` is JSON text."""

    flow_version: int
    kind: str
    name: str
    book_id: int | None
    party_id: int | None
    currency: str | None
    from_amount_minor: int
    steps: str
    defined_by: str
    defined_at: datetime


class DelegationRow(NamedTuple):
    """A delegation, whether it holds, has ended or is yet to come."""

    delegation_id: int
    from_actor: str
    to_actor: str
    kind: str | None
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    reason: str


class OverrideRow(NamedTuple):
    """Rates of a merchant's own; `content` is what was agreed to, as JSON text."""

    override_version: int
    party_id: int
    approval_id: int
    valid_from: date
    valid_through: date
    content: str


async def list_approvals(
    conn: Connection,
    *,
    actor: str | None,
    status: str | None,
    kind: str | None,
    subject: str | None,
    now: datetime,
    span: Span,
) -> list[ApprovalRow]:
    """
    Requests, the oldest first; with an actor only those that wait for this person now: he may decide, by himself, for
    somebody who delegated to him, or because nobody else is there or in time.
    """
    alike = [] if actor is None else _pair_alike(await sql_approvals.list_names(conn))
    rows = await sql_approvals.list_approvals(
        conn, actor=actor, alike=alike, status=status, kind=kind, subject=subject, now=now, span=span
    )
    return [read_row(ApprovalRow, row) for row in rows]


async def load_approvals(conn: Connection, *, keys: Sequence[int]) -> list[ApprovalRow | None]:
    """Requests by id."""
    rows = await sql_approvals.find_approvals(conn, approval_ids=keys)
    return place(rows, keys, lambda row: read_row(ApprovalRow, row))


async def load_seats(conn: Connection, *, keys: Sequence[int]) -> list[list[SeatRow]]:
    """The seats of each of these requests, with the word that was said at them, in order."""
    rows = await sql_approvals.find_seats(conn, approval_ids=keys)
    return group(rows, keys, lambda row: read_row(SeatRow, row))


async def load_history(conn: Connection, *, keys: Sequence[int]) -> list[list[HistoryRow]]:
    """What happened to each of these requests, in order."""
    rows = await sql_approvals.find_history(conn, approval_ids=keys)
    return group(rows, keys, lambda row: read_row(HistoryRow, row))


async def list_flows(conn: Connection, *, kind: str | None) -> list[FlowRow]:
    """The flows in force, by kind and conditions."""
    rows = await sql_approvals.list_flows(conn, kind=kind)
    return [read_row(FlowRow, row) for row in rows]


async def list_delegations(conn: Connection, *, actor: str | None, now: datetime, span: Span) -> list[DelegationRow]:
    """Delegations that hold or are yet to come, to or from one person or of anybody; the last made first."""
    rows = await sql_approvals.list_delegations(conn, actor=actor, now=now, span=span)
    return [read_row(DelegationRow, row) for row in rows]


async def list_overrides(conn: Connection, *, party: str | None, span: Span) -> list[OverrideRow]:
    """Rates of merchants' own, of one or of all, the last granted first."""
    rows = await sql_approvals.list_overrides(conn, party=party, span=span)
    return [read_row(OverrideRow, row) for row in rows]


def _pair_alike(names: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of different names that are one person's, both ways round; pure."""
    ways: dict[str, list[str]] = {}
    for name in names:
        ways.setdefault(fold_name(name), []).append(name)
    return [pair for each in ways.values() for pair in itertools.permutations(each, 2)]
