"""The live stream of what happens on the platform."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Hashable, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from app.api.bounds import argument_of_at_most
from app.api.context import Context, Info
from app.api.cursor import CursorScope
from app.api.documents import OWN, name_document
from app.api.entries import Entry, load_entry
from app.api.errors import Why
from app.api.event_kinds import ENTRY_POSTED, EVENT_KINDS, OWN_FACTS, PLAIN_FACTS, REFERENCES
from app.api.parties import Party, load_party
from app.api.scalars import JSON, BigInt
from app.events.following import follow
from app.events.pages import Signal, Wanted
from ledger.errors import InvalidInput
from ledger.parties.errors import PartyMissing
from ledger.reporting.log import ENTRY, LogRecord
from ledger.reporting.parties import find_parties_by_reference


@strawberry.enum(
    description="What a message of the stream is. EVENT: something happened. HEARTBEAT: nothing did for a while, the"
    " stream is alive. CAUGHT_UP: what follows happens from now on. GAP: records before this place are missing from"
    " the log; read anew what you keep of it. OVERFLOW: you read too slowly and the stream ends; go on by its cursor."
)
class EnvelopeKind(StrEnum):
    EVENT = "EVENT"
    HEARTBEAT = "HEARTBEAT"
    CAUGHT_UP = "CAUGHT_UP"
    GAP = "GAP"
    OVERFLOW = "OVERFLOW"


@strawberry.type(description="Something that happened, as the log has it. It never changes.")
class Event:
    kind: str = strawberry.field(description="Such as order.paid, party.moved, entry.posted.")
    occurred_at: datetime
    posted_at: datetime = strawberry.field(description="When it was written to the log.")
    record: strawberry.Private[LogRecord]

    @classmethod
    def of(cls, record: LogRecord) -> "Event":
        """Make the API's event of the log's record."""
        return cls(
            kind=write_kind(record),
            occurred_at=record.occurred_at,
            posted_at=record.posted_at,
            record=record,
        )

    @strawberry.field(description=f"What it happened to, such as order/O-1. {OWN}")
    async def subject(self, info: Info) -> str | None:
        return await name_document(info.context, self.record.subject)

    @strawberry.field(description="Who did it; null for keys that see only a part.")
    def actor(self, info: Info) -> str | None:
        return self.record.actor if info.context.viewer.sees_whole_platform else None

    @strawberry.field(description="Whom it concerns, as far as you may see them.")
    async def parties(self, info: Info) -> list[Party]:
        found = await asyncio.gather(*(load_party(info.context, each) for each in self.record.parties))
        return [party for party in found if party is not None]

    @strawberry.field(description="What else the log says of it; for keys that see only a part, what concerns them.")
    async def payload(self, info: Info) -> JSON | None:
        if not self.record.payload:
            return None
        payload = json.loads(self.record.payload)
        if info.context.viewer.sees_whole_platform:
            return JSON(payload)
        return JSON(await _narrow(info.context, payload, domain=self.record.kind.split(".")[0]))

    @strawberry.field(description="The entry that was posted; null for other events.")
    async def entry(self, info: Info) -> Entry | None:
        return await load_entry(info.context, self.record.sequence) if self.record.kind == ENTRY else None

    @strawberry.field(description="The entries that it caused, as far as you may see them.")
    async def entries(self, info: Info) -> list[Entry]:
        # The journal adds them to the payload of what caused them.
        sequences = json.loads(self.record.payload or "{}").get("entries", ())
        found = await asyncio.gather(*(load_entry(info.context, each) for each in sequences))
        return [entry for entry in found if entry is not None]


@strawberry.type(description="One message of the stream. Keep the cursor: after it the stream can be taken up again.")
class EventEnvelope:
    kind: EnvelopeKind
    cursor: str
    sequence: BigInt | None = strawberry.field(
        description="The place in the platform's log up to which you have had what you asked for; null for keys that"
        " see only a part."
    )
    occurred_at: datetime | None = strawberry.field(description="The event's; null for messages about the stream.")
    event: Event | None
    # Those that follow it at once: they are told together, each in an answer of its own.
    others: strawberry.Private[Sequence["EventEnvelope"]] = ()

    @property
    def shared_key(self) -> Hashable | None:
        """What tells an event from every other, for those who are told of it at once; None of the stream's own."""
        return None if self.event is None else self.event.record.sequence


After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last message you had. Absent: from now on. Empty: from the beginning."
    ),
]
Types = Annotated[
    list[str] | None,
    argument_of_at_most(
        len(EVENT_KINDS), description="Only events of these kinds, such as order.paid or entry.posted. Absent: all."
    ),
]
OfParty = Annotated[
    str | None,
    strawberry.argument(description="The reference of a party: only events that concern it or somebody below it."),
]


@strawberry.type
class EventSubscriptions:
    @strawberry.subscription(
        description="What happens, in the order of the log: first what had happened after the cursor, then CAUGHT_UP,"
        " then what happens, without gap or duplicate."
    )
    async def events(
        self, info: Info, after: After = None, types: Types = None, party: OfParty = None
    ) -> AsyncGenerator[EventEnvelope]:
        context = info.context
        wanted = Wanted(read_kinds(types), await _find_roots(context, party))
        stretches = follow(
            context.services.events,
            platform_id=context.viewer.platform_id,
            wanted=wanted,
            after=_read_cursor(context, after),
        )
        async with aclosing(stretches):
            async for signals in stretches:
                first, *others = [_write_envelope(context, signal) for signal in signals]
                first.others = others
                yield first


def write_kind(record: LogRecord) -> str:
    """An event's kind as the API calls it."""
    return ENTRY_POSTED if record.kind == ENTRY else record.kind


def read_kinds(types: Sequence[str] | None) -> frozenset[str] | None:
    if types is None:
        return None
    for place, name in enumerate(types):
        if name not in EVENT_KINDS:
            raise InvalidInput(field=("types", str(place)), reason=Why.EVENT_KIND, known=", ".join(EVENT_KINDS))
    return frozenset(ENTRY if name == ENTRY_POSTED else name for name in types)


async def _find_roots(context: Context, reference: str | None) -> tuple[int, ...]:
    scope = context.viewer.scope_party_id
    roots = () if scope is None else (scope,)
    if reference is None:
        return roots
    (party,) = await context.read_alone(find_parties_by_reference, keys=[reference], scope=scope)
    if party is None:
        raise PartyMissing(field=("party",), reference=reference)
    return (*roots, party.party_id)


def _read_cursor(context: Context, after: str | None) -> int | None:
    if not after:
        return None if after is None else 0
    return int(context.services.cursors.decode(after, scope=_scope(context), field=("after",))[0])


def _scope(context: Context) -> CursorScope:
    # Not the filters: who changes what he listens to goes on from where he is.
    return CursorScope(context.viewer.platform_id, "events", {"scope": context.viewer.scope_party_id})


def _write_envelope(context: Context, signal: Signal) -> EventEnvelope:
    shown = context.viewer.sees_whole_platform
    position: tuple[int | str, ...] = (signal.position,)
    if signal.record is None and not shown:
        # Equal cursors of two heartbeats would say that nobody else did anything in between.
        position = (signal.position, secrets.token_hex(8))
    return EventEnvelope(
        kind=EnvelopeKind(signal.kind.value),
        cursor=context.services.cursors.encode(position, scope=_scope(context)),
        sequence=BigInt(signal.position) if shown else None,
        occurred_at=None if signal.record is None else signal.record.occurred_at,
        event=None if signal.record is None else Event.of(signal.record),
    )


async def _narrow(context: Context, payload: dict[str, object], *, domain: str) -> dict[str, object]:
    named = {key: str(payload[key]) for key in REFERENCES & payload.keys() if payload[key] is not None}
    scope = context.viewer.scope_party_id
    rows = await asyncio.gather(
        *(context.load(find_parties_by_reference, reference, scope=scope) for reference in named.values())
    )
    seen = {key for key, row in zip(named, rows, strict=True) if row is not None}
    readable = PLAIN_FACTS | seen
    if "party" in seen:
        readable |= OWN_FACTS.get(domain, frozenset())
    return {key: value for key, value in payload.items() if key in readable}
