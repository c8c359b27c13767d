"""From verdicts to columns: the numbers in the log, the hashes, and the arrays of the one statement that writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.encoding import content_hash, event_hash, microseconds
from ledger.journal.judging import Accepted, Verdict
from ledger.journal.model import EventDraft


@dataclass(frozen=True, slots=True)
class Moment:
    """The log as this transaction holds it: whose it is, and the instant and posting day of what comes."""

    platform: str
    posted_at: datetime
    posting_day: date


@dataclass(frozen=True, slots=True)
class Numbers:
    """Places in the log per draft and per event, 0 where this batch writes nothing; `last` is the head's afterwards."""

    entries: list[int]
    events: list[int]
    last: int


def number_log(placed: Sequence[Verdict], events: Sequence[EventDraft], *, after: int) -> Numbers:
    """
    Number what was accepted, in order, each event right after the last of its entries; events without entries come
    where they stand among the events. Refusals take no number, so they leave no gap.
    """
    entries = [0] * len(placed)
    numbers = [0] * len(events)
    due: dict[int, list[int]] = {}
    behind = -1
    for position, event in enumerate(events):
        # Events keep their order: one whose entries come early still waits for the events before it.
        behind = max(behind, max(event.entries, default=-1))
        due.setdefault(behind, []).append(position)
    last = after

    def number_due(place: int) -> None:
        nonlocal last
        for position in due.get(place, ()):
            if all(isinstance(placed[caused], Accepted) for caused in events[position].entries):
                last += 1
                numbers[position] = last

    number_due(-1)
    for place, verdict in enumerate(placed):
        if isinstance(verdict, Accepted):
            last += 1
            entries[place] = last
        number_due(place)
    return Numbers(entries, numbers, last)


async def write_log(
    conn: Connection,
    *,
    placed: Sequence[Verdict],
    events: Sequence[EventDraft],
    numbers: Numbers,
    moment: Moment,
    actor: Actor,
) -> None:
    """Write everything that was numbered, by one statement."""
    accepted = [(number, v) for number, v in zip(numbers.entries, placed, strict=True) if isinstance(v, Accepted)]
    recorded = [(number, event) for number, event in zip(numbers.events, events, strict=True) if number]
    await sql.write_log(
        conn,
        sequence=numbers.last,
        posted_at=moment.posted_at,
        posting_day=moment.posting_day,
        volume=sum(verdict.prepared.amount for _, verdict in accepted),
        records=[
            [number for number, _ in accepted] + [number for number, _ in recorded],
            ["ENTRY"] * len(accepted) + [event.kind for _, event in recorded],
        ],
        entries=_entry_columns(accepted, moment, actor),
        lines=_line_columns(accepted),
        events=_event_columns(recorded, numbers, moment, actor),
    )


def _entry_columns(accepted: Sequence[tuple[int, Accepted]], moment: Moment, actor: Actor) -> list[list[Any]]:
    posted_at_us = microseconds(moment.posted_at)
    drafts = [verdict.prepared.draft for _, verdict in accepted]
    hashes = [
        content_hash(
            platform=moment.platform,
            sequence=number,
            posted_at_us=posted_at_us,
            business_date=verdict.business_date.isoformat(),
            key=verdict.prepared.draft.key,
            actor=actor.name,
            fingerprint=verdict.prepared.fingerprint,
        )
        for number, verdict in accepted
    ]
    return [
        [number for number, _ in accepted],
        [draft.book_id for draft in drafts],
        [draft.reversal_of for draft in drafts],
        [verdict.business_date for _, verdict in accepted],
        [draft.business_date for draft in drafts],
        [len(draft.lines) for draft in drafts],
        [draft.key for draft in drafts],
        [verdict.prepared.fingerprint for _, verdict in accepted],
        hashes,
        [draft.source for draft in drafts],
        [actor.name] * len(drafts),
        [draft.template for draft in drafts],
        [draft.description for draft in drafts],
        [draft.document for draft in drafts],
        [draft.document_line for draft in drafts],
        [draft.cause for draft in drafts],
        [draft.metadata for draft in drafts],
    ]


def _line_columns(accepted: Sequence[tuple[int, Accepted]]) -> list[list[Any]]:
    rows = [
        (
            number,
            position,
            account.account_id,
            line.side,
            line.amount,
            line.account.currency,
            *after,
            verdict.business_date,
        )
        for number, verdict in accepted
        for position, (line, account, after) in enumerate(
            zip(verdict.prepared.draft.lines, verdict.prepared.accounts, verdict.after, strict=True), start=1
        )
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(10)]


def _event_columns(
    recorded: Sequence[tuple[int, EventDraft]], numbers: Numbers, moment: Moment, actor: Actor
) -> list[list[Any]]:
    posted_at_us = microseconds(moment.posted_at)
    rows = []
    for number, event in recorded:
        payload = _with_entries(event, numbers)
        mark = event_hash(
            event,
            platform=moment.platform,
            sequence=number,
            posted_at_us=posted_at_us,
            actor=actor.name,
            payload=payload,
        )
        parties = " ".join(map(str, event.parties))
        rows.append((number, event.kind, event.subject, event.occurred_at, actor.name, parties, payload, mark))
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(8)]


def _with_entries(event: EventDraft, numbers: Numbers) -> str:
    """The payload with the numbers of the entries it caused, which are known only now."""
    if not event.entries:
        return event.payload
    listed = ",".join(str(numbers.entries[place]) for place in event.entries)
    separator = "" if event.payload == "{}" else ","
    return f'{event.payload[:-1]}{separator}"entries":[{listed}]}}'
