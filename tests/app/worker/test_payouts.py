"""From what a party earned to money in the bank, by the worker alone."""

from datetime import timedelta
from pathlib import Path

from app.channels.file.folders import FileChannel
from app.channels.opening import Channels
from app.worker.kinds import list_work
from app.worker.worker import Tally, Worker
from ledger.settlement.sheets.model import Status
from tests.app.channels.sandboxes import open_channel, open_sandbox
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World, at


async def open_till(world: World, *, channel: str) -> Till:
    till = Till(world, world.database.dsn)
    await till.pay_from(channel=channel)
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(100_000)
    await world.set_terms(party="M1", cycle="T+2", confirmation="NONE")
    return till


async def run(world: World, when: str, channels: Channels) -> Tally:
    now = at(when)
    work = list_work(channels, {})
    return await Worker(world.database, work, lambda: now, platform_id=world.platform_id).run_once()


async def payouts(world: World) -> list[tuple[str, int]]:
    return [tuple(row) for row in await world.rows("SELECT status, net_minor FROM payout ORDER BY payout_id")]


def list_files(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file()]


async def test_a_sale_is_paid_two_working_days_later_through_a_bank_that_loses_its_answer(world: World, tmp_path: Path):
    await open_till(world, channel="sandbox")
    await world.earn("M1", 8_250, "2024-07-15T10:00")  # a Monday
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        channels = {"sandbox": channel}
        await run(world, "2024-07-16T00:05", channels)
        assert await payouts(world) == []  # it is due on Wednesday

        await bank.behave({"do": "lose", "after": True})
        await run(world, "2024-07-17T09:00", channels)
        assert await payouts(world) in ([("UNKNOWN", 8_250)], [("ACCEPTED", 8_250)])
        await run(world, "2024-07-17T09:10", channels)
        assert await payouts(world) == [("ACCEPTED", 8_250)]

        (transfer,) = await bank.transfers()
        await bank.ask("/settle", keys=[transfer["key"]])
        await bank.ask("/statements")
        tally = await run(world, "2024-07-17T09:20", channels)

    assert tally.failed == 0
    assert tally.counts["payouts.read applied"] == 1
    assert await payouts(world) == [("PAID", 8_250)]
    (sheet,) = [each for each in await world.sheets("M1") if each.total]
    assert (sheet.status, sheet.paid, str(sheet.due_date)) == (Status.PAID, 8_250, "2024-07-17")
    assert await world.net("2010 M1, 2015 M1") == [0, 0]
    assert transfer["times"] == 1


async def test_a_payout_file_is_written_once_however_often_the_worker_runs(world: World, tmp_path: Path):
    await open_till(world, channel="file")
    await world.earn("M1", 8_250, "2024-07-15T10:00")
    channels = {"file": FileChannel(tmp_path)}

    for minutes in (0, 1, 10):
        when = at("2024-07-17T09:00") + timedelta(minutes=minutes)
        await run(world, when.isoformat(), channels)

    assert [status for status, _ in await payouts(world)] == ["SUBMITTED"]
    assert len(list_files(tmp_path)) == 1


async def test_a_bank_that_is_away_gets_it_when_it_is_back(world: World, tmp_path: Path):
    await open_till(world, channel="sandbox")
    await world.earn("M1", 8_250, "2024-07-15T10:00")

    tally = await run(world, "2024-07-17T09:00", {})
    assert (tally.failed, tally.counts["payouts.submit unreachable"] > 0) == (0, True)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await run(world, "2024-07-17T09:02", {"sandbox": channel})

    assert await payouts(world) == [("ACCEPTED", 8_250)]
