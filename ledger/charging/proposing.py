"""Fee plans on their way: published at once, or, where an approval flow asks for it, once it is granted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import ApprovalRequest, Decided, Kind, Status
from ledger.approvals.requesting import is_required, request_approvals
from ledger.charging import plan_sql
from ledger.charging.errors import PlanNeedsApproval
from ledger.charging.overrides import check_granted
from ledger.charging.plan import parse_plan
from ledger.charging.publishing import find_published, publish_plan
from ledger.charging.rates import FeePlan
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log


@dataclass(frozen=True, slots=True)
class Proposed:
    """
    A plan that was published under `version` and `sequence`, or waits for `approval_id`; `replayed` when it was, or
    did, before.
    """

    plan: str
    valid_from: date
    version: int | None
    sequence: int | None
    approval_id: int | None
    replayed: bool


async def propose_plan(
    conn: Connection, *, plan: FeePlan, actor: Actor, now: datetime, may_wait: bool = True
) -> Proposed:
    """
    Publish a version of a fee plan, or ask for approval of exactly its content where a flow for PLAN_PUBLICATION fits.

    Granted, it is in force from its first day on as if it had been published then; payments that were recorded before
    keep the plan they were paid under. A caller who cannot wait for it is refused instead.

    Refusals: PlanConflict, OverrideUnfit, PlanNeedsApproval.
    """
    await lock_log(conn)
    known = await plan_sql.find_plan(conn, plan=plan.name, valid_from=plan.valid_from)
    if known is None:
        await check_granted(conn, plan=plan)
        content = write_content(plan.to_document())
        request = ApprovalRequest(
            kind=Kind.PLAN_PUBLICATION,
            subject=f"plan/{plan.name}/{plan.valid_from.isoformat()}",
            digest=digest_content(content),
            amount_minor=None,
            currency=None,
            book_id=None,
            party_id=None,
            description=f"Publish the fee plan {plan.name} with effect from {plan.valid_from.isoformat()}",
            content=content,
        )
        if not may_wait and await is_required(conn, request=request):
            raise PlanNeedsApproval(plan=plan.name)
        (requested,) = await request_approvals(conn, requests=[request], maker=actor, now=now)
        if requested.state is Status.PENDING:
            return Proposed(plan.name, plan.valid_from, None, None, requested.approval_id, requested.replayed)
    published = await publish_plan(conn, plan=plan, actor=actor, now=now)
    return Proposed(
        plan.name, plan.valid_from, published.version, published.sequence, None, replayed=published.replayed
    )


async def apply_plans(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Publish the plans that were granted, in the name of who asked. What is asked for again is judged as when it was
    asked for first.

    Refusals: PlanConflict when the same plan was published for the day with other content meanwhile, OverrideUnfit when
        rates were granted meanwhile that do not go with it; ApprovalStale for what is asked for again and was published
        meanwhile.
    """
    for each in decided:
        if each.status not in (Status.GRANTED, Status.PENDING):
            continue
        plan = parse_plan(json.loads(each.content))
        if each.granted:
            await publish_plan(conn, plan=plan, actor=Actor(each.maker), now=now)
            continue
        if await find_published(conn, plan=plan) is not None:
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
        await check_granted(conn, plan=plan)
