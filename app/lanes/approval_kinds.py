"""Approvals in lanes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from app import approving
from app.lanes.calls import Call, make_single_kind
from app.lanes.registry import LaneKind
from ledger.actor import Actor
from ledger.approvals import delegating
from ledger.approvals.defining import Defined, FlowDraft, define_flow
from ledger.approvals.model import Decision, Delegation, Judged, Kind, Requested
from ledger.approvals.reopening import request_reopening
from ledger.charging.override import OverrideDraft
from ledger.charging.overrides import request_override
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused


class Handover(NamedTuple):
    """Who decides in the actor's place, on what, and how long."""

    to: str
    kind: Kind | None
    starts_at: datetime
    ends_at: datetime
    reason: str


class ReopeningRequest(NamedTuple):
    """A legal entity by reference, the day it shall be closed through instead, and why."""

    legal_entity: str
    through: date
    reason: str


async def _decide(database: Database, platform_id: int, calls: Sequence[Call[Decision]]) -> Sequence[Judged | Refused]:
    """Decide what came together, each person's words in their order; what it leads to is in their transaction."""
    outcomes: dict[int, Judged | Refused] = {}
    for actor in dict.fromkeys(call.actor for call in calls):
        places = [place for place, call in enumerate(calls) if call.actor == actor]
        decisions = [calls[place].value for place in places]
        now = calls[places[-1]].now
        decided = await approving.decide_all(database, platform_id, decisions, actor=actor, now=now)
        outcomes.update(zip(places, decided, strict=True))
    return [outcomes[place] for place in range(len(calls))]


async def _define(conn: Connection, draft: FlowDraft, actor: Actor, now: datetime) -> Defined:
    return await define_flow(conn, draft=draft, actor=actor, now=now)


async def _delegate(conn: Connection, handover: Handover, actor: Actor, now: datetime) -> Delegation:
    return await delegating.delegate(conn, **handover._asdict(), actor=actor, now=now)


async def _end(conn: Connection, delegation_id: int, actor: Actor, now: datetime) -> Delegation:
    return await delegating.end_delegation(conn, delegation_id=delegation_id, actor=actor, now=now)


async def _reopen(conn: Connection, wanted: ReopeningRequest, actor: Actor, now: datetime) -> Requested:
    return await request_reopening(
        conn, legal_entity=wanted.legal_entity, through=wanted.through, reason=wanted.reason, maker=actor, now=now
    )


async def _override(conn: Connection, draft: OverrideDraft, actor: Actor, now: datetime) -> Requested:
    return await request_override(conn, draft=draft, maker=actor, now=now)


# What is applied may be large (a payout run, a sheet); few at a time keep the log free for others.
DECIDE: LaneKind[Call[Decision], Judged | Refused] = LaneKind("decide_approvals", _decide, batch_limit=100)
WITHDRAW_APPROVAL = make_single_kind("withdraw_approval", approving.withdraw_one)
RESUBMIT_APPROVAL = make_single_kind("resubmit_approval", approving.resubmit_one)
DEFINE_APPROVAL_FLOW = make_single_kind("define_approval_flow", _define)
DELEGATE = make_single_kind("delegate", _delegate)
END_DELEGATION = make_single_kind("end_delegation", _end)
REQUEST_RATE_OVERRIDE = make_single_kind("request_rate_override", _override)
REQUEST_REOPENING = make_single_kind("request_reopening", _reopen)
