"""Gateways over a real store: platforms with a tree of their own for each test, in one database per module."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from ledger.db.connecting import Database
from tests.app.api.gateway import Desk
from tests.ledger.reporting.books import Book


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    book = await Book.open_another(database)
    async with Desk.open(book, operator=book.operator) as desk:
        yield desk


@pytest.fixture
async def other_desk(database: Database) -> AsyncIterator[Desk]:
    """Another platform in the same store."""
    book = await Book.open_another(database)
    async with Desk.open(book, operator=book.operator) as desk:
        yield desk


@pytest.fixture
def today() -> date:
    """The day when the test runs, which is not always that when its module was read."""
    return datetime.now(UTC).date()
