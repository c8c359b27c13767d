"""What a party gets of a sheet of which much is taken before: netted, retained, held, taxed; and of what comes back."""

from datetime import UTC, date, datetime

import pytest

from ledger.db.connecting import Database
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.parsing import parse_discharge
from ledger.verify.verifying import verify
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import agreed, agreement, out
from tests.ledger.settlement.holds.telling import hold, lift, place_all
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till
from tests.ledger.settlement.sheets.world import World

END = date(2026, 4, 30)
STANDS = "1200 D1, 2015 D1, 2050 D1, 2060 D1, 2110 D1, 2190"


@pytest.fixture
async def world(database: Database) -> World:
    """D1 owes 1,000.00 of January and earned 5,000.00 in February; 5 % of what he earns are kept."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="DISTRIBUTOR", cycle="MONTHLY", confirmation="NONE")
    await agreed(world, agreement(party="D1", role="DISTRIBUTOR", rate="0.05"), when="2026-01-01")
    await world.earn("D1", -100_000, "2026-01-10", code="2042")
    await world.settle("2026-02-01")
    await world.earn("D1", 600_000, "2026-02-10", code="2041")
    await world.earn("D1", -100_000, "2026-02-11", code="2043")
    await world.settle("2026-03-01")
    return world


async def test_tax_is_of_what_is_paid_in_the_month_once_debts_retention_and_holds_are_taken(world: World) -> None:
    till = await open_till(world)
    _, sheet = await world.sheets("D1")
    (held,) = await place_all(world, hold("700.00", party="D1", sheet=sheet.sheet_id), now=till.now)

    # 5,000.00 less 1,000.00 owed, 250.00 retained and 700.00 held; (3,050.00 - 800.00) * 20 % of tax.
    assert await pay(till) == (305_000, 45_000, 260_000)
    assert await till.net(STANDS) == [0, 0, 70_000, 25_000, 45_000, 0]
    # The month is of 3,750.00 now, so its tax 590.00.
    await lift(world, held.hold_id, now=till.now)
    assert await pay(till) == (70_000, 14_000, 56_000)
    # What was retained comes back in another month, of which it is all.
    till.now = datetime(2026, 4, 2, 9, tzinfo=UTC)
    await release_what_was_retained(till)
    assert await pay(till) == (25_000, 0, 25_000)

    assert await till.net(f"{STANDS}, 1010") == [0, 0, 0, 0, 59_000, 0, -(1_000_000 - 341_000)]
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def open_till(world: World) -> Till:
    till = Till(world, world.database.dsn)
    till.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    await till.pay_from()
    await till.pay_to("D1", iban=IBANS[1], rule="CN-LABOUR")
    await till.fund(1_000_000)
    return till


async def pay(till: Till) -> tuple[int, int, int]:
    """Pay what can be paid, all the way; gross, tax and net of it."""
    created = await till.create_one(END)
    await till.pay(created.payout_id)
    return created.draft.gross, created.draft.withheld, created.draft.net


async def release_what_was_retained(till: Till) -> None:
    rows = await till.market.rows("SELECT slice_id FROM deposit_slice")
    drafts = [parse_discharge(out("RELEASED", row["slice_id"])) for row in rows]
    async with till.database.write(till.platform_id) as conn:
        outcomes = await discharge_slices(conn, drafts=drafts, actor=ACTOR, now=till.now)
    assert codes(outcomes) == [""]
