"""Many writers at once: one log without a gap, one entry a key, floors that hold, and a book that verifies."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ledger.db.connecting import Database
from ledger.journal.model import Posted, Refused
from ledger.journal.posting import Outcome
from ledger.verify.verifying import verify
from tests.ledger.journal.world import World, open_world

WRITERS = 12


@pytest.fixture
async def worlds(module_database: str) -> AsyncIterator[list[World]]:
    """The same platform as two processes would see it: nothing remembered is shared."""
    databases = [await Database.connect(module_database, writers=WRITERS // 2) for _ in range(2)]
    first = await open_world(databases[0])
    second = World(databases[1], first.platform_id, first.reference, first.ids)
    yield [first, second]
    for database in databases:
        await database.close()


async def check(world: World) -> None:
    records = await world.fetch("SELECT sequence FROM log_record ORDER BY sequence")
    assert [record["sequence"] for record in records] == list(range(1, len(records) + 1))
    async with world.database.read(world.platform_id) as conn:
        report = await verify(conn)
    assert report.disagreement is None


async def test_many_writers_make_one_log(worlds: list[World]) -> None:
    async def write(number: int) -> None:
        world = worlds[number % 2]
        for turn in range(5):
            lines = f"D 1100 CNY {turn + 1} / C 2010 M{number % 3 + 1} CNY {turn + 1}"
            outcomes = await world.post(*(world.draft(lines, key=f"w{number}-{turn}-{n}") for n in range(4)))
            assert all(isinstance(outcome, Posted) for outcome in outcomes)

    await asyncio.gather(*(write(number) for number in range(WRITERS)))

    assert (await worlds[0].fetch("SELECT count(*) AS n FROM entry"))[0]["n"] == WRITERS * 20
    await check(worlds[0])


async def test_accounts_that_many_open_at_once_are_opened_once(worlds: list[World]) -> None:
    async def write(number: int) -> None:
        world = worlds[number % 2]
        places = [f"20{code} M{party} CNY" for code in (10, 30) for party in (1, 2, 3)]
        places = places[number % 6 :] + places[: number % 6]
        lines = [f"D 1100 EUR 1 / C 2010 M{number % 3 + 1} EUR 1"]
        lines += [f"D {place} 1 / C 1105 CNY 1" for place in places]
        outcomes = await world.post(*(world.draft(each, key=f"open{number}-{n}") for n, each in enumerate(lines)))
        assert all(isinstance(outcome, Posted) for outcome in outcomes)

    await asyncio.gather(*(write(number) for number in range(WRITERS)))

    assert (await worlds[0].fetch("SELECT count(*) AS n FROM account"))[0]["n"] == 6 + 1 + 1 + 3
    await check(worlds[0])


async def test_one_key_at_once_posts_once(worlds: list[World]) -> None:
    async def write(number: int) -> list[Outcome]:
        world = worlds[number % 2]
        return await world.post(*(world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5", key=f"same-{n}") for n in range(5)))

    outcomes = [one for batch in await asyncio.gather(*map(write, range(WRITERS))) for one in batch]

    posted = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
    assert Counter(outcome.replayed for outcome in posted) == {False: 5, True: (WRITERS - 1) * 5}
    assert len({outcome.sequence for outcome in posted}) == 5
    await check(worlds[0])


async def test_one_key_with_two_inputs_at_once_posts_one_of_them(worlds: list[World]) -> None:
    async def write(number: int) -> Posted | Refused:
        world = worlds[number % 2]
        lines = f"D 1100 CNY {number % 2 + 1} / C 2010 M1 CNY {number % 2 + 1}"
        return (await world.post(world.draft(lines, key="contended")))[0]

    outcomes = await asyncio.gather(*map(write, range(WRITERS)))

    refused = [one.error.code for one in outcomes if isinstance(one, Refused)]
    posted = [one for one in outcomes if isinstance(one, Posted)]
    assert refused == ["IDEMPOTENCY_CONFLICT"] * (WRITERS // 2)
    assert [one.replayed for one in posted].count(False) == 1
    await check(worlds[0])


async def test_a_floor_holds_against_many_at_once(worlds: list[World]) -> None:
    await worlds[0].post_lines("D 1010 CNY 50 / C 4040 CNY 50")

    async def spend(number: int) -> Posted | Refused:
        world = worlds[number % 2]
        return (await world.post(world.draft("C 1010 CNY 10 / D 5040 CNY 10", key=f"spend-{number}")))[0]

    outcomes = await asyncio.gather(*map(spend, range(WRITERS)))

    assert sum(isinstance(one, Posted) for one in outcomes) == 5
    await check(worlds[0])


async def test_moves_and_postings_at_once_keep_the_totals(worlds: list[World]) -> None:
    async def post(number: int) -> None:
        world = worlds[number % 2]
        for turn in range(6):
            await world.post(world.draft("D 1100 CNY 3 / C 2010 M1 CNY 3", key=f"p{number}-{turn}"))

    async def move(number: int) -> None:
        for turn in range(6):
            await worlds[number % 2].move("A11", "A2" if (turn + number) % 2 else "A1")

    await asyncio.gather(*map(post, range(6)), *map(move, range(3)))

    await check(worlds[0])


async def test_periods_close_between_postings_and_not_inside_them(worlds: list[World]) -> None:
    async def post(number: int) -> list[Outcome]:
        world = worlds[number % 2]
        return await world.post(
            *(world.draft("D 1100 CNY 3 / C 2010 M1 CNY 3", key=f"c{number}-{n}", day=yesterday) for n in range(5))
        )

    yesterday = worlds[0].today - timedelta(days=1)
    closing = asyncio.create_task(worlds[0].close(yesterday))
    batches = await asyncio.gather(*map(post, range(WRITERS)))
    await closing

    for batch in batches:
        assert len({isinstance(outcome, Posted) for outcome in batch}) == 1, (
            "a batch stands before the closing or after"
        )
    await check(worlds[0])
