"""The entries and events of receipts: recorded, matched and unmatched, with the rest that goes with a match."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
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
from ledger.settlement.sheets.approving import renew_requests
from ledger.settlement.sheets.fixing import RECEIVABLE_CODE
from ledger.settlement.sheets.model import MovementKind, Sheet, Take
from ledger.settlement.sheets.payable import take_from_sheets

BANK_CODE, UNIDENTIFIED_CODE, ROUNDING_CODE = "1010", "2210", "5070"


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
    def takes(self) -> tuple[Take, ...]:
        """What it takes of the sheet; below zero where it is undone. The rest goes first: what is collected ends it."""
        match, sign = self.match, -1 if self.is_undone else 1
        parts = ((MovementKind.WRITTEN_OFF, match.rest), (MovementKind.COLLECTED, match.amount))
        return tuple(Take(match.sheet_id, kind, sign * part, self.after.subject) for kind, part in parts if part)


class Cleared(NamedTuple):
    """The places in the log of the entry of a match or unmatch, and of what was cleared beside it, if anything was."""

    sequence: int
    rest_sequence: int | None


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
) -> list[Cleared]:
    """
    Move the sheets, post the entries and tell the events of each match or unmatch; the entries' places in the log.

    What does not fit a sheet is a bug of the caller, who has looked at it under the log's lock. Refusals of the journal
    are raised: the transaction must be rolled back.
    """
    after, told = await _take(conn, clearings, actor, now)
    drafts = [_draft_clearing(each, books[each.after.book_id], now) for each in clearings]
    rests: dict[int, int] = {}
    for place, each in enumerate(clearings):
        if each.match.rest:
            rests[place] = len(drafts)
            drafts.append(_draft_rest(each, books[each.after.book_id], now))
    events = []
    for place, each in enumerate(clearings):
        entries = (place, rests[place]) if place in rests else (place,)
        events.append(_tell_clearing(each, entries, after[place], books[each.after.book_id], now))
    posted = await post_new(conn, drafts=drafts, events=[*events, *told], actor=actor)
    await renew_requests(conn, sheet_ids=[each.match.sheet_id for each in clearings], actor=actor, now=now)
    return [Cleared(posted[place], posted[rests[place]] if place in rests else None) for place in range(len(clearings))]


async def _take(
    conn: Connection, clearings: Sequence[Clearing], actor: Actor, now: datetime
) -> tuple[list[Sheet], list[EventDraft]]:
    """Move the sheets; each one after its clearing, and the events of all."""
    owners = [place for place, each in enumerate(clearings) for _ in each.takes]
    takes = [take for each in clearings for take in each.takes]
    taken: dict[int, Sheet] = {}
    events: list[EventDraft] = []
    for place, outcome in zip(owners, await take_from_sheets(conn, takes=takes, actor=actor, now=now), strict=True):
        if isinstance(outcome, Refused):
            raise InvariantBroken(f"a receipt clears what is there: {outcome.error}")
        taken[place] = outcome.sheet
        events.extend(outcome.events)
    return [taken[place] for place in range(len(clearings))], events


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


def _draft_rest(clearing: Clearing, book: Book, now: datetime) -> EntryDraft:
    """What is cleared beside a match, or owed again with it."""
    match, receipt = clearing.match, clearing.after
    rounding = AccountKey(receipt.book_id, ROUNDING_CODE, None, receipt.currency)
    owed = AccountKey(receipt.book_id, RECEIVABLE_CODE, clearing.party_id, receipt.currency)
    debit, credit = (owed, rounding) if clearing.is_undone else (rounding, owed)
    step = "restored" if clearing.is_undone else "cleared"
    return replace(
        _draft_clearing(clearing, book, now),
        key=f"receipt match {match.match_id} rest {step}",
        lines=(LineDraft(debit, DEBIT, match.rest), LineDraft(credit, CREDIT, match.rest)),
        template=f"RECEIPT_REST_{step.upper()}",
        cause=f"{receipt.subject}/{match.match_id}/rest-{step}",
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


def _tell_clearing(clearing: Clearing, entries: tuple[int, ...], sheet: Sheet, book: Book, now: datetime) -> EventDraft:
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
        **({"rest": money.format_amount(match.rest, currency=receipt.currency)} if match.rest else {}),
        **({"why": clearing.reason} if clearing.is_undone else {}),
    }
    return EventDraft(
        kind="receipt.unmatched" if clearing.is_undone else "receipt.matched",
        subject=receipt.subject,
        occurred_at=now,
        parties=(receipt.book_id, clearing.party_id),
        payload=write_json(said),
        entries=entries,
    )
