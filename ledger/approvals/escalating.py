"""Nothing waits in silence: what is overdue, or waits for somebody who has left, is passed on and told."""

from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals import sql
from ledger.approvals.loading import load_present, read_approval
from ledger.approvals.model import ANY_OPERATOR, Approval
from ledger.approvals.seating import Present, is_overdue, name_awaited
from ledger.approvals.telling import NOBODY_THERE, OVERDUE, tell
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events

# Requests looked at in one transaction: each is a few rows, so the log is not kept for long.
MOST_LOOKED_AT = 1_000


async def escalate(conn: Connection, *, actor: Actor, now: datetime, after: int = 0) -> int | None:
    """
    Tell of up to 1,000 requests, in the order of their ids after the one given, that somebody else is waited for than
    was told last: because the step is overdue, or because a person has left. Returns the last id looked at, None when
    there are no more.

    Who stands in may act as soon as the reason is there; this tells them. Looking again changes nothing.
    """
    await lock_log(conn)
    present = await load_present(conn, actor=actor.name, now=now)
    there = [*present.operators, ANY_OPERATOR]
    rows = await sql.find_stale_waiting(conn, after=after, limit=MOST_LOOKED_AT, present=there, now=now)
    moved: list[Approval] = []
    events: list[EventDraft] = []
    for before in map(read_approval, rows):
        current = _look(before, present=present, now=now)
        if current != before:
            moved.append(current)
        if not set(current.awaited) <= set(before.awaited):
            late = current.escalated_at != before.escalated_at
            events.append(tell("escalated", current, now=now, reason=OVERDUE if late else NOBODY_THERE))
    if moved:
        await sql.move_approvals(conn, moved=moved, now=now)
    if events:
        await log_events(conn, events=events, actor=actor)
    return rows[-1]["approval_id"] if len(rows) == MOST_LOOKED_AT else None


def _look(approval: Approval, *, present: Present, now: datetime) -> Approval:
    late = is_overdue(approval, now=now) and approval.escalated_at is None
    marked = replace(approval, escalated_at=now) if late else approval
    return replace(marked, awaited=name_awaited(marked, present=present, now=now))
