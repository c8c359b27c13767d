"""Receipts on the oldest PostgreSQL that we support."""

from ledger.db.connecting import Database
from ledger.settlement.sheets.model import Status
from ledger.verify.verifying import verify
from tests.ledger.settlement.receipts.telling import match, matched, owing, receipt, recorded, unidentified, unmatch
from tests.ledger.settlement.sheets.world import World


async def test_receipts_are_matched_unmatched_and_verified(fresh_database_16: str) -> None:
    database = await Database.connect(fresh_database_16)
    try:
        world = await World.open(database)
        assert isinstance(world, World)
        sheet = await owing(world, 12_000)
        number = await recorded(world, receipt("130.00"))
        step = await matched(world, match(number, sheet))
        await unmatch(world, step.match.match_id)
        await matched(world, match(number, sheet, reference="T2"))

        assert await unidentified(world) == [1_000]
        assert (await world.sheet(sheet.sheet_id)).status is Status.COLLECTED
        async with database.read(world.platform_id) as conn:
            assert (await verify(conn)).disagreement is None
    finally:
        await database.close()
