"""A second person for the tests of settlement: asked by a flow, and decides on what was asked."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from ledger.actor import Actor
from ledger.approvals import deciding
from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Step, Verdict
from tests.ledger.approvals.desk import Desk
from tests.ledger.charging.market import Market

CHECKER = Actor("bob")
Apply = Callable[..., Awaitable[Any]]


async def ask_a_second_person(market: Market, kind: Kind, **conditions: Any) -> None:
    """From now on everything of this kind, or what the conditions say, waits for an operator."""
    desk = Desk(market.database, market.platform_id, {})
    await desk.hire(CHECKER.name)
    await desk.flow(Step(approvers=(ANY_OPERATOR,)), kind=kind, **conditions)


async def let_decide(
    market: Market, approval_id: int | None, apply: Apply, *, now: datetime, verdict: Verdict = Verdict.APPROVE
) -> Judged:
    """The second person says a word, and what it decided is applied in the same transaction."""
    async with market.database.write(market.platform_id) as conn:
        digest = await conn.fetchval("SELECT digest FROM approval WHERE approval_id = $1", approval_id)
        decision = Decision(approval_id or 0, digest, verdict, "Looked at.")
        (judged,) = await deciding.decide(conn, decisions=[decision], actor=CHECKER, now=now)
        assert isinstance(judged, Judged), judged
        if judged.decided is not None:
            await apply(conn, decided=[judged.decided], actor=CHECKER, now=now)
    return judged
