"""Reversals that come in lists, as a lane sends them: each entry is mirrored once, and whole."""

from ledger.journal.model import Posted
from ledger.journal.posting import Outcome
from ledger.journal.reversing import Reversal, reverse_entries
from tests.ledger.journal.test_posting import codes
from tests.ledger.journal.world import ACTOR, World


async def reverse(world: World, *reversals: tuple[str, int]) -> list[Outcome]:
    named = [Reversal(key, sequence, world.today) for key, sequence in reversals]
    async with world.database.write(world.platform_id) as conn:
        return await reverse_entries(conn, reversals=named, actor=ACTOR)


async def test_two_reversals_of_one_entry_in_one_list_mirror_it_once(world: World) -> None:
    posted = await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")

    outcomes = await reverse(world, ("a", posted.sequence), ("b", posted.sequence), ("a", posted.sequence))

    assert codes(outcomes) == ["posted", "ALREADY_REVERSED", "replayed"]
    (mirror, _, _) = outcomes
    assert isinstance(mirror, Posted)
    rows = await world.fetch("SELECT side, amount FROM line WHERE sequence = $1 ORDER BY position", mirror.sequence)
    assert [tuple(row) for row in rows] == [("C", 500), ("D", 500)]
    again = await reverse(world, ("a", posted.sequence))
    assert codes(again) == ["replayed"]
