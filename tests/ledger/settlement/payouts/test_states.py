"""The life of a payout, and who is paid from what a bank account holds: pure rules."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.settlement.payouts.liquidity import Candidate, admit
from ledger.settlement.payouts.model import AnswerKind, PayoutStatus
from ledger.settlement.payouts.states import IN_TRANSIT, NEXT, find_steps, is_repetition

S, K = PayoutStatus, AnswerKind


@pytest.mark.parametrize(
    ("status", "answer", "steps"),
    [
        (S.SUBMITTED, K.ACCEPTED, (S.ACCEPTED,)),
        (S.SUBMITTED, K.REFUSED, (S.FAILED,)),
        (S.SUBMITTED, K.PAID, (S.ACCEPTED, S.PAID)),
        (S.UNKNOWN, K.ACCEPTED, (S.ACCEPTED,)),
        (S.UNKNOWN, K.REFUSED, (S.FAILED,)),
        (S.UNKNOWN, K.PAID, (S.ACCEPTED, S.PAID)),
        (S.ACCEPTED, K.PAID, (S.PAID,)),
        (S.ACCEPTED, K.REFUSED, (S.FAILED,)),
        (S.PAID, K.RETURNED, (S.RETURNED,)),
    ],
)
def test_an_answer_takes_a_payout_the_way_that_the_bank_went(status, answer, steps):
    assert find_steps(status, answer) == steps


@given(st.sampled_from(S), st.sampled_from(K))
def test_every_step_is_one_that_a_payout_may_take(status, answer):
    here = status
    for step in find_steps(status, answer):
        assert step in NEXT[here]
        here = step


@given(st.sampled_from(K))
def test_an_answer_moves_no_payout_that_was_never_sent_or_has_ended(answer):
    for status in (S.CREATED, S.FAILED, S.CANCELLED, S.RETURNED):
        assert find_steps(status, answer) == ()


def test_a_payout_that_came_back_cannot_come_back_again_and_what_was_said_is_a_repetition():
    assert is_repetition(S.RETURNED, K.RETURNED)
    assert is_repetition(S.RETURNED, K.PAID)
    assert is_repetition(S.PAID, K.ACCEPTED)
    assert not is_repetition(S.PAID, K.REFUSED)
    assert find_steps(S.PAID, K.REFUSED) == ()


def test_money_is_released_from_no_point_where_it_has_left():
    releasing = {S.FAILED, S.CANCELLED}

    assert {status for status in S if NEXT[status] & releasing} == {S.CREATED, S.SUBMITTED, S.UNKNOWN, S.ACCEPTED}
    assert NEXT[S.UNKNOWN] == {S.ACCEPTED, S.FAILED}


def _candidate(number: int, *, due: int, net: int, account: int = 1, fee: int = 0) -> Candidate:
    return Candidate(number, account, date(2026, 3, due), net, fee)


def test_payouts_are_sent_by_due_date_and_number_and_nobody_overtakes():
    candidates = [
        _candidate(4, due=3, net=30),
        _candidate(3, due=2, net=50),
        _candidate(1, due=2, net=60),
        _candidate(2, due=1, net=9, account=2),
    ]

    sent, waiting = admit(candidates, available={1: 100, 2: 9})

    assert [each.payout_id for each in sent] == [2, 1]
    assert [(each.payout_id, reason.value) for each, reason in waiting] == [(3, "BANK_BALANCE"), (4, "BEHIND_ANOTHER")]


def test_the_fee_that_the_bank_takes_besides_must_fit_too():
    sent, waiting = admit([_candidate(1, due=1, net=100, fee=1)], available={1: 100})

    assert sent == []
    assert [reason.value for _, reason in waiting] == ["BANK_BALANCE"]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 50), st.integers(1, 3)), max_size=20),
    st.dictionaries(st.integers(1, 3), st.integers(0, 120)),
)
def test_a_run_never_sends_more_than_an_account_holds_and_loses_nobody(rows, available):
    candidates = [_candidate(n, due=due, net=net, account=account) for n, (due, net, account) in enumerate(rows)]

    sent, waiting = admit(candidates, available=available)

    for account in range(1, 4):
        assert sum(each.net for each in sent if each.paying_account_id == account) <= available.get(account, 0)
    assert sorted([each.payout_id for each in sent] + [each.payout_id for each, _ in waiting]) == list(range(len(rows)))
    assert admit(list(reversed(candidates)), available=available) == (sent, waiting)


def test_what_is_in_transit_is_what_the_bank_may_have():
    assert {S.SUBMITTED, S.UNKNOWN, S.ACCEPTED} == IN_TRANSIT
