"""Who sees to what is unidentified, and why it waits."""

from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.books import Book, resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.posting import post_new
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.errors import ReceiptEmpty, ReceiptMissing
from ledger.settlement.receipts.model import Assigned, AssignmentDraft

Outcome = Assigned | Refused


async def assign_receipts(
    conn: Connection, *, drafts: Sequence[AssignmentDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Say who sees to receipts and why they wait; one outcome per draft, in order. What is so already is a replay.

    A receipt does not become younger by it. Written under the log's lock with events receipt.assigned.

    Refusals, first match wins: ReceiptMissing, ReceiptEmpty where nothing of it waits and something would change.
    """
    await lock_log(conn)
    numbers = sorted({draft.receipt_id for draft in drafts})
    rows = {row["receipt_id"]: row for row in await sql.find_receipts(conn, receipt_ids=numbers)}
    books = await resolve_books(conn, book_ids={row["book_id"] for row in rows.values()})
    standing = {number: (row["owner"], row["reason"]) for number, row in rows.items()}
    outcomes: list[Outcome] = []
    events: list[EventDraft] = []
    for draft in drafts:
        row = rows.get(draft.receipt_id)
        if row is None:
            outcomes.append(Refused(ReceiptMissing(field=("receipt",), receipt=draft.receipt_id)))
            continue
        owner, reason = before = standing[draft.receipt_id]
        after = (draft.owner or owner, draft.reason or reason)
        if after != before and row["matched_minor"] + row["returned_minor"] == row["amount_minor"]:
            outcomes.append(Refused(ReceiptEmpty(field=("receipt",), receipt=row["reference"])))
            continue
        standing[draft.receipt_id] = after
        outcomes.append(Assigned(draft.receipt_id, after == before))
        if after != before:
            events.append(_tell(row, after, books[row["book_id"]], now))
    if events:
        await post_new(conn, drafts=(), events=events, actor=actor)
        changed = [(number, *said) for number, said in standing.items() if said != _read(rows[number])]
        await _write(conn, changed)
    return outcomes


def _read(row: sql.Row) -> tuple[str, str]:
    return row["owner"], row["reason"]


async def _write(conn: Connection, changed: Sequence[tuple[int, str, str]]) -> None:
    if changed:
        await sql.assign(conn, rows=transpose(changed))


def _tell(row: sql.Row, after: tuple[str, str], book: Book, now: datetime) -> EventDraft:
    owner, reason = after
    said = {"receipt": row["reference"], "legalEntity": book.reference, "owner": owner, "why": reason}
    subject = f"receipt/{row['receipt_id']}"
    return EventDraft("receipt.assigned", subject, now, (row["book_id"],), write_json(said))
