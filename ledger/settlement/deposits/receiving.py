"""Deposits that come in as cash, and deposits that are billed and not received yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.parties.errors import PartyNotActive
from ledger.parties.finding import find_settlers
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.errors import (
    AgreementEnded,
    AgreementMissing,
    DepositAboveAgreed,
    DepositConflict,
    Why,
)
from ledger.settlement.deposits.model import Agreement, CashDraft, Move, Moved, MoveKind, Slice
from ledger.settlement.deposits.moving import BANK_CODE, post_moves, to_agreement, to_slice
from ledger.settlement.deposits.rules import find_room, move_slice
from ledger.settlement.deposits.slicing import BILLED_CODE, begin_slice
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Moved | Refused


async def record_cash(conn: Connection, *, drafts: Sequence[CashDraft], actor: Actor, now: datetime) -> list[Outcome]:
    """
    Record deposits that came in, or bill them; one outcome per draft, in order. The same one again is a replay.

    A receipt first pays what is billed under its agreement, the oldest first; the rest of it begins a slice. A bill
    begins a slice that is due and not held. Written under the log's lock with events deposit.held and deposit.due.

    Refusals, first match wins: DepositConflict, AgreementMissing, InvalidInput for another currency, AgreementEnded,
        PartyNotActive when the party is closed, which pays what was billed and leaves no more; DepositAboveAgreed.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _record_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _record_stretch(
    conn: Connection, drafts: Sequence[CashDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    references = [draft.reference for draft in drafts]
    first = find_first(references)
    # Each once: the steps of one that is asked for twice would count twice, and be another amount than it says.
    done = _gather(await sql.find_cash(conn, keys=sorted(set(references))))
    rows = await sql.find_agreements(conn, references=[draft.agreement for draft in drafts])
    agreements = {row["reference"]: to_agreement(row) for row in rows}
    due = await find_bills(conn, agreements)
    settlers = await find_settlers(conn, party_ids={agreement.party_id for agreement in agreements.values()})
    numbers = await sql.reserve_ids(conn, count=len(drafts))
    verdicts: dict[int, Outcome] = {}
    planned: dict[int, list[Move]] = {}
    for place, (draft, number) in enumerate(zip(drafts, numbers, strict=True)):
        if first[place] != place:
            continue
        try:
            if draft.reference in done:
                verdicts[place] = _replay(draft, done[draft.reference], agreements)
                continue
            agreement = _judge(draft, agreements, due)
            zone = settlers[agreement.party_id].time_zone
            planned[place] = _plan(draft, agreement, due[agreement.agreement_id], number=number, zone=zone, now=now)
            grown = sum(move.amount for move in planned[place] if move.kind is not MoveKind.PAID)
            agreements[draft.agreement] = replace(
                agreement, reached=agreement.reached + grown, left=agreement.left + grown
            )
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    sequences = iter(
        await post_moves(conn, moves=[move for moves in planned.values() for move in moves], actor=actor, now=now)
    )
    for place, moves in planned.items():
        posted = [next(sequences) for _ in moves]
        verdicts[place] = Moved(tuple(move.after.slice_id for move in moves), drafts[place].amount, posted[0], False)
    return answer_each(verdicts, first=first)


def _gather(rows: Sequence[sql.Row]) -> dict[str, list[sql.Row]]:
    done: dict[str, list[sql.Row]] = {}
    for row in rows:
        done.setdefault(row["reference"], []).append(row)
    return done


def _replay(draft: CashDraft, rows: Sequence[sql.Row], agreements: Mapping[str, Agreement]) -> Moved:
    """What the same receipt or bill did before, if it is the same."""
    kinds = {"BILLED"} if draft.kind is MoveKind.BILLED else {"RECEIVED", "PAID"}
    amount = sum(row["amount_minor"] for row in rows)
    agreement = agreements.get(draft.agreement)
    is_same = agreement is not None and (agreement.currency, draft.amount) == (draft.currency, amount)
    # What was paid of a bill is of the bill's days; what begins a slice has its own.
    begun = {row["start_date"] for row in rows if row["kind"] != "PAID"}
    is_of = {row["agreement_id"] for row in rows} == {agreement and agreement.agreement_id}
    if not is_same or not is_of or begun - {draft.start_date} or {row["kind"] for row in rows} - kinds:
        raise DepositConflict(field=("reference",), reference=draft.reference)
    return Moved(tuple(row["slice_id"] for row in rows), amount, rows[0]["sequence"], True)


async def find_bills(conn: Connection, agreements: Mapping[str, Agreement]) -> dict[int, list[Slice]]:
    """The slices that are billed under each of these agreements and have not come in whole, the oldest first."""
    due: dict[int, list[Slice]] = {each.agreement_id: [] for each in agreements.values()}
    for row in await sql.find_due_slices(conn, agreement_ids=sorted(due)):
        due[row["agreement_id"]].append(to_slice(row))
    return due


def _judge(draft: CashDraft, agreements: Mapping[str, Agreement], due: Mapping[int, Sequence[Slice]]) -> Agreement:
    agreement = agreements.get(draft.agreement)
    if agreement is None:
        raise AgreementMissing(field=("agreement",), agreement=draft.agreement)
    if agreement.currency != draft.currency:
        raise InvalidInput(
            field=("currency",),
            reason=Why.CURRENCY_OF_AGREEMENT,
            agreement=draft.agreement,
            currency=agreement.currency,
        )
    if agreement.ended_at is not None:
        instant = agreement.ended_at.isoformat()
        raise AgreementEnded(field=("agreement",), agreement=draft.agreement, instant=instant)
    billed = sum(part.due for part in due[agreement.agreement_id]) if draft.kind is MoveKind.RECEIVED else 0
    if agreement.is_of_closed_party and draft.amount > billed:
        raise PartyNotActive(field=("agreement",), reference=agreement.party, status="CLOSED")
    room = find_room(agreement)
    if room is not None:
        room += billed
    if room is not None and draft.amount > room:
        raise DepositAboveAgreed(
            field=("amount",),
            agreement=draft.agreement,
            room=money.format_amount(room, currency=draft.currency),
            currency=draft.currency,
            amount=money.format_amount(draft.amount, currency=draft.currency),
        )
    return agreement


def _plan(
    draft: CashDraft, agreement: Agreement, due: list[Slice], *, number: int, zone: str, now: datetime
) -> list[Move]:
    """The steps of one receipt or bill; `due` is kept up to date."""
    moves: list[Move] = []
    left = draft.amount
    if draft.kind is MoveKind.RECEIVED:
        for index, part in enumerate(due):
            amount = min(part.due, left)
            if amount:
                due[index] = move_slice(part, kind=MoveKind.PAID, amount=amount)
                moves.append(Move(MoveKind.PAID, due[index], amount, draft.reference, "Received.", BANK_CODE))
                left -= amount
    if left:
        start = draft.start_date
        part = begin_slice(agreement, slice_id=number, kind=draft.kind, amount=left, start=start, zone=zone, now=now)
        moves.append(_begin(draft, part, left))
        if draft.kind is MoveKind.BILLED:
            due.append(part)
    return moves


def _begin(draft: CashDraft, part: Slice, amount: int) -> Move:
    if draft.kind is MoveKind.BILLED:
        return Move(MoveKind.BILLED, part, amount, draft.reference, "Billed.", BILLED_CODE, part.party_id)
    return Move(MoveKind.RECEIVED, part, amount, draft.reference, "Received.", BANK_CODE)
