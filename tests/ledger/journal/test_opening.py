import asyncio

from ledger.journal.log import lock_log
from ledger.journal.model import Posted
from ledger.journal.posting import post_entries
from tests.ledger.journal.world import ACTOR, World


async def test_a_writer_that_holds_the_lock_and_one_that_waits_for_it_may_open_the_same_account(world: World) -> None:
    first, second = (world.draft("D 1100 USD 5 / C 2010 M3 USD 5") for _ in range(2))

    async def post_later() -> list[object]:
        async with world.database.write(world.platform_id) as conn:
            return list(await post_entries(conn, drafts=[second], actor=ACTOR))

    async with world.database.write(world.platform_id) as conn:
        await lock_log(conn)
        waiting = asyncio.create_task(post_later())
        # Long enough for the other to have opened the account, if it could without the lock.
        await asyncio.sleep(0.3)
        outcomes = list(await post_entries(conn, drafts=[first], actor=ACTOR))
    outcomes += await waiting

    assert all(isinstance(outcome, Posted) for outcome in outcomes)
