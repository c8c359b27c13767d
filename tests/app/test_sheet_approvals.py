"""Sheets and the approvals they wait for: granted, refused, overtaken; overrides and write-offs by two persons."""

from decimal import Decimal

import pytest

from app.approving import Withdrawal, decide_all, withdraw_one
from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.model import ANY_OPERATOR, Decision, Kind, Step, Verdict
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.model import AgreementDraft, Basis, DepositKind, Release, Shortfall
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.model import HoldDraft, Placed, Reason, ReleaseRule
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.sheets.approving import (
    request_invoice_override,
    request_sheet_approval,
    request_write_off,
)
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from ledger.settlement.sheets.writing_off import collect_sheet
from ledger.verify.verifying import verify
from tests.ledger.settlement.holds.telling import lift
from tests.ledger.settlement.receipts.telling import match, match_all, matched, receipt, recorded, unmatch
from tests.ledger.settlement.sheets.world import World, at

NOW = at("2024-07-02")
ANN, BOB, CLEO = Actor("ann"), Actor("bob"), Actor("cleo")


@pytest.fixture
async def world(database: Database) -> World:
    """Ann, Bob and Cleo are operators."""
    world = await World.open(database)
    assert isinstance(world, World)
    async with database.write(world.platform_id) as conn:
        for actor in (ANN, BOB, CLEO):
            await keys.create_key(conn, role=Role.OPERATOR, name=actor.name, pepper=b"p", now=NOW, party_id=None)
    return world


async def need_approval(world: World, *, of: Kind = Kind.SHEET, steps: int = 1, from_amount_minor: int = 0) -> None:
    asked = (Step((ANY_OPERATOR,)),) * steps
    async with world.database.write(world.platform_id) as conn:
        draft = FlowDraft(
            of,
            "flow",
            asked,
            currency="CNY" if from_amount_minor else None,
            from_amount_minor=from_amount_minor,
        )
        await define_flow(conn, draft=draft, actor=ANN, now=NOW)


async def need_approval_no_more(world: World) -> None:
    """Ann and Bob retire the flow for sheets."""
    draft = FlowDraft(Kind.SHEET, "flow", (Step((ANY_OPERATOR,)),), is_retired=True)
    async with world.database.write(world.platform_id) as conn:
        await define_flow(conn, draft=draft, actor=ANN, now=NOW)
    (row,) = await world.rows("SELECT approval_id, digest FROM approval WHERE kind = 'FLOW_DEFINITION'")
    decision = Decision(row["approval_id"], row["digest"], Verdict.APPROVE, "")
    (outcome,) = await decide_all(world.database, world.platform_id, [decision], actor=BOB, now=NOW)
    assert not isinstance(outcome, Refused)


async def confirmed(world: World, amount: int = 1_000, *, code: str = "2010") -> Sheet:
    """A sheet of M1 for June that Ann has confirmed in its place."""
    await world.earn("M1", amount, "2024-06-05", code=code)
    await world.settle("2024-07-01")
    (sheet,) = [s for s in await world.sheets("M1") if s.total == amount]
    assert await world.confirm(sheet, when="2024-07-02", actor="ann") == [""]
    return await world.sheet(sheet.sheet_id)


async def say(world: World, sheet: Sheet, actor: Actor, verdict: Verdict = Verdict.APPROVE) -> str:
    """Decide what waits about a sheet; the refusal's code, or "" where it counted."""
    (row,) = await world.rows(
        "SELECT approval_id, digest FROM approval WHERE subject = $1 AND status = 'PENDING'", sheet.subject
    )
    decision = Decision(row["approval_id"], row["digest"], verdict, "because")
    (outcome,) = await decide_all(world.database, world.platform_id, [decision], actor=actor, now=NOW)
    return outcome.error.code if isinstance(outcome, Refused) else ""


async def test_a_sheet_waits_for_another_person(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    assert sheet.status is Status.APPROVAL

    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert await say(world, sheet, BOB) == ""

    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING
    assert (await world.history(sheet.sheet_id))[-2:] == [("APPROVED", "bob"), ("PAYMENT_PENDING", "bob")]


async def test_a_refused_sheet_can_be_asked_for_again(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)

    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.CONFIRMED
    async with world.database.write(world.platform_id) as conn:
        again = await request_sheet_approval(conn, sheet_id=sheet.sheet_id, actor=ANN, now=NOW)

    assert again.status is Status.APPROVAL
    assert await say(world, sheet, BOB) == ""


async def test_what_has_changed_since_is_not_paid_and_is_asked_for_anew(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    await world.take(Take(sheet.sheet_id, MovementKind.HELD, 100, "hold/1"))

    assert await say(world, sheet, BOB) == "APPROVAL_STALE"

    changed = await world.sheet(sheet.sheet_id)
    assert (changed.status, changed.payable) == (Status.APPROVAL, 900)
    assert await requests(world) == [("STALE", "ann", 1_000), ("PENDING", "ann", 1_000)]
    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert await say(world, sheet, BOB) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def hold(world: World, sheet: Sheet, amount: int) -> str:
    """Place a hold on a sheet; its reference."""
    reference = f"H{amount}"
    draft = HoldDraft(
        reference, sheet.party, "LE", "CNY", amount, Reason.RISK_REVIEW, "contract 7", "review", ReleaseRule.BY_HAND,
        NOW.date(), sheet_id=sheet.sheet_id,
    )  # fmt: skip
    async with world.database.write(world.platform_id) as conn:
        (placed,) = await place_holds(conn, drafts=[draft], actor=BOB, now=NOW)
    assert isinstance(placed, Placed), placed
    return reference


# A tenth of each sheet is kept for a year.
TENTH = AgreementDraft(
    "W1", "M1", "LE", "CNY", DepositKind.WAR, Basis.PERIOD_NET, 12, Shortfall.WAIT, Release.ON_DATE, "contract 8",
    rate=Decimal("0.1"), content="{}",
)  # fmt: skip


async def requests(world: World) -> list[tuple[str, str, int]]:
    """How each about money stands, who asked, and how much is at stake, held and retained money with it."""
    rows = await world.rows(
        "SELECT status, maker, amount_minor FROM approval WHERE kind <> 'FLOW_DEFINITION' ORDER BY approval_id"
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_an_approval_dies_with_the_hold_that_changes_what_it_covers(world: World) -> None:
    await need_approval(world, steps=2)
    sheet = await confirmed(world)
    (first,) = await world.rows("SELECT approval_id, digest FROM approval")
    assert await say(world, sheet, BOB) == ""  # the first of two steps

    await hold(world, sheet, 100)

    assert await requests(world) == [("STALE", "ann", 1_000), ("PENDING", "ann", 1_000)]
    decision = Decision(first["approval_id"], first["digest"], Verdict.APPROVE, "as I saw it")
    (outcome,) = await decide_all(world.database, world.platform_id, [decision], actor=CLEO, now=NOW)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "APPROVAL_CLOSED"
    # Nobody's word on the other amount counts: both steps are taken again, on what is left.
    assert await say(world, sheet, BOB) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.APPROVAL
    assert await say(world, sheet, CLEO) == ""
    after = await world.sheet(sheet.sheet_id)
    assert (after.status, after.payable) == (Status.PAYMENT_PENDING, 900)
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_an_approval_dies_with_the_retention_that_changes_what_it_covers(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    async with world.database.write(world.platform_id) as conn:
        await agree_deposits(conn, drafts=[TENTH], actor=ANN, now=NOW)
        await retain_from_sheets(conn, sheet_ids=[sheet.sheet_id], actor=ANN, now=NOW, by_later_agreements=True)

    assert await requests(world) == [("STALE", "ann", 1_000), ("PENDING", "ann", 1_000)]
    assert await say(world, sheet, BOB) == ""
    after = await world.sheet(sheet.sheet_id)
    assert (after.status, after.payable, after.retained) == (Status.PAYMENT_PENDING, 900, 100)


async def netted_in_approval(world: World) -> tuple[Sheet, Sheet, int]:
    """
    A debt of 4.00 of which 0.50 was collected, a sheet of 2.00 of which 1.00 is held and the rest is netted, and the
    number of the match. The sheet waits for approval.
    """
    debt = await confirmed(world, -400)
    step = await matched(world, match(await recorded(world, receipt("0.50")), debt, "0.50"))
    await need_approval(world)
    await world.earn("M1", 200, "2024-07-05")
    await world.settle("2024-08-01")
    (sheet,) = [s for s in await world.sheets("M1") if s.total == 200]
    await hold(world, sheet, 100)
    assert await world.confirm(sheet, when="2024-08-02", actor="ann") == [""]
    return debt, sheet, step.match.match_id


async def hold_of(world: World, sheet: Sheet) -> int:
    (row,) = await world.rows("SELECT hold_id FROM hold WHERE sheet_id = $1", sheet.sheet_id)
    return int(row["hold_id"])


async def figures(world: World, debt: Sheet, sheet: Sheet) -> tuple[Status, int, int, list[int]]:
    """Where the sheet stands, what it has left, what is owed, and what stands of both on accounts."""
    after = await world.sheet(sheet.sheet_id)
    owed = (await world.sheet(debt.sheet_id)).owed
    return after.status, after.payable, owed, await world.net("2015 M1, 1200 M1, 2050 M1")


async def test_what_comes_back_to_a_sheet_that_waits_for_approval_is_netted_with_what_is_owed(world: World) -> None:
    debt, sheet, _ = await netted_in_approval(world)
    assert await figures(world, debt, sheet) == (Status.APPROVAL, 0, 250, [0, -250, 100])

    await lift(world, await hold_of(world, sheet), "0.50", now=NOW)

    assert await figures(world, debt, sheet) == (Status.APPROVAL, 0, 200, [0, -200, 50])
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_debt_that_is_as_high_again_is_netted_again(world: World) -> None:
    debt, sheet, number = await netted_in_approval(world)
    await lift(world, await hold_of(world, sheet), "0.50", now=NOW)
    await unmatch(world, number)

    await lift(world, await hold_of(world, sheet), "0.50", "L2", now=NOW)

    assert await figures(world, debt, sheet) == (Status.APPROVAL, 0, 200, [0, -200, 0])
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_receipt_clears_nothing_of_a_debt_that_was_netted_as_it_was_confirmed(world: World) -> None:
    await need_approval(world)
    await world.earn("M1", -100, "2024-05-05")
    await world.settle("2024-06-01")
    await world.earn("M1", 200, "2024-06-05")
    await world.settle("2024-07-01")
    debt, sheet = [each for each in await world.sheets("M1") if each.total]
    assert await world.confirm(debt, sheet, when="2024-07-02") == ["", ""]
    assert await figures(world, debt, sheet) == (Status.APPROVAL, 100, 0, [100, 0, 0])
    assert (await world.sheet(debt.sheet_id)).status is Status.COLLECTED

    number = await recorded(world, receipt("0.50"))

    (outcome,) = await match_all(world, match(number, debt))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "SHEET_NOT_PAYABLE"


async def test_what_no_flow_asks_about_any_more_goes_on_by_itself(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    await need_approval_no_more(world)

    await hold(world, sheet, 100)

    assert await requests(world) == [("STALE", "ann", 1_000)]
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def test_a_hold_takes_no_sheet_past_those_who_have_to_agree_to_so_much(world: World) -> None:
    await need_approval(world, from_amount_minor=950)
    sheet = await confirmed(world)

    await hold(world, sheet, 900)

    # It would come back to the sheet with the hold's end, and nobody would have agreed to it.
    assert await requests(world) == [("STALE", "ann", 1_000), ("PENDING", "ann", 1_000)]
    assert (await world.sheet(sheet.sheet_id)).status is Status.APPROVAL
    await lift(world, await hold_of(world, sheet), now=NOW)
    assert (await world.sheet(sheet.sheet_id)).status is Status.APPROVAL
    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert await say(world, sheet, BOB) == ""
    after = await world.sheet(sheet.sheet_id)
    assert (after.status, after.payable) == (Status.PAYMENT_PENDING, 1_000)


async def test_what_is_retained_of_a_sheet_counts_towards_who_has_to_agree(world: World) -> None:
    await need_approval(world, from_amount_minor=950)
    sheet = await confirmed(world)
    async with world.database.write(world.platform_id) as conn:
        await agree_deposits(conn, drafts=[TENTH], actor=ANN, now=NOW)
        await retain_from_sheets(conn, sheet_ids=[sheet.sheet_id], actor=ANN, now=NOW, by_later_agreements=True)

    assert await requests(world) == [("STALE", "ann", 1_000), ("PENDING", "ann", 1_000)]
    assert (await world.sheet(sheet.sheet_id)).status is Status.APPROVAL


async def test_a_request_to_pay_without_an_invoice_dies_with_what_it_covers_and_is_made_again_by_a_person(
    world: World,
) -> None:
    sheet = await confirmed(world, code="2080")
    async with world.database.write(world.platform_id) as conn:
        await request_invoice_override(conn, sheet_id=sheet.sheet_id, reason="lost in the post", actor=ANN, now=NOW)

    await hold(world, sheet, 100)

    assert [status for status, _, _ in await requests(world)] == ["STALE"]
    assert (await world.sheet(sheet.sheet_id)).status is Status.INVOICE_PENDING


async def test_what_is_taken_back_leaves_the_sheet_confirmed(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    (row,) = await world.rows("SELECT approval_id FROM approval")

    async with world.database.write(world.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(row["approval_id"], "wait"), ANN, NOW)

    assert (await world.sheet(sheet.sheet_id)).status is Status.CONFIRMED


async def test_a_purchase_sheet_is_paid_without_its_invoice_only_by_two_persons(world: World) -> None:
    sheet = await confirmed(world, code="2080")
    assert sheet.status is Status.INVOICE_PENDING

    async with world.database.write(world.platform_id) as conn:
        await request_invoice_override(conn, sheet_id=sheet.sheet_id, reason="lost in the post", actor=ANN, now=NOW)
    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert (await world.sheet(sheet.sheet_id)).status is Status.INVOICE_PENDING

    assert await say(world, sheet, BOB) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def test_an_override_needs_a_purchase_sheet_and_a_reason(world: World) -> None:
    sheet = await confirmed(world)

    with pytest.raises(LedgerError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await request_invoice_override(conn, sheet_id=sheet.sheet_id, reason="why", actor=ANN, now=NOW)
    assert refused.value.code == "SHEET_STATUS"
    with pytest.raises(LedgerError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await request_invoice_override(conn, sheet_id=sheet.sheet_id, reason=" ", actor=ANN, now=NOW)
    assert refused.value.code == "INVALID_INPUT"


async def test_a_debt_is_given_up_only_by_two_persons(world: World, database: Database) -> None:
    sheet = await confirmed(world, -5_000)
    assert sheet.status is Status.CARRIED_FORWARD
    async with database.write(world.platform_id) as conn:
        collecting = await collect_sheet(conn, sheet_id=sheet.sheet_id, reason="gone", actor=ANN, now=NOW)
    assert collecting.status is Status.COLLECTING

    async with database.write(world.platform_id) as conn:
        await request_write_off(conn, sheet_id=sheet.sheet_id, reason="bankrupt", actor=ANN, now=NOW)
    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert await say(world, sheet, BOB) == ""

    after = await world.sheet(sheet.sheet_id)
    assert (after.status, after.written_off, after.owed) == (Status.WRITTEN_OFF, 5_000, 0)
    assert await world.net("1200 M1, 5030 M1") == [0, -5_000]
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def net(world: World, amount: int, *, when: str = "2024-08-01") -> Sheet:
    """M1's sheet of July, confirmed: it takes what he owes from earlier ones."""
    await world.earn("M1", amount, "2024-07-05")
    await world.settle(when)
    (positive,) = [s for s in await world.sheets("M1") if s.total == amount]
    await world.confirm(positive, when="2024-08-02")
    return await world.sheet(positive.sheet_id)


async def test_a_request_to_give_up_a_debt_dies_with_the_netting_that_lowers_it(world: World) -> None:
    sheet = await confirmed(world, -5_000)
    async with world.database.write(world.platform_id) as conn:
        await request_write_off(conn, sheet_id=sheet.sheet_id, reason="bankrupt", actor=ANN, now=NOW)

    await net(world, 3_000)

    assert await requests(world) == [("STALE", "ann", 5_000)]
    assert (await world.sheet(sheet.sheet_id)).owed == 2_000
    (told,) = await world.rows("SELECT payload FROM log_event WHERE kind = 'approval.stale'")
    assert "what was asked for has changed" in told["payload"]
    async with world.database.write(world.platform_id) as conn:
        await request_write_off(conn, sheet_id=sheet.sheet_id, reason="bankrupt", actor=ANN, now=NOW)
    assert await say(world, sheet, BOB) == ""
    assert await world.net("1200 M1, 5030 M1") == [0, -2_000]


async def test_a_debt_that_waits_for_approval_and_is_netted_is_asked_for_again_as_it_stands(world: World) -> None:
    await need_approval(world)
    debt = await confirmed(world, -5_000)
    assert debt.status is Status.APPROVAL

    positive = await net(world, 3_000)

    assert await requests(world) == [("STALE", "ann", 5_000), ("PENDING", "tester", 0), ("PENDING", "ann", 2_000)]
    assert ((await world.sheet(debt.sheet_id)).status, positive.status) == (Status.APPROVAL, Status.APPROVAL)
    assert await say(world, debt, BOB) == ""
    assert (await world.sheet(debt.sheet_id)).status is Status.CARRIED_FORWARD
    assert await say(world, positive, BOB) == ""
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


@pytest.mark.parametrize("amount", [5_000, 6_000])
async def test_nobody_is_asked_about_a_debt_of_which_nothing_is_left(world: World, amount: int) -> None:
    await need_approval(world)
    debt = await confirmed(world, -5_000)

    await net(world, amount)

    assert await requests(world) == [("STALE", "ann", 5_000), ("PENDING", "tester", amount - 5_000)]
    assert (await world.sheet(debt.sheet_id)).status is Status.COLLECTED
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


@pytest.mark.parametrize("asks", [True, False])
async def test_a_debt_that_is_confirmed_with_what_nets_it_is_collected_and_asked_about_no_more(
    world: World, asks: bool
) -> None:
    await need_approval(world, from_amount_minor=0 if asks else 50_000)
    await world.earn("M1", -5_000, "2024-06-05")
    await world.earn("M1", 6_000, "2024-07-05")
    await world.settle("2024-08-01")
    debt, positive = [sheet for sheet in await world.sheets("M1") if sheet.total]

    assert await world.confirm(debt, positive, when="2024-08-02") == ["", ""]

    assert await requests(world) == [("PENDING", "tester", 1_000)] * asks
    assert (await world.sheet(debt.sheet_id)).status is Status.COLLECTED
    assert [status for status, _ in await world.history(debt.sheet_id)][-2:] == ["CONFIRMED", "COLLECTED"]
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_netted_debt_that_no_flow_asks_about_any_more_goes_on_by_itself(world: World) -> None:
    await need_approval(world, from_amount_minor=4_000)
    debt = await confirmed(world, -5_000)

    await net(world, 3_000)

    assert await requests(world) == [("STALE", "ann", 5_000)]
    assert (await world.sheet(debt.sheet_id)).status is Status.CARRIED_FORWARD


async def test_a_payment_that_is_asked_for_again_and_nets_a_debt_renews_what_waits_about_the_debt(world: World) -> None:
    debt, sheet, _ = await netted_in_approval(world)
    async with world.database.write(world.platform_id) as conn:
        await request_write_off(conn, sheet_id=debt.sheet_id, reason="bankrupt", actor=ANN, now=NOW)

    await lift(world, await hold_of(world, sheet), "0.50", now=NOW)

    assert await requests(world) == [("STALE", "ann", 100), ("STALE", "ann", 250), ("PENDING", "ann", 50)]
    assert (await world.sheet(debt.sheet_id)).owed == 200


async def test_a_paid_sheet_is_neither_collected_nor_given_up(world: World) -> None:
    sheet = await confirmed(world)

    for step in (collect_sheet, request_write_off):
        with pytest.raises(LedgerError) as refused:
            async with world.database.write(world.platform_id) as conn:
                await step(conn, sheet_id=sheet.sheet_id, reason="why", actor=ANN, now=NOW)
        assert refused.value.code == "SHEET_STATUS"
