"""Pages of what is overdue, while due dates move with their calendar."""

import pytest

from ledger.calendars.china import CN_2020
from ledger.calendars.publishing import publish_calendar
from ledger.db.connecting import Database
from ledger.reporting.errors import PlaceGone
from ledger.reporting.model import Position, Span
from ledger.reporting.overdue import OverdueRow, list_overdue
from ledger.settlement.sheets.due import redate_sheets
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World, at

LATE = at("2020-02-10")


@pytest.fixture
async def world(database: Database) -> World:
    """M1 is due on 1 February, M2 on the 3rd and D1 on the 5th; only M1's calendar will have another version."""
    world = await World.open(database)
    await publish(world, 0, "2020-01-01")
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="CN-2020", confirmation="NONE")
    await world.set_terms(party="M2", cycle="T+7", calendar="MON-FRI", confirmation="NONE")
    await world.set_terms(party="D1", cycle="T+9", calendar="MON-FRI", confirmation="NONE")
    await world.earn("M1", 500, "2020-01-23T10:00")
    await world.earn("M2", 500, "2020-01-23T10:00")
    await world.earn("D1", 500, "2020-01-23T10:00", code="2041")
    await world.settle("2020-01-24T00:00")
    return world


async def publish(world: World, version: int, when: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        await publish_calendar(conn, calendars=[CN_2020[version]], actor=TESTER, now=at(when))


async def date_anew(world: World, when: str) -> None:
    """M1 is due on the 4th by now."""
    await publish(world, 1, when)
    async with world.database.write(world.platform_id) as conn:
        await redate_sheets(conn, calendar="CN-2020", version=2, actor=SYSTEM, now=at(when))


async def turn(
    world: World, *, after: Position | None = None, before: Position | None = None, scope: str | None = None
) -> list[OverdueRow]:
    """A page; backward where `before` is given."""
    scope_id = None if scope is None else await world.id_of(scope)
    span = Span(2, backward=before is not None, after=after, before=before)
    async with world.database.read(world.platform_id) as conn:
        return await list_overdue(conn, now=LATE, scope=scope_id, span=span)


async def test_pages_follow_each_other_by_due_date(world: World) -> None:
    first, second = await turn(world)
    (third,) = await turn(world, after=second.position)

    assert [row.sheet.due_date.day for row in (first, second, third)] == [1, 3, 5]
    assert [row.sheet.due_date.day for row in await turn(world, before=third.position)] == [3, 1]


async def test_a_sheet_that_was_dated_past_a_cursor_is_not_shown_again(world: World) -> None:
    first, second = await turn(world)

    await date_anew(world, "2020-02-06")

    for place in (first.position, second.position):
        with pytest.raises(PlaceGone) as refused:
            await turn(world, after=place)
        assert refused.value.field == ("after",)
    again = await turn(world)
    assert [row.sheet.due_date.day for row in again] == [3, 4]
    assert [row.sheet.due_date.day for row in await turn(world, after=again[-1].position)] == [5]


async def test_a_sheet_that_was_dated_past_a_cursor_is_not_lost_backward(world: World) -> None:
    (_, second) = await turn(world)
    await date_anew(world, "2020-02-06")
    with pytest.raises(PlaceGone) as refused:
        await turn(world, before=second.position)
    assert refused.value.field == ("before",)


async def test_a_date_that_moved_on_one_side_of_a_cursor_refuses_nothing(world: World) -> None:
    (_, second) = await turn(world)
    (third,) = await turn(world, after=second.position)

    await date_anew(world, "2020-02-06")

    assert await turn(world, after=third.position) == []
    assert [row.sheet.due_date.day for row in await turn(world, before=third.position)] == [4, 3]


async def test_what_became_overdue_by_its_new_date_alone_passed_nothing(world: World) -> None:
    (_, second) = await turn(world)

    await date_anew(world, "2020-01-28")

    assert [row.sheet.due_date.day for row in await turn(world, after=second.position)] == [4, 5]


async def test_a_key_of_others_is_refused_nothing_for_what_it_does_not_see(world: World) -> None:
    (own,) = await turn(world, scope="M2")

    await date_anew(world, "2020-02-06")

    assert await turn(world, after=own.position, scope="M2") == []


async def test_a_cursor_of_an_older_program_goes_on(world: World) -> None:
    (_, second) = await turn(world)
    await date_anew(world, "2020-02-06")

    assert [row.sheet.due_date.day for row in await turn(world, after=second.position[:2])] == [4, 5]
