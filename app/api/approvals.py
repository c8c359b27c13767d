"""Approvals: the inbox, requests with their history, flows and delegations. Keys of parties see none of it."""

import json
from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity, load_legal_entity
from app.api.money import Money
from app.api.nodes import Node, choose_key, write_id
from app.api.parties import Party, load_party
from app.api.scalars import JSON, BigInt, CurrencyCode
from ledger.approvals.flows import read_steps
from ledger.reporting import approvals
from ledger.reporting.approvals import ApprovalRow, DelegationRow, FlowRow, HistoryRow, SeatRow


@strawberry.enum(description="What may need approval.")
class ApprovalKind(StrEnum):
    SHEET = "SHEET"
    ADJUSTMENT = "ADJUSTMENT"
    PAYOUT = "PAYOUT"
    DEPOSIT = "DEPOSIT"
    HOLD = "HOLD"
    INVOICE_OVERRIDE = "INVOICE_OVERRIDE"
    WRITE_OFF = "WRITE_OFF"
    RECEIPT_RETURN = "RECEIPT_RETURN"
    LATE_PAYMENT = "LATE_PAYMENT"
    PERIOD_REOPENING = "PERIOD_REOPENING"
    PLAN_PUBLICATION = "PLAN_PUBLICATION"
    RATE_OVERRIDE = "RATE_OVERRIDE"
    FLOW_DEFINITION = "FLOW_DEFINITION"


@strawberry.enum(description="Where a request stands. STALE: what it was asked for has changed.")
class ApprovalStatus(StrEnum):
    PENDING = "PENDING"
    GRANTED = "GRANTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    STALE = "STALE"


@strawberry.enum(description="What a person said.")
class ApprovalVerdict(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"


@strawberry.enum(description="Whether one of the approvers of a step is enough, or each of them has to agree.")
class ApprovalRule(StrEnum):
    ANY = "ANY"
    ALL = "ALL"


@strawberry.enum(description="As what somebody decided.")
class ApprovalCapacity(StrEnum):
    APPROVER = "APPROVER"
    DELEGATE = "DELEGATE"
    SUBSTITUTE = "SUBSTITUTE"
    ESCALATION = "ESCALATION"


@strawberry.type(description="What somebody said to a request.")
class ApprovalDecision:
    actor: str
    on_behalf_of: str | None = strawberry.field(description="Who delegated it to the actor.")
    capacity: ApprovalCapacity
    verdict: ApprovalVerdict
    comment: str
    decided_at: datetime


@strawberry.type(description="A place for one person in a step of a request; names are actors' or role:operator.")
class ApprovalSeat:
    step: int
    approvers: list[str]
    substitutes: list[str] = strawberry.field(description="Who comes in where no approver is there.")
    escalates_to: list[str] = strawberry.field(description="Who comes in where no substitute is there, or it is late.")
    due_hours: int | None
    decision: ApprovalDecision | None

    @classmethod
    def of(cls, row: SeatRow) -> "ApprovalSeat":
        """Make the API's seat of the ledger's."""
        decision = None
        if row.actor and row.capacity and row.verdict and row.decided_at:
            decision = ApprovalDecision(
                actor=row.actor,
                on_behalf_of=row.on_behalf_of,
                capacity=ApprovalCapacity(row.capacity),
                verdict=ApprovalVerdict(row.verdict),
                comment=row.comment or "",
                decided_at=row.decided_at,
            )
        return cls(
            step=row.step,
            approvers=row.approvers,
            substitutes=row.substitutes,
            escalates_to=row.escalates_to,
            due_hours=row.due_hours,
            decision=decision,
        )


@strawberry.type(description="Something that happened to a request.")
class ApprovalHistoryItem:
    kind: str = strawberry.field(description="The kind of the event, such as approval.decided.")
    actor: str
    occurred_at: datetime
    payload: JSON = strawberry.field(description="The event's facts.")

    @classmethod
    def of(cls, row: HistoryRow) -> "ApprovalHistoryItem":
        """Make the API's item of the ledger's."""
        return cls(kind=row.kind, actor=row.actor, occurred_at=row.occurred_at, payload=JSON(json.loads(row.payload)))


@strawberry.type(description="A request for approval of exactly what its digest says.")
class Approval(Node):
    id: strawberry.ID
    number: BigInt
    kind: ApprovalKind
    subject: str = strawberry.field(description='The document that it is about, such as "sheet/17".')
    digest: str = strawberry.field(description="SHA-256 of exactly what will happen, in hexadecimal; send it back.")
    description: str
    content: str | None = strawberry.field(description="What the digest is of, to the letter, where it is kept.")
    amount: Money | None = strawberry.field(
        description="By how much its flow was chosen: all that may come to be paid of the document, or has gone out of"
        " it with this step; `content` says the step itself."
    )
    maker: str = strawberry.field(description="Who asked; he never decides.")
    status: ApprovalStatus
    step: int = strawberry.field(description="The step that waits now, counted from 1.")
    awaited: list[str] = strawberry.field(description="Whom it waits for, as was told last.")
    requested_at: datetime
    step_opened_at: datetime
    due_at: datetime | None = strawberry.field(description="When the step is overdue and passed on.")
    is_overdue: bool
    age_seconds: BigInt = strawberry.field(description="How long it has waited, or waited until it ended.")
    closed_at: datetime | None
    row: strawberry.Private[ApprovalRow]

    @classmethod
    def of(cls, context: Context, row: ApprovalRow) -> "Approval":
        """Make the API's request of the ledger's."""
        now = context.services.now()
        waits = row.status == "PENDING"
        return cls(
            id=write_id(context, "Approval", row.approval_id),
            number=BigInt(row.approval_id),
            kind=ApprovalKind(row.kind),
            subject=row.subject,
            digest=row.digest.hex(),
            description=row.description,
            content=row.content or None,
            amount=None if row.amount_minor is None or not row.currency else Money.of(row.amount_minor, row.currency),
            maker=row.maker,
            status=ApprovalStatus(row.status),
            step=row.step,
            awaited=row.awaited,
            requested_at=row.requested_at,
            step_opened_at=row.step_opened_at,
            due_at=row.due_at,
            is_overdue=waits and (row.escalated_at is not None or (row.due_at is not None and row.due_at <= now)),
            age_seconds=BigInt(max(0, int(((row.closed_at or now) - row.requested_at).total_seconds()))),
            closed_at=row.closed_at,
            row=row,
        )

    @strawberry.field(description="The places that have to be taken, with the words said at them, step by step.")
    async def seats(self, info: Info) -> list[ApprovalSeat]:
        rows = await info.context.load(approvals.load_seats, self.row.approval_id)
        return [ApprovalSeat.of(row) for row in rows]

    @strawberry.field(description="Everything that happened to it, in order.")
    async def history(self, info: Info) -> list[ApprovalHistoryItem]:
        rows = await info.context.load(approvals.load_history, self.row.approval_id)
        return [ApprovalHistoryItem.of(row) for row in rows]

    @strawberry.field
    async def legal_entity(self, info: Info) -> LegalEntity | None:
        return await load_legal_entity(info.context, self.row.book_id)

    @strawberry.field(description="The party that it is about.")
    async def party(self, info: Info) -> Party | None:
        return None if self.row.party_id is None else await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The request that was refused before and is asked for again by this one.")
    async def resubmission_of(self, info: Info) -> "Approval | None":
        number = self.row.resubmission_of
        return None if number is None else await load_approval(info.context, number)


@strawberry.type(description="A step of a flow; names are actors' or role:operator.")
class ApprovalStep:
    approvers: list[str]
    rule: ApprovalRule
    substitutes: list[str]
    escalates_to: list[str]
    due_hours: int | None


@strawberry.type(
    description="Who has to agree, under conditions that are null where they are any. The narrowest flow that fits a"
    " request counts: by party, then legal entity, then amount."
)
class ApprovalFlow:
    version: int = strawberry.field(description="Counts what the platform defined.")
    kind: ApprovalKind
    name: str
    from_amount: Money | None
    currency: CurrencyCode | None
    steps: list[ApprovalStep]
    defined_by: str
    defined_at: datetime
    row: strawberry.Private[FlowRow]

    @classmethod
    def of(cls, row: FlowRow) -> "ApprovalFlow":
        """Make the API's flow of the ledger's."""
        steps = [
            ApprovalStep(
                approvers=list(step.approvers),
                rule=ApprovalRule(step.rule.value),
                substitutes=list(step.substitutes),
                escalates_to=list(step.escalates_to),
                due_hours=step.due_hours,
            )
            for step in read_steps(row.steps)
        ]
        return cls(
            version=row.flow_version,
            kind=ApprovalKind(row.kind),
            name=row.name,
            from_amount=Money.of(row.from_amount_minor, row.currency) if row.currency else None,
            currency=None if row.currency is None else CurrencyCode(row.currency),
            steps=steps,
            defined_by=row.defined_by,
            defined_at=row.defined_at,
            row=row,
        )

    @strawberry.field
    async def legal_entity(self, info: Info) -> LegalEntity | None:
        return await load_legal_entity(info.context, self.row.book_id)

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return None if self.row.party_id is None else await load_party(info.context, self.row.party_id)


@strawberry.type(description="That one person decides in another's place for a time.")
class ApprovalDelegation:
    number: BigInt
    from_actor: str
    to_actor: str
    kind: ApprovalKind | None = strawberry.field(description="The only kind of subject that it is for; null is all.")
    starts_at: datetime
    ends_at: datetime
    reason: str

    @classmethod
    def of(cls, row: DelegationRow) -> "ApprovalDelegation":
        """Make the API's delegation of the ledger's."""
        return cls(
            number=BigInt(row.delegation_id),
            from_actor=row.from_actor,
            to_actor=row.to_actor,
            kind=ApprovalKind(row.kind) if row.kind else None,
            starts_at=row.starts_at,
            ends_at=row.ends_at if row.ended_at is None else min(row.ends_at, row.ended_at),
            reason=row.reason,
        )


@strawberry.input(description="Which requests: those that wait for you, unless `waitingForMe` is false.")
class ApprovalFilterInput:
    waiting_for_me: bool = True
    status: ApprovalStatus | None = None
    kind: ApprovalKind | None = None
    subject: str | None = None


@strawberry.input(description="Which delegations: from and to you, unless `mine` is false.")
class ApprovalDelegationFilterInput:
    mine: bool = True


@strawberry.type
class ApprovalQueries:
    @strawberry.field(
        description="The inbox: what waits for you, the oldest first. With `waitingForMe: false`, all requests."
    )
    async def approvals(
        self,
        info: Info,
        *,
        filter: ApprovalFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Approval]:
        given = filter or ApprovalFilterInput()
        context = info.context
        actor = context.viewer.actor.name if given.waiting_for_me else None
        filters = {
            "status": given.status and str(given.status),
            "kind": given.kind and str(given.kind),
            "subject": given.subject,
        }
        pager = context.open_list("approvals", actor=actor, **filters)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[ApprovalRow] = []
        if context.viewer.sees_whole_platform:
            now = context.services.now()
            rows = await context.read(approvals.list_approvals, actor=actor, now=now, span=to_span(page), **filters)
        return pager.lay_out(
            rows, page, node=lambda row: Approval.of(context, row), position=lambda row: (row.approval_id,)
        )

    @strawberry.field(description="One request, by id or by number; null when there is none that you may see.")
    async def approval(
        self, info: Info, id: strawberry.ID | None = None, number: BigInt | None = None
    ) -> Approval | None:
        key = choose_key(info.context, kind="Approval", id=id, number=number)
        return None if key is None else await find_approval(info.context, key)

    @strawberry.field(description="The flows in force; none for keys that see only a part.")
    async def approval_flows(self, info: Info, kind: ApprovalKind | None = None) -> list[ApprovalFlow]:
        if not info.context.viewer.sees_whole_platform:
            return []
        rows = await info.context.read(approvals.list_flows, kind=kind and str(kind))
        return [ApprovalFlow.of(row) for row in rows]

    @strawberry.field(description="Delegations that hold or are yet to come, the last made first.")
    async def approval_delegations(
        self,
        info: Info,
        *,
        filter: ApprovalDelegationFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[ApprovalDelegation]:
        given = filter or ApprovalDelegationFilterInput()
        context = info.context
        actor = context.viewer.actor.name if given.mine else None
        pager = context.open_list("approval-delegations", actor=actor)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[DelegationRow] = []
        if context.viewer.sees_whole_platform:
            now = context.services.now()
            rows = await context.read(approvals.list_delegations, actor=actor, now=now, span=to_span(page))
        return pager.lay_out(rows, page, node=ApprovalDelegation.of, position=lambda row: (row.delegation_id,))


async def find_approval(context: Context, key: int | str) -> Approval | None:
    """A request by the key of its id; None when it may not be seen."""
    return await load_approval(context, key) if isinstance(key, int) else None


async def load_approval(context: Context, approval_id: int) -> Approval | None:
    """A request by the ledger's number; None when it may not be seen."""
    if not context.viewer.sees_whole_platform:
        return None
    row = await context.load(approvals.load_approvals, approval_id)
    return None if row is None else Approval.of(context, row)
