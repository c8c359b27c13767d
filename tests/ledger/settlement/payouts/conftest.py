"""One store for a module's tests, one platform for each of them."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.settlement.payouts.till import Till


@pytest.fixture
async def till(database: Database) -> Till:
    """10,000.00 in the bank; M1, D1 and A1 can be paid."""
    return await Till.open(database)
