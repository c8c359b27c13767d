"""What a channel can move, after tax and fee: whole steps, nothing lost, nothing taxed that is not paid."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.settlement.payouts.model import DueSheet, PayeeAccount, PayingAccount, Verdict
from ledger.settlement.payouts.planning import Reason, World, floor_to_step, plan_payouts
from ledger.settlement.payouts.withholding import CN_LABOUR, Month, withhold
from tests.ledger.settlement.payouts.till import Till

DAY = date(2026, 3, 2)
steps = st.sampled_from([1, 10, 100, 1_000])
payables = st.integers(1, 80_000_00)
months = st.integers(0, 60_000_00).map(lambda paid: Month(paid, CN_LABOUR.due(paid)))


def make_world(*, step: int, fee: int, month: Month) -> World:
    calendar = {"channel": "sandbox", "calendar": "MON-FRI", "cut_off": None}
    paying = PayingAccount(paying_account_id=1, book_id=1, currency="CNY", step_minor=step, fee_minor=fee, **calendar)
    payee = PayeeAccount(1, 2, "CNY", "CN-LABOUR", b"")
    return World({(1, "CNY"): paying}, {(2, "CNY"): payee}, frozenset(), {1: DAY}, [CN_LABOUR], {(1, 2, "CNY"): month})


@given(amounts=st.lists(payables, min_size=1, max_size=4), step=steps, fee=st.integers(0, 50), month=months)
def test_a_payout_moves_whole_steps_after_tax_and_what_it_leaves_stays_payable(amounts, step, fee, month):
    sheets = [DueSheet(number, 2, 1, "DISTRIBUTOR", "CNY", DAY, amount) for number, amount in enumerate(amounts, 1)]

    drafts, waiting = plan_payouts(sheets, world=make_world(step=step, fee=fee, month=month))

    payable = {sheet.sheet_id: sheet.payable for sheet in sheets}
    if not drafts:
        left = sum(amounts) - withhold(CN_LABOUR, month, sum(amounts)) - fee
        assert left < step
        assert {each.reason for each in waiting} <= {Reason.BELOW_STEP, Reason.NOTHING_AFTER_TAX_AND_FEE}
        return
    (draft,) = drafts
    assert draft.net > 0
    assert draft.net % step == 0
    assert draft.gross == draft.net + draft.fee + draft.withheld == draft.taxed
    assert draft.withheld == withhold(CN_LABOUR, month, draft.taxed)
    taken = {share.sheet_id: share.taken + share.withheld for share in draft.shares}
    assert all(0 < taken[number] <= payable[number] for number in taken)
    assert all(share.taken >= 0 and share.withheld >= 0 for share in draft.shares)
    rest = sum(amounts) - draft.gross
    # One more step does not fit into what is left, whatever tax were on it.
    more = draft.gross + rest
    assert more - withhold(CN_LABOUR, month, more) - fee - draft.net < step
    told = {each.sheet_ids[0]: each.amount for each in waiting}
    assert {number: taken.get(number, 0) + told.get(number, 0) for number in payable} == payable
    assert {each.reason for each in waiting} <= {Reason.BELOW_STEP}


def test_what_a_payout_leaves_stays_on_the_sheets_that_are_due_last():
    sheets = [DueSheet(number, 2, 1, "DISTRIBUTOR", "CNY", DAY, amount) for number, amount in enumerate((107, 4, 3), 1)]

    ((draft,), waiting) = plan_payouts(sheets, world=make_world(step=10, fee=0, month=Month()))

    assert [(share.sheet_id, share.taken) for share in draft.shares] == [(1, 107), (2, 3)]
    assert [(each.sheet_ids, each.amount) for each in waiting] == [((2,), 1), ((3,), 3)]


@given(amounts=st.lists(payables, min_size=1, max_size=6), step=steps)
def test_a_month_comes_to_the_same_tax_however_it_is_cut_and_floored(amounts, step):
    month, rest = Month(), 0
    for amount in amounts:
        payable = rest + amount
        taken, tax = floor_to_step(payable, step=step, fee=0, rule=CN_LABOUR, month=month)
        rest = payable - taken
        month = Month(month.taxed + taken, month.withheld + tax)

    assert month.taxed + rest == sum(amounts)
    assert month.withheld == CN_LABOUR.due(month.taxed)


class Leaping:
    """A law that takes 2.00 at once of everything above 10.00: no amount leaves between 8.01 and 10.00."""

    code, currency, valid_from = "LEAP", "CNY", date(2000, 1, 1)

    def due(self, month_minor: int) -> int:
        return 2_00 if month_minor > 10_00 else 0


@pytest.mark.parametrize("payable", range(9_95, 13_00, 5))
def test_a_law_that_leaps_never_makes_a_payout_of_more_than_is_there(payable):
    taken, tax = floor_to_step(payable, step=100, fee=0, rule=Leaping(), month=Month())

    assert 0 < taken <= payable
    assert (taken - tax) % 100 == 0
    assert payable - Leaping().due(payable) - (taken - tax) < 100


async def test_what_is_left_below_a_step_is_neither_paid_nor_taxed_and_both_follow_with_the_next_sheet(database):
    till = await Till.open(database, step_minor=100)
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    first = await till.sheet("D1", 3_500_30, role="DISTRIBUTOR")

    one = await till.create_one()

    # 3,500.30 would leave 2,960.24: 2,960.00 is what 3,500.00 leave.
    assert (one.draft.net, one.draft.withheld, one.draft.taxed) == (2_960_00, 540_00, 3_500_00)
    assert await till.sheet_figures(first) == ("PAYMENT_PENDING", 30, 2_960_00, 0, 540_00)
    await till.pay(one.payout_id)
    second = await till.sheet("D1", 1_499_70, role="DISTRIBUTOR")
    two = await till.create_one()
    assert [tuple(share) for share in two.draft.shares] == [(first, 25, 5), (second, 1_239_75, 259_95)]
    assert (two.draft.net, two.draft.withheld) == (1_240_00, 260_00)  # 5,000.00 a month: 800.00
    await till.pay(two.payout_id)
    assert await till.net("2015 D1, 2110 D1, 2190") == [0, 800_00, 0]
    assert [(await till.sheet_figures(sheet))[0] for sheet in (first, second)] == ["PAID", "PAID"]


async def test_what_paying_again_leaves_below_a_step_goes_with_the_next_sheet(database):
    till = await Till.open(database, step_minor=100)
    first = await till.sheet("M1", 15_74)
    failed = await till.create_one()
    await till.submit()
    await till.outcome(failed.payout_id, Verdict.REFUSED)

    again = await till.retry(failed.payout_id)

    assert again.draft.net == 15_00
    assert await till.sheet_figures(first) == ("PAYMENT_PENDING", 74, 15_00, 0, 0)
    await till.pay(again.payout_id)
    second = await till.sheet("M1", 10_26)
    both = await till.create_one()
    assert [tuple(share) for share in both.draft.shares] == [(first, 74, 0), (second, 10_26, 0)]
    await till.pay(both.payout_id)
    assert await till.net("2015 M1, 2190") == [0, 0]
    assert [(await till.sheet_figures(sheet))[0] for sheet in (first, second)] == ["PAID", "PAID"]
