"""Which flow is chosen: the narrowest that fits, and what it asks for."""

import pytest

from ledger.approvals.flows import choose_flow, read_steps, seats_of, write_steps
from ledger.approvals.model import ANY_OPERATOR, Flow, Kind, Rule, Step
from tests.ledger.approvals.desk import Desk, ask_for

STEPS = (Step(("bob",)),)
ALL = Flow(Kind.PAYOUT, "all", STEPS)
LARGE = Flow(Kind.PAYOUT, "large", STEPS, currency="CNY", from_amount_minor=100_000)
LARGER = Flow(Kind.PAYOUT, "larger", STEPS, currency="CNY", from_amount_minor=1_000_000)
YUAN = Flow(Kind.PAYOUT, "yuan", STEPS, currency="CNY")
BOOK = Flow(Kind.PAYOUT, "book", STEPS, book_id=1)
PARTY = Flow(Kind.PAYOUT, "party", STEPS, party_id=7)
PARTY_IN_BOOK = Flow(Kind.PAYOUT, "party in book", STEPS, book_id=1, party_id=7)
FLOWS = [ALL, LARGE, LARGER, YUAN, BOOK, PARTY, PARTY_IN_BOOK]


@pytest.mark.parametrize(
    ("amount", "currency", "book", "party", "chosen"),
    [
        (99_999, "CNY", None, None, "yuan"),
        (100_000, "CNY", None, None, "large"),
        (1_000_000, "CNY", None, None, "larger"),
        (-1_000_000, "CNY", None, None, "larger"),
        (1_000_000, "JPY", None, None, "all"),
        (None, None, None, None, "all"),
        (1_000_000, "CNY", 1, None, "book"),
        (1_000_000, "CNY", 2, 7, "party"),
        (1, "CNY", 1, 7, "party in book"),
        (1, "EUR", 2, 8, "all"),
    ],
)
def test_the_narrowest_flow_wins(amount, currency, book, party, chosen):
    request = ask_for(amount=amount, currency=currency, book=book, party=party)

    flow = choose_flow(FLOWS, request=request)

    assert flow is not None
    assert flow.name == chosen


def test_a_flow_of_another_kind_is_none_and_some_kinds_have_one_built_in():
    assert choose_flow(FLOWS, request=ask_for(kind=Kind.SHEET)) is None
    for kind in (Kind.PERIOD_REOPENING, Kind.INVOICE_OVERRIDE, Kind.RATE_OVERRIDE):
        built_in = choose_flow([], request=ask_for(kind=kind))
        assert built_in is not None
        assert built_in.steps == (Step((ANY_OPERATOR,)),)


def test_any_is_one_seat_and_all_is_one_for_each():
    steps = (Step(("bob", "cem")), Step(("bob", "cem"), Rule.ALL))

    seats = seats_of(Flow(Kind.PAYOUT, "two", steps))

    assert [(seat.step, seat.seat, seat.approvers) for seat in seats] == [
        (1, 1, ("bob", "cem")),
        (2, 1, ("bob",)),
        (2, 2, ("cem",)),
    ]


def test_steps_come_back_as_they_were_written():
    steps = (Step(("林小明",), Rule.ALL, ("cem",), ("dora", ANY_OPERATOR), 48), Step((ANY_OPERATOR,)))

    assert read_steps(write_steps(steps)) == steps


async def test_the_last_definition_for_the_same_conditions_counts_and_a_retired_one_ends_them(desk: Desk):
    await desk.flow(Step(("bob",)))
    await desk.flow(Step(("cem",)))
    first = await desk.ask(subject="payout/1")

    await desk.flow(Step(("bob",)), is_retired=True)
    (second,) = await desk.request(ask_for("payout/2"))

    assert await desk.approve("bob", first) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", first) == "GRANTED"
    assert second.approval_id is None


async def test_a_request_keeps_the_flow_it_was_made_under(desk: Desk):
    await desk.flow(Step(("bob",)))
    approval = await desk.ask()

    await desk.flow(Step(("cem",)))

    assert await desk.approve("cem", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("bob", approval) == "GRANTED"
