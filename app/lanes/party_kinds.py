"""Work on the tree of parties that goes through lanes, each a call of one function of the ledger."""

from datetime import datetime
from typing import NamedTuple

from app.lanes.calls import make_draft_kind, make_single_kind
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.parties import moving, status
from ledger.parties.model import Moved, StatusChanged
from ledger.settlement.terms.registering import register_settlers


class Move(NamedTuple):
    """A party and its new parent, by reference."""

    party: str
    to: str


class StatusChange(NamedTuple):
    """A party by reference, and why its status changes."""

    party: str
    reason: str


async def _move(conn: Connection, move: Move, actor: Actor, now: datetime) -> Moved:
    return await moving.move_party(conn, reference=move.party, to=move.to, actor=actor, now=now)


async def _close(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.close_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


async def _block(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.block_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


async def _unblock(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.unblock_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


REGISTER_PARTIES = make_draft_kind("register_parties", register_settlers)
MOVE_PARTY = make_single_kind("move_party", _move)
CLOSE_PARTY = make_single_kind("close_party", _close)
BLOCK_PARTY = make_single_kind("block_party", _block)
UNBLOCK_PARTY = make_single_kind("unblock_party", _unblock)
