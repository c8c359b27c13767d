"""Requests, and who is there, as the store has them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger.access import keys
from ledger.access.model import Role
from ledger.approvals import sql
from ledger.approvals.model import Approval, Delegation, Kind, Seat, Status, is_person
from ledger.approvals.seating import Present
from ledger.approvals.sql import Row
from ledger.db.transacting import Connection


async def load_approvals(conn: Connection, *, approval_ids: Sequence[int]) -> dict[int, Approval]:
    """Requests by id; unknown ones are left out. One statement."""
    rows = await sql.find_approvals(conn, approval_ids=approval_ids)
    return {row["approval_id"]: read_approval(row) for row in rows}


async def load_present(conn: Connection, *, actor: str | None, now: datetime) -> Present:
    """Which people are there now, with the delegations to one person or to anybody. Two statements."""
    operators = await keys.find_live_actors(conn, role=Role.OPERATOR, now=now)
    rows = await sql.find_delegations(conn, actor=actor, now=now)
    return Present(frozenset(filter(is_person, operators)), [read_delegation(row) for row in rows])


def read_approval(row: Row) -> Approval:
    """A request from its row with seats and decisions as JSON text."""
    decisions = json.loads(row["decisions"] or "[]")
    return Approval(
        approval_id=row["approval_id"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        digest=row["digest"],
        content=row["content"],
        description=row["description"],
        maker=row["maker"],
        status=Status(row["status"]),
        step=row["step"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        book_id=row["book_id"],
        party_id=row["party_id"],
        requested_at=row["requested_at"],
        due_at=row["due_at"],
        escalated_at=row["escalated_at"],
        seats=tuple(_read_seat(seat) for seat in json.loads(row["seats"])),
        counted=frozenset(name for d in decisions for name in (d["actor"], d["on_behalf_of"]) if name),
        filled=frozenset((d["step"], d["seat"]) for d in decisions),
        awaited=tuple(row["awaited"]),
    )


def read_delegation(row: Row) -> Delegation:
    """A delegation from its row."""
    kind = Kind(row["kind"]) if row["kind"] else None
    return Delegation(row["delegation_id"], row["from_actor"], row["to_actor"], kind, row["starts_at"], row["ends_at"])


def _read_seat(seat: Mapping[str, Any]) -> Seat:
    return Seat(
        step=seat["step"],
        seat=seat["seat"],
        approvers=tuple(seat["approvers"]),
        substitutes=tuple(seat["substitutes"]),
        escalates_to=tuple(seat["escalates_to"]),
        due_hours=seat["due_hours"],
    )
