"""Receipts recorded: what came to the bank and is nobody's yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.books import Book, resolve_books
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.parties.finding import find_parties
from ledger.parties.model import Party
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.errors import ReceiptConflict, ReceiptFromTomorrow
from ledger.settlement.receipts.model import UNIDENTIFIED_PATIENCE, Receipt, ReceiptDraft, RecordedReceipt
from ledger.settlement.receipts.posting import Arrival, post_arrivals
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = RecordedReceipt | Refused


async def record_receipts(
    conn: Connection, *, drafts: Sequence[ReceiptDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Record receipts; one outcome per draft, in order. The same one again is a replay.

    The money stands on 2210, unidentified, until it is matched or given back. Its entry is dated on the value date, or
    on the first open day where the book has closed that. Written under the log's lock with events receipt.recorded.

    Refusals, first match wins: ReceiptConflict, BookMissing, ReceiptFromTomorrow.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _record_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _record_stretch(
    conn: Connection, drafts: Sequence[ReceiptDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    references = [draft.reference for draft in drafts]
    first = find_first(references)
    known = {row["reference"]: row for row in await sql.find_recorded(conn, references=references)}
    entities = await find_parties(conn, references={draft.legal_entity for draft in drafts})
    books = await resolve_books(conn, book_ids={each.party_id for each in entities.values()})
    numbers = await sql.reserve_receipts(conn, count=len(drafts))
    verdicts: dict[int, Outcome] = {}
    arrivals: dict[int, Arrival] = {}
    for place, (draft, number) in enumerate(zip(drafts, numbers, strict=True)):
        if first[place] != place:
            continue
        row = known.get(draft.reference)
        try:
            if row is not None:
                _check_same(draft, row["fingerprint"])
                verdicts[place] = RecordedReceipt(row["receipt_id"], row["sequence"], True)
            else:
                arrivals[place] = _resolve(draft, number, entities, books, now)
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    posted = await post_arrivals(conn, arrivals=list(arrivals.values()), books=books, actor=actor, now=now)
    sequences = dict(zip(arrivals, posted, strict=True))
    for place, arrival in arrivals.items():
        verdicts[place] = RecordedReceipt(arrival.receipt.receipt_id, sequences[place], False)
    await _write(conn, arrivals, sequences, actor=actor, now=now)
    return answer_each(verdicts, first=first)


def _resolve(
    draft: ReceiptDraft, number: int, entities: Mapping[str, Party], books: Mapping[int, Book], now: datetime
) -> Arrival:
    entity = entities.get(draft.legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legalEntity",), book=draft.legal_entity)
    today = now.astimezone(ZoneInfo(books[entity.party_id].time_zone)).date()
    if draft.value_date > today:
        raise ReceiptFromTomorrow(field=("valueDate",), value_date=draft.value_date, today=today)
    return Arrival(draft, Receipt(number, draft.reference, entity.party_id, draft.currency, draft.amount, 0))


def _check_same(draft: ReceiptDraft, fingerprint: bytes) -> None:
    if digest_content(draft.content) != fingerprint:
        raise ReceiptConflict(field=("reference",), reference=draft.reference)


async def _write(
    conn: Connection, arrivals: Mapping[int, Arrival], sequences: Mapping[int, int], *, actor: Actor, now: datetime
) -> None:
    rows = [
        (
            *(each.receipt.receipt_id, each.receipt.book_id, sequences[place], each.receipt.amount, now),
            *(now + UNIDENTIFIED_PATIENCE, each.draft.value_date, each.draft.currency, each.draft.reference),
            *(each.draft.bank_account, each.draft.payer, actor.name, each.draft.reason),
            *(each.draft.owner or actor.name, digest_content(each.draft.content)),
        )
        for place, each in arrivals.items()
    ]
    if rows:
        await sql.insert_receipts(conn, rows=transpose(rows))
