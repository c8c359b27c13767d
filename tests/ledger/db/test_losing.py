"""Connections that are lost at awkward moments: nobody hears of a fault of ours, and what was committed stays told."""

import asyncio
import time

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable
from ledger.journal.posting import post_entries
from tests.ledger.journal.world import ACTOR, open_world


@pytest.mark.parametrize("turns", range(5))
async def test_a_goodbye_between_two_statements_is_a_lost_database(database: Database, turns: int) -> None:
    superuser = await asyncpg.connect(database.dsn)

    async def call() -> None:
        async with database.write(None) as conn:
            await superuser.execute("SELECT pg_terminate_backend($1)", conn.raw.get_server_pid())
            # Nothing is heard meanwhile; then the driver hears the goodbye in one turn, and the closing in the next.
            time.sleep(0.1)  # noqa: ASYNC251 - the loop is to stand still
            for _ in range(turns):
                await asyncio.sleep(0)
            await conn.fetchval("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        await call()

    await superuser.close()
    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_lost_on_its_way_back_leaves_the_outcome_as_it_is(database: Database, turns: int) -> None:
    world = await open_world(database)

    def lose(turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(lose, turns - 1)
        else:
            driver.terminate()

    async with database.write(world.platform_id) as conn:
        driver = conn.raw._con  # type: ignore[attr-defined]
        await post_entries(conn, drafts=[world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5")], actor=ACTOR)
        conn.after_commit(lambda: lose(turns))

    assert (await world.count_rows())["entry"] == 1
    await world.post_lines("D 1100 CNY 5 / C 2010 M1 CNY 5")


@pytest.mark.parametrize("turns", range(2))
async def test_who_is_cancelled_while_his_transaction_fails_has_ended(database: Database, turns: int) -> None:
    def stop(turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(stop, turns - 1)
        else:
            calling.cancel()

    async def call() -> None:
        async with database.write(None) as conn:
            await conn.fetchval("SELECT 1")
            stop(turns)
            raise ValueError("fails")

    calling = asyncio.create_task(call())
    with pytest.raises(asyncio.CancelledError):
        await calling

    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1
