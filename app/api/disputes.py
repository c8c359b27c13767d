"""Disputes of payments, and orders that were split here because their channel could not any more."""

from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Info
from app.api.figures import Count, Cursor, to_span
from app.api.money import Money
from ledger.reporting import fee_lines
from ledger.reporting.fee_lines import DisputeRow, InternalSplitRow


@strawberry.enum(description="Whether a dispute is open (DEFENDED once the bank was answered), or how it ended.")
class DisputeStatus(StrEnum):
    NOTIFIED = "NOTIFIED"
    DEFENDED = "DEFENDED"
    WON = "WON"
    LOST = "LOST"


@strawberry.enum(description="Who bears a dispute that was lost: the platform, or everyone who had a share.")
class DisputeLiability(StrEnum):
    PLATFORM = "PLATFORM"
    SPLIT = "SPLIT"


@strawberry.type(description="Money of a payment that the buyer's bank took back, or wants to.")
class Dispute:
    reference: str
    status: DisputeStatus
    liability: DisputeLiability | None = strawberry.field(description="Null until it is lost.")
    amount: Money
    fee: Money = strawberry.field(description="The channel's, borne by the platform.")
    open: Money = strawberry.field(description="What is not decided yet.")
    defended_at: datetime | None = strawberry.field(description="When the buyer's bank was answered; null if never.")

    @classmethod
    def of(cls, row: DisputeRow) -> "Dispute":
        """Make the API's dispute of the ledger's."""
        return cls(
            reference=row.dispute_reference,
            status=DisputeStatus(row.status),
            liability=DisputeLiability(row.liability) if row.liability else None,
            amount=Money.of(row.amount_minor, row.currency),
            fee=Money.of(row.fee_minor, row.currency),
            open=Money.of(row.open_minor, row.currency),
            defended_at=row.defended_at,
        )


@strawberry.type(
    description="An order that was split here, because its channel had let go of the money: what others than its"
    " merchants got has to come from their balance, or be collected."
)
class InternalSplit:
    order_reference: str
    amount: Money
    opened_at: datetime
    frozen_until: datetime = strawberry.field(description="When the channel let go of the money.")
    reason: str

    @classmethod
    def of(cls, row: InternalSplitRow) -> "InternalSplit":
        """Make the API's task of the ledger's."""
        return cls(
            order_reference=row.order_reference,
            amount=Money.of(row.amount_minor, row.currency),
            opened_at=row.opened_at,
            frozen_until=row.frozen_until,
            reason=row.reason,
        )


@strawberry.type
class DisputeQueries:
    @strawberry.field(
        description="Internal splits whose money is not there yet, oldest first; none for keys that see only a part."
    )
    async def internal_splits(
        self, info: Info, *, first: Count = None, after: Cursor = None, last: Count = None, before: Cursor = None
    ) -> Connection[InternalSplit]:
        context = info.context
        pager = context.open_list("internal-splits")
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[InternalSplitRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(fee_lines.list_internal_splits, span=to_span(page))
        return pager.lay_out(
            rows, page, node=InternalSplit.of, position=lambda row: (row.opened_at.isoformat(), row.order_reference)
        )
