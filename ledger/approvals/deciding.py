"""Deciding: one word per person, on exactly what was seen, until every seat is taken or one refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ledger.actor import Actor, is_same_person
from ledger.approvals import sql
from ledger.approvals.errors import (
    AlreadyDecided,
    ApprovalClosed,
    ApprovalMissing,
    ApprovalStale,
    MakerIsChecker,
    NotAnApprover,
)
from ledger.approvals.loading import load_approvals, load_present
from ledger.approvals.model import Approval, Decided, Decision, Judged, Status, Verdict
from ledger.approvals.seating import Place, Present, find_place, is_passed_on, name_awaited, take_place
from ledger.approvals.telling import NOBODY_THERE, tell
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events


class _Said(NamedTuple):
    """What a person has said to a request before, at which step, and whether for another."""

    verdict: Verdict
    digest: bytes
    step: int
    is_for_another: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """A decision that counts: where it was taken, and how its request stands after it."""

    decision: Decision
    place: Place
    before: Approval
    after: Approval


async def decide(
    conn: Connection, *, decisions: Sequence[Decision], actor: Actor, now: datetime
) -> list[Judged | Refused]:
    """
    Say a person's word to requests; one outcome per decision, in order. A refused one leaves its neighbours alone.

    The word counts for one open seat of the step that waits (see seating.find_place). When all seats of a step agree
    the next step opens; after the last one the request is GRANTED. One refusal makes it REJECTED. Whoever calls this
    applies what was decided, in the same transaction. The same word said again is a replay; but who said it for
    another, and would say it for himself now that a later step waits, is told that his word is in.

    Refusals, first match wins: ApprovalMissing, MakerIsChecker, AlreadyDecided, ApprovalClosed, ApprovalStale,
        NotAnApprover.
    """
    await lock_log(conn)
    approvals = await load_approvals(conn, approval_ids=sorted({each.approval_id for each in decisions}))
    present = await load_present(conn, actor=actor.name, now=now)
    said = await _find_said(conn, approvals, actor)
    words: list[_Word] = []
    outcomes: list[Judged | Refused] = []
    for decision in decisions:
        approval = approvals.get(decision.approval_id)
        judged = _judge(decision, approval, said, actor=actor, present=present, now=now)
        if isinstance(judged, LedgerError):
            outcomes.append(Refused(judged))
        elif judged is None:
            assert approval is not None, "only a known request is replayed"
            outcomes.append(Judged(approval.approval_id, approval.status, approval.step, True, None))
        else:
            words.append(judged)
            approvals[decision.approval_id] = judged.after
            place = judged.place
            said[decision.approval_id] = _Said(
                decision.verdict, decision.digest, place.seat.step, place.delegation is not None
            )
            outcomes.append(_outcome(judged, actor))
    await _write(conn, words, actor=actor, present=present, now=now)
    return outcomes


def _judge(
    decision: Decision,
    approval: Approval | None,
    said: dict[int, _Said],
    *,
    actor: Actor,
    present: Present,
    now: datetime,
) -> _Word | LedgerError | None:
    """The word that counts, why it does not, or None for a replay."""
    if approval is None:
        return ApprovalMissing(field=("approval",), approval=decision.approval_id)
    before = said.get(approval.approval_id)
    is_same = before is not None and before[:2] == (decision.verdict, decision.digest)
    if is_same and approval.maker != actor.name and not _speaks_anew(before, approval, actor, present, now):
        return None
    refusal = _refuse(decision, approval, actor)
    if refusal is not None:
        return refusal
    place = find_place(approval, actor=actor.name, present=present, now=now)
    if place is None:
        awaited = ", ".join(name_awaited(approval, present=present, now=now))
        number = approval.approval_id
        return NotAnApprover(field=("approval",), approval=number, actor=actor.name, awaited=awaited)
    after = take_place(approval, place, actor=actor.name, verdict=decision.verdict, now=now)
    return _Word(decision, place, approval, replace(after, awaited=name_awaited(after, present=present, now=now)))


def _speaks_anew(before: _Said | None, approval: Approval, actor: Actor, present: Present, now: datetime) -> bool:
    """
    Whether somebody who spoke for another has a place of his own in the step that waits by now, were his word not in:
    it is that step he means, and he must not hear that all is well.
    """
    if before is None or not before.is_for_another or approval.status is not Status.PENDING:
        return False
    unheard = replace(approval, counted=approval.counted - {actor.name})
    place = find_place(unheard, actor=actor.name, present=present, now=now) if approval.step > before.step else None
    return place is not None and place.delegation is None


def _refuse(decision: Decision, approval: Approval, actor: Actor) -> LedgerError | None:
    number = approval.approval_id
    if is_same_person(approval.maker, actor.name):
        return MakerIsChecker(field=("approval",), approval=number, actor=actor.name)
    if any(is_same_person(each, actor.name) for each in approval.counted):
        return AlreadyDecided(field=("approval",), approval=number, actor=actor.name)
    if approval.status is not Status.PENDING:
        return ApprovalClosed(field=("approval",), approval=number, status=approval.status.value)
    if decision.digest != approval.digest:
        return ApprovalStale(field=("digest",), approval=number)
    return None


def _outcome(word: _Word, actor: Actor) -> Judged:
    after = word.after
    decided = None
    if after.status is not Status.PENDING:
        decided = Decided(
            approval_id=after.approval_id,
            kind=after.kind,
            subject=after.subject,
            digest=after.digest,
            status=after.status,
            maker=after.maker,
            actor=actor.name,
            comment=word.decision.comment,
            content=after.content,
        )
    return Judged(after.approval_id, after.status, after.step, False, decided)


async def _find_said(conn: Connection, approvals: dict[int, Approval], actor: Actor) -> dict[int, _Said]:
    """What the person has said to these requests before, so that the same again is a replay."""
    spoken = [number for number, each in approvals.items() if actor.name in each.counted]
    rows = await sql.find_said(conn, approval_ids=spoken, actor=actor.name) if spoken else []
    return {
        row["approval_id"]: _Said(Verdict(row["verdict"]), row["digest"], row["step"], row["is_for_another"])
        for row in rows
    }


async def _write(conn: Connection, words: Sequence[_Word], *, actor: Actor, present: Present, now: datetime) -> None:
    if not words:
        return
    rows = [_decision_row(word) for word in words]
    await sql.insert_decisions(conn, rows=transpose(rows), actor=actor.name, now=now)
    await sql.move_approvals(conn, moved=[word.after for word in words], now=now)
    events = [event for word in words for event in _tell(word, present=present, now=now)]
    await log_events(conn, events=events, actor=actor)


def _decision_row(word: _Word) -> tuple[object, ...]:
    place, decision = word.place, word.decision
    return (
        decision.approval_id,
        place.delegation.delegation_id if place.delegation else None,
        place.seat.step,
        place.seat.seat,
        decision.verdict.value,
        place.capacity.value,
        place.delegation.from_actor if place.delegation else None,
        word.before.maker,
        decision.comment,
        decision.digest,
    )


def _tell(word: _Word, *, present: Present, now: datetime) -> list[EventDraft]:
    after, place = word.after, word.place
    events = [
        tell(
            "decided",
            after,
            now=now,
            verdict=word.decision.verdict.value,
            capacity=place.capacity.value,
            onBehalfOf=place.delegation.from_actor if place.delegation else None,
            comment=word.decision.comment,
        )
    ]
    if after.status is not Status.PENDING:
        return [*events, tell(after.status.value.lower(), after, now=now)]
    if after.step > word.before.step and is_passed_on(after, present=present):
        events.append(tell("escalated", after, now=now, reason=NOBODY_THERE))
    return events
