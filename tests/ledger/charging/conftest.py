"""One store for a module's tests, one platform for each of them."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.charging.market import Market


@pytest.fixture
async def market(database: Database) -> Market:
    return await Market.open(database)
