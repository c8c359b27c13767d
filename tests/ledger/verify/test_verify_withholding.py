"""Holds, deposits and adjustments against entries: what the program wrote agrees, and what was changed is named."""

import pytest

from ledger.db.connecting import Database
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import parse_ending
from ledger.verify.verifying import verify
from tests.ledger.settlement.deposits.telling import (
    agree,
    agreement,
    bill,
    cash,
    discharge,
    out,
    pay,
    payment,
    received,
    retain,
    sell,
)
from tests.ledger.settlement.deposits.telling import target as a_target
from tests.ledger.settlement.holds.telling import hold, lift, place
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.ledger.verify.test_verify import superuser


@pytest.fixture(scope="module")
async def world(database: Database) -> World:
    """Two holds, a slice of a sheet, one of cash, one that is billed, two adjustments."""
    world = await World.open(database)
    assert isinstance(world, World)
    await sell(world)
    await agree(world, agreement())
    await world.earn("M1", 10_000, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    await retain(world, sheet.sheet_id)
    await agree(world, a_target("100.00", reference="W2"))
    slice_id = await received(world, cash("30.00", agreement="W2"))
    await bill(world, cash("20.00", "B1", agreement="W2"))
    await agree(world, agreement("W3", party="M2"))
    drafts = [parse_ending({"agreement": "W3", "reason": "Over."})]
    async with world.database.write(world.platform_id) as conn:
        await end_agreements(conn, drafts=drafts, actor=TESTER, now=at("2026-01-03"))
    await discharge(world, out("CLAIMED", slice_id, "1.00"), out("RELEASED", slice_id, "2.00"))
    await discharge(world, out("CLAIMED", slice_id, "3.00", "S2"))
    await pay(world, payment(slice_id))
    await world.earn("M1", 5_000, "2026-01-03")
    await place(world, hold("10.00", "H1", sheet=sheet.sheet_id))
    placed = await place(world, hold("20.00", "H2"))
    await lift(world, placed.hold_id, "5.00")
    said = {"kind": "PENALTY", "party": "M1", "legalEntity": "LE", "currency": "CNY", "reason": "Late."}
    drafts = [parse_adjustment({**said, "reference": name, "amount": "1.00"}) for name in ("X1", "X2")]
    async with world.database.write(world.platform_id) as conn:
        await propose_adjustments(conn, drafts=drafts, maker=TESTER, now=at("2026-01-05"))
    return world


async def test_what_the_program_wrote_agrees(world: World) -> None:
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


MORE = "principal_minor = principal_minor + 1"
TAMPERINGS = {
    "what a hold took": ("UPDATE hold SET amount_minor = 1999 WHERE reference = 'H2'", "hold", "placed"),
    "what it gave back": ("UPDATE hold SET lifted_minor = 501 WHERE reference = 'H2'", "hold", "lifted"),
    "whose it is": ("UPDATE hold SET party_id = party_id + 1", "hold", "held"),
    "a step of a hold": ("UPDATE hold_movement SET amount_minor = 1 WHERE kind = 'LIFTED'", "hold_movement", "lifted"),
    "what a slice had": (f"UPDATE deposit_slice SET {MORE} WHERE sheet_id > 0", "deposit_slice", "principal"),
    "what is billed": (
        "UPDATE deposit_slice SET due_minor = due_minor - 1 WHERE status = 'DUE'",
        "deposit_slice",
        "due",
    ),
    "what was claimed": (
        "UPDATE deposit_slice SET claimed_minor = 399, released_minor = 201 WHERE claimed_minor > 0",
        "deposit_slice",
        "claimed",
    ),
    "whose deposit it is": (
        "UPDATE deposit_slice SET party_id = party_id + 1 WHERE sheet_id > 0",
        "deposit_slice",
        "left",
    ),
    "a step of a slice": (
        "UPDATE deposit_movement SET amount_minor = 7 WHERE kind = 'CLAIMED'",
        "deposit_movement",
        "left",
    ),
    "what was paid to buyers": (
        "UPDATE deposit_movement SET amount_minor = 99 WHERE kind = 'CLAIM_PAID'",
        "deposit_movement",
        "paid",
    ),
    "for which order it was claimed": (
        "UPDATE deposit_movement SET order_reference = 'O2' WHERE kind = 'CLAIMED' AND reference = 'S2'",
        "deposit_movement",
        "order",
    ),
    "for which order it was paid": (
        "UPDATE deposit_movement SET order_reference = '' WHERE kind = 'CLAIM_PAID'",
        "deposit_movement",
        "order",
    ),
    "that it was paid": ("DELETE FROM deposit_movement WHERE kind = 'CLAIM_PAID'", "deposit_movement", "paid"),
    "which claim was paid": (
        "UPDATE deposit_movement SET reference = 'S2' WHERE kind = 'CLAIM_PAID'",
        "deposit_movement",
        "of claims",
    ),
    "how it was paid": (
        "UPDATE deposit_movement SET reason = 'x' WHERE kind = 'CLAIM_PAID'",
        "deposit_movement",
        "reason",
    ),
    "when a hold was placed": (
        "UPDATE hold_movement SET moved_at = moved_at - interval '1 s' WHERE kind = 'PLACED'",
        "hold_movement",
        "moved_at",
    ),
    "when something was retained": (
        "UPDATE deposit_movement SET moved_at = moved_at - interval '1 s' WHERE kind = 'RETAINED'",
        "deposit_movement",
        "moved_at",
    ),
    "when it was taken of the sheet": (
        "UPDATE sheet_movement SET moved_at = moved_at - interval '1 s' WHERE kind = 'RETAINED'",
        "sheet_movement",
        "at",
    ),
    "at which rate it is agreed": (
        "UPDATE deposit_agreement SET rate = '0.2' WHERE reference = 'W3'",
        "deposit_agreement",
        "rate",
    ),
    "when an agreement ended": (
        "UPDATE deposit_agreement SET ended_at = ended_at - interval '1 s' WHERE reference = 'W3'",
        "deposit_agreement",
        "ended_at",
    ),
    "who ended it": (
        "UPDATE deposit_agreement SET ended_by = 'x' WHERE reference = 'W3'",
        "deposit_agreement",
        "ended_by",
    ),
    "that it ended": (
        "UPDATE deposit_agreement SET ended_at = NULL, ended_by = NULL, end_reason = NULL WHERE reference = 'W3'",
        "deposit_agreement",
        "ended_at",
    ),
    "for whom it was claimed": (
        "UPDATE deposit_movement SET counterparty_id = 2 WHERE kind = 'CLAIMED' AND reference = 'S2'",
        "deposit_movement",
        "claimed",
    ),
    "what was adjusted": ("UPDATE adjustment SET amount_minor = 101 WHERE reference = 'X1'", "adjustment", "amount"),
    "who was adjusted": ("UPDATE adjustment SET debit_code = '2020' WHERE reference = 'X1'", "adjustment", "from"),
    "which entry it is": ("UPDATE adjustment SET sequence = 1 WHERE reference = 'X1'", "adjustment", "entry"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_the_tampered_document_is_named(world: World, tampering: str) -> None:
    statement, table, figure = TAMPERINGS[tampering]

    async with superuser(world, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence
    assert isinstance(disagreement.found, dict)
    assert isinstance(disagreement.expected, dict)
    assert disagreement.found[figure] != disagreement.expected[figure]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM hold WHERE reference = 'H1'", "hold"),
        ("DELETE FROM deposit_slice WHERE status = 'DUE'", "deposit_slice"),
        ("DELETE FROM adjustment WHERE reference = 'X2'", "adjustment"),
        (
            "UPDATE sheet_movement SET reference = 'hold/' || (SELECT max(h.hold_id) FROM hold AS h)"
            " WHERE kind = 'HELD'",
            "sheet_movement",
        ),
        ("UPDATE adjustment SET status = 'PROPOSED', sequence = NULL, decided_at = NULL", "adjustment"),
    ],
)
async def test_a_missing_document_is_named(world: World, statement: str, table: str) -> None:
    async with superuser(world, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence
