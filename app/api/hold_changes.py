"""Mutations of holds: placing and lifting. Where somebody has to agree, the answer says so and nothing has moved."""

from datetime import date

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_one
from app.api.context import Context, Info
from app.api.held import HoldReason
from app.api.holds import Hold, HoldReleaseRule, load_hold
from app.api.money import Money, MoneyInput, write_amount
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.lanes.withholding_kinds import LIFT_HOLDS, PLACE_HOLDS
from ledger.settlement.holds.errors import HoldMissing
from ledger.settlement.holds.model import HoldDraft, LiftDraft
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.sheets.errors import SheetMissing


@strawberry.input(description="A hold of accrued money (of an account) or of a closed sheet; the reference is its key.")
class PlaceHoldInput:
    reference: str
    party: str
    legal_entity: str
    amount: MoneyInput
    reason: HoldReason
    legal_ground: str
    release_condition: str
    expected_release_date: date
    release_rule: HoldReleaseRule = HoldReleaseRule.BY_HAND
    account_code: str | None = strawberry.field(
        default=None, description="The account's code; null is the usual one of the party's kind."
    )
    sheet: strawberry.ID | None = None
    order: str | None = None
    line: str | None = None

    def to_value(self, context: Context) -> HoldDraft:
        """Refusals: those of MoneyInput.to_minor and parse_hold, SheetMissing."""
        document: dict[str, object] = {
            "reference": self.reference,
            "party": self.party,
            "legalEntity": self.legal_entity,
            **write_amount(self.amount),
            "reason": str(self.reason),
            "legalGround": self.legal_ground,
            "releaseCondition": self.release_condition,
            "releaseRule": str(self.release_rule),
            "expectedReleaseDate": self.expected_release_date.isoformat(),
        }
        optional = {"accountCode": self.account_code, "order": self.order, "line": self.line}
        document.update({key: value for key, value in optional.items() if value is not None})
        if self.sheet is not None:
            sheet = read_key(context, self.sheet, kind="Sheet", field=("sheet",))
            if not isinstance(sheet, int):
                raise SheetMissing(field=("sheet",), sheet=self.sheet)
            document["sheet"] = sheet
        return parse_hold(document)


@strawberry.input(description="A hold to be lifted; the reference is the key of this step.")
class LiftHoldInput:
    hold: strawberry.ID
    reference: str
    reason: str
    amount: MoneyInput | None = strawberry.field(default=None, description="Null lifts all that it still holds.")

    def to_value(self, context: Context) -> LiftDraft:
        """Refusals: IdInvalid, HoldMissing, those of MoneyInput.to_minor and parse_lift."""
        hold = read_key(context, self.hold, kind="Hold", field=("hold",))
        if not isinstance(hold, int):
            raise HoldMissing(field=("hold",), hold=self.hold)
        document = {"hold": hold, "reference": self.reference, "reason": self.reason}
        return parse_lift(document if self.amount is None else {**document, **write_amount(self.amount)})


@strawberry.type(description="What became of a hold.")
class PlaceHoldPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was placed, or asked for, before.")
    hold_id: strawberry.Private[int | None] = None
    approval_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The hold; null while it waits for approval.")
    async def hold(self, info: Info) -> Hold | None:
        return None if self.hold_id is None else await load_hold(info.context, self.hold_id)

    @strawberry.field(description="What it waits for; null where nobody has to agree.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_id is None else await load_approval(info.context, self.approval_id)


@strawberry.type(description="What became of the lifting of a hold.")
class LiftHoldPayload(PlaceHoldPayload):
    amount: Money | None = strawberry.field(default=None, description="What went back; null while it waits.")


@strawberry.type
class HoldMutations:
    @mutation(description="Hold money that a party is owed, never more than is there.")
    async def place_hold(self, info: Info, input: PlaceHoldInput) -> PlaceHoldPayload:
        placed = await submit_one(info.context, PLACE_HOLDS, input.to_value(info.context))
        return PlaceHoldPayload(replayed=placed.replayed, hold_id=placed.hold_id, approval_id=placed.approval_id)

    @mutation(description="Lift a hold, whole or in part. The money comes back to where it was taken from.")
    async def lift_hold(self, info: Info, input: LiftHoldInput) -> LiftHoldPayload:
        lifted = await submit_one(info.context, LIFT_HOLDS, input.to_value(info.context))
        payload = LiftHoldPayload(replayed=lifted.replayed, hold_id=lifted.hold_id, approval_id=lifted.approval_id)
        hold = await load_hold(info.context, lifted.hold_id)
        if hold is not None and lifted.approval_id is None:
            payload.amount = Money.of(lifted.amount, hold.row.currency)
        return payload
