"""From what an event does to the entries and the event that the journal writes for it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from ledger.charging.moves import Move, Step
from ledger.charging.order import Order
from ledger.compact_json import write_json
from ledger.journal.books import Book
from ledger.journal.model import EntryDraft, EventDraft

Source = Literal["API", "IMPORT", "RULE"]

# The log calls what an order's success does by its name; every other event keeps the one it came with.
LOG_KINDS = {"order.succeeded": "order.split"}

# With an event's id of 200 characters and the template this stays within the journal's longest key.
LONGEST_LINE = 200


def draft_entries(
    moves: Iterable[Move], *, cause: str, order: Order, days: Mapping[int, date], source: Source
) -> list[EntryDraft]:
    """
    The entries of one event, keyed by its id, line and template; `days` says for each book which day it was there. A
    closed day moves on to the first open one: what happened has happened, and the event keeps its instant.
    """
    document = f"order/{order.reference}"
    return [
        EntryDraft(
            key=f"{cause}/{_escape(move.line)}/{move.template}",
            book_id=(book_id := move.lines[0].account.book_id),
            business_date=days[book_id],
            lines=move.lines,
            source=source if move.reversal_of is None else "REVERSAL",
            template=move.template,
            document=document,
            document_line=move.line,
            cause=cause,
            metadata=move.metadata,
            reversal_of=move.reversal_of,
            moves_off_closed_day=True,
        )
        for move in moves
    ]


def draft_event(
    kind: str, step: Step, *, cause: str, occurred_at: datetime, parties: Sequence[int], book: Book, first_entry: int
) -> EventDraft:
    """What the log says about one event; its entries stand from `first_entry` on among the drafts."""
    order = step.order
    said = {"order": order.reference, "event": cause, "legalEntity": book.reference, "currency": order.currency}
    return EventDraft(
        kind=LOG_KINDS.get(kind, kind),
        subject=f"order/{order.reference}",
        occurred_at=occurred_at,
        parties=tuple(parties),
        payload=write_json({**said, **step.facts}),
        entries=tuple(range(first_entry, first_entry + len(step.moves))),
    )


def _escape(line: str) -> str:
    """A line without slashes, so that no two events can mean the same key; a digest where that would be too long."""
    if "/" not in line and "%" not in line:
        return line
    escaped = line.replace("%", "%25").replace("/", "%2F")
    return escaped if len(escaped) <= LONGEST_LINE else f"%#{hashlib.sha256(line.encode()).hexdigest()}"
