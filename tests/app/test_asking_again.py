"""What was taken back or rejected moves nothing; asked again and agreed to, it moves once. Of each kind of document."""

import pytest

from ledger.approvals.model import Kind, Verdict
from ledger.db.connecting import Database
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from tests.app.asked_moves import NOW, Act, ask_again, decide, earned, lift, put_on_hold, release, take_back
from tests.ledger.charging.market import ACTOR
from tests.ledger.settlement.adjustments.test_adjustments import adjustment
from tests.ledger.settlement.deposits.telling import agreed, cash, received, target
from tests.ledger.settlement.holds.telling import hold, place
from tests.ledger.settlement.second_person import ask_a_second_person
from tests.ledger.settlement.sheets.world import World

STANDS = "2010 M1, 2050 M1, 2060 M1, 4040"


@pytest.fixture
async def world(database: Database) -> World:
    return await earned(database)


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


@pytest.mark.parametrize(
    ("kind", "prepare", "ask", "stands"),
    [
        (Kind.HOLD, nothing, put_on_hold("30.00"), ([10_000, 0, 0, 0], [7_000, 3_000, 0, 0])),
        (Kind.HOLD, a_hold, lift(), ([6_000, 4_000, 0, 0], [10_000, 0, 0, 0])),
        (Kind.DEPOSIT, a_slice, release(), ([10_000, 0, 2_000, 0], [12_000, 0, 0, 0])),
        (Kind.ADJUSTMENT, nothing, ask_to_adjust, ([10_000, 0, 0, 0], [7_000, 0, 0, 3_000])),
    ],
)
async def test_what_was_taken_back_and_rejected_moves_nothing_and_once_agreed_to_it_moves_once(
    world: World, kind: Kind, prepare: Act, ask: Act, stands: tuple[list[int], list[int]]
) -> None:
    before, after = stands
    await prepare(world)
    await ask_a_second_person(world, kind)

    await ask(world)
    first = await take_back(world)
    assert await world.net(STANDS) == before
    second = await ask_again(world, first)
    assert await decide(world, Verdict.REJECT) == ["REJECTED"]
    assert await world.net(STANDS) == before
    await ask_again(world, second)
    assert await decide(world, Verdict.APPROVE) == ["GRANTED"]

    assert await world.net(STANDS) == after
    await ask(world)
    assert await world.rows("SELECT 1 FROM approval WHERE status = 'PENDING'") == []
    assert await world.net(STANDS) == after
