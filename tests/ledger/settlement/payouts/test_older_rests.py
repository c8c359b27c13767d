"""What chargebacks of an older store found gone is written down when it is migrated, as reading does it now."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import Verdict
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow, rests, send
from tests.ledger.settlement.payouts.test_withheld_first import open_till, open_world
from tests.ledger.settlement.payouts.till import Till
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, paid

REVISION = Path(__file__).parents[4] / "migrations/versions/0030_older_rests.sql"
ROWS = """SELECT sequence, place, sheet_id, amount_minor, held_minor, is_decided, dispute_reference
    FROM disputed_rest WHERE NOT is_decided ORDER BY sequence, place, sheet_id"""
LINES = {"lines": [{"line": "1", "amount": "60.00"}, {"line": "2", "amount": "30.00"}]}

Story = tuple[World, Till]


async def rows(world: World) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await world.rows(ROWS)]


async def make_older(dsn: str) -> None:
    """As revision 0027 left the store: nobody wrote down what was gone."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("SET session_replication_role = replica; DELETE FROM disputed_rest")
    await owner.close()


async def migrate(dsn: str) -> None:
    owner = await asyncpg.connect(dsn)
    async with owner.transaction():
        await owner.execute("SET LOCAL ROLE splitbook_owner")
        await owner.execute(REVISION.read_text("utf-8"))
    await owner.close()


async def two_of_one_sheet(database: Database) -> Story:
    world, till, _ = await send(database)
    await world.accept(charged_back("60.00"), charged_back("40.00", "C2"))
    await follow(till)
    return world, till


async def two_lines_of_two_merchants(database: Database) -> Story:
    world = await open_world(database)
    await world.accept(paid("150.00", item("100.00"), item("50.00", line="2", merchant="M2")), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    await till.submit((await till.create_one()).payout_id)
    await world.accept({**charged_back("90.00"), **LINES})
    await follow(till)
    return world, till


async def some_is_accrued(database: Database) -> Story:
    world, till, _ = await send(database)
    await world.accept(paid("20.00", order="O2", key="paid-2"), {**SUCCEEDED, "id": "done-2", "order": "O2"})
    await world.accept(charged_back("60.00"))
    await follow(till)
    return world, till


async def one_is_decided_and_one_not_read(database: Database) -> Story:
    world, till, _ = await send(database)
    await world.accept(charged_back("20.00"), charged_back("30.00", "C2"))
    await follow(till)
    await world.accept(decided("won"))
    await follow(till)
    await world.accept(charged_back("10.00", "C3"))
    return world, till


async def all_was_there(database: Database) -> Story:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED, charged_back("60.00"))
    await world.settle("2026-01-02")
    till = await open_till(world)
    await follow(till)
    return world, till


STORIES: dict[Callable[[Database], Awaitable[Story]], list[tuple[object, ...]]] = {
    two_of_one_sheet: [(49_50, 0, False, "C1"), (33_00, 0, False, "C2")],
    # The other merchant was not paid yet: his is held of his sheet.
    two_lines_of_two_merchants: [(49_50, 0, False, "C1")],
    some_is_accrued: [(33_12, 0, False, "C1")],
    one_is_decided_and_one_not_read: [(24_75, 0, False, "C2")],
    all_was_there: [],
}


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
async def test_a_migrated_store_knows_what_its_chargebacks_found_gone(
    database: Database, module_database: str, tell: Callable[[Database], Awaitable[Story]]
) -> None:
    world, _ = await tell(database)
    written = await rows(world)
    await make_older(module_database)
    assert await rows(world) == []

    await migrate(module_database)

    assert await rests(world) == STORIES[tell]
    assert await rows(world) == written
    await migrate(module_database)
    assert await rows(world) == written


async def test_what_a_bank_gives_back_to_a_migrated_store_is_held(database: Database, module_database: str) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await make_older(module_database)
    await migrate(module_database)

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await world.net("2050 M1, 2015 M1") == [49_50, 32_40]
    assert (await till.retry(first)).draft.net == 32_40


async def test_what_came_back_before_the_store_was_migrated_is_held_before_it_is_paid(
    database: Database, module_database: str
) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await make_older(module_database)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    assert await world.net("2050 M1") == [0]

    await migrate(module_database)

    assert (await till.retry(first)).draft.net == 32_40
    assert await world.net("2050 M1") == [49_50]
