"""What a process remembers of last lines is what the log says, whoever else posts and whatever is rolled back."""

import itertools
from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from ledger.journal import last_lines
from ledger.journal.model import EntryDraft, Posted, Running
from ledger.journal.posting import post_entries
from tests.ledger.journal.world import ACTOR, World
from tests.statements import gather_asked

SALE = "D 1100 CNY 5 / C 2010 M1 CNY 5"


_keys = itertools.count(1)


class Rollback(Exception):
    pass


@pytest.fixture
async def other(world: World, module_database: str) -> AsyncIterator[World]:
    """The same platform as another process sees it."""
    database = await Database.connect(module_database)
    yield World(database, world.platform_id, world.reference, world.ids)
    await database.close()


def draft(world: World) -> EntryDraft:
    """A sale under a key that no other process uses."""
    return world.draft(SALE, key=f"sale-{next(_keys)}")


async def sell(world: World) -> Running:
    """One sale more; what stands on M1's account after it."""
    (outcome,) = await world.post(draft(world))
    assert isinstance(outcome, Posted), outcome
    return outcome.balances_after[1]


async def asked_accounts(world: World) -> list[str]:
    """The accounts whose last lines a sale has to read, as the statement's argument."""
    async with world.database.write(world.platform_id) as conn:
        with gather_asked(conn) as asked:
            await post_entries(conn, drafts=[draft(world)], actor=ACTOR)
    return [given[2] for statement, given in asked if "versions" in statement]


async def test_what_is_remembered_is_not_read_again(world: World) -> None:
    assert await asked_accounts(world) != ["{}"]

    assert await asked_accounts(world) == ["{}"]


async def test_processes_that_take_turns_know_each_others_lines(world: World, other: World) -> None:
    after = [await sell(each) for each in (world, other, other, world, other, world, world)]

    assert after == [Running(n, 0, 5 * n) for n in range(1, 8)]


async def test_who_missed_too_much_begins_anew(world: World, other: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_lines, "MISSED_AT_MOST", 2)
    await sell(world)
    await other.post(*(draft(other) for _ in range(3)))

    assert await sell(world) == Running(5, 0, 25)
    assert await asked_accounts(world) == ["{}"]


async def test_what_was_rolled_back_is_not_remembered(world: World) -> None:
    async def post_twice_and_fail() -> None:
        async with world.database.write(world.platform_id) as conn:
            for _ in range(2):
                await post_entries(conn, drafts=[draft(world), draft(world)], actor=ACTOR)
            raise Rollback

    await sell(world)
    with pytest.raises(Rollback):
        await post_twice_and_fail()

    assert [await sell(world) for _ in range(5)] == [Running(n, 0, 5 * n) for n in range(2, 7)]


async def test_a_transaction_that_posts_twice_goes_on_from_its_own_lines(world: World, other: World) -> None:
    await sell(world)
    await sell(other)
    async with world.database.write(world.platform_id) as conn:
        outcomes = [
            outcome
            for _ in range(2)
            for outcome in await post_entries(conn, drafts=[draft(world), draft(world)], actor=ACTOR)
        ]

    after = [outcome.balances_after[1].version for outcome in outcomes if isinstance(outcome, Posted)]
    assert after == [3, 4, 5, 6]
    assert await sell(other) == Running(7, 0, 35)
    assert await sell(world) == Running(8, 0, 40)


async def test_the_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_lines, "REMEMBERED", 1)
    await sell(world)

    assert await sell(world) == Running(2, 0, 10)
    assert await sell(world) == Running(3, 0, 15)
