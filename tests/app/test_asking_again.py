"""What was taken back or rejected moves nothing; asked again and agreed to, it moves once. Of each kind of document."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.approvals.model import Decision, Judged, Kind, Verdict
from ledger.db.connecting import Database
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.parsing import parse_discharge
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from tests.ledger.charging.market import ACTOR
from tests.ledger.settlement.adjustments.test_adjustments import adjustment
from tests.ledger.settlement.deposits.telling import TODAY, agreed, cash, out, received, target
from tests.ledger.settlement.holds.telling import hold, place
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person
from tests.ledger.settlement.sheets.world import World, at

NOW = at(TODAY)
STANDS = "2010 M1, 2050 M1, 2060 M1, 4040"
Ask = Callable[[World], Awaitable[Any]]


@pytest.fixture
async def world(database: Database) -> World:
    """M1 has earned 100.00."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.earn("M1", 10_000, "2020-01-05")
    return world


async def ask_to_hold(world: World) -> None:
    async with world.database.write(world.platform_id) as conn:
        await place_holds(conn, drafts=[parse_hold(hold("30.00", "H9"))], actor=ACTOR, now=NOW)


async def ask_to_lift(world: World) -> None:
    (row,) = await world.rows("SELECT hold_id FROM hold")
    said = {"hold": row["hold_id"], "reference": "L1", "reason": "Reviewed."}
    async with world.database.write(world.platform_id) as conn:
        await lift_holds(conn, drafts=[parse_lift(said)], actor=ACTOR, now=NOW)


async def ask_to_release(world: World) -> None:
    (row,) = await world.rows("SELECT slice_id FROM deposit_slice")
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_discharge(out("RELEASED", row["slice_id"]))]
        await discharge_slices(conn, drafts=drafts, actor=ACTOR, now=NOW)


async def ask_to_adjust(world: World) -> None:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_adjustment(adjustment("PENALTY", "30.00"))]
        await propose_adjustments(conn, drafts=drafts, maker=ACTOR, now=NOW)


async def nothing(world: World) -> None:
    pass


async def a_hold(world: World) -> None:
    await place(world, hold("40.00"))


async def a_slice(world: World) -> None:
    await agreed(world, target("20.00", release="ON_DATE"))
    await received(world, cash("20.00"))


async def number_of_what_waits(world: World) -> int:
    (row,) = await world.rows("SELECT approval_id FROM approval WHERE status = 'PENDING'")
    number: int = row["approval_id"]
    return number


async def say(world: World, number: int, verdict: Verdict) -> str:
    (row,) = await world.rows("SELECT digest FROM approval WHERE approval_id = $1", number)
    decision = Decision(number, row["digest"], verdict, "Looked at.")
    (outcome,) = await decide_all(world.database, world.platform_id, [decision], actor=CHECKER, now=NOW)
    assert isinstance(outcome, Judged), outcome
    return outcome.status.value


@pytest.mark.parametrize(
    ("kind", "prepare", "ask", "stands"),
    [
        (Kind.HOLD, nothing, ask_to_hold, ([10_000, 0, 0, 0], [7_000, 3_000, 0, 0])),
        (Kind.HOLD, a_hold, ask_to_lift, ([6_000, 4_000, 0, 0], [10_000, 0, 0, 0])),
        (Kind.DEPOSIT, a_slice, ask_to_release, ([10_000, 0, 2_000, 0], [12_000, 0, 0, 0])),
        (Kind.ADJUSTMENT, nothing, ask_to_adjust, ([10_000, 0, 0, 0], [7_000, 0, 0, 3_000])),
    ],
)
async def test_what_was_taken_back_and_rejected_moves_nothing_and_once_agreed_to_it_moves_once(
    world: World, kind: Kind, prepare: Ask, ask: Ask, stands: tuple[list[int], list[int]]
) -> None:
    before, after = stands
    await prepare(world)
    await ask_a_second_person(world, kind)

    await ask(world)
    first = await number_of_what_waits(world)
    async with world.database.write(world.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(first, "not yet"), ACTOR, NOW)
    assert await world.net(STANDS) == before
    async with world.database.write(world.platform_id) as conn:
        await resubmit_one(conn, first, ACTOR, NOW)
    second = await number_of_what_waits(world)
    assert await say(world, second, Verdict.REJECT) == "REJECTED"
    assert await world.net(STANDS) == before
    async with world.database.write(world.platform_id) as conn:
        await resubmit_one(conn, second, ACTOR, NOW)
    assert await say(world, await number_of_what_waits(world), Verdict.APPROVE) == "GRANTED"

    assert await world.net(STANDS) == after
    await ask(world)
    assert await world.rows("SELECT 1 FROM approval WHERE status = 'PENDING'") == []
    assert await world.net(STANDS) == after
