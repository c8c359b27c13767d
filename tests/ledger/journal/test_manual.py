"""People and their programs post and reverse what no document owns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ledger.journal.manual import post_manual_entries, reverse_manual_entries
from ledger.journal.model import EntryDraft, Posted, Refused
from ledger.journal.posting import Outcome, post_entries
from ledger.journal.reversing import Reversal
from tests.ledger.journal.test_posting import codes
from tests.ledger.journal.world import ACTOR, World

FREE, OWNED = "D 1010 CNY 5 / C 4040 CNY 5", "D 1100 CNY 5 / C 2010 M1 CNY 5"


async def post(world: World, *drafts: EntryDraft) -> list[Outcome]:
    async with world.database.write(world.platform_id) as conn:
        return await post_manual_entries(conn, drafts=drafts, actor=ACTOR, now=datetime.now(UTC))


async def reverse(world: World, *sequences: int) -> list[str]:
    reversals = [Reversal(f"reverse {sequence}", sequence, world.today) for sequence in sequences]
    async with world.database.write(world.platform_id) as conn:
        return codes(await reverse_manual_entries(conn, reversals=reversals, actor=ACTOR, now=datetime.now(UTC)))


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


async def test_what_people_date_years_ahead_is_refused_and_a_replay_of_it_is_not(world: World) -> None:
    far, near = world.today + timedelta(days=402), world.today + timedelta(days=399)
    kept = replace(world.draft(FREE), business_date=far)
    async with world.database.write(world.platform_id) as conn:
        (older,) = await post_entries(conn, drafts=[kept], actor=ACTOR)  # as older stores have it
    assert isinstance(older, Posted)

    outcomes = await post(
        world, replace(world.draft(FREE), business_date=far), kept, replace(world.draft(FREE), business_date=near)
    )
    mirrored = Reversal("r", older.sequence, far)
    async with world.database.write(world.platform_id) as conn:
        reversed_ = await reverse_manual_entries(conn, reversals=[mirrored], actor=ACTOR, now=datetime.now(UTC))

    assert codes([*outcomes, *reversed_]) == ["DATE_TOO_FAR_AHEAD", "replayed", "posted", "DATE_TOO_FAR_AHEAD"]
    assert isinstance(outcomes[0], Refused)
    assert str(outcomes[0].error) == f"{far} is more than 400 days ahead of today; check the year."
