"""The mutation of adjustments: proposing, one or many."""

import strawberry

from app.api.adjustments import Adjustment, AdjustmentKind, find_adjustment
from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Info
from app.api.money import MoneyInput, write_amount
from app.api.mutations import Payload, mutation
from app.lanes.withholding_kinds import PROPOSE_ADJUSTMENTS
from ledger.settlement.adjustments.model import AdjustmentDraft, Proposed
from ledger.settlement.adjustments.parsing import parse_adjustment

MOST_ADJUSTMENTS = 100


@strawberry.input(description="An adjustment; the reference is its key.")
class ProposeAdjustmentInput:
    reference: str
    kind: AdjustmentKind
    party: str
    legal_entity: str
    amount: MoneyInput
    reason: str
    account_code: str | None = strawberry.field(
        default=None, description="The code of the party's share; null is the usual one of its kind."
    )
    counterparty: str | None = strawberry.field(default=None, description="Who gets a correction or a transfer.")
    counter_account_code: str | None = strawberry.field(default=None, description="Of a transfer.")
    order: str | None = None
    line: str | None = None
    evidence_sha256: str | None = strawberry.field(
        default=None, description="SHA-256 of the evidence, in hexadecimal; the evidence itself is kept elsewhere."
    )

    def to_value(self) -> AdjustmentDraft:
        """Refusals: those of MoneyInput.to_minor and parse_adjustment."""
        document: dict[str, object] = {
            "reference": self.reference,
            "kind": str(self.kind),
            "party": self.party,
            "legalEntity": self.legal_entity,
            **write_amount(self.amount),
            "reason": self.reason,
        }
        optional = {
            "accountCode": self.account_code,
            "counterparty": self.counterparty,
            "counterAccountCode": self.counter_account_code,
            "order": self.order,
            "line": self.line,
            "evidenceSha256": self.evidence_sha256,
        }
        return parse_adjustment({**document, **{key: text for key, text in optional.items() if text is not None}})


@strawberry.input(description="At most 100 adjustments, each on its own: a refused one leaves the others.")
class ProposeAdjustmentsInput:
    adjustments: list[ProposeAdjustmentInput] = at_most(MOST_ADJUSTMENTS)


@strawberry.type(description="What became of one adjustment.")
class ProposeAdjustmentPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was proposed before.")
    reference: strawberry.Private[str | None] = None

    @strawberry.field(description="The adjustment as it stands: POSTED, or PROPOSED while somebody has to agree.")
    async def adjustment(self, info: Info) -> Adjustment | None:
        return None if self.reference is None else await find_adjustment(info.context, self.reference)


@strawberry.type(description="What became of adjustments.")
class ProposeAdjustmentsPayload(Payload):
    results: list[ProposeAdjustmentPayload] = strawberry.field(
        default_factory=list, description="One per adjustment of the input, in its order."
    )


@strawberry.type
class AdjustmentMutations:
    @mutation(description="Propose an adjustment. It is posted at once where nobody has to agree.")
    async def propose_adjustment(self, info: Info, input: ProposeAdjustmentInput) -> ProposeAdjustmentPayload:
        return _write(await submit_one(info.context, PROPOSE_ADJUSTMENTS, input.to_value()))

    @mutation(description="Propose adjustments, each on its own: a refused one leaves the others.")
    async def propose_adjustments(self, info: Info, input: ProposeAdjustmentsInput) -> ProposeAdjustmentsPayload:
        answers = await submit_each(
            info.context,
            PROPOSE_ADJUSTMENTS,
            input.adjustments,
            read=ProposeAdjustmentInput.to_value,
        )
        results = write_each(info.context, answers, field="adjustments", refused=ProposeAdjustmentPayload, done=_write)
        return ProposeAdjustmentsPayload(results=results)


def _write(proposed: Proposed) -> ProposeAdjustmentPayload:
    return ProposeAdjustmentPayload(replayed=proposed.replayed, reference=proposed.reference)
