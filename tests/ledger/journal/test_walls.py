"""Row-level security: another platform is invisible, no platform is nothing, and no connection carries one over."""

import asyncio
import random

import asyncpg
import pytest

from ledger.db.connecting import Database
from tests.ledger.journal.world import World, open_world

WALLED = (
    *("log_head", "posting_day", "chart_account", "book", "account", "log_record", "entry", "line", "log_event"),
    *("subtree_day", "account_late", "subtree_late", "party", "party_move", "subtree_moved"),
)


async def count_all(database: Database, platform_id: int | None) -> dict[str, int]:
    columns = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in WALLED)
    async with database.read(platform_id) as conn:
        row = await conn.fetchrow(f"SELECT {columns}")
    return dict(row or {})


async def sell(world: World) -> None:
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")


async def test_every_table_of_a_platform_is_walled(database: Database, world: World) -> None:
    async with database.read(world.platform_id) as conn:
        tables = await conn.fetch(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS walled FROM pg_class AS c"
            " INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'platform_id'"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
    assert [table["relname"] for table in tables if not table["walled"]] == []


async def test_another_platform_is_invisible(database: Database) -> None:
    mine, other = await open_world(database), await open_world(database, drafts=())
    await sell(mine)

    assert (await count_all(database, mine.platform_id))["line"] == 2
    found = await count_all(database, other.platform_id)
    assert {table: found[table] for table in ("line", "entry", "book", "account", "log_head", "party")} == {
        **dict.fromkeys(("line", "entry", "book", "account"), 0),
        "log_head": 1,
        "party": 1,
    }


async def test_without_a_platform_there_are_no_rows(database: Database, world: World) -> None:
    await sell(world)

    assert set((await count_all(database, None)).values()) == {0}


async def test_a_platform_cannot_be_written_from_another(database: Database) -> None:
    mine, other = await open_world(database), await open_world(database)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.write(mine.platform_id) as conn:
            await conn.execute(
                "INSERT INTO party (platform_id, reference, kind, name, fingerprint)"
                " VALUES ($1, 'X', 'OPERATOR', 'X', $2)",
                other.platform_id,
                b"f" * 32,
            )
    async with database.write(mine.platform_id) as conn:
        assert (
            await conn.execute("UPDATE log_head SET volume = 1 WHERE platform_id = $1", other.platform_id) == "UPDATE 0"
        )


async def test_readers_write_nothing(database: Database, world: World) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.read(world.platform_id) as conn:
            await conn.execute("UPDATE log_head SET volume = 1")


async def test_the_pool_works_as_the_program_never_as_the_login(database: Database, world: World) -> None:
    async with database.write(world.platform_id) as conn:
        row = await conn.fetchrow(
            "SELECT current_user::text AS who, r.rolsuper OR r.rolbypassrls AS free FROM pg_roles AS r"
            " WHERE r.rolname = current_user"
        )
    assert tuple(row or ()) == ("splitbook_app", False)


async def test_no_connection_carries_a_platform_over(module_database: str) -> None:
    """Transactions of two platforms are cancelled at random moments, on one connection that they share."""
    database = await Database.connect(module_database, writers=1, readers=1)
    worlds = [await open_world(database), await open_world(database)]
    dice = random.Random(7)

    async def work(world: World) -> None:
        async with database.write(world.platform_id) as conn:
            for _ in range(3):
                seen = await conn.fetchval("SELECT array_agg(platform_id) FROM log_head")
                assert seen == [world.platform_id]
                await conn.execute("SELECT pg_sleep(0.001)")

    tasks = []
    for number in range(200):
        task = asyncio.create_task(work(worlds[number % 2]))
        tasks.append(task)
        await asyncio.sleep(dice.random() / 500)
        if dice.random() < 0.6:
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError}
    assert None in outcomes
    assert set((await count_all(database, None)).values()) == {0}
    async with database.writers.acquire() as raw:
        assert await raw.fetchval("SELECT count(*) FROM log_head") == 0
        assert not raw.is_in_transaction()
    await database.close()
