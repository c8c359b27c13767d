"""The short pack on the oldest PostgreSQL that we support."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.journal.balances import AsOf, balances
from ledger.journal.model import Posted, Refused
from ledger.journal.subtree_balances import subtree_balances
from ledger.verify.verifying import verify
from tests.ledger.journal.world import World, open_world


@pytest.fixture
async def old(fresh_database_16: str) -> AsyncIterator[World]:
    database = await Database.connect(fresh_database_16)
    yield await open_world(database)
    await database.close()


async def test_a_book_is_written_read_and_verified_on_the_oldest_version(old: World) -> None:
    yesterday = old.today - timedelta(days=1)
    first = await old.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500", day=yesterday)
    (late, low, replay) = await old.post(
        old.draft("D 1100 CNY 30 / C 2010 M1 CNY 30", key="again"),
        old.draft("C 1010 CNY 1 / D 5040 CNY 1"),
        old.draft("D 1100 CNY 30 / C 2010 M1 CNY 30", key="again"),
    )
    await old.pass_days(1)
    await old.move("A11", "A2")
    await old.reverse(first.sequence)
    await old.close(yesterday)

    assert isinstance(late, Posted)
    assert isinstance(replay, Posted)
    assert (replay.sequence, replay.replayed) == (late.sequence, True)
    assert isinstance(low, Refused)
    (account,) = await old.account_ids([old.account("2010 M1 CNY")])
    async with old.database.read(old.platform_id) as conn:
        assert (await balances(conn, account_ids=[account], as_of=AsOf(business_date=yesterday)))[0][:2] == (0, 500)
        assert (await balances(conn, account_ids=[account]))[0] == (500, 530, 3)
        (then,) = await subtree_balances(conn, party_ids=[old.ids["A1"]], business_date=yesterday)
        (now,) = await subtree_balances(conn, party_ids=[old.ids["A2"]])
        assert (then.debit, then.credit) == (0, 500)
        assert (now.debit, now.credit) == (500, 530)
        assert (await verify(conn, rows_at_once=2)).disagreement is None


async def test_the_oldest_version_keeps_what_is_written(old: World) -> None:
    await old.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    owner = await asyncpg.connect(old.database.dsn)
    try:
        for table in ("entry", "line", "log_event", "account"):
            with pytest.raises(asyncpg.RestrictViolationError, match="APPEND_ONLY"):
                await owner.execute(f"DELETE FROM {table}")
    finally:
        await owner.close()
