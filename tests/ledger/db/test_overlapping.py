"""Work of ours while the database does its own: both are done, and whichever fails ends the other."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.db.overlapping import meanwhile, under_way
from ledger.db.transacting import Connection


def count_steps(done: list[int], steps: int = 3) -> Iterator[None]:
    for step in range(steps):
        done.append(step)
        yield


def fail() -> Iterator[None]:
    yield
    raise ZeroDivisionError


async def test_work_is_done_while_an_answer_is_awaited() -> None:
    done: list[int] = []
    answered = asyncio.Event()

    async def ask() -> str:
        await answered.wait()
        return f"after {len(done)} steps"

    def work() -> Iterator[None]:
        yield from count_steps(done)
        answered.set()

    assert await meanwhile(ask(), work()) == "after 3 steps"


async def test_what_is_left_of_the_work_is_done_after_an_early_answer() -> None:
    done: list[int] = []

    async def ask() -> str:
        return f"after {len(done)} steps"

    assert await meanwhile(ask(), count_steps(done, 10)) == "after 1 steps"

    assert len(done) == 10


async def test_a_refusal_of_the_database_ends_the_work() -> None:
    done: list[int] = []

    async def ask() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await meanwhile(ask(), count_steps(done, 10))

    assert len(done) == 1


async def test_work_that_fails_leaves_no_statement_running(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)

    with pytest.raises(ZeroDivisionError):
        await meanwhile(connection.fetchval("SELECT pg_sleep(60)"), fail())

    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_caller_who_gives_up_leaves_no_statement_running(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(meanwhile(connection.fetchval("SELECT pg_sleep(60)"), ()), 0.2)

    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_call_is_sent_whole_before_its_caller_goes_on(database: Database) -> None:
    async with database.write(None) as conn, under_way(conn) as calls:
        await calls.begin(_run(conn, "SELECT pg_sleep(0.2 + 0 * length($1))", "x" * 5_000_000))

        assert not conn.is_sending


async def test_calls_are_made_in_turn_and_done_at_the_end(database: Database) -> None:
    heard: list[int] = []

    async def ask(number: int) -> None:
        heard.append(await conn.fetchval("SELECT $1::int", number))

    async with database.write(None) as conn:
        async with under_way(conn) as calls:
            for number in range(3):
                await calls.begin(ask(number))
                assert heard == list(range(number))

        assert heard == [0, 1, 2]


async def test_a_call_that_fails_is_heard_of_by_the_next_or_at_the_end(database: Database) -> None:
    broken = "SELECT 1 / 0"

    async def call(*statements: str) -> None:
        async with database.write(None) as conn, under_way(conn) as calls:
            for statement in statements:
                await calls.begin(_run(conn, statement))

    with pytest.raises(asyncpg.DivisionByZeroError):
        await call(broken, "SELECT 1")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await call(broken)


async def test_whoever_fails_beside_a_call_ends_it(database: Database) -> None:
    async def fail() -> None:
        async with database.write(None) as conn, under_way(conn) as calls:
            await calls.begin(_run(conn, "SELECT pg_sleep(60)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def _run(conn: Connection, statement: str, *arguments: object) -> None:
    await conn.execute(statement, *arguments)
