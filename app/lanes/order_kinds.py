"""Work on orders and by what they are charged that goes through lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.lanes.calls import Call, make_batch_kind, make_single_kind
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
from ledger.journal.model import Refused


class Release(NamedTuple):
    """A suspense item by its number, where it goes, and which of its openings is meant; None is the last."""

    item: int
    to: Destination
    opening: int | None = None


async def _record(
    conn: Connection, events: list[OrderEvent], actor: Actor, now: datetime
) -> Sequence[Recorded | Refused]:
    return await record_order_events(conn, events=events, actor=actor, now=now)


async def _publish(conn: Connection, plan: FeePlan, actor: Actor, now: datetime) -> Proposed:
    return await propose_plan(conn, plan=plan, actor=actor, now=now)


async def _release(conn: Connection, release: Release, actor: Actor, now: datetime) -> Released:
    item, to, opening = release
    return await release_suspense(conn, item=item, to=to, actor=actor, now=now, opening=opening)


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


RECORD_ORDER_EVENTS: LaneKind[Call[OrderEvent], Recorded | Refused] = LaneKind(
    "record_order_events", _record_around_refusals
)
PUBLISH_FEE_PLAN = make_single_kind("publish_fee_plan", _publish)
RELEASE_SUSPENSE = make_single_kind("release_suspense", _release)
