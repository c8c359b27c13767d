"""A book for each test, in one store per module."""

import itertools

import pytest

from ledger.db.connecting import Database
from tests.ledger.reporting.books import TREE, Book

_numbers = itertools.count(1)


@pytest.fixture
async def book(database: Database) -> Book:
    operator = f"OP{next(_numbers)}"
    tree = tuple(
        type(draft)(**{**{name: getattr(draft, name) for name in draft.__slots__}, "parent": operator})
        if draft.parent == "OP"
        else draft
        for draft in TREE
    )
    return await Book.open(database, operator=operator, tree=tree)
