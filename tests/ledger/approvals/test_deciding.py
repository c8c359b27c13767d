"""A person's word: whose counts, for what, once, and only on what was seen."""

import asyncio

from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Requested, Rule, Status, Step, Verdict
from ledger.journal.model import Refused
from tests.ledger.approvals.desk import Desk, ask_for, digest

ANYBODY = Step(approvers=(ANY_OPERATOR,))


async def test_what_no_flow_asks_for_needs_nobody(desk: Desk):
    (requested,) = await desk.request(ask_for())

    assert requested == Requested(None, Status.NOT_REQUIRED)
    assert (await desk.count())["approval"] == 0


async def test_some_kinds_need_a_second_person_without_any_flow(desk: Desk):
    approval = await desk.ask(kind=Kind.RATE_OVERRIDE, subject="rate/1")

    assert await desk.approve("ann", approval) == "MAKER_IS_CHECKER"
    assert await desk.approve("bob", approval) == "GRANTED"


async def test_a_request_is_granted_when_every_step_has_agreed(desk: Desk):
    await desk.flow(Step(("bob", "cem")), Step(("dora",)))
    approval = await desk.ask()

    assert await desk.approve("dora", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", approval) == "PENDING"
    assert await desk.approve("bob", approval) == "NOT_AN_APPROVER"
    said = await desk.say("dora", approval)

    assert isinstance(said, Judged)
    assert said.decided is not None
    assert (said.decided.granted, said.decided.subject, said.decided.actor) == (True, "payout/1", "dora")
    assert await desk.kinds_of_events(approval) == [
        "approval.requested",
        "approval.decided",
        "approval.decided",
        "approval.granted",
    ]


async def test_all_of_a_step_means_each_of_them(desk: Desk):
    await desk.flow(Step(("bob", "cem", "dora"), Rule.ALL))
    approval = await desk.ask()

    assert [await desk.approve(name, approval) for name in ("cem", "bob", "cem", "dora")] == [
        "PENDING",
        "PENDING",
        "PENDING",  # the same word again is a replay
        "GRANTED",
    ]


async def test_one_refusal_ends_a_request(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL))
    approval = await desk.ask()
    await desk.approve("bob", approval)

    said = await desk.say("cem", approval, verdict=Verdict.REJECT, comment="too early")

    assert isinstance(said, Judged)
    assert said.decided is not None
    assert (said.decided.granted, said.decided.comment) == (False, "too early")
    assert await desk.approve("dora", approval) == "APPROVAL_CLOSED"
    assert await desk.approve("bob", approval) == "REJECTED"
    assert await desk.reject("bob", approval) == "ALREADY_DECIDED"


async def test_a_word_is_on_exactly_what_was_seen(desk: Desk):
    await desk.flow(ANYBODY)
    approval = await desk.ask("pay 10")
    before = await desk.count()

    assert await desk.approve("bob", approval, text="pay 1000") == "APPROVAL_STALE"
    assert await desk.count() == before


async def test_a_request_of_other_content_overtakes_what_waits_on_its_subject(desk: Desk):
    await desk.flow(ANYBODY)
    first = await desk.ask("pay 10")

    second = await desk.ask("pay 20")

    assert second != first
    assert await desk.status(first) == "STALE"
    assert await desk.approve("bob", first) == "APPROVAL_CLOSED"
    assert await desk.approve("bob", second, text="pay 20") == "GRANTED"


async def test_what_goes_on_without_anybody_overtakes_what_waits_on_its_subject(desk: Desk):
    await desk.flow(ANYBODY, currency="CNY", from_amount_minor=500)
    waits, other = await desk.ask(), await desk.ask(subject="payout/2")

    (small,) = await desk.request(ask_for(text="pay 4", amount=400), maker="bob")

    assert small == Requested(None, Status.NOT_REQUIRED)
    assert await desk.kinds_of_events(waits) == ["approval.requested", "approval.stale"]
    assert await desk.approve("cem", waits) == "APPROVAL_CLOSED"
    assert await desk.approve("cem", other) == "GRANTED"


async def test_the_same_request_again_is_the_one_that_waits(desk: Desk):
    await desk.flow(ANYBODY)
    first = await desk.ask()
    before = await desk.count()

    (again,) = await desk.request(ask_for())

    assert again == Requested(first, Status.PENDING, replayed=True)
    assert await desk.count() == before


async def test_programs_and_people_without_an_operators_key_decide_nothing(desk: Desk):
    await desk.flow(ANYBODY)
    approval = await desk.ask()
    await desk.hire("cli:root")
    await desk.hire("system")

    for actor in ("cli:root", "system", "nobody"):
        assert await desk.approve(actor, approval) == "NOT_AN_APPROVER"


async def test_decisions_of_a_list_stand_each_on_their_own(desk: Desk):
    await desk.flow(ANYBODY)
    first = await desk.ask(subject="payout/1")
    second = await desk.ask(subject="payout/2", maker="bob")
    third = await desk.ask(subject="payout/3")
    mark = digest("pay 10")

    outcomes = await desk.say_all(
        "bob",
        [
            Decision(first, mark, Verdict.APPROVE),
            Decision(second, mark, Verdict.APPROVE),
            Decision(999_999, mark, Verdict.APPROVE),
            Decision(third, mark, Verdict.REJECT),
            Decision(first, mark, Verdict.APPROVE),
        ],
    )

    assert [each.error.code if isinstance(each, Refused) else each.status.value for each in outcomes] == [
        "GRANTED",
        "MAKER_IS_CHECKER",
        "APPROVAL_MISSING",
        "REJECTED",
        "GRANTED",
    ]
    last = outcomes[-1]
    assert isinstance(last, Judged)
    assert (last.replayed, last.decided) == (True, None)


async def test_of_two_who_decide_at_the_same_instant_one_is_the_last(desk: Desk):
    await desk.flow(Step(("bob", "cem", "dora")))
    approval = await desk.ask()

    said = await asyncio.gather(*(desk.approve(name, approval) for name in ("bob", "cem", "dora")))

    assert sorted(said) == ["APPROVAL_CLOSED", "APPROVAL_CLOSED", "GRANTED"]
