"""One batch in which a bank says things twice and in a wrong order."""

from ledger.settlement.payouts.model import AnswerKind, Applied
from tests.ledger.settlement.payouts.till import Till, make_answer

K = AnswerKind


async def test_a_return_told_before_and_after_its_payment_counts_once(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    key = (await till.payout(payout)).channel_key
    paid, back = (make_answer(kind, key, amount=50_00) for kind in (K.PAID, K.RETURNED))

    outcomes = await till.answers(back, paid, back, paid)

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert await till.status(payout) == "RETURNED"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_RETURNED"]
    assert await till.unmatched() == []


async def test_a_return_that_waits_already_and_is_told_twice_more_counts_once(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    key = (await till.payout(payout)).channel_key
    paid, back = (make_answer(kind, key, amount=50_00) for kind in (K.PAID, K.RETURNED))
    await till.answers(back)

    await till.answers(back, paid, back)

    assert await till.status(payout) == "RETURNED"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_RETURNED"]
    assert await till.unmatched() == []
