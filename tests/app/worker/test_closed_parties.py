"""A closed party's open sheet closes and is paid, and no other is opened for it until something comes."""

from datetime import timedelta
from pathlib import Path

from app.channels.opening import Channels
from app.worker.kinds import list_work
from app.worker.worker import Tally, Worker
from ledger.parties.status import close_party
from ledger.settlement.sheets.model import Status
from ledger.verify.verifying import verify
from tests.app.channels.sandboxes import open_channel, open_sandbox
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import TESTER, World, at

WORK = list_work({}, {})
OPEN = "SELECT period_start, period_end FROM sheet WHERE party_id = $1 AND status = 'OPEN' ORDER BY period_start"


async def run(world: World, when: str, channels: Channels | None = None) -> Tally:
    now = at(when)
    work = list_work(channels, {}) if channels else WORK
    worker = Worker(world.database, work, lambda: now, platform_id=world.platform_id, name="w1")
    tally = await worker.run_once()
    assert tally.failed == 0
    return tally


async def run_daily(world: World, first: str, *, days: int) -> None:
    """As a worker that is always there would: through each day."""
    for day in range(days):
        await run(world, (at(first) + timedelta(days=day)).isoformat())


async def leave(world: World, when: str, party: str = "M1") -> None:
    async with world.database.write(world.platform_id) as conn:
        await close_party(conn, reference=party, reason="It left.", actor=TESTER, now=at(when))


async def open_periods(world: World, party: str = "M1") -> list[str]:
    rows = await world.rows(OPEN, await world.id_of(party))
    return [f"{(row['period_start'] + timedelta(hours=8)).date()}" for row in rows]


async def agrees(world: World) -> bool:
    async with world.database.read(world.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def test_the_open_sheet_of_a_closed_party_closes_at_its_boundary_and_is_paid_and_no_more_are_opened(
    world: World,
) -> None:
    for party in ("M1", "M2"):
        await world.set_terms(party=party, cycle="DAILY", dueDays=1, confirmation="NONE")
        await world.earn(party, 1_000, "2024-07-01T09:00")
    await run(world, "2024-07-01T10:00")
    await leave(world, "2024-07-01T12:00")
    await world.earn("M1", -100, "2024-07-01T15:00")

    await run_daily(world, "2024-07-02T00:00:05", days=10)

    sheets = await world.sheets("M1")
    assert [(sheet.period_start, sheet.total, sheet.status) for sheet in sheets[:1]] == [
        (at("2024-07-01"), 900, Status.PAYMENT_PENDING)
    ]
    # One was there already when it left; after that, none.
    assert len(sheets) <= 2
    assert all(sheet.total == 0 for sheet in sheets[1:])
    assert await open_periods(world) == []
    assert await open_periods(world, "M2") != []
    assert await world.net("2010 M1, 2015 M1") == [0, 900]
    assert await agrees(world)


async def test_a_party_that_has_closed_confirms_its_last_sheet_and_is_paid_by_the_bank(
    world: World, tmp_path: Path
) -> None:
    till = Till(world, world.database.dsn)
    await till.pay_from(channel="sandbox")
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(100_000)
    await world.set_terms(party="M1", cycle="T+2", confirmation="REQUIRED")
    await world.earn("M1", 8_250, "2024-07-15T10:00")  # a Monday
    await leave(world, "2024-07-15T12:00")
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        channels: Channels = {"sandbox": channel}
        await run(world, "2024-07-16T00:05", channels)
        (sheet,) = [each for each in await world.sheets("M1") if each.total]
        assert sheet.status is Status.CONFIRM_PENDING
        assert await world.confirm(sheet, when="2024-07-16T09:00") == [""]
        await run(world, "2024-07-17T09:00", channels)
        (transfer,) = await bank.transfers()
        await bank.ask("/settle", keys=[transfer["key"]])
        await bank.ask("/statements")
        await run(world, "2024-07-17T09:20", channels)

    assert (await world.sheet(sheet.sheet_id)).status is Status.PAID
    assert await world.net("2010 M1, 2015 M1, 1010") == [0, 0, 8_250 - 100_000]
    assert await agrees(world)


async def test_what_comes_months_after_a_party_has_closed_is_on_a_sheet_of_its_day_and_none_comes_after_it(
    world: World,
) -> None:
    await world.set_terms(party="M1", cycle="DAILY", dueDays=1, confirmation="NONE")
    await world.earn("M1", 1_000, "2024-07-01T09:00")
    await run(world, "2024-07-01T10:00")
    await leave(world, "2024-07-01T12:00")
    await run_daily(world, "2024-07-02T00:00:05", days=4)
    before = len(await world.sheets("M1"))
    assert await open_periods(world) == []

    await world.earn("M1", -250, "2024-11-20T09:00")
    await run(world, "2024-11-20T10:00")
    assert await open_periods(world) == ["2024-11-20"]
    await world.earn("M1", -50, "2024-11-20T11:00")
    await run(world, "2024-11-20T12:00")
    assert await open_periods(world) == ["2024-11-20"]
    await run_daily(world, "2024-11-21T00:00:05", days=4)

    sheets = await world.sheets("M1")
    assert [(sheet.period_start, sheet.total) for sheet in sheets[before:]] == [(at("2024-11-20"), -300)]
    assert await open_periods(world) == []
    # Nobody has said where it is paid, so what it earned before still stands, and what it owes is taken of that.
    assert await world.net("2010 M1, 1200 M1, 2015 M1") == [0, 0, 700]
    assert await agrees(world)


async def test_what_happens_after_the_end_of_its_last_sheet_and_before_that_closes_gets_the_next_one(
    world: World,
) -> None:
    await world.set_terms(party="M1", cycle="MONTHLY", dueDays=1, confirmation="NONE")
    await world.earn("M1", 1_000, "2024-06-03")
    await run(world, "2024-06-03T12:00")
    await leave(world, "2024-06-04")
    await world.earn("M1", -30, "2024-07-01T09:00")

    await run(world, "2024-07-01T10:00")

    assert [(sheet.period_start, sheet.total) for sheet in await world.sheets("M1")] == [(at("2024-06-01"), 1_000)]
    assert await open_periods(world) == ["2024-07-01"]
    await run(world, "2024-08-01T10:00")
    assert [sheet.total for sheet in await world.sheets("M1")] == [1_000, -30]
    assert await open_periods(world) == []
    assert await agrees(world)


async def test_late_facts_of_many_closed_parties_take_as_many_statements_as_those_of_one(world: World) -> None:
    for party in ("M1", "M2"):
        await world.set_terms(party=party, cycle="DAILY", dueDays=1, confirmation="NONE")
        await world.earn(party, 1_000, "2024-07-01T09:00")
    await run(world, "2024-07-01T10:00")
    await leave(world, "2024-07-01T12:00")
    await leave(world, "2024-07-01T12:00", "M2")
    await run_daily(world, "2024-07-02T00:00:05", days=3)

    await world.earn_many([("M1", -10, "2024-09-01T09:00", "2010"), ("M2", -20, "2024-09-02T09:00", "2010")])
    tally = await run(world, "2024-09-02T10:00")

    assert tally.counts["sheets.tails opened"] == 2
    assert (await open_periods(world), await open_periods(world, "M2")) == ([], ["2024-09-02"])
    assert [sheet.total for sheet in await world.sheets("M1") if sheet.total] == [1_000, -10]
    # Nothing was posted since: nothing is looked for.
    await run(world, "2024-09-02T10:01")
    assert (await run(world, "2024-09-02T10:02")).counts.get("sheets.tails opened", 0) == 0
