"""The demo's year is settled by the worker's own work, and leaves something to be tried."""

from app.cli.running import command_actor
from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.importing.marketplace import load_marketplace
from app.importing.outcomes import Counts
from app.platforms import choose_platform
from app.worker.demo_year import settle_demo
from ledger.db.connecting import Database
from ledger.verify.verifying import verify


async def test_the_demos_year_is_paid_but_for_its_end_and_verifies(fresh_database: str) -> None:
    database = await Database.connect(fresh_database, writers=1, readers=1)
    marketplace, actor = Marketplace(orders=60, seed=3), command_actor()
    await load_marketplace(
        database, marketplace, platform=OPERATOR, actor=actor, counts=Counts(), on_batch=lambda paid, rejected: None
    )
    platform = await choose_platform(database, OPERATOR)

    await settle_demo(database, marketplace, platform_id=platform.platform_id, actor=actor)

    async with database.read(platform.platform_id) as conn:
        rows = await conn.fetch("SELECT status, count(*) AS size FROM payout GROUP BY status")
        unsettled = await conn.fetch(
            "SELECT DISTINCT status FROM sheet WHERE period_end < '2025-11-01' AND status NOT IN"
            " ('PAID', 'COMPLETED', 'CARRIED_FORWARD', 'COLLECTED')"
        )
        report = await verify(conn)
    await database.close()
    payouts = {row["status"]: row["size"] for row in rows}
    assert payouts.keys() == {"PAID", "CREATED"}
    assert payouts["PAID"] > payouts["CREATED"] > 0
    assert unsettled == []
    assert report.agrees, report.disagreement
