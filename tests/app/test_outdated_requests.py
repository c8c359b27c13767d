"""What was taken back is asked for again only as long as it is what would happen. Of plans, rates and closed books."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Step, Verdict
from ledger.approvals.reopening import request_reopening
from ledger.charging.errors import OverrideUnfit, PlanConflict, RatesExceedWhole
from ledger.charging.override import parse_override
from ledger.charging.overrides import request_override
from ledger.charging.plan import parse_plan
from ledger.charging.proposing import propose_plan
from ledger.db.connecting import Database
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.closing import close_period
from ledger.parties.errors import PartyNotActive
from tests.ledger.charging.market import Document, Market
from tests.oracle.small_world import plan

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANN, BOB = Actor("ann"), Actor("bob")
DEARER: Document = {**plan("2025-02-01"), "plan": "dearer", "agent": {"rate": "0.09"}}
JUNE, JULY, AUGUST = date(2025, 6, 30), date(2025, 7, 31), date(2025, 8, 31)


@pytest.fixture
async def desk(database: Database) -> Market:
    """Two operators, who agree to plans together."""
    market = await Market.open(database)
    async with market.database.write(market.platform_id) as conn:
        for name in ("ann", "bob"):
            await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=b"p", now=NOW)
        draft = FlowDraft(Kind.PLAN_PUBLICATION, "plans", (Step((ANY_OPERATOR,)),))
        await define_flow(conn, draft=draft, actor=ANN, now=NOW)
    return market


async def ask_for_plan(desk: Market) -> int | None:
    async with desk.database.write(desk.platform_id) as conn:
        return (await propose_plan(conn, plan=parse_plan(DEARER), actor=ANN, now=NOW)).approval_id


async def ask_for_rates(desk: Market, commission: str = "0.90") -> int | None:
    days = {"validFrom": "2025-01-01", "validThrough": "2025-12-31", "reason": "volume"}
    draft = parse_override({"party": "M1", "commission": commission, **days})
    async with desk.database.write(desk.platform_id) as conn:
        return (await request_override(conn, draft=draft, maker=ANN, now=NOW)).approval_id


async def ask_to_open(desk: Market) -> int | None:
    await close(desk, JULY)
    wanted: dict[str, Any] = {"legal_entity": "LE", "through": JUNE, "reason": "late invoice", "maker": ANN}
    async with desk.database.write(desk.platform_id) as conn:
        return (await request_reopening(conn, **wanted, now=NOW)).approval_id


async def close(desk: Market, through: date) -> None:
    (book,) = await desk.rows("SELECT book_id FROM book WHERE reference = 'LE'")
    async with desk.database.write(desk.platform_id) as conn:
        await close_period(conn, book_id=book["book_id"], through=through, actor=ANN, now=NOW)


async def close_further(desk: Market) -> None:
    await close(desk, AUGUST)


async def close_the_merchant(desk: Market) -> None:
    await desk.close("M1")


async def publish_dearer(desk: Market) -> None:
    await desk.publish(DEARER)


async def publish_another(desk: Market) -> None:
    await desk.publish({**DEARER, "agent": {"rate": "0.08"}})


async def grant_rates(desk: Market) -> None:
    await agree(desk, await ask_for_rates(desk))


async def agree(desk: Market, number: int | None) -> None:
    await decide(desk, number, Verdict.APPROVE)


async def decide(desk: Market, number: int | None, verdict: Verdict) -> None:
    (row,) = await desk.rows(f"SELECT digest FROM approval WHERE approval_id = {number}")
    decision = Decision(number or 0, row["digest"], verdict)
    (outcome,) = await decide_all(desk.database, desk.platform_id, [decision], actor=BOB, now=NOW)
    assert isinstance(outcome, Judged), outcome


async def take_back(desk: Market, number: int | None) -> None:
    async with desk.database.write(desk.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(number or 0, "not yet"), ANN, NOW)


async def ask_again(desk: Market, number: int | None) -> int | None:
    async with desk.database.write(desk.platform_id) as conn:
        return (await resubmit_one(conn, number or 0, ANN, NOW)).approval_id


@pytest.mark.parametrize(
    ("ask", "meanwhile", "refusal"),
    [
        (ask_for_plan, publish_dearer, ApprovalStale),
        (ask_for_plan, publish_another, PlanConflict),
        (ask_for_plan, grant_rates, OverrideUnfit),
        (ask_for_rates, publish_dearer, RatesExceedWhole),
        (ask_for_rates, close_the_merchant, PartyNotActive),
        (ask_to_open, close_further, ApprovalStale),
    ],
)
async def test_what_would_not_happen_any_more_is_not_asked_for_again(
    desk: Market, ask: Any, meanwhile: Any, refusal: type[LedgerError]
) -> None:
    number = await ask(desk)
    await take_back(desk, number)
    await meanwhile(desk)

    with pytest.raises(refusal):
        await ask_again(desk, number)

    assert await desk.rows("SELECT 1 FROM approval WHERE status = 'PENDING'") == []


@pytest.mark.parametrize(
    ("ask", "reading"),
    [(ask_for_plan, "proposing.parse_plan"), (ask_for_rates, "overrides.parse_override")],
)
async def test_what_would_be_refused_as_it_is_written_by_now_can_still_be_rejected(
    desk: Market, ask: Any, reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise InvalidInput(reason="not any more")

    number = await ask(desk)
    monkeypatch.setattr(f"ledger.charging.{reading}", refuse)

    await decide(desk, number, Verdict.REJECT)

    assert [row["status"] for row in await desk.rows("SELECT status FROM approval")] == ["REJECTED"]


@pytest.mark.parametrize(
    ("ask", "written"),
    [
        (ask_for_plan, "SELECT 1 FROM fee_plan WHERE plan = 'dearer'"),
        (ask_for_rates, "SELECT 1 FROM rate_override"),
        (ask_to_open, "SELECT 1 FROM book_reopening"),
    ],
)
async def test_what_was_taken_back_and_is_agreed_to_in_the_end_happens_once(
    desk: Market, ask: Any, written: str
) -> None:
    number = await ask(desk)
    await take_back(desk, number)
    assert await desk.rows(written) == []
    again = await ask_again(desk, number)
    assert await desk.rows(written) == []

    await agree(desk, again)

    assert len(await desk.rows(written)) == 1
