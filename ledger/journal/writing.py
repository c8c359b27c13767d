"""From verdicts to columns: the numbers in the log, the hashes, and the arrays of the one statement that writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.actor import Actor
from ledger.db import columns
from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.encoding import content_hashes, event_hash
from ledger.journal.judging import Accepted, Verdict
from ledger.journal.model import EventDraft
from ledger.journal.outlining import Outline, spread


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
    accepted: Sequence[Accepted],
    outline: Outline,
    events: Sequence[EventDraft],
    numbers: Numbers,
    moment: Moment,
    actor: Actor,
) -> None:
    """Write everything that was numbered, by one statement."""
    sequences = [number for number in numbers.entries if number]
    recorded = [(number, event) for number, event in zip(numbers.events, events, strict=True) if number]
    hashes = content_hashes(
        [
            (number, verdict.business_date, verdict.prepared.draft.key, verdict.prepared.fingerprint)
            for number, verdict in zip(sequences, accepted, strict=True)
        ],
        platform=moment.platform,
        posted_at=moment.posted_at,
        actor=actor.name,
    )
    after = [running for verdict in accepted for running in verdict.after]
    await sql.write_log(
        conn,
        sequence=numbers.last,
        posted_at=moment.posted_at,
        posting_day=moment.posting_day,
        volume=outline.volume,
        actor=actor.name,
        records=[
            columns.numbers(sequences + [number for number, _ in recorded]),
            columns.texts(["ENTRY"] * len(sequences) + [event.kind for _, event in recorded]),
        ],
        entries=[
            columns.numbers(sequences),
            outline.books,
            outline.reversals,
            outline.business_dates,
            outline.requested_dates,
            outline.line_counts,
            outline.fingerprints,
            b"".join(hashes),
            *outline.texts,
        ],
        lines=[
            columns.numbers(spread(sequences, outline.counts)),
            outline.positions,
            outline.account_ids,
            outline.sides,
            outline.amounts,
            outline.currencies,
            columns.numbers([running.version for running in after]),
            columns.numbers([running.debit for running in after]),
            columns.numbers([running.credit for running in after]),
            outline.line_dates,
        ],
        events=_event_columns(recorded, numbers, moment, actor),
    )


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
