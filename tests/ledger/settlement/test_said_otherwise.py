"""What says something else under a reference hears the same in the call that used it first and in the next one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ledger.approvals.model import Kind
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import parse_ending
from tests.ledger.settlement.deposits.telling import (
    agree,
    agreed,
    agreement,
    bill,
    cash,
    discharge,
    out,
    pay,
    payment,
    receive,
    received,
    sell,
    target,
)
from tests.ledger.settlement.receipts.telling import (
    give_back,
    match,
    match_all,
    owing,
    receipt,
    record,
    recorded,
    returning,
    said,
)
from tests.ledger.settlement.second_person import ask_a_second_person
from tests.ledger.settlement.sheets.world import TESTER, World, at

Document = dict[str, Any]
Do = Callable[..., Awaitable[list[Any]]]

pytestmark = pytest.mark.parametrize("together", [True, False])

WHOLE: list[tuple[str, str, str]] = [
    ("10.00", "", "replayed"),
    ("", "10.00", "replayed"),
    ("", "9.99", "conflict"),
    ("10.00", "9.99", "conflict"),
]


async def tell(world: World, do: Do, *documents: Document, together: bool) -> list[Any]:
    """What becomes of these in one call, or of each in one of its own."""
    calls = [documents] if together else [(document,) for document in documents]
    return [outcome for call in calls for outcome in await do(world, *call)]


async def asked(world: World) -> list[tuple[int, str]]:
    rows = await world.rows("SELECT approval_id, status FROM approval ORDER BY approval_id")
    return [(row["approval_id"], row["status"]) for row in rows]


def waits_for(outcomes: list[Any]) -> list[tuple[int | None, bool]]:
    return [(outcome.approval_id, outcome.replayed) for outcome in outcomes]


async def end(world: World, *documents: Document) -> list[Any]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_ending(document) for document in documents]
        return list(await end_agreements(conn, drafts=drafts, actor=TESTER, now=at("2020-01-10")))


async def propose(world: World, *documents: Document) -> list[Any]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_adjustment(document) for document in documents]
        return list(await propose_adjustments(conn, drafts=drafts, maker=TESTER, now=at("2020-01-10")))


@pytest.mark.parametrize(("first", "again", "answer"), WHOLE)
async def test_a_return_is_the_same_by_what_it_gives_back(
    world: World, first: str, again: str, answer: str, together: bool
) -> None:
    number = await recorded(world, receipt("10.00"))

    outcomes = await tell(world, give_back, returning(number, first), returning(number, again), together=together)

    assert said(outcomes) == ["", answer.replace("conflict", "RECEIPT_RETURN_CONFLICT")]


@pytest.mark.parametrize(("first", "again", "answer"), WHOLE)
async def test_a_match_is_the_same_by_what_it_clears(
    world: World, first: str, again: str, answer: str, together: bool
) -> None:
    sheet = await owing(world, 2_000)
    number = await recorded(world, receipt("10.00"))

    outcomes = await tell(world, match_all, match(number, sheet, first), match(number, sheet, again), together=together)

    assert said(outcomes) == ["", answer.replace("conflict", "RECEIPT_MATCH_CONFLICT")]


@pytest.mark.parametrize(("first", "again", "answer"), WHOLE)
async def test_a_claim_is_the_same_by_what_it_takes(
    world: World, first: str, again: str, answer: str, together: bool
) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    claim = out("CLAIMED", slice_id, first, party="M2")
    other = out("CLAIMED", slice_id, again, party="M2", accountCode="2010")

    outcomes = await tell(world, discharge, claim, other, together=together)

    assert said(outcomes) == ["", answer.replace("conflict", "DEPOSIT_CONFLICT")]


async def test_a_return_that_waits_is_asked_for_in_other_words_in_its_place(world: World, together: bool) -> None:
    number = await recorded(world, receipt("70.00"))
    await ask_a_second_person(world, Kind.RECEIPT_RETURN)
    first, other = returning(number, "20.00"), returning(number, "30.00")

    outcomes = await tell(world, give_back, first, other, other, together=together)

    (old, state), (new, waits) = await asked(world)
    assert (state, waits) == ("STALE", "PENDING")
    assert waits_for(outcomes) == [(old, False), (new, False), (new, True)]


async def test_a_claim_that_waits_is_asked_for_in_other_words_in_its_place(world: World, together: bool) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT)
    first, other = (out("CLAIMED", slice_id, "6.00", party="M2", **more) for more in ({}, {"reason": "Another."}))

    outcomes = await tell(world, discharge, first, other, other, together=together)

    (old, state), (new, waits) = await asked(world)
    assert (state, waits) == ("STALE", "PENDING")
    assert waits_for(outcomes) == [(old, False), (new, False), (new, True)]


async def test_an_ending_that_waits_is_asked_for_in_other_words_in_its_place(world: World, together: bool) -> None:
    await agreed(world, target("10.00"))
    await bill(world, cash("6.00"))
    await ask_a_second_person(world, Kind.DEPOSIT)
    first, other = ({"agreement": "W1", "reason": reason} for reason in ("Over.", "Another."))

    outcomes = await tell(world, end, first, other, other, together=together)

    (old, state), (new, waits) = await asked(world)
    assert (state, waits) == ("STALE", "PENDING")
    assert waits_for(outcomes) == [(old, False), (new, False), (new, True)]


async def test_a_return_for_another_reason_is_refused(world: World, together: bool) -> None:
    number = await recorded(world, receipt("10.00"))
    first, other = returning(number, "9.00"), returning(number, "9.00", reason="Not ours.")

    outcomes = await tell(world, give_back, first, other, first, together=together)

    assert said(outcomes) == ["", "RECEIPT_RETURN_CONFLICT", "replayed"]


async def test_an_ending_for_another_reason_is_refused(world: World, together: bool) -> None:
    await agreed(world, target("10.00"))
    first, other = ({"agreement": "W1", "reason": reason} for reason in ("Over.", "Another."))

    outcomes = await tell(world, end, first, first, other, first, together=together)

    assert said(outcomes) == ["", "replayed", "DEPOSIT_AGREEMENT_ENDED", "replayed"]


async def test_what_was_refused_leaves_its_reference_to_something_else(world: World, together: bool) -> None:
    sheet = await owing(world, 12_000)
    await sell(world)
    nobody = {"legalEntity": "NOBODY"}

    receipts = await tell(world, record, receipt("70.00", **nobody), receipt("70.00"), together=together)
    matches = await tell(world, match_all, match(1, sheet), match(receipts[1].receipt_id, sheet), together=together)
    number = await recorded(world, receipt("10.00", "R2"))
    returns = await tell(world, give_back, returning(number, "10.01"), returning(number, "9.00"), together=together)
    penalty = {"kind": "PENALTY", "party": "M1", "currency": "CNY", "amount": "1.00", "reason": "Late."}
    fine = {"reference": "X1", "legalEntity": "LE", **penalty}
    fines = await tell(world, propose, {**fine, **nobody}, fine, together=together)
    agreements = await tell(world, agree, target("10.00", **nobody), target("10.00"), together=together)
    came_in = await tell(world, receive, cash("10.01"), cash("10.00"), together=together)
    (slice_id,) = came_in[1].slice_ids
    claims = await tell(world, discharge, *(out("CLAIMED", slice_id, n) for n in ("10.01", "9.00")), together=together)

    assert said(receipts) == ["BOOK_MISSING", ""]
    assert said(matches) == ["RECEIPT_MISSING", ""]
    assert said(returns) == ["RECEIPT_EXCEEDED", ""]
    assert [getattr(each, "status", "refused") for each in fines] == ["refused", "POSTED"]
    assert said(agreements) == ["BOOK_MISSING", ""]
    assert said(came_in) == ["DEPOSIT_ABOVE_AGREED", ""]
    assert said(claims) == ["DEPOSIT_EXCEEDED", ""]


async def test_what_nobody_could_pay_is_refused_for_what_it_is(world: World, together: bool) -> None:
    await agreed(world, agreement())
    slice_id = await received(world, cash("10.00"))

    outcomes = await tell(world, pay, payment(slice_id), payment(slice_id, reason="Transfer 8."), together=together)

    assert said(outcomes) == ["DEPOSIT_CLAIM_MISSING"] * 2
