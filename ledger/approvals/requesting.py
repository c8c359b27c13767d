"""Asking for approval: the flow is chosen and frozen, and whom it waits for is told as an event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.approvals import sql
from ledger.approvals.flows import choose_flow, find_flows_for, seats_of
from ledger.approvals.loading import load_approvals, load_present
from ledger.approvals.model import Approval, ApprovalRequest, Flow, Requested, Status
from ledger.approvals.seating import find_due, is_passed_on, name_awaited
from ledger.approvals.telling import NOBODY_THERE, tell
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


class _Asked(NamedTuple):
    """A request that somebody has to agree to, with the flow that says so."""

    request: ApprovalRequest
    flow: Flow
    resubmission_of: int | None


class _Opened(NamedTuple):
    """The numbers of requests by kind and subject, and what is told of them."""

    ids: dict[tuple[str, str], int]
    events: list[EventDraft]


async def request_approvals(
    conn: Connection, *, requests: Sequence[ApprovalRequest], maker: Actor, now: datetime
) -> list[Requested]:
    """
    Ask for approval of what shall happen; one answer per request, in order. No two are about one subject.

    NOT_REQUIRED when no flow fits: the caller goes on at once. The same request that waits already is a replay; one
    of other content, or one that goes on at once, overtakes what waits on its subject, which becomes STALE. Written
    with events, under the log's lock. A place that nobody there can take is escalated at once.
    """
    await lock_log(conn)
    flows = await find_flows_for(conn, requests=requests)
    chosen = [choose_flow(flows, request=request) for request in requests]
    if not flows and not any(chosen):
        # Nobody was ever asked about such a thing, so nothing of it can wait: this is most platforms' way.
        return [Requested(None, Status.NOT_REQUIRED) for _ in requests]
    return await open_requests(conn, requests=requests, flows=chosen, maker=maker, now=now)


async def request_by_place(
    conn: Connection, *, requests: Mapping[int, ApprovalRequest], maker: Actor, now: datetime
) -> dict[int, Requested]:
    """
    Ask about what stands at some places of a batch; the answers of what has to wait, by place. What is left out goes on
    at once. See request_approvals.
    """
    answers = await request_approvals(conn, requests=list(requests.values()), maker=maker, now=now)
    return {place: each for place, each in zip(requests, answers, strict=True) if each.state is Status.PENDING}


async def is_required(conn: Connection, *, request: ApprovalRequest) -> bool:
    """Tell whether somebody would have to agree to this if it were asked now."""
    return choose_flow(await find_flows_for(conn, requests=[request]), request=request) is not None


async def request_again(
    conn: Connection, *, request: ApprovalRequest, resubmission_of: int, maker: Actor, now: datetime
) -> Requested:
    """Ask again for what was refused before, by the flow that fits now; the log is locked."""
    flow = choose_flow(await find_flows_for(conn, requests=[request]), request=request)
    (requested,) = await open_requests(
        conn, requests=[request], flows=[flow], resubmission_of=resubmission_of, maker=maker, now=now
    )
    return requested


async def open_requests(
    conn: Connection,
    *,
    requests: Sequence[ApprovalRequest],
    flows: Sequence[Flow | None],
    maker: Actor,
    now: datetime,
    resubmission_of: int | None = None,
) -> list[Requested]:
    """
    Write the requests that have a flow. What else waits on the subjects of all of them becomes STALE: also where one
    goes on at once, for then something is done to its subject that nobody who was asked has seen. The log is locked.
    """
    if not requests:
        return []
    wanted = [
        _Asked(replace(request, party_id=flow.party_id or request.party_id), flow, resubmission_of)
        for request, flow in zip(requests, flows, strict=True)
        if flow is not None
    ]
    keys = [_key_of(each.request) for each in wanted]
    if len(set(keys)) < len(keys):
        raise InvariantBroken("a subject is asked about once at a time")
    kinds, names = (list(column) for column in zip(*sorted(set(map(_key_of, requests))), strict=True))
    waiting = {(r["kind"], r["subject"]): r for r in await sql.find_waiting(conn, kinds=kinds, subjects=names)}
    digests = {key: each.request.digest for key, each in zip(keys, wanted, strict=True)}
    same = {key: row["approval_id"] for key, row in waiting.items() if row["digest"] == digests.get(key)}
    overtaken = sorted(row["approval_id"] for key, row in waiting.items() if key not in same)
    fresh = [each for key, each in zip(keys, wanted, strict=True) if key not in same]
    events = await _overtake(conn, approval_ids=overtaken, now=now)
    opened = await _insert(conn, fresh, maker=maker, now=now)
    events += opened.events
    if events:
        await log_events(conn, events=events, actor=maker)
    return [
        Requested(None, Status.NOT_REQUIRED) if flow is None else _answer(_key_of(request), same, opened.ids)
        for request, flow in zip(requests, flows, strict=True)
    ]


def _key_of(request: ApprovalRequest) -> tuple[str, str]:
    return request.kind.value, request.subject


def _answer(
    key: tuple[str, str], same: Mapping[tuple[str, str], int], fresh: Mapping[tuple[str, str], int]
) -> Requested:
    if key in same:
        return Requested(same[key], Status.PENDING, replayed=True)
    return Requested(fresh[key], Status.PENDING)


async def _overtake(conn: Connection, *, approval_ids: Sequence[int], now: datetime) -> list[EventDraft]:
    """What waits on a subject that has changed is asked for no longer."""
    if not approval_ids:
        return []
    approvals = await load_approvals(conn, approval_ids=approval_ids)
    stale = [replace(each, status=Status.STALE, awaited=()) for each in approvals.values()]
    await sql.move_approvals(conn, moved=stale, now=now)
    return [tell("stale", each, now=now) for each in stale]


def _list_facts(asked: _Asked) -> dict[str, object]:
    """
    By what the flow was chosen, so that the log says who had to agree, and that nobody has changed it since; and
    whether what is agreed to is kept with it.
    """
    request = asked.request
    return {
        "amountMinor": request.amount_minor or 0,
        "currency": request.currency or "",
        "book": request.book_id or 0,
        "about": request.party_id or 0,
        "flow": asked.flow.flow_version or 0,
        "resubmissionOf": asked.resubmission_of or 0,
        "hasContent": request.content != "",
    }


async def _insert(conn: Connection, fresh: Sequence[_Asked], *, maker: Actor, now: datetime) -> _Opened:
    if not fresh:
        return _Opened({}, [])
    present = await load_present(conn, actor=maker.name, now=now)
    drafts = [_open(each, maker=maker, now=now) for each in fresh]
    drafts = [replace(each, awaited=name_awaited(each, present=present, now=now)) for each in drafts]
    rows = await sql.insert_approvals(
        conn,
        requests=[each.request for each in fresh],
        flow_versions=[each.flow.flow_version for each in fresh],
        dues=[each.due_at for each in drafts],
        resubmissions=[each.resubmission_of for each in fresh],
        awaited=[each.awaited for each in drafts],
        maker=maker.name,
        now=now,
    )
    ids = {(row["kind"], row["subject"]): row["approval_id"] for row in rows}
    opened = [replace(each, approval_id=ids[each.kind.value, each.subject]) for each in drafts]
    await sql.insert_seats(conn, seats=[(each.approval_id, seat) for each in opened for seat in each.seats])
    events = []
    for approval, each in zip(opened, fresh, strict=True):
        events.append(tell("requested", approval, now=now, description=approval.description, **_list_facts(each)))
        if is_passed_on(approval, present=present):
            events.append(tell("escalated", approval, now=now, reason=NOBODY_THERE))
    return _Opened(ids, events)


def _open(asked: _Asked, *, maker: Actor, now: datetime) -> Approval:
    """A request at its first step, before it has a number."""
    request = asked.request
    return Approval(
        approval_id=0,
        kind=request.kind,
        subject=request.subject,
        digest=request.digest,
        content=request.content,
        description=request.description,
        maker=maker.name,
        status=Status.PENDING,
        step=1,
        amount_minor=request.amount_minor,
        currency=request.currency,
        book_id=request.book_id,
        party_id=request.party_id,
        requested_at=now,
        due_at=find_due(asked.flow.steps[0].due_hours, now=now),
        escalated_at=None,
        seats=seats_of(asked.flow),
        counted=frozenset(),
        filled=frozenset(),
    )
