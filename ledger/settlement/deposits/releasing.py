"""
Slices whose day has come: told, and released where the agreement says that they go back by themselves. A bill ends with
what it secures: what has not come in by then is asked for no more, what has goes the way of any slice.
"""

from datetime import datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.noting import Noted, note
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.model import DATE_STEP, DischargeDraft, MoveKind, Release, Slice
from ledger.settlement.deposits.moving import post_moves, to_slice
from ledger.settlement.deposits.slicing import lapse

# What one transaction moves; whoever asks comes again until there is none.
SLICES_AT_ONCE = 500


async def release_due_slices(conn: Connection, *, now: datetime, actor: Actor) -> int:
    """
    Make releasable what ended before today where it is counted, and release what goes back on its date, at most 500
    slices; how many.

    What of it is billed and has not come in lapses first. The day comes from the slice, so a run that is
    late or repeated does nothing else. Events deposit.releasable and, as its money moves, deposit.lapsed and
    deposit.released.
    """
    await lock_log(conn)
    found = [to_slice(row) for row in await sql.find_releasable(conn, now=now, limit=SLICES_AT_ONCE)]
    if not found:
        return 0
    bills = [lapse(part, reference=DATE_STEP, reason=note(Noted.END_OF_BILL)) for part in found if part.due]
    await post_moves(conn, moves=bills, actor=actor, now=now)
    ended = {move.after.slice_id: move.after for move in bills}
    parts = [part for part in (ended.get(part.slice_id, part) for part in found) if part.left]
    fresh = [part for part in parts if part.status == "HELD"]
    await sql.set_releasable(conn, slice_ids=[part.slice_id for part in fresh])
    await log_events(conn, events=[_tell(part, now) for part in fresh], actor=actor)
    drafts = [
        DischargeDraft(MoveKind.RELEASED, part.slice_id, DATE_STEP, note(Noted.RELEASE_DATE))
        for part in parts
        if part.release is Release.ON_DATE
    ]
    counted = {*ended, *(part.slice_id for part in fresh)}
    outcomes = await discharge_slices(conn, drafts=drafts, actor=actor, now=now, is_granted=True)
    for draft, outcome in zip(drafts, outcomes, strict=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"what a slice holds can be released: {outcome.error}")
        if not outcome.replayed:
            counted.add(draft.slice_id)
    return len(counted)


def _tell(part: Slice, now: datetime) -> EventDraft:
    said = {"slice": part.slice_id, "agreement": part.agreement, "party": part.party}
    return EventDraft(
        kind="deposit.releasable",
        subject=f"deposit/{part.slice_id}",
        occurred_at=now,
        parties=(part.book_id, part.party_id),
        payload=write_json({**said, "releasableDate": part.releasable_date.isoformat()}),
    )
