"""Where a flow asks for it, a hold moves nothing before somebody else agrees."""

import json
from dataclasses import replace

import pytest

from ledger.approvals.model import Kind, Verdict
from ledger.approvals.requesting import request_approvals
from ledger.settlement.holds.applying import apply_holds
from ledger.settlement.holds.asking import draft_request
from ledger.settlement.holds.errors import HoldExceeded, HoldExceedsPayable
from ledger.settlement.holds.model import Lifted, Placed
from ledger.settlement.holds.parsing import parse_hold
from tests.ledger.charging.market import ACTOR, Market
from tests.ledger.outcomes import codes
from tests.ledger.settlement.holds.telling import HOLDS, NOW, hold, lift, lift_all_of, place, place_all_of
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide

STANDS = "2010 M1, 2050 M1"


async def test_a_hold_waits_until_it_is_granted(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD)

    waiting = await place(market, hold("50.00"))
    again = await place(market, hold("50.00"))

    assert (waiting.hold_id, waiting.sequence, waiting.replayed) == (None, 0, False)
    assert (again.approval_id, again.replayed) == (waiting.approval_id, True)
    assert await market.net(STANDS) == [8_190, 0]
    await let_decide(market, waiting.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [3_190, 5_000]
    placed = await place(market, hold("50.00"))
    assert placed.replayed
    assert placed.hold_id is not None


async def test_nobody_is_asked_for_a_hold_of_more_than_is_there(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD, from_amount_minor=5_000, currency="CNY")

    outcomes = await place_all_of(
        market, [hold("81.91"), hold("60.00", "H2"), hold("40.00", "H3"), hold("60.00", "H4")], together=True
    )

    # What waits leaves its money there, what goes on at once takes it.
    assert codes(outcomes) == ["HOLD_EXCEEDS_PAYABLE", "", "", "HOLD_EXCEEDS_PAYABLE"]
    assert [each.approval_id is not None for each in outcomes if isinstance(each, Placed)] == [True, False]
    assert [status for _, status in await asked(market)] == ["PENDING"]
    assert await market.net(STANDS) == [4_190, 4_000]


async def test_a_hold_that_waits_still_does_so_though_its_money_is_gone(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD, from_amount_minor=6_000, currency="CNY")
    waiting = await place(market, hold("60.00"))
    await place(market, hold("50.00", "H2"))

    (again, more) = await place_all_of(market, [hold("60.00"), hold("70.00")], together=True)

    assert again == replace(waiting, replayed=True)
    assert codes([more]) == ["HOLD_EXCEEDS_PAYABLE"]
    assert [status for _, status in await asked(market)] == ["PENDING"]


async def test_a_hold_that_is_refused_is_none(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD)
    waiting = await place(market, hold("50.00"))

    await let_decide(market, waiting.approval_id, apply_holds, now=NOW, verdict=Verdict.REJECT)

    assert await market.rows(HOLDS) == []


async def test_lifting_waits_too(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    await ask_a_second_person(market, Kind.HOLD)

    waiting = await lift(market, placed.hold_id, "20.00")

    assert (waiting.amount, waiting.left, waiting.sequence) == (0, 5_000, 0)
    await let_decide(market, waiting.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [5_190, 3_000]


@pytest.mark.parametrize("together", [True, False])
async def test_a_hold_that_waits_is_asked_for_in_other_words_in_its_place_in_one_call_and_in_two(
    market: Market, together: bool
) -> None:
    await ask_a_second_person(market, Kind.HOLD)

    outcomes = await place_all_of(market, [hold("50.00"), hold("40.00"), hold("40.00")], together=together)

    first, second, again = [outcome for outcome in outcomes if isinstance(outcome, Placed)]
    assert [each.replayed for each in (first, second, again)] == [False, False, True]
    assert again.approval_id == second.approval_id
    assert await asked(market) == [(first.approval_id, "STALE"), (second.approval_id, "PENDING")]
    await let_decide(market, second.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [4_190, 4_000]


@pytest.mark.parametrize("together", [True, False])
async def test_a_lifting_that_waits_is_asked_for_in_other_words_in_its_place_in_one_call_and_in_two(
    market: Market, together: bool
) -> None:
    placed = await place(market, hold("50.00"))
    await ask_a_second_person(market, Kind.HOLD)
    step = {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed."}
    other = {**step, "reason": "Another."}
    whole = {**other, "amount": "50.00", "currency": "CNY"}

    outcomes = await lift_all_of(market, [step, other, whole], together=together)

    first, second, again = [outcome for outcome in outcomes if isinstance(outcome, Lifted)]
    assert [each.replayed for each in (first, second, again)] == [False, False, True]
    assert again.approval_id == second.approval_id
    assert await asked(market) == [(first.approval_id, "STALE"), (second.approval_id, "PENDING")]
    await let_decide(market, second.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [8_190, 0]


async def test_a_hold_that_is_called_as_the_lifting_of_another_takes_nothing_from_it(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    await ask_a_second_person(market, Kind.HOLD)
    document = hold("10.00", f"{placed.hold_id}/lift/L1")

    named = await place(market, document)
    lifting = await lift(market, placed.hold_id, "20.00", "L1")
    again = await place(market, document)

    assert again == replace(named, replayed=True)
    assert await asked(market) == [(named.approval_id, "PENDING"), (lifting.approval_id, "PENDING")]
    await let_decide(market, lifting.approval_id, apply_holds, now=NOW)
    await let_decide(market, named.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [4_190, 4_000]


async def test_a_hold_that_waits_in_an_older_store_by_the_name_of_a_lifting_still_does_so(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD)
    rows = await market.rows("SELECT party_id FROM party WHERE reference IN ('LE', 'M1') ORDER BY reference")
    book_id, party_id = [row["party_id"] for row in rows]
    request = draft_request(parse_hold(hold("10.00", "5/lift/L1")), book_id=book_id, party_id=party_id)
    async with market.database.write(market.platform_id) as conn:
        older = replace(request, subject="hold/5/lift/L1")
        (waiting,) = await request_approvals(conn, requests=[older], maker=ACTOR, now=NOW)

    again = await place(market, hold("10.00", "5/lift/L1"))

    assert (again.approval_id, again.replayed) == (waiting.approval_id, True)
    await let_decide(market, waiting.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [7_190, 1_000]


async def asked(market: Market) -> list[tuple[int, str]]:
    rows = await market.rows("SELECT approval_id, status FROM approval ORDER BY approval_id")
    return [(row["approval_id"], row["status"]) for row in rows]


async def test_a_hold_is_not_lifted_in_parts_past_those_who_have_to_agree_to_so_much(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    await ask_a_second_person(market, Kind.HOLD, from_amount_minor=4_000, currency="CNY")

    small = await lift(market, placed.hold_id, "39.99")
    waiting = await lift(market, placed.hold_id, "0.01", "L2")
    again = await lift(market, placed.hold_id, "0.01", "L2")

    assert (small.approval_id, small.left) == (None, 1_001)
    assert waiting.approval_id is not None
    assert (again.approval_id, again.replayed) == (waiting.approval_id, True)
    (asked,) = await market.rows("SELECT amount_minor, content FROM approval")
    assert (asked["amount_minor"], json.loads(asked["content"])["amount"]) == (4_000, "0.01")
    await let_decide(market, waiting.approval_id, apply_holds, now=NOW)
    assert await market.net(STANDS) == [7_190, 1_000]


async def test_who_agrees_to_lift_all_of_a_hold_agrees_to_what_it_held_when_he_was_asked(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    await ask_a_second_person(market, Kind.HOLD)
    whole = await lift(market, placed.hold_id)
    part = await lift(market, placed.hold_id, "20.00", "L2")
    await let_decide(market, part.approval_id, apply_holds, now=NOW)

    with pytest.raises(HoldExceeded):
        await let_decide(market, whole.approval_id, apply_holds, now=NOW)

    assert await market.net(STANDS) == [5_190, 3_000]


async def test_what_was_granted_is_judged_by_what_is_there_then(market: Market) -> None:
    await ask_a_second_person(market, Kind.HOLD, from_amount_minor=6_000, currency="CNY")
    waiting = await place(market, hold("60.00"))
    await place(market, hold("50.00", "H2"))

    with pytest.raises(HoldExceedsPayable):
        await let_decide(market, waiting.approval_id, apply_holds, now=NOW)

    assert await market.net(STANDS) == [3_190, 5_000]
    (status,) = await market.rows("SELECT status FROM approval")
    assert status["status"] == "PENDING"
