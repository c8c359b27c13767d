"""One store for a module's tests, one platform for each of them."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.calendars.agreement import Agreement


@pytest.fixture
async def agreement(database: Database) -> Agreement:
    return await Agreement.open(database)
