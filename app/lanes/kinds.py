"""Every kind of work that goes through lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from app.lanes.calls import Call, make_batch_kind, make_single_kind
from app.lanes.manual_entries import ManualEntry, post_named_entries
from app.lanes.registry import LaneKind
from ledger.actor import Actor
from ledger.charging.errors import BatchRefused
from ledger.charging.event import OrderEvent
from ledger.charging.proposing import Proposed, propose_plan
from ledger.charging.rates import FeePlan
from ledger.charging.recording import Recorded, record_order_events
from ledger.charging.suspense import Destination, Released, release_suspense
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.closing import Closed, close_period
from ledger.journal.errors import BookMissing
from ledger.journal.manual import reverse_manual_entries
from ledger.journal.model import Posted, Refused
from ledger.journal.reversing import Reversal
from ledger.parties import moving, status
from ledger.parties.finding import find_parties
from ledger.parties.model import Moved, PartyDraft, Registered, StatusChanged
from ledger.parties.registering import register_parties


class Move(NamedTuple):
    """A party and its new parent, by reference."""

    party: str
    to: str


class StatusChange(NamedTuple):
    """A party by reference, and why its status changes."""

    party: str
    reason: str


class Closing(NamedTuple):
    """A legal entity by reference, and the last day of the period."""

    legal_entity: str
    through: date


class Release(NamedTuple):
    """A suspense item by its number, and where it goes."""

    item: int
    to: Destination


async def _register(
    conn: Connection, drafts: list[PartyDraft], actor: Actor, now: datetime
) -> Sequence[Registered | Refused]:
    return await register_parties(conn, drafts=drafts, actor=actor, now=now)


async def _post(
    conn: Connection, entries: list[ManualEntry], actor: Actor, now: datetime
) -> Sequence[Posted | Refused]:
    return await post_named_entries(conn, entries=entries, actor=actor)


async def _reverse(
    conn: Connection, reversals: list[Reversal], actor: Actor, now: datetime
) -> Sequence[Posted | Refused]:
    return await reverse_manual_entries(conn, reversals=reversals, actor=actor)


async def _record(
    conn: Connection, events: list[OrderEvent], actor: Actor, now: datetime
) -> Sequence[Recorded | Refused]:
    return await record_order_events(conn, events=events, actor=actor, now=now)


async def _move(conn: Connection, move: Move, actor: Actor, now: datetime) -> Moved:
    return await moving.move_party(conn, reference=move.party, to=move.to, actor=actor, now=now)


async def _close(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.close_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


async def _block(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.block_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


async def _unblock(conn: Connection, change: StatusChange, actor: Actor, now: datetime) -> StatusChanged:
    return await status.unblock_party(conn, reference=change.party, reason=change.reason, actor=actor, now=now)


async def _publish(conn: Connection, plan: FeePlan, actor: Actor, now: datetime) -> Proposed:
    return await propose_plan(conn, plan=plan, actor=actor, now=now)


async def _close_period(conn: Connection, closing: Closing, actor: Actor, now: datetime) -> Closed:
    parties = await find_parties(conn, references=[closing.legal_entity])
    entity = parties.get(closing.legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legal_entity",), book=closing.legal_entity)
    return await close_period(conn, book_id=entity.party_id, through=closing.through, actor=actor, now=now)


async def _release(conn: Connection, release: Release, actor: Actor, now: datetime) -> Released:
    return await release_suspense(conn, item=release.item, to=release.to, actor=actor, now=now)


_RECORD = make_batch_kind("record_order_events", _record)


async def _record_around_refusals(
    database: Database, platform_id: int, calls: Sequence[Call[OrderEvent]]
) -> Sequence[Recorded | Refused]:
    """
    Record a batch; should the journal refuse one of its events, which is rare, record those before it, itself and those
    after it apart. Should a later part then fail and the lane try again, the earlier parts come out as replays.
    """
    outcomes: list[Recorded | Refused] = []
    parts = [calls]
    while parts:
        part = parts.pop()
        try:
            outcomes += await _RECORD.run_batch(database, platform_id, part)
        except BatchRefused as refused:
            if len(part) == 1:
                outcomes.append(Refused(refused.error))
                continue
            place = next(at for at, call in enumerate(part) if call.value.event_id == refused.event_id)
            parts += [each for each in (part[place + 1 :], part[place : place + 1], part[:place]) if each]
    return outcomes


REGISTER_PARTIES = make_batch_kind("register_parties", _register)
POST_ENTRIES = make_batch_kind("post_entries", _post)
REVERSE_ENTRIES = make_batch_kind("reverse_entries", _reverse)
RECORD_ORDER_EVENTS: LaneKind[Call[OrderEvent], Recorded | Refused] = LaneKind(
    "record_order_events", _record_around_refusals
)
MOVE_PARTY = make_single_kind("move_party", _move)
CLOSE_PARTY = make_single_kind("close_party", _close)
BLOCK_PARTY = make_single_kind("block_party", _block)
UNBLOCK_PARTY = make_single_kind("unblock_party", _unblock)
PUBLISH_FEE_PLAN = make_single_kind("publish_fee_plan", _publish)
CLOSE_PERIOD = make_single_kind("close_period", _close_period)
RELEASE_SUSPENSE = make_single_kind("release_suspense", _release)
