"""
Would verify notice if somebody changed it? Asked of every column of every table, past every law, one at a time; and of
every table whether it would notice that a row is gone, or is there twice.

What it does not notice is listed in `unwatched` with the reason, and nothing else is.
"""

import asyncpg
import pytest

from ledger.charging.channel_days.dismissing import dismiss_differences
from ledger.charging.channel_days.keeping import find_differences
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.db.connecting import Database
from ledger.settlement.payouts.model import Verdict
from tests.invariants.months import Months
from tests.ledger.charging.channel_days.files import capture, make_lines, refund
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.settlement.holds.test_disputes import charged_back
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow, send
from tests.ledger.settlement.sheets.test_confirming import presented
from tests.ledger.settlement.sheets.world import World
from tests.ledger.verify.sweep import (
    Column,
    find_columns,
    find_platform_of,
    find_wrong,
    is_unwatched,
    misses_a_loss,
    misses_a_surplus,
)
from tests.ledger.verify.test_verify import written  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_approvals import desk  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_orders import market  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_payouts import till  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_receipts import world as receipts_world  # noqa: F401 -- a fixture
from tests.ledger.verify.test_verify_told import keep
from tests.ledger.verify.test_verify_withholding import world as withholding_world  # noqa: F401 -- a fixture
from tests.ledger.verify.unwatched import EMPTY, LOST, SURPLUS, UNWATCHED, WHOLE
from tests.oracle.small_world import SUCCEEDED, paid

# The gate tries each so many-th column, one row of it; the long form all of them, and several rows.
STRIDE = 4
WORLDS = ("written", "market", "till", "receipts_world", "withholding_world", "desk")


async def fill(database: Database) -> None:
    """What the worlds of the other tests leave out: a rest of a chargeback, a release of suspense, an objection …"""
    disputed, payouts, first = await send(database)
    await disputed.accept(charged_back("60.00"))
    await follow(payouts)
    await payouts.outcome(first, Verdict.REFUSED, reason="account closed")
    suspended = await Market.open(database)
    await suspended.close("D2")
    await suspended.accept(paid("50.00"), SUCCEEDED)
    (item,) = await suspended.rows("SELECT item FROM suspense_item")
    await suspended.release(item["item"], "OWNER")
    await keep(suspended)
    objected = await World.open(database)
    assert isinstance(objected, World)
    sheet = await presented(objected, confirmation="DEEMED", confirmationDays=7)
    ((sequence, _),) = await objected.lines(sheet.sheet_id)
    (line,) = await objected.rows("SELECT position FROM sheet_line WHERE sequence = $1 AND NOT is_closing", sequence)
    await objected.dispute(sheet, "2024-07-07", lines=[(sequence, line["position"])])
    await objected.adjust("A-1", "2024-07-09")
    await objected.answer(sheet, "2024-07-10", adjustments=["A-1"])
    told = make_lines(capture("O1", "50.00", "0.30"), refund("O1", "R1", "1.00"))
    async with suspended.database.write(suspended.platform_id) as conn:
        (day,) = await record_channel_file(conn, file=parse_channel_file(told), actor=ACTOR, now=NOW)
        differing = await find_differences(conn, orders=["O1"])
        told_of = [each for each in differing if each.channel_day_id == day.channel_day_id and each.told is not None]
        await dismiss_differences(conn, differences=told_of, reason="seen", actor=ACTOR, now=NOW)
    months = await Months.open(database, seed=7)
    await months.pass_time(steps=40)


@pytest.fixture
async def raw(database: Database) -> asyncpg.Connection:
    """A superuser of a store in which nearly every table has rows, all of which agree."""
    await fill(database)
    return await asyncpg.connect(database.dsn)


async def sweep(raw: asyncpg.Connection, *, stride: int, rows: int) -> tuple[set[str], set[str]]:
    """The columns that were tried, and of these the ones that verify does not watch."""
    tried: set[str] = set()
    unwatched: set[str] = set()
    for place, column in enumerate(await find_columns(raw)):
        if place % stride or column.table in EMPTY:
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
        if place % stride or table in EMPTY or table in WHOLE:
            continue
        if await misses_a_loss(raw, table, rows=rows):
            lost.add(table)
        if await misses_a_surplus(raw, columns, rows=rows):
            surplus.add(table)
    return lost, surplus


async def check(raw: asyncpg.Connection, *, stride: int, rows: int) -> None:
    try:
        for platform_id in [row["platform_id"] for row in await raw.fetch("SELECT platform_id FROM platform")]:
            async with raw.transaction():
                assert await find_wrong(raw, platform_id) is None
        tables = {column.table for column in await find_columns(raw)}
        assert {table for table in tables if await find_platform_of(raw, table) is None} == set(EMPTY)

        tried, unwatched = await sweep(raw, stride=stride, rows=rows)

        known = {f"{table}.{column}" for table, columns in UNWATCHED.items() for column in columns}
        assert tried
        assert unwatched <= known, " ".join(sorted(unwatched - known))
        lost, surplus = await sweep_rows(raw, stride=stride, rows=rows)
        assert lost <= set(LOST), " ".join(sorted(lost - set(LOST)))
        assert surplus <= set(SURPLUS), " ".join(sorted(surplus - set(SURPLUS)))
    finally:
        await raw.close()


@pytest.mark.usefixtures(*WORLDS)
async def test_verify_notices_whatever_column_is_changed(raw: asyncpg.Connection) -> None:
    await check(raw, stride=STRIDE, rows=1)


@pytest.mark.slow
@pytest.mark.usefixtures(*WORLDS)
async def test_verify_notices_every_column_that_is_changed_in_any_row(raw: asyncpg.Connection) -> None:
    await check(raw, stride=1, rows=4)


def test_what_is_not_watched_has_a_reason() -> None:
    assert all(reason for columns in UNWATCHED.values() for reason in columns.values())
    assert all(reason for tables in (LOST, SURPLUS, WHOLE) for reason in tables.values())
    assert not set(EMPTY) & set(UNWATCHED)
