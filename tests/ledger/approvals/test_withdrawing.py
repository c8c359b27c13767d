"""Taking back, being overtaken, asking again."""

import asyncio

import pytest

from ledger.actor import Actor
from ledger.approvals.errors import ApprovalMissing, ApprovalStillOpen, NotTheMaker
from ledger.approvals.finding import find_granted
from ledger.approvals.model import ANY_OPERATOR, Decided, Kind, Requested, Status, Step
from ledger.approvals.withdrawing import overtake, resubmit, withdraw
from ledger.journal.model import Refused
from tests.ledger.approvals.desk import NOW, Desk, digest

ANYBODY = Step((ANY_OPERATOR,))


async def take_back(desk: Desk, actor: str, *approvals: int) -> list[str]:
    async with desk.database.write(desk.platform_id) as conn:
        outcomes = await withdraw(conn, approval_ids=approvals, reason="wrong sum", actor=Actor(actor), now=NOW)
    return [each.error.code if isinstance(each, Refused) else each.status.value for each in outcomes]


async def ask_again(desk: Desk, actor: str, approval: int) -> tuple[Requested, Decided]:
    async with desk.database.write(desk.platform_id) as conn:
        return await resubmit(conn, approval_id=approval, actor=Actor(actor), now=NOW)


async def test_who_asked_takes_back_and_nobody_else(desk: Desk):
    await desk.flow(ANYBODY)
    first, second = await desk.ask(subject="payout/1"), await desk.ask(subject="payout/2")
    await desk.approve("bob", second)

    assert await take_back(desk, "bob", first) == ["NOT_THE_MAKER"]
    assert await take_back(desk, "ann", first, 999_999, second, first) == [
        "WITHDRAWN",
        "APPROVAL_MISSING",
        "APPROVAL_CLOSED",
        "APPROVAL_CLOSED",
    ]
    assert await desk.approve("bob", first) == "APPROVAL_CLOSED"
    assert (await desk.events(first))[-1][0] == "approval.withdrawn"


async def test_what_a_program_or_somebody_who_left_asked_for_any_operator_takes_back(desk: Desk):
    await desk.flow(ANYBODY)
    of_program = await desk.ask(subject="payout/1", maker="system")
    of_leaver = await desk.ask(subject="payout/2", maker="dora")
    await desk.dismiss("dora")

    assert await take_back(desk, "nobody", of_program) == ["NOT_THE_MAKER"]
    assert await take_back(desk, "bob", of_program, of_leaver) == ["WITHDRAWN", "WITHDRAWN"]


async def test_what_was_refused_is_asked_for_again_as_a_request_of_its_own(desk: Desk):
    await desk.flow(ANYBODY)
    approval = await desk.ask()
    await desk.reject("bob", approval)

    with pytest.raises(NotTheMaker):
        await ask_again(desk, "bob", approval)
    requested, told = await ask_again(desk, "ann", approval)

    assert requested.approval_id not in (None, approval)
    assert (told.status, told.subject) == (Status.PENDING, "payout/1")
    async with desk.database.read(desk.platform_id) as conn:
        before = await conn.fetchval(
            "SELECT resubmission_of FROM approval WHERE approval_id = $1", requested.approval_id
        )
    assert before == approval
    assert await desk.approve("bob", requested.approval_id or 0) == "GRANTED"
    with pytest.raises(ApprovalStillOpen):
        await ask_again(desk, "ann", requested.approval_id or 0)
    with pytest.raises(ApprovalMissing):
        await ask_again(desk, "ann", 999_999)


async def test_what_a_party_a_program_or_somebody_who_left_asked_for_any_operator_asks_for_again(desk: Desk):
    await desk.flow(ANYBODY)
    of_party = await desk.ask(subject="payout/1", maker="merchant 7")
    of_leaver = await desk.ask(subject="payout/2", maker="dora")
    await desk.dismiss("dora")
    await take_back(desk, "bob", of_party, of_leaver)

    with pytest.raises(NotTheMaker):
        await ask_again(desk, "nobody", of_party)
    for number in (of_party, of_leaver):
        requested, told = await ask_again(desk, "ann", number)

        assert (told.status, told.maker) == (Status.PENDING, "ann")
        # Who asks again in somebody's place is its maker: another person agrees.
        assert await desk.approve("ann", requested.approval_id or 0) == "MAKER_IS_CHECKER"
        assert await desk.approve("bob", requested.approval_id or 0) == "GRANTED"


async def test_what_an_operator_asks_for_in_anothers_place_is_agreed_to_by_nobody_where_no_flow_asks(desk: Desk):
    await desk.flow(ANYBODY)
    approval = await desk.ask(maker="merchant 7")
    await desk.reject("bob", approval)
    await desk.flow(ANYBODY, is_retired=True)

    _, told = await ask_again(desk, "ann", approval)

    assert (told.status, told.maker, told.actor) == (Status.GRANTED, "ann", "ann")


async def test_what_was_granted_since_is_not_asked_for_again_by_the_request_before(desk: Desk):
    await desk.flow(ANYBODY)
    first = await desk.ask()
    await desk.reject("bob", first)
    requested, _ = await ask_again(desk, "ann", first)
    await desk.approve("bob", requested.approval_id or 0)

    with pytest.raises(ApprovalStillOpen) as refused:
        await ask_again(desk, "ann", first)

    assert refused.value.facts == {"approval": requested.approval_id, "status": "GRANTED"}


async def test_asked_again_where_no_flow_asks_any_more_it_is_granted_at_once(desk: Desk):
    await desk.flow(ANYBODY)
    approval = await desk.ask()
    await desk.reject("bob", approval)
    await desk.flow(ANYBODY, is_retired=True)

    requested, told = await ask_again(desk, "ann", approval)

    assert requested == Requested(None, Status.NOT_REQUIRED)
    assert told.granted


async def test_asked_again_it_goes_by_the_flow_that_fits_now_and_all_words_are_said_again(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("cem",)))
    approval = await desk.ask()
    await desk.approve("bob", approval)
    await desk.reject("cem", approval)
    await desk.flow(Step(("dora",)), Step(("bob",)))

    requested, _ = await ask_again(desk, "ann", approval)

    again = requested.approval_id or 0
    assert await desk.approve("bob", again) == "NOT_AN_APPROVER"
    assert [await desk.approve(name, again) for name in ("dora", "bob")] == ["PENDING", "GRANTED"]


@pytest.mark.parametrize("how", ["WITHDRAWN", "STALE"])
async def test_what_was_taken_back_or_overtaken_is_asked_for_again_by_its_maker(desk: Desk, how: str):
    await desk.flow(ANYBODY)
    approval = await desk.ask()
    if how == "STALE":
        async with desk.database.write(desk.platform_id) as conn:
            await overtake(conn, approval_ids=[approval], reason="changed", actor=Actor("bob"), now=NOW)
    else:
        await take_back(desk, "ann", approval)
    assert await desk.status(approval) == how

    requested, told = await ask_again(desk, "ann", approval)

    assert (told.status, requested.state) == (Status.PENDING, Status.PENDING)
    assert await desk.approve("bob", requested.approval_id or 0) == "GRANTED"


async def test_what_is_taken_back_and_agreed_to_at_once_is_one_of_them(desk: Desk):
    await desk.flow(ANYBODY)
    for number in range(5):
        approval = await desk.ask(subject=f"payout/{number}")

        (taken,), said = await asyncio.gather(take_back(desk, "ann", approval), desk.approve("bob", approval))

        assert (taken, said) in {("WITHDRAWN", "APPROVAL_CLOSED"), ("APPROVAL_CLOSED", "GRANTED")}
        assert await desk.status(approval) == ("WITHDRAWN" if taken == "WITHDRAWN" else "GRANTED")


async def test_a_request_whose_subject_changed_is_overtaken(desk: Desk):
    await desk.flow(ANYBODY)
    waiting, granted = await desk.ask(subject="payout/1"), await desk.ask(subject="payout/2")
    await desk.approve("bob", granted)

    async with desk.database.write(desk.platform_id) as conn:
        ended = await overtake(
            conn, approval_ids=[waiting, granted, 999_999], reason="changed", actor=Actor("bob"), now=NOW
        )

    assert [(each.approval_id, each.status) for each in ended] == [(waiting, Status.STALE)]
    assert (await desk.events(waiting))[-1][0] == "approval.stale"


async def test_what_was_granted_is_found_by_exactly_its_content(desk: Desk):
    await desk.flow(ANYBODY)
    granted, waiting = await desk.ask("pay 10"), await desk.ask("pay 20", subject="payout/2")
    await desk.approve("bob", granted)

    async def find(subject: str, text: str, kind: Kind = Kind.PAYOUT) -> int | None:
        async with desk.database.read(desk.platform_id) as conn:
            return await find_granted(conn, kind=kind, subject=subject, digest=digest(text))

    assert await find("payout/1", "pay 10") == granted
    assert await find("payout/1", "pay 11") is None
    assert await find("payout/1", "pay 10", Kind.SHEET) is None
    assert (await find("payout/2", "pay 20"), await desk.status(waiting)) == (None, "PENDING")
