"""Which events concern a party is kept beside the log, and verify finds where the two disagree."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.ledger.journal.world import World, open_world
from tests.ledger.verify.test_verify import superuser, write_book


@pytest.fixture(scope="module")
async def written(module_database: str) -> AsyncIterator[World]:
    database = await Database.connect(module_database)
    world = await open_world(database)
    await write_book(world)
    yield world
    await database.close()


ONE = "platform_id = {p} AND (party_id, first_sequence) = (SELECT min(party_id), min(first_sequence) FROM party_event"
ONE += " WHERE platform_id = {p} AND party_id = (SELECT min(party_id) FROM party_event WHERE platform_id = {p}))"


@pytest.mark.parametrize(
    ("change", "times", "expected"),
    [
        (f"DELETE FROM party_event WHERE {ONE}", 0, 1),
        (f"UPDATE party_event SET sequences = sequences || sequences[1] WHERE {ONE}", 2, 1),
        (f"UPDATE party_event SET sequences = sequences || 77000::bigint WHERE {ONE}", 1, 0),
    ],
)
async def test_an_event_that_a_party_misses_or_has_too_often_is_named(
    written: World, change: str, times: int, expected: int
) -> None:
    async with superuser(written, change.replace("{p}", str(written.platform_id))) as conn:
        report = await verify(conn)

    assert report.disagreement is not None
    assert (report.disagreement.check, report.disagreement.table) == ("events of parties", "party_event")
    assert (report.disagreement.found, report.disagreement.expected) == ({"times": times}, {"times": expected})


@pytest.mark.parametrize("change", ["UPDATE party_event SET party_id = 1", "DELETE FROM party_event"])
async def test_nobody_changes_what_a_party_finds(written: World, change: str) -> None:
    async with written.database.write(written.platform_id) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(change)


async def test_a_row_says_where_it_begins(written: World) -> None:
    async with written.database.write(written.platform_id) as conn:
        with pytest.raises(asyncpg.CheckViolationError, match="first_sequence_is_of_the_first"):
            await conn.execute("INSERT INTO party_event VALUES ($1, 1, 5, ARRAY[6, 7])", written.platform_id)
