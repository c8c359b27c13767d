"""An empty store is filled once, by whichever gateway comes first; who comes meanwhile waits, whatever its home."""

import asyncio
import re
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from app.cli import demonstrating, progress, serving
from app.cli.serving import DEMO_LOCK, fill_empty_store
from app.demo import settlement
from app.demo.marketplace import Marketplace
from app.platforms import list_all_platforms
from app.settings import Settings
from app.store import Store, open_store
from ledger.actor import Actor
from ledger.db.alone import working_alone
from ledger.parties.parsing import parse_party
from tests.oracle.small_world import PARTIES
from tests.platforms import open_platform


def open_home(home: Path, dsn: str) -> AbstractAsyncContextManager[Store]:
    """The store as the gateway of this home opens it."""
    return open_store(Settings(home=home, database_url=dsn), dsn)


async def create_platform(store: Store) -> None:
    draft = parse_party({**PARTIES[0], "reference": "demo"})
    await open_platform(store.database, operator=draft, actor=Actor("first"), now=datetime.now(UTC))


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

        assert said == (
            "Another command is loading the demo marketplace; waiting for it.\n"
            "The demo marketplace has no order yet; `splitbook demo` loads it.\n"
        )
        assert [each.reference for each in await list_all_platforms(store.database)] == ["demo"]
    assert not settings.home.exists()


class Killed(BaseException):
    """What a loader that is killed does not get to handle."""


async def load_and_be_killed(store: Store, monkeypatch: pytest.MonkeyPatch, *, at: str) -> None:
    """A gateway of another home, gone in the middle: its locks went with it, and what it knew stays in its home."""

    async def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(serving, "settle_demo", die)
        if at == "loading":
            events = list(Marketplace(orders=3, seed=1).generate_events())
            patched.setattr(Marketplace, "generate_events", lambda self: iter(events[:4]))
        with pytest.raises(Killed):
            await fill_empty_store(store)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three orders, and a year that is settled at its beginning and its end: the whole one takes seconds."""
    monkeypatch.setattr(demonstrating, "NEWCOMERS_ORDERS", 3)
    monkeypatch.setattr(settlement, "SETTLED_AT", (settlement.SETTLED_AT[0], settlement.SETTLED_AT[-1]))


async def count(store: Store, statement: str) -> int:
    connection = await asyncpg.connect(store.dsn)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


@pytest.mark.usefixtures("small")
async def test_a_second_home_loads_the_rest_of_a_demo_whose_loader_was_killed(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_home(tmp_path / "first", fresh_database) as store:
        await load_and_be_killed(store, monkeypatch, at="loading")
    all_there = len(list(Marketplace(orders=3, seed=1).generate_events()))
    capsys.readouterr()

    async with open_home(tmp_path / "second", fresh_database) as store:
        assert await count(store, "SELECT count(*) FROM order_event") == 4
        await fill_empty_store(store)
        assert "The demo marketplace is not all here: loading the rest.\n" in capsys.readouterr().err
        assert await count(store, "SELECT count(*) FROM order_event") == all_there
        assert await count(store, "SELECT count(*) FROM sheet WHERE closed_at IS NOT NULL") > 0

    async with open_home(tmp_path / "third", fresh_database) as store:
        await fill_empty_store(store)
        assert capsys.readouterr().err == ""
    assert not (tmp_path / "third").exists()


@pytest.mark.usefixtures("small")
async def test_who_waits_for_the_demo_is_told_how_far_it_and_its_year_are(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    async with open_home(tmp_path / "home", fresh_database) as store:
        await fill_empty_store(store)

    told = capsys.readouterr().err
    assert re.search(r"^Loading the demo: \d+ lines, [\d,]+/s, 100 %, 0 s left$", told, re.M)
    assert re.search(r"^Settling its year: \d+ steps, [\d,]+/s, 50 %, \d+ s left$", told, re.M)


@pytest.mark.usefixtures("small")
async def test_a_second_home_says_what_to_do_with_a_demo_whose_year_was_not_begun(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_home(tmp_path / "first", fresh_database) as store:
        await load_and_be_killed(store, monkeypatch, at="settling")
    capsys.readouterr()

    async with open_home(tmp_path / "second", fresh_database) as store:
        await fill_empty_store(store)

    told = "The demo's sheets have not been closed; `splitbook worker --once` does what is due.\n"
    assert capsys.readouterr().err == told


@pytest.mark.usefixtures("small")
async def test_a_demo_of_another_size_is_nobodys_unfinished_one(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_home(tmp_path / "first", fresh_database) as store:
        await load_and_be_killed(store, monkeypatch, at="loading")
        capsys.readouterr()
        monkeypatch.setattr(demonstrating, "NEWCOMERS_ORDERS", 7)
        second = replace(store, settings=Settings(home=tmp_path / "second", database_url=fresh_database))
        await fill_empty_store(second)

    assert capsys.readouterr().err == ""
    assert not (tmp_path / "second").exists()
