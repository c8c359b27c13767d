"""Standing in for somebody for a time: he says who and until when, and may end it."""

from datetime import datetime

from ledger.actor import Actor
from ledger.approvals import sql
from ledger.approvals.errors import DelegationMissing, Why
from ledger.approvals.loading import load_present, read_delegation
from ledger.approvals.model import Delegation, Kind
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


async def delegate(
    conn: Connection,
    *,
    to: str,
    kind: Kind | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Delegation:
    """
    Let another person decide in the actor's place from `starts_at` until before `ends_at`, for one kind or for all.

    It reaches the seats that name the actor, never those that another delegated to him, and not what the actor asked
    for himself. It ends when he leaves.

    Refusals: InvalidInput for a time that is over or none, for himself, or for somebody who has no operator's key.
    """
    await lock_log(conn)
    operators = (await load_present(conn, actor=actor.name, now=now)).operators
    if not starts_at < ends_at or ends_at <= now:
        raise InvalidInput(field=("ends_at",), reason=Why.DELEGATION_ENDS)
    if to == actor.name or to not in operators:
        raise InvalidInput(field=("to",), reason=Why.DELEGATION_TO_ANOTHER)
    if actor.name not in operators:
        raise InvalidInput(field=("to",), reason=Why.NOTHING_TO_DELEGATE)
    draft = Delegation(0, actor.name, to, kind, starts_at, ends_at)
    number = await sql.insert_delegation(conn, delegation=draft, reason=reason, now=now)
    delegation = draft._replace(delegation_id=number)
    await _tell(conn, delegation, actor=actor, now=now, reason=reason)
    return delegation


async def end_delegation(conn: Connection, *, delegation_id: int, actor: Actor, now: datetime) -> Delegation:
    """
    End a delegation of one's own now; ending it twice changes nothing.

    Refusals: DelegationMissing.
    """
    await lock_log(conn)
    row = await sql.end_delegation(conn, delegation_id=delegation_id, actor=actor.name, now=now)
    if row is None:
        raise DelegationMissing(field=("delegation",), actor=actor.name, delegation=delegation_id)
    delegation = read_delegation(row)
    if row["is_fresh"]:
        await _tell(conn, delegation, actor=actor, now=now, reason="ended")
    return delegation


async def _tell(conn: Connection, delegation: Delegation, *, actor: Actor, now: datetime, reason: str) -> None:
    payload = {
        "delegation": delegation.delegation_id,
        "from": delegation.from_actor,
        "to": delegation.to_actor,
        "kind": delegation.kind,
        "startsAt": delegation.starts_at.isoformat(),
        "endsAt": delegation.ends_at.isoformat(),
        "reason": reason,
    }
    text = write_json(payload)
    event = EventDraft("approval.delegated", f"delegation/{delegation.delegation_id}", now, (), text)
    await log_events(conn, events=[event], actor=actor)
