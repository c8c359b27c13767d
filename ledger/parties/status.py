"""
Whether a party takes new business. A blocked or closed receiver's share goes to suspense; what it already has lives on.
"""

from datetime import datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.parties import sql
from ledger.parties.errors import PartyClosedForGood, RootStays
from ledger.parties.finding import get_party
from ledger.parties.model import Status, StatusChanged


async def close_party(conn: Connection, *, reference: str, reason: str, actor: Actor, now: datetime) -> StatusChanged:
    """Close a party for good: it takes no new business, its balances live on. Refusals: PartyMissing, RootStays."""
    return await _change(conn, reference, "CLOSED", "party.closed", reason=reason, actor=actor, now=now)


async def block_party(conn: Connection, *, reference: str, reason: str, actor: Actor, now: datetime) -> StatusChanged:
    """Block a party until it is unblocked. Refusals: PartyMissing, RootStays, PartyClosedForGood."""
    return await _change(conn, reference, "BLOCKED", "party.blocked", reason=reason, actor=actor, now=now)


async def unblock_party(conn: Connection, *, reference: str, reason: str, actor: Actor, now: datetime) -> StatusChanged:
    """Let a blocked party take business again. Refusals: PartyMissing, RootStays, PartyClosedForGood."""
    return await _change(conn, reference, "ACTIVE", "party.unblocked", reason=reason, actor=actor, now=now)


async def _change(
    conn: Connection, reference: str, status: Status, kind: str, *, reason: str, actor: Actor, now: datetime
) -> StatusChanged:
    await lock_log(conn)
    party = await get_party(conn, reference=reference, field="party")
    if party.parent_id is None:
        raise RootStays(field=("party",), reference=reference)
    if party.status == status:
        return StatusChanged(party.party_id, replayed=True)
    if party.status == "CLOSED":
        raise PartyClosedForGood(field=("party",), reference=reference)
    await sql.set_status(conn, party_id=party.party_id, status=status, reason=reason)
    payload = write_json({"party": reference, "reason": reason})
    event = EventDraft(kind, f"party/{reference}", now, (party.party_id,), payload)
    await log_events(conn, events=[event], actor=actor)
    return StatusChanged(party.party_id, replayed=False)
