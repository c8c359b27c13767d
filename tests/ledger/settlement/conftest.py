"""One platform for each test, in the module's store."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.charging.market import Market
from tests.ledger.settlement.sheets.world import world
from tests.oracle.small_world import SUCCEEDED, paid

__all__ = ["world"]


@pytest.fixture
async def market(database: Database) -> Market:
    """An order of 100.00 is split: M1 has 81.90 of it after the channel's fee, D1 5.00, D2 3.00, D3 1.00, A1 0.50."""
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED)
    return market
