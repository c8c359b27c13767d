"""Workers whose clocks do not agree."""

from datetime import timedelta

from app.worker.kinds import list_work
from app.worker.planning import plan_due
from app.worker.worker import Worker
from tests.ledger.settlement.sheets.world import World, at

WORK = {work.kind: work for work in list_work({}, {})}
NOW = at("2024-06-03T12:00")


async def open_jobs(world: World) -> list[str]:
    return [row["kind"] for row in await world.rows("SELECT kind FROM job WHERE status = 'READY' ORDER BY kind")]


async def test_a_worker_a_month_ahead_that_was_killed_keeps_its_work_from_nobody(world: World) -> None:
    await world.earn("M1", 82_50, "2024-06-03T10:00")
    await plan_due(world.database, world.platform_id, kinds=WORK, now=NOW + timedelta(days=30))
    worker = Worker(world.database, list(WORK.values()), lambda: NOW, platform_id=world.platform_id)
    assert (await worker.run_once()).jobs == 0
    assert "sheets.open" in await open_jobs(world)

    async with world.database.write(world.platform_id) as conn:
        await conn.execute("UPDATE job SET planned_at = planned_at - interval '5 minutes'")
    tally = await worker.run_once()

    assert tally.counts["sheets.open opened"] > 0
    assert tally.failed == 0
    assert await open_jobs(world) == []
