"""A fee plan is in force once it is published: at once, or when those whom a flow names agree."""

import hashlib
from datetime import UTC, datetime

import pytest

from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.deciding import decide
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Step, Verdict
from ledger.charging.errors import PlanConflict, PlanNeedsApproval
from ledger.charging.plan import parse_plan
from ledger.charging.proposing import Proposed, apply_plans, propose_plan
from tests.ledger.charging.market import Document, Market
from tests.oracle.small_world import SUCCEEDED, paid, plan

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANN, BOB = Actor("ann"), Actor("bob")


def dearer(rate: str = "0.20") -> Document:
    return {**plan("2025-02-01"), "plan": "dearer", "commission": {"default": rate}}


async def propose(market: Market, document: Document) -> Proposed:
    async with market.database.write(market.platform_id) as conn:
        return await propose_plan(conn, plan=parse_plan(document), actor=ANN, now=NOW)


async def ask_for_two(market: Market) -> None:
    async with market.database.write(market.platform_id) as conn:
        for name in ("ann", "bob"):
            await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=b"p", now=NOW)
        draft = FlowDraft(Kind.PLAN_PUBLICATION, "plans", (Step((ANY_OPERATOR,)),))
        await define_flow(conn, draft=draft, actor=ANN, now=NOW)


async def say(market: Market, approval: int, verdict: Verdict) -> None:
    async with market.database.write(market.platform_id) as conn:
        mark = await conn.fetchval("SELECT digest FROM approval WHERE approval_id = $1", approval)
        (outcome,) = await decide(conn, decisions=[Decision(approval, mark, verdict)], actor=BOB, now=NOW)
        assert isinstance(outcome, Judged)
        assert outcome.decided is not None
        await apply_plans(conn, decided=[outcome.decided], actor=BOB, now=NOW)


async def test_without_a_flow_a_plan_is_published_at_once(market: Market) -> None:
    proposed = await propose(market, dearer())

    assert (proposed.version, proposed.approval_id, proposed.replayed) == (2, None, False)
    assert (await propose(market, dearer())).replayed


async def test_with_a_flow_it_is_in_force_once_it_is_granted_and_not_before(market: Market) -> None:
    await ask_for_two(market)

    proposed = await propose(market, dearer())
    assert proposed.approval_id is not None
    assert (proposed.version, proposed.sequence) == (None, None)
    await market.accept(paid("100.00", order="O1", id="p1"), {**SUCCEEDED, "order": "O1", "id": "s1"})
    assert len(await market.rows("SELECT 1 FROM fee_plan")) == 1
    await say(market, proposed.approval_id, Verdict.APPROVE)

    (published,) = await market.rows("SELECT version, content, fingerprint FROM fee_plan WHERE plan = 'dearer'")
    assert published["version"] == 2
    assert hashlib.sha256(published["content"].encode()).digest() == published["fingerprint"]
    (row,) = await market.rows(f"SELECT digest, content FROM approval WHERE approval_id = {proposed.approval_id}")
    # What was agreed to is, byte for byte, what was published.
    assert (row["digest"], row["content"]) == (published["fingerprint"], published["content"])
    (event,) = await market.rows("SELECT actor FROM log_event WHERE kind = 'plan.published' AND actor = 'ann'")
    assert event["actor"] == "ann"


async def test_what_was_rejected_is_never_published_and_the_same_proposal_waits_once(market: Market) -> None:
    await ask_for_two(market)

    proposed, again = await propose(market, dearer()), await propose(market, dearer())
    assert (again.approval_id, again.replayed) == (proposed.approval_id, True)
    await say(market, proposed.approval_id or 0, Verdict.REJECT)

    assert len(await market.rows("SELECT 1 FROM fee_plan")) == 1


async def test_what_was_published_before_needs_nobody_and_other_content_is_refused(market: Market) -> None:
    await propose(market, dearer())
    await ask_for_two(market)

    assert (await propose(market, dearer())).version == 2
    with pytest.raises(PlanConflict):
        await propose(market, dearer("0.21"))


async def test_who_cannot_wait_is_refused_where_somebody_has_to_agree(market: Market) -> None:
    await ask_for_two(market)
    before = await market.rows("SELECT sequence FROM log_head")

    async with market.database.write(market.platform_id) as conn:
        with pytest.raises(PlanNeedsApproval):
            await propose_plan(conn, plan=parse_plan(dearer()), actor=Actor("cli:root"), now=NOW, may_wait=False)

    assert await market.rows("SELECT sequence FROM log_head") == before
    assert await market.rows("SELECT 1 FROM approval") == []
