"""One lane per platform and kind, opened on first use."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from app.lanes.errors import LaneClosed
from app.lanes.registry import LaneKind, Lanes
from ledger.db.connecting import Database

STORE = cast(Database, object())


def recording(name: str, calls: list[tuple[str, int, list[int]]]) -> LaneKind[int, int]:
    async def run(database: Database, platform_id: int, items: Sequence[int]) -> list[int]:
        assert database is STORE
        calls.append((name, platform_id, list(items)))
        await asyncio.sleep(0)
        return [item * 10 for item in items]

    return LaneKind(name, run)


async def test_platforms_and_kinds_never_share_a_batch():
    calls: list[tuple[str, int, list[int]]] = []
    lanes = Lanes(STORE)
    post, move = recording("post", calls), recording("move", calls)

    answers = await asyncio.gather(
        lanes.submit(post, 1, platform_id=1),
        lanes.submit(post, 2, platform_id=1),
        lanes.submit(post, 3, platform_id=2),
        lanes.submit(move, 4, platform_id=1),
    )

    assert answers == [10, 20, 30, 40]
    assert sorted(calls) == [("move", 1, [4]), ("post", 1, [1, 2]), ("post", 2, [3])]


async def test_closed_lanes_answer_what_is_in_and_open_no_more():
    calls: list[Any] = []
    lanes = Lanes(STORE)
    post = recording("post", calls)
    pending = asyncio.create_task(lanes.submit_many(post, [1, 2], platform_id=1))
    await asyncio.sleep(0)

    await lanes.close()

    assert await pending == [10, 20]
    for platform_id in (1, 2):
        with pytest.raises(LaneClosed):
            await lanes.submit(post, 3, platform_id=platform_id)
