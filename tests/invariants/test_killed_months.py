"""
Whoever acts is killed before each of his statements in turn, or after his commit and unheard, and acts again: the book
is the one of the same months in which nobody was killed.

A seed is a story: SPLITBOOK_SEEDS=7 tells it again, alone, for SPLITBOOK_STEPS=80.
"""

import os
from typing import Any

import pytest

from ledger.db.connecting import Database
from tests.faults.between import listening
from tests.invariants.killing import Killer
from tests.invariants.months import Months
from tests.invariants.sums import sum_tables
from tests.invariants.test_random_months import check, quiet  # noqa: F401 - a fixture
from tests.store import Server

SEEDS = [int(seed) for seed in os.environ.get("SPLITBOOK_SEEDS", "4").split(",")]
STEPS = int(os.environ.get("SPLITBOOK_STEPS", "20"))


@pytest.mark.parametrize("seed", SEEDS)
async def test_acts_that_are_killed_and_done_again_come_to_the_same_book(server: Server, seed: int) -> None:
    await check_the_same(server, seed=seed, steps=STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 310))
async def test_acts_that_are_killed_in_many_months_come_to_the_same_book(server: Server, seed: int) -> None:
    await check_the_same(server, seed=seed, steps=150)


async def check_the_same(server: Server, *, seed: int, steps: int) -> None:
    undisturbed = await tell(server, seed=seed, steps=steps, killer=None)

    killer = Killer(seed)
    killed = await tell(server, seed=seed, steps=steps, killer=killer)

    assert killer.kills >= steps
    assert killed == undisturbed


async def tell(server: Server, *, seed: int, steps: int, killer: Killer | None) -> list[Any]:
    """Everything that is in the store after these months: each account, each table's sums, what was told in the log."""
    async with server.lend_database() as dsn:
        database = await Database.connect(dsn)
        months = await Months.open(database, seed=seed)
        months.killer, months.ways = killer, ("alone", "foretold")
        try:
            with listening():
                await months.pass_time(steps=steps)
            await check(months)
            accounts = sorted((await months.market.accounts()).items())
            log = await months.market.rows("SELECT sequence, kind FROM log_event ORDER BY sequence")
            return [accounts, await sum_tables(database, months.platform_id), [tuple(row) for row in log]]
        except BaseException:
            print(f"seed {seed}:", *months.told, sep="\n  ")
            raise
        finally:
            await database.close()
