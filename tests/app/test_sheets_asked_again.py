"""Sheets whose approval was refused or taken back are asked for again, as they stand by then."""

import pytest

from app.approving import Withdrawal, resubmit_one, withdraw_one
from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.model import Requested, Verdict
from ledger.approvals.model import Status as ApprovalStatus
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.settlement.sheets.approving import request_write_off
from ledger.settlement.sheets.model import Sheet, Status
from ledger.verify.verifying import verify
from tests.app.test_sheet_approvals import (
    ANN,
    BOB,
    NOW,
    confirmed,
    hold,
    need_approval,
    need_approval_no_more,
    requests,
    say,
)
from tests.ledger.settlement.receipts.telling import match, matched, receipt, recorded
from tests.ledger.settlement.sheets.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """Ann and Bob are operators."""
    world = await World.open(database)
    assert isinstance(world, World)
    async with database.write(world.platform_id) as conn:
        for actor in (ANN, BOB):
            await keys.create_key(conn, role=Role.OPERATOR, name=actor.name, pepper=b"p", now=NOW, party_id=None)
    return world


async def latest_request(world: World) -> int:
    (row,) = await world.rows("SELECT max(approval_id) AS number FROM approval WHERE kind <> 'FLOW_DEFINITION'")
    return int(row["number"])


async def ask_again(world: World, actor: Actor = ANN) -> Requested:
    """Submit the latest request again."""
    number = await latest_request(world)
    async with world.database.write(world.platform_id) as conn:
        return await resubmit_one(conn, number, actor, NOW)


async def confirmed_by_party(world: World) -> Sheet:
    """A sheet of 10.00 that its party has confirmed: what waits was asked for by the party."""
    await world.earn("M1", 1_000, "2024-06-05")
    await world.settle("2024-07-01")
    (sheet,) = [s for s in await world.sheets("M1") if s.total == 1_000]
    assert await world.confirm(sheet, when="2024-07-02", actor="merchant 1") == [""]
    return await world.sheet(sheet.sheet_id)


async def test_what_a_party_asked_for_by_confirming_is_rejected_taken_back_and_asked_for_again(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed_by_party(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""

    requested = await ask_again(world)

    assert (requested.state, requested.approval_id) == (ApprovalStatus.PENDING, await latest_request(world))
    assert (await world.sheet(sheet.sheet_id)).status is Status.APPROVAL
    async with world.database.write(world.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(await latest_request(world), "not yet"), ANN, NOW)
    assert (await world.sheet(sheet.sheet_id)).status is Status.CONFIRMED
    await ask_again(world)
    assert await say(world, sheet, ANN) == "MAKER_IS_CHECKER"
    assert await say(world, sheet, BOB) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def test_a_sheet_that_changed_while_nobody_was_asked_is_asked_for_again_as_it_stands(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed_by_party(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await hold(world, sheet, 100)

    requested = await ask_again(world)

    assert requested == Requested(await latest_request(world), ApprovalStatus.PENDING)
    assert await requests(world) == [
        ("REJECTED", "merchant 1", 1_000),
        ("STALE", "ann", 1_000),
        ("PENDING", "ann", 1_000),
    ]
    assert await say(world, sheet, BOB) == ""
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def test_what_a_party_owes_by_then_is_netted_when_a_sheet_is_asked_for_again(world: World) -> None:
    await need_approval(world, from_amount_minor=500)
    sheet = await confirmed(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await world.earn("M1", -300, "2024-07-05")
    await world.settle("2024-08-01")
    (debt,) = [each for each in await world.sheets("M1") if each.total == -300]
    assert await world.confirm(debt, when="2024-08-02") == [""]

    await ask_again(world)

    after = await world.sheet(sheet.sheet_id)
    assert (after.status, after.netted, after.payable) == (Status.APPROVAL, 300, 700)
    assert await say(world, sheet, BOB) == ""
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_what_nobody_need_agree_to_by_now_goes_on_when_it_is_asked_for_again(world: World) -> None:
    await need_approval(world, from_amount_minor=950)
    sheet = await confirmed(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await world.earn("M1", -100, "2024-07-05")
    await world.settle("2024-08-01")
    (debt,) = [each for each in await world.sheets("M1") if each.total == -100]
    assert await world.confirm(debt, when="2024-08-02") == [""]

    assert await ask_again(world) == Requested(None, ApprovalStatus.NOT_REQUIRED)

    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING
    assert await requests(world) == [("REJECTED", "ann", 1_000), ("STALE", "ann", 1_000)]


async def test_asked_for_again_once_the_flow_is_retired_a_sheet_goes_on(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await need_approval_no_more(world)

    assert await ask_again(world) == Requested(None, ApprovalStatus.NOT_REQUIRED)

    assert (await world.sheet(sheet.sheet_id)).status is Status.PAYMENT_PENDING


async def test_an_old_request_of_a_sheet_that_has_gone_on_is_not_made_again(world: World) -> None:
    await need_approval(world)
    sheet = await confirmed(world)
    old = await latest_request(world)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await ask_again(world)
    assert await say(world, sheet, BOB) == ""

    with pytest.raises(LedgerError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await resubmit_one(conn, old, ANN, NOW)

    assert refused.value.code == "APPROVAL_STILL_OPEN"
    assert [status for status, _, _ in await requests(world)] == ["REJECTED", "GRANTED"]


async def test_a_request_to_give_up_a_debt_that_has_shrunk_is_made_anew_and_not_again(world: World) -> None:
    sheet = await confirmed(world, -5_000)
    async with world.database.write(world.platform_id) as conn:
        await request_write_off(conn, sheet_id=sheet.sheet_id, reason="bankrupt", actor=ANN, now=NOW)
    assert await say(world, sheet, BOB, Verdict.REJECT) == ""
    await matched(world, match(await recorded(world, receipt("10.00")), sheet, "10.00"))

    with pytest.raises(LedgerError) as refused:
        await ask_again(world)

    assert refused.value.code == "APPROVAL_STALE"
    assert await requests(world) == [("REJECTED", "ann", 5_000)]
