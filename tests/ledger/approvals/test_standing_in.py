"""Delegates, substitutes, escalation: who stands in, when, and that nobody waits for somebody who is not there."""

from dataclasses import replace

import pytest

from ledger.actor import Actor
from ledger.approvals.delegating import delegate, end_delegation
from ledger.approvals.errors import DelegationMissing
from ledger.approvals.escalating import escalate
from ledger.approvals.model import ANY_OPERATOR, Decision, Delegation, Judged, Kind, Rule, Step, Verdict
from ledger.errors import InvalidInput
from ledger.reporting.approvals import list_approvals, load_approvals
from ledger.reporting.due_work import find_due_work
from ledger.reporting.model import Span
from tests.ledger.approvals.desk import Desk, at, digest
from tests.ledger.outcomes import codes


async def hand_over(
    desk: Desk, giver: str, to: str, *, since: int = 10, until: int = 20, kind: Kind | None = None, hour: int = 0
) -> Delegation:
    async with desk.database.write(desk.platform_id) as conn:
        return await delegate(
            conn,
            to=to,
            kind=kind,
            starts_at=at(since),
            ends_at=at(until),
            reason="holiday",
            actor=Actor(giver),
            now=at(hour),
        )


async def look(desk: Desk, hour: int) -> None:
    async with desk.database.write(desk.platform_id) as conn:
        assert await escalate(conn, actor=Actor("system"), now=at(hour)) is None


async def inbox(desk: Desk, person: str) -> list[int]:
    async with desk.database.read(desk.platform_id) as conn:
        rows = await list_approvals(
            conn, actor=person, status=None, kind=None, subject=None, now=at(0), span=Span(limit=10)
        )
    return [row.approval_id for row in rows]


async def test_a_delegate_decides_only_in_his_time(desk: Desk):
    await desk.flow(Step(("bob",)))
    await hand_over(desk, "bob", "cem", since=10, until=20)
    first, second = await desk.ask(subject="payout/1"), await desk.ask(subject="payout/2")

    assert await desk.approve("cem", first, hour=9) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", first, hour=10) == "GRANTED"
    assert await desk.approve("cem", second, hour=20) == "NOT_AN_APPROVER"
    assert await desk.approve("bob", second, hour=15) == "GRANTED"
    (decided,) = [facts for kind, facts in await desk.events(first) if kind == "approval.decided"]
    assert (decided["capacity"], decided["onBehalfOf"]) == ("DELEGATE", "bob")


async def test_a_delegation_reaches_one_kind_when_it_says_so_and_ends_when_its_giver_says_so(desk: Desk):
    await desk.flow(Step(("bob",)))
    await hand_over(desk, "bob", "cem", since=0, kind=Kind.SHEET)
    wide = await hand_over(desk, "bob", "dora", since=0)
    approval = await desk.ask()

    assert await desk.approve("cem", approval, hour=1) == "NOT_AN_APPROVER"
    async with desk.database.write(desk.platform_id) as conn:
        for hour in (2, 3):
            ended = await end_delegation(conn, delegation_id=wide.delegation_id, actor=Actor("bob"), now=at(hour))
            assert ended.ends_at == at(2)
        with pytest.raises(DelegationMissing):
            await end_delegation(conn, delegation_id=wide.delegation_id, actor=Actor("cem"), now=at(3))
    assert await desk.approve("dora", approval, hour=2) == "NOT_AN_APPROVER"
    assert await desk.approve("dora", approval, hour=1) == "GRANTED"


async def test_a_delegation_is_not_passed_on_and_never_gives_the_makers_own_word(desk: Desk):
    await desk.flow(Step(("bob",)))
    await hand_over(desk, "bob", "cem", since=0)
    await hand_over(desk, "cem", "dora", since=0)
    others, own = await desk.ask(subject="payout/1"), await desk.ask(subject="payout/2", maker="bob")

    assert await desk.approve("dora", others) == "NOT_AN_APPROVER"
    # Bob asked himself, so his seat passes to whom it is escalated: cem decides as any operator, not for bob.
    assert await desk.approve("cem", own) == "GRANTED"
    (decided,) = [facts for kind, facts in await desk.events(own) if kind == "approval.decided"]
    assert (decided["capacity"], decided["onBehalfOf"]) == ("ESCALATION", None)


async def test_one_persons_word_counts_once_whoever_says_it(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("cem", "bob")), Step(("cem", "dora")))
    await hand_over(desk, "bob", "cem", since=0)
    approval = await desk.ask()

    assert await desk.approve("cem", approval) == "PENDING"
    assert await desk.approve("bob", approval) == "ALREADY_DECIDED"
    # Nobody of the second step is left, so any other operator stands in.
    assert await desk.awaited(approval) == [ANY_OPERATOR]
    assert await desk.approve("dora", approval) == "PENDING"


async def test_a_delegation_ends_when_its_giver_leaves_and_a_delegate_who_left_decides_nothing(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL, escalates_to=("ann",)))
    await hand_over(desk, "bob", "dora", since=0)
    approval = await desk.ask(maker="system")
    await desk.dismiss("bob")

    assert await desk.approve("dora", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("ann", approval) == "PENDING"
    await hand_over(desk, "cem", "dora", since=0)
    await desk.dismiss("dora")
    assert await desk.approve("dora", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", approval) == "GRANTED"


async def test_who_stands_in_for_two_gives_one_word(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL))
    for giver in ("bob", "cem"):
        await hand_over(desk, giver, "dora", since=0)
    approval = await desk.ask()

    assert await desk.approve("dora", approval) == "PENDING"
    (decided,) = [facts for kind, facts in await desk.events(approval) if kind == "approval.decided"]
    assert (decided["onBehalfOf"], decided["awaited"]) == ("bob", ["cem"])
    assert await desk.approve("bob", approval) == "ALREADY_DECIDED"
    assert await desk.approve("cem", approval) == "GRANTED"


@pytest.mark.parametrize("later", ["cem", ANY_OPERATOR])
async def test_who_spoke_for_another_is_told_that_his_word_is_in_where_a_later_step_is_his_own(desk: Desk, later: str):
    await desk.flow(Step(("bob",)), Step((later,)))
    await hand_over(desk, "bob", "cem", since=0)
    approval = await desk.ask()
    assert await desk.approve("cem", approval, hour=1) == "PENDING"
    before = await desk.count()

    assert await desk.approve("cem", approval, hour=2) == "ALREADY_DECIDED"

    assert await desk.count() == before
    assert await desk.awaited(approval) == ["role:operator"]
    assert await desk.approve("dora", approval, hour=2) == "GRANTED"
    assert await desk.approve("cem", approval, hour=3) == "GRANTED"  # The same word again is a replay.


async def test_who_spoke_for_another_and_has_no_place_after_that_hears_what_he_heard(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("dora",)))
    await hand_over(desk, "bob", "cem", since=0)
    approval = await desk.ask()
    first = await desk.say("cem", approval, hour=1)

    again = await desk.say("cem", approval, hour=1)

    assert isinstance(first, Judged)
    assert again == replace(first, replayed=True)


async def test_of_two_words_in_one_list_the_second_is_no_replay_where_it_is_of_a_later_step(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("cem",)))
    await hand_over(desk, "bob", "cem", since=0)
    approval = await desk.ask()

    outcomes = await desk.say_all("cem", [Decision(approval, digest("pay 10"), Verdict.APPROVE)] * 2, hour=1)

    assert codes(outcomes) == ["", "ALREADY_DECIDED"]


async def test_the_word_of_somebody_who_left_since_stands_and_what_he_asked_for_goes_on(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("cem",)))
    approval = await desk.ask(maker="dora")

    assert await desk.approve("bob", approval) == "PENDING"
    for name in ("bob", "dora"):
        await desk.dismiss(name)

    assert await desk.approve("cem", approval) == "GRANTED"


async def test_an_overdue_step_of_all_takes_as_many_words_as_it_has_seats(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL, escalates_to=("dora",), due_hours=24))
    approval = await desk.ask()

    await look(desk, 24)
    assert await desk.awaited(approval) == ["bob", "dora", "cem"]
    assert await desk.approve("dora", approval, hour=25) == "PENDING"
    assert await desk.approve("dora", approval, hour=25) == "PENDING"  # The same word again is a replay.
    assert await desk.approve("cem", approval, hour=25) == "GRANTED"


@pytest.mark.parametrize(
    ("to", "since", "until", "giver"),
    [("bob", 0, 1, "bob"), ("nobody", 0, 1, "bob"), ("cem", 2, 2, "bob"), ("cem", -5, 0, "bob"), ("cem", 0, 1, "zed")],
)
async def test_a_delegation_is_to_another_operator_and_for_a_time_to_come(desk: Desk, to, since, until, giver):
    before = await desk.count()

    with pytest.raises(InvalidInput):
        await hand_over(desk, giver, to, since=since, until=until)

    assert await desk.count() == before


async def test_a_substitute_comes_in_when_nobody_of_the_step_is_there(desk: Desk):
    await desk.flow(Step(("bob",), substitutes=("cem",)))
    approval = await desk.ask()

    assert await desk.approve("cem", approval) == "NOT_AN_APPROVER"
    await desk.dismiss("bob")
    assert await desk.approve("dora", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", approval) == "GRANTED"


@pytest.mark.parametrize("program", ["system", "cli:root"])
async def test_nobody_waits_for_a_program_whatever_key_bears_its_name(desk: Desk, program: str):
    await desk.hire(program)
    await desk.flow(Step((program,), substitutes=("cem",)))
    approval = await desk.ask()

    assert await desk.awaited(approval) == ["cem"]
    with pytest.raises(InvalidInput):
        await hand_over(desk, "bob", program)
    assert await desk.approve(program, approval) == "NOT_AN_APPROVER"
    assert await inbox(desk, "cem") == [approval]
    assert await inbox(desk, program) == []
    assert await desk.approve("cem", approval) == "GRANTED"


@pytest.mark.parametrize("person", ["systema", "system.bob", "clio"])
async def test_a_person_whose_name_begins_as_a_programs_does_decides(desk: Desk, person: str):
    await desk.hire(person)
    await desk.flow(Step((person,)))
    approval = await desk.ask()

    assert await inbox(desk, person) == [approval]
    assert await desk.approve(person, approval) == "GRANTED"


async def test_where_the_only_approver_asks_himself_a_substitute_decides(desk: Desk):
    await desk.flow(Step(("bob",), substitutes=("cem",)))
    approval = await desk.ask(maker="bob")

    assert await desk.kinds_of_events(approval) == ["approval.requested", "approval.escalated"]
    assert await desk.awaited(approval) == ["cem"]
    assert await desk.approve("bob", approval) == "MAKER_IS_CHECKER"
    assert await desk.approve("cem", approval) == "GRANTED"


async def test_a_seat_of_all_whose_person_left_passes_on_and_the_others_keep_theirs(desk: Desk):
    await desk.hire("emma")
    await desk.flow(Step(("bob", "cem"), Rule.ALL, substitutes=("dora",), escalates_to=("emma",)))
    approval = await desk.ask()
    await desk.dismiss("bob")

    await look(desk, 1)

    assert await desk.kinds_of_events(approval) == ["approval.requested", "approval.escalated"]
    assert await desk.awaited(approval) == ["dora", "cem"]
    assert await desk.approve("emma", approval) == "NOT_AN_APPROVER"
    await desk.dismiss("dora")
    await look(desk, 2)
    assert await desk.awaited(approval) == ["emma", "cem"]
    assert await desk.approve("emma", approval) == "PENDING"
    assert await desk.approve("cem", approval) == "GRANTED"


async def test_what_is_overdue_is_escalated_and_told_once(desk: Desk):
    await desk.flow(Step(("bob",), substitutes=("cem",), escalates_to=("dora",), due_hours=24), Step(("cem",)))
    approval = await desk.ask()

    await look(desk, 23)
    assert await desk.approve("dora", approval, hour=23) == "NOT_AN_APPROVER"
    await look(desk, 24)
    await look(desk, 25)

    assert await desk.kinds_of_events(approval) == ["approval.requested", "approval.escalated"]
    (_, told) = (await desk.events(approval))[-1]
    assert (told["reason"], told["awaited"]) == ("OVERDUE", ["bob", "cem", "dora"])
    assert await desk.approve("dora", approval, hour=26) == "PENDING"
    # The next step has a time of its own.
    assert await desk.approve("bob", approval, hour=26) == "NOT_AN_APPROVER"
    assert await desk.awaited(approval) == ["cem"]


async def test_who_stands_in_need_not_wait_to_be_told(desk: Desk):
    await desk.flow(Step(("bob",), substitutes=("cem",), due_hours=24))
    approval = await desk.ask()

    assert await desk.approve("cem", approval, hour=24) == "GRANTED"


async def test_a_key_that_ran_out_is_a_person_who_left(desk: Desk):
    await desk.hire("fay", hours=5)
    await desk.flow(Step(("fay",)))
    approval = await desk.ask()

    assert await desk.approve("fay", approval, hour=5) == "NOT_AN_APPROVER"
    await look(desk, 5)
    assert await desk.awaited(approval) == [ANY_OPERATOR]
    assert await desk.approve("bob", approval, hour=5) == "GRANTED"


async def test_a_request_that_nobody_can_decide_says_so_until_somebody_comes(database):
    desk = await Desk.open(database, operators=["ann"])
    approval = await desk.ask(kind=Kind.RATE_OVERRIDE, subject="rate/1")

    assert await desk.kinds_of_events(approval) == ["approval.requested", "approval.escalated"]
    await desk.hire("bob")
    assert await desk.approve("bob", approval) == "GRANTED"


async def test_looking_again_walks_all_that_wait_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledger.approvals.escalating.MOST_LOOKED_AT", 2)
    await desk.flow(Step(("bob",), due_hours=1))
    approvals = [await desk.ask(subject=f"payout/{number}") for number in range(5)]

    after: int | None = 0
    while after is not None:
        async with desk.database.write(desk.platform_id) as conn:
            after = await escalate(conn, actor=Actor("system"), now=at(2), after=after)

    for approval in approvals:
        assert await desk.kinds_of_events(approval) == ["approval.requested", "approval.escalated"]


async def test_the_worker_is_called_for_what_is_overdue_and_for_who_left_and_not_for_what_waits(desk: Desk):
    async def is_due(hour: int) -> bool:
        async with desk.database.read(desk.platform_id) as conn:
            return "approvals.escalate" in await find_due_work(conn, now=at(hour))

    await desk.flow(Step(("bob",), due_hours=24), kind=Kind.PAYOUT)
    await desk.flow(Step(("cem",)), kind=Kind.SHEET)
    await desk.ask(kind=Kind.PAYOUT)
    await desk.ask(kind=Kind.SHEET, subject="sheet/1")

    assert not await is_due(23)
    assert await is_due(24)
    await look(desk, 24)
    assert not await is_due(24)
    await desk.dismiss("cem")
    assert await is_due(24)
    await look(desk, 24)
    assert not await is_due(24)


async def come_back(desk: Desk, name: str, alike: str) -> None:
    """Somebody left, and has a key again under another way of writing his name."""
    await desk.dismiss(name)
    await desk.hire(alike)


@pytest.mark.parametrize("alike", ["ANN", "\uff41nn"], ids=["case", "width"])
async def test_who_asked_is_not_waited_for_under_another_way_of_writing_his_name(desk: Desk, alike: str):
    await desk.flow(Step((alike,), substitutes=("cem",)))
    await come_back(desk, "ann", alike)
    await hand_over(desk, alike, "bob", since=0)
    approval = await desk.ask()

    async with desk.database.read(desk.platform_id) as conn:
        (row,) = await load_approvals(conn, keys=[approval])
    assert row is not None
    assert row.awaited == ["cem"]
    assert [await inbox(desk, name) for name in (alike, "bob", "cem")] == [[], [], [approval]]
    assert await desk.approve(alike, approval) == "MAKER_IS_CHECKER"
    assert await desk.approve("bob", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", approval) == "GRANTED"


async def test_who_spoke_gives_no_second_word_through_another_under_another_way_of_writing_his_name(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("BOB",), escalates_to=("cem",)))
    approval = await desk.ask()
    assert await desk.approve("bob", approval) == "PENDING"
    await come_back(desk, "bob", "BOB")
    await hand_over(desk, "BOB", "dora", since=0)

    assert [await inbox(desk, name) for name in ("BOB", "dora", "cem")] == [[], [], [approval]]
    assert await desk.approve("BOB", approval) == "ALREADY_DECIDED"
    assert await desk.approve("dora", approval) == "NOT_AN_APPROVER"
    assert await desk.approve("cem", approval) == "GRANTED"


async def test_who_gave_his_word_away_has_no_second_one_under_another_way_of_writing_his_name(desk: Desk):
    await desk.flow(Step(("bob", "dora"), rule=Rule.ALL))
    await hand_over(desk, "bob", "cem", since=0)
    approval = await desk.ask()
    assert await desk.approve("cem", approval) == "PENDING"

    await come_back(desk, "bob", "B\uff4fb")

    assert await inbox(desk, "B\uff4fb") == []
    assert await desk.approve("B\uff4fb", approval) == "ALREADY_DECIDED"
    assert await desk.approve("dora", approval) == "GRANTED"
