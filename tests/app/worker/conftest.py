"""One store for a module's tests, one platform for each of them."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.settlement.sheets.world import World


@pytest.fixture
async def world(database: Database) -> World:
    opened = await World.open(database)
    assert isinstance(opened, World)
    return opened
