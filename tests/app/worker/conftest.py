"""One store for a module's tests, one platform for each of them."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
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
