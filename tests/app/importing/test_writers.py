"""Writers of parties: which platform the lines go to, and what is said of them."""

import asyncio

import pytest

from app.importing.batches import Parsed
from app.importing.outcomes import Done
from app.importing.writers import Outcome, PartyWriter
from app.platforms import list_all_platforms
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.parties.model import PartyDraft

ACTOR = Actor("cli:tester")


async def send(database: Database, *drafts: PartyDraft) -> list[Outcome]:
    writer = PartyWriter(database, platform=None, actor=ACTOR)
    return await writer.send([Parsed(line, draft, {}) for line, draft in enumerate(drafts, 1)])


def count_new(reports: list[list[Outcome]]) -> list[int]:
    """How many of the reports call each line new."""
    return [sum(outcome == Done(replayed=False) for outcome in line) for line in zip(*reports, strict=True)]


@pytest.mark.parametrize("name", ["FIRST", "SECOND", "THIRD"])
async def test_of_imports_that_create_a_platform_at_once_one_reports_each_line_as_new(
    database: Database, name: str
) -> None:
    drafts = [
        PartyDraft(name, "OPERATOR", "Operator", None),
        *(PartyDraft(f"{name}-{number}", "MERCHANT", "Shop", name) for number in range(3)),
    ]

    reports = await asyncio.gather(*(send(database, *drafts) for _ in range(4)))

    assert count_new(reports) == [1, 1, 1, 1]
    assert all(isinstance(outcome, Done) for report in reports for outcome in report)
    assert [each.reference for each in await list_all_platforms(database)].count(name) == 1
    assert count_new([await send(database, *drafts)]) == [0, 0, 0, 0]


async def test_an_operator_in_other_words_is_refused_and_the_lines_below_it_are_not(database: Database) -> None:
    operator = PartyDraft("WORDS", "OPERATOR", "Operator", None)
    await send(database, operator)

    refused, done = await send(
        database,
        PartyDraft("WORDS", "OPERATOR", "Another name", None),
        PartyDraft("WORDS-1", "MERCHANT", "Shop", "WORDS"),
    )

    assert (getattr(refused, "code", None), done) == ("PARTY_CONFLICT", Done(replayed=False))
