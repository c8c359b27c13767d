"""One process of all that use a store does it at a time; the others wait, and are told so."""

import asyncio

import pytest

from ledger.db.alone import working_alone
from ledger.db.errors import DatabaseUnavailable

LOCK = 20_261_122


async def test_who_comes_while_another_works_waits_and_is_told_once(fresh_database: str) -> None:
    order: list[str] = []
    told = asyncio.Event()

    def tell() -> None:
        order.append("told")
        told.set()

    async def come_later() -> None:
        async with working_alone(fresh_database, lock=LOCK, on_wait=tell):
            order.append("second")

    async with working_alone(fresh_database, lock=LOCK, on_wait=lambda: order.append("not alone")):
        later = asyncio.create_task(come_later())
        await told.wait()
        await asyncio.sleep(0.5)
        order.append("first")
    await later

    assert order == ["told", "first", "second"]


async def test_who_does_something_else_waits_for_nobody(fresh_database: str) -> None:
    told: list[str] = []

    async with (
        working_alone(fresh_database, lock=LOCK, on_wait=lambda: told.append("one")),
        working_alone(fresh_database, lock=LOCK + 1, on_wait=lambda: told.append("other")),
    ):
        pass

    assert told == []


async def test_who_is_interrupted_while_he_waits_or_works_leaves_the_store_to_others(fresh_database: str) -> None:
    told = asyncio.Event()

    async def come(working: asyncio.Event, *, then: asyncio.Event) -> None:
        async with working_alone(fresh_database, lock=LOCK, on_wait=told.set):
            working.set()
            await then.wait()

    working, never = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(come(working, then=never))
    await working.wait()
    waiting = asyncio.create_task(come(asyncio.Event(), then=never))
    await told.wait()
    for each in (waiting, holder):
        each.cancel()
    await asyncio.wait([waiting, holder])

    async with asyncio.timeout(5), working_alone(fresh_database, lock=LOCK, on_wait=lambda: None):
        pass

    assert (waiting.cancelled(), holder.cancelled()) == (True, True)


async def test_a_database_that_cannot_be_reached_is_said_to_be_so() -> None:
    with pytest.raises(DatabaseUnavailable):
        async with working_alone("postgresql://nobody@127.0.0.1:1/none", lock=LOCK, on_wait=lambda: None):
            pass
