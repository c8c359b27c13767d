"""Mutations of the generic billing interface: fee lines from elsewhere, the catalogue they follow, their sources."""

from datetime import timedelta

import strawberry

from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Info
from app.api.fee_lines import FeeLine, load_fee_line
from app.api.money import Money
from app.api.mutations import Payload, mutation
from app.api.orders import Order, find_order
from app.api.scalars import JSON, BigInt
from app.auth import PROVIDERS
from app.lanes.fee_line_kinds import (
    COMPLETE_INTERNAL_SPLIT,
    PUBLISH_FEE_ITEMS,
    REGISTER_SOURCE,
    RETRY_REFUSED_LINES,
    SUBMIT_FEE_LINES,
    SourceChange,
)
from ledger import fields
from ledger.charging.fees.items import parse_items
from ledger.charging.fees.model import FeeLineDraft, Submitted
from ledger.charging.fees.parsing import parse_fee_line

MOST_LINES = 500


@strawberry.input(
    description="At most 500 fee lines as JSON objects: id (the idempotency key), party, settlementEntity, item,"
    " currency, occurredAt, and amount or base and rate, perhaps of a bundle or an invoice; or reverses with amount or"
    " base."
)
class SubmitFeeLinesInput:
    lines: list[JSON] = at_most(MOST_LINES)


@strawberry.input(description="Fee items as one JSON document: items, a list of code, name, direction, accounts …")
class PublishFeeItemsInput:
    document: JSON


@strawberry.input(description="A system that fee lines are pulled from.")
class RegisterFeeSourceInput:
    name: str
    url: str
    interval_seconds: int
    credential_variable: str = strawberry.field(
        default="", description="The variable of the server's environment that holds the token: SPLITBOOK_SOURCE_…"
    )
    active: bool = True


@strawberry.type(description="What became of one fee line.")
class FeeLinePayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was submitted under this id before.")
    line_id: str | None = None
    sequence: BigInt | None = strawberry.field(default=None, description="The place of its event in the log.")
    amount: Money | None = strawberry.field(default=None, description="What it moves, without a sign.")

    @strawberry.field(description="The line as it stands now; null when it was refused.")
    async def fee_line(self, info: Info) -> FeeLine | None:
        return None if self.sequence is None else await load_fee_line(info.context, str(self.line_id))


@strawberry.type(description="What became of fee lines.")
class SubmitFeeLinesPayload(Payload):
    results: list[FeeLinePayload] = strawberry.field(
        default_factory=list, description="One per line of the input, in its order."
    )


@strawberry.type(description="A version of a fee item.")
class PublishedFeeItem:
    code: str
    version: int
    replayed: bool = strawberry.field(description="Whether the version in force says the same already.")


@strawberry.type(description="What became of fee items.")
class PublishFeeItemsPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether nothing of it was new.")
    items: list[PublishedFeeItem] = strawberry.field(default_factory=list)


@strawberry.type(description="What became of a source of fee lines.")
class RegisterFeeSourcePayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether the source was there before.")
    name: str | None = None


@strawberry.input(description="At most 500 refused lines of sources, by their numbers.")
class RetryRefusedFeeLinesInput:
    lines: list[BigInt] = at_most(MOST_LINES, description="Their numbers.")


@strawberry.type(description="What became of refused lines of sources that were tried again.")
class RetryRefusedFeeLinesPayload(Payload):
    results: list[FeeLinePayload] = strawberry.field(
        default_factory=list, description="One per number of the input, in its order."
    )


@strawberry.input(description="An order whose internal split has its money.")
class CompleteInternalSplitInput:
    order: str = strawberry.field(description="The order's reference.")


@strawberry.type(description="What became of an internal split.")
class CompleteInternalSplitPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was done before.")
    reference: strawberry.Private[str | None] = None

    @strawberry.field(description="The order; null when it was refused.")
    async def order(self, info: Info) -> Order | None:
        return None if self.reference is None else await find_order(info.context, self.reference)


@strawberry.type
class FeeLineMutations:
    @mutation(
        description="Submit fee lines that were made elsewhere, each on its own: a refused one leaves the others.",
        roles=PROVIDERS,
    )
    async def submit_fee_lines(self, info: Info, input: SubmitFeeLinesInput) -> SubmitFeeLinesPayload:
        answers = await submit_each(info.context, SUBMIT_FEE_LINES, input.lines, read=_read_line)
        results = write_each(info.context, answers, field="lines", refused=FeeLinePayload, done=_write_submitted)
        for result, line in zip(results, input.lines, strict=True):
            result.line_id = result.line_id or _name_line(line)
        return SubmitFeeLinesPayload(results=results)

    @mutation(
        description="Publish versions of fee items. What is in force already is not published again.",
        prefix=("document",),
    )
    async def publish_fee_items(self, info: Info, input: PublishFeeItemsInput) -> PublishFeeItemsPayload:
        published = await submit_one(info.context, PUBLISH_FEE_ITEMS, parse_items(input.document))
        items = [PublishedFeeItem(code=each.code, version=each.version, replayed=each.replayed) for each in published]
        return PublishFeeItemsPayload(replayed=all(item.replayed for item in items), items=items)

    @mutation(description="Register a system that fee lines are pulled from, or change how often and whether.")
    async def register_fee_source(self, info: Info, input: RegisterFeeSourceInput) -> RegisterFeeSourcePayload:
        change = SourceChange(
            name=fields.read_text(input.name, field=("name",)),
            url=input.url,
            credential_variable=input.credential_variable,
            interval=timedelta(seconds=input.interval_seconds),
            is_active=input.active,
        )
        registered = await submit_one(info.context, REGISTER_SOURCE, change)
        return RegisterFeeSourcePayload(replayed=registered.replayed, name=registered.name)

    @mutation(
        description="Try refused lines of sources again now, whenever the next pull would; those that were accepted"
        " meanwhile are replayed."
    )
    async def retry_refused_fee_lines(
        self, info: Info, input: RetryRefusedFeeLinesInput
    ) -> RetryRefusedFeeLinesPayload:
        answers = await submit_each(info.context, RETRY_REFUSED_LINES, input.lines, read=int)
        results = write_each(
            info.context, answers, field="lines", refused=FeeLinePayload, done=_write_submitted, has_fields=False
        )
        return RetryRefusedFeeLinesPayload(results=results)

    @mutation(description="Say that the money of an order's internal split is there.")
    async def complete_internal_split(
        self, info: Info, input: CompleteInternalSplitInput
    ) -> CompleteInternalSplitPayload:
        done = await submit_one(info.context, COMPLETE_INTERNAL_SPLIT, input.order)
        return CompleteInternalSplitPayload(replayed=done.replayed, reference=done.order)


def _read_line(document: JSON) -> FeeLineDraft:
    return parse_fee_line(document)


def _write_submitted(line: Submitted) -> FeeLinePayload:
    return FeeLinePayload(
        replayed=line.replayed,
        line_id=line.reference,
        sequence=BigInt(line.sequence),
        amount=Money.of(line.amount, line.currency),
    )


def _name_line(document: JSON) -> str | None:
    """Whatever id a refused line came with, so that its sender can tell which one it was."""
    identifier = document.get("id")
    return identifier if isinstance(identifier, str) else None
