"""A platform of its own for each test, in one database per module."""

from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from tests.app.events.served import Served
from tests.ledger.reporting.books import Book


@pytest.fixture
async def book(module_database: str) -> AsyncIterator[Book]:
    database = await Database.connect(module_database)
    try:
        yield await Book.open_another(database)
    finally:
        await database.close()


@pytest.fixture
async def served(book: Book) -> AsyncIterator[Served]:
    async with Served.open(book) as served:
        yield served
