"""A slice that goes back by itself on its day goes back before it only if a second person agrees."""

import json

import asyncpg
import pytest

from ledger.approvals.model import Kind, Step, Verdict
from ledger.approvals.withdrawing import resubmit
from ledger.journal.model import Refused
from ledger.settlement.deposits import discharging
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.errors import DepositNotReleasable
from ledger.settlement.deposits.model import Moved
from ledger.settlement.deposits.parsing import parse_discharge
from tests.ledger.approvals.desk import Desk
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import (
    TODAY,
    agreed,
    bill,
    cash,
    discharge,
    out,
    receive,
    received,
    slices,
    target,
)
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import TESTER, World, at


async def dated(world: World) -> int:
    """A slice of 10.00 that goes back on 11 January 2021, a year and a day after it began."""
    await agreed(world, target("10.00", release="ON_DATE"))
    return await received(world, cash("10.00"))


async def test_one_person_does_not_release_it_early_and_its_neighbours_are_judged_without_it(world: World) -> None:
    slice_id = await dated(world)

    outcomes = await discharge(world, out("RELEASED", slice_id), out("CLAIMED", slice_id, "4.00"))

    assert codes(outcomes) == ["DEPOSIT_NOT_RELEASABLE", ""]
    assert await slices(world) == [(1_000, 0, 400, 0, 0, "HELD")]


async def test_what_is_released_by_hand_and_what_is_due_need_nobody_else(world: World) -> None:
    slice_id = await dated(world)
    await agreed(world, target("10.00", reference="W2"))
    by_hand = await received(world, cash("10.00", "R2", agreement="W2"))

    assert codes(await discharge(world, out("RELEASED", by_hand))) == [""]
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_discharge(out("RELEASED", slice_id))]
        early = await discharge_slices(conn, drafts=drafts, actor=TESTER, now=at("2021-01-10T23:59:59"))
        on_its_day = await discharge_slices(conn, drafts=drafts, actor=TESTER, now=at("2021-01-11T00:00:00"))
    assert codes([*early, *on_its_day]) == ["DEPOSIT_NOT_RELEASABLE", ""]


@pytest.mark.parametrize(("verdict", "stands"), [(Verdict.APPROVE, [600, 400]), (Verdict.REJECT, [0, 1_000])])
async def test_where_a_flow_asks_a_second_person_it_goes_back_early_once_he_agrees(
    world: World, verdict: Verdict, stands: list[int]
) -> None:
    slice_id = await dated(world)
    await ask_a_second_person(world, Kind.DEPOSIT)

    (waiting,) = await discharge(world, out("RELEASED", slice_id, "6.00"))

    assert isinstance(waiting, Moved)
    assert await world.net("2010 M1, 2060 M1") == [0, 1_000]
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY), verdict=verdict)
    assert await world.net("2010 M1, 2060 M1") == stands


async def test_who_agrees_to_all_that_a_slice_holds_agrees_to_what_it_held_when_he_was_asked(world: World) -> None:
    await agreed(world, target("300.00"))
    await bill(world, cash("300.00", "B1"))
    await receive(world, cash("100.00", "R1"))
    await ask_a_second_person(world, Kind.DEPOSIT)
    (slice_id,) = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]

    (waiting,) = await discharge(world, out("RELEASED", slice_id))
    (seen,) = await world.rows("SELECT content FROM approval")
    await receive(world, cash("50.00", "R2"))

    assert isinstance(waiting, Moved)
    assert {key: json.loads(seen["content"])[key] for key in ("amount", "currency")} == {
        "amount": "100.00",
        "currency": "CNY",
    }
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY))
    assert await world.net("2010 M1, 2060 M1") == [10_000, 20_000]
    assert await slices(world) == [(30_000, 15_000, 0, 10_000, 0, "DUE")]
    (again,) = await discharge(world, out("RELEASED", slice_id))
    assert isinstance(again, Moved)
    assert (again.amount, again.replayed) == (10_000, True)


async def test_a_flow_for_larger_amounts_does_not_make_a_small_one_go_back_early(world: World) -> None:
    slice_id = await dated(world)
    await ask_a_second_person(world, Kind.DEPOSIT, from_amount_minor=600, currency="CNY")

    outcomes = await discharge(world, out("RELEASED", slice_id, "5.99"), out("RELEASED", slice_id, "6.00", "S2"))

    assert codes(outcomes) == ["DEPOSIT_NOT_RELEASABLE", ""]
    assert await world.net("2060 M1") == [1_000]


async def test_a_slice_does_not_go_out_in_parts_past_those_who_have_to_agree_to_so_much(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT, from_amount_minor=900, currency="CNY")

    small, claimed, last = await discharge(
        world,
        out("RELEASED", slice_id, "5.00"),
        out("FORFEITED", slice_id, "3.99", "S2"),
        out("RELEASED", slice_id, "0.01", "S3"),
    )
    (later,) = await discharge(world, out("RELEASED", slice_id, "1.01", "S4"))

    assert isinstance(small, Moved)
    assert isinstance(claimed, Moved)
    assert isinstance(last, Moved)
    assert isinstance(later, Moved)
    assert [each.approval_id is None for each in (small, claimed, last, later)] == [True, True, False, False]
    rows = await world.rows("SELECT amount_minor FROM approval ORDER BY approval_id")
    assert [row["amount_minor"] for row in rows] == [900, 1_000]
    await let_decide(world, last.approval_id, apply_deposits, now=at(TODAY))
    assert await slices(world) == [(1_000, 0, 0, 501, 399, "HELD")]


async def test_what_was_rejected_does_not_go_back_early_because_the_flow_was_retired_since(world: World) -> None:
    slice_id = await dated(world)
    await ask_a_second_person(world, Kind.DEPOSIT)
    (waiting,) = await discharge(world, out("RELEASED", slice_id))
    assert isinstance(waiting, Moved)
    assert waiting.approval_id is not None
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY), verdict=Verdict.REJECT)
    await Desk(world.database, world.platform_id, {}).flow(
        Step(approvers=("role:operator",)), kind=Kind.DEPOSIT, is_retired=True
    )

    async with world.database.write(world.platform_id) as conn:
        _, told = await resubmit(conn, approval_id=waiting.approval_id, actor=TESTER, now=at(TODAY))
        with pytest.raises(DepositNotReleasable):
            await apply_deposits(conn, decided=[told], actor=TESTER, now=at(TODAY))

    assert await world.net("2060 M1") == [1_000]


async def test_a_claim_of_its_own_party_is_no_way_around_the_day(world: World) -> None:
    slice_id = await dated(world)

    own, step = await discharge(
        world,
        out("CLAIMED", slice_id, "1.00", party="M1"),
        out("CLAIMED", slice_id, "1.00", "S2", party="M1", order="O1"),
    )

    assert codes([own, step]) == ["INVALID_INPUT", "INVALID_INPUT"]
    assert isinstance(own, Refused)
    assert own.error.facts["party"] == "M1"
    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]
    assert await world.net("2060 M1, 2010 M1") == [1_000, 0]


async def test_the_database_refuses_a_claim_of_its_own_party(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slice_id = await dated(world)
    monkeypatch.setattr(discharging, "_check_other", lambda draft, part: None)

    with pytest.raises(asyncpg.CheckViolationError, match="DEPOSIT_CLAIM_OF_ITSELF"):
        await discharge(world, out("CLAIMED", slice_id, "1.00", party="M1"))

    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]
    assert await world.net("2060 M1, 2010 M1") == [1_000, 0]


async def test_the_database_refuses_an_early_release_that_nobody_agreed_to(world: World) -> None:
    slice_id = await dated(world)
    drafts = [parse_discharge(out("RELEASED", slice_id))]

    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        async with world.database.write(world.platform_id) as conn:
            await discharge_slices(conn, drafts=drafts, actor=TESTER, now=at(TODAY), is_granted=True)

    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]


async def test_who_gets_a_claim_has_a_say_where_nobody_else_is_asked(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT, party_id=await world.id_of("M2"))

    to_party, to_customers = await discharge(
        world, out("CLAIMED", slice_id, "3.00", party="M2"), out("CLAIMED", slice_id, "2.00", "S2")
    )

    assert isinstance(to_party, Moved)
    assert isinstance(to_customers, Moved)
    assert (to_party.approval_id is None, to_customers.approval_id) == (False, None)
