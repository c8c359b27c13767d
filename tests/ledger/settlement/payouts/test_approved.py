"""What was approved is what is sent: nothing that an approver saw of a payout can change, and what is outdated dies."""

import json

import pytest

from app.approving import decide_all, resubmit_one
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decision, Kind, Verdict
from ledger.journal.model import Refused
from ledger.settlement.payouts.creating import preview_payouts
from ledger.settlement.payouts.model import AnswerKind
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person


async def test_nothing_can_be_held_or_retained_of_what_a_payout_that_waits_for_approval_has_claimed(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    before = await till.payout(payout)

    async with till.database.write(till.platform_id) as conn:
        takes = [Take(sheet, kind, 1, "hold/1") for kind in (MovementKind.HELD, MovementKind.RETAINED)]
        outcomes = await take_from_sheets(conn, takes=takes, actor=ACTOR, now=till.now)

    assert codes(outcomes) == ["SHEET_PAYABLE_EXCEEDED"] * 2
    assert await till.payout(payout) == before
    (row,) = await till.market.rows("SELECT status, digest, amount_minor FROM approval")
    assert tuple(row) == ("PENDING", before.digest, 50_00)


async def test_an_approval_of_a_payout_dies_with_the_account_that_it_was_to_go_to(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    sheet = await till.sheet("M1", 50_00)
    other = await till.sheet("D1", 10_00, role="DISTRIBUTOR")
    first, kept = [created.payout_id for created in (await till.create()).created]
    approval, digest = (await till.payout(first)).approval_id or 0, (await till.payout(first)).digest

    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")

    rows = await till.market.rows("SELECT subject, status FROM approval ORDER BY approval_id")
    assert [tuple(row) for row in rows] == [(f"payout/{first}", "STALE"), (f"payout/{kept}", "PENDING")]
    decision = Decision(approval, digest, Verdict.APPROVE, "too late")
    (outcome,) = await decide_all(till.database, till.platform_id, [decision], actor=CHECKER, now=till.now)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "APPROVAL_CLOSED"
    assert [(each.payout_id, each.reason) for each in (await till.submit()).waiting] == [
        (first, "PAYEE_ACCOUNT_RETIRED"),
        (kept, "APPROVAL_PENDING"),
    ]
    async with till.database.write(till.platform_id) as conn:
        with pytest.raises(ApprovalStale):
            await resubmit_one(conn, approval, ACTOR, till.now)
    # It is cancelled by a person, and the next one is asked for anew, with the new account in what is shown.
    await till.cancel(first)
    (again,) = (await till.create()).created
    assert again.needs_approval
    assert [share.sheet_id for share in again.draft.shares] == [sheet]
    assert (await till.payout(again.payout_id)).digest != digest
    assert (await till.sheet_figures(other))[0] == "PAYING"


async def test_no_sheet_is_paid_in_parts_past_those_who_have_to_agree_to_so_much(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT, currency="CNY", from_amount_minor=100_00)
    sheet = await till.sheet("M1", 150_00)
    await hold(till, sheet, 60_00)

    async with till.database.read(till.platform_id) as conn:
        (previewed,) = (await preview_payouts(conn, through=None, now=till.now)).created
    first = await till.create_one()
    await hold(till, sheet, -60_00)
    assert (await till.create()).created == ()
    await till.cancel(first.payout_id)
    await hold(till, sheet, 90_00)
    second = await till.create_one()

    assert [each.draft.net for each in (previewed, first, second)] == [90_00, 90_00, 60_00]
    assert [each.needs_approval for each in (previewed, first, second)] == [True] * 3
    assert await asked(till) == [150_00] * 2


async def test_what_has_arrived_of_a_sheet_counts_no_more_and_what_came_back_does(till: Till):
    await till.pay_from(step_minor=80_00)
    await ask_a_second_person(till.market, Kind.PAYOUT, currency="CNY", from_amount_minor=100_00)
    first, second = await till.sheet("M1", 90_00), await till.sheet("D1", 90_00, role="DISTRIBUTOR")
    for created in (await till.create()).created:
        await till.pay(created.payout_id)
    await till.sheet("M1", 70_00)
    await till.sheet("D1", 70_00, role="DISTRIBUTOR")
    (returned,) = await till.market.rows("SELECT payout_id FROM payout_sheet WHERE sheet_id = $1", second)
    await till.answer(AnswerKind.RETURNED, returned["payout_id"])

    run = await till.create()

    assert [(each.draft.shares[0].sheet_id, each.needs_approval) for each in run.created] == [
        (first, False),
        (second, True),
    ]
    assert await asked(till) == [160_00]


async def test_tax_and_the_banks_fee_take_no_payout_past_those_who_have_to_agree(till: Till):
    await till.pay_from(fee_minor=1_00)
    await ask_a_second_person(till.market, Kind.PAYOUT, currency="CNY", from_amount_minor=100_00)
    await till.sheet("M1", 100_00)

    created = await till.create_one()

    assert (created.draft.net, created.needs_approval) == (99_00, True)
    (row,) = await till.market.rows("SELECT content, amount_minor FROM approval")
    said = json.loads(row["content"])
    assert (said["netMinor"], said["feeMinor"], said["dueDate"], row["amount_minor"]) == (
        99_00,
        1_00,
        TODAY.isoformat(),
        100_00,
    )


async def hold(till: Till, sheet: int, amount: int) -> None:
    async with till.database.write(till.platform_id) as conn:
        take = Take(sheet, MovementKind.HELD, amount, "hold/1")
        outcomes = await take_from_sheets(conn, takes=[take], actor=ACTOR, now=till.now)
    assert codes(outcomes) == [""]


async def asked(till: Till) -> list[int]:
    return [row["amount_minor"] for row in await till.market.rows("SELECT amount_minor FROM approval")]
