import pytest

from ledger.db.connecting import Database


async def test_a_broken_pipe_of_the_caller_is_not_a_lost_database(fresh_database: str) -> None:
    database = await Database.connect(fresh_database)
    try:
        with pytest.raises(BrokenPipeError):
            async with database.read(None) as conn:
                await conn.fetchval("SELECT 1")
                raise BrokenPipeError

        async with database.read(None) as conn:
            assert await conn.fetchval("SELECT 1") == 1
    finally:
        await database.close()
