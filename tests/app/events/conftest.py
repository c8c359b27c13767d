"""A platform of its own for each test, in one database per module."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ledger.db.connecting import Database
from tests.ledger.reporting.books import TREE, Book

_numbers = itertools.count(1)


@pytest.fixture
async def book(module_database: str) -> AsyncIterator[Book]:
    operator = f"OP{next(_numbers)}"
    tree = tuple(replace(draft, parent=operator) if draft.parent == "OP" else draft for draft in TREE)
    database = await Database.connect(module_database)
    try:
        yield await Book.open(database, operator=operator, tree=tree)
    finally:
        await database.close()
