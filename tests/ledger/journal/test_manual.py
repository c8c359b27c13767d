"""People and their programs post and reverse what no document owns."""

from dataclasses import replace

from ledger.journal.manual import post_manual_entries, reverse_manual_entries
from ledger.journal.model import EntryDraft
from ledger.journal.posting import Outcome
from ledger.journal.reversing import Reversal
from tests.ledger.journal.test_posting import codes
from tests.ledger.journal.world import ACTOR, World

FREE, OWNED = "D 1010 CNY 5 / C 4040 CNY 5", "D 1100 CNY 5 / C 2010 M1 CNY 5"


async def post(world: World, *drafts: EntryDraft) -> list[Outcome]:
    async with world.database.write(world.platform_id) as conn:
        return await post_manual_entries(conn, drafts=drafts, actor=ACTOR)


async def reverse(world: World, *sequences: int) -> list[str]:
    reversals = [Reversal(f"reverse {sequence}", sequence, world.today) for sequence in sequences]
    async with world.database.write(world.platform_id) as conn:
        return codes(await reverse_manual_entries(conn, reversals=reversals, actor=ACTOR))


async def test_accounts_of_documents_are_refused_and_their_neighbours_posted(world: World) -> None:
    drafts = [
        world.draft(lines) for lines in (OWNED, FREE, "D 1010 CNY 5 / C 2000 CNY 5", FREE, "D 1 CNY 5 / C 1 CNY 5")
    ]

    outcomes = await post(world, *drafts)

    assert codes(outcomes) == ["OWNED_BY_DOCUMENT", "posted", "OWNED_BY_DOCUMENT", "posted", "ACCOUNT_IS_SUMMARY"]
    assert (await world.fetch("SELECT count(*) AS n FROM entry"))[0]["n"] == 2


async def test_entries_of_documents_and_of_their_accounts_are_not_reversed_by_hand(world: World) -> None:
    of_document = replace(world.draft(FREE), document="order/O1")
    free, owned, document = await world.post(world.draft(FREE), world.draft(OWNED), of_document)
    sequences = [one.sequence for one in (owned, document, free)]  # type: ignore[union-attr]

    refused = await reverse(world, *sequences[:2], 1)
    reversed_ = await reverse(world, sequences[2])

    assert refused == ["OWNED_BY_DOCUMENT", "OWNED_BY_DOCUMENT", "ENTRY_MISSING"]
    assert reversed_ == ["posted"]
