"""A desk in a market of its own for each test."""

import pytest

from tests.ledger.charging.fees.desk import Desk
from tests.ledger.charging.market import Market


@pytest.fixture
async def desk(market: Market) -> Desk:
    return Desk(market)
