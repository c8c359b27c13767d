"""Holds: money that a party is owed and that may not be paid yet, with ground, condition and day."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import WHO, Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.held import HoldReason
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.money_steps import MoneyStep
from app.api.named import check_named, find_named_party
from app.api.nodes import Node, choose_key, write_id
from app.api.parties import Party, load_party
from app.api.scalars import BigInt
from app.api.sheets import Sheet, load_sheet
from ledger.reporting import withholding
from ledger.reporting.withholding import HoldRow


@strawberry.enum(description="What lifts a hold: its date by itself, the end of its dispute, or a person.")
class HoldReleaseRule(StrEnum):
    ON_DATE = "ON_DATE"
    BY_DISPUTE = "BY_DISPUTE"
    BY_HAND = "BY_HAND"


@strawberry.enum(description="A step of a hold.")
class HoldStepKind(StrEnum):
    PLACED = "PLACED"
    LIFTED = "LIFTED"


@strawberry.type(description="A step of a hold, with the entry that moved its money.")
class HoldStep(MoneyStep):
    @strawberry.field
    def kind(self) -> HoldStepKind:
        return HoldStepKind(self.row.kind)


@strawberry.type(description="Money that a party is owed and that may not be paid yet.")
class Hold(Node):
    number: BigInt
    reference: str
    legal_entity: LegalEntity
    account_code: str = strawberry.field(description="Where it was taken from: accrued money, or 2015 of a sheet.")
    amount: Money
    left: Money = strawberry.field(description="What it still holds.")
    reason: HoldReason
    legal_ground: str
    release_condition: str
    release_rule: HoldReleaseRule
    expected_release_date: date
    time_zone: str = strawberry.field(
        description="The zone that its day is counted in: its party's when it was placed."
    )
    order_reference: str | None
    line_reference: str | None
    dispute_reference: str | None
    placed_by: str | None = strawberry.field(description=WHO)
    placed_at: datetime
    row: strawberry.Private[HoldRow]

    @classmethod
    def of(cls, context: Context, row: HoldRow) -> "Hold":
        """Make the API's hold of the ledger's."""
        return cls(
            id=write_id(context, "Hold", row.hold_id),
            number=BigInt(row.hold_id),
            reference=row.reference,
            legal_entity=LegalEntity(reference=row.legal_entity),
            account_code=row.account_code,
            amount=Money.of(row.amount_minor, row.currency),
            left=Money.of(row.amount_minor - row.lifted_minor, row.currency),
            reason=HoldReason(row.reason),
            legal_ground=context.say(row.legal_ground),
            release_condition=context.say(row.release_condition),
            release_rule=HoldReleaseRule(row.release_rule),
            expected_release_date=row.expected_release_date,
            time_zone=row.zone,
            order_reference=row.order_reference or None,
            line_reference=row.line_reference or None,
            dispute_reference=row.dispute_reference or None,
            placed_by=context.name_actor(row.placed_by),
            placed_at=row.placed_at,
            row=row,
        )

    @strawberry.field(description="Whose money it is.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The closed sheet that it is of.")
    async def sheet(self, info: Info) -> Sheet | None:
        return None if self.row.sheet_id is None else await load_sheet(info.context, self.row.sheet_id)

    @strawberry.field(description="How it was placed and lifted, in the order of the log.")
    async def history(self, info: Info) -> list[HoldStep]:
        rows = await info.context.load(withholding.list_hold_steps, self.row.hold_id)
        return [HoldStep.of(info.context, row, self.row.currency) for row in rows]


@strawberry.input(
    description="Which holds; what is left out does not matter. `party` and `order` are references; `open` asks for"
    " those that still hold something, or hold nothing any more; `overdue` for those whose day has passed"
    " where it is counted."
)
class HoldFilterInput:
    party: str | None = None
    order: str | None = None
    open: bool | None = None
    overdue: bool = False


@strawberry.type
class HoldQueries:
    @strawberry.field(description="One hold, by id or by number; null when there is none that you may see.")
    async def hold(self, info: Info, id: strawberry.ID | None = None, number: BigInt | None = None) -> Hold | None:
        key = choose_key(info.context, kind="Hold", id=id, number=number)
        return None if key is None else await find_hold(info.context, key)

    @strawberry.field(description="Holds, the newest first.")
    async def holds(
        self,
        info: Info,
        *,
        filter: HoldFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Hold]:
        given = filter or HoldFilterInput()
        context = info.context
        pager = context.open_list("holds", party=given.party, order=given.order, open=given.open, overdue=given.overdue)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            withholding.list_holds,
            party_id=await find_named_party(context, given.party),
            order=given.order,
            is_open=given.open,
            overdue_at=context.services.now() if given.overdue else None,
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        await check_named(context, rows, order=given.order)
        return pager.lay_out(rows, page, node=lambda row: Hold.of(context, row), position=lambda row: (row.hold_id,))


async def find_hold(context: Context, key: int | str) -> Hold | None:
    """A hold by the key of its id; None when it may not be seen."""
    return await load_hold(context, key) if isinstance(key, int) else None


async def load_hold(context: Context, hold_id: int) -> Hold | None:
    """A hold by the ledger's number; None when it may not be seen."""
    row = await context.load(withholding.find_holds, hold_id, scope=context.viewer.scope_party_id)
    return None if row is None else Hold.of(context, row)
