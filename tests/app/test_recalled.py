"""Payouts that were sent while their channel was away, and that may not be paid any more when it is back."""

from pathlib import Path

import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.recalling import recall_payouts
from ledger.settlement.payouts.submitting import claim_submission
from ledger.verify import payouts as checks
from ledger.verify.snapshot import Snapshot
from tests.app.channels.sandboxes import open_channel, open_sandbox
from tests.app.test_paying import due, send
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till

OTHER = "GB94BARC10201530093459"


@pytest.fixture
async def till(database: Database) -> Till:
    return await Till.open(database)


async def wait_for_bank(till: Till) -> list[int]:
    """Payouts of 50.00 to M1 and 70.00 to D1 that were sent to a bank which is away."""
    await till.sheet("M1", 50_00)
    await till.sheet("D1", 70_00, role="DISTRIBUTOR")
    payouts = await due(till)
    assert (await send(till)).unreachable == ("sandbox",)
    return payouts


async def agrees(till: Till) -> bool:
    async with till.database.read(till.platform_id) as conn:
        snapshot = Snapshot(conn, "", lambda _c, _r: None, 1_000, [])
        return [await check(snapshot) for check in (checks.check_payouts, checks.check_transit)] == [None, None]


async def test_nothing_is_handed_over_to_an_account_that_its_party_has_replaced_meanwhile(till: Till, tmp_path: Path):
    first, second = await wait_for_bank(till)
    await till.pay_to("M1", iban=OTHER, reference="M1-2")

    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        assert (await send(till, sandbox=sandbox)).recalled == (first,)
        assert [each["account"] for each in await bank.transfers()] == [IBANS[1]]
        assert [await till.status(each) for each in (first, second)] == ["FAILED", "ACCEPTED"]
        assert (await till.payout(first)).reason == "PAYEE_ACCOUNT_RETIRED"
        assert await till.net("2015 M1, 2190") == [50_00, 70_00]
        assert await agrees(till)
        await till.retry(first)
        await send(till, sandbox=sandbox)
        transfers = await bank.transfers()

    assert [(each["account"], each["amountMinor"]) for each in transfers] == [(IBANS[1], 70_00), (OTHER, 50_00)]


async def test_a_submission_of_which_nothing_is_left_is_not_handed_over(till: Till, tmp_path: Path):
    payouts = await wait_for_bank(till)
    for party in ("M1", "D1"):
        await till.market.block(party)

    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await send(till, sandbox=sandbox)
        await send(till, sandbox=sandbox)
        transfers = await bank.transfers()

    assert transfers == []
    assert [(await till.payout(each)).reason for each in payouts] == ["PARTY_BLOCKED"] * 2
    assert await till.net("2015 M1, 2015 D1, 2190") == [50_00, 70_00, 0]
    (row,) = await till.market.rows("SELECT answered_at IS NOT NULL AS is_answered FROM payout_submission")
    assert row["is_answered"]
    assert await agrees(till)


async def test_nothing_is_recalled_once_somebody_has_begun_to_hand_it_over(till: Till):
    payouts = await wait_for_bank(till)
    await till.pay_to("M1", iban=OTHER, reference="M1-2")
    (row,) = await till.market.rows("SELECT submission_id FROM payout_submission")
    number = row["submission_id"]
    async with till.database.write(till.platform_id) as conn:
        assert await claim_submission(conn, submission_id=number, again=False, now=till.now) is not None

    async with till.database.write(till.platform_id) as conn:
        recalled = await recall_payouts(conn, submission_id=number, actor=ACTOR, now=till.now)

    assert (recalled, [await till.status(each) for each in payouts]) == ([], ["SUBMITTED"] * 2)
