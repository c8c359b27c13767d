"""Platforms are found by reference; books close forward."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.journal.closing import close_period
from ledger.journal.errors import BookMissing, ClosingNotForward, PeriodNotOver
from ledger.journal.platforms import create_platform, get_own_platform, list_platforms
from ledger.parties.model import PartyDraft
from tests.ledger.journal.world import ACTOR, NOW, World, open_world


async def test_a_platform_is_created_once_and_found(fresh_database: str) -> None:
    database = await Database.connect(fresh_database)
    async with database.write(None) as conn:
        created = await create_platform(conn, reference="ONE", time_zone="Asia/Shanghai")
    async with database.write(None) as conn:
        again = await create_platform(conn, reference="ONE", time_zone="UTC")
    async with database.read(None) as conn:
        found = await list_platforms(conn)

    assert again is None
    assert found == [created]
    async with database.write(None) as conn:
        await create_platform(conn, reference="TWO", time_zone="UTC")
    async with database.read(None) as conn:
        assert [platform.reference for platform in await list_platforms(conn)] == ["ONE", "TWO"]
    await database.close()


async def test_a_platform_that_is_being_created_knows_nothing_of_the_one_before(database: Database) -> None:
    for reference, time_zone in (("EAST", "Asia/Shanghai"), ("WEST", "America/Sao_Paulo")):
        async with database.write(None) as conn:
            created = await create_platform(conn, reference=reference, time_zone=time_zone)

            assert await get_own_platform(conn) == created


async def test_a_platform_needs_a_time_zone_that_exists(database: Database) -> None:
    with pytest.raises(InvalidInput, match="There is no time zone"):
        async with database.write(None) as conn:
            await create_platform(conn, reference="NOWHERE", time_zone="Mars/Olympus")


async def test_a_book_closes_forward(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    before = yesterday - timedelta(days=1)

    first, again = await world.close(before), await world.close(before)

    assert (first.replayed, again.replayed) == (False, True)
    with pytest.raises(ClosingNotForward, match=f"LE is already closed through {before}; `reopenPeriod` asks"):
        await world.close(before - timedelta(days=1))
    assert not (await world.close(yesterday)).replayed
    events = await world.fetch("SELECT subject, payload FROM log_event WHERE kind = 'period.closed' ORDER BY sequence")
    assert [event["subject"] for event in events] == ["book/LE", "book/LE"]
    assert events[1]["payload"] == f'{{"book":"LE","through":"{yesterday}"}}'


LAST_MOMENT = datetime(2100, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


async def test_a_day_is_closed_once_it_is_over(world: World) -> None:
    await world.set_clock(LAST_MOMENT)
    written = await world.count_rows()

    for day in ("2100-02-28", "2100-03-01", "2999-12-31"):
        with pytest.raises(PeriodNotOver) as refused:
            await world.close(date.fromisoformat(day))
        assert str(refused.value) == (
            f"{day} is not over: today is 2100-02-28. Close a book through a day that has passed."
        )
        assert refused.value.field == ("throughDate",)
    assert await world.count_rows() == written

    await world.set_clock(LAST_MOMENT + MOMENT)
    assert not (await world.close(date(2100, 2, 28))).replayed


@pytest.mark.parametrize(
    ("operator", "entity", "over"),
    [
        # 15:59:59 in UTC is the last moment of the day in Shanghai, and 12:59:59 in São Paulo.
        ("Asia/Shanghai", "Asia/Shanghai", True),
        ("Asia/Shanghai", "America/Sao_Paulo", False),
        ("America/Sao_Paulo", "Asia/Shanghai", False),
        ("Asia/Shanghai", None, True),
    ],
)
async def test_a_day_is_over_where_the_operator_is_and_where_the_legal_entity_is(
    database: Database, operator: str, entity: str | None, over: bool
) -> None:
    drafts = [PartyDraft("LE", "LEGAL_ENTITY", "Entity", "OP", currency="CNY", time_zone=entity)]
    world = await open_world(database, drafts=drafts, time_zone=operator)
    await world.set_clock(LAST_MOMENT.replace(hour=15))
    with pytest.raises(PeriodNotOver):
        await world.close(date(2100, 2, 28))

    await world.set_clock(LAST_MOMENT.replace(hour=15) + MOMENT)
    if over:
        await world.close(date(2100, 2, 28))
    else:
        with pytest.raises(PeriodNotOver, match="today is 2100-02-28"):
            await world.close(date(2100, 2, 28))
        await world.close(date(2100, 2, 27))


async def test_a_book_that_is_not_there_does_not_close(world: World) -> None:
    with pytest.raises(BookMissing):
        async with world.database.write(world.platform_id) as conn:
            await close_period(conn, book_id=999_999_999, through=world.today, actor=ACTOR, now=NOW)
