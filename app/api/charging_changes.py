"""Mutations of charging: what happens to orders, and the plans that say who gets what of them."""

from datetime import date
from enum import StrEnum

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Info
from app.api.money import Money
from app.api.mutations import Payload, mutation
from app.api.order_lines import OrderLine, load_order_line
from app.api.orders import Order, find_order
from app.api.scalars import JSON, BigInt
from app.auth import PROVIDERS
from app.lanes.order_kinds import PUBLISH_FEE_PLAN, RECORD_ORDER_EVENTS, RELEASE_SUSPENSE, Release
from ledger.charging.event import OrderEvent
from ledger.charging.parsing import parse_event
from ledger.charging.plan import parse_plan
from ledger.charging.recording import Recorded
from ledger.charging.suspense import Destination

MOST_EVENTS = 500


@strawberry.input(description="A fee plan as one JSON document: plan, validFrom, commission and the rest.")
class PublishFeePlanInput:
    document: JSON


@strawberry.input(
    description="At most 500 order events as JSON objects: event, id (the idempotency key), order, occurredAt and what"
    " the kind of event needs. Events of one order come in order."
)
class RecordOrderEventsInput:
    events: list[JSON] = at_most(MOST_EVENTS)


@strawberry.enum(description="Where a suspense item goes: to its owner, or back to the merchant whose money was split.")
class SuspenseDestination(StrEnum):
    OWNER = "OWNER"
    SPLITTER = "SPLITTER"


@strawberry.input(description="An item in suspense, and where it goes.")
class ReleaseSuspenseInput:
    item: BigInt = strawberry.field(description="The item's number.")
    to: SuspenseDestination
    opening: int | None = strawberry.field(
        default=None,
        description="Which opening of the item is meant, as the item says it. With it a request that comes again,"
        " however late, is answered with what became of that opening; without it the item is taken as it stands.",
    )


@strawberry.type(description="What became of a version of a fee plan.")
class PublishFeePlanPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was published before.")
    name: str | None = None
    version: int | None = strawberry.field(
        default=None, description="Its number among the platform's plans; null while it waits for approval."
    )
    valid_from: date | None = None
    approval_id: strawberry.Private[int | None] = None

    @strawberry.field(description="What it waits for before it is in force; null where nobody has to agree.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_id is None else await load_approval(info.context, self.approval_id)


@strawberry.type(description="What became of one order event.")
class OrderEventPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was recorded under this id before.")
    event_id: str | None = None
    sequence: BigInt | None = strawberry.field(default=None, description="Its place in the log.")
    reference: strawberry.Private[str | None] = None

    @strawberry.field(description="The order as all its events have left it; null when this one was refused.")
    async def order(self, info: Info) -> Order | None:
        return None if self.reference is None else await find_order(info.context, self.reference)


@strawberry.type(description="What became of order events.")
class RecordOrderEventsPayload(Payload):
    results: list[OrderEventPayload] = strawberry.field(
        default_factory=list, description="One per event of the input, in its order."
    )


@strawberry.type(description="What became of an item in suspense.")
class ReleaseSuspensePayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it went there before.")
    number: BigInt | None = strawberry.field(default=None, description="The item's.")
    opening: int | None = strawberry.field(default=None, description="Which opening of the item was released.")
    amount: Money | None = strawberry.field(
        default=None, description="What moved when it was released, also where that was before."
    )
    place: strawberry.Private[tuple[str, str] | None] = None

    @strawberry.field(description="The line whose share it is; null when the release was refused.")
    async def order_line(self, info: Info) -> OrderLine | None:
        return None if self.place is None else await load_order_line(info.context, *self.place)

    @strawberry.field(description="The order of the item's line; null when the release was refused.")
    async def order(self, info: Info) -> Order | None:
        return None if self.place is None else await find_order(info.context, self.place[0])


@strawberry.type
class ChargingMutations:
    @mutation(
        description="Record what happened to orders, each event on its own: one that is refused leaves the others.",
        roles=PROVIDERS,
    )
    async def record_order_events(self, info: Info, input: RecordOrderEventsInput) -> RecordOrderEventsPayload:
        answers = await submit_each(info.context, RECORD_ORDER_EVENTS, input.events, read=_read_event)
        results = write_each(info.context, answers, field="events", refused=OrderEventPayload, done=_write_recorded)
        for result, event in zip(results, input.events, strict=True):
            result.event_id = result.event_id or _name_event(event)
        return RecordOrderEventsPayload(results=results)

    @mutation(
        description="Publish a version of a fee plan. It never changes; what comes later is another version. Where a"
        " flow asks for approval, it is in force once that is granted.",
        prefix=("document",),
    )
    async def publish_fee_plan(self, info: Info, input: PublishFeePlanInput) -> PublishFeePlanPayload:
        published = await submit_one(info.context, PUBLISH_FEE_PLAN, parse_plan(input.document))
        return PublishFeePlanPayload(
            replayed=published.replayed,
            name=published.plan,
            version=published.version,
            valid_from=published.valid_from,
            approval_id=published.approval_id,
        )

    @mutation(description="Release what waits in suspense because its receiver could not be credited.")
    async def release_suspense(self, info: Info, input: ReleaseSuspenseInput) -> ReleaseSuspensePayload:
        release = Release(input.item, Destination(str(input.to)), input.opening)
        released = await submit_one(info.context, RELEASE_SUSPENSE, release)
        return ReleaseSuspensePayload(
            replayed=released.replayed,
            number=BigInt(released.item),
            opening=released.opening,
            amount=Money.of(released.amount, released.currency),
            place=(released.order, released.line),
        )


def _read_event(document: JSON) -> OrderEvent:
    return parse_event(document)


def _write_recorded(recorded: Recorded) -> OrderEventPayload:
    return OrderEventPayload(
        replayed=recorded.replayed,
        event_id=recorded.event_id,
        sequence=BigInt(recorded.sequence),
        reference=recorded.order,
    )


def _name_event(document: JSON) -> str | None:
    """Whatever id a refused event came with, so that its sender can tell which one it was."""
    identifier = document.get("id")
    return identifier if isinstance(identifier, str) else None
