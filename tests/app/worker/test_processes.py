"""Real workers: several at once, killed in the middle, away for days."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.app.cli.commands import Commands
from tests.holding import hold, let_go, wait_until_held
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World
from tests.waiting import HANGS_S, wait_until

DAYS = [f"2024-06-{day:02}" for day in range(3, 29)]
PARTIES = ("M1", "M2")


class Workers:
    """Starts worker processes on a world's platform."""

    def __init__(self, world: World, home: Path) -> None:
        self.world = world
        self.commands = Commands(world.database.dsn, home)

    async def start(self, now: str, *words: str) -> "subprocess.Popen[str]":
        rows = await self.world.rows("SELECT reference FROM platform WHERE platform_id = $1", self.world.platform_id)
        reference = rows[0]["reference"]
        return self.commands.start("worker", "--now", now, "--platform", reference, *words)

    async def run(self, now: str, *, count: int = 1) -> list[str]:
        """Run so many workers at once to their ends; what they printed."""
        started = [await self.start(now, "--once") for _ in range(count)]
        ended = await asyncio.gather(*(asyncio.to_thread(each.communicate, timeout=120) for each in started))
        assert [each.returncode for each in started] == [0] * count, ended
        return [out for out, _ in ended]

    async def kill_before(self, now: str, *, writes: str, kind: str) -> None:
        """Start a worker and kill it where it is to write so: it has a job of this kind, and is in the middle of it."""
        dsn = self.world.database.dsn
        await asyncio.to_thread(hold, dsn, writes=writes)
        process = await self.start(now, "--once")
        try:
            await asyncio.to_thread(wait_until_held, dsn)
            assert [row["kind"] for row in await self._find_jobs()] == [kind]
        finally:
            await self._kill(process)
            await asyncio.to_thread(let_go, dsn)
            await self._end_leases()

    async def kill_at_work(self, now: str, *, kind: str = "%") -> None:
        """Start a worker and kill it soon after it has a job of a kind, if it is still at work then."""
        process = await self.start(now, "--once")
        while process.poll() is None:
            if await self._find_jobs(kind):
                await asyncio.sleep(random.uniform(0, 0.03))
                break
            await asyncio.sleep(0.002)
        await self._kill(process)
        await self._end_leases()

    async def _find_jobs(self, kind: str = "%") -> Sequence[Mapping[str, Any]]:
        """The jobs of a kind that somebody has."""
        return await self.world.rows(
            "SELECT kind FROM job WHERE lease_until > clock_timestamp() AND kind LIKE $1", kind
        )

    async def _kill(self, process: "subprocess.Popen[str]") -> None:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.communicate)

    async def _end_leases(self) -> None:
        """Let the time pass that a lease takes."""
        async with self.world.database.write(self.world.platform_id) as conn:
            await conn.execute("UPDATE job SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")


@pytest.fixture
def workers(world: World, tmp_path: Path) -> Workers:
    return Workers(world, tmp_path)


async def earn(world: World) -> None:
    for party in PARTIES:
        await world.set_terms(party=party, cycle="T+2", confirmation="NONE")
    facts = [(party, 100 + place, f"{day}T09:00", "2010") for place, day in enumerate(DAYS) for party in PARTIES]
    await world.earn_many(facts)


async def figures(world: World) -> list[tuple[str, str, int, int, str]]:
    return [
        (sheet.party, sheet.period_end.isoformat(), sheet.total, sheet.line_count, sheet.status)
        for sheet in await world.sheets()
        if sheet.total
    ]


async def check_done_once(world: World) -> None:
    """Every day's earning is on one sheet of that day, every closing was told once, and no job is left."""
    expected = sorted(100 + place for place, _ in enumerate(DAYS) for _ in PARTIES)
    assert sorted(total for _, _, total, _, _ in await figures(world)) == expected
    told = [row["subject"] for row in await world.rows("SELECT subject FROM log_event WHERE kind = 'sheet.closed'")]
    assert len(told) == len(set(told))
    assert await world.rows("SELECT 1 FROM job WHERE status <> 'DONE'") == []
    assert await world.net("2010 M1, 2010 M2") == [0, 0]


async def test_three_workers_at_once_do_everything_once(world: World, workers: Workers):
    await earn(world)

    await workers.run("2024-07-02T00:00:00+08:00", count=3)

    await check_done_once(world)
    assert {row["attempts"] for row in await world.rows("SELECT attempts FROM job")} == {1}


async def test_workers_that_are_killed_leave_nothing_undone_and_nothing_done_twice(world: World, workers: Workers):
    await earn(world)
    now = "2024-07-02T00:00:00+08:00"

    await workers.kill_before(now, writes="INSERT ON sheet_line", kind="sheets.close")
    for _ in range(4):
        await workers.kill_at_work(now)
    await workers.run(now)

    await check_done_once(world)


async def test_workers_that_are_killed_while_they_pay_leave_one_payout_in_one_file(
    world: World, workers: Workers, tmp_path: Path
):
    till = Till(world, world.database.dsn)
    await till.pay_from(channel="file")
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(1_000_000)
    await earn(world)
    folder = tmp_path / "bank"
    workers.commands.environment["SPLITBOOK_CHANNEL_FOLDER"] = str(folder)
    now = "2024-07-08T00:00:00Z"

    await workers.kill_before(now, writes="UPDATE ON payout", kind="payouts.submit")
    for _ in range(3):
        await workers.kill_at_work(now, kind="payouts.submit")
    await workers.run(now, count=2)
    await workers.run("2024-07-08T00:10:00Z")

    (payout,) = await world.rows("SELECT status, net_minor FROM payout")
    assert tuple(payout) == ("SUBMITTED", sum(100 + place for place, _ in enumerate(DAYS)))
    assert await world.net("2010 M1, 2015 M1") == [0, 0]
    assert len(await asyncio.to_thread(list_files, folder)) == 1


def list_files(folder: Path) -> list[Path]:
    """The files that a bank may take; one that a killed worker had begun stays hidden under another name."""
    return [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")]


async def test_a_worker_that_comes_late_makes_the_periods_it_would_have_made_on_time(world: World, workers: Workers):
    await earn(world)

    await workers.run("2024-06-10T00:00:00+08:00")
    early = await figures(world)
    (out,) = await workers.run("2024-07-02T00:00:00+08:00")

    assert "sheets.close closed" in out
    assert len(early) == 14
    assert (await figures(world))[: len(early)] == early
    await check_done_once(world)


async def test_a_worker_goes_on_until_it_is_stopped(world: World, workers: Workers):
    await earn(world)
    process = await workers.start("2024-07-02T00:00:00+08:00", "--pause", "0.1")

    async def has_closed_all() -> bool:
        return len(await figures(world)) == len(DAYS) * len(PARTIES)

    await wait_until(has_closed_all, every=0.05)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.to_thread(process.communicate, timeout=HANGS_S)

    assert process.returncode == 0, err
    assert "Stopped." in err
    assert await world.rows("SELECT 1 FROM job WHERE lease_until IS NOT NULL") == []
    await workers.run("2024-07-02T00:00:10+08:00")  # what it was doing when it had to go
    await check_done_once(world)
