"""What charging goes by and what it left open: fee plans, and items in suspense."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.money import Money
from app.api.order_lines import OrderLine, ShareRole, load_order_line
from app.api.parties import Party, load_party
from app.api.scalars import BigInt
from ledger.reporting import charging
from ledger.reporting.charging import FeePlanRow, SuspenseRow


@strawberry.enum(description="Whether an item still waits, or where it went.")
class SuspenseStatus(StrEnum):
    OPEN = "OPEN"
    OWNER = "OWNER"
    SPLITTER = "SPLITTER"


@strawberry.type(description="A version of a fee plan. It never changes.")
class FeePlan:
    plan: str
    valid_from: date
    version: int = strawberry.field(description="Counts what the platform published.")
    content: str = strawberry.field(description="The plan as it was published, as JSON text.")

    @classmethod
    def of(cls, row: FeePlanRow) -> "FeePlan":
        """Make the API's plan of the ledger's."""
        return cls(plan=row.plan, valid_from=row.valid_from, version=row.version, content=row.content)


@strawberry.type(description="A share of a line that its receiver could not be credited with.")
class SuspenseItem:
    item: BigInt | None = strawberry.field(description="Its number; null for keys that see only a part.")
    order_reference: str
    role: ShareRole
    amount: Money = strawberry.field(description="What still waits.")
    reason: str
    status: SuspenseStatus
    opened_at: datetime
    deadline: datetime
    row: strawberry.Private[SuspenseRow]

    @classmethod
    def of(cls, context: Context, row: SuspenseRow) -> "SuspenseItem":
        """Make the API's item of the ledger's."""
        return cls(
            item=BigInt(row.item) if context.viewer.sees_whole_platform else None,
            order_reference=row.order_reference,
            role=tuple(ShareRole)[row.rank],
            amount=Money.of(row.amount_minor, row.currency),
            reason=row.reason,
            status=SuspenseStatus(row.status),
            opened_at=row.opened_at,
            deadline=row.deadline,
            row=row,
        )

    @strawberry.field(description="Whose it is.")
    async def owner(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.owner_id)

    @strawberry.field(description="The line that was split.")
    async def order_line(self, info: Info) -> OrderLine | None:
        return await load_order_line(info.context, self.row.order_reference, self.row.line_reference)


@strawberry.type
class ChargingQueries:
    @strawberry.field(
        description="Versions of fee plans, the last published first; none for keys that see only a part."
    )
    async def fee_plans(
        self,
        info: Info,
        *,
        plan: str | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[FeePlan]:
        context = info.context
        pager = context.open_list("fee-plans", plan=plan)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[FeePlanRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(charging.list_fee_plans, plan=plan, span=to_span(page))
        return pager.lay_out(rows, page, node=FeePlan.of, position=lambda row: (row.version,))

    @strawberry.field(description="What waits in suspense, the most urgent first; all that ever did without a status.")
    async def suspense_items(
        self,
        info: Info,
        *,
        status: SuspenseStatus | None = SuspenseStatus.OPEN,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[SuspenseItem]:
        context = info.context
        wanted = status and str(status)
        pager = context.open_list("suspense-items", status=wanted)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.read(charging.list_suspense_items, scope=scope, status=wanted, span=to_span(page))
        return pager.lay_out(
            rows,
            page,
            node=lambda row: SuspenseItem.of(context, row),
            position=lambda row: (row.deadline.isoformat(), row.item),
        )
