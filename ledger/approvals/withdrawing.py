"""Taking a request back, ending one whose subject has changed, and asking again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals import sql
from ledger.approvals.errors import ApprovalClosed, ApprovalMissing, ApprovalStillOpen, NotTheMaker
from ledger.approvals.finding import find_granted
from ledger.approvals.loading import load_approvals, load_present
from ledger.approvals.model import Approval, ApprovalRequest, Decided, Requested, Status
from ledger.approvals.requesting import request_again
from ledger.approvals.telling import tell
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.journal.telling import log_events

# What was asked for, and may be asked for again.
_REFUSED = (Status.REJECTED, Status.WITHDRAWN, Status.STALE)


async def withdraw(
    conn: Connection, *, approval_ids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> list[Decided | Refused]:
    """
    Take requests back; one outcome each, in order. Only their maker may; where he has no live key any more, or is a
    program or a party, any operator. Whoever calls this tells the subjects' packages, in the same transaction.

    Refusals, first match wins: ApprovalMissing, ApprovalClosed, NotTheMaker.
    """
    await lock_log(conn)
    approvals = await load_approvals(conn, approval_ids=sorted(set(approval_ids)))
    operators = (await load_present(conn, actor=actor.name, now=now)).operators
    outcomes: list[Decided | Refused] = []
    ended: list[Approval] = []
    for number in approval_ids:
        approval = approvals.get(number)
        refusal = _refuse_withdrawal(number, approval, actor=actor, operators=operators)
        if refusal is not None:
            outcomes.append(Refused(refusal))
            continue
        assert approval is not None, "an unknown request is refused"
        approvals[number] = replace(approval, status=Status.WITHDRAWN, awaited=())
        ended.append(approvals[number])
        outcomes.append(_to_decided(approvals[number], actor, reason))
    await _end(conn, ended, reason=reason, actor=actor, now=now)
    return outcomes


async def overtake(
    conn: Connection, *, approval_ids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> list[Decided]:
    """
    End requests whose subject is no longer what was asked about: what waits becomes STALE; what has ended, or is
    unknown, is left out. The caller has found that out, and tells the subjects' packages.
    """
    await lock_log(conn)
    approvals = await load_approvals(conn, approval_ids=sorted(set(approval_ids)))
    ended = [
        replace(each, status=Status.STALE, awaited=()) for each in approvals.values() if each.status is Status.PENDING
    ]
    await _end(conn, ended, reason=reason, actor=actor, now=now)
    return [_to_decided(each, actor, reason) for each in ended]


async def resubmit(conn: Connection, *, approval_id: int, actor: Actor, now: datetime) -> tuple[Requested, Decided]:
    """
    Ask again for what was rejected, withdrawn or overtaken, by the flow that fits now. Who asks again is its maker from
    then on: whoever asked first, or any operator where that one has no live key any more, or is a program or a party.
    The second value tells the subject's package: PENDING, or GRANTED where no flow asks for it any more.

    Refusals, first match wins: ApprovalMissing, NotTheMaker, ApprovalStillOpen, also where the same was granted since,
        by another request.
    """
    await lock_log(conn)
    found = (await load_approvals(conn, approval_ids=[approval_id])).get(approval_id)
    if found is None:
        raise ApprovalMissing(field=("approval",), approval=approval_id)
    operators = (await load_present(conn, actor=actor.name, now=now)).operators
    if not _may_speak_for(found, actor=actor, operators=operators):
        raise NotTheMaker(field=("approval",), approval=approval_id, maker=found.maker)
    if found.status not in _REFUSED:
        raise ApprovalStillOpen(field=("approval",), approval=approval_id, status=found.status.value)
    granted = await find_granted(conn, kind=found.kind, subject=found.subject, digest=found.digest)
    if granted is not None and granted > approval_id:
        raise ApprovalStillOpen(field=("approval",), approval=granted, status=Status.GRANTED.value)
    request = ApprovalRequest(
        kind=found.kind,
        subject=found.subject,
        digest=found.digest,
        amount_minor=found.amount_minor,
        currency=found.currency,
        book_id=found.book_id,
        party_id=found.party_id,
        description=found.description,
        content=found.content,
    )
    requested = await request_again(conn, request=request, resubmission_of=approval_id, maker=actor, now=now)
    waits = requested.state is Status.PENDING
    again = replace(
        found,
        approval_id=requested.approval_id or approval_id,
        # Without a flow nobody else has agreed to it: it is the word of who asks again.
        maker=actor.name,
        status=Status.PENDING if waits else Status.GRANTED,
    )
    return requested, _to_decided(again, actor, "")


def _refuse_withdrawal(
    number: int, approval: Approval | None, *, actor: Actor, operators: frozenset[str]
) -> LedgerError | None:
    if approval is None:
        return ApprovalMissing(field=("approval",), approval=number)
    if approval.status is not Status.PENDING:
        return ApprovalClosed(field=("approval",), approval=number, status=approval.status.value)
    if _may_speak_for(approval, actor=actor, operators=operators):
        return None
    return NotTheMaker(field=("approval",), approval=number, maker=approval.maker)


def _may_speak_for(approval: Approval, *, actor: Actor, operators: frozenset[str]) -> bool:
    """Whether somebody may take a request back, or make it again: its maker, or an operator where no operator is."""
    return approval.maker == actor.name or (approval.maker not in operators and actor.name in operators)


async def _end(conn: Connection, ended: Sequence[Approval], *, reason: str, actor: Actor, now: datetime) -> None:
    if not ended:
        return
    await sql.move_approvals(conn, moved=ended, now=now)
    events = [tell(each.status.value.lower(), each, now=now, reason=reason) for each in ended]
    await log_events(conn, events=events, actor=actor)


def _to_decided(approval: Approval, actor: Actor, comment: str) -> Decided:
    return Decided(
        approval_id=approval.approval_id,
        kind=approval.kind,
        subject=approval.subject,
        digest=approval.digest,
        status=approval.status,
        maker=approval.maker,
        actor=actor.name,
        comment=comment,
        content=approval.content,
    )
