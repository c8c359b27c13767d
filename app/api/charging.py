"""What charging goes by and what it left open: fee plans, and items in suspense."""

import json
from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.money import Money
from app.api.order_lines import OrderLine, ShareRole, load_order_line
from app.api.parties import Party, load_party
from app.api.scalars import JSON, BigInt
from ledger.charging.errors import PlanMissing
from ledger.reporting import charging
from ledger.reporting.charging import FeePlanRow, SuspenseRow
from ledger.reporting.model import Span


@strawberry.enum(description="Whether an item still waits, or where it went.")
class SuspenseStatus(StrEnum):
    OPEN = "OPEN"
    OWNER = "OWNER"
    SPLITTER = "SPLITTER"


@strawberry.type(description="A version of a fee plan. It never changes.")
class FeePlan:
    name: str
    valid_from: date
    version: int = strawberry.field(description="Counts what the platform published.")
    content: JSON = strawberry.field(description="The plan as it was published.")

    @classmethod
    def of(cls, row: FeePlanRow) -> "FeePlan":
        """Make the API's plan of the ledger's."""
        return cls(name=row.plan, valid_from=row.valid_from, version=row.version, content=JSON(json.loads(row.content)))


@strawberry.type(description="A share of a line that its receiver could not be credited with.")
class SuspenseItem:
    number: BigInt | None = strawberry.field(description="Null for keys that see only a part.")
    opening: int = strawberry.field(description="How often it was opened; a release may name it.")
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
            number=BigInt(row.item) if context.viewer.sees_whole_platform else None,
            opening=row.times,
            order_reference=row.order_reference,
            role=tuple(ShareRole)[row.rank],
            amount=Money.of(row.amount_minor, row.currency),
            reason=context.say(row.reason),
            status=SuspenseStatus(row.status),
            opened_at=row.opened_at,
            deadline=row.deadline,
            row=row,
        )

    @strawberry.field(description="Whether it waits for longer than it may.")
    def is_overdue(self, info: Info) -> bool:
        return self.row.amount_minor > 0 and self.row.deadline <= info.context.services.now()

    @strawberry.field(description="Whose it is.")
    async def owner(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.owner_id)

    @strawberry.field(description="The line that was split.")
    async def order_line(self, info: Info) -> OrderLine | None:
        return await load_order_line(info.context, self.row.order_reference, self.row.line_reference)


@strawberry.input(description="Which plans; what is left out does not matter.")
class FeePlanFilterInput:
    name: str | None = None


@strawberry.input(
    description="Which items: those in which something waits, unless another status, or none, is given; `overdue` asks"
    " for what waits for longer than it may."
)
class SuspenseItemFilterInput:
    status: SuspenseStatus | None = SuspenseStatus.OPEN
    overdue: bool = False


@strawberry.type
class ChargingQueries:
    @strawberry.field(
        description="Versions of fee plans, the last published first; none for keys that see only a part."
    )
    async def fee_plans(
        self,
        info: Info,
        *,
        filter: FeePlanFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[FeePlan]:
        given = filter or FeePlanFilterInput()
        context = info.context
        pager = context.open_list("fee-plans", plan=given.name)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[FeePlanRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(charging.list_fee_plans, plan=given.name, span=to_span(page))
            if not rows and given.name is not None:
                await _check_plan(context, given.name)
        return pager.lay_out(rows, page, node=FeePlan.of, position=lambda row: (row.version,))

    @strawberry.field(
        description="What waits in suspense, in the order in which it came there; a share that came there again has"
        " another deadline, and its old place."
    )
    async def suspense_items(
        self,
        info: Info,
        *,
        filter: SuspenseItemFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[SuspenseItem]:
        given = filter or SuspenseItemFilterInput()
        context = info.context
        wanted = given.status and str(given.status)
        pager = context.open_list("suspense-items", status=wanted, overdue=given.overdue)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        overdue_at = context.services.now() if given.overdue else None
        rows = await context.read(
            charging.list_suspense_items, scope=scope, status=wanted, overdue_at=overdue_at, span=to_span(page)
        )
        return pager.lay_out(
            rows,
            page,
            node=lambda row: SuspenseItem.of(context, row),
            position=lambda row: (row.item,),
        )


async def _check_plan(context: Context, name: str) -> None:
    if not await context.read(charging.list_fee_plans, plan=name, span=Span(1)):
        raise PlanMissing(field=("filter", "name"), plan=name)
