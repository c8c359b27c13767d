"""What was approved is what is sent: nothing that an approver saw of a payout can change, and what is outdated dies."""

from app.approving import decide_all
from ledger.approvals.model import Decision, Kind, Verdict
from ledger.journal.model import Refused
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till
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
    # It is cancelled by a person, and the next one is asked for anew, with the new account in what is shown.
    await till.cancel(first)
    (again,) = (await till.create()).created
    assert again.needs_approval
    assert [share.sheet_id for share in again.draft.shares] == [sheet]
    assert (await till.payout(again.payout_id)).digest != digest
    assert (await till.sheet_figures(other))[0] == "PAYING"
