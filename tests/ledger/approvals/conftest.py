"""A desk of its own for each test, in one store per module."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.approvals.desk import Desk


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await Desk.open(database)
