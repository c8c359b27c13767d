"""Receipts given back: what nobody is found for, or is too much, goes to whoever sent it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.finding import find_same
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.approvals.requesting import request_by_place
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken, LedgerError
from ledger.journal.books import Book, resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft, Refused
from ledger.journal.posting import write_entries
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.errors import ReceiptMissing, ReceiptReturnConflict
from ledger.settlement.receipts.matching import load_receipts
from ledger.settlement.receipts.model import Receipt, ReturnDraft, Returned
from ledger.settlement.receipts.posting import BANK_CODE, UNIDENTIFIED_CODE
from ledger.settlement.receipts.rules import give_back, judge_return
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Returned | Refused


class _Refund(NamedTuple):
    """A return that goes on, under its number, and the receipt after it."""

    return_id: int
    draft: ReturnDraft
    amount: int
    after: Receipt


async def return_receipts(
    conn: Connection, *, drafts: Sequence[ReturnDraft], actor: Actor, now: datetime, is_granted: bool = False
) -> list[Outcome]:
    """
    Give back what is unidentified of receipts; one outcome per draft, in order. Each sees what the ones before it left,
    and the same one again is a replay.

    The money leaves the bank account of the legal entity (Dr 2210, Cr 1010). Where a flow asks for approval it waits,
    and nothing moves before somebody else has agreed (`is_granted`); it is chosen by all that is given back of the
    receipt then. Written under the log's lock with events
    receipt.returned.

    Refusals, first match wins: ReceiptReturnConflict, ReceiptMissing, those of judge_return, BalanceFloorReached where
        the bank account does not hold it, and what else the journal refuses.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _return_stretch(conn, stretch, actor=actor, now=now, is_granted=is_granted)
    return outcomes


async def _return_stretch(
    conn: Connection, drafts: Sequence[ReturnDraft], *, actor: Actor, now: datetime, is_granted: bool
) -> list[Outcome]:
    references = [draft.reference for draft in drafts]
    first = find_first(references)
    known = {row["reference"]: row for row in await sql.find_named_returns(conn, references=references)}
    receipts = await load_receipts(conn, receipt_ids={draft.receipt_id for draft in drafts})
    books = await resolve_books(conn, book_ids={receipt.book_id for receipt in receipts.values()})
    verdicts: dict[int, Outcome] = {}
    waiting = {} if is_granted else await find_same(conn, requests=_list_requests(drafts, receipts))
    fits = _judge(drafts, first, verdicts, known=known, waiting=waiting, receipts=receipts)
    if not is_granted:
        requests = _draft_requests(drafts, fits, receipts)
        for place, answer in (await request_by_place(conn, requests=requests, maker=actor, now=now)).items():
            verdicts[place] = Returned(None, drafts[place].receipt_id, 0, 0, answer.replayed, answer.approval_id)
    going = {place: amount for place, amount in fits.items() if place not in verdicts}
    verdicts.update(await _post(conn, drafts, going, receipts, books, actor=actor, now=now))
    return answer_each(verdicts, first=first)


async def check_return(conn: Connection, *, draft: ReturnDraft) -> bool:
    """
    Check that so much of a receipt could be given back, were it agreed to now, whatever the bank account holds; False
    where it was given back already.

    Refusals: ReceiptReturnConflict, ReceiptMissing, those of judge_return.
    """
    known = {row["reference"]: row for row in await sql.find_named_returns(conn, references=[draft.reference])}
    receipts = await load_receipts(conn, receipt_ids={draft.receipt_id})
    verdicts: dict[int, Outcome] = {}
    fits = _judge([draft], [0], verdicts, known=known, waiting={}, receipts=receipts)
    if isinstance(refused := verdicts.get(0), Refused):
        raise refused.error
    return bool(fits)


def _judge(
    drafts: Sequence[ReturnDraft],
    first: Sequence[int],
    verdicts: dict[int, Outcome],
    *,
    known: Mapping[str, sql.Row],
    waiting: Mapping[int, int],
    receipts: Mapping[int, Receipt],
) -> dict[int, int]:
    """How much each draft gives back that nothing stands against, by its place."""
    left = dict(receipts)
    fits: dict[int, int] = {}
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        try:
            if draft.reference in known:
                verdicts[place] = _replay(draft, known[draft.reference])
                continue
            if place in waiting:
                verdicts[place] = Returned(None, draft.receipt_id, 0, 0, True, waiting[place])
                continue
            if draft.receipt_id not in left:
                raise ReceiptMissing(field=("receipt",), receipt=draft.receipt_id)
            fits[place] = judge_return(draft, left[draft.receipt_id])
            left[draft.receipt_id] = give_back(left[draft.receipt_id], fits[place])
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    return fits


def _replay(draft: ReturnDraft, row: sql.Row) -> Returned:
    is_same = (row["receipt_id"], row["reason"]) == (draft.receipt_id, draft.reason)
    if not is_same or draft.amount not in (None, row["amount_minor"]):
        raise ReceiptReturnConflict(field=("reference",), reference=draft.reference)
    return Returned(row["return_id"], row["receipt_id"], row["amount_minor"], row["sequence"], True)


def _draft_requests(
    drafts: Sequence[ReturnDraft], fits: Mapping[int, int], receipts: Mapping[int, Receipt]
) -> dict[int, ApprovalRequest]:
    """What is asked for each draft that fits, by its place, each after those before it."""
    after = dict(receipts)
    requests = {}
    for place, amount in fits.items():
        number = drafts[place].receipt_id
        after[number] = give_back(after[number], amount)
        requests[place] = _request(drafts[place], amount, after[number])
    return requests


def _list_requests(drafts: Sequence[ReturnDraft], receipts: Mapping[int, Receipt]) -> dict[int, ApprovalRequest]:
    """What would be asked for each draft, by its place, if nothing stood against it; only the words of it count."""
    known = {place: receipts[draft.receipt_id] for place, draft in enumerate(drafts) if draft.receipt_id in receipts}
    amounts = {place: drafts[place].amount or receipt.unidentified for place, receipt in known.items()}
    return {place: _request(drafts[place], amount, known[place]) for place, amount in amounts.items() if amount}


def _request(draft: ReturnDraft, amount: int, receipt: Receipt) -> ApprovalRequest:
    """What is asked before so much is given back, of the receipt as it is after it."""
    content = draft.content
    if draft.amount is None:
        # Who agrees sees how much it is; should more be unidentified by then, that is not what he agreed to.
        said = {"amount": money.format_amount(amount, currency=receipt.currency), "currency": receipt.currency}
        content = write_content({**json.loads(content), **said})
    return ApprovalRequest(
        kind=Kind.RECEIPT_RETURN,
        subject=f"{receipt.subject}/return/{draft.reference}",
        digest=digest_content(content),
        # In parts it would be below an amount that the whole of it reaches.
        amount_minor=receipt.returned,
        currency=receipt.currency,
        book_id=receipt.book_id,
        party_id=None,
        description=f"Receipt {receipt.reference}, given back: {draft.reason}",
        content=content,
    )


async def _post(
    conn: Connection,
    drafts: Sequence[ReturnDraft],
    going: Mapping[int, int],
    receipts: Mapping[int, Receipt],
    books: Mapping[int, Book],
    *,
    actor: Actor,
    now: datetime,
) -> dict[int, Outcome]:
    """Post, tell and write what goes on; the journal may refuse what the bank account does not hold."""
    numbers = await sql.reserve_returns(conn, count=len(going))
    refunds, left = [], dict(receipts)
    for number, (place, amount) in zip(numbers, going.items(), strict=True):
        draft = drafts[place]
        left[draft.receipt_id] = give_back(left[draft.receipt_id], amount)
        refunds.append(_Refund(number, draft, amount, left[draft.receipt_id]))
    if not refunds:
        return {}
    entries = [_draft_entry(each, books[each.after.book_id], now) for each in refunds]
    written = await write_entries(
        conn,
        drafts=entries,
        events=[_tell(each, place, books[each.after.book_id], now) for place, each in enumerate(refunds)],
        actor=actor,
    )
    outcomes: dict[int, Outcome] = {}
    done: list[tuple[_Refund, int]] = []
    for place, each, outcome in zip(going, refunds, written.outcomes, strict=True):
        if isinstance(outcome, Refused):
            outcomes[place] = outcome
            continue
        if outcome.replayed:
            raise InvariantBroken(f"return {each.return_id} is posted once")
        done.append((each, outcome.sequence))
        outcomes[place] = Returned(each.return_id, each.after.receipt_id, each.amount, outcome.sequence, False)
    await _write(conn, done, receipts, actor=actor, now=now)
    return outcomes


async def _write(
    conn: Connection,
    done: Sequence[tuple[_Refund, int]],
    receipts: Mapping[int, Receipt],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if not done:
        return
    returned = {each.after.receipt_id: receipts[each.after.receipt_id].returned for each, _ in done}
    for each, _ in done:
        returned[each.after.receipt_id] += each.amount
    rows = [
        (
            *(each.return_id, each.after.receipt_id, sequence, each.amount, now),
            *(each.draft.reference, each.draft.reason, actor.name),
        )
        for each, sequence in done
    ]
    await sql.write_returns(conn, receipts=transpose(sorted(returned.items())), rows=transpose(rows))


def _draft_entry(refund: _Refund, book: Book, now: datetime) -> EntryDraft:
    receipt = refund.after
    unidentified = AccountKey(receipt.book_id, UNIDENTIFIED_CODE, None, receipt.currency)
    bank = AccountKey(receipt.book_id, BANK_CODE, None, receipt.currency)
    return EntryDraft(
        # With spaces, which no caller's key has.
        key=f"receipt return {refund.return_id}",
        book_id=receipt.book_id,
        business_date=now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=(LineDraft(unidentified, DEBIT, refund.amount), LineDraft(bank, CREDIT, refund.amount)),
        template="RECEIPT_RETURNED",
        description=refund.draft.reason,
        document=receipt.subject,
        cause=f"{receipt.subject}/return/{refund.return_id}",
        moves_off_closed_day=True,
    )


def _tell(refund: _Refund, place: int, book: Book, now: datetime) -> EventDraft:
    """What the log says about a return; to whom it went is nobody else's business."""
    receipt = refund.after
    said = {
        "receipt": receipt.reference,
        "return": refund.draft.reference,
        "legalEntity": book.reference,
        "currency": receipt.currency,
        "amount": money.format_amount(refund.amount, currency=receipt.currency),
        "unidentified": money.format_amount(receipt.unidentified, currency=receipt.currency),
        "why": refund.draft.reason,
    }
    return EventDraft("receipt.returned", receipt.subject, now, (receipt.book_id,), write_json(said), (place,))
