"""A bank that takes its acceptance back, in whatever order it says so: the money comes back once."""

from datetime import timedelta

import pytest

from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import NOW, Till, make_answer

K = AnswerKind


async def accepted(till: Till) -> tuple[int, int]:
    """A payout of 50.00 that the bank has accepted, and its sheet."""
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.ACCEPTED)
    return payout, sheet


async def test_what_was_accepted_and_then_refused_comes_back_once_like_a_failed_payout(till: Till):
    payout, sheet = await accepted(till)

    refused = await till.answer(K.REFUSED, payout, amount=None, reason="AC04")
    again = await till.answer(K.REFUSED, payout, amount=None, reason="AC04 once more")

    assert codes([refused, again]) == ["", "ANSWER_REPEATED"]
    assert await till.status(payout) == "FAILED"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_FAILED"]
    assert await till.net("2015 M1, 2190, 1010") == [50_00, 0, -10_000_00]
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 50_00, 0, 0, 0)
    assert await till.unmatched() == []
    await till.pay((await till.retry(payout)).payout_id)
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]
    assert await till.sheet_figures(sheet) == ("PAID", 0, 50_00, 50_00, 0)


async def test_what_was_withheld_comes_back_too_when_an_acceptance_is_taken_back(till: Till):
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    sheet = await till.sheet("D1", 3_500_00, role="DISTRIBUTOR")
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.ACCEPTED)

    await till.answer(K.REFUSED, payout, amount=None)

    assert await till.net("2015 D1, 2110 D1, 2190") == [3_500_00, 0, 0]
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 3_500_00, 0, 0, 0)


async def test_an_acceptance_told_twice_is_told_once(till: Till):
    payout, _ = await accepted(till)

    outcomes = [await till.answer(K.ACCEPTED, payout, amount=None) for _ in range(2)]

    assert codes(outcomes) == ["ANSWER_REPEATED"] * 2
    assert await till.status(payout) == "ACCEPTED"
    assert await till.templates() == ["PAYOUT_SUBMITTED"]
    assert await till.unmatched() == []


@pytest.mark.parametrize("is_one_file", [True, False])
async def test_an_acceptance_that_arrives_after_its_refusal_changes_nothing_and_is_nobodys_work(
    till: Till, is_one_file: bool
):
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    key = (await till.payout(payout)).channel_key
    refusal = make_answer(K.REFUSED, key, occurred_at=NOW - timedelta(minutes=5))
    late = make_answer(K.ACCEPTED, key, occurred_at=NOW - timedelta(minutes=10))

    if is_one_file:
        await till.answers(refusal, late)
    else:
        await till.answers(refusal)
        await till.answers(late)

    assert await till.status(payout) == "FAILED"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_FAILED"]
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 50_00, 0, 0, 0)
    assert await till.unmatched() == []
    rows = await till.market.rows("SELECT kind, status, refusal FROM bank_answer ORDER BY bank_answer_id")
    assert [tuple(row) for row in rows] == [
        ("REFUSED", "APPLIED", ""),
        ("ACCEPTED", "DISMISSED", "ANSWER_OUT_OF_ORDER"),
    ]


async def test_an_acceptance_said_after_its_refusal_contradicts_it_and_is_for_a_person(till: Till):
    payout, _ = await accepted(till)
    await till.answer(K.REFUSED, payout, amount=None)

    outcome = await till.answer(
        K.ACCEPTED, payout, amount=None, occurred_at=NOW + timedelta(minutes=1), reference="after all"
    )

    assert codes([outcome]) == ["ANSWER_OUT_OF_ORDER"]
    assert await till.unmatched() == [("after all", "ANSWER_OUT_OF_ORDER")]
    assert await till.status(payout) == "FAILED"


async def test_what_was_paid_comes_back_as_a_return_and_never_by_a_refusal(till: Till):
    payout, sheet = await accepted(till)
    await till.answer(K.PAID, payout)

    refused = await till.answer(K.REFUSED, payout, amount=None, reference="too late")
    assert codes([refused]) == ["ANSWER_OUT_OF_ORDER"]
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    await till.answer(K.RETURNED, payout)
    await till.answer(K.RETURNED, payout, bank_reference="")

    assert await till.status(payout) == "RETURNED"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_RETURNED"]
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 50_00, 0, -10_000_00]
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 50_00, 0, 0)


async def test_a_refusal_of_what_the_bank_says_was_paid_releases_nothing_until_somebody_has_seen_to_it(till: Till):
    payout, sheet = await accepted(till)
    await till.answer(K.PAID, payout, amount=49_99, reference="other amount")

    refused = await till.answer(K.REFUSED, payout, amount=None, reference="refusal")

    assert codes([refused]) == ["ANSWER_CONTRADICTS"]
    assert await till.status(payout) == "ACCEPTED"
    assert await till.net("2015 M1, 2190") == [0, 50_00]
    assert await till.retry_answers() == 0
    await till.dismiss("other amount")
    assert await till.retry_answers() == 1
    assert await till.status(payout) == "FAILED"
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 50_00, 0, 0, 0)


async def test_a_payment_and_its_refusal_in_one_file_release_nothing(till: Till):
    payout, _ = await accepted(till)
    key = (await till.payout(payout)).channel_key

    outcomes = await till.answers(make_answer(K.PAID, key, amount=1), make_answer(K.REFUSED, key))

    assert codes(outcomes) == ["ANSWER_AMOUNT_DIFFERS", "ANSWER_CONTRADICTS"]
    assert await till.status(payout) == "ACCEPTED"


async def test_a_channel_that_refuses_what_the_bank_says_was_paid_leaves_it_unknown(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.answer(K.PAID, payout, amount=49_99)

    await till.outcome(payout, Verdict.REFUSED)

    assert await till.status(payout) == "UNKNOWN"
    assert await till.net("2015 M1, 2190") == [0, 50_00]
