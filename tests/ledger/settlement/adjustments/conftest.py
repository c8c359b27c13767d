"""One store for a module's tests, one platform for each of them."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from tests.ledger.charging.market import Market
from tests.oracle.small_world import SUCCEEDED, paid


@pytest.fixture(scope="module")
async def database(module_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(module_database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def market(database: Database) -> Market:
    """An order of 100.00 is split: M1 has 81.90 of it after the channel's fee, D1 5.00, D2 3.00, D3 1.00, A1 0.50."""
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED)
    return market
