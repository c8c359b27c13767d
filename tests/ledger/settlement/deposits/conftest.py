"""A world with an order: claims name it."""

import pytest

from tests.ledger.settlement.deposits.telling import sell
from tests.ledger.settlement.sheets.world import World
from tests.ledger.settlement.sheets.world import world as empty_world

__all__ = ["empty_world"]


@pytest.fixture
async def world(empty_world: World) -> World:
    """Order O1 was paid in it."""
    await sell(empty_world)
    return empty_world
