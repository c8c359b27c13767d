"""What a bank says was paid, and accounts that were replaced: refused by name in code, and by the database too."""

import pytest

from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import IBANS, Till

K = AnswerKind
SEND = (
    "UPDATE payout SET status = 'SUBMITTED', transit_minor = net_minor, submitted_at = created_at, submission_id ="
    " (SELECT max(submission_id) FROM payout_submission) WHERE payout_id = $1"
)
RELEASE = (
    "WITH sheets AS (UPDATE payout_sheet SET stands = 'RELEASED' WHERE payout_id = $1)"
    " UPDATE payout SET status = '{}', transit_minor = 0 WHERE payout_id = $1"
)


async def go_round_the_code(till: Till, statement: str, payout: int) -> None:
    async with till.database.write(till.platform_id) as conn:
        await conn.execute(statement, payout)


async def test_a_payout_that_was_never_sent_and_is_said_to_be_paid_is_neither_sent_nor_cancelled(till: Till):
    await till.sheet("M1", 50_00)
    await till.pay((await till.create_one()).payout_id)  # so that there is a submission to send it with
    sheet = await till.sheet("M1", 20_00)
    payout = (await till.create_one()).payout_id
    await till.answer(K.PAID, payout, reference="how so?")

    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_SAYS_PAID"]
    assert codes(await till.cancel(payout)) == ["BANK_SAYS_PAID"]
    for statement in (SEND, RELEASE.format("CANCELLED"), RELEASE.format("FAILED")):
        with pytest.raises(Exception, match="BANK_SAYS_PAID"):
            await go_round_the_code(till, statement, payout)

    assert await till.status(payout) == "CREATED"
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 20_00, 0, 0)
    assert await till.net("2015 M1, 2190") == [20_00, 0]
    await till.dismiss("how so?")
    assert codes(await till.cancel(payout)) == [""]


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.UNKNOWN, None])
async def test_a_payout_under_way_that_is_said_to_be_paid_is_not_released(till: Till, verdict: Verdict | None):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    if verdict:
        await till.outcome(payout, verdict)
    await till.answer(K.PAID, payout, amount=49_99)

    assert codes([await till.answer(K.REFUSED, payout, amount=None)]) == ["ANSWER_CONTRADICTS"]
    with pytest.raises(Exception, match="BANK_SAYS_PAID"):
        await go_round_the_code(till, RELEASE.format("FAILED"), payout)

    assert await till.net("2015 M1, 2190") == [0, 50_00]


async def test_money_of_a_sheet_that_is_said_to_be_paid_is_not_sent_by_another_payout(till: Till):
    await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(first, Verdict.REFUSED)
    second = (await till.retry(first)).payout_id
    await till.submit()
    await till.outcome(second, Verdict.REFUSED)
    third = (await till.retry(second)).payout_id
    await till.answer(K.PAID, first, reference="paid after all")

    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_SAYS_PAID"]
    with pytest.raises(Exception, match="BANK_SAYS_PAID"):
        await go_round_the_code(till, SEND, third)

    assert await till.net("2015 M1, 2190") == [50_00, 0]
    await till.dismiss("paid after all")
    assert (await till.submit()).payout_ids == (third,)


async def test_a_second_payment_told_of_a_returned_one_keeps_its_money_from_being_paid_again(till: Till):
    await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    await till.pay(first)
    await till.answer(K.RETURNED, first)
    second = (await till.retry(first)).payout_id
    await till.answer(K.PAID, first, bank_reference="another", reference="twice")

    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_SAYS_PAID"]
    with pytest.raises(Exception, match="BANK_SAYS_PAID"):
        await go_round_the_code(till, SEND, second)


async def test_nothing_is_sent_to_a_replaced_account_by_the_database_either(till: Till):
    await till.sheet("D1", 50_00, role="DISTRIBUTOR")
    await till.pay((await till.create_one()).payout_id)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")

    assert [each.reason for each in (await till.submit()).waiting] == ["PAYEE_ACCOUNT_RETIRED"]
    with pytest.raises(Exception, match="PAYEE_ACCOUNT_RETIRED"):
        await go_round_the_code(till, SEND, payout)

    assert await till.status(payout) == "CREATED"


async def test_a_payout_that_was_sent_before_its_account_was_replaced_goes_on(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")

    await till.answer(K.PAID, payout)

    assert await till.status(payout) == "PAID"
