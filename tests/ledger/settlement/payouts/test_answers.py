"""What banks say and should not: each answer is applied once, or kept with its reason; nothing wrong is posted."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.journal.model import Refused
from ledger.settlement.payouts import answering
from ledger.settlement.payouts.answering import dismiss_answers
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.model import AnswerKind, Applied, Verdict
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import ACTOR, Till, make_answer
from tests.statements import gather_asked

K = AnswerKind


async def _sent(till: Till) -> int:
    """A payout of 50.00 that the bank has not answered."""
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    return payout


async def test_an_answer_for_a_payout_that_nobody_knows_is_kept(till: Till):
    outcome = await till.answers(make_answer(K.PAID, "SB9-P9", amount=1, reference="x"))

    assert codes(outcome) == ["ANSWER_UNKNOWN_PAYOUT"]
    assert await till.unmatched() == [("x", "ANSWER_UNKNOWN_PAYOUT")]
    assert await till.templates() == []


async def test_the_same_answer_again_is_a_replay_and_with_other_content_a_conflict(till: Till):
    payout = await _sent(till)
    said = make_answer(K.PAID, (await till.payout(payout)).channel_key, amount=50_00, reference="x")
    other = make_answer(K.PAID, said.key, amount=50_01, reference="x")

    first, again, conflict = await till.answers(said, said, other)
    (later,) = await till.answers(said)

    assert isinstance(first, Applied)
    assert isinstance(again, Applied)
    assert isinstance(later, Applied)
    assert (first.replayed, again.replayed, later.replayed) == (False, True, True)
    assert first.answer_id == again.answer_id == later.answer_id > 0
    assert codes([conflict]) == ["ANSWER_CONFLICT"]
    assert await till.unmatched() == [("x", "ANSWER_CONFLICT")]
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID"]


async def test_another_amount_or_currency_than_was_sent_is_kept_and_not_posted(till: Till):
    payout = await _sent(till)

    outcomes = [
        await till.answer(K.PAID, payout, amount=49_99),
        await till.answer(K.PAID, payout, amount=None),
        await till.answer(K.PAID, payout, currency="USD"),
    ]

    assert codes(outcomes) == ["ANSWER_AMOUNT_DIFFERS", "ANSWER_AMOUNT_DIFFERS", "ANSWER_CURRENCY_DIFFERS"]
    assert await till.status(payout) == "SUBMITTED"
    assert await till.templates() == ["PAYOUT_SUBMITTED"]
    assert len(await till.unmatched()) == 3


async def test_a_return_that_comes_before_the_payment_is_booked_once_the_payment_is(till: Till):
    payout = await _sent(till)

    early = await till.answer(K.RETURNED, payout)
    assert codes([early]) == ["ANSWER_OUT_OF_ORDER"]
    await till.answer(K.PAID, payout)

    assert await till.status(payout) == "RETURNED"
    assert await till.unmatched() == []
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_RETURNED"]


async def test_answers_of_one_file_are_understood_in_whatever_order_they_stand(till: Till):
    payout = await _sent(till)
    key = (await till.payout(payout)).channel_key

    outcomes = await till.answers(
        make_answer(K.RETURNED, key, amount=50_00), make_answer(K.PAID, key, amount=50_00, fee=3)
    )

    assert codes(outcomes) == ["", ""]
    assert await till.status(payout) == "RETURNED"
    assert await till.net("2016 M1, 1010, 5010") == [50_00, -9_999_97, -3]


async def test_money_that_leaves_a_second_time_is_for_a_person_and_the_same_fact_again_is_not(till: Till):
    payout = await _sent(till)
    await till.answer(K.PAID, payout, bank_reference="B7")

    same = await till.answer(K.PAID, payout, bank_reference="B7", source="statement")
    second = await till.answer(K.PAID, payout, bank_reference="B8", reference="twice")
    accepted = await till.answer(K.ACCEPTED, payout, amount=None)

    assert codes([same, second, accepted]) == ["ANSWER_REPEATED"] * 3
    assert await till.unmatched() == [("twice", "ANSWER_REPEATED")]
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID"]


async def test_a_payment_that_was_released_before_is_not_paid_by_an_answer(till: Till):
    payout = await _sent(till)
    await till.outcome(payout, Verdict.REFUSED)

    outcome = await till.answer(K.PAID, payout)

    assert codes([outcome]) == ["ANSWER_OUT_OF_ORDER"]
    assert len(await till.unmatched()) == 1
    assert await till.net("2015 M1, 2190") == [50_00, 0]


async def test_what_a_bank_says_was_paid_is_not_paid_again_before_somebody_has_seen_to_it(till: Till):
    payout = await _sent(till)
    await till.outcome(payout, Verdict.REFUSED)
    again = (await till.retry(payout)).payout_id
    await till.answer(K.PAID, payout, reference="paid after all")

    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_SAYS_PAID"]
    await till.cancel(again)
    run = await till.create()
    assert (run.created, [each.reason for each in run.waiting]) == ((), ["BANK_SAYS_PAID"])
    with pytest.raises(PayoutCannotBeRetried) as refusal:
        await till.retry(payout)

    assert refusal.value.facts["code"] == "BANK_SAYS_PAID"
    assert await till.net("2015 M1, 2190") == [50_00, 0]
    (row,) = await till.market.rows("SELECT bank_answer_id FROM bank_answer WHERE status = 'UNMATCHED'")
    async with till.database.write(till.platform_id) as conn:
        await dismiss_answers(conn, answer_ids=[row[0]], reason="of another payment", actor=ACTOR, now=till.now)
    assert (await till.retry(payout)).draft.net == 50_00


async def test_a_payout_that_was_never_sent_takes_no_answer(till: Till):
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id

    outcomes = [await till.answer(kind, payout) for kind in K]

    assert codes(outcomes) == ["ANSWER_OUT_OF_ORDER"] * 4
    assert await till.status(payout) == "CREATED"


async def test_an_answer_that_would_overdraw_the_book_waits_until_it_does_not(till: Till):
    payout = await _sent(till)
    await till.fund(-9_960_00)

    outcome = await till.answer(K.PAID, payout)
    assert codes([outcome]) == ["ANSWER_NOT_POSTABLE"]
    assert await till.retry_answers() == 0
    await till.fund(20_00)

    assert await till.retry_answers() == 1
    assert await till.status(payout) == "PAID"
    assert await till.unmatched() == []
    assert await till.net("1010, 2190") == [-10_00, 0]


async def test_what_a_bank_dates_years_ahead_waits_for_another_word_of_it(till: Till):
    payout = await _sent(till)
    world = max(till.now, datetime.now(UTC))  # banks go by that
    far = world + timedelta(days=402)

    outcome = await till.answer(K.PAID, payout, reference="E1", occurred_at=far)
    await till.retry_answers()
    assert codes([outcome]) == ["ANSWER_NOT_POSTABLE"]
    assert (await till.status(payout), await till.templates()) == ("SUBMITTED", ["PAYOUT_SUBMITTED"])
    near = await till.answer(K.PAID, payout, reference="E2", occurred_at=world + timedelta(days=398))

    assert codes([near]) == [""]
    assert await till.net("2190, 1010") == [0, -9_950_00]


async def test_every_answer_that_waits_is_tried_again_however_many_wait_before_it(till: Till):
    stuck = await _sent(till)
    await till.outcome(stuck, Verdict.REFUSED)
    for _ in range(3):
        await till.answer(K.PAID, stuck)
    await till.sheet("D1", 9_900_00, role="DISTRIBUTOR")
    late = (await till.create_one()).payout_id
    await till.submit()
    await till.fund(-200_00)
    assert codes([await till.answer(K.PAID, late)]) == ["ANSWER_NOT_POSTABLE"]
    await till.fund(200_00)

    assert await till.retry_answers(most=2) == 1

    assert await till.status(late) == "PAID"
    assert [refusal for _, refusal in await till.unmatched()] == ["ANSWER_OUT_OF_ORDER"] * 3


async def test_a_person_takes_an_answer_off_the_list_and_it_stays_in_the_book_of_answers(till: Till):
    await till.answers(make_answer(K.PAID, "SB9-P9", amount=1, reference="x"))
    (row,) = await till.market.rows("SELECT bank_answer_id FROM bank_answer")
    number = row["bank_answer_id"]

    async with till.database.write(till.platform_id) as conn:
        done = await answering.dismiss_answers(
            conn, answer_ids=[number, 999_999], reason="not ours", actor=ACTOR, now=till.now
        )

    assert done == [number]
    assert await till.unmatched() == []
    (kept,) = await till.market.rows("SELECT status, refusal FROM bank_answer")
    assert tuple(kept) == ("DISMISSED", "ANSWER_UNKNOWN_PAYOUT")
    (again,) = await till.answers(make_answer(K.PAID, "SB9-P9", amount=1, reference="x"))
    assert isinstance(again, Refused)
    assert await till.unmatched() == []


async def test_the_number_of_statements_does_not_depend_on_the_number_of_answers(till: Till):
    for party in ("M1", "D1", "A1"):
        await till.sheet(party, 50_00)
    created = (await till.create()).created
    await till.submit()
    keys = [(await till.payout(each.payout_id)).channel_key for each in created]
    counts = []
    for part in (keys[:1], keys[1:]):
        async with till.database.write(till.platform_id) as conn:
            answers = [make_answer(K.PAID, key, amount=50_00) for key in part]
            with gather_asked(conn) as asked:
                outcomes = await answering.record_bank_answers(conn, answers=answers, actor=ACTOR, now=till.now)
        assert codes(outcomes) == [""] * len(part)
        counts.append(len(asked))
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE payout SET status = 'PAID', transit_minor = 0", "PAYOUT_STATE"),
        ("UPDATE payout SET status = 'FAILED', transit_minor = 0", "PAYOUT_UNEVEN"),
        ("UPDATE payout SET transit_minor = 0", "transit_follows_the_status"),
        ("UPDATE payout SET net_minor = net_minor - 1, gross_minor = gross_minor - 1", "PAYOUT_FIXED"),
        ("UPDATE payout SET payee_account_id = payee_account_id + 1", "PAYOUT_FIXED"),
        ("UPDATE payout_sheet SET stands = 'PAID'", "PAYOUT_UNEVEN"),
        ("UPDATE payout_sheet SET stands = 'RELEASED'", "PAYOUT_UNEVEN"),
        ("UPDATE payout_sheet SET taken_minor = taken_minor + 1", "PAYOUT_UNEVEN"),
        ("UPDATE bank_answer SET amount_minor = 1", "ANSWER_FIXED"),
        ("DELETE FROM payout", "permission denied|APPEND_ONLY"),
        ("DELETE FROM bank_answer", "permission denied|APPEND_ONLY"),
        ("UPDATE payee_account SET identifier = 'X'", "permission denied"),
    ],
)
async def test_the_database_refuses_whoever_goes_round_the_code(till: Till, statement: str, law: str):
    await _sent(till)
    await till.answers(make_answer(K.PAID, "SB9-P9", amount=5))

    with pytest.raises(Exception, match=law):
        async with till.database.write(till.platform_id) as conn:
            await conn.execute(statement)
