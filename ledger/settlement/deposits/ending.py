"""Agreements that end: nothing more comes in under them, and what was billed is asked for no more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.requesting import request_by_place
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.noting import Noted, note
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.asking import AGREEMENTS, draft_request, outdate_endings
from ledger.settlement.deposits.errors import AgreementEnded, AgreementMissing
from ledger.settlement.deposits.model import END_STEP, Agreement, Ended, EndingDraft, Slice
from ledger.settlement.deposits.moving import post_moves, to_agreement
from ledger.settlement.deposits.receiving import find_bills
from ledger.settlement.deposits.slicing import lapse
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Ended | Refused


async def end_agreements(
    conn: Connection, *, drafts: Sequence[EndingDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    End agreements now; one outcome per draft, in order. The same one again, with the same reason, is a replay.

    What is billed under it and has not come in lapses with it (Dr 2060, Cr 1220). What it holds stays until its dates,
    and goes back, is claimed and forfeited as before. Of sheets it takes no more, but for those that closed while it
    stood. Where a flow for deposits asks for approval, by the amount that would lapse, it waits and stands. Written
    under the log's lock with events deposit.ended and deposit.lapsed.

    Refusals, first match wins: AgreementMissing, AgreementEnded where it ended for another reason, ApprovalStale where
        something else would lapse than was agreed to.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.agreement):
        outcomes += await _end_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _end_stretch(
    conn: Connection, drafts: Sequence[EndingDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    rows = await sql.find_agreements(conn, references=sorted({draft.agreement for draft in drafts}))
    agreements = {row["reference"]: to_agreement(row) for row in rows}
    bills = await find_bills(conn, agreements)
    lapsed = {number: sum(part.due for part in parts) for number, parts in bills.items()}
    over = [each.agreement_id for each in agreements.values() if each.ended_at is not None]
    before = await sql.find_lapsed(conn, agreement_ids=over, reference=END_STEP)
    lapsed |= {row["agreement_id"]: row["amount_minor"] for row in before}
    verdicts: dict[int, Outcome] = {}
    fits: dict[int, Agreement] = {}
    first = find_first(draft.agreement for draft in drafts)
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        try:
            agreement = _judge(draft, agreements, lapsed)
            if agreement.ended_at is not None:
                verdicts[place] = _write_ended(agreement, lapsed, is_replayed=True)
            else:
                fits[place] = agreement
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    verdicts |= await _ask(conn, drafts, fits, lapsed, actor=actor, now=now)
    ready = {place: agreement for place, agreement in fits.items() if place not in verdicts}
    await _end(conn, ready, drafts, bills, actor=actor, now=now)
    verdicts |= {place: _write_ended(agreement, lapsed) for place, agreement in ready.items()}
    return answer_each(verdicts, first=first)


async def check_ending(conn: Connection, *, draft: EndingDraft) -> bool:
    """
    Check that an agreement could be ended so, were it agreed to now; False where it has ended already.

    Refusals: those of end_agreements.
    """
    rows = await sql.find_agreements(conn, references=[draft.agreement])
    agreements = {row["reference"]: to_agreement(row) for row in rows}
    open_ones = {name: each for name, each in agreements.items() if each.ended_at is None}
    bills = await find_bills(conn, open_ones)
    lapsed = {number: sum(part.due for part in parts) for number, parts in bills.items()}
    return _judge(replace(draft, due=None if not open_ones else draft.due), agreements, lapsed).ended_at is None


def _judge(draft: EndingDraft, agreements: Mapping[str, Agreement], lapsed: Mapping[int, int]) -> Agreement:
    agreement = agreements.get(draft.agreement)
    if agreement is None:
        raise AgreementMissing(field=("agreement",), agreement=draft.agreement)
    if agreement.ended_at is not None and agreement.end_reason != draft.reason:
        instant = agreement.ended_at.isoformat()
        raise AgreementEnded(field=("agreement",), agreement=draft.agreement, instant=instant)
    if draft.due is not None and draft.due != lapsed.get(agreement.agreement_id, 0):
        raise ApprovalStale(field=("approval",), approval=draft.approval_id)
    return agreement


async def _ask(
    conn: Connection,
    drafts: Sequence[EndingDraft],
    fits: Mapping[int, Agreement],
    lapsed: Mapping[int, int],
    *,
    actor: Actor,
    now: datetime,
) -> dict[int, Outcome]:
    """What has to wait for other people, by its place."""
    requests = {
        place: draft_request(drafts[place], agreement=each, due=lapsed.get(each.agreement_id, 0))
        for place, each in fits.items()
        if drafts[place].due is None
    }
    answers = await request_by_place(conn, requests=requests, maker=actor, now=now)
    return {
        place: Ended(each.agreement_id, each.reference, each.currency, 0, answer.replayed, answer.approval_id)
        for place, answer in answers.items()
        for each in (fits[place],)
    }


async def _end(
    conn: Connection,
    ready: Mapping[int, Agreement],
    drafts: Sequence[EndingDraft],
    bills: Mapping[int, Sequence[Slice]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write that these end, and let lapse what is billed under them."""
    if not ready:
        return
    reasons = {each.agreement_id: drafts[place].reason for place, each in ready.items()}
    # Before its bills lapse: they may do so ahead of their day only because it has ended.
    await sql.end_agreements(conn, rows=transpose([(key, now, actor.name, said) for key, said in reasons.items()]))
    books = await resolve_books(conn, book_ids={each.book_id for each in ready.values()})
    events = [
        _tell(each, reasons[each.agreement_id], bills[each.agreement_id], entity=books[each.book_id].reference, now=now)
        for each in ready.values()
    ]
    await log_events(conn, events=events, actor=actor)
    moves = [
        lapse(part, reference=END_STEP, reason=note(Noted.END_OF_AGREEMENT))
        for each in ready.values()
        for part in bills[each.agreement_id]
    ]
    await post_moves(conn, moves=moves, actor=actor, now=now)
    await outdate_endings(conn, agreements=[each.reference for each in ready.values()], actor=actor, now=now)


def _tell(agreement: Agreement, reason: str, bills: Sequence[Slice], *, entity: str, now: datetime) -> EventDraft:
    lapses = sum(part.due for part in bills)
    said = {
        "agreement": agreement.reference,
        "party": agreement.party,
        "legalEntity": entity,
        "currency": agreement.currency,
        "amount": money.format_amount(lapses, currency=agreement.currency),
        "why": reason,
    }
    return EventDraft(
        kind="deposit.ended",
        subject=f"{AGREEMENTS}{agreement.reference}",
        occurred_at=now,
        parties=(agreement.book_id, agreement.party_id),
        payload=write_json(said),
    )


def _write_ended(agreement: Agreement, lapsed: Mapping[int, int], *, is_replayed: bool = False) -> Ended:
    amount = lapsed.get(agreement.agreement_id, 0)
    return Ended(agreement.agreement_id, agreement.reference, agreement.currency, amount, is_replayed)
