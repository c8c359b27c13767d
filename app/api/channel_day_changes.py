"""Mutations on what payment channels say of their days: a person sets differences aside, or takes them up again."""

import strawberry

from app.api.batches import submit_one
from app.api.bounds import at_most
from app.api.channel_days import ChannelDay, ChannelDifferenceReason, ChannelRecordKind, find_channel_day
from app.api.context import Context, Info
from app.api.money import MoneyInput
from app.api.mutations import Payload, mutation
from app.api.scalars import BigInt
from app.lanes.channel_kinds import DISMISS_CHANNEL_DIFFERENCES, REOPEN_CHANNEL_DIFFERENCES, WordOnDifferences
from ledger import fields
from ledger.charging.channel_days.errors import ChannelDayMissing
from ledger.charging.channel_days.model import Difference, DifferenceReason, RecordKind

MOST_DIFFERENCES = 500


@strawberry.input(description="A difference exactly as `channelDifferences` lists it.")
class ChannelDifferenceInput:
    reason: ChannelDifferenceReason
    kind: ChannelRecordKind
    order_reference: str
    name: str
    record: str | None = None
    told: MoneyInput | None = None
    booked: MoneyInput | None = None

    def to_value(self, channel_day_id: int, *, field: tuple[str, ...]) -> Difference:
        """Make the ledger's difference. Refusals: those of MoneyInput.to_minor."""
        sides = {"told": self.told, "booked": self.booked}
        told, booked = (
            None if side is None else side.to_minor(field=(*field, name), allow_zero=True)
            for name, side in sides.items()
        )
        return Difference(
            channel_day_id,
            DifferenceReason(self.reason),
            RecordKind(self.kind),
            self.order_reference,
            self.name,
            self.record or "",
            told,
            booked,
            self.told.currency if self.told else "",
            self.booked.currency if self.booked else "",
        )


@strawberry.input(description="Differences of a channel's day, as they read, and what a person says of them.")
class _WordOnDifferencesInput:
    channel_day: BigInt = strawberry.field(description="Its number.")
    differences: list[ChannelDifferenceInput] = at_most(MOST_DIFFERENCES)
    reason: str = strawberry.field(description="1 to 200 characters on one line, without blanks at its ends.")


@strawberry.input(
    description="At most 500 differences of a day, as they read, and why nobody need look at them any more. All of them"
    " are set aside, or none."
)
class DismissChannelDifferencesInput(_WordOnDifferencesInput):
    pass


@strawberry.input(
    description="At most 500 differences of a day that were set aside, as they read, and why somebody has to look at"
    " them again. All of them are taken up again, or none."
)
class ReopenChannelDifferencesInput(_WordOnDifferencesInput):
    pass


@strawberry.type(description="A payload that leads to a channel's day.")
class _OfChannelDay(Payload):
    number: strawberry.Private[int | None] = None

    @strawberry.field(description="Their day; null when it was refused.")
    async def channel_day(self, info: Info) -> ChannelDay | None:
        return None if self.number is None else await find_channel_day(info.context, self.number)


@strawberry.type(description="What became of differences that were set aside.")
class DismissChannelDifferencesPayload(_OfChannelDay):
    dismissed: int = strawberry.field(default=0, description="How many had not been set aside before.")


@strawberry.type(description="What became of differences that were taken up again.")
class ReopenChannelDifferencesPayload(_OfChannelDay):
    reopened: int = strawberry.field(default=0, description="How many had been set aside before.")


@strawberry.type
class ChannelDayMutations:
    @mutation(
        description="Set differences of a channel's day aside: a person has seen to them. They leave the work queue for"
        " as long as they read the same; one that changes is open again."
    )
    async def dismiss_channel_differences(
        self, info: Info, input: DismissChannelDifferencesInput
    ) -> DismissChannelDifferencesPayload:
        dismissal = await _read(info.context, input)
        dismissed = await submit_one(info.context, DISMISS_CHANNEL_DIFFERENCES, dismissal)
        return DismissChannelDifferencesPayload(dismissed=dismissed, number=int(input.channel_day))

    @mutation(
        description="Take differences of a channel's day up again that were set aside: they are open and in the work"
        " queue until they are set aside anew. That they had been, by whom and why, stays in the log."
    )
    async def reopen_channel_differences(
        self, info: Info, input: ReopenChannelDifferencesInput
    ) -> ReopenChannelDifferencesPayload:
        reopening = await _read(info.context, input)
        reopened = await submit_one(info.context, REOPEN_CHANNEL_DIFFERENCES, reopening)
        return ReopenChannelDifferencesPayload(reopened=reopened, number=int(input.channel_day))


async def _read(context: Context, given: _WordOnDifferencesInput) -> WordOnDifferences:
    """Refusals: those of MoneyInput.to_minor, ChannelDayMissing, InvalidInput."""
    number = int(given.channel_day)
    differences = tuple(
        each.to_value(number, field=("differences", str(place))) for place, each in enumerate(given.differences)
    )
    if not differences and await find_channel_day(context, number) is None:
        raise ChannelDayMissing(field=("channel_day",), number=number)
    return WordOnDifferences(differences, fields.read_text(given.reason, field=("reason",)))
