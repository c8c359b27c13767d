"""A payout from its sheets to the bank and back: what is claimed, posted and shown at every point."""

import asyncio
from datetime import timedelta

import pytest

from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Kind, Status
from ledger.approvals.model import Verdict as Verdicts
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.payouts import creating, submitting
from ledger.settlement.payouts.creating import preview_payouts
from ledger.settlement.payouts.ending import apply_payout_decisions
from ledger.settlement.payouts.model import AnswerKind, Applied, Verdict
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import ACTOR, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person, let_decide
from tests.statements import gather_asked

K = AnswerKind


async def test_a_sheet_is_paid_through_transit_and_every_step_is_in_the_log(till: Till):
    sheet = await till.sheet("M1", 1_141_86)

    created = await till.create_one()
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 1_141_86, 0, 0)
    assert await till.net("2015 M1, 2190, 1010") == [1_141_86, 0, -10_000_00]

    await till.submit()
    assert await till.net("2015 M1, 2190, 1010") == [0, 1_141_86, -10_000_00]

    await till.outcome(created.payout_id, Verdict.ACCEPTED)
    assert isinstance(await till.answer(K.PAID, created.payout_id), Applied)
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -8_858_14]
    assert await till.sheet_figures(sheet) == ("PAID", 0, 1_141_86, 1_141_86, 0)
    assert await till.status(created.payout_id) == "PAID"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID"]
    told = await till.market.rows(
        "SELECT kind FROM log_event WHERE subject = $1 ORDER BY sequence", f"payout/{created.payout_id}"
    )
    assert [row["kind"] for row in told] == ["payout.created", "payout.submitted", "payout.accepted", "payout.paid"]


async def test_sheets_of_one_party_are_one_payout_and_those_due_later_wait(till: Till):
    early, late = await till.sheet("M1", 10_00), await till.sheet("M1", 20_00)
    await till.sheet("M1", 40_00, due=TODAY + timedelta(days=1))
    other = await till.sheet("D1", 5_00, role="DISTRIBUTOR")

    run = await till.create()

    shares = [[tuple(share) for share in created.draft.shares] for created in run.created]
    assert shares == [[(early, 10_00, 0), (late, 20_00, 0)], [(other, 5_00, 0)]]
    assert run.waiting == ()


async def test_a_failed_payout_is_paid_again_by_another_and_each_line_is_claimed_once(till: Till):
    sheet = await till.sheet("M1", 1_141_86)
    first = (await till.create_one()).payout_id
    await till.submit()

    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 1_141_86, 0, 0, 0)
    assert await till.net("2015 M1, 2190") == [1_141_86, 0]
    second = (await till.retry(first)).payout_id
    await till.pay(second)

    assert [await till.status(first), await till.status(second)] == ["FAILED", "PAID"]
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -8_858_14]
    assert await till.sheet_figures(sheet) == ("PAID", 0, 1_141_86, 1_141_86, 0)
    rows = await till.market.rows("SELECT payout_id, stands FROM payout_sheet ORDER BY payout_id")
    assert [tuple(row) for row in rows] == [(first, "RELEASED"), (second, "PAID")]
    with pytest.raises(LedgerError, match=f"already replaced by payout {second}"):
        await till.retry(first)


async def test_an_unknown_payout_is_neither_sent_again_nor_released_until_the_bank_says(till: Till):
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.UNKNOWN)

    assert (await till.submit()).payout_ids == ()
    assert (await till.create()).created == ()
    assert codes(await till.cancel(payout)) == ["PAYOUT_STATUS"]
    with pytest.raises(LedgerError) as refused:
        await till.retry(payout)
    assert refused.value.code == "PAYOUT_STATUS"
    assert await till.net("2015 M1, 2190") == [0, 50_00]
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 50_00, 0, 0)

    assert isinstance(await till.answer(K.PAID, payout), Applied)

    assert await till.status(payout) == "PAID"
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -9_950_00]


async def test_an_unknown_payout_that_the_bank_never_took_has_failed_and_can_be_paid_again(till: Till):
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.UNKNOWN)

    await till.answer(K.REFUSED, payout, amount=None, reason="never received")

    assert await till.status(payout) == "FAILED"
    assert await till.sheet_figures(sheet) == ("PAY_FAILED", 50_00, 0, 0, 0)
    await till.pay((await till.retry(payout)).payout_id)
    assert await till.sheet_figures(sheet) == ("PAID", 0, 50_00, 50_00, 0)


async def test_the_same_command_five_times_at_once_makes_one_payout_and_one_entry(till: Till):
    await till.sheet("M1", 50_00)

    runs = await asyncio.gather(*(till.create() for _ in range(5)))
    sent = await asyncio.gather(*(till.submit() for _ in range(5)))

    assert sum(len(run.created) for run in runs) == 1
    assert sum(len(each.payout_ids) for each in sent) == 1
    assert await till.templates() == ["PAYOUT_SUBMITTED"]


async def test_a_cancelled_payout_gives_its_sheets_back_once_and_the_next_run_pays_them(till: Till):
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id

    first, second = await till.cancel(payout), await till.cancel(payout)

    assert codes(first + second) == ["", ""]
    assert await till.sheet_figures(sheet) == ("PAYMENT_PENDING", 50_00, 0, 0, 0)
    assert await till.templates() == []
    await till.pay((await till.create_one()).payout_id)
    assert await till.net("2015 M1, 1010") == [0, -9_950_00]
    assert codes(await till.cancel(payout, 999_999)) == ["", "PAYOUT_MISSING"]


async def test_a_payout_that_the_bank_sent_back_is_owed_in_2016_and_paid_from_there(till: Till):
    sheet = await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    await till.pay(first)

    await till.answer(K.RETURNED, first, reason="AC04")

    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 50_00, 0, -10_000_00]
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 50_00, 0, 0)
    assert (await till.create()).created == ()

    second = (await till.retry(first)).payout_id
    await till.submit()
    await till.outcome(second, Verdict.REFUSED)
    third = (await till.retry(first)).payout_id
    await till.pay(third)

    assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    assert await till.sheet_figures(sheet) == ("PAID", 0, 50_00, 50_00, 0)
    rows = await till.market.rows("SELECT payout_id, stands FROM payout_sheet ORDER BY payout_id")
    assert [tuple(row) for row in rows] == [(first, "REPLACED"), (second, "RELEASED"), (third, "PAID")]


async def test_the_platform_bears_what_the_bank_takes_unless_the_party_agreed_to_a_fee(till: Till):
    await till.sheet("M1", 100_00)
    payout = (await till.create_one()).payout_id
    await till.submit()

    await till.answer(K.PAID, payout, fee=15)

    assert await till.net("5010, 2015 M1, 1010") == [-15, 0, -9_899_85]
    assert (await till.payout(payout)).bank_fee == 15


@pytest.mark.parametrize(("taken", "borne"), [(30, 0), (45, -15), (10, 20), (0, 30)])
async def test_a_party_bears_the_agreed_fee_out_of_his_sheet_no_more_and_no_less(database, taken, borne):
    till = await Till.open(database, fee_minor=30)
    sheet = await till.sheet("M1", 100_00)
    created = await till.create_one()
    assert (created.draft.net, created.draft.fee) == (99_70, 30)
    await till.submit()

    await till.answer(K.PAID, created.payout_id, fee=taken)

    assert await till.net("2015 M1, 2190, 1010, 5010") == [0, 0, -10_000_00 + 99_70 + taken, borne]
    assert await till.sheet_figures(sheet) == ("PAID", 0, 100_00, 100_00, 0)


async def test_a_distributors_month_is_withheld_from_as_a_whole(till: Till):
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    first = await till.sheet("D1", 3_500_00, role="DISTRIBUTOR")
    one = await till.create_one()
    assert (one.draft.net, one.draft.withheld) == (2_960_00, 540_00)
    assert await till.sheet_figures(first) == ("PAYING", 0, 2_960_00, 0, 540_00)
    await till.pay(one.payout_id)
    assert await till.net("2015 D1, 2110 D1, 2190, 1010") == [0, 540_00, 0, -7_040_00]

    await till.sheet("D1", 1_500_00, role="DISTRIBUTOR")
    two = await till.create_one()

    assert (two.draft.net, two.draft.withheld) == (1_240_00, 260_00)  # 5,000.00 a month: 800.00, less 540.00
    await till.submit()
    await till.outcome(two.payout_id, Verdict.REFUSED)
    assert await till.net("2015 D1, 2110 D1") == [1_500_00, 540_00]
    await till.pay((await till.retry(two.payout_id)).payout_id)
    assert await till.net("2015 D1, 2110 D1") == [0, 800_00]
    till.now += timedelta(days=31)
    await till.sheet("D1", 800_00, role="DISTRIBUTOR")
    assert (await till.create_one()).draft.withheld == 0


async def test_a_run_sends_what_the_bank_account_holds_by_due_date_and_says_who_waits(database):
    till = await Till.open(database, cash=100_00)
    await till.sheet("A1", 30_00, due=TODAY, role="AGENT")
    await till.sheet("M1", 60_00, due=TODAY - timedelta(days=2))
    await till.sheet("D1", 50_00, due=TODAY - timedelta(days=1), role="DISTRIBUTOR")
    await till.create()

    sent = await till.submit()

    assert len(sent.payout_ids) == 1
    assert [(each.amount, each.reason) for each in sent.waiting] == [
        (50_00, "BANK_BALANCE"),
        (30_00, "BEHIND_ANOTHER"),
    ]
    assert [each.amount for each in (await till.submit()).waiting] == [50_00, 30_00]
    await till.fund(40_00)
    assert len((await till.submit()).payout_ids) == 2


async def test_runs_at_once_send_no_more_than_the_bank_account_holds_between_them(database):
    till = await Till.open(database, cash=130_00)
    for party, role in (("M1", "MERCHANT"), ("A1", "AGENT"), ("D1", "DISTRIBUTOR")):
        await till.sheet(party, 60_00, role=role)
    first, second, third = (each.payout_id for each in (await till.create()).created)

    sent = await asyncio.gather(*(till.submit() for _ in range(4)))

    assert sorted(number for each in sent for number in each.payout_ids) == [first, second]
    for each in sent:
        assert [(waits.payout_id, waits.reason) for waits in each.waiting] == [(third, "BANK_BALANCE")]
    assert await till.net("1010, 2190") == [-130_00, 120_00]


async def test_a_run_leaves_in_the_account_what_the_bank_will_take_for_transfers_under_way(database):
    till = await Till.open(database, cash=201_99, fee_minor=1_00)
    await till.sheet("M1", 101_00)
    await till.sheet("D1", 101_00, role="DISTRIBUTOR")
    one, two = (await till.create()).created
    await till.submit(one.payout_id)

    sent = await till.submit()

    assert [(each.payout_id, each.reason) for each in sent.waiting] == [(two.payout_id, "BANK_BALANCE")]
    await till.fund(1)
    assert (await till.submit()).payout_ids == (two.payout_id,)
    for each in (one, two):
        await till.outcome(each.payout_id, Verdict.ACCEPTED)
        assert codes([await till.answer(K.PAID, each.payout_id, fee=1_00)]) == [""]
    assert await till.net("1010, 2190") == [0, 0]


async def test_what_cannot_be_paid_waits_with_its_reason(till: Till):
    await till.sheet("D2", 5_00, role="DISTRIBUTOR")
    await till.sheet("M1", 7_00)
    await till.market.block("M1")

    run = await till.create()

    assert run.created == ()
    assert [(each.amount, each.reason) for each in run.waiting] == [(5_00, "NO_PAYEE_ACCOUNT"), (7_00, "PARTY_BLOCKED")]
    await till.market.unblock("M1")
    await till.create()
    await till.market.block("M1")
    assert [each.reason for each in (await till.submit()).waiting] == ["PARTY_BLOCKED"]


async def test_a_channel_that_moves_whole_units_leaves_the_rest_on_the_sheet(database):
    till = await Till.open(database, step_minor=100)
    first, second = await till.sheet("M1", 10_30), await till.sheet("M1", 20_55)

    run = await till.create()

    (created,) = run.created
    assert [(each.sheet_ids, each.amount, each.reason) for each in run.waiting] == [((second,), 85, "BELOW_STEP")]
    assert (created.draft.net, [tuple(share) for share in created.draft.shares]) == (
        30_00,
        [(first, 10_30, 0), (second, 19_70, 0)],
    )
    await till.pay(created.payout_id)
    assert await till.sheet_figures(first) == ("PAID", 0, 10_30, 10_30, 0)
    assert await till.sheet_figures(second) == ("PAYMENT_PENDING", 85, 19_70, 19_70, 0)
    assert [each.reason for each in (await till.create()).waiting] == ["BELOW_STEP"]
    await till.sheet("M1", 15)
    assert (await till.create_one()).draft.net == 1_00


async def test_a_payout_carries_no_more_than_the_largest_amount_and_the_next_the_rest(database):
    most = 10**15
    till = await Till.open(database, cash=0)
    for _ in range(2):
        await till.fund(most)
    first, second = await till.sheet("M1", most - 1), await till.sheet("M1", 10)

    run = await till.create()

    (created,) = run.created
    assert [tuple(share) for share in created.draft.shares] == [(first, most - 1, 0), (second, 1, 0)]
    assert [(each.sheet_ids, each.amount, each.reason) for each in run.waiting] == [((second,), 9, "BEHIND_ANOTHER")]
    assert [each.reason for each in (await till.create()).waiting] == ["CLAIMED_MEANWHILE"]
    await till.pay(created.payout_id)
    await till.pay((await till.create_one()).payout_id)
    assert await till.net("2015 M1, 2190, 1010") == [0, 0, -most + 9]


async def test_a_rest_waits_while_a_payout_of_the_same_sheet_is_under_way(database):
    till = await Till.open(database, step_minor=100)
    await till.sheet("M1", 10_30)
    await till.create_one()

    assert [each.reason for each in (await till.create()).waiting] == ["CLAIMED_MEANWHILE"]


async def test_two_transactions_cannot_claim_the_money_of_one_sheet_in_the_database_either(till: Till):
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id

    with pytest.raises(Exception, match=r"sheet_is_claimed_once|PAYOUT_UNEVEN"):
        async with till.database.write(till.platform_id) as conn:
            await conn.execute(
                "INSERT INTO payout_sheet SELECT platform_id, payout_id + 1, $2, taken_minor, 0, stands"
                " FROM payout_sheet WHERE payout_id = $1",
                payout,
                sheet,
            )


async def test_a_preview_says_what_a_run_would_do_and_writes_nothing(till: Till):
    await till.sheet("M1", 50_00)
    await till.sheet("D2", 5_00, role="DISTRIBUTOR")
    before = await till.market.count_rows()
    async with till.database.read(till.platform_id) as conn:
        preview = await preview_payouts(conn, through=TODAY, now=till.now)

    assert [(each.payout_id, each.draft.net) for each in preview.created] == [(0, 50_00)]
    assert [each.reason for each in preview.waiting] == ["NO_PAYEE_ACCOUNT"]
    assert await till.market.count_rows() == before
    assert len((await till.create()).created) == 1


async def test_an_account_number_is_in_no_event_and_no_refusal(till: Till):
    await till.sheet("M1", 50_00)
    await till.pay((await till.create_one()).payout_id)
    again = await till.pay_to("M1", iban="NL91ABNA0417164300", reference="M1-1")

    assert isinstance(again, Refused)
    assert again.error.code == "BANK_ACCOUNT_CONFLICT"
    secrets = ("532013000", "0417164300", "11623852957")
    assert not any(secret in str(again.error) for secret in secrets)
    written = await till.market.rows(
        "SELECT payload AS text FROM log_event UNION ALL SELECT metadata || description || cause FROM entry"
        " UNION ALL SELECT content FROM approval"
    )
    assert not any(secret in row["text"] for row in written for secret in secrets)


async def test_a_payout_is_sent_once_another_person_has_approved_exactly_it(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT, currency="CNY", from_amount_minor=40_00)
    await till.sheet("M1", 50_00)
    await till.sheet("D1", 10_00, role="DISTRIBUTOR")
    run = await till.create()
    assert [created.needs_approval for created in run.created] == [True, False]
    payout = run.created[0].payout_id

    sent = await till.submit()
    assert [each.reason for each in sent.waiting] == ["APPROVAL_PENDING"]
    approval = (await till.payout(payout)).approval_id
    await let_decide(till.market, approval, apply_payout_decisions, now=till.now)

    assert (await till.submit()).payout_ids == (payout,)
    assert await till.net("2190") == [60_00]


async def test_a_word_on_anything_but_what_the_payout_is_is_refused(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    approval = (await till.payout(payout)).approval_id or 0
    other = Decided(approval, Kind.PAYOUT, f"payout/{payout}", b"\0" * 32, Status.GRANTED, "ann", "ben", "")

    with pytest.raises(ApprovalStale):
        async with till.database.write(till.platform_id) as conn:
            await apply_payout_decisions(conn, decided=[other], actor=CHECKER, now=till.now)

    assert [each.reason for each in (await till.submit()).waiting] == ["APPROVAL_PENDING"]


async def test_a_payout_that_was_not_approved_waits_until_somebody_cancels_it(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    sheet = await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    approval = (await till.payout(payout)).approval_id
    await let_decide(till.market, approval, apply_payout_decisions, now=till.now, verdict=Verdicts.REJECT)

    assert [each.reason for each in (await till.submit()).waiting] == ["APPROVAL_REJECTED"]
    assert codes(await till.cancel(payout)) == [""]
    assert await till.sheet_figures(sheet) == ("PAYMENT_PENDING", 50_00, 0, 0, 0)


async def test_cancelling_a_payout_ends_what_was_asked_about_it(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id

    await till.cancel(payout)

    (row,) = await till.market.rows("SELECT status FROM approval")
    assert row["status"] == "STALE"


async def test_the_database_lets_nothing_be_sent_that_waits_for_approval(till: Till):
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    await till.create_one()
    rows = "'SUBMITTED', transit_minor = net_minor, submission_id = 1, submitted_at = created_at"

    with pytest.raises(Exception, match="payout_is_sent_once_approved"):
        async with till.database.write(till.platform_id) as conn:
            await conn.execute(f"UPDATE payout SET status = {rows}")


async def test_the_number_of_statements_does_not_depend_on_the_number_of_payouts(till: Till):
    counts: list[tuple[int, int]] = []
    for parties in (["M1"], ["M1", "D1", "A1", "M1", "D1", "A1"]):
        for party in parties:
            await till.sheet(party, 10_00)
        async with till.database.write(till.platform_id) as conn:
            with gather_asked(conn) as created:
                await creating.create_due_payouts(conn, through=TODAY, actor=ACTOR, now=till.now)
            with gather_asked(conn) as sent:
                await submitting.submit_payouts(conn, actor=ACTOR, now=till.now)
        counts.append((len(created), len(sent)))

    first, many = counts
    assert many[0] <= first[0]
    assert many[1] <= first[1]
