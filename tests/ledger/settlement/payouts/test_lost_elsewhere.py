"""A chargeback that is lost while its money is elsewhere: what comes back is held until the debt of it is agreed."""

from datetime import date
from pathlib import Path

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import Verdict
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.model import Status
from ledger.verify.verifying import verify
from tests.ledger.settlement.holds.telling import HOLDS, hold, lift, place
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow, rests, send
from tests.ledger.settlement.payouts.test_withheld_first import open_till, open_world
from tests.ledger.settlement.payouts.till import Till
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.oracle.small_world import SUCCEEDED, paid

DAY = date(2026, 3, 31)
LOST = decided("lost", liability="SPLIT")
REVISION = Path(__file__).parents[4] / "migrations/versions/0056_rests_of_lost.sql"
REOPENED = REVISION.read_text("utf-8").partition("-- What older programs")[2].partition("-- Law")[0].partition("\n")[2]


async def pays(till: Till) -> list[int]:
    """What a run pays now, payout by payout, after which the book is in order."""
    created = (await till.create(through=DAY)).created
    for each in created:
        await till.pay(each.payout_id)
    async with till.database.read(till.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    return [each.draft.net for each in created]


async def fix(world: World) -> None:
    """The sheet that claims 81.90 of the order's 100.00 is on its way to being closed."""
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.open_sheets("2025-03-15")
    async with world.database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at("2025-04-02"), limit=10)
    assert Status.CLOSING in {sheet.status for sheet in await world.sheets("M1", closed=False)}


@pytest.mark.parametrize("seen", [(), ("came",), ("came", "lost"), ("lost",)])
async def test_what_was_lost_while_its_sheet_was_closing_is_not_paid_beside_the_debt(
    database: Database, seen: tuple[str, ...]
) -> None:
    """Whenever a worker looked meanwhile."""
    world = await open_world(database)
    till = await open_till(world)
    await fix(world)
    await world.accept(charged_back("60.00"))
    if "came" in seen:
        await follow(till)
    await world.accept(LOST)
    if "lost" in seen:
        await follow(till)
    await world.settle("2025-04-02")

    assert await pays(till) == [81_90 - 49_50]
    assert await world.net("2010 M1, 2050 M1") == [-49_50, 49_50]
    await world.settle("2025-05-02")
    assert await pays(till) == []
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, 0]


@pytest.mark.parametrize("is_read", [True, False])
async def test_what_a_bank_refuses_after_its_chargeback_is_lost_is_held_before_it_is_paid_again(
    database: Database, is_read: bool
) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(LOST)
    if is_read:
        await follow(till)
    assert await rests(world) == [(49_50, 0, False, "C1")]

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert (await till.retry(first)).draft.net == 81_90 - 49_50
    assert await world.net("2010 M1, 2050 M1") == [-49_50, 49_50]


async def test_what_was_lost_while_another_hold_had_it_is_not_paid_once_that_is_lifted(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    (sheet,) = await world.sheets("M1")
    risk = await place(world, hold("81.90", sheet=sheet.sheet_id))
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(LOST)
    await follow(till)
    await lift(world, risk.hold_id)

    assert await pays(till) == [81_90 - 49_50]

    assert await world.net("2010 M1, 2050 M1") == [-49_50, 49_50]
    await world.settle("2026-02-02")
    assert await pays(till) == []
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, 0]


async def test_what_was_agreed_before_the_money_is_back_is_netted_and_not_held(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(LOST)
    await world.settle("2026-02-02")
    await follow(till)
    assert await rests(world) == [(49_50, 0, True, "C1")]

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await world.rows(HOLDS) == []


async def test_the_database_keeps_what_is_not_agreed_from_being_paid(database: Database) -> None:
    world, till, _ = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    ended = "UPDATE disputed_rest SET is_decided = true"

    with pytest.raises(asyncpg.PostgresError, match="REST_NOT_SETTLED"):
        await run(world, ended)
    await world.accept(LOST)
    with pytest.raises(asyncpg.PostgresError, match="REST_NOT_SETTLED"):
        await run(world, ended)
    await world.settle("2026-02-02")
    await run(world, ended)


async def test_a_migrated_store_holds_again_what_is_not_agreed(database: Database, module_database: str) -> None:
    """Older programs ended it when the chargeback was decided."""
    world, till, _ = await send(database)
    await world.accept(charged_back("20.00"), charged_back("30.00", "C2"), charged_back("10.00", "C3"))
    await follow(till)
    await world.accept(LOST)
    await world.settle("2026-02-02")
    await world.accept(decided("lost", "C2", liability="SPLIT"), decided("won", "C3"))
    owner = await asyncpg.connect(module_database)
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica; UPDATE disputed_rest SET is_decided = true")
    async with owner.transaction():
        await owner.execute("SET LOCAL ROLE splitbook_owner")
        await owner.execute(REOPENED)
    await owner.close()

    assert await rests(world) == [(16_50, 0, True, "C1"), (24_75, 0, False, "C2"), (8_25, 0, True, "C3")]


async def run(world: World, statement: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        await conn.execute(statement)
