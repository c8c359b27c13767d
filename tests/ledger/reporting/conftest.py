"""A book, or a market with sheets, for each test, in one store per module."""

import pytest

from ledger.db.connecting import Database
from tests.ledger.reporting.books import Book
from tests.ledger.settlement.sheets.world import world

__all__ = ["world"]


@pytest.fixture
async def book(database: Database) -> Book:
    return await Book.open_another(database)
