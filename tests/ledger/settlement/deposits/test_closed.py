"""A claim for a party that has closed: what was asked for before is decided, what is asked for after is refused."""

import asyncpg
import pytest

from ledger.approvals.model import Kind, Step, Verdict
from ledger.approvals.withdrawing import resubmit
from ledger.parties.errors import PartyNotActive
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.model import Moved
from ledger.settlement.deposits.parsing import parse_discharge
from tests.ledger.approvals.desk import Desk
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import TODAY, agreed, cash, discharge, out, received, target
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import TESTER, World, at


async def waiting_claim(world: World) -> int:
    """A claim of 3.00 for M2 that waits for a second person; its approval."""
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT)
    (waiting,) = await discharge(world, out("CLAIMED", slice_id, "3.00", party="M2"))
    assert isinstance(waiting, Moved)
    assert waiting.approval_id is not None
    return waiting.approval_id


@pytest.mark.parametrize(("verdict", "stands"), [(Verdict.APPROVE, [300, 700]), (Verdict.REJECT, [0, 1_000])])
async def test_a_claim_that_was_asked_for_before_its_party_closed_is_decided(
    world: World, verdict: Verdict, stands: list[int]
) -> None:
    approval_id = await waiting_claim(world)
    await world.close("M2")

    await let_decide(world, approval_id, apply_deposits, now=at(TODAY), verdict=verdict)

    assert await world.net("2010 M2, 2060 M1") == stands


@pytest.mark.parametrize("is_retired", [False, True])
async def test_a_claim_that_was_rejected_is_not_asked_for_again_once_its_party_has_closed(
    world: World, is_retired: bool
) -> None:
    approval_id = await waiting_claim(world)
    await let_decide(world, approval_id, apply_deposits, now=at(TODAY), verdict=Verdict.REJECT)
    await world.close("M2")
    if is_retired:
        flow = Desk(world.database, world.platform_id, {})
        await flow.flow(Step(approvers=("role:operator",)), kind=Kind.DEPOSIT, is_retired=True)

    async with world.database.write(world.platform_id) as conn:
        _, told = await resubmit(conn, approval_id=approval_id, actor=TESTER, now=at(TODAY))
        with pytest.raises(PartyNotActive) as refused:
            await apply_deposits(conn, decided=[told], actor=TESTER, now=at(TODAY))

    assert refused.value.facts == {"reference": "M2", "status": "CLOSED"}
    assert await world.net("2010 M2, 2060 M1") == [0, 1_000]


async def test_a_new_claim_for_a_closed_party_is_refused_before_anybody_is_asked(world: World) -> None:
    await waiting_claim(world)
    await world.close("M2")
    (slice_id,) = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]

    outcomes = await discharge(world, out("CLAIMED", slice_id, "1.00", "S2", party="M2"))

    assert codes(outcomes) == ["PARTY_NOT_ACTIVE"]
    assert len(await world.rows("SELECT 1 FROM approval")) == 1


async def test_the_database_refuses_a_claim_for_a_closed_party_that_nobody_agreed_to(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await world.close("M2")
    drafts = [parse_discharge(out("CLAIMED", slice_id, "1.00", party="M2"))]

    with pytest.raises(asyncpg.CheckViolationError, match="PARTY_NOT_ACTIVE"):
        async with world.database.write(world.platform_id) as conn:
            await discharge_slices(conn, drafts=drafts, actor=TESTER, now=at(TODAY), is_granted=True)

    assert await world.net("2010 M2, 2060 M1") == [0, 1_000]
