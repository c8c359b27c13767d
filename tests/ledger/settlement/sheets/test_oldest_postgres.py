"""Sheets on the oldest PostgreSQL that we support."""

from ledger.db.connecting import Database
from ledger.settlement.sheets.model import Status
from ledger.verify.verifying import verify
from tests.ledger.settlement.sheets.world import World


async def test_sheets_close_net_and_are_verified(fresh_database_16: str) -> None:
    database = await Database.connect(fresh_database_16)
    try:
        world = await World.open(database)
        assert isinstance(world, World)
        await world.set_terms(role="MERCHANT", confirmation="NONE")
        await world.earn("M1", -300, "2024-05-10")
        await world.settle("2024-06-01")
        await world.earn("M1", 1_000, "2024-06-10")
        await world.earn("M1", 50, "2024-05-20")
        await world.settle("2024-07-01", lines_at_once=0)

        may, june = await world.sheets("M1")
        assert (may.status, june.status) == (Status.COLLECTED, Status.PAYMENT_PENDING)
        assert (june.total, june.netted, june.payable) == (1_050, 300, 750)
        async with database.read(world.platform_id) as conn:
            assert (await verify(conn)).disagreement is None
    finally:
        await database.close()
