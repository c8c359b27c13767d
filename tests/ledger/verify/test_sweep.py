"""
Would verify notice if somebody changed it? Asked of every column of every table, past every law, one at a time: another
value, one that two rows exchange, a blank where there is none; and of every table whether it would notice that a row is
gone, or is there twice.

What it does not notice is listed in `unwatched` with the reason, and nothing else is.
"""

import asyncpg
import pytest

from ledger.db.connecting import Database
from tests.ledger.verify.filling import fill
from tests.ledger.verify.sweep import (
    Column,
    find_columns,
    find_pairs,
    find_platform_of,
    find_wrong,
    is_unwatched,
    misses_a_blank,
    misses_a_loss,
    misses_a_surplus,
    misses_a_swap,
)
from tests.ledger.verify.test_verify import written  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_approvals import desk  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_orders import market  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_payouts import till  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_receipts import world as receipts_world  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_withholding import world as withholding_world  # noqa: F401 -- a fixture
from tests.ledger.verify.unwatched import ALONE, BLANK, LOST, SURPLUS, SWAPPED, UNWATCHED, WHOLE

# The gate tries each so many-th column, one row of it, and fewer swaps and blanks; the long form all, and several rows.
STRIDE = 4
LONG_STRIDE = 30
WORLDS = ("written", "market", "till", "receipts_world", "withholding_world", "desk")


@pytest.fixture
async def raw(database: Database) -> asyncpg.Connection:
    """A superuser of a store in which every table has rows, all of which agree."""
    await fill(database)
    # Its triggers sleep all the time: to put them to sleep for each change throws away what was planned for the last.
    asleep = {"session_replication_role": "replica"}
    return await asyncpg.connect(database.dsn, statement_cache_size=1_000, server_settings=asleep)


async def sweep(raw: asyncpg.Connection, *, stride: int, rows: int) -> tuple[set[str], set[str]]:
    """The columns that were tried, and of these the ones that verify does not watch."""
    tried: set[str] = set()
    unwatched: set[str] = set()
    for place, column in enumerate(await find_columns(raw)):
        if place % stride:
            continue
        name = f"{column.table}.{column.name}"
        tried.add(name)
        if await is_unwatched(raw, column, rows=rows):
            unwatched.add(name)
    return tried, unwatched


async def sweep_rows(raw: asyncpg.Connection, *, stride: int, rows: int) -> tuple[set[str], set[str]]:
    """The tables of which a row can be lost, and of which one can be there twice, and verify does not notice."""
    lost: set[str] = set()
    surplus: set[str] = set()
    tables: dict[str, list[Column]] = {}
    for column in await find_columns(raw):
        tables.setdefault(column.table, []).append(column)
    for place, (table, columns) in enumerate(tables.items()):
        if place % stride or table in WHOLE:
            continue
        if await misses_a_loss(raw, table, rows=rows):
            lost.add(table)
        if await misses_a_surplus(raw, columns, rows=rows):
            surplus.add(table)
    return lost, surplus


async def sweep_pairs(raw: asyncpg.Connection, *, stride: int, pairs: int) -> set[str]:
    """The columns of which two rows can exchange what they say, and verify does not notice."""
    unnoticed: set[str] = set()
    for place, column in enumerate(await find_columns(raw)):
        if place % stride == 0 and await misses_a_swap(raw, column, pairs=pairs):
            unnoticed.add(f"{column.table}.{column.name}")
    return unnoticed


async def sweep_blanks(raw: asyncpg.Connection, *, stride: int) -> set[str]:
    """The columns of which a row that says nothing can be given a blank, and verify does not notice."""
    return {
        f"{column.table}.{column.name}"
        for place, column in enumerate(await find_columns(raw))
        if place % stride == 0 and await misses_a_blank(raw, column)
    }


async def find_alone(raw: asyncpg.Connection) -> set[str]:
    """The tables of which nothing is exchanged, as no platform has two rows that differ in more than one column."""
    alone: set[str] = set()
    paired: set[str] = set()
    for column in await find_columns(raw):
        if column.table not in paired:
            (paired if await find_pairs(raw, column) else alone).add(column.table)
    return alone - paired


async def check(raw: asyncpg.Connection, *, stride: int, long_stride: int, rows: int) -> None:
    try:
        # Awake, they would refuse the changes, which counts as found.
        assert await raw.fetchval("SHOW session_replication_role") == "replica"
        for platform_id in [row["platform_id"] for row in await raw.fetch("SELECT platform_id FROM platform")]:
            async with raw.transaction():
                assert await find_wrong(raw, platform_id) is None
        tables = {column.table for column in await find_columns(raw)}
        assert not {table for table in tables if await find_platform_of(raw, table) is None}
        assert await find_alone(raw) == set(ALONE)

        tried, unwatched = await sweep(raw, stride=stride, rows=rows)

        known = {f"{table}.{column}" for table, columns in UNWATCHED.items() for column in columns}
        assert tried
        assert unwatched <= known, " ".join(sorted(unwatched - known))
        swapped = await sweep_pairs(raw, stride=long_stride, pairs=rows) - known
        assert swapped <= set(SWAPPED), " ".join(sorted(swapped - set(SWAPPED)))
        blank = await sweep_blanks(raw, stride=long_stride) - known
        assert blank <= set(BLANK), " ".join(sorted(blank - set(BLANK)))
        lost, surplus = await sweep_rows(raw, stride=stride, rows=rows)
        assert lost <= set(LOST), " ".join(sorted(lost - set(LOST)))
        assert surplus <= set(SURPLUS), " ".join(sorted(surplus - set(SURPLUS)))
    finally:
        await raw.close()


@pytest.mark.usefixtures(*WORLDS)
async def test_verify_notices_whatever_column_is_changed(raw: asyncpg.Connection) -> None:
    await check(raw, stride=STRIDE, long_stride=LONG_STRIDE, rows=1)


@pytest.mark.slow
@pytest.mark.usefixtures(*WORLDS)
async def test_verify_notices_every_column_that_is_changed_in_any_row(raw: asyncpg.Connection) -> None:
    await check(raw, stride=1, long_stride=1, rows=4)


def test_what_is_not_watched_has_a_reason() -> None:
    assert all(reason for columns in UNWATCHED.values() for reason in columns.values())
    assert all(reason for listed in (LOST, SURPLUS, WHOLE, ALONE, SWAPPED, BLANK) for reason in listed.values())
