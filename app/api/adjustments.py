"""Adjustments: people's corrections of what parties are owed, as documents with a reason."""

from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.connections import Connection
from app.api.context import WHO, Context, Info
from app.api.entries import Entry, load_entry
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named, find_named_party
from app.api.nodes import Node, choose_key, write_id
from app.api.parties import Party, load_party
from ledger.reporting import withholding
from ledger.reporting.withholding import AdjustmentRow


@strawberry.enum(
    description="PENALTY: the party owes us. COMPENSATION: we owe the party. CORRECTION: from its share to the same"
    " share of another. TRANSFER: to another kind of share."
)
class AdjustmentKind(StrEnum):
    PENALTY = "PENALTY"
    COMPENSATION = "COMPENSATION"
    CORRECTION = "CORRECTION"
    TRANSFER = "TRANSFER"


@strawberry.enum(description="Where an adjustment stands.")
class AdjustmentStatus(StrEnum):
    PROPOSED = "PROPOSED"
    POSTED = "POSTED"
    REJECTED = "REJECTED"


@strawberry.type(description="A person's correction of what a party is owed.")
class Adjustment(Node):
    reference: str
    kind: AdjustmentKind
    status: AdjustmentStatus
    legal_entity: LegalEntity
    amount: Money
    debit_code: str
    credit_code: str
    reason: str
    rejection: str | None = strawberry.field(
        description="What was said by who refused it; null for keys that see only a part."
    )
    order_reference: str | None
    line_reference: str | None
    evidence_sha256: str | None = strawberry.field(description="SHA-256 of the evidence, in hexadecimal.")
    proposed_by: str | None = strawberry.field(description=WHO)
    proposed_at: datetime
    decided_by: str | None = strawberry.field(description=WHO)
    decided_at: datetime | None
    row: strawberry.Private[AdjustmentRow]

    @classmethod
    def of(cls, context: Context, row: AdjustmentRow) -> "Adjustment":
        """Make the API's adjustment of the ledger's."""
        return cls(
            id=write_id(context, "Adjustment", row.reference),
            reference=row.reference,
            kind=AdjustmentKind(row.kind),
            status=AdjustmentStatus(row.status),
            legal_entity=LegalEntity(reference=row.legal_entity),
            amount=Money.of(row.amount_minor, row.currency),
            debit_code=row.debit_code,
            credit_code=row.credit_code,
            reason=row.reason,
            rejection=row.rejection or None if context.viewer.sees_whole_platform else None,
            order_reference=row.order_reference or None,
            line_reference=row.line_reference or None,
            evidence_sha256=None if row.evidence_sha256 is None else row.evidence_sha256.hex(),
            proposed_by=context.name_actor(row.proposed_by),
            proposed_at=row.proposed_at,
            decided_by=context.name_actor(row.decided_by),
            decided_at=row.decided_at,
            row=row,
        )

    @strawberry.field(description="Whose money it changes.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="Who gets a correction or transfer; null where there is nobody you may see.")
    async def counterparty(self, info: Info) -> Party | None:
        counterparty_id = self.row.counterparty_id
        return None if counterparty_id is None else await load_party(info.context, counterparty_id)

    @strawberry.field(description="The entry that posted it.")
    async def entry(self, info: Info) -> Entry | None:
        return None if self.row.sequence is None else await load_entry(info.context, self.row.sequence)

    @strawberry.field(description="The approval that it needed.")
    async def approval(self, info: Info) -> Approval | None:
        approval_id = self.row.approval_id
        return None if approval_id is None else await load_approval(info.context, approval_id)


@strawberry.input(
    description="Which adjustments; what is left out does not matter. `party` and `order` are references."
)
class AdjustmentFilterInput:
    party: str | None = None
    order: str | None = None
    status: AdjustmentStatus | None = None


@strawberry.type
class AdjustmentQueries:
    @strawberry.field(description="One adjustment, by id or by reference; null when there is none that you may see.")
    async def adjustment(
        self, info: Info, id: strawberry.ID | None = None, reference: str | None = None
    ) -> Adjustment | None:
        key = choose_key(info.context, kind="Adjustment", id=id, reference=reference)
        return None if key is None else await find_adjustment(info.context, key)

    @strawberry.field(description="Adjustments, of a party or with it, the newest first.")
    async def adjustments(
        self,
        info: Info,
        *,
        filter: AdjustmentFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Adjustment]:
        given = filter or AdjustmentFilterInput()
        context = info.context
        wanted = given.status and str(given.status)
        pager = context.open_list("adjustments", party=given.party, order=given.order, status=wanted)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            withholding.list_adjustments,
            party_id=await find_named_party(context, given.party),
            order=given.order,
            status=wanted,
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        await check_named(context, rows, order=given.order)
        return pager.lay_out(
            rows,
            page,
            node=lambda row: Adjustment.of(context, row),
            position=lambda row: (row.proposed_at.isoformat(), row.reference),
        )


async def find_adjustment(context: Context, key: int | str) -> Adjustment | None:
    """An adjustment by its reference; None when it may not be seen."""
    if not isinstance(key, str):
        return None
    row = await context.load(withholding.find_adjustments, key, scope=context.viewer.scope_party_id)
    return None if row is None else Adjustment.of(context, row)
