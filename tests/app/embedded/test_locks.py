"""The lock around the demo: several gateways that find an empty store load it once, and what is cut off is known."""

import asyncio
from pathlib import Path

from app.embedded.locks import demo_lock


async def test_who_comes_while_the_demo_is_loaded_waits_and_is_told_once(tmp_path: Path) -> None:
    order: list[str] = []
    told: list[str] = []
    home = tmp_path / "not there yet"

    async def come_later() -> None:
        async with demo_lock(home, lambda: told.append("waits")):
            order.append("second")

    async with demo_lock(home, lambda: told.append("waits")):
        later = asyncio.create_task(come_later())
        await asyncio.sleep(0.3)
        order.append("first")
    await later

    assert order == ["first", "second"]
    assert told == ["waits"]


async def test_who_is_interrupted_while_he_waits_leaves_the_lock_as_it_was(tmp_path: Path) -> None:
    async with demo_lock(tmp_path, lambda: None):
        waiting = asyncio.create_task(demo_lock(tmp_path, lambda: None).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    async with asyncio.timeout(5), demo_lock(tmp_path, lambda: None):
        pass

    assert waiting.cancelled()


async def test_how_far_the_demo_came_is_known_to_who_comes_later(tmp_path: Path) -> None:
    seen = []

    for written in ("loading", "settling", ""):
        async with demo_lock(tmp_path, lambda: None) as stage:
            seen.append(stage.read())
            stage.write("something longer")
            stage.write(written)
    async with demo_lock(tmp_path, lambda: None) as stage:
        seen.append(stage.read())

    assert seen == ["", "loading", "settling", ""]
