"""One database for a module's tests, one platform for each of them."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.journal.world import World, open_world


@pytest.fixture
async def world(database: Database) -> World:
    return await open_world(database)
