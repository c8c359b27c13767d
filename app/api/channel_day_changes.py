"""Mutations on what payment channels say of their days: a person sets differences aside."""

import strawberry

from app.api.batches import submit_one
from app.api.bounds import at_most
from app.api.channel_days import ChannelDay, ChannelDifferenceReason, ChannelRecordKind, find_channel_day
from app.api.context import Info
from app.api.money import MoneyInput
from app.api.mutations import Payload, mutation
from app.api.scalars import BigInt
from app.lanes.channel_kinds import DISMISS_CHANNEL_DIFFERENCES, Dismissal
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


@strawberry.input(
    description="At most 500 differences of a day, as they read, and why nobody need look at them any more. All of them"
    " are set aside, or none."
)
class DismissChannelDifferencesInput:
    channel_day: BigInt = strawberry.field(description="Its number.")
    differences: list[ChannelDifferenceInput] = at_most(MOST_DIFFERENCES)
    reason: str = strawberry.field(description="1 to 200 characters on one line, without blanks at its ends.")


@strawberry.type(description="What became of differences that were set aside.")
class DismissChannelDifferencesPayload(Payload):
    dismissed: int = strawberry.field(default=0, description="How many had not been set aside before.")
    number: strawberry.Private[int | None] = None

    @strawberry.field(description="Their day; null when it was refused.")
    async def channel_day(self, info: Info) -> ChannelDay | None:
        return None if self.number is None else await find_channel_day(info.context, self.number)


@strawberry.type
class ChannelDayMutations:
    @mutation(
        description="Set differences of a channel's day aside: a person has seen to them. They leave the work queue for"
        " as long as they read the same; one that changes is open again."
    )
    async def dismiss_channel_differences(
        self, info: Info, input: DismissChannelDifferencesInput
    ) -> DismissChannelDifferencesPayload:
        number, given = int(input.channel_day), input.differences
        differences = tuple(
            each.to_value(number, field=("differences", str(place))) for place, each in enumerate(given)
        )
        if not given and await find_channel_day(info.context, number) is None:
            raise ChannelDayMissing(field=("channel_day",), number=number)
        dismissal = Dismissal(differences, fields.read_text(input.reason, field=("reason",)))
        dismissed = await submit_one(info.context, DISMISS_CHANNEL_DIFFERENCES, dismissal)
        return DismissChannelDifferencesPayload(dismissed=dismissed, number=number)
