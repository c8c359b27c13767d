"""Mutations of approvals: deciding, taking back, asking again, standing in, and defining who has to agree."""

import re
from datetime import date, datetime

import strawberry

from app.api.approvals import Approval, ApprovalDelegation, ApprovalKind, ApprovalRule, load_approval
from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Context, Info
from app.api.errors import Why
from app.api.money import MoneyInput
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.scalars import JSON, BigInt
from app.approving import Withdrawal
from app.lanes.approval_kinds import (
    DECIDE,
    DEFINE_APPROVAL_FLOW,
    DELEGATE,
    END_DELEGATION,
    REQUEST_RATE_OVERRIDE,
    REQUEST_REOPENING,
    RESUBMIT_APPROVAL,
    WITHDRAW_APPROVAL,
    Handover,
    ReopeningRequest,
)
from ledger.approvals.defining import MOST_NAMES, MOST_STEPS, FlowDraft
from ledger.approvals.errors import ApprovalMissing
from ledger.approvals.model import ANY_OPERATOR, Decision, Delegation, Judged, Kind, Rule, Step, Verdict
from ledger.charging.override import parse_override
from ledger.errors import InvalidInput

MOST_DECISIONS = 100
LONGEST_COMMENT = 2_000
_DIGEST = re.compile(r"[0-9a-f]{64}")


@strawberry.input(description="A request, and the digest of what you saw; it dies if that is not what will happen.")
class DecisionInput:
    approval: strawberry.ID
    digest: str


@strawberry.input(description="At most 100 requests to agree to, each on its own.")
class ApproveInput:
    approvals: list[DecisionInput] = at_most(MOST_DECISIONS)
    comment: str = ""


@strawberry.input(description="At most 100 requests to refuse, each on its own.")
class RejectInput:
    approvals: list[DecisionInput] = at_most(MOST_DECISIONS)
    comment: str = strawberry.field(description="Why.")


@strawberry.input(description="A request of your own to be taken back, and why.")
class WithdrawApprovalInput:
    approval: strawberry.ID
    reason: str


@strawberry.input(description="A request to be asked for again.")
class ResubmitApprovalInput:
    approval: strawberry.ID


@strawberry.input(description="Who decides in your place, from an instant until before another.")
class DelegateInput:
    to: str = strawberry.field(description="The actor of another operator's key.")
    starts_at: datetime
    ends_at: datetime
    kind: ApprovalKind | None = strawberry.field(default=None, description="The only kind of subject; null is all.")
    reason: str = ""


@strawberry.input(description="A delegation to be ended.")
class EndDelegationInput:
    delegation: BigInt = strawberry.field(description="The delegation's number.")


@strawberry.input(description="A step of a flow; names are actors of operators' keys, or role:operator for any.")
class ApprovalStepInput:
    approvers: list[str] = at_most(MOST_NAMES)
    rule: ApprovalRule = ApprovalRule.ANY
    substitutes: list[str] = at_most(MOST_NAMES, default_factory=list)
    escalates_to: list[str] = at_most(MOST_NAMES, default_factory=lambda: [ANY_OPERATOR])
    due_hours: int | None = None

    def to_value(self) -> Step:
        """The ledger's step."""
        return Step(
            approvers=tuple(self.approvers),
            rule=Rule(str(self.rule)),
            substitutes=tuple(self.substitutes),
            escalates_to=tuple(self.escalates_to),
            due_hours=self.due_hours,
        )


@strawberry.input(
    description="Who has to agree under these conditions, in the place of what was defined for the same ones before."
)
class DefineApprovalFlowInput:
    kind: ApprovalKind
    name: str
    steps: list[ApprovalStepInput] = at_most(MOST_STEPS)
    legal_entity: str | None = None
    party: str | None = None
    from_amount: MoneyInput | None = strawberry.field(
        default=None, description="From this amount on, in its currency only; zero is any amount of the currency."
    )
    retired: bool = strawberry.field(default=False, description="End the flow instead.")

    def to_value(self) -> FlowDraft:
        """Refusals: those of MoneyInput.to_minor."""
        amount = self.from_amount
        return FlowDraft(
            kind=Kind(str(self.kind)),
            name=self.name,
            steps=tuple(step.to_value() for step in self.steps),
            legal_entity=self.legal_entity,
            party=self.party,
            currency=None if amount is None else amount.currency,
            from_amount_minor=0 if amount is None else amount.to_minor(field=("from_amount",), allow_zero=True),
            is_retired=self.retired,
        )


@strawberry.input(description="Open a closed period again, from the day after throughDate on.")
class ReopenPeriodInput:
    legal_entity: str = strawberry.field(description="The reference of the legal entity.")
    through_date: date = strawberry.field(description="The day through which it stays closed.")
    reason: str


@strawberry.input(
    description="Rates of one merchant's own for payments of some days, as one JSON document: party, validFrom,"
    " validThrough, reason, and of category, commission, agent, levels (a list, the nearest"
    " distributor first) and channelFee what shall differ from the plan."
)
class RequestRateOverrideInput:
    document: JSON


@strawberry.type(description="What became of one request.")
class ApprovalPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether this was said, or asked, before.")
    number: strawberry.Private[int | None] = None

    @strawberry.field(description="The request as it stands now; null where none is needed, or it was refused.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.number is None else await load_approval(info.context, self.number)


@strawberry.type(description="What became of requests that were decided.")
class DecideApprovalsPayload(Payload):
    results: list[ApprovalPayload] = strawberry.field(
        default_factory=list, description="One per request of the input, in its order."
    )


@strawberry.type(description="A delegation as it stands.")
class DelegatePayload(Payload):
    delegation: ApprovalDelegation | None = None


@strawberry.type(description="What became of the definition of a flow.")
class DefineApprovalFlowPayload(ApprovalPayload):
    version: int | None = strawberry.field(
        default=None, description="Its number among the platform's; null while it waits for approval itself."
    )


@strawberry.type
class ApprovalMutations:
    @mutation(description="Agree to requests. What the last word grants happens at once.")
    async def approve(self, info: Info, input: ApproveInput) -> DecideApprovalsPayload:
        return await _decide(info, input.approvals, Verdict.APPROVE, input.comment)

    @mutation(description="Refuse requests. One refusal ends a request.")
    async def reject(self, info: Info, input: RejectInput) -> DecideApprovalsPayload:
        return await _decide(info, input.approvals, Verdict.REJECT, _check_reason(input.comment, field="comment"))

    @mutation(description="Take a request of your own back.")
    async def withdraw_approval(self, info: Info, input: WithdrawApprovalInput) -> ApprovalPayload:
        withdrawal = Withdrawal(_read(info.context, input.approval), _check_reason(input.reason, field="reason"))
        decided = await submit_one(info.context, WITHDRAW_APPROVAL, withdrawal)
        return ApprovalPayload(number=decided.approval_id)

    @mutation(description="Ask again for what was rejected, withdrawn or overtaken.")
    async def resubmit_approval(self, info: Info, input: ResubmitApprovalInput) -> ApprovalPayload:
        requested = await submit_one(info.context, RESUBMIT_APPROVAL, _read(info.context, input.approval))
        return ApprovalPayload(replayed=requested.replayed, number=requested.approval_id)

    @mutation(description="Let another person decide in your place for a time.")
    async def delegate(self, info: Info, input: DelegateInput) -> DelegatePayload:
        handover = Handover(
            to=input.to,
            kind=None if input.kind is None else Kind(str(input.kind)),
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            reason=_check_length(input.reason, field="reason"),
        )
        return _write_delegation(await submit_one(info.context, DELEGATE, handover), handover.reason)

    @mutation(description="End a delegation of your own now.")
    async def end_delegation(self, info: Info, input: EndDelegationInput) -> DelegatePayload:
        return _write_delegation(await submit_one(info.context, END_DELEGATION, input.delegation), "")

    @mutation(
        description="Define who has to agree to what. Where a flow of that kind is in force, another operator has to "
        "agree to it, or whom a flow for FLOW_DEFINITION names."
    )
    async def define_approval_flow(self, info: Info, input: DefineApprovalFlowInput) -> DefineApprovalFlowPayload:
        defined = await submit_one(info.context, DEFINE_APPROVAL_FLOW, input.to_value())
        return DefineApprovalFlowPayload(version=defined.flow_version, number=defined.approval_id)

    @mutation(description="Ask for a closed period to be opened again; another person decides.")
    async def reopen_period(self, info: Info, input: ReopenPeriodInput) -> ApprovalPayload:
        wanted = ReopeningRequest(input.legal_entity, input.through_date, _check_reason(input.reason, field="reason"))
        requested = await submit_one(info.context, REQUEST_REOPENING, wanted)
        return ApprovalPayload(replayed=requested.replayed, number=requested.approval_id)

    @mutation(
        description="Ask for rates of a merchant's own; another person decides. Lines that were paid keep their rates.",
        prefix=("document",),
    )
    async def request_rate_override(self, info: Info, input: RequestRateOverrideInput) -> ApprovalPayload:
        requested = await submit_one(info.context, REQUEST_RATE_OVERRIDE, parse_override(input.document))
        return ApprovalPayload(replayed=requested.replayed, number=requested.approval_id)


async def _decide(info: Info, given: list[DecisionInput], verdict: Verdict, comment: str) -> DecideApprovalsPayload:
    context = info.context
    comment = _check_length(comment, field="comment")

    def read(decision: DecisionInput) -> Decision:
        if not _DIGEST.fullmatch(decision.digest):
            raise InvalidInput(field=("digest",), reason=Why.DIGEST)
        return Decision(_read(context, decision.approval), bytes.fromhex(decision.digest), verdict, comment)

    answers = await submit_each(context, DECIDE, given, read=read)
    results = write_each(context, answers, field="approvals", refused=ApprovalPayload, done=_write_judged)
    return DecideApprovalsPayload(results=results)


def _write_judged(judged: Judged) -> ApprovalPayload:
    return ApprovalPayload(replayed=judged.replayed, number=judged.approval_id)


def _write_delegation(delegation: Delegation, reason: str) -> DelegatePayload:
    return DelegatePayload(
        delegation=ApprovalDelegation(
            number=BigInt(delegation.delegation_id),
            from_actor=delegation.from_actor,
            to_actor=delegation.to_actor,
            kind=ApprovalKind(delegation.kind) if delegation.kind else None,
            starts_at=delegation.starts_at,
            ends_at=delegation.ends_at,
            reason=reason,
        )
    )


def _read(context: Context, given: strawberry.ID) -> int:
    """Refusals: IdInvalid, ApprovalMissing."""
    key = read_key(context, given, kind="Approval", field=("approval",))
    if not isinstance(key, int):
        raise ApprovalMissing(field=("approval",), approval=given)
    return key


def _check_reason(text: str, *, field: str) -> str:
    if not text.strip():
        raise InvalidInput(field=(field,), reason=Why.SAY_WHY)
    return _check_length(text, field=field)


def _check_length(text: str, *, field: str) -> str:
    if len(text) > LONGEST_COMMENT:
        raise InvalidInput(field=(field,), reason=Why.TEXT_LENGTH, most=LONGEST_COMMENT)
    return text
