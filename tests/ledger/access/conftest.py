"""Two new platforms for each test, in one store per module, and a party in the first of them."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from ledger.db.connecting import Database


@dataclass
class World:
    database: Database
    platform_id: int
    other_platform_id: int
    party_id: int


_numbers = itertools.count(1)


@pytest.fixture
async def world(module_database: str) -> AsyncIterator[World]:
    owner = await asyncpg.connect(module_database)
    try:
        number = next(_numbers)
        first, other = [
            await owner.fetchval(
                "INSERT INTO platform (reference, time_zone) VALUES ($1, 'UTC') RETURNING platform_id",
                f"{name} {number}",
            )
            for name in ("first", "other")
        ]
        await owner.execute("INSERT INTO log_head (platform_id) VALUES ($1), ($2)", first, other)
        party_id = await owner.fetchval(
            """
            INSERT INTO party (platform_id, reference, kind, name, fingerprint)
            VALUES ($1, 'OP', 'OPERATOR', 'Operator', $2) RETURNING party_id
            """,
            first,
            bytes(32),
        )
    finally:
        await owner.close()
    database = await Database.connect(module_database)
    try:
        yield World(database, first, other, party_id)
    finally:
        await database.close()
