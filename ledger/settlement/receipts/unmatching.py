"""Matches undone: what a receipt cleared is owed again, and unidentified again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.errors import ReceiptMatchMissing
from ledger.settlement.receipts.matching import find_figures, load_receipts, to_match
from ledger.settlement.receipts.model import Match, MatchStep, Receipt, UnmatchDraft
from ledger.settlement.receipts.posting import Cleared, Clearing, post_clearings
from ledger.settlement.receipts.rules import clear
from ledger.settlement.sheets.model import Sheet
from ledger.settlement.sheets.payable import find_sheets

Outcome = MatchStep | Refused


async def unmatch_receipts(
    conn: Connection, *, drafts: Sequence[UnmatchDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Undo matches, each as a whole with the rest that it cleared; one outcome per draft, in order. One that was undone is
    a replay, whoever asks and why: the first word stays on record.

    A sheet that was collected, or given up, is to be collected again. Written under the log's lock with events
    receipt.unmatched and those of the sheets.

    Refusals: ReceiptMatchMissing.
    """
    await lock_log(conn)
    numbers = sorted({draft.match_id for draft in drafts})
    rows = {row["match_id"]: row for row in await sql.find_matches(conn, match_ids=numbers)}
    receipts = await load_receipts(conn, receipt_ids={row["receipt_id"] for row in rows.values()})
    sheets = await find_sheets(conn, sheet_ids={row["sheet_id"] for row in rows.values()})
    books = await resolve_books(conn, book_ids={receipt.book_id for receipt in receipts.values()})
    clearings: dict[int, Clearing] = {}
    for draft in drafts:
        row = rows.get(draft.match_id)
        if row is not None and row["undone_sequence"] is None and draft.match_id not in clearings:
            clearings[draft.match_id] = _plan(to_match(row), draft.reason, receipts, sheets)
    posted = await post_clearings(conn, clearings=list(clearings.values()), books=books, actor=actor, now=now)
    await _write(conn, list(clearings.values()), posted, actor=actor, now=now)
    done = {
        match_id: MatchStep(clearing.match, cleared.sequence, False)
        for (match_id, clearing), cleared in zip(clearings.items(), posted, strict=True)
    }
    return [_answer(draft, rows, done) for draft in drafts]


def _plan(match: Match, reason: str, receipts: dict[int, Receipt], sheets: Mapping[int, Sheet]) -> Clearing:
    """What undoes one match; receipts are kept up to date."""
    receipts[match.receipt_id] = after = clear(receipts[match.receipt_id], -match.amount)
    return Clearing(match, after, sheets[match.sheet_id].key.party_id, reason, is_undone=True)


def _answer(draft: UnmatchDraft, rows: Mapping[int, sql.Row], done: dict[int, MatchStep]) -> Outcome:
    """What came of one draft; a second one of the same match is a replay."""
    row = rows.get(draft.match_id)
    if row is None:
        return Refused(ReceiptMatchMissing(field=("match",), match=draft.match_id))
    fresh = done.get(draft.match_id)
    if fresh is None:
        return MatchStep(to_match(row), row["undone_sequence"], True)
    done[draft.match_id] = replace(fresh, replayed=True)
    return fresh


async def _write(
    conn: Connection, clearings: Sequence[Clearing], posted: Sequence[Cleared], *, actor: Actor, now: datetime
) -> None:
    rows = [
        (each.match.match_id, cleared.sequence, now, each.reason, actor.name, cleared.rest_sequence)
        for each, cleared in zip(clearings, posted, strict=True)
    ]
    if rows:
        columns = transpose(rows)
        await sql.write_unmatches(conn, receipts=find_figures(clearings), rows=columns)
