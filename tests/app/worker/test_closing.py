"""Whoever closes by hand hears when all is closed, also where somebody else had the sheets for a while."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from app.worker.closing import close_all
from ledger.settlement.sheets.model import Status
from tests.ledger.settlement.sheets.world import World, at
from tests.waiting import wait_until

_HAVE = "SELECT sheet_id FROM sheet WHERE platform_id = $1 AND period_end <= $2 FOR NO KEY UPDATE"
_SHEETS_OF_JANUARY = "SELECT status, total_minor FROM sheet WHERE period_end = '2024-01-31T16:00Z' ORDER BY sheet_id"


async def open_january(world: World) -> None:
    for party in ("M1", "M2"):
        await world.earn(party, 100_00, "2024-01-10")
    await world.open_sheets("2024-01-11")


@asynccontextmanager
async def somebody_has_them(world: World) -> AsyncIterator[None]:
    """On a connection that the store leaves in peace however long its transaction takes."""
    connection = await asyncpg.connect(world.database.dsn)
    try:
        async with connection.transaction():
            assert len(await connection.fetch(_HAVE, world.platform_id, at("2024-02-01"))) == 2
            yield
    finally:
        await connection.close()


async def statuses(world: World) -> list[tuple[str, int]]:
    return [(row["status"], row["total_minor"]) for row in await world.rows(_SHEETS_OF_JANUARY)]


async def test_what_somebody_else_has_is_come_back_to(world: World) -> None:
    await open_january(world)
    passed_over = asyncio.Event()
    counted = Counter[str]()

    def hear(counts: Mapping[str, int]) -> None:
        counted.update(counts)
        if "closed" in counts:
            passed_over.set()

    async with somebody_has_them(world):
        closing = asyncio.create_task(
            close_all(world.database, platform_id=world.platform_id, now=at("2024-02-01"), stepped=hear)
        )
        await wait_until(passed_over.is_set)
        assert counted["closed"] == 0
    done, left = await closing

    assert (done.failed, left, counted["closed"]) == (0, 0, 2)
    assert await statuses(world) == [(Status.CONFIRM_PENDING, 100_00)] * 2


async def test_what_nobody_gives_back_is_left_and_counted(world: World) -> None:
    await open_january(world)

    async with somebody_has_them(world):
        done, left = await close_all(
            world.database,
            platform_id=world.platform_id,
            now=at("2024-02-01"),
            stepped=lambda counts: None,
            patience_seconds=0,
        )

    assert (done.failed, left) == (0, 2)
    assert await statuses(world) == [(Status.OPEN, 0)] * 2
