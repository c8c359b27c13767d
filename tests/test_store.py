"""The test run's own store: each test has a migrated database to itself."""

import asyncpg
import pytest

from tests.store import Server


@pytest.mark.parametrize("number", range(3))
async def test_a_fresh_database_is_migrated_and_empty(fresh_database: str, number: int) -> None:
    connection = await asyncpg.connect(fresh_database)

    assert await connection.fetchval("SELECT count(*) FROM platform") == 0

    await connection.execute("INSERT INTO platform (reference, time_zone) VALUES ('P', 'UTC')")
    await connection.close()


async def test_the_schema_is_made_on_the_oldest_supported_version_too(fresh_database_16: str) -> None:
    connection = await asyncpg.connect(fresh_database_16)

    assert await connection.fetchval("SELECT count(*) FROM platform") == 0
    assert connection.get_server_version().major == 16

    await connection.close()


async def test_a_database_goes_even_when_a_connection_was_forgotten(server: Server) -> None:
    async with server.lend_database() as dsn:
        forgotten = await asyncpg.connect(dsn)

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(dsn)
    forgotten.terminate()
