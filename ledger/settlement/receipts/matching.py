"""Receipts matched: a part of what came in clears what a party owes from a negative sheet, maybe with a small rest."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.books import Book, resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.errors import ReceiptMatchConflict, ReceiptMissing
from ledger.settlement.receipts.model import Match, MatchDraft, MatchStep, Receipt
from ledger.settlement.receipts.posting import Cleared, Clearing, post_clearings
from ledger.settlement.receipts.rules import clear, judge_match, judge_rest
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first
from ledger.settlement.sheets.errors import SheetMissing
from ledger.settlement.sheets.model import Sheet
from ledger.settlement.sheets.payable import apply_take, find_sheets

Outcome = MatchStep | Refused


class _Standing(NamedTuple):
    """What a batch finds; receipts and sheets are kept up to date. Tolerances are by book and currency."""

    receipts: dict[int, Receipt]
    sheets: dict[int, Sheet]
    books: Mapping[int, Book]
    tolerances: Mapping[tuple[int, str], int]


async def match_receipts(
    conn: Connection, *, drafts: Sequence[MatchDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Match receipts against what is owed from sheets; one outcome per draft, in order. Each sees what the ones before it
    left, and the same one again is a replay, also where it was undone since.

    A sheet of which nothing is owed any more is COLLECTED. Written under the log's lock with events receipt.matched
    and those of the sheets.

    Refusals, first match wins: ReceiptMatchConflict, ReceiptMissing, SheetMissing, those of judge_match and judge_rest.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _match_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _match_stretch(
    conn: Connection, drafts: Sequence[MatchDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    references = [draft.reference for draft in drafts]
    first = find_first(references)
    known = {row["reference"]: row for row in await sql.find_named_matches(conn, references=references)}
    receipts = await load_receipts(conn, receipt_ids={draft.receipt_id for draft in drafts})
    sheets = await find_sheets(conn, sheet_ids={draft.sheet_id for draft in drafts})
    books = await resolve_books(conn, book_ids={receipt.book_id for receipt in receipts.values()})
    wanted = {(each.book_id, each.currency) for each in receipts.values()} if any(d.clears_rest for d in drafts) else ()
    tolerances = await load_tolerances(conn, keys=wanted)
    standing = _Standing(receipts, sheets, books, tolerances)
    numbers = await sql.reserve_matches(conn, count=len(drafts))
    verdicts: dict[int, Outcome] = {}
    clearings: dict[int, Clearing] = {}
    for place, (draft, number) in enumerate(zip(drafts, numbers, strict=True)):
        if first[place] != place:
            continue
        try:
            if draft.reference in known:
                verdicts[place] = _replay(draft, known[draft.reference])
            else:
                clearings[place] = _plan(draft, number, standing)
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    posted = await post_clearings(conn, clearings=list(clearings.values()), books=books, actor=actor, now=now)
    for place, cleared in zip(clearings, posted, strict=True):
        verdicts[place] = MatchStep(clearings[place].match, cleared.sequence, False)
    await _write(conn, list(clearings.values()), posted, actor=actor, now=now)
    return answer_each(verdicts, first=first)


async def load_receipts(conn: Connection, *, receipt_ids: set[int]) -> dict[int, Receipt]:
    """These receipts as they stand, those that exist; one statement. Under the log's lock they stand still."""
    rows = await sql.find_receipts(conn, receipt_ids=sorted(receipt_ids))
    return {
        row["receipt_id"]: Receipt(
            row["receipt_id"],
            row["reference"],
            row["book_id"],
            row["currency"],
            row["amount_minor"],
            row["matched_minor"],
            row["returned_minor"],
        )
        for row in rows
    }


async def load_tolerances(conn: Connection, *, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """What is tolerated by book and currency, where anybody has said how much. At most one statement."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    books, currencies = [book_id for book_id, _ in wanted], [currency for _, currency in wanted]
    rows = await sql.find_tolerances(conn, books=books, currencies=currencies)
    return {(row["book_id"], row["currency"]): row["tolerance_minor"] for row in rows}


def find_figures(clearings: Sequence[Clearing]) -> list[list[int]]:
    """What receipts have matched after all of these, as columns: number, matched."""
    last = {each.after.receipt_id: each.after.matched for each in clearings}
    return [sorted(last), [matched for _, matched in sorted(last.items())]]


def _replay(draft: MatchDraft, row: sql.Row) -> MatchStep:
    said = (row["receipt_id"], row["sheet_id"], row["clears_rest"])
    if said != (draft.receipt_id, draft.sheet_id, draft.clears_rest) or draft.amount not in (None, row["amount_minor"]):
        raise ReceiptMatchConflict(field=("reference",), reference=draft.reference)
    return MatchStep(to_match(row), row["sequence"], True)


def to_match(row: sql.Row) -> Match:
    """A row of the table as a value."""
    return Match(
        row["match_id"],
        row["reference"],
        row["receipt_id"],
        row["sheet_id"],
        row["amount_minor"],
        row["rest_minor"],
        row["clears_rest"],
    )


def _plan(draft: MatchDraft, number: int, standing: _Standing) -> Clearing:
    """The match of one draft."""
    receipts, sheets, books, tolerances = standing
    receipt, sheet = receipts.get(draft.receipt_id), sheets.get(draft.sheet_id)
    if receipt is None:
        raise ReceiptMissing(field=("receipt",), receipt=draft.receipt_id)
    if sheet is None:
        raise SheetMissing(field=("sheet",), sheet=draft.sheet_id)
    amount = judge_match(draft, receipt, sheet, legal_entity=books[receipt.book_id].reference)
    tolerance = tolerances.get((receipt.book_id, receipt.currency), 0)
    rest = judge_rest(draft, amount, sheet, tolerance=tolerance)
    receipts[draft.receipt_id] = after = clear(receipt, amount)
    match = Match(number, draft.reference, draft.receipt_id, draft.sheet_id, amount, rest, draft.clears_rest)
    clearing = Clearing(match, after, sheet.key.party_id)
    for take in clearing.takes:
        sheets[draft.sheet_id] = apply_take(sheets[draft.sheet_id], take)
    return clearing


async def _write(
    conn: Connection, clearings: Sequence[Clearing], posted: Sequence[Cleared], *, actor: Actor, now: datetime
) -> None:
    rows = [
        (
            *(each.match.match_id, each.match.receipt_id, each.match.sheet_id, done.sequence, each.match.amount, now),
            *(each.match.reference, actor.name, each.match.rest, done.rest_sequence, each.match.clears_rest),
        )
        for each, done in zip(clearings, posted, strict=True)
    ]
    if rows:
        columns = transpose(rows)
        await sql.write_matches(conn, receipts=find_figures(clearings), rows=columns)
