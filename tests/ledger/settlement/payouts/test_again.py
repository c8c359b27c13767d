"""Paying again, and what stands in its way."""

import pytest

from ledger.errors import LedgerError
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.settlement.sheets.model import MovementKind, Take, Taken
from ledger.settlement.sheets.payable import take_from_sheets
from tests.ledger.charging.market import Market
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till


async def refusal(till: Till, payout_id: int) -> str:
    with pytest.raises(LedgerError) as refused:
        await till.retry(payout_id)
    return refused.value.code


async def returned(till: Till) -> int:
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.pay(payout)
    await till.answer(AnswerKind.RETURNED, payout)
    return payout


async def test_asking_again_for_a_payment_of_returned_money_that_failed_pays_it_out_of_2016(till: Till):
    first = await returned(till)
    second = (await till.retry(first)).payout_id
    await till.submit()
    await till.outcome(second, Verdict.REFUSED)

    third = (await till.retry(second)).payout_id
    await till.pay(third)

    assert (await till.payout(third)).replaces == first
    assert await till.net("2016 M1, 2190, 1010") == [0, 0, -9_950_00]
    assert await refusal(till, first) == await refusal(till, second) == "PAYOUT_REPLACED"


async def test_a_cancelled_payment_of_returned_money_leaves_it_to_be_paid_again(till: Till):
    first = await returned(till)
    second = (await till.retry(first)).payout_id

    await till.cancel(second)

    rows = await till.market.rows("SELECT payout_id, stands FROM payout_sheet ORDER BY payout_id")
    assert [tuple(row) for row in rows] == [(first, "RETURNED"), (second, "RELEASED")]
    assert await till.net("2016 M1") == [50_00]
    await till.pay((await till.retry(first)).payout_id)
    assert await till.net("2016 M1") == [0]


async def test_money_that_comes_back_twice_is_owed_once(till: Till):
    first = await returned(till)
    second = (await till.retry(first)).payout_id
    await till.pay(second)
    await till.answer(AnswerKind.RETURNED, second)

    assert await till.net("2016 M1, 2190, 1010") == [50_00, 0, -10_000_00]
    assert await refusal(till, first) == "PAYOUT_REPLACED"
    await till.pay((await till.retry(second)).payout_id)
    assert await till.net("2016 M1, 2190, 1010") == [0, 0, -9_950_00]


async def test_a_fee_that_the_party_bore_is_gone_when_the_money_comes_back(database):
    till = await Till.open(database, fee_minor=30)
    first = await returned(till)

    assert await till.net("2016 M1, 2015 M1") == [49_70, 0]
    second = await till.retry(first)

    assert (second.draft.net, second.draft.fee) == (49_70, 0)
    await till.pay(second.payout_id)
    assert await till.net("2016 M1, 2015 M1, 2190") == [0, 0, 0]


async def test_a_blocked_party_is_not_paid_again_and_nothing_is_lost(till: Till):
    came_back = await returned(till)
    await till.sheet("M1", 20_00)
    failed = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(failed, Verdict.REFUSED)
    await till.market.block("M1")

    assert await refusal(till, came_back) == await refusal(till, failed) == "PAYOUT_CANNOT_BE_RETRIED"

    await till.market.unblock("M1")
    await till.pay((await till.retry(came_back)).payout_id)
    await till.pay((await till.retry(failed)).payout_id)
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_930_00]


async def test_what_was_never_there_or_is_paid_is_not_paid_again(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.pay(payout)

    assert [await refusal(till, number) for number in (999_999, payout)] == ["PAYOUT_MISSING", "PAYOUT_STATUS"]


async def test_a_fee_above_what_is_owed_leaves_nothing_to_pay(database):
    till = await Till.open(database, fee_minor=30)
    await till.sheet("M1", 30)

    run = await till.create()

    assert [each.reason for each in run.waiting] == ["NOTHING_AFTER_TAX_AND_FEE"]


async def test_a_legal_entity_without_an_account_pays_nobody(database):
    till = Till(await Market.open(database), database.dsn)
    await till.pay_to("M1", iban=IBANS[0])
    await till.sheet("M1", 10_00)

    assert [each.reason for each in (await till.create()).waiting] == ["NO_PAYING_ACCOUNT"]


async def hold(till: Till, sheet: int, amount: int) -> None:
    async with till.database.write(till.platform_id) as conn:
        take = Take(sheet, MovementKind.HELD, amount, "hold/1")
        (taken,) = await take_from_sheets(conn, takes=[take], actor=ACTOR, now=till.now)
    assert isinstance(taken, Taken)


async def test_what_was_on_hold_when_the_rest_was_paid_again_is_paid_once_it_is_not(till: Till):
    free, held = await till.sheet("M1", 50_00), await till.sheet("M1", 20_00)
    failed = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(failed, Verdict.REFUSED)
    await hold(till, held, 20_00)
    again = await till.retry(failed)
    assert [share.sheet_id for share in again.draft.shares] == [free]
    assert await refusal(till, failed) == "PAYOUT_REPLACED"
    await till.pay(again.payout_id)

    await hold(till, held, -20_00)
    assert (await till.create()).created == ()
    rest = await till.retry(failed)

    assert [tuple(share) for share in rest.draft.shares] == [(held, 20_00, 0)]
    await till.pay(rest.payout_id)
    assert await refusal(till, failed) == "PAYOUT_REPLACED"
    assert (await till.sheet_figures(held))[0] == "PAID"
    assert await till.net("2015 M1, 2190") == [0, 0]
