"""Another account takes the place of the one that a legal entity pays from: what waits goes on from it, once."""

import pytest

from ledger.approvals.model import Kind
from ledger.errors import LedgerError
from ledger.reporting.payouts import list_paying_accounts
from ledger.settlement.payouts.errors import PayingAccountConflict
from ledger.settlement.payouts.model import AnswerKind, Secret, Verdict
from ledger.verify.verifying import verify
from tests.ledger.settlement.payouts.test_laws import SEND, go_round_the_code
from tests.ledger.settlement.payouts.till import Till, make_answer
from tests.ledger.settlement.second_person import ask_a_second_person

K = AnswerKind
FIRST, SECOND, THIRD = "CH9300762011623852957", "GB82WEST12345698765432", "DE75512108001245126199"
STANDING = """
    SELECT p.status, p.reason, a.reference FROM payout AS p INNER JOIN paying_account AS a USING (paying_account_id)
    ORDER BY p.payout_id
"""
ACCOUNTS = "SELECT reference, retired_at FROM paying_account ORDER BY paying_account_id"


async def standing(till: Till) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in await till.market.rows(STANDING)]


async def agrees(till: Till) -> bool:
    async with till.database.read(till.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def test_what_waits_is_paid_from_the_new_account_and_what_was_sent_is_answered_from_the_old(till: Till) -> None:
    await till.sheet("M1", 50_00)
    sent = (await till.create_one()).payout_id
    await till.submit()
    sheets = [await till.sheet("M1", 20_00), await till.sheet("D1", 10_00, role="DISTRIBUTOR")]
    await till.create()

    again = await till.pay_from(reference="B2", iban=SECOND)

    assert (again.reference, again.replayed) == ("B2", False)
    retired = "PAYING_ACCOUNT_RETIRED"
    assert await standing(till) == [
        ("SUBMITTED", "", "B1"),
        ("CANCELLED", retired, "B1"),
        ("CANCELLED", retired, "B1"),
    ]
    assert [(await till.sheet_figures(sheet))[0] for sheet in sheets] == ["PAYMENT_PENDING"] * 2
    assert [tuple(row) for row in await till.market.rows(ACCOUNTS)] == [("B1", till.now), ("B2", None)]
    assert (await till.submit()).payout_ids == ()

    fresh = [each.payout_id for each in (await till.create()).created]
    assert sorted((await till.submit()).payout_ids) == sorted(fresh)
    key = (await till.payout(sent)).channel_key
    await till.answers(make_answer(K.PAID, key, amount=50_00, from_iban=Secret(FIRST)))
    for number in fresh:
        payout = await till.payout(number)
        await till.answers(make_answer(K.PAID, payout.channel_key, amount=payout.net, from_iban=Secret(SECOND)))

    assert [status for status, _, _ in await standing(till)] == ["PAID", "CANCELLED", "CANCELLED", "PAID", "PAID"]
    assert [each[2] for each in await standing(till)][3:] == ["B2", "B2"]
    assert await till.net("2015 M1, 2015 D1, 2190") == [0, 0, 0]


async def test_a_statement_of_the_new_account_says_nothing_of_what_left_the_old_one(till: Till) -> None:
    await till.sheet("M1", 50_00)
    sent = await till.payout((await till.create_one()).payout_id)
    await till.submit()
    await till.pay_from(reference="B2", iban=SECOND)

    await till.answers(make_answer(K.PAID, sent.channel_key, amount=50_00, from_iban=Secret(SECOND)))

    assert await till.status(sent.payout_id) == "SUBMITTED"


async def test_what_somebody_was_asked_about_is_stale_and_asked_for_anew_with_the_new_account(till: Till) -> None:
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    digest = (await till.payout(first)).digest

    await till.pay_from(reference="B2", iban=SECOND)
    again = await till.create_one()

    rows = await till.market.rows("SELECT subject, status FROM approval ORDER BY approval_id")
    assert [tuple(row) for row in rows] == [(f"payout/{first}", "STALE"), (f"payout/{again.payout_id}", "PENDING")]
    assert (await till.payout(again.payout_id)).digest != digest


async def test_what_failed_or_came_back_is_paid_again_from_the_new_account(till: Till) -> None:
    await till.sheet("M1", 50_00)
    sent = (await till.create_one()).payout_id
    await till.pay(sent)
    await till.pay_from(reference="B2", iban=SECOND)
    await till.answer(K.RETURNED, sent)

    second = (await till.retry(sent)).payout_id
    await till.pay(second)

    assert await standing(till) == [("RETURNED", "", "B1"), ("PAID", "", "B2")]
    assert await till.net("2016 M1, 2190") == [0, 0]


async def test_a_payout_of_which_a_bank_says_that_it_was_paid_is_neither_cancelled_nor_sent(till: Till) -> None:
    await till.sheet("M1", 50_00)
    await till.pay((await till.create_one()).payout_id)  # so that there is a submission to send it with
    sheet = await till.sheet("M1", 20_00)
    payout = (await till.create_one()).payout_id
    await till.answer(K.PAID, payout, reference="how so?")

    await till.pay_from(reference="B2", iban=SECOND)

    assert (await till.create()).created == ()
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 20_00, 0, 0)
    await till.dismiss("how so?")
    assert [each.reason for each in (await till.submit()).waiting] == ["PAYING_ACCOUNT_RETIRED"]
    with pytest.raises(Exception, match="PAYING_ACCOUNT_RETIRED"):
        await go_round_the_code(till, SEND, payout)
    await till.cancel(payout)
    assert (await till.create_one()).draft.net == 20_00


@pytest.mark.parametrize("replaced", ["paying", "payee"])
@pytest.mark.parametrize("is_heard_first", [True, False])
async def test_what_a_bank_says_of_the_payout_before_it_keeps_a_retry_and_all_after_it_from_being_sent(
    till: Till, replaced: str, is_heard_first: bool
) -> None:
    """Whichever account was replaced, before or after the bank was heard: nothing leaves for what was paid."""
    sheet = await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(first, Verdict.REFUSED, reason="AC04")
    again = (await till.retry(first)).payout_id

    if is_heard_first:
        await till.answer(K.PAID, first, reference="late")
    await (
        till.pay_from(reference="B2", iban=SECOND)
        if replaced == "paying"
        else till.pay_to("M1", iban=THIRD, reference="N")
    )
    if not is_heard_first:
        await till.answer(K.PAID, first, reference="late")

    for _ in range(2):
        assert (await till.create()).created == ()
        assert (await till.submit()).payout_ids == ()
    assert await till.unmatched() == [("late", "ANSWER_OUT_OF_ORDER")]
    assert await till.net("2015 M1, 2190, 1010") == [50_00, 0, -10_000_00]
    with pytest.raises(LedgerError):
        await till.retry(first)
    cancelled = await till.status(again) == "CANCELLED"
    assert cancelled is (replaced == "paying")
    with pytest.raises(Exception, match=r"SAID_PAID|RETIRED|PAYOUT_STATE"):
        await go_round_the_code(till, SEND, again)

    await till.dismiss("late")  # a person has found that nothing was paid
    if not cancelled:
        await till.cancel(again)
    fresh = (await till.create()).created or (await till.retry(first),)
    await till.pay(fresh[0].payout_id)
    assert (await till.sheet_figures(sheet))[3] == 50_00
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]


async def test_what_the_bank_will_take_for_what_is_on_its_way_is_not_there_for_the_new_account(till: Till) -> None:
    """1010 is kept per legal entity and currency, whichever account it is with."""
    await till.pay_from(fee_minor=1_00)
    await till.sheet("M1", 50_00)
    sent = await till.create_one()
    await till.submit()
    before = await available(till)

    await till.pay_from(reference="B2", iban=SECOND, fee_minor=1_00)

    assert sent.draft.fee == 1_00
    assert await available(till) == [("B2", before[0][1])]
    await till.sheet("D1", before[0][1] + 1, role="DISTRIBUTOR")
    await till.create()
    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_BALANCE"]


async def available(till: Till) -> list[tuple[str, int]]:
    """Each account that is paid from, with what it can still send."""
    async with till.database.read(till.platform_id) as conn:
        return [(row.reference, row.available_minor) for row in await list_paying_accounts(conn)]


async def test_an_account_that_was_replaced_is_not_taken_up_again(till: Till) -> None:
    await till.pay_from(reference="B2", iban=SECOND)

    for given in ({"reference": "B1", "iban": FIRST}, {"reference": "B1", "iban": THIRD}):
        with pytest.raises(PayingAccountConflict):
            await till.pay_from(**given)
    await till.pay_from(reference="B3", iban=FIRST)

    assert [row["reference"] for row in await till.market.rows(ACCOUNTS)] == ["B1", "B2", "B3"]
    assert await agrees(till)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE paying_account SET retired_at = NULL WHERE retired_at IS NOT NULL",
        "UPDATE paying_account SET fee_minor = 7 WHERE retired_at IS NOT NULL",
    ],
)
async def test_the_database_keeps_a_replaced_account_as_it_was(till: Till, statement: str) -> None:
    await till.pay_from(reference="B2", iban=SECOND)

    with pytest.raises(Exception, match="BANK_ACCOUNT_FIXED"):
        async with till.database.write(till.platform_id) as conn:
            await conn.execute(statement)


async def test_the_database_lets_an_entity_pay_from_one_account_at_a_time(till: Till) -> None:
    twin = """
        INSERT INTO paying_account (
            platform_id, registered_at, book_id, reference, currency, holder, scheme, identifier, masked, bank_code,
            channel, calendar, cut_off, step_minor, fee_minor
        )
        SELECT platform_id, registered_at, book_id, 'B9', currency, holder, scheme, identifier, masked, bank_code,
            channel, calendar, cut_off, step_minor, fee_minor FROM paying_account
    """

    with pytest.raises(Exception, match="book_pays_from_one_account"):
        async with till.database.write(till.platform_id) as conn:
            await conn.execute(twin)
