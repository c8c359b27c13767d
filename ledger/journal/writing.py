"""From verdicts to columns: the numbers in the log, the hashes, and the arrays of the one statement that writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple, TypeVar

from ledger.actor import Actor
from ledger.db import columns
from ledger.journal.encoding import content_hashes, event_hashes
from ledger.journal.judging import Accepted, Verdict
from ledger.journal.model import EventDraft
from ledger.journal.sql import LogColumns

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Moment:
    """The log as this transaction holds it: whose it is, and the instant and posting day of what comes."""

    platform: str
    posted_at: datetime
    posting_day: date


class Numbers(NamedTuple):
    """
    What a stretch of the batch was given: the log's last number `before` it and after it, the numbers of its accepted
    entries, and of the events due with them by their position.
    """

    before: int
    last: int
    entries: list[int]
    events: list[tuple[int, int]]


class Numbering:
    """
    Places in the log per draft and per event, in order, 0 where this batch writes nothing; `last` is the head's.

    Each event comes right after the last of its entries; events without entries come where they stand among the
    events. Refusals take no number, so they leave no gap.
    """

    def __init__(self, drafts: Sequence[EventDraft], *, after: int) -> None:
        self.drafts = drafts
        self.entries: list[int] = []
        self.events = [0] * len(drafts)
        self.last = after
        self._due: dict[int, list[int]] = {}
        behind = -1
        for position, event in enumerate(drafts):
            # Events keep their order: one whose entries come early still waits for the events before it.
            behind = max(behind, max(event.entries, default=-1))
            self._due.setdefault(behind, []).append(position)

    def advance(self, placed: Sequence[Verdict]) -> Numbers:
        """Number the next verdicts of the batch, and the events that are due with them."""
        before, start, told = self.last, len(self.entries), list[tuple[int, int]]()
        if start == 0:
            self._number_due(-1, told)
        for verdict in placed:
            if isinstance(verdict, Accepted):
                self.last += 1
                self.entries.append(self.last)
            else:
                self.entries.append(0)
            self._number_due(len(self.entries) - 1, told)
        return Numbers(before, self.last, [number for number in self.entries[start:] if number], told)

    def _number_due(self, place: int, told: list[tuple[int, int]]) -> None:
        for position in self._due.get(place, ()):
            if all(self.entries[caused] for caused in self.drafts[position].entries):
                self.last += 1
                self.events[position] = self.last
                told.append((self.last, position))


def draw_log(
    accepted: Sequence[Accepted], *, numbers: Numbers, numbering: Numbering, moment: Moment, actor: Actor
) -> LogColumns:
    """What was numbered, as the columns of the statement that writes it."""
    drafts = [verdict.prepared.draft for verdict in accepted]
    lines = [line for draft in drafts for line in draft.lines]
    counts = [len(draft.lines) for draft in drafts]
    dates = [verdict.business_date for verdict in accepted]
    after = [running for verdict in accepted for running in verdict.after]
    hashes = content_hashes(
        [
            (number, verdict.business_date, verdict.prepared.draft.key, verdict.prepared.fingerprint)
            for number, verdict in zip(numbers.entries, accepted, strict=True)
        ],
        platform=moment.platform,
        posted_at=moment.posted_at,
        actor=actor.name,
    )
    told = [(number, numbering.drafts[position]) for number, position in numbers.events]
    return LogColumns(
        sequence=numbers.last,
        posted_at=moment.posted_at,
        posting_day=moment.posting_day,
        volume=sum([verdict.prepared.amount for verdict in accepted]),
        actor=actor.name,
        entries=[
            columns.numbers(numbers.entries),
            columns.numbers([draft.book_id for draft in drafts]),
            columns.numbers([draft.reversal_of for draft in drafts]),
            columns.days(dates),
            columns.days([draft.business_date for draft in drafts]),
            columns.numbers(counts),
            b"".join([verdict.prepared.fingerprint for verdict in accepted]),
            b"".join(hashes),
            columns.texts([draft.key for draft in drafts]),
            columns.texts([draft.source for draft in drafts]),
            columns.texts([draft.template for draft in drafts]),
            columns.texts([draft.description for draft in drafts]),
            columns.texts([draft.document for draft in drafts]),
            columns.texts([draft.document_line for draft in drafts]),
            columns.texts([draft.cause for draft in drafts]),
            columns.texts([draft.metadata for draft in drafts]),
        ],
        lines=[
            columns.numbers(_spread(numbers.entries, counts)),
            columns.numbers(chain.from_iterable([range(1, count + 1) for count in counts])),
            columns.numbers([account.account_id for verdict in accepted for account in verdict.prepared.accounts]),
            columns.texts([line.side for line in lines]),
            columns.numbers([line.amount for line in lines]),
            columns.texts([line.account.currency for line in lines]),
            columns.numbers([running.version for running in after]),
            columns.numbers([running.debit for running in after]),
            columns.numbers([running.credit for running in after]),
            columns.days(_spread(dates, counts)),
        ],
        events=_event_columns(told, numbering, moment, actor),
    )


def _event_columns(
    told: Sequence[tuple[int, EventDraft]], numbering: Numbering, moment: Moment, actor: Actor
) -> list[str | bytes]:
    events = [event for _, event in told]
    payloads = [_with_entries(event, numbering) for event in events]
    hashes = event_hashes(
        [(number, event, payload) for (number, event), payload in zip(told, payloads, strict=True)],
        platform=moment.platform,
        posted_at=moment.posted_at,
        actor=actor.name,
    )
    return [
        columns.numbers([number for number, _ in told]),
        columns.texts([event.kind for event in events]),
        columns.texts([event.subject for event in events]),
        columns.instants([event.occurred_at for event in events]),
        columns.texts([" ".join(map(str, event.parties)) for event in events]),
        columns.texts(payloads),
        b"".join(hashes),
    ]


def _with_entries(event: EventDraft, numbering: Numbering) -> str:
    """The payload with the numbers of the entries it caused, which are known only now."""
    if not event.entries:
        return event.payload
    listed = ",".join([str(numbering.entries[place]) for place in event.entries])
    separator = "" if event.payload == "{}" else ","
    return f'{event.payload[:-1]}{separator}"entries":[{listed}]}}'


def _spread(values: Sequence[Value], counts: Sequence[int]) -> list[Value]:
    """What an entry has once, for each of its lines."""
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
