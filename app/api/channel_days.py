"""What payment channels say of their days, beside what is booked here, difference by difference."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named
from app.api.scalars import BigInt, CurrencyCode
from ledger.charging.channel_days.errors import ChannelDayMissing
from ledger.charging.channel_days.model import Difference
from ledger.reporting import channel_days
from ledger.reporting.channel_days import ChannelDayFilter, ChannelDayRow, ComparedDay


@strawberry.enum(description="What a payment channel did.")
class ChannelRecordKind(StrEnum):
    CAPTURE = "CAPTURE"
    REFUND = "REFUND"


@strawberry.enum(
    description="How what a channel says differs from what is booked here. BOOK_MISSING: it is not booked here;"
    " CHANNEL_MISSING: the channel did not say it, on that day or since; TOLD_TWICE: the channel had said it before."
)
class ChannelDifferenceReason(StrEnum):
    BOOK_MISSING = "BOOK_MISSING"
    CHANNEL_MISSING = "CHANNEL_MISSING"
    TOLD_TWICE = "TOLD_TWICE"
    ENTITY_DIFF = "ENTITY_DIFF"
    CURRENCY_DIFF = "CURRENCY_DIFF"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    FEE_DIFF = "FEE_DIFF"


@strawberry.type(description="That a person set a difference aside, as it reads, and nobody has taken it up again.")
class ChannelDismissal:
    reason: str = strawberry.field(description="Why nobody need look at it any more.")
    actor: str
    dismissed_at: datetime


@strawberry.type(description="One payment or refund of which a channel says something else than is booked here.")
class ChannelDifference:
    reason: ChannelDifferenceReason
    kind: ChannelRecordKind
    order_reference: str
    name: str = strawberry.field(description="The channel's name for the payment; of a refund its reference.")
    record: str | None = strawberry.field(description="The channel's record; null where it has none.")
    told: Money | None = strawberry.field(description="What the channel says: the amount, of FEE_DIFF the fee.")
    booked: Money | None = strawberry.field(description="The same as it is booked here.")
    row: strawberry.Private[Difference]

    @classmethod
    def of(cls, row: Difference) -> "ChannelDifference":
        """Make the API's difference of the ledger's."""
        return cls(
            reason=ChannelDifferenceReason(row.reason.value),
            kind=ChannelRecordKind(row.kind.value),
            order_reference=row.order,
            name=row.name,
            record=row.record or None,
            told=None if row.told is None else Money.of(row.told, row.told_currency),
            booked=None if row.booked is None else Money.of(row.booked, row.booked_currency),
            row=row,
        )

    @strawberry.field(description="Who set it aside as it reads now, and why; null while it is open.")
    async def dismissal(self, info: Info) -> ChannelDismissal | None:
        found = await info.context.load(channel_days.find_channel_dismissals, self.row)
        if found is None:
            return None
        return ChannelDismissal(reason=found.words, actor=found.actor, dismissed_at=found.dismissed_at)


@strawberry.type(description="What a payment channel says of a day, of one legal entity and currency.")
class ChannelDay:
    number: BigInt
    channel: str
    business_date: date = strawberry.field(description="A day where the legal entity is.")
    legal_entity: LegalEntity
    currency: CurrencyCode
    file: str = strawberry.field(description="What the channel calls the file that said it.")
    recorded_at: datetime
    captures: int
    captured: Money
    fees: Money = strawberry.field(description="What the channel kept of what it captured.")
    refunds: int
    refunded: Money
    fees_returned: Money = strawberry.field(description="What of its fees it gave back with refunds.")

    @classmethod
    def of(cls, row: ChannelDayRow) -> "ChannelDay":
        """Make the API's day of the ledger's."""

        def money(minor_units: int) -> Money:
            return Money.of(minor_units, row.currency)

        return cls(
            number=BigInt(row.channel_day_id),
            channel=row.channel,
            business_date=row.day,
            legal_entity=LegalEntity(reference=row.legal_entity),
            currency=CurrencyCode(row.currency),
            file=row.file,
            recorded_at=row.recorded_at,
            captures=row.captures,
            captured=money(row.captured_minor),
            fees=money(row.fee_minor),
            refunds=row.refunds,
            refunded=money(row.refunded_minor),
            fees_returned=money(row.fee_returned_minor),
        )

    @strawberry.field(description="How many differences it has now; `channelDifferences` lists them.")
    async def difference_count(self, info: Info) -> int:
        return (await self._count(info)).differences

    @strawberry.field(description="How many of its differences somebody has set aside as they read now.")
    async def dismissed_count(self, info: Info) -> int:
        return (await self._count(info)).dismissed

    @strawberry.field(
        description="How much is booked here on this day that the channel has not said, while its next day is not here."
    )
    async def waiting(self, info: Info) -> int:
        return (await self._count(info)).waiting

    async def _count(self, info: Info) -> ComparedDay:
        found = await info.context.load(channel_days.count_channel_differences, int(self.number))
        assert found is not None, "a day that was listed is there, in the same snapshot"
        return found


@strawberry.input(
    description="Which days; what is left out does not matter. Both days are inclusive. `open` asks for those that have"
    " differences that nobody set aside, or that have none."
)
class ChannelDayFilterInput:
    channel: str | None = None
    legal_entity: str | None = None
    from_date: date | None = None
    through_date: date | None = None
    open: bool | None = None


@strawberry.input(
    description="Which differences: those of one day, with `open` those of it that nobody set aside, or that somebody"
    " did."
)
class ChannelDifferenceFilterInput:
    channel_day: BigInt = strawberry.field(description="Its number.")
    open: bool | None = None


async def find_channel_day(context: Context, number: int) -> ChannelDay | None:
    """A day by its number; None for keys that see only a part."""
    if not context.viewer.sees_whole_platform:
        return None
    row = await context.load(channel_days.find_channel_days, number)
    return None if row is None else ChannelDay.of(row)


@strawberry.type
class ChannelDayQueries:
    @strawberry.field(
        description="What payment channels said of their days, the newest day first; none for keys that see only a"
        " part."
    )
    async def channel_days(
        self,
        info: Info,
        *,
        filter: ChannelDayFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[ChannelDay]:
        context = info.context
        given = filter or ChannelDayFilterInput()
        matching = ChannelDayFilter(given.channel, given.legal_entity, given.from_date, given.through_date, given.open)
        pager = context.open_list("channel-days", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[ChannelDayRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(channel_days.list_channel_days, matching=matching, span=to_span(page))
            if not rows and given.channel is not None:
                await context.read(channel_days.check_channel, channel=given.channel)
        await check_named(context, rows, legal_entity=given.legal_entity)
        return pager.lay_out(rows, page, node=ChannelDay.of, position=lambda row: row.position)

    @strawberry.field(
        description="How a day of a channel differs from what is booked here now, by order; none for keys that see only"
        " a part."
    )
    async def channel_differences(
        self,
        info: Info,
        *,
        filter: ChannelDifferenceFilterInput,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[ChannelDifference]:
        context = info.context
        number = int(filter.channel_day)
        pager = context.open_list("channel-differences", channel_day=number, is_open=filter.open)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[Difference] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(
                channel_days.list_channel_differences, channel_day_id=number, is_open=filter.open, span=to_span(page)
            )
            if not rows and await context.load(channel_days.find_channel_days, number) is None:
                raise ChannelDayMissing(field=("filter", "channel_day"), number=number)
        return pager.lay_out(rows, page, node=ChannelDifference.of, position=channel_days.place_difference)
