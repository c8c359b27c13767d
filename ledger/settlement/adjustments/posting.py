"""The entries and events of adjustments: a penalty, a compensation, from one share to another."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft
from ledger.journal.posting import post_new
from ledger.settlement.adjustments.model import Adjustment


async def post_adjustments(
    conn: Connection, *, adjustments: Sequence[Adjustment], told: Sequence[EventDraft], actor: Actor, now: datetime
) -> list[int]:
    """
    Post adjustments, each with its event adjustment.posted, and tell of others; the entries' places in the log.

    Refusals of the journal are raised: the transaction must be rolled back.
    """
    books = await resolve_books(conn, book_ids={each.book_id for each in adjustments})
    drafts = [_draft_entry(each, books[each.book_id], now) for each in adjustments]
    events = [
        tell("posted", each, book=books[each.book_id], now=now, entries=(place,))
        for place, each in enumerate(adjustments)
    ]
    return await post_new(conn, drafts=drafts, events=[*events, *told], actor=actor)


def tell(
    what: str, adjustment: Adjustment, *, book: Book, now: datetime, entries: tuple[int, ...] = (), why: str = ""
) -> EventDraft:
    """What the log says about an adjustment; `why` is the comment of who refused it."""
    draft = adjustment.draft
    said: dict[str, object] = {
        "adjustment": draft.reference,
        "kind": draft.kind.value,
        "party": draft.party,
        "counterparty": draft.counterparty,
        "legalEntity": book.reference,
        "currency": draft.currency,
        "amount": money.format_amount(draft.amount, currency=draft.currency),
        "debit": adjustment.debit_code,
        "credit": adjustment.credit_code,
        "reason": draft.reason,
        "order": draft.order,
        "line": draft.line,
        "evidenceSha256": draft.evidence_sha256.hex() if draft.evidence_sha256 else "",
        "why": why,
    }
    concerned = (adjustment.book_id, adjustment.party_id, adjustment.counterparty_id)
    return EventDraft(
        kind=f"adjustment.{what}",
        subject=f"adjustment/{draft.reference}",
        occurred_at=now,
        parties=tuple(dict.fromkeys(party for party in concerned if party is not None)),
        payload=write_json({key: value for key, value in said.items() if value != ""}),
        entries=entries,
    )


def _draft_entry(adjustment: Adjustment, book: Book, now: datetime) -> EntryDraft:
    draft = adjustment.draft
    subject = f"adjustment/{draft.reference}"
    debit = AccountKey(adjustment.book_id, adjustment.debit_code, adjustment.debit_party_id, draft.currency)
    credit = AccountKey(adjustment.book_id, adjustment.credit_code, adjustment.credit_party_id, draft.currency)
    return EntryDraft(
        key=subject,
        book_id=adjustment.book_id,
        business_date=now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=(LineDraft(debit, DEBIT, draft.amount), LineDraft(credit, CREDIT, draft.amount)),
        template=f"ADJUSTMENT_{draft.kind}",
        description=draft.reason,
        document=subject,
        document_line=draft.line,
        cause=subject,
        moves_off_closed_day=True,
    )
