"""Own against submitted fees, where both are there: the double insurance, difference by difference."""

from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity, load_legal_entity
from app.api.money import Money
from app.api.parties import Party, load_party
from ledger.charging.fees.comparing import Difference, Reason
from ledger.reporting import fee_lines
from ledger.reporting.fee_lines import ComparedOrder, ComparisonFilter


@strawberry.enum(description="Why own and submitted lines are not the same.")
class FeeDifferenceReason(StrEnum):
    MISSING_OWN = "MISSING_OWN"
    MISSING_SUBMITTED = "MISSING_SUBMITTED"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"


@strawberry.type(description="One fee that is not the same here and there; positive where the party gets money.")
class FeeDifference:
    line_reference: str | None = strawberry.field(description="Null where it was submitted for the whole order.")
    item: str
    reason: FeeDifferenceReason
    own: Money | None
    submitted: Money | None
    party_id: strawberry.Private[int]
    book_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Difference) -> "FeeDifference":
        """Make the API's difference of the ledger's."""
        return cls(
            line_reference=row.key.line or None,
            item=row.key.item,
            reason=FeeDifferenceReason(Reason(row.reason).value),
            own=None if row.own is None else Money.of(row.own, row.key.currency),
            submitted=None if row.submitted is None else Money.of(row.submitted, row.key.currency),
            party_id=row.key.party_id,
            book_id=row.key.book_id,
        )

    @strawberry.field(description="Whose fee it is.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.party_id)

    @strawberry.field(description="Which company owes it, or is owed it.")
    async def legal_entity(self, info: Info) -> LegalEntity | None:
        return await load_legal_entity(info.context, self.book_id)


@strawberry.type(description="An order, with what was computed of it beside what another system submitted.")
class FeeComparison:
    order_reference: str
    differences: list[FeeDifference] = strawberry.field(description="None where both sides say the same.")

    @classmethod
    def of(cls, row: ComparedOrder) -> "FeeComparison":
        """Make the API's comparison of the ledger's."""
        return cls(
            order_reference=row.order,
            differences=[FeeDifference.of(each) for each in row.differences],
        )


@strawberry.input(
    description="Which orders: of a period those paid in it (`paidTo` is exclusive; an order that is not here is of"
    " when the first of its lines that came occurred); `includeUnmatched` lists those of the period of which nothing"
    " was submitted, too."
)
class FeeComparisonFilterInput:
    paid_from: datetime | None = None
    paid_to: datetime | None = None
    include_unmatched: bool = False


@strawberry.type
class FeeComparisonQueries:
    @strawberry.field(
        description="Own against submitted fees: the orders of which another system submitted lines to be compared, by"
        " reference (of a period by when they were paid), each difference by difference; none for keys that see only a"
        " part."
    )
    async def fee_comparisons(
        self,
        info: Info,
        *,
        filter: FeeComparisonFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[FeeComparison]:
        context = info.context
        given = filter or FeeComparisonFilterInput()
        matching = ComparisonFilter(given.paid_from, given.paid_to, given.include_unmatched)
        pager = context.open_list("fee-comparisons", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[ComparedOrder] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(fee_lines.compare_orders, matching=matching, span=to_span(page))
        return pager.lay_out(rows, page, node=FeeComparison.of, position=lambda row: row.position)
