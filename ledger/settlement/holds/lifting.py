"""Holds lifted: partly or whole, by a person, by their date, by the end of their dispute; never more than they hold."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.finding import find_same
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.approvals.requesting import request_by_place
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, InvariantBroken, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.noting import Noted, note
from ledger.parties.finding import find_parties_by_id
from ledger.settlement.holds import sql
from ledger.settlement.holds.errors import HoldConflict, HoldEnded, HoldExceeded, HoldMissing, Why
from ledger.settlement.holds.model import DATE_STEP, DISPUTE_STEP, Hold, LiftDraft, Lifted
from ledger.settlement.holds.moving import Part, Step, post_steps
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first
from ledger.settlement.sheets.approving import renew_requests
from ledger.settlement.sheets.model import MovementKind, Status, Take
from ledger.settlement.sheets.payable import take_from_sheets

# A sheet on its way to what it comes to: its party may dispute it, so that what is owed from it is not netted then.
UNSETTLED = (
    *(Status.OPEN, Status.CLOSING, Status.CLOSED, Status.CONFIRM_PENDING, Status.DISPUTED, Status.ADJUSTED),
    *(Status.CONFIRMED, Status.APPROVAL, Status.APPROVED),
)

# What one transaction moves; whoever asks comes again until there is none.
HOLDS_AT_ONCE = 500

Outcome = Lifted | Refused
# Steps that were done, by hold and key.
_Steps = Mapping[tuple[int, str], sql.Row]


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a draft lifts, and what its hold still holds then."""

    draft: LiftDraft
    hold: Hold
    amount: int
    left: int


async def lift_holds(
    conn: Connection, *, drafts: Sequence[LiftDraft], actor: Actor, now: datetime, is_granted: bool = False
) -> list[Outcome]:
    """
    Lift holds; one outcome per draft, in order. The same step again is a replay.

    What was held of accrued money comes back as a line on the party's open sheet; of a closed sheet, it can be paid
    from there again. Where a flow asks for approval it waits, and nothing moves before it is granted; it is chosen by
    all that is then lifted of the hold.

    Refusals, first match wins: HoldMissing, InvalidInput for another currency, HoldConflict for a step's key that was
        used for another amount or reason, or to place the hold, HoldEnded, HoldExceeded.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=_get_key):
        done = await _find_steps(conn, stretch)
        outcomes += await _lift_stretch(conn, stretch, done, actor=actor, now=now, is_granted=is_granted)
    return outcomes


async def _lift_stretch(
    conn: Connection, drafts: Sequence[LiftDraft], done: _Steps, *, actor: Actor, now: datetime, is_granted: bool
) -> list[Outcome]:
    """As lift_holds, of drafts that say one thing by a key each; `done` are the steps by those keys."""
    first = find_first(map(_get_key, drafts))
    verdicts: dict[int, Outcome] = {}
    fits = await _judge(conn, drafts, first, verdicts, done=done, is_granted=is_granted)
    if not is_granted:
        requests = {place: _request(fit) for place, fit in fits.items()}
        for place, answer in (await request_by_place(conn, requests=requests, maker=actor, now=now)).items():
            fit = fits[place]
            left = fit.left + fit.amount
            verdicts[place] = Lifted(fit.hold.hold_id, 0, left, 0, answer.replayed, answer.approval_id)
    going = [(place, fit) for place, fit in fits.items() if place not in verdicts]
    sequences = await _lift(conn, [fit for _, fit in going], actor=actor, now=now)
    for (place, fit), sequence in zip(going, sequences, strict=True):
        verdicts[place] = Lifted(fit.hold.hold_id, fit.amount, fit.left, sequence, False)
    return answer_each(verdicts, first=first)


async def check_lift(conn: Connection, *, draft: LiftDraft) -> bool:
    """
    Check that a hold could be lifted so, were it agreed to now; False where that step of it was taken already.

    Refusals: those of lift_holds.
    """
    verdicts: dict[int, Outcome] = {}
    done = await _find_steps(conn, [draft])
    fits = await _judge(conn, [draft], [0], verdicts, done=done, is_granted=True)
    if isinstance(refused := verdicts.get(0), Refused):
        raise refused.error
    return bool(fits)


async def release_due_holds(conn: Connection, *, now: datetime, actor: Actor) -> int:
    """
    Lift the holds that end by themselves and whose date has come in their zone, at most 500; how many were lifted.

    A date is the same on every run, so a run that is late or repeated does nothing else.
    """
    await lock_log(conn)
    rows = await sql.find_due(conn, now=now, limit=HOLDS_AT_ONCE)
    drafts = [LiftDraft(row["hold_id"], DATE_STEP, note(Noted.RELEASE_DATE)) for row in rows]
    return await _lift_all(conn, drafts, actor=actor, now=now)


async def lift_of_disputes(
    conn: Connection, *, endings: Mapping[str, str], taken: Collection[str], actor: Actor, now: datetime
) -> int:
    """
    Lift what is held for these disputes, each with the reason given, but of closed sheets for those that took from
    their merchants; the log is locked. How many were lifted.
    """
    rows = await sql.find_of_disputes(conn, disputes=list(endings), taken=list(taken))
    drafts = [LiftDraft(row["hold_id"], DISPUTE_STEP, endings[row["dispute_reference"]]) for row in rows]
    return await _lift_all(conn, drafts, actor=actor, now=now)


async def lift_of_lost(conn: Connection, *, actor: Actor, now: datetime) -> int:
    """
    Lift what is held of closed sheets for disputes that took from their merchants, where that is on agreed sheets by
    now, or was paid by others, at most 500; the log is locked. How many were lifted: the log tells of it, so whoever
    follows it comes again.
    """
    rows = await sql.find_settled(conn, unsettled=[status.value for status in UNSETTLED], limit=HOLDS_AT_ONCE)
    drafts = [
        LiftDraft(row["hold_id"], DISPUTE_STEP, note(Noted.LOSS_PAID if row["is_paid"] else Noted.LOSS_ON_SHEET))
        for row in rows
    ]
    return await _lift_all(conn, drafts, actor=actor, now=now)


async def _lift_all(conn: Connection, drafts: Sequence[LiftDraft], *, actor: Actor, now: datetime) -> int:
    """Lift by steps that happen by themselves; one whose key a person took before that was refused has another."""
    if not drafts:
        return 0
    others = [replace(draft, reference=f"{draft.reference}/lifted") for draft in drafts]
    done = await _find_steps(conn, [*drafts, *others])
    drafts = [other if _get_key(draft) in done else draft for draft, other in zip(drafts, others, strict=True)]
    outcomes = await _lift_stretch(conn, drafts, done, actor=actor, now=now, is_granted=True)
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"an open hold can be lifted: {outcome.error}")
    return sum(isinstance(outcome, Lifted) and not outcome.replayed for outcome in outcomes)


async def _judge(
    conn: Connection,
    drafts: Sequence[LiftDraft],
    first: Sequence[int],
    verdicts: dict[int, Outcome],
    *,
    done: _Steps,
    is_granted: bool,
) -> dict[int, _Fit]:
    ids = sorted({draft.hold_id for draft in drafts})
    holds = {row["hold_id"]: _to_hold(row) for row in await sql.find_holds(conn, hold_ids=ids)}
    waiting = {} if is_granted else await find_same(conn, requests=_list_requests(drafts, holds))
    left = {hold_id: hold.left for hold_id, hold in holds.items()}
    fits: dict[int, _Fit] = {}
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        try:
            hold = _find(draft, holds)
            row = done.get((draft.hold_id, draft.reference))
            if row is not None:
                _check_done(draft, row)
                verdicts[place] = Lifted(hold.hold_id, row["amount_minor"], left[hold.hold_id], row["sequence"], True)
                continue
            if place in waiting:
                verdicts[place] = Lifted(hold.hold_id, 0, left[hold.hold_id], 0, True, waiting[place])
                continue
            amount = _amount(draft, hold, left[hold.hold_id])
            left[hold.hold_id] -= amount
            fits[place] = _Fit(draft, hold, amount, left[hold.hold_id])
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    return fits


async def _find_steps(conn: Connection, drafts: Sequence[LiftDraft]) -> _Steps:
    """The steps that were done by the keys of these, by hold and key."""
    rows = await sql.find_steps(conn, hold_ids=[d.hold_id for d in drafts], references=[d.reference for d in drafts])
    return {(row["hold_id"], row["reference"]): row for row in rows}


def _get_key(draft: LiftDraft) -> tuple[int, str]:
    return draft.hold_id, draft.reference


def _check_done(draft: LiftDraft, row: sql.Row) -> None:
    """Whoever says no amount means all that was left, which is what was lifted then."""
    is_same = row["kind"] == "LIFTED" and row["reason"] == draft.reason
    if not is_same or draft.amount not in (None, row["amount_minor"]):
        raise HoldConflict(field=("reference",), reference=draft.reference)


def _find(draft: LiftDraft, holds: Mapping[int, Hold]) -> Hold:
    hold = holds.get(draft.hold_id)
    if hold is None:
        raise HoldMissing(field=("hold",), hold=draft.hold_id)
    if draft.amount is not None and draft.currency not in ("", hold.currency):
        facts = {"hold": draft.hold_id, "currency": hold.currency}
        raise InvalidInput(field=("currency",), reason=Why.CURRENCY_OF_HOLD, **facts)
    return hold


def _amount(draft: LiftDraft, hold: Hold, left: int) -> int:
    if left == 0:
        raise HoldEnded(field=("hold",), hold=hold.hold_id)
    amount = left if draft.amount is None else draft.amount
    if amount > left:
        raise HoldExceeded(
            field=("amount",),
            hold=hold.hold_id,
            currency=hold.currency,
            left=money.format_amount(left, currency=hold.currency),
            amount=money.format_amount(amount, currency=hold.currency),
        )
    return amount


def _to_hold(row: sql.Row) -> Hold:
    names = (
        *("hold_id", "party_id", "book_id", "currency", "account_code", "sheet_id", "amount_minor", "lifted_minor"),
        *("reason", "order_reference", "expected_release_date"),
    )
    return Hold(*(row[name] for name in names))


def _list_requests(drafts: Sequence[LiftDraft], holds: Mapping[int, Hold]) -> dict[int, ApprovalRequest]:
    """What would be asked for each draft, by its place, if nothing stood against it; only the words of it count."""
    known = {place: holds[draft.hold_id] for place, draft in enumerate(drafts) if draft.hold_id in holds}
    fits = {place: _Fit(drafts[place], hold, drafts[place].amount or hold.left, 0) for place, hold in known.items()}
    return {place: _request(fit) for place, fit in fits.items() if fit.amount}


def _request(fit: _Fit) -> ApprovalRequest:
    content = fit.draft.content
    if fit.draft.amount is None:
        # Who agrees sees how much it is, whatever the hold holds by then.
        currency = fit.hold.currency
        said = {"amount": money.format_amount(fit.amount, currency=currency), "currency": currency}
        content = write_content({**json.loads(content), **said})
    return ApprovalRequest(
        kind=Kind.HOLD,
        subject=f"hold/{fit.hold.hold_id}/lift/{fit.draft.reference}",
        digest=digest_content(content),
        # In parts it would be below an amount that the whole of it reaches.
        amount_minor=fit.hold.amount - fit.left,
        currency=fit.hold.currency,
        book_id=fit.hold.book_id,
        party_id=fit.hold.party_id,
        description=f"Hold {fit.hold.hold_id} lifted: {fit.draft.reason}",
        content=content,
    )


async def _lift(conn: Connection, fits: Sequence[_Fit], *, actor: Actor, now: datetime) -> list[int]:
    """Give back to the sheets, post the entries, write the movements; each entry's place in the log."""
    if not fits:
        return []
    of_sheets = [
        (fit, Take(fit.hold.sheet_id, MovementKind.HELD, -fit.amount, f"hold/{fit.hold.hold_id}"))
        for fit in fits
        if fit.hold.sheet_id is not None
    ]
    events: dict[tuple[int, str], tuple[EventDraft, ...]] = {}
    given = await take_from_sheets(conn, takes=[take for _, take in of_sheets], actor=actor, now=now)
    for (fit, _), outcome in zip(of_sheets, given, strict=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"what a hold took of a sheet can go back: {outcome.error}")
        events[fit.hold.hold_id, fit.draft.reference] = outcome.events
    names = await find_parties_by_id(conn, party_ids={fit.hold.party_id for fit in fits})
    steps = [
        Step(
            fit.hold,
            "LIFTED",
            (Part(fit.draft.reference, fit.amount, None),),
            fit.left,
            fit.draft.reason,
            names[fit.hold.party_id].reference,
            {},
            events.get((fit.hold.hold_id, fit.draft.reference), ()),
        )
        for fit in fits
    ]
    movements = [movement for (movement,) in await post_steps(conn, steps=steps, actor=actor, now=now)]
    await sql.lift_holds(conn, movements=transpose(movements))
    await renew_requests(conn, sheet_ids=[take.sheet_id for _, take in of_sheets], actor=actor, now=now)
    return [movement.sequence for movement in movements]
