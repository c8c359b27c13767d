"""What is claimed of deposits for the buyers of orders is paid to them, whole and once."""

import asyncio
import json

import asyncpg
import pytest

from ledger.errors import InvalidInput
from ledger.journal.model import Refused
from ledger.settlement.deposits.model import Moved
from ledger.settlement.deposits.parsing import parse_claim_payment
from ledger.settlement.deposits.paying import Outcome
from tests.ledger.settlement.deposits.telling import (
    agree,
    agreed,
    agreement,
    cash,
    discharge,
    out,
    pay,
    payment,
    receive,
    received,
    retain,
    slices,
    target,
)
from tests.ledger.settlement.sheets.world import World

STEPS = """
    SELECT m.kind, m.amount_minor, m.reference, m.reason, m.sequence FROM deposit_movement AS m ORDER BY m.sequence
"""
ENTRY = """
    SELECT e.template, e.document, e.description, a.code, l.side, l.amount, a.currency, b.reference AS book
    FROM entry AS e INNER JOIN line AS l USING (platform_id, sequence)
    INNER JOIN account AS a USING (platform_id, account_id) INNER JOIN book AS b ON b.book_id = a.book_id
    WHERE e.template = 'DEPOSIT_CLAIM_PAID' ORDER BY e.sequence, l.position
"""
EVENT = "SELECT v.subject, v.payload, v.actor FROM log_event AS v WHERE v.kind = 'deposit.claim_paid'"


def codes(outcomes: list[Outcome]) -> list[str]:
    return [outcome.error.code if isinstance(outcome, Refused) else "" for outcome in outcomes]


@pytest.fixture
async def slice_id(world: World) -> int:
    """10.00 in cash, of which 4.00 were claimed for the buyers of O1."""
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("10.00"))
    await discharge(world, out("CLAIMED", slice_id, "4.00"))
    return slice_id


async def test_a_claim_is_paid_out_of_the_bank_and_the_slice_stands_as_before(world: World, slice_id: int) -> None:
    assert await world.net("2070, 1010, 2060 M1") == [400, -1_000, 600]

    (paid,) = await pay(world, payment(slice_id))

    assert paid == Moved((slice_id,), 400, (await world.rows(STEPS))[-1]["sequence"], False)
    assert await world.net("2070, 1010, 2060 M1") == [0, -600, 600]
    assert await slices(world) == [(1_000, 0, 400, 0, 0, "HELD")]
    assert tuple((await world.rows(STEPS))[-1])[:4] == ("CLAIM_PAID", 400, "S1", "Transfer 7.")
    said = ("DEPOSIT_CLAIM_PAID", f"deposit/{slice_id}", "Transfer 7.")
    assert [tuple(row) for row in await world.rows(ENTRY)] == [
        (*said, "2070", "D", 400, "CNY", "LE"),
        (*said, "1010", "C", 400, "CNY", "LE"),
    ]
    (event,) = await world.rows(EVENT)
    told = json.loads(event["payload"])
    assert event["subject"] == f"deposit/{slice_id}"
    assert (told["step"], told["amount"], told["currency"], told["left"]) == ("CLAIM_PAID", "4.00", "CNY", "6.00")
    assert (told["order"], told["legalEntity"], told["why"]) == ("O1", "LE", "Transfer 7.")


async def test_the_same_payment_again_is_a_replay_and_another_one_is_refused(world: World, slice_id: int) -> None:
    first, same, other = await pay(world, payment(slice_id), payment(slice_id), payment(slice_id, reason="Transfer 8."))
    again, twice = await pay(world, payment(slice_id), payment(slice_id, reason="Transfer 8."))

    assert isinstance(first, Moved)
    assert same == again == Moved((slice_id,), 400, first.sequence, True)
    assert codes([other, twice]) == ["DEPOSIT_CLAIM_CONFLICT"] * 2
    assert await world.net("2070, 1010") == [0, -600]
    assert len(await world.rows(EVENT)) == 1


async def test_what_is_no_claim_for_buyers_is_not_paid(world: World, slice_id: int) -> None:
    await discharge(
        world, out("CLAIMED", slice_id, "1.00", "party", party="M2"), out("FORFEITED", slice_id, "1.00", "f")
    )

    outcomes = await pay(
        world,
        payment(999_999),
        payment(slice_id, "none"),
        payment(slice_id, "f"),
        payment(slice_id, "party"),
        payment(slice_id),
    )

    assert codes(outcomes) == [
        "DEPOSIT_SLICE_MISSING",
        "DEPOSIT_CLAIM_MISSING",
        "DEPOSIT_CLAIM_MISSING",
        "DEPOSIT_CLAIM_OF_PARTY",
        "",
    ]
    assert await world.net("2070, 1010, 2010 M2") == [0, -600, 100]


async def test_a_claim_of_nothing_in_the_bank_waits_and_its_neighbour_is_paid(world: World) -> None:
    await agree(world, agreement(), target("100.00", reference="W2", role="SUPPLIER"))
    await world.earn("M1", 10_000, "2019-12-15")
    await world.settle("2020-01-02")
    (sheet,) = [each for each in await world.sheets("M1") if each.total]
    (withheld,) = await retain(world, sheet.sheet_id)
    held = await received(world, cash("3.00", agreement="W2"))
    await discharge(world, out("CLAIMED", withheld, "5.00"), out("CLAIMED", held, "2.00"))

    large, small = await pay(world, payment(withheld), payment(held))

    assert codes([large, small]) == ["BALANCE_FLOOR", ""]
    assert await world.net("2070, 1010") == [500, -100]
    await receive(world, cash("10.00", "R2", agreement="W2"))
    assert codes(await pay(world, payment(withheld))) == [""]
    assert await world.net("2070, 1010") == [0, -600]


async def test_two_who_pay_a_claim_at_once_pay_it_once(world: World, slice_id: int) -> None:
    outcomes = await asyncio.gather(*(pay(world, payment(slice_id)) for _ in range(4)))

    paid = [outcome for (outcome,) in outcomes if isinstance(outcome, Moved)]
    assert sorted(each.replayed for each in paid) == [False, True, True, True]
    assert {each.sequence for each in paid} == {paid[0].sequence}
    assert await world.net("2070, 1010") == [0, -600]


def test_a_payment_names_its_claim_and_says_how() -> None:
    for document in ({"slice": 1, "claim": "", "reason": "x"}, {"slice": 1, "claim": "S1", "reason": ""}):
        with pytest.raises(InvalidInput):
            parse_claim_payment(document)


PAY = """
    INSERT INTO deposit_movement (
        platform_id, slice_id, sequence, amount_minor, moved_at, kind, reference, reason, actor{more}
    )
    SELECT platform_id, slice_id, {sequence}, {amount}, now(), 'CLAIM_PAID', '{claim}', 'x', 'x'{value}
    FROM deposit_movement WHERE kind = 'CLAIMED' AND reference = 'S1'
"""


def insert(claim: str = "S1", amount: int = 400, sequence: str = "1", more: str = "", value: str = "") -> str:
    return PAY.format(claim=claim, amount=amount, sequence=sequence, more=more, value=value)


LAWS = [
    ("DEPOSIT_NOT_POSTED", insert()),
    ("DEPOSIT_NOT_POSTED", insert(sequence="sequence + 1")),
    ("CLAIM_NOT_OWED", insert(claim="other")),
    ("CLAIM_NOT_OWED", insert(claim="party", amount=100)),
    ("CLAIM_NOT_OWED", insert(amount=399)),
    ("CLAIM_NOT_OWED", insert(amount=401)),
    (
        "buyers_are_no_party",
        insert(more=", counterparty_id", value=", (SELECT p.party_id FROM party AS p WHERE p.reference = 'M2')"),
    ),
]


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_payments_that_are_of_no_claim(
    world: World, slice_id: int, law: str, statement: str
) -> None:
    await discharge(world, out("CLAIMED", slice_id, "1.00", "party", party="M2"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


async def test_the_database_lets_a_claim_be_paid_once(world: World, slice_id: int) -> None:
    await pay(world, payment(slice_id))

    with pytest.raises(asyncpg.UniqueViolationError, match="slice_moves_once"):
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(insert(sequence="sequence + 99"))


async def test_the_database_refuses_a_claim_for_buyers_that_went_elsewhere(world: World, slice_id: int) -> None:
    await discharge(world, out("CLAIMED", slice_id, "1.00", "party", party="M2"))
    script = """
        INSERT INTO deposit_movement (
            platform_id, slice_id, sequence, amount_minor, moved_at, kind, reference, reason, actor
        )
        SELECT platform_id, {slice}, sequence, amount_minor, now(), 'CLAIMED', 'again', 'x', 'x'
        FROM deposit_movement WHERE reference = 'party'
    """
    other = await received(world, cash("10.00", "R2"))

    with pytest.raises(asyncpg.PostgresError, match="DEPOSIT_NOT_POSTED"):
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(script.format(slice=other))
