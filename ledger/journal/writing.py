"""From verdicts to columns: the numbers in the log, the hashes, and the arrays of the one statement that writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from ledger.actor import Actor
from ledger.db import columns
from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.encoding import content_hashes, event_hash
from ledger.journal.judging import Accepted, Verdict
from ledger.journal.model import EventDraft

Value = TypeVar("Value")


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
            columns.numbers([number for number, _ in accepted] + [number for number, _ in recorded]),
            columns.texts(["ENTRY"] * len(accepted) + [event.kind for _, event in recorded]),
        ],
        entries=_entry_columns(accepted, moment, actor),
        lines=_line_columns(accepted),
        events=_event_columns(recorded, numbers, moment, actor),
    )


def _entry_columns(accepted: Sequence[tuple[int, Accepted]], moment: Moment, actor: Actor) -> list[str | bytes]:
    drafts = [verdict.prepared.draft for _, verdict in accepted]
    hashes = content_hashes(
        [
            (number, verdict.business_date, verdict.prepared.draft.key, verdict.prepared.fingerprint)
            for number, verdict in accepted
        ],
        platform=moment.platform,
        posted_at=moment.posted_at,
        actor=actor.name,
    )
    return [
        columns.numbers([number for number, _ in accepted]),
        columns.numbers([draft.book_id for draft in drafts]),
        columns.numbers([draft.reversal_of for draft in drafts]),
        columns.days([verdict.business_date for _, verdict in accepted]),
        columns.days([draft.business_date for draft in drafts]),
        columns.numbers([len(draft.lines) for draft in drafts]),
        b"".join([verdict.prepared.fingerprint for _, verdict in accepted]),
        b"".join(hashes),
        actor.name,
        columns.texts([draft.key for draft in drafts]),
        columns.texts([draft.source for draft in drafts]),
        columns.texts([draft.template for draft in drafts]),
        columns.texts([draft.description for draft in drafts]),
        columns.texts([draft.document for draft in drafts]),
        columns.texts([draft.document_line for draft in drafts]),
        columns.texts([draft.cause for draft in drafts]),
        columns.texts([draft.metadata for draft in drafts]),
    ]


def _line_columns(accepted: Sequence[tuple[int, Accepted]]) -> list[str]:
    lines = [line for _, verdict in accepted for line in verdict.prepared.draft.lines]
    after = [running for _, verdict in accepted for running in verdict.after]
    counts = [len(verdict.after) for _, verdict in accepted]
    return [
        columns.numbers(_spread([number for number, _ in accepted], counts)),
        columns.numbers([position for count in counts for position in range(1, count + 1)]),
        columns.numbers([account.account_id for _, verdict in accepted for account in verdict.prepared.accounts]),
        columns.texts([line.side for line in lines]),
        columns.numbers([line.amount for line in lines]),
        columns.texts([line.account.currency for line in lines]),
        columns.numbers([running.version for running in after]),
        columns.numbers([running.debit for running in after]),
        columns.numbers([running.credit for running in after]),
        columns.days(_spread([verdict.business_date for _, verdict in accepted], counts)),
    ]


def _spread(values: Sequence[Value], counts: Sequence[int]) -> list[Value]:
    """What an entry has once, for each of its lines."""
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]


def _event_columns(
    recorded: Sequence[tuple[int, EventDraft]], numbers: Numbers, moment: Moment, actor: Actor
) -> list[str | bytes]:
    events = [event for _, event in recorded]
    payloads = [_with_entries(event, numbers) for event in events]
    hashes = [
        event_hash(
            event,
            platform=moment.platform,
            sequence=number,
            posted_at=moment.posted_at,
            actor=actor.name,
            payload=payload,
        )
        for (number, event), payload in zip(recorded, payloads, strict=True)
    ]
    return [
        columns.numbers([number for number, _ in recorded]),
        columns.texts([event.kind for event in events]),
        columns.texts([event.subject for event in events]),
        columns.instants([event.occurred_at for event in events]),
        columns.texts([" ".join(map(str, event.parties)) for event in events]),
        columns.texts(payloads),
        b"".join(hashes),
    ]


def _with_entries(event: EventDraft, numbers: Numbers) -> str:
    """The payload with the numbers of the entries it caused, which are known only now."""
    if not event.entries:
        return event.payload
    listed = ",".join(str(numbers.entries[place]) for place in event.entries)
    separator = "" if event.payload == "{}" else ","
    return f'{event.payload[:-1]}{separator}"entries":[{listed}]}}'
