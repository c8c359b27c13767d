"""Receipts against entries and sheets: what the program wrote agrees, and what was changed is named."""

import pytest

from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.ledger.settlement.receipts.telling import (
    give_back,
    match,
    matched,
    owing,
    receipt,
    recorded,
    returning,
    tolerate,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World
from tests.ledger.verify.test_verify import superuser


@pytest.fixture(scope="module")
async def world(database: Database) -> World:
    """Three receipts, four matches of two sheets, one of them undone, one with a rest; a part of one given back."""
    world = await World.open(database)
    assert isinstance(world, World)
    sheet, other = await owing(world, 12_000), await owing(world, 4_000, party="M2")
    first = await recorded(world, receipt("70.00"))
    second = await recorded(world, receipt("60.00", "R2"))
    await matched(world, match(first, sheet))
    await matched(world, match(second, other, "10.00", "T2"))
    step = await matched(world, match(second, sheet, reference="T3"))
    await unmatch(world, step.match.match_id)
    await tolerate(world, "0.10")
    third = await recorded(world, receipt("49.95", "R3"))
    await matched(world, match(third, sheet, reference="T4", clearRest=True))
    await give_back(world, returning(second, "5.00"))
    return world


async def test_what_the_program_wrote_agrees(world: World) -> None:
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


TAMPERINGS = {
    "what came in": ("UPDATE receipt SET amount_minor = 7001 WHERE reference = 'R1'", "receipt", "receipts"),
    "what is matched": ("UPDATE receipt SET matched_minor = 999 WHERE reference = 'R2'", "receipt", "receipts"),
    "of whom it is": ("UPDATE receipt SET book_id = book_id + 1 WHERE reference = 'R2'", "receipt", "receipts"),
    "a receipt that is gone": ("DELETE FROM receipt WHERE reference = 'R1'", "receipt", "receipts"),
    "a match": (
        "UPDATE receipt_match SET amount_minor = 1001 WHERE reference = 'T2'",
        "receipt_match",
        "receipts",
    ),
    "a match that is gone": ("DELETE FROM receipt_match WHERE reference = 'T2'", "receipt_match", "receipts"),
    "a rest that an undoing is said to have given back": (
        "UPDATE receipt_unmatch SET rest_sequence = 0 WHERE rest_sequence IS NULL",
        "receipt_unmatch",
        "what was told of receipts",
    ),
    "an undoing that is gone": ("DELETE FROM receipt_unmatch", "receipt_match", "receipts"),
    "what was given back": ("UPDATE receipt SET returned_minor = 499 WHERE reference = 'R2'", "receipt", "receipts"),
    "a return": ("UPDATE receipt_return SET amount_minor = 499", "receipt_return", "receipts"),
    "a return that is gone": ("DELETE FROM receipt_return", "receipt_return", "receipts"),
    "a rest": (
        "UPDATE receipt_match SET rest_minor = 4 WHERE reference = 'T4'",
        "receipt_match",
        "matches of receipts",
    ),
    "when it was collected": (
        "UPDATE sheet_movement SET moved_at = moved_at - interval '1 s' WHERE kind = 'WRITTEN_OFF'",
        "sheet_movement",
        "what was taken of sheets",
    ),
    "whose debt it cleared": (
        "UPDATE receipt_match AS m SET sheet_id = o.sheet_id FROM receipt_match AS o"
        " WHERE m.reference = 'T2' AND o.reference = 'T1'",
        "receipt_match",
        "matches of receipts",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_the_tampered_document_is_named(world: World, tampering: str) -> None:
    statement, table, check = TAMPERINGS[tampering]

    async with superuser(world, statement) as conn:
        found = (await verify(conn)).disagreement

    assert found is not None
    assert (found.table, found.check) == (table, check), found.sentence
    assert repr(found.found) != repr(found.expected)  # as said to people: 0 is not False
