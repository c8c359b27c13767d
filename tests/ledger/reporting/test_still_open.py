"""What closing a party leaves behind: its sheets, what is to be paid, held, kept, in suspense and owed."""

import pytest

from ledger.db.connecting import Database
from ledger.reporting.still_open import StillOpen, load_still_open
from tests.ledger.settlement.deposits.telling import agree, agreement, bill, cash, retain
from tests.ledger.settlement.deposits.telling import target as a_target
from tests.ledger.settlement.holds.telling import hold, place
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, paid
from tests.statements import gather_asked


@pytest.fixture
async def world(database: Database) -> World:
    opened = await World.open(database)
    assert isinstance(opened, World)
    return opened


async def still_open(world: World, *parties: str) -> list[list[StillOpen]]:
    keys = [await world.id_of(party) for party in parties]
    async with world.database.read(world.platform_id) as conn:
        return await load_still_open(conn, keys=keys)


async def test_a_party_with_nothing_leaves_nothing_behind(world: World) -> None:
    assert await still_open(world, "M1") == [[]]


async def test_all_that_lives_on_is_said_and_closing_changes_none_of_it(world: World) -> None:
    await agree(world, agreement())
    await world.earn("M1", 10_000, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    await retain(world, sheet.sheet_id)
    await place(world, hold("20.00", sheet=sheet.sheet_id))
    await agree(world, a_target("10.00", reference="W2"))
    await bill(world, cash("4.00", "B1", agreement="W2"))
    await world.earn("M1", 700, "2026-01-03")

    expected = StillOpen(
        "LE", "CNY", open_sheets=1, unsettled_sheets=1, payable=7_700, on_hold=2_000, deposits=1_400, owed=400
    )
    assert await still_open(world, "M1") == [[expected]]
    await world.close("M1")
    assert await still_open(world, "M1") == [[expected]]


async def test_what_is_owed_and_to_be_paid_is_said_by_currency(world: World) -> None:
    await world.earn("M1", -500, "2025-12-15")
    await world.earn("M1", 900, "2025-12-15", currency="USD")
    await world.settle("2026-01-02")

    ((yuan, dollar),) = await still_open(world, "M1")

    assert yuan == StillOpen("LE", "CNY", open_sheets=1, unsettled_sheets=1, owed=500)
    assert dollar == StillOpen("LE", "USD", open_sheets=1, unsettled_sheets=1, payable=900)


async def test_what_waits_in_suspense_is_its_owners(world: World) -> None:
    await world.accept(paid("100.00"))
    await world.close("D2")
    await world.accept(SUCCEEDED)

    assert await still_open(world, "D2") == [[StillOpen("LE", "CNY", in_suspense=300)]]


async def test_of_many_parties_it_takes_as_many_statements_as_of_one(world: World) -> None:
    for party in ("M1", "M2"):
        await world.earn(party, 1_000, "2025-12-15")
    await world.settle("2026-01-02")
    keys = [await world.id_of(party) for party in ("M1", "M2", "D1")]
    counts = []
    for wanted in (keys[:1], keys):
        async with world.database.read(world.platform_id) as conn:
            with gather_asked(conn) as asked:
                found = await load_still_open(conn, keys=wanted)
        assert [len(each) for each in found] == [1, 1, 0][: len(wanted)]
        counts.append(len(asked))

    assert counts == [2, 2]
