"""What was paid after it had failed, on accounts that were replaced since: two persons book it, once."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.actor import Actor
from ledger.approvals import deciding
from ledger.approvals.model import Decision, Judged, Kind, Requested
from ledger.approvals.model import Verdict as Word
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.payouts.answering import dismiss_answers
from ledger.settlement.payouts.ending import retry_payout
from ledger.settlement.payouts.errors import PayoutReplaced
from ledger.settlement.payouts.late import request_late_payment
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import AnswerKind, Late
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot
from ledger.verify.verifying import CHECKS
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.test_laws import go_round_the_code
from tests.ledger.settlement.payouts.test_replaced_paying import SECOND, THIRD
from tests.ledger.settlement.payouts.test_settling import fail, refuse, send, settle, waiting
from tests.ledger.settlement.payouts.till import ACTOR, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person

K = AnswerKind


@pytest.fixture
async def till(database: Database) -> Till:
    return await Till.open(database)


async def replace_accounts(till: Till, *, which: str = "both") -> None:
    if which != "paying":
        await till.pay_to("M1", iban=THIRD, reference="M1-2")
    if which != "payee":
        await till.pay_from(reference="B2", iban=SECOND)


async def ask(
    till: Till, answer_id: int, *, reason: str = "on the statement of the old account", **said: Any
) -> Requested:
    async with till.database.write(till.platform_id) as conn:
        return await request_late_payment(conn, answer_id=answer_id, reason=reason, actor=ACTOR, now=till.now, **said)


async def asking_is_refused(till: Till, answer_id: int, **said: Any) -> LedgerError:
    with pytest.raises(LedgerError) as refused:
        await ask(till, answer_id, **said)
    return refused.value


async def decide(
    till: Till, approval_id: int | None, *, actor: Actor = CHECKER, word: Word = Word.APPROVE
) -> Judged | Refused:
    (row,) = await till.market.rows("SELECT digest FROM approval WHERE approval_id = $1", approval_id)
    said = Decision(approval_id or 0, row["digest"], word)
    (outcome,) = await decide_all(till.database, till.platform_id, [said], actor=actor, now=till.now)
    return outcome


async def find_disagreement(till: Till) -> Disagreement | None:
    """What any check of verify names but of the sheets, which were put there past their laws."""
    (row,) = await till.market.rows("SELECT reference FROM platform")
    async with till.database.read(till.platform_id) as conn:
        snapshot = Snapshot(conn, row["reference"], lambda _c, _r: None, 1_000, [])
        for name, check in CHECKS:
            snapshot.check = name
            found = await check(snapshot)
            if found is not None and not found.table.startswith("sheet"):
                return found
    return None


async def agrees(till: Till) -> bool:
    found = await find_disagreement(till)
    assert found is None, found
    return True


async def approvals(till: Till) -> list[tuple[str, str]]:
    rows = await till.market.rows("SELECT kind, status FROM approval ORDER BY approval_id")
    return [(row["kind"], row["status"]) for row in rows]


async def paid_late(till: Till, *, which: str = "both") -> tuple[int, int]:
    """A payout that failed and was paid after all, once an account of it was replaced; and the answer that says so."""
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)  # so that somebody is there to agree
    payout, answer = await fail(till)
    await replace_accounts(till, which=which)
    return payout, answer


@pytest.mark.parametrize("which", ["payee", "paying", "both"])
async def test_what_was_paid_late_on_a_replaced_account_is_booked_there_once_a_second_person_agrees(
    till: Till, which: str
) -> None:
    payout, answer = await paid_late(till, which=which)
    assert await refuse(till, answer) == "LATE_PAYMENT_NOT_AGREED"

    asked = await ask(till, answer)
    again = await ask(till, answer)

    assert (asked.state, again) == ("PENDING", asked._replace(replayed=True))
    assert await till.net("2015 M1, 2190, 1010") == [50_00, 0, -10_000_00]
    assert codes([await decide(till, asked.approval_id, actor=ACTOR)]) == ["MAKER_IS_CHECKER"]
    assert codes([await decide(till, asked.approval_id)]) == [""]
    failed = await till.payout(payout)
    booked = await till.payout(payout + 1)
    assert (booked.status, booked.replaces, booked.bank_reference) == ("PAID", payout, "LATE")
    assert (booked.payee_account_id, booked.paying_account_id) == (failed.payee_account_id, failed.paying_account_id)
    assert (booked.approval, booked.approval_id) == ("GRANTED", asked.approval_id)
    assert await till.net("2015 M1, 2190, 1010, 5010") == [0, 0, -9_949_85, -15]
    assert await till.unmatched() == []
    assert await till.market.rows("SELECT 1 FROM payout_submission WHERE answered_at IS NULL") == []
    assert await ask(till, answer) == Requested(asked.approval_id, "GRANTED", True)
    assert (await till.create()).created == ()
    with pytest.raises(LedgerError, match="already replaced"):
        await till.retry(payout)
    assert await agrees(till)


async def test_a_late_payment_that_comes_back_is_paid_again_on_the_new_account(till: Till) -> None:
    payout, answer = await paid_late(till)
    await decide(till, (await ask(till, answer)).approval_id)
    booked = await till.payout(payout + 1)
    assert isinstance(await till.answer(K.RETURNED, payout), Refused)

    returned = await settle(till, await waiting(till))

    assert (returned.payout_id, returned.status) == (booked.payout_id, "RETURNED")
    again = await till.retry(booked.payout_id)
    assert (again.draft.payee.payee_account_id, again.draft.net) != (booked.payee_account_id, 0)
    await till.pay(again.payout_id)
    assert await till.net("2015 M1, 2016 M1, 2190") == [0, 0, 0]
    assert await agrees(till)


async def test_money_that_came_back_and_was_paid_late_on_the_old_account_is_booked_out_of_2016(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    first = await send(till)
    await till.answer(K.PAID, first)
    await till.answer(K.RETURNED, first)
    second = (await till.retry(first)).payout_id
    await till.submit(second)
    await till.answer(K.REFUSED, second, amount=None, currency="")
    await till.answer(K.PAID, second)
    await replace_accounts(till)

    await decide(till, (await ask(till, await waiting(till))).approval_id)

    booked = await till.payout(second + 1)
    assert (booked.status, booked.replaces, booked.takes_from) == ("PAID", first, "2016")
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    assert await agrees(till)


async def test_the_banks_charge_inside_a_late_payment_is_the_platforms(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    await till.answer(K.PAID, payout, amount=50_20)
    await replace_accounts(till)
    answer = await waiting(till)

    wrong = await asking_is_refused(till, answer)
    abroad = await asking_is_refused(till, answer, charge=20, currency="USD")
    await decide(till, (await ask(till, answer, charge=20, currency="CNY")).approval_id)

    assert (wrong.code, abroad.code) == ("ANSWER_AMOUNT_DIFFERS", "BANK_CHARGE_REFUSED")
    assert await till.net("2015 M1, 2190, 1010, 5010") == [0, 0, -9_949_80, -20]
    assert await agrees(till)


async def test_a_late_payment_of_sheets_that_fell_due_in_another_order_than_they_closed_is_booked(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    await till.sheet("M1", 30_00, due=TODAY)
    await till.sheet("M1", 20_00, due=TODAY - timedelta(days=1))
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    await till.answer(K.PAID, payout)
    await replace_accounts(till)

    assert codes([await decide(till, (await ask(till, await waiting(till))).approval_id)]) == [""]

    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]
    assert await agrees(till)


async def test_what_was_paid_late_to_a_party_that_is_blocked_by_now_is_booked_by_two_persons_and_frees_nothing(
    till: Till,
) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    payout, answer = await fail(till)
    await till.sheet("M1", 20_00)
    await till.market.block("M1")
    assert await refuse(till, answer) == "LATE_PAYMENT_NOT_AGREED"

    assert codes([await decide(till, (await ask(till, answer)).approval_id)]) == [""]

    assert await till.status(payout + 1) == "PAID"
    assert await till.net("2015 M1, 2190, 1010, 5010") == [20_00, 0, -9_949_85, -15]
    assert [each.reason for each in (await till.create()).waiting] == ["PARTY_BLOCKED"]
    assert await agrees(till)


async def test_what_came_back_and_was_paid_late_to_a_party_that_is_blocked_by_now_is_booked_out_of_2016(
    till: Till,
) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    first = await send(till)
    await till.answer(K.PAID, first)
    await till.answer(K.RETURNED, first)
    second = (await till.retry(first)).payout_id
    await till.submit(second)
    await till.answer(K.REFUSED, second, amount=None, currency="")
    await till.answer(K.PAID, second)
    await till.market.block("M1")

    assert codes([await decide(till, (await ask(till, await waiting(till))).approval_id)]) == [""]

    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    assert await agrees(till)


async def test_what_a_bank_says_a_second_time_of_what_was_booked_late_is_not_said_to_be_paid_twice(till: Till) -> None:
    payout, answer = await paid_late(till)
    await decide(till, (await ask(till, answer)).approval_id)
    await till.answer(K.PAID, payout, bank_reference="LATE", reference="on the statement, too")
    again = await waiting(till)

    refused = await asking_is_refused(till, again)

    assert (refused.code, refused.facts["payout"]) == ("ANSWER_REPEATED", payout + 1)
    assert await refuse(till, again) == "ANSWER_REPEATED"


@pytest.mark.parametrize("is_sent", [False, True])
async def test_money_that_another_payout_has_claimed_since_is_not_booked_as_paid_a_second_time(
    till: Till, is_sent: bool
) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    await till.pay_to("M1", iban=THIRD, reference="M1-2")
    again = (await till.retry(payout)).payout_id
    if is_sent:
        await till.pay(again)
    await till.answer(K.PAID, payout)
    before = await till.net("2015 M1, 2190, 1010")

    refused = await asking_is_refused(till, await waiting(till))

    assert refused.code == "PAID_TWICE"
    assert f"Payout {again} ({'PAID' if is_sent else 'CREATED'})" in str(refused)
    assert await till.net("2015 M1, 2190, 1010") == before
    if is_sent:
        await till.post(("1510", None, "D", 50_00), ("1010", None, "C", 50_00))
    else:
        await till.cancel(again)
        await decide(till, (await ask(till, await waiting(till))).approval_id)
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_900_00 if is_sent else -9_950_00]


async def came_back(till: Till, payout: int) -> int:
    """What failed was paid again, and that came back; the payout that did."""
    again = (await till.retry(payout)).payout_id
    await till.pay(again)
    await till.answer(K.RETURNED, again)
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 50_00, 0, -10_000_00]
    return again


@pytest.mark.parametrize("times", [1, 2])
async def test_what_was_paid_late_is_what_came_back_of_the_payout_in_its_place(till: Till, times: int) -> None:
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    last = payout
    for _ in range(times):
        last = await came_back(till, last)
    assert isinstance(await till.answer(K.PAID, payout, reference="late"), Refused)

    settled = await settle(till, await waiting(till))

    booked = await till.payout(settled.payout_id)
    assert (booked.status.value, booked.replaces, booked.takes_from) == ("PAID", last, "2016")
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    with pytest.raises(PayoutReplaced):
        await till.retry(last)
    assert isinstance(await till.answer(K.PAID, payout, reference="again"), Refused)
    assert await refuse(till, await waiting(till)) == "ANSWER_REPEATED"
    await till.dismiss("again")
    assert await agrees(till)


async def test_what_was_booked_late_is_not_booked_again_of_what_came_back_of_a_payout_in_its_place(till: Till) -> None:
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    await till.answer(K.PAID, payout, reference="late")
    booked = (await settle(till, await waiting(till))).payout_id
    await till.answer(K.RETURNED, payout, reference="back")
    await settle(till, await waiting(till))
    await came_back(till, booked)

    assert isinstance(await till.answer(K.PAID, payout, reference="again"), Refused)

    assert await refuse(till, await waiting(till)) == "ANSWER_REPEATED"
    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 50_00, 0, -10_000_00]
    await till.dismiss("again")
    assert await agrees(till)


async def test_what_was_paid_late_on_an_old_account_is_what_came_back_of_the_one_in_its_place(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    await replace_accounts(till)
    last = await came_back(till, payout)
    await till.answer(K.PAID, payout)
    number = await waiting(till)
    assert await refuse(till, number) == "LATE_PAYMENT_NOT_AGREED"

    asked = await ask(till, number)
    (row,) = await till.market.rows("SELECT content FROM approval WHERE approval_id = $1", asked.approval_id)
    assert f'"takesReturnOf":{last}' in row["content"]
    assert codes([await decide(till, asked.approval_id)]) == [""]

    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    assert await agrees(till)


async def test_what_was_paid_late_of_more_than_came_back_is_nobodys_payout(till: Till) -> None:
    payout = await send(till)
    await till.answer(K.REFUSED, payout, amount=None, currency="")
    ((sheet, _),) = [(share.sheet_id, share.taken) for share in (await till.payout(payout)).shares]
    async with till.database.write(till.platform_id) as conn:
        await take_from_sheets(conn, takes=[Take(sheet, MovementKind.HELD, 1_00, "hold/1")], actor=ACTOR, now=till.now)
    again = (await till.retry(payout)).payout_id
    await till.pay(again)
    await till.answer(K.RETURNED, again)
    assert isinstance(await till.answer(K.PAID, payout), Refused)

    assert await refuse(till, await waiting(till)) == "PAID_TWICE"


async def test_of_two_payouts_of_one_sheet_that_were_both_paid_late_one_is_booked(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.ADJUSTMENT)
    first = await send(till)
    await till.answer(K.REFUSED, first, amount=None, currency="")
    second = (await till.retry(first)).payout_id
    await till.submit(second)
    await till.answer(K.REFUSED, second, amount=None, currency="")
    await till.answer(K.PAID, second)
    second_answer = await waiting(till)
    await till.answer(K.PAID, first, reference="first")
    await replace_accounts(till)
    rows = await till.market.rows("SELECT bank_answer_id FROM bank_answer WHERE reference = 'first'")
    asked = [await ask(till, number) for number in (second_answer, rows[0]["bank_answer_id"])]

    # While the bank says of both that they were paid, nobody books either: one is seen to first.
    assert codes([await decide(till, asked[1].approval_id)]) == ["PAYOUT_CANNOT_BE_RETRIED"]
    async with till.database.write(till.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(asked[0].approval_id or 0, "first the other"), ACTOR, till.now)
    await till.dismiss("first")
    assert await approvals(till) == [("LATE_PAYMENT", "WITHDRAWN"), ("LATE_PAYMENT", "STALE")]
    await decide(till, (await ask(till, second_answer)).approval_id)
    assert isinstance(await till.answer(K.PAID, first, reference="first again"), Refused)

    refused = await asking_is_refused(till, await waiting(till))

    assert (refused.code, await till.net("2015 M1, 2190, 1010")) == ("PAID_TWICE", [0, 0, -9_950_00])
    assert await agrees(till)


async def test_while_a_late_payment_waits_for_a_word_its_sheets_are_not_paid_by_anything_else(till: Till) -> None:
    payout, answer = await paid_late(till)
    await ask(till, answer)

    assert (await till.create()).created == ()
    with pytest.raises(LedgerError, match="BANK_SAYS_PAID"):
        await till.retry(payout)


async def test_what_was_refused_stays_with_the_answer_and_is_asked_for_again(till: Till) -> None:
    _, answer = await paid_late(till)
    asked = await ask(till, answer)

    await decide(till, asked.approval_id, word=Word.REJECT)

    assert await waiting(till) == answer
    async with till.database.write(till.platform_id) as conn:
        again = await resubmit_one(conn, asked.approval_id or 0, ACTOR, till.now)
    await decide(till, again.approval_id)
    assert await till.unmatched() == []
    assert await till.net("2015 M1, 2190") == [0, 0]


async def test_once_somebody_has_dismissed_the_answer_nobody_is_asked_any_more(till: Till) -> None:
    _, answer = await paid_late(till)
    asked = await ask(till, answer)
    (row,) = await till.market.rows("SELECT reference FROM bank_answer WHERE bank_answer_id = $1", answer)

    await till.dismiss(row["reference"])

    assert await approvals(till) == [("LATE_PAYMENT", "STALE")]
    assert (await asking_is_refused(till, answer)).code == "BANK_ANSWER_ENDED"
    with pytest.raises(LedgerError, match="has changed"):
        async with till.database.write(till.platform_id) as conn:
            await resubmit_one(conn, asked.approval_id or 0, ACTOR, till.now)


async def test_a_refusal_of_the_book_is_heard_by_who_decides_and_the_request_waits(till: Till) -> None:
    payout, answer = await paid_late(till)
    asked = await ask(till, answer)
    await till.fund(-9_999_00)

    assert codes([await decide(till, asked.approval_id)]) == ["ANSWER_NOT_POSTABLE"]

    assert await approvals(till) == [("LATE_PAYMENT", "PENDING")]
    assert await till.status(payout) == "FAILED"
    await till.fund(9_999_00)
    assert codes([await decide(till, asked.approval_id)]) == [""]


async def test_sheets_of_which_something_is_held_by_now_are_not_booked_as_they_were(till: Till) -> None:
    payout, answer = await paid_late(till)
    asked = await ask(till, answer)
    (share,) = (await till.payout(payout)).shares
    take = Take(share.sheet_id, MovementKind.HELD, 1_00, "hold/1")
    async with till.database.write(till.platform_id) as conn:
        await take_from_sheets(conn, takes=[take], actor=ACTOR, now=till.now)

    assert codes([await decide(till, asked.approval_id)]) == ["PAYOUT_CANNOT_BE_RETRIED"]

    assert await till.net("2190, 1010") == [0, -10_000_00]


async def test_where_payouts_need_approval_a_late_payment_is_agreed_to_as_one(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    created = await till.create_one()
    (row,) = await till.market.rows("SELECT approval_id FROM approval WHERE kind = 'PAYOUT'")
    await decide(till, row["approval_id"])
    await till.submit()
    await till.answer(K.REFUSED, created.payout_id, amount=None, currency="")
    await till.answer(K.PAID, created.payout_id)
    answer = await waiting(till)

    assert await refuse(till, answer) == "LATE_PAYMENT_NOT_AGREED"
    await decide(till, (await ask(till, answer)).approval_id)

    rows = await till.market.rows("SELECT status FROM payout WHERE replaces = $1", created.payout_id)
    assert [row["status"] for row in rows] == ["PAID"]
    assert await approvals(till) == [("PAYOUT", "GRANTED"), ("LATE_PAYMENT", "GRANTED")]
    assert await agrees(till)


async def test_only_what_was_paid_after_it_had_failed_is_asked_about(till: Till) -> None:
    payout = await send(till)
    await till.answer(K.PAID, payout, amount=48_00)

    assert (await asking_is_refused(till, await waiting(till))).code == "ANSWER_NOT_LATE"
    assert (await asking_is_refused(till, 10**9)).code == "BANK_ANSWER_MISSING"


@pytest.mark.parametrize(
    ("wrong", "fact"),
    [
        ("UPDATE bank_answer SET reference = '1' WHERE source = 'settled'", ""),
        ("UPDATE payout SET payee_account_id = (SELECT max(payee_account_id) FROM payee_account)", "payee"),
        ("UPDATE payout SET paying_account_id = (SELECT max(paying_account_id) FROM paying_account)", "paying"),
    ],
)
async def test_verify_names_a_late_payment_that_is_not_what_was_agreed_to(
    till: Till, database: Database, wrong: str, fact: str
) -> None:
    payout, answer = await paid_late(till)
    await decide(till, (await ask(till, answer)).approval_id)
    connection = await asyncpg.connect(database.dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(f"{wrong} WHERE replaces = {payout}" if fact else wrong)
    finally:
        await connection.close()

    found = await find_disagreement(till)

    assert found is not None
    assert (found.table, list(found.found)) == ("payout", [fact or "payee"]), found


GRANTED = "approval = 'GRANTED', approval_id = (SELECT approval_id FROM approval WHERE kind = '{}')"
SUBMISSION = """
    INSERT INTO payout_submission (
        platform_id, paying_account_id, channel, execution_date, submitted_at, claimed_at, answered_at
    )
    SELECT p.platform_id, p.paying_account_id, 'sandbox', p.due_date, p.created_at, {0}, {0} FROM payout AS p
    WHERE p.payout_id = $1 RETURNING submission_id
"""
SUBMIT = """
    UPDATE payout SET status = 'SUBMITTED', transit_minor = net_minor, submitted_at = created_at, submission_id = $2, {}
    WHERE payout_id = $1
"""


async def agreed_and_not_booked(till: Till) -> tuple[int, int]:
    """The failed payout and one in its place, on its accounts, that was agreed to and stays where it was created."""
    payout, answer = await paid_late(till)
    asked = await ask(till, answer)
    (row,) = await till.market.rows("SELECT digest, subject FROM approval WHERE approval_id = $1", asked.approval_id)
    async with till.database.write(till.platform_id) as conn:
        said = Decision(asked.approval_id or 0, row["digest"], Word.APPROVE)
        await deciding.decide(conn, decisions=[said], actor=CHECKER, now=till.now)
        await dismiss_answers(conn, answer_ids=[answer], reason="seen to", actor=ACTOR, now=till.now)
        failed = (await load_payouts(conn, payout_ids=[payout]))[payout]
        late = Late(failed.paying_account_id, failed.payee_account_id, asked.approval_id or 0)
        created = await retry_payout(conn, payout_id=payout, actor=ACTOR, now=till.now, late=late)
    return payout, created.payout_id


async def send_round_the_code(till: Till, number: int, *, answered: str, agreed: str) -> None:
    """Send a payout in a submission of its own, with what is said of its approval."""
    async with till.database.write(till.platform_id) as conn:
        submission = await conn.fetchval(SUBMISSION.format(answered), number)
        await conn.execute(SUBMIT.format(agreed), number, submission)


@pytest.mark.parametrize(
    ("answered", "agreed", "law"),
    [
        ("NULL", GRANTED.format("LATE_PAYMENT"), "PAYEE_ACCOUNT_RETIRED"),
        ("p.created_at", "approval = 'NOT_REQUIRED', approval_id = NULL", "PAYEE_ACCOUNT_RETIRED"),
        ("p.created_at", GRANTED.format("LATE_PAYMENT"), ""),
    ],
)
async def test_the_database_takes_only_what_two_persons_agreed_to_and_nobody_hands_over(
    till: Till, answered: str, agreed: str, law: str
) -> None:
    """Round the code: the payout is as the code makes it, and one thing around it is not as it has to be."""
    _, number = await agreed_and_not_booked(till)

    if law:
        with pytest.raises(Exception, match=law):
            await send_round_the_code(till, number, answered=answered, agreed=agreed)
        assert await till.status(number) == "CREATED"
        assert [each.reason for each in (await till.submit()).waiting] == ["PAYEE_ACCOUNT_RETIRED"]
    else:
        await send_round_the_code(till, number, answered=answered, agreed=agreed)
        with pytest.raises(Exception, match="SUBMISSION_ANSWERED"):
            await go_round_the_code(
                till,
                "UPDATE payout_submission AS s SET answered_at = NULL, claimed_at = NULL FROM payout AS p"
                " WHERE p.submission_id = s.submission_id AND p.payout_id = $1",
                number,
            )


async def test_the_database_takes_no_agreement_for_a_payout_between_other_accounts_or_in_no_place(till: Till) -> None:
    payout, number = await agreed_and_not_booked(till)
    await till.cancel(number)
    async with till.database.write(till.platform_id) as conn:
        other = (await retry_payout(conn, payout_id=payout, actor=ACTOR, now=till.now)).payout_id
    await till.pay_to("M1", iban="GB33BUKB20201555555555", reference="M1-3")

    with pytest.raises(Exception, match="PAYEE_ACCOUNT_RETIRED"):
        await send_round_the_code(till, other, answered="p.created_at", agreed=GRANTED.format("LATE_PAYMENT"))
