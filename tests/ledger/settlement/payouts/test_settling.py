"""What a person makes of answers that fit nothing by themselves: charges of banks, and payments of failed payouts."""

from datetime import timedelta

import pytest

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.payouts.model import AnswerKind, Applied, Verdict
from ledger.settlement.payouts.settling import settle_answer
from ledger.verify.verifying import verify
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till, make_answer


@pytest.fixture
async def till(database: Database) -> Till:
    return await Till.open(database)


async def waiting(till: Till) -> int:
    """The number of the only answer that waits."""
    (row,) = await till.market.rows("SELECT bank_answer_id FROM bank_answer WHERE status = 'UNMATCHED'")
    return int(row["bank_answer_id"])


async def settle(till: Till, answer_id: int, *, charge: int = 0, currency: str = "CNY") -> Applied:
    async with till.database.write(till.platform_id) as conn:
        return await settle_answer(
            conn, answer_id=answer_id, charge=charge, currency=currency, reason="seen to", actor=ACTOR, now=till.now
        )


async def refuse(till: Till, answer_id: int, **said: object) -> str:
    """Why settling is refused; nothing is written."""
    before = await till.market.rows("SELECT (SELECT count(*) FROM log_record), (SELECT count(*) FROM bank_answer)")
    with pytest.raises(LedgerError) as refused:
        await settle(till, answer_id, **said)
    after = await till.market.rows("SELECT (SELECT count(*) FROM log_record), (SELECT count(*) FROM bank_answer)")
    assert before == after
    return refused.value.code


async def agrees(till: Till) -> bool:
    """Whether verify agrees with everything but the sheets, which were put there past their laws."""
    async with till.database.read(till.platform_id) as conn:
        disagreement = (await verify(conn)).disagreement
    return disagreement is None or disagreement.table.startswith("sheet")


async def send(till: Till, amount: int = 50_00) -> int:
    """A payout that the bank has accepted."""
    await till.sheet("M1", amount)
    created = await till.create_one()
    await till.submit(created.payout_id)
    await till.outcome(created.payout_id, Verdict.ACCEPTED)
    return created.payout_id


async def fail(till: Till) -> tuple[int, int]:
    """A payout that was refused, and paid after all: its number, and that of the answer which says so."""
    payout = await send(till)
    assert isinstance(await till.answer(AnswerKind.REFUSED, payout, amount=None, currency=""), Applied)
    till.now += timedelta(hours=1)
    assert isinstance(await till.answer(AnswerKind.PAID, payout, bank_reference="LATE", fee=15), Refused)
    return payout, await waiting(till)


async def hear_of_a_later_store(till: Till, *, amount: int = 50_00) -> int:
    """
    What the bank paid under the name that the next payout will have: this store is an older copy of the one that sent
    it. That payout, which is created then.
    """
    following = await send(till, 1_00) + 1
    said = make_answer(AnswerKind.PAID, f"SB{till.platform_id}-P{following}", amount=amount, fee=15)
    assert codes(await till.answers(said)) == ["ANSWER_UNKNOWN_PAYOUT"]
    await till.sheet("D1", 50_00)
    assert (await till.create_one()).payout_id == following
    return following


async def test_an_answer_that_fits_nothing_is_told_in_the_log_with_its_reason(till: Till):
    payout = await send(till)

    await till.answer(AnswerKind.PAID, payout, amount=48_00, reference="short")

    (event,) = await till.market.rows(
        "SELECT subject, payload::jsonb AS said FROM log_event WHERE kind = 'bank_answer.unmatched'"
    )
    assert event["subject"] == f"bank-answer/{await waiting(till)}"
    for word in ('"amount": "48.00"', '"refusal": "ANSWER_AMOUNT_DIFFERS"', '"reference": "short"', '"kind": "PAID"'):
        assert word in event["said"]


async def test_what_came_back_less_the_banks_charge_is_owed_whole_and_the_platform_bears_the_charge(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout)
    assert isinstance(await till.answer(AnswerKind.RETURNED, payout, amount=48_00, reason="AC04"), Refused)
    assert await till.net("2016 M1, 1010, 5010") == [0, -9_950_00, 0]

    first = await settle(till, await waiting(till), charge=2_00)
    again = await settle(till, first.answer_id - 1, charge=2_00)

    assert (first.payout_id, first.status.value, first.replayed) == (payout, "RETURNED", False)
    assert again == first._replace(replayed=True)
    assert await till.net("2016 M1, 1010, 5010, 2190") == [50_00, -9_998_00, -2_00, 0]
    assert await till.unmatched() == []
    assert (await till.payout(payout)).bank_fee == 2_00
    assert await agrees(till)
    assert (await till.retry(payout)).draft.net == 50_00


async def test_a_payment_with_the_banks_charge_inside_is_paid_with_that_charge(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout, amount=50_15)

    assert (await settle(till, await waiting(till), charge=15)).status.value == "PAID"

    assert await till.net("2190, 1010, 5010") == [0, -9_949_85, -15]
    assert await agrees(till)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "ANSWER_AMOUNT_DIFFERS"),
        ({"charge": 1_99}, "ANSWER_AMOUNT_DIFFERS"),
        ({"charge": 2_00, "currency": "USD"}, "BANK_CHARGE_REFUSED"),
        ({"charge": 48_01}, "BANK_CHARGE_REFUSED"),
    ],
)
async def test_a_charge_that_does_not_explain_the_difference_settles_nothing(
    till: Till, said: dict[str, object], code: str
):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout)
    await till.answer(AnswerKind.RETURNED, payout, amount=48_00)

    assert await refuse(till, await waiting(till), **said) == code

    assert len(await till.unmatched()) == 1


async def test_less_than_was_sent_is_no_payment_whatever_somebody_says(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout, amount=48_00)

    assert await refuse(till, await waiting(till), charge=2_00) == "ANSWER_AMOUNT_DIFFERS"

    assert await till.status(payout) == "ACCEPTED"


async def test_an_answer_is_settled_once_and_differently_no_more(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout)
    await till.answer(AnswerKind.RETURNED, payout, amount=48_00)
    number = await waiting(till)
    await settle(till, number, charge=2_00)

    assert await refuse(till, number, charge=1_00) == "BANK_ANSWER_ENDED"
    assert await refuse(till, number + 1) == "BANK_ANSWER_ENDED"
    assert await refuse(till, 10**9) == "BANK_ANSWER_MISSING"


async def test_what_a_bank_said_anew_under_an_old_name_is_paid_once_a_person_says_so(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout, amount=5_00, reference="E1")
    await till.answer(AnswerKind.PAID, payout, reference="E1", bank_reference="B1", fee=15)
    assert await till.unmatched() == [("E1", "ANSWER_AMOUNT_DIFFERS"), ("E1", "ANSWER_CONFLICT")]
    assert await till.status(payout) == "ACCEPTED"
    (row,) = await till.market.rows("SELECT bank_answer_id FROM bank_answer WHERE refusal = 'ANSWER_CONFLICT'")

    settled = await settle(till, row["bank_answer_id"])

    assert (settled.payout_id, settled.status, settled.replayed) == (payout, "PAID", False)
    assert await till.net("2190, 1010, 5010") == [0, -9_949_85, -15]
    assert await till.unmatched() == [("E1", "ANSWER_AMOUNT_DIFFERS")]
    assert await agrees(till)


async def test_what_a_bank_said_otherwise_of_what_was_paid_is_not_paid_a_second_time(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout, reference="E1")
    await till.answer(AnswerKind.PAID, payout, reference="E1", fee=15)

    assert await refuse(till, await waiting(till)) == "ANSWER_REPEATED"


async def test_money_of_another_account_or_of_nobody_is_not_settled(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout)
    await till.answer(AnswerKind.PAID, payout, bank_reference="again")

    assert await refuse(till, await waiting(till)) == "BANK_ANSWER_NOT_SETTLED"


async def test_a_payout_that_failed_and_was_paid_after_all_is_replaced_by_one_that_is_paid_and_never_sent(till: Till):
    payout, answer = await fail(till)
    assert await till.net("2015 M1, 2190, 1010") == [50_00, 0, -10_000_00]

    settled = await settle(till, answer)

    assert (settled.status.value, settled.payout_id > payout) == ("PAID", True)
    assert await till.net("2015 M1, 2190, 1010, 5010") == [0, 0, -9_949_85, -15]
    replaced = await till.payout(settled.payout_id)
    assert (replaced.replaces, replaced.bank_reference) == (payout, "LATE")
    assert [await till.status(payout), replaced.status.value] == ["FAILED", "PAID"]
    assert await till.market.rows("SELECT 1 FROM payout_submission WHERE answered_at IS NULL") == []
    assert (await till.create()).created == ()
    with pytest.raises(LedgerError, match="already replaced"):
        await till.retry(payout)
    assert await till.unmatched() == []
    assert await settle(till, answer) == settled._replace(replayed=True)
    assert await agrees(till)
    assert isinstance(await till.answer(AnswerKind.RETURNED, settled.payout_id), Applied)


async def test_a_payout_that_was_paid_again_meanwhile_stays_with_a_person(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")
    again = await till.retry(payout)
    await till.pay(again.payout_id)
    await till.answer(AnswerKind.PAID, payout)

    assert await refuse(till, await waiting(till)) == "PAID_TWICE"

    assert await till.unmatched() != []
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]


async def test_what_would_be_paid_to_another_account_now_is_not_said_to_be_paid_there(till: Till):
    _, answer = await fail(till)
    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")

    assert await refuse(till, answer) == "LATE_PAYMENT_NOT_AGREED"


async def test_another_amount_than_the_sheets_have_now_is_not_paid(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")
    await till.answer(AnswerKind.PAID, payout, amount=49_00)

    assert await refuse(till, await waiting(till)) == "ANSWER_AMOUNT_DIFFERS"
    assert await till.status(payout) == "FAILED"


async def test_what_a_refusal_after_the_payment_says_waits_for_a_person_and_moves_nothing(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.PAID, payout)
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")

    assert await refuse(till, await waiting(till)) == "ANSWER_OUT_OF_ORDER"

    assert await till.status(payout) == "PAID"
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]


async def test_a_late_payment_that_comes_back_is_of_the_payout_that_took_the_failed_ones_place(till: Till):
    payout, answer = await fail(till)
    settled = await settle(till, answer)
    assert isinstance(await till.answer(AnswerKind.RETURNED, payout, amount=48_00), Refused)
    back = await waiting(till)

    returned = await settle(till, back, charge=2_00)

    assert (returned.payout_id, returned.status.value) == (settled.payout_id, "RETURNED")
    assert await till.net("2016 M1, 2190, 1010, 5010") == [50_00, 0, -9_997_85, -2_15]
    assert await till.status(payout) == "FAILED"
    assert await till.unmatched() == []
    assert await settle(till, back, charge=2_00) == returned._replace(replayed=True)
    assert await agrees(till)
    await till.retry(settled.payout_id)


async def test_what_comes_back_of_a_failed_payout_that_was_never_paid_waits(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")
    await till.answer(AnswerKind.RETURNED, payout)

    assert await refuse(till, await waiting(till)) == "ANSWER_OUT_OF_ORDER"


async def test_what_comes_back_is_not_of_a_payout_that_was_paid_again_by_a_run(till: Till):
    payout = await send(till)
    await till.answer(AnswerKind.REFUSED, payout, amount=None, currency="")
    again = await till.retry(payout)
    await till.pay(again.payout_id)
    await till.answer(AnswerKind.RETURNED, payout)

    assert await refuse(till, await waiting(till)) == "ANSWER_OUT_OF_ORDER"
    assert await till.status(again.payout_id) == "PAID"


async def test_what_was_paid_by_a_later_copy_of_the_store_is_not_sent_again_and_paid_once_a_person_says_so(till: Till):
    payout = await hear_of_a_later_store(till)
    (waits,) = (await till.submit()).waiting
    assert (waits.payout_id, waits.reason) == (payout, "BANK_SAYS_PAID")
    assert await till.retry_answers() == 0

    first = await settle(till, await waiting(till))
    again = await settle(till, first.answer_id - 1)

    assert (first.payout_id, first.status, again) == (payout, "PAID", first._replace(replayed=True))
    assert await till.net("2015 D1, 2190, 1010, 5010") == [0, 1_00, -9_949_85, -15]
    assert (await till.submit()).payout_ids == ()
    assert await agrees(till)


async def test_what_a_later_copy_of_the_store_paid_otherwise_stays_with_a_person(till: Till):
    payout = await hear_of_a_later_store(till, amount=49_00)

    assert await refuse(till, await waiting(till)) == "ANSWER_AMOUNT_DIFFERS"
    assert await till.status(payout) == "CREATED"


async def test_what_may_not_be_sent_now_is_not_taken_as_sent(till: Till):
    await hear_of_a_later_store(till)
    await till.market.block("D1")

    assert await refuse(till, await waiting(till)) == "PAYOUT_KEPT_BACK"

    await till.market.unblock("D1")
    assert (await settle(till, await waiting(till))).status == "PAID"


async def test_what_was_paid_under_a_name_that_no_payout_has_stays_with_a_person(till: Till):
    await till.answers(make_answer(AnswerKind.PAID, f"SB{till.platform_id}-P999999", amount=1_00))

    assert await refuse(till, await waiting(till)) == "ANSWER_UNKNOWN_PAYOUT"
