"""One store for a module's tests, one platform for each of them."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from tests.ledger.calendars.agreement import Agreement


@pytest.fixture(scope="module")
async def database(module_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(module_database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def agreement(database: Database) -> Agreement:
    return await Agreement.open(database)
