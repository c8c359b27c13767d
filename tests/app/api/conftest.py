"""Gateways over a real store: platforms with a tree of their own for each test, in one database per module."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from ledger.db.connecting import Database
from tests.app.api.gateway import Desk
from tests.ledger.reporting.books import TREE, Book

_numbers = itertools.count(1)


async def open_desk(database: Database) -> AbstractAsyncContextManager[Desk]:
    operator = f"OP{next(_numbers)}"
    tree = tuple(replace(draft, parent=operator) if draft.parent == "OP" else draft for draft in TREE)
    return Desk.open(await Book.open(database, operator=operator, tree=tree), operator=operator)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with await open_desk(database) as desk:
        yield desk


@pytest.fixture
async def other_desk(database: Database) -> AsyncIterator[Desk]:
    """Another platform in the same store."""
    async with await open_desk(database) as desk:
        yield desk
