"""What is asked for again in the same words hears what it heard first, whatever has happened since."""

from dataclasses import replace

import pytest

from ledger.approvals.model import Kind
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.model import Moved
from ledger.settlement.deposits.parsing import parse_discharge, parse_receipt
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.holds import lifting
from ledger.settlement.holds.model import Lifted
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.receipts.model import Returned
from tests.ledger.settlement.deposits import telling as deposits
from tests.ledger.settlement.deposits.telling import (
    agreed,
    agreement,
    cash,
    discharge,
    out,
    receive,
    received,
    sell,
    target,
)
from tests.ledger.settlement.holds.telling import NOW, hold, lift_all, place, release_due
from tests.ledger.settlement.receipts.telling import (
    assign,
    give_back,
    match,
    matched,
    owing,
    receipt,
    recorded,
    returning,
    said,
)
from tests.ledger.settlement.second_person import ask_a_second_person
from tests.ledger.settlement.sheets.world import TESTER, World, at


def told(outcome: Moved | Lifted | Returned | Refused) -> tuple[bool, int | None] | str:
    """Whether it is a replay, and what it waits for."""
    return outcome.error.code if isinstance(outcome, Refused) else (outcome.replayed, outcome.approval_id)


async def waiting(world: World) -> int:
    (row,) = await world.rows("SELECT approval_id FROM approval WHERE status = 'PENDING'")
    return int(row["approval_id"])


async def test_a_claim_that_waits_still_does_so_though_its_party_has_closed(world: World) -> None:
    await agreed(world, target("10.00"))
    claim = out("CLAIMED", await received(world, cash("10.00")), "3.00", party="M2")
    await ask_a_second_person(world, Kind.DEPOSIT)
    await discharge(world, claim)
    await world.close("M2")

    (again,) = await discharge(world, claim)

    assert told(again) == (True, await waiting(world))


async def test_a_claim_that_waits_still_does_so_though_the_slice_is_empty_by_now(world: World) -> None:
    await sell(world)
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT, from_amount_minor=500, currency="CNY")
    claim = out("CLAIMED", slice_id, "6.00")
    await discharge(world, claim)
    others = [parse_discharge(out("CLAIMED", slice_id, "5.00", f"N{number}")) for number in range(2)]
    async with world.database.write(world.platform_id) as conn:
        await discharge_slices(conn, drafts=others, actor=TESTER, now=NOW, is_granted=True)
    assert await world.net("2060 M1") == [0]

    (again,) = await discharge(world, claim)

    assert told(again) == (True, await waiting(world))


async def test_a_lifting_that_waits_still_does_so_though_the_hold_has_ended(world: World) -> None:
    await world.earn("M1", 10_000, "2020-01-05")
    placed = await place(world, hold("40.00", releaseRule="ON_DATE"))
    await ask_a_second_person(world, Kind.HOLD)
    step = {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed.", "amount": "30.00", "currency": "CNY"}
    await lift_all(world, step)
    assert await release_due(world, at("2026-02-02")) == 1

    (again,) = await lift_all(world, step)

    assert told(again) == (True, await waiting(world))


async def test_a_return_that_waits_still_does_so_though_the_receipt_was_matched(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("120.00"))
    await ask_a_second_person(world, Kind.RECEIPT_RETURN)
    await give_back(world, returning(number, "20.00"))
    await matched(world, match(number, sheet))

    (again,) = await give_back(world, returning(number, "20.00"))

    assert told(again) == (True, await waiting(world))


async def test_who_sees_to_a_receipt_is_said_again_though_nothing_of_it_waits(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("120.00"))
    await assign(world, {"receipt": number, "owner": "ann"})
    await matched(world, match(number, sheet))

    outcomes = await assign(world, {"receipt": number, "owner": "ann"}, {"receipt": number, "owner": "bob"})

    assert said(outcomes) == ["replayed", "RECEIPT_EMPTY"]


async def test_a_claim_by_the_same_key_for_somebody_else_is_refused(world: World) -> None:
    await sell(world)
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await discharge(world, out("CLAIMED", slice_id, "3.00", party="M2"), out("CLAIMED", slice_id, "2.00", "S2"))

    outcomes = await discharge(
        world,
        out("CLAIMED", slice_id, "3.00", party="M2"),
        out("CLAIMED", slice_id, "2.00", "S2"),
        out("CLAIMED", slice_id, "2.00", "S2", order="O2"),
    )
    others = await discharge(world, out("CLAIMED", slice_id, "3.00", party="M1"))
    others += await discharge(world, out("CLAIMED", slice_id, "3.00"))

    assert said(outcomes) == ["replayed", "replayed", "DEPOSIT_CONFLICT"]
    assert said(others) == ["DEPOSIT_CONFLICT", "DEPOSIT_CONFLICT"]
    assert await world.net("2010 M2, 2070, 2060 M1") == [300, 200, 500]


async def test_a_claim_by_the_same_key_for_another_account_of_its_party_is_refused(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    on_other = out("CLAIMED", slice_id, "3.00", party="M2", accountCode="2041")
    usual = out("CLAIMED", slice_id, "2.00", "S2", party="M2")
    await discharge(world, on_other, usual)

    outcomes = await discharge(world, on_other, usual)
    outcomes += await discharge(world, {**usual, "accountCode": "2010"})
    outcomes += await discharge(world, out("CLAIMED", slice_id, "3.00", party="M2"))
    outcomes += await discharge(world, {**usual, "accountCode": "2041"})

    assert said(outcomes) == ["replayed", "replayed", "replayed", "DEPOSIT_CONFLICT", "DEPOSIT_CONFLICT"]
    assert await world.net("2041 M2, 2010 M2, 2060 M1") == [300, 200, 500]


async def test_a_step_by_the_same_key_for_another_reason_is_refused_in_one_call_and_in_two(world: World) -> None:
    await sell(world)
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    step, other = out("FORFEITED", slice_id, "3.00"), out("FORFEITED", slice_id, "3.00", reason="Another breach.")

    outcomes = await discharge(world, step, other)
    outcomes += await discharge(world, other)
    outcomes += await discharge(world, step)

    assert said(outcomes) == ["", "DEPOSIT_CONFLICT", "DEPOSIT_CONFLICT", "replayed"]
    assert await world.net("4040, 2060 M1") == [300, 700]


async def test_a_receipt_by_the_same_key_under_another_agreement_or_day_is_refused(world: World) -> None:
    await agreed(world, target("10.00"))
    await agreed(world, target("10.00", reference="W2"))
    await receive(world, cash("4.00"))

    outcomes = await receive(world, cash("4.00"))
    for other in ({"agreement": "W2"}, {"startDate": "2020-01-11"}):
        outcomes += await receive(world, cash("4.00", **other))

    assert said(outcomes) == ["replayed", "DEPOSIT_CONFLICT", "DEPOSIT_CONFLICT"]


async def test_a_receipt_that_paid_a_bill_is_said_again(world: World) -> None:
    await agreed(world, target("10.00"))
    await deposits.bill(world, cash("6.00", "B1"))
    await receive(world, cash("8.00"))

    outcomes = [*await receive(world, cash("8.00")), *await deposits.bill(world, cash("6.00", "B1"))]

    assert said(outcomes) == ["replayed", "replayed"]


async def test_what_was_received_or_billed_before_is_said_again_to_each_of_two_who_ask_at_once(world: World) -> None:
    await agreed(world, target("10.00"))
    await deposits.bill(world, cash("6.00", "B1"))
    await receive(world, cash("8.00"))

    outcomes = await receive(world, cash("8.00"), cash("8.00"))
    outcomes += await deposits.bill(world, cash("6.00", "B1"), cash("6.00", "B1"))

    assert said(outcomes) == ["replayed"] * 4


async def test_one_value_twice_in_a_batch_is_done_once(world: World) -> None:
    await sell(world)
    await world.earn("M1", 10_000, "2020-01-05")
    await agreed(world, agreement())
    draft = parse_receipt(cash("5.00"))
    async with world.database.write(world.platform_id) as conn:
        taken = await record_cash(conn, drafts=[draft, draft], actor=TESTER, now=NOW)
    placed = await place(world, hold("40.00"))
    lift = parse_lift(
        {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed.", "amount": "10.00", "currency": "CNY"}
    )
    async with world.database.write(world.platform_id) as conn:
        lifted = await lifting.lift_holds(conn, drafts=[lift, lift], actor=TESTER, now=NOW)
    (row,) = await world.rows("SELECT slice_id FROM deposit_slice")
    claim = parse_discharge(out("CLAIMED", row["slice_id"], "1.00"))
    async with world.database.write(world.platform_id) as conn:
        claimed = await discharge_slices(conn, drafts=[claim, claim], actor=TESTER, now=NOW)

    for outcomes in (taken, lifted, claimed):
        assert said(outcomes) == ["", "replayed"]
    assert await world.net("2060 M1, 2050 M1") == [400, 3_000]


async def test_a_hold_is_not_taken_for_lifted_by_the_key_it_was_placed_with(world: World) -> None:
    await world.earn("M1", 10_000, "2020-01-05")
    placed = await place(world, hold("40.00"))

    outcomes = await lift_all(world, {"hold": placed.hold_id, "reference": "H1", "reason": "Reviewed."})

    assert said(outcomes) == ["HOLD_CONFLICT"]
    assert await world.net("2050 M1") == [4_000]


@pytest.mark.parametrize("reference", ["date", "dispute"])
def test_no_hold_is_called_as_the_steps_that_end_holds(reference: str) -> None:
    with pytest.raises(LedgerError, match="what the worker calls its own"):
        parse_hold(hold("40.00", reference))


async def test_a_hold_that_an_older_store_called_as_its_last_step_is_lifted_on_its_date(world: World) -> None:
    await world.earn("M1", 10_000, "2020-01-05")
    draft = parse_hold(hold("40.00", releaseRule="ON_DATE"))
    async with world.database.write(world.platform_id) as conn:
        (placed,) = await place_holds(conn, drafts=[replace(draft, reference="date")], actor=TESTER, now=NOW)
    assert not isinstance(placed, Refused)

    assert await release_due(world, at("2026-02-02")) == 1

    assert await world.net("2050 M1") == [0]
    assert await release_due(world, at("2026-02-03")) == 0


async def test_a_hold_of_which_somebody_lifted_a_part_as_its_last_step_in_an_older_store_ends_on_its_date(
    world: World,
) -> None:
    await world.earn("M1", 10_000, "2020-01-05")
    placed = await place(world, hold("40.00", releaseRule="ON_DATE"))
    part = parse_lift(
        {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed.", "amount": "10.00", "currency": "CNY"}
    )
    async with world.database.write(world.platform_id) as conn:
        await lifting.lift_holds(conn, drafts=[replace(part, reference="date")], actor=TESTER, now=NOW)

    assert await release_due(world, at("2026-02-02")) == 1

    assert await world.net("2050 M1") == [0]
    assert await release_due(world, at("2026-02-03")) == 0
