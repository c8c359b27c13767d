"""One database for a module's tests, one platform for each of them."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from tests.ledger.journal.world import World, open_world


@pytest.fixture(scope="module")
async def database(module_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(module_database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    return await open_world(database)
