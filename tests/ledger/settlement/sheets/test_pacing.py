"""Closing lets others post."""

from datetime import timedelta

from ledger.actor import Actor
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.posting import write_entries
from ledger.settlement.sheets.pacing import find_rest
from tests.ledger.settlement.sheets.world import World, at


async def test_who_has_the_log_for_himself_does_not_rest(world: World) -> None:
    assert await rest_after(world, others=0) == timedelta()


async def test_while_others_post_the_log_is_left_alone_for_longer_than_it_was_held(world: World) -> None:
    assert timedelta() < await rest_after(world, others=1) <= timedelta(seconds=2)


async def rest_after(world: World, *, others: int) -> timedelta:
    """What follows a transaction before which so many others have posted since it looked at the log."""
    event = EventDraft("test.told", "fact/1", at("2024-07-01"), (), "{}", ())
    async with world.database.write(world.platform_id) as conn:
        since = (await lock_log(conn)).sequence - others
        written = await write_entries(conn, drafts=(), events=[event], actor=Actor("tester"))
        return await find_rest(conn, written=written, since=since)
