"""Nothing leaves with a payout that has to be held or retained, however far the workers have come with that."""

from datetime import date

from ledger.db.connecting import Database
from tests.ledger.settlement.deposits.telling import agreed, agreement
from tests.ledger.settlement.holds.test_disputes import charged_back
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, paid


async def open_world(database: Database) -> World:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(party="M1", confirmation="NONE")
    return world


async def open_till(world: World) -> Till:
    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(10_000_00)
    return till


async def test_what_an_agreement_takes_of_a_sheet_is_not_paid_out(database: Database) -> None:
    world = await open_world(database)
    await agreed(world, agreement(), when="2025-11-01")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 90_00
    assert await world.net("2060 M1") == [10_00]


async def test_the_share_of_an_open_chargeback_is_not_paid_out(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    await world.accept(charged_back("60.00"))
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 49_50
    assert await world.net("2050 M1") == [49_50]
