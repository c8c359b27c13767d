"""Who may decide now, and in whose place: pure, from what a request froze and from who is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ledger.actor import fold_name
from ledger.approvals.model import ANY_OPERATOR, Approval, Capacity, Delegation, Seat, Status, Verdict


@dataclass(frozen=True, slots=True)
class Present:
    """Who is there: the people with a live operator's key, and the delegations that anybody made."""

    operators: frozenset[str]
    delegations: Sequence[Delegation] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The seat that somebody takes, as what, and for whom."""

    seat: Seat
    capacity: Capacity
    delegation: Delegation | None = None


def find_place(approval: Approval, *, actor: str, present: Present, now: datetime) -> Place | None:
    """
    Find the place of a person in the step that waits; None when it does not wait for him.

    His own seat comes first, then one that was delegated to him, one for any operator, one where he is a substitute,
    and one that is escalated to him. The maker, whose word is in already, and who has no live operator's key has none.
    """
    if actor not in _free(approval, present):
        return None
    seats = approval.open_seats
    for seat in seats:
        if actor in seat.approvers:
            return Place(seat, Capacity.APPROVER)
    for seat in seats:
        for delegation in present.delegations:
            if _reaches(delegation, approval, seat, present=present, now=now) and delegation.to_actor == actor:
                return Place(seat, Capacity.DELEGATE, delegation)
    for seat in seats:
        if ANY_OPERATOR in seat.approvers:
            return Place(seat, Capacity.APPROVER)
    return _stand_in(approval, actor=actor, present=present, now=now)


def take_place(approval: Approval, place: Place, *, actor: str, verdict: Verdict, now: datetime) -> Approval:
    """
    A request once somebody has said a word at a place: rejected by a refusal, else on to the next step when all of this
    one agree, and granted after the last.
    """
    people = {actor} | ({place.delegation.from_actor} if place.delegation else set())
    filled = approval.filled | {(place.seat.step, place.seat.seat)}
    taken = replace(approval, counted=approval.counted | people, filled=filled)
    if verdict is Verdict.REJECT:
        return replace(taken, status=Status.REJECTED)
    if taken.open_seats:
        return taken
    if any(seat.step > approval.step for seat in approval.seats):
        ahead = replace(taken, step=approval.step + 1, escalated_at=None)
        return replace(ahead, due_at=find_due(ahead.open_seats[0].due_hours, now=now))
    return replace(taken, status=Status.GRANTED)


def find_due(due_hours: int | None, *, now: datetime) -> datetime | None:
    """When a step that opens now is overdue."""
    return None if due_hours is None else now + timedelta(hours=due_hours)


def is_vacant(approval: Approval, seat: Seat, *, present: Present) -> bool:
    """Tell whether none of a seat's approvers can take it: they left, asked themselves, or have decided elsewhere."""
    return not _matches(_free(approval, present), seat.approvers)


def is_passed_on(approval: Approval, *, present: Present) -> bool:
    """Tell whether a place of the step that waits cannot be taken by those it was meant for."""
    return any(is_vacant(approval, seat, present=present) for seat in approval.open_seats)


def is_overdue(approval: Approval, *, now: datetime) -> bool:
    """Tell whether the step that waits should have been through by now."""
    return approval.escalated_at is not None or (approval.due_at is not None and approval.due_at <= now)


def name_awaited(approval: Approval, *, present: Present, now: datetime) -> tuple[str, ...]:
    """
    Name whom the current step waits for, in order, each once: the approvers who are there, or whoever stands in for
    them; nobody once it has ended. Those to whom it is escalated are named even where they have left: then nobody can
    decide, and it has to be asked for again under another flow.
    """
    if approval.status is not Status.PENDING:
        return ()
    free, overdue = _free(approval, present), is_overdue(approval, now=now)
    names: list[str] = []
    for seat in approval.open_seats:
        there = [name for name in seat.approvers if _matches(free, (name,))]
        instead = [name for name in seat.substitutes if _matches(free, (name,))]
        names += there
        if overdue or not there:
            names += instead
        if overdue or not (there or instead):
            names += seat.escalates_to
    return tuple(dict.fromkeys(names))


def _stand_in(approval: Approval, *, actor: str, present: Present, now: datetime) -> Place | None:
    free = _free(approval, present)
    overdue = is_overdue(approval, now=now)
    waiting = [seat for seat in approval.open_seats if overdue or is_vacant(approval, seat, present=present)]
    for seat in waiting:
        if _matches((actor,), seat.substitutes):
            return Place(seat, Capacity.SUBSTITUTE)
    for seat in waiting:
        if _matches((actor,), seat.escalates_to) and (overdue or not _matches(free, seat.substitutes)):
            return Place(seat, Capacity.ESCALATION)
    return None


def _free(approval: Approval, present: Present) -> frozenset[str]:
    """Who is there, did not ask, and has not said a word yet, under whichever way of writing his name."""
    spoken = {fold_name(name) for name in (approval.maker, *approval.counted)}
    return frozenset(name for name in present.operators if fold_name(name) not in spoken)


def _matches(people: Iterable[str], named: Sequence[str]) -> bool:
    """Whether one of these people is named; all of them are operators."""
    return any(ANY_OPERATOR in named or person in named for person in people)


def _reaches(delegation: Delegation, approval: Approval, seat: Seat, *, present: Present, now: datetime) -> bool:
    # The word of somebody who has left, who asked himself or who decided already is not given through another.
    return (
        delegation.from_actor in seat.approvers
        and delegation.from_actor in _free(approval, present)
        and delegation.starts_at <= now < delegation.ends_at
        and delegation.kind in (None, approval.kind)
    )
