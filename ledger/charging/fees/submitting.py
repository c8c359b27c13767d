"""
Fee lines in, documents and entries out: a list at a time, each line with its own outcome.

    lock the log -> load -> judge the lines in order -> post -> write the lines
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.charging.drafting import Source
from ledger.charging.fees import sql
from ledger.charging.fees.drafting import draft_fee_entry, draft_fee_event
from ledger.charging.fees.errors import FeeLineMissing
from ledger.charging.fees.judging import judge_fee_line, judge_reversal
from ledger.charging.fees.model import FeeItem, FeeLine, FeeLineDraft, Items, Submitted
from ledger.charging.fees.publishing import keep_standard_items, load_items, read_item
from ledger.charging.fees.rows import read_fee_line, write_columns
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken, LedgerError
from ledger.journal.books import Book, resolve_books
from ledger.journal.dating import check_instant
from ledger.journal.errors import IdempotencyConflict
from ledger.journal.log import lock_log
from ledger.journal.model import EntryDraft, EventDraft, Posted, Refused
from ledger.journal.posting import Written, write_entries
from ledger.parties.finding import find_parties
from ledger.parties.model import Party

Outcome = Submitted | Refused


async def submit_fee_lines(
    conn: Connection, *, lines: Sequence[FeeLineDraft], actor: Actor, now: datetime, source: Source = "API"
) -> list[Outcome]:
    """
    Take fee lines that were made elsewhere; one outcome per line, in order. Each sees what the ones before it did.

    A line is booked between its party's account and the item's contra, with the tax inside beside it; one that is only
    compared is kept without an entry. A line that was taken before with the same content is a replay. A refused line
    changes nothing and leaves its neighbours alone. The number of statements does not depend on the list.

    Refusals, first match wins: IdempotencyConflict; DateTooFarAhead; FeeLineMissing; then those of judge_fee_line or
        judge_reversal, and of the journal.
    """
    if not lines:
        return []
    await lock_log(conn)
    batch = await _load(conn, lines)
    outcomes = [batch.judge(line, now=now) for line in lines]
    if not batch.accepted:
        return outcomes
    await keep_standard_items(conn, in_force=batch.items, codes={line.item for line in batch.accepted.values()})
    books = await resolve_books(conn, book_ids={line.book_id for line in batch.accepted.values()})
    written = await _post(conn, batch, books=books, actor=actor, source=source)
    refused = batch.number(written)
    await sql.write_fee_lines(conn, lines=write_columns(batch.changed()))
    return [batch.finish(outcome, refused) for outcome in outcomes]


@dataclass(slots=True)
class _Batch:
    """What lines are judged against, and those that were accepted, by reference."""

    items: Items
    versions: Mapping[tuple[str, int], FeeItem]
    parties: Mapping[str, Party]
    orders: Mapping[str, set[str]]
    lines: dict[str, FeeLine]
    accepted: dict[str, FeeLine] = field(default_factory=dict)

    def judge(self, draft: FeeLineDraft, *, now: datetime) -> Outcome:
        known = self.lines.get(draft.reference)
        if known is not None:
            if known.fingerprint != draft.fingerprint:
                return Refused(IdempotencyConflict(field=("id",), key=draft.reference))
            return _answer(known, replayed=True)
        try:
            check_instant(draft.occurred_at, now=now, field=("occurredAt",))
            line = self._judge_fresh(draft)
        except LedgerError as refusal:
            return Refused(refusal)
        self.lines[line.reference] = self.accepted[line.reference] = line
        return _answer(line, replayed=False)

    def find_item(self, line: FeeLine) -> FeeItem:
        """The item as the line froze it."""
        frozen = self.versions.get((line.item, line.item_version))
        return frozen if frozen is not None else self.items[line.item].item

    def changed(self) -> list[FeeLine]:
        """The lines to write: those accepted, and those that they take back."""
        originals = {line.reverses for line in self.accepted.values() if line.reverses is not None}
        return [self.lines[reference] for reference in sorted({*self.accepted, *originals})]

    def number(self, written: Written) -> dict[str, LedgerError]:
        """Give every accepted line its places in the log; those that the journal refused are taken out again."""
        refused: dict[str, LedgerError] = {}
        entries = iter(written.outcomes)
        for (reference, line), event in zip(list(self.accepted.items()), written.events, strict=True):
            outcome = None if line.compare_only else next(entries)
            if isinstance(outcome, Refused):
                refused[reference] = outcome.error
                self._take_out(line)
                continue
            if event is None:
                raise InvariantBroken(f"fee line {reference} was posted and has no event")
            entry = outcome.sequence if isinstance(outcome, Posted) else None
            self.lines[reference] = self.lines[reference]._replace(sequence=event.sequence, entry=entry)
        return refused

    def finish(self, outcome: Outcome, refused: Mapping[str, LedgerError]) -> Outcome:
        """The outcome with the places in the log, which are known only now."""
        if isinstance(outcome, Refused):
            return outcome
        if outcome.reference in refused:
            return Refused(refused[outcome.reference])
        return _answer(self.lines[outcome.reference], replayed=outcome.replayed)

    def _judge_fresh(self, draft: FeeLineDraft) -> FeeLine:
        if not draft.reverses:
            return judge_fee_line(draft, items=self.items, parties=self.parties, orders=self.orders)
        original = self.lines.get(draft.reverses)
        if original is None:
            raise FeeLineMissing(field=("reverses",), line=draft.reverses)
        line = judge_reversal(draft, original=original, item=self.find_item(original), parties=self.parties)
        self.lines[original.reference] = original.less(line)
        return line

    def _take_out(self, line: FeeLine) -> None:
        if line.reverses is not None or self.lines[line.reference].reversed_amount:
            # Others of the batch were judged with it: a law of the database would find it; so the items run singly.
            raise InvariantBroken(f"the journal refused fee line {line.reference}, which others build on")
        del self.accepted[line.reference]
        del self.lines[line.reference]


async def _load(conn: Connection, drafts: Sequence[FeeLineDraft]) -> _Batch:
    named = {draft.reference for draft in drafts} | {draft.reverses for draft in drafts if draft.reverses}
    lines = {row["reference"]: read_fee_line(row) for row in await sql.find_fee_lines(conn, references=sorted(named))}
    originals = {lines[draft.reverses] for draft in drafts if draft.reverses in lines}
    frozen = sorted({(line.item, line.item_version) for line in originals})
    rows = await sql.find_item_versions(conn, codes=[code for code, _ in frozen], versions=[each for _, each in frozen])
    references = {draft.party for draft in drafts} | {draft.settlement_entity for draft in drafts}
    orders: dict[str, set[str]] = {}
    for row in await sql.find_order_lines(conn, orders=sorted({draft.order for draft in drafts if draft.order})):
        orders.setdefault(row["order_reference"], set()).add(row["line_reference"])
    return _Batch(
        items=await load_items(conn),
        versions={(row["code"], row["version"]): read_item(row["content"]) for row in rows},
        parties=await find_parties(conn, references=references),
        orders=orders,
        lines=lines,
    )


async def _post(conn: Connection, batch: _Batch, *, books: Mapping[int, Book], actor: Actor, source: Source) -> Written:
    zones = {
        book_id: ZoneInfo(books[book_id].time_zone) for book_id in {line.book_id for line in batch.accepted.values()}
    }
    references = {party.party_id: party.reference for party in batch.parties.values()}
    drafts: list[EntryDraft] = []
    events: list[EventDraft] = []
    for line in batch.accepted.values():
        entries: tuple[int, ...] = ()
        if not line.compare_only:
            day = line.occurred_at.astimezone(zones[line.book_id]).date()
            entries = (len(drafts),)
            drafts.append(draft_fee_entry(line, batch.find_item(line), day=day, source=source))
        events.append(draft_fee_event(line, book=books[line.book_id], party=references[line.party_id], entries=entries))
    return await write_entries(conn, drafts=drafts, events=events, actor=actor)


def _answer(line: FeeLine, *, replayed: bool) -> Submitted:
    return Submitted(line.reference, line.sequence, line.entry, line.amount, line.currency, replayed)
