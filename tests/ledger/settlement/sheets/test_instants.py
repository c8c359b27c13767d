"""When a line happened decides its sheet: not the day it is booked on, nor where its book is."""

import pytest

from ledger.db.connecting import Database
from ledger.journal.closing import close_period
from ledger.settlement.sheets.model import Status
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.oracle.small_world import PARTIES


async def close_book(world: World, through: str, when: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        book_id = await world.id_of("LE")
        await close_period(conn, book_id=book_id, through=at(through).date(), actor=TESTER, now=at(when))


async def original_periods(world: World, sheet_id: int) -> list[tuple[int, object]]:
    rows = await world.rows(
        "SELECT sequence, original_period_start FROM sheet_line WHERE sheet_id = $1 AND NOT is_closing ORDER BY 1",
        sheet_id,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("lines_at_once", [0, 1_000])
async def test_what_was_booked_later_because_its_day_was_closed_is_on_the_sheet_of_its_instant(
    world: World, lines_at_once: int
) -> None:
    await world.earn("M1", 1, "2024-06-03")
    await close_book(world, "2024-07-03T12:00", "2024-07-04")
    moved = await world.earn("M1", 40, "2024-06-20")
    (row,) = await world.rows("SELECT business_date FROM entry WHERE sequence = $1", moved)
    assert row["business_date"].isoformat() == "2024-07-04"

    await world.settle("2024-07-05", lines_at_once=lines_at_once)

    (june,) = await world.sheets("M1")
    assert june.total == 41


@pytest.mark.parametrize("lines_at_once", [0, 1_000])
async def test_what_was_booked_later_and_comes_after_its_sheet_has_closed_is_late(
    world: World, lines_at_once: int
) -> None:
    await world.earn("M1", 1, "2024-06-03")
    await world.settle("2024-07-01", lines_at_once=lines_at_once)
    await close_book(world, "2024-07-03T12:00", "2024-07-04")
    late = await world.earn("M1", 40, "2024-06-20")
    own = await world.earn("M1", 2, "2024-07-03T10:00")

    await world.settle("2024-08-01", lines_at_once=lines_at_once)

    _, july = await world.sheets("M1")
    assert await original_periods(world, july.sheet_id) == [(late, at("2024-06-01")), (own, None)]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
async def test_periods_are_the_partys_wherever_the_book_is(database: Database, zone: str) -> None:
    parties = [{**party, "timeZone": zone} if party["reference"] == "M1" else party for party in PARTIES]
    world = await World.open(database, parties=parties)
    assert isinstance(world, World)
    await world.set_terms(party="M1", cycle="DAILY")
    await world.earn("M1", 1, "2024-06-29T12:00")
    await world.settle("2024-07-01T12:00")
    (first, *_) = await world.sheets("M1")
    end = first.period_end
    # Around the clock, whatever day the book calls it.
    hours = [f"2024-07-0{day}T{hour:02}:30:00+00:00" for day in (2, 3) for hour in range(24)]
    sequences = await world.earn_many([("M1", 1, hour, "2010") for hour in hours])

    await world.settle("2024-07-06T12:00")

    assert end == first.period_end
    instants = dict(zip(sequences, map(at, hours), strict=True))
    seen = {}
    for sheet in await world.sheets("M1"):
        for sequence, _ in await world.lines(sheet.sheet_id):
            seen[sequence] = sheet
    for sequence, instant in instants.items():
        assert seen[sequence].period_start <= instant < seen[sequence].period_end


async def test_what_comes_late_lands_on_the_open_sheet_and_says_of_which_period_it_is(world: World) -> None:
    await world.earn("M1", 100, "2024-06-05")
    await world.settle("2024-07-01")
    (current,) = [s for s in await world.sheets("M1", closed=False) if s.status is Status.OPEN]

    late = await world.earn("M1", 40, "2024-06-20")
    await world.settle("2024-08-01")
    assert await original_periods(world, current.sheet_id) == [(late, at("2024-06-01"))]
