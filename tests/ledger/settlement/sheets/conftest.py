"""One store for a module's tests, one platform for each of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from tests.ledger.settlement.sheets.world import World


@pytest.fixture(scope="module")
async def database(module_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(module_database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    opened = await World.open(database)
    assert isinstance(opened, World)
    return opened


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run from now on."""
    run: list[str] = []

    def count(name: str) -> None:
        original = getattr(Connection, name)

        async def counted(self: Connection, statement: str, *arguments: Any) -> Any:
            run.append(statement)
            return await original(self, statement, *arguments)

        monkeypatch.setattr(Connection, name, counted)

    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        count(name)
    return run
