"""Rates of merchants' own, as they were agreed to. Keys of parties see none of it."""

import json
from datetime import date

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.connections import Connection
from app.api.context import Info
from app.api.figures import Count, Cursor, to_span
from app.api.named import check_named
from app.api.parties import Party, load_party
from app.api.scalars import JSON
from ledger.reporting import approvals
from ledger.reporting.approvals import OverrideRow


@strawberry.type(description="Rates of a merchant's own, in the place of the plan's, as they were agreed to.")
class RateOverride:
    version: int = strawberry.field(description="Counts what the platform granted.")
    valid_from: date = strawberry.field(description="The first day of payments, in the operator's zone, it is for.")
    valid_through: date
    content: JSON = strawberry.field(description="What was agreed to.")
    row: strawberry.Private[OverrideRow]

    @classmethod
    def of(cls, row: OverrideRow) -> "RateOverride":
        """Make the API's override of the ledger's."""
        return cls(
            version=row.override_version,
            valid_from=row.valid_from,
            valid_through=row.valid_through,
            content=JSON(json.loads(row.content)),
            row=row,
        )

    @strawberry.field(description="The merchant.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The request that was granted.")
    async def approval(self, info: Info) -> Approval | None:
        return await load_approval(info.context, self.row.approval_id)


@strawberry.input(description="Which rates; what is left out does not matter. `party` is a reference.")
class RateOverrideFilterInput:
    party: str | None = None


@strawberry.type
class RateOverrideQueries:
    @strawberry.field(
        description="Rates of merchants' own, the last granted first; none for keys that see only a part."
    )
    async def rate_overrides(
        self,
        info: Info,
        *,
        filter: RateOverrideFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[RateOverride]:
        given = filter or RateOverrideFilterInput()
        context = info.context
        pager = context.open_list("rate-overrides", party=given.party)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[OverrideRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(approvals.list_overrides, party=given.party, span=to_span(page))
        await check_named(context, rows, party=given.party)
        return pager.lay_out(rows, page, node=RateOverride.of, position=lambda row: (row.override_version,))
