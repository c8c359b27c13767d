import pytest

from ledger.db.connecting import Database


async def read_into_a_broken_pipe(database: Database) -> None:
    async with database.read(None) as conn:
        await conn.fetchval("SELECT 1")
        raise BrokenPipeError


async def test_a_broken_pipe_of_the_caller_is_not_a_lost_database(fresh_database: str) -> None:
    database = await Database.connect(fresh_database)
    try:
        with pytest.raises(BrokenPipeError):
            await read_into_a_broken_pipe(database)

        async with database.read(None) as conn:
            assert await conn.fetchval("SELECT 1") == 1
    finally:
        await database.close()
