"""The entries and events of receipts: recorded, matched, unmatched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import Book
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft, Refused
from ledger.journal.posting import post_new
from ledger.settlement.receipts.model import Match, Receipt, ReceiptDraft
from ledger.settlement.sheets.fixing import RECEIVABLE_CODE
from ledger.settlement.sheets.model import MovementKind, Sheet, Take, Taken
from ledger.settlement.sheets.payable import take_from_sheets
from ledger.settlement.sheets.renewing import renew_requests

BANK_CODE, UNIDENTIFIED_CODE = "1010", "2210"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A receipt that is to be recorded, with everything resolved."""

    draft: ReceiptDraft
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Clearing:
    """A match that is made, or undone for a reason, and the receipt after it."""

    match: Match
    after: Receipt
    party_id: int
    reason: str = ""
    is_undone: bool = False

    @property
    def amount(self) -> int:
        """What it takes of the sheet; below zero where it is undone."""
        return -self.match.amount if self.is_undone else self.match.amount


async def post_arrivals(
    conn: Connection, *, arrivals: Sequence[Arrival], books: Mapping[int, Book], actor: Actor, now: datetime
) -> list[int]:
    """
    Post the entry and tell the event of each receipt; the entries' places in the log, in order.

    Refusals of the journal are raised: the transaction must be rolled back.
    """
    drafts = [_draft_arrival(each) for each in arrivals]
    events = [_tell_arrival(each, place, books[each.receipt.book_id], now) for place, each in enumerate(arrivals)]
    return await post_new(conn, drafts=drafts, events=events, actor=actor)


async def post_clearings(
    conn: Connection, *, clearings: Sequence[Clearing], books: Mapping[int, Book], actor: Actor, now: datetime
) -> list[int]:
    """
    Move the sheets, post the entry and tell the events of each match or unmatch; the entries' places in the log.

    What does not fit a sheet is a bug of the caller, who has looked at it under the log's lock. Refusals of the journal
    are raised: the transaction must be rolled back.
    """
    takes = [Take(each.match.sheet_id, MovementKind.COLLECTED, each.amount, each.after.subject) for each in clearings]
    taken: list[Taken] = []
    for outcome in await take_from_sheets(conn, takes=takes, actor=actor, now=now):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"a receipt clears what is there: {outcome.error}")
        taken.append(outcome)
    drafts = [_draft_clearing(each, books[each.after.book_id], now) for each in clearings]
    events = [
        _tell_clearing(each, place, taken[place].sheet, books[each.after.book_id], now)
        for place, each in enumerate(clearings)
    ]
    posted = await post_new(
        conn, drafts=drafts, events=[*events, *(event for each in taken for event in each.events)], actor=actor
    )
    await renew_requests(conn, sheet_ids=[take.sheet_id for take in takes], actor=actor, now=now)
    return posted


def _draft_arrival(arrival: Arrival) -> EntryDraft:
    receipt = arrival.receipt
    bank = AccountKey(receipt.book_id, BANK_CODE, None, receipt.currency)
    unidentified = AccountKey(receipt.book_id, UNIDENTIFIED_CODE, None, receipt.currency)
    return EntryDraft(
        # With spaces, which no caller's key has.
        key=f"receipt {receipt.receipt_id} recorded",
        book_id=receipt.book_id,
        business_date=arrival.draft.value_date,
        lines=(LineDraft(bank, DEBIT, receipt.amount), LineDraft(unidentified, CREDIT, receipt.amount)),
        template="RECEIPT_RECORDED",
        document=receipt.subject,
        cause=receipt.subject,
        moves_off_closed_day=True,
    )


def _draft_clearing(clearing: Clearing, book: Book, now: datetime) -> EntryDraft:
    match, receipt = clearing.match, clearing.after
    unidentified = AccountKey(receipt.book_id, UNIDENTIFIED_CODE, None, receipt.currency)
    owed = AccountKey(receipt.book_id, RECEIVABLE_CODE, clearing.party_id, receipt.currency)
    debit, credit = (owed, unidentified) if clearing.is_undone else (unidentified, owed)
    step = "unmatched" if clearing.is_undone else "matched"
    return EntryDraft(
        key=f"receipt match {match.match_id} {step}",
        book_id=receipt.book_id,
        business_date=now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=(LineDraft(debit, DEBIT, match.amount), LineDraft(credit, CREDIT, match.amount)),
        template=f"RECEIPT_{step.upper()}",
        document=receipt.subject,
        document_line=str(match.sheet_id),
        cause=f"{receipt.subject}/{match.match_id}/{step}",
        moves_off_closed_day=True,
    )


def _tell_arrival(arrival: Arrival, place: int, book: Book, now: datetime) -> EventDraft:
    """What the log says about a receipt; not from whom and to which account, which are nobody else's business."""
    receipt = arrival.receipt
    said = {
        "receipt": receipt.reference,
        "legalEntity": book.reference,
        "currency": receipt.currency,
        "amount": money.format_amount(receipt.amount, currency=receipt.currency),
        "valueDate": arrival.draft.value_date.isoformat(),
    }
    return EventDraft("receipt.recorded", receipt.subject, now, (receipt.book_id,), write_json(said), (place,))


def _tell_clearing(clearing: Clearing, place: int, sheet: Sheet, book: Book, now: datetime) -> EventDraft:
    match, receipt = clearing.match, clearing.after
    said: dict[str, str | int] = {
        "receipt": receipt.reference,
        "match": match.reference,
        "sheet": match.sheet_id,
        "party": sheet.party,
        "legalEntity": book.reference,
        "currency": receipt.currency,
        "amount": money.format_amount(match.amount, currency=receipt.currency),
        "unidentified": money.format_amount(receipt.unidentified, currency=receipt.currency),
        "owed": money.format_amount(sheet.owed, currency=receipt.currency),
        **({"why": clearing.reason} if clearing.is_undone else {}),
    }
    return EventDraft(
        kind="receipt.unmatched" if clearing.is_undone else "receipt.matched",
        subject=receipt.subject,
        occurred_at=now,
        parties=(receipt.book_id, clearing.party_id),
        payload=write_json(said),
        entries=(place,),
    )
