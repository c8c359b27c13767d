"""Platforms are found by reference; books close forward."""

from datetime import date, timedelta

import pytest

from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.journal.closing import close_period
from ledger.journal.errors import BookMissing, ClosingNotForward, DateTooFarAhead
from ledger.journal.platforms import create_platform, get_own_platform, list_platforms
from tests.ledger.journal.world import ACTOR, NOW, World


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

    first, again = await world.close(yesterday), await world.close(yesterday)

    assert (first.replayed, again.replayed) == (False, True)
    with pytest.raises(ClosingNotForward, match=f"LE is already closed through {yesterday}"):
        await world.close(yesterday - timedelta(days=1))
    assert not (await world.close(world.today)).replayed
    with pytest.raises(DateTooFarAhead, match="2999-12-31 is more than 400 days ahead of today; check the year"):
        await world.close(date(2999, 12, 31))
    events = await world.fetch("SELECT subject, payload FROM log_event WHERE kind = 'period.closed' ORDER BY sequence")
    assert [event["subject"] for event in events] == ["book/LE", "book/LE"]
    assert events[1]["payload"] == f'{{"book":"LE","through":"{world.today}"}}'


async def test_a_book_that_is_not_there_does_not_close(world: World) -> None:
    with pytest.raises(BookMissing):
        async with world.database.write(world.platform_id) as conn:
            await close_period(conn, book_id=999_999_999, through=world.today, actor=ACTOR, now=NOW)
