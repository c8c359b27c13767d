"""The entries and events of holds: what they take goes to 2050, and comes back where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import SYSTEM, Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, EventDraft, LineDraft
from ledger.journal.posting import post_new
from ledger.settlement.holds import sql
from ledger.settlement.holds.model import Hold

HELD_CODE = "2050"


class Part(NamedTuple):
    """
    What a step moves by one entry, `reference` its key. `day` is that of the money that is taken where that is on a
    sheet whose period has ended and that has not closed: the entry is then on it, too; None is today.
    """

    reference: str
    amount: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Step:
    """
    A hold placed or lifted, by as many entries as it has parts; `said` is what its event tells besides.

    `sheet_events` are the changes of the sheet that it takes from or gives back to.
    """

    hold: Hold
    kind: Literal["PLACED", "LIFTED"]
    parts: tuple[Part, ...]
    left: int
    reason: str
    party: str
    said: dict[str, str | int]
    sheet_events: tuple[EventDraft, ...] = ()

    @property
    def amount(self) -> int:
        return sum(part.amount for part in self.parts)


async def post_steps(
    conn: Connection, *, steps: Sequence[Step], actor: Actor, now: datetime
) -> list[list[sql.Movement]]:
    """
    Post each step's entries and event; of each step the movements that are its parts, in order.

    Refusals of the journal are raised: what the steps took is judged before, so they leave nothing half-done.
    """
    books = await resolve_books(conn, book_ids={step.hold.book_id for step in steps})
    drafts: list[EntryDraft] = []
    events: list[EventDraft] = []
    for step in steps:
        book = books[step.hold.book_id]
        places = tuple(range(len(drafts), len(drafts) + len(step.parts)))
        drafts += [_draft_entry(step, part, book, actor, now) for part in step.parts]
        events.append(_draft_event(step, places, book, now))
    moved = [event for step in steps for event in step.sheet_events]
    sequences = iter(await post_new(conn, drafts=drafts, events=[*events, *moved], actor=actor))
    return [
        [
            sql.Movement(step.hold.hold_id, next(sequences), part.amount, now, part.reference, step.reason, actor.name)
            for part in step.parts
        ]
        for step in steps
    ]


def _draft_entry(step: Step, part: Part, book: Book, actor: Actor, now: datetime) -> EntryDraft:
    hold = step.hold
    source = AccountKey(hold.book_id, hold.account, hold.party_id, hold.currency)
    held = AccountKey(hold.book_id, HELD_CODE, hold.party_id, hold.currency)
    debit, credit = (source, held) if step.kind == "PLACED" else (held, source)
    subject = f"hold/{hold.hold_id}"
    return EntryDraft(
        key=f"{subject}/{step.kind}/{part.reference}",
        book_id=hold.book_id,
        business_date=part.day or now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=(LineDraft(debit, DEBIT, part.amount), LineDraft(credit, CREDIT, part.amount)),
        source="RULE" if actor == SYSTEM else "API",
        template=f"HOLD_{step.kind}",
        description=step.reason,
        document=subject,
        document_line="" if hold.sheet_id is None else str(hold.sheet_id),
        # Without a cause an entry belongs to the day it was to be booked on, not to the instant of the event after it.
        cause="" if part.day else f"{subject}/{part.reference}",
        moves_off_closed_day=True,
    )


def _draft_event(step: Step, places: tuple[int, ...], book: Book, now: datetime) -> EventDraft:
    hold = step.hold
    said: dict[str, str | int] = {
        "hold": hold.hold_id,
        "party": step.party,
        "legalEntity": book.reference,
        "currency": hold.currency,
        "amount": money.format_amount(step.amount, currency=hold.currency),
        "left": money.format_amount(step.left, currency=hold.currency),
        "account": hold.account,
        "reason": hold.reason,
        "why": step.reason,
        **({} if hold.sheet_id is None else {"sheet": hold.sheet_id}),
        **({"order": hold.order} if hold.order else {}),
        **step.said,
    }
    return EventDraft(
        kind=f"hold.{step.kind.lower()}",
        subject=f"hold/{hold.hold_id}",
        occurred_at=now,
        parties=tuple(dict.fromkeys((hold.book_id, hold.party_id))),
        payload=write_json(said),
        entries=places,
    )
