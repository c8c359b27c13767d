"""A desk of its own for each test, in one store per module."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from tests.ledger.approvals.desk import Desk


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    database = await Database.connect(module_database, writers=4, readers=2)
    yield database
    await database.close()


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await Desk.open(database)
