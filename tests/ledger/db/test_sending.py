"""Work of ours while the database does its own: a statement that is sent is waited for by the next, or at the end."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable
from ledger.db.transacting import meanwhile


async def test_a_statement_is_sent_whole_before_its_caller_goes_on(database: Database) -> None:
    async with database.write(None) as conn:
        asked = "SELECT pg_sleep($1 + 0 * length($2))"
        await conn.execute(asked, 0.0, "prepared by now")

        await conn.send(asked, 0.2, "x" * 5_000_000)

        assert not conn.is_sending


async def test_whatever_is_asked_next_waits_for_what_was_sent(database: Database) -> None:
    async with database.write(None) as conn:
        await conn.execute("CREATE TEMPORARY TABLE heard (number int)")
        for number in range(5):
            await conn.send(f"INSERT INTO heard SELECT {number} FROM pg_sleep(0.02)")

        assert await conn.fetchval("SELECT count(*) FROM heard") == 5
        await conn.send("INSERT INTO heard VALUES (5)")
        assert tuple(await conn.fetchrow("SELECT max(number) FROM heard") or ()) == (5,)
        await conn.send("INSERT INTO heard VALUES (6)")
        assert len(await conn.fetch("SELECT * FROM heard")) == 7
        await conn.send("INSERT INTO heard VALUES (7)")
        assert await conn.execute("UPDATE heard SET number = 0") == "UPDATE 8"
        await conn.send("INSERT INTO heard VALUES (9)")
        await conn.executemany("DELETE FROM heard WHERE number = $1", [(0,)])
        assert await conn.fetchval("SELECT number FROM heard") == 9


@pytest.mark.parametrize("others", [["SELECT 1"], []])
async def test_a_statement_that_fails_is_heard_of_by_the_next_or_at_the_end(
    database: Database, others: list[str]
) -> None:
    async def call() -> None:
        async with database.write(None) as conn:
            for statement in ("SELECT 1 / 0", *others):
                await conn.send(statement)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await call()


async def test_whoever_fails_beside_a_statement_ends_it(database: Database) -> None:
    async def fail() -> None:
        async with database.write(None) as conn:
            await conn.send("SELECT pg_sleep(60)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(fail(), 30)

    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def test_a_caller_who_gives_up_leaves_no_statement_running(database: Database) -> None:
    async def wait() -> None:
        async with database.write(None) as conn:
            await conn.send("SELECT pg_sleep(60)")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait(), 0.5)

    async with database.write(None) as conn:
        assert (
            await conn.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = $1", "active"
            )
            == 0
        )


async def test_who_loses_the_connection_while_a_statement_is_sent_hears_that_it_is_lost(database: Database) -> None:
    async def call() -> None:
        async with database.write(None) as conn:
            await conn.execute("SELECT length($1)", "")  # prepared, so that all of it is sent at once
            asyncio.get_running_loop().call_soon(conn.raw.terminate)
            await conn.send("SELECT length($1)", "x" * 20_000_000)

    with pytest.raises(DatabaseUnavailable):
        await call()


async def test_who_is_cancelled_twice_leaves_no_transaction_open(database: Database) -> None:
    async def wait() -> None:
        async with database.write(None) as conn:
            try:
                await conn.send("SELECT pg_sleep(60)")
                raise ZeroDivisionError
            finally:
                asyncio.get_running_loop().call_soon(waiting.cancel)

    heard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context["message"]))
    waiting = asyncio.ensure_future(wait())
    await asyncio.wait([waiting])

    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1
    assert heard == []


async def test_pieces_of_work_are_done_until_the_answer_is_there(database: Database) -> None:
    done: list[int] = []

    def work(pieces: int, *, until: asyncio.Event, after: int) -> Iterator[None]:
        for piece in range(pieces):
            done.append(piece)
            if piece == after:
                until.set()
            yield

    async def ask(statement: str, *, once: asyncio.Event) -> int:
        await once.wait()
        return int(await conn.fetchval(statement))

    async with database.write(None) as conn:
        enough = asyncio.Event()
        assert await meanwhile(ask("SELECT 7", once=enough), work(3, until=enough, after=2)) == 7
        assert done == [0, 1, 2]

        enough = asyncio.Event()
        endless = work(10**9, until=enough, after=100)
        assert await meanwhile(ask("SELECT 8", once=enough), endless) == 8
        so_far = len(done)
        assert so_far > 100
        await asyncio.sleep(0.01)
        assert len(done) == so_far  # and none after it


@pytest.mark.parametrize("fails", ["SELECT 1 / 0 FROM pg_sleep(0.01)", "SELECT 1 FROM pg_sleep(60)"])
async def test_what_is_asked_beside_a_failure_is_ended(database: Database, fails: str) -> None:
    def work() -> Iterator[None]:
        yield
        if "/ 0" not in fails:
            raise ZeroDivisionError

    async def call() -> None:
        async with database.write(None) as conn:
            await meanwhile(conn.fetchval(fails), work())

    with pytest.raises((asyncpg.DivisionByZeroError, ZeroDivisionError)):
        await asyncio.wait_for(call(), 30)
    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def test_whoever_is_cancelled_beside_a_question_takes_it_along(database: Database) -> None:
    def work() -> Iterator[None]:
        while True:
            yield

    async def call() -> None:
        async with database.write(None) as conn:
            await meanwhile(conn.fetchval("SELECT 1 FROM pg_sleep(60)"), work())

    calling = asyncio.create_task(call())
    await asyncio.sleep(0.1)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(calling, 30)
    async with database.write(None) as conn:
        assert await conn.fetchval("SELECT 1") == 1
