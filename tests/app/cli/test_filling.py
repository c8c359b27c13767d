"""An empty store is filled once, by whichever gateway comes first; who comes meanwhile waits, whatever its home."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli.serving import DEMO_LOCK, fill_empty_store
from app.platforms import list_all_platforms
from app.settings import Settings
from app.store import Store, open_store
from ledger.actor import Actor
from ledger.db.alone import working_alone
from ledger.parties.parsing import parse_party
from ledger.parties.platforms import create_or_find_platform
from tests.oracle.small_world import PARTIES


async def create_platform(store: Store) -> None:
    draft = parse_party({**PARTIES[0], "reference": "demo"})
    await create_or_find_platform(store.database, operator=draft, actor=Actor("first"), now=datetime.now(UTC))


async def test_a_gateway_of_another_home_waits_for_who_fills_the_store_and_loads_nothing(
    fresh_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path / "second", database_url=fresh_database)
    async with open_store(settings, fresh_database) as store:
        async with working_alone(fresh_database, lock=DEMO_LOCK, on_wait=lambda: None):
            second = asyncio.create_task(fill_empty_store(store))
            said = ""
            while not said:
                await asyncio.sleep(0.01)
                said += capsys.readouterr().err
            await create_platform(store)
            assert not second.done()
        await second
        said += capsys.readouterr().err

        assert said == "Another command is loading the demo marketplace; waiting for it.\n"
        assert [each.reference for each in await list_all_platforms(store.database)] == ["demo"]
    assert not settings.home.exists()
