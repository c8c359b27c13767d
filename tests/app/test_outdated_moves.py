"""What was taken back is asked for again only as long as somebody could grant it. Of holds, deposits and receipts."""

import pytest

from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import ANY_OPERATOR, Kind, Step, Verdict
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.errors import AgreementEnded, DepositEmpty, DepositExceeded
from ledger.settlement.deposits.parsing import parse_ending
from ledger.settlement.holds.errors import HoldConflict, HoldEnded, HoldExceeded, HoldExceedsPayable
from ledger.settlement.receipts.errors import ReceiptEmpty, ReceiptExceeded
from ledger.settlement.sheets.errors import SheetPayableExceeded
from tests.app.asked_moves import NOW, Act, ask_again, decide, earned, lift, put_on_hold, release, take_back
from tests.ledger.approvals.desk import Desk
from tests.ledger.charging.market import ACTOR
from tests.ledger.settlement.deposits.telling import agreed, bill, cash, received, target
from tests.ledger.settlement.holds.telling import hold, place
from tests.ledger.settlement.receipts.telling import give_back, receipt, recorded, returning
from tests.ledger.settlement.second_person import ask_a_second_person
from tests.ledger.settlement.sheets.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """M1 has earned 100.00, of which 40.00 are held, and has a deposit of 20.00; 30.00 came from nobody knows whom."""
    world = await earned(database)
    await place(world, hold("40.00"))
    await agreed(world, target("50.00"))
    await received(world, cash("20.00"))
    await recorded(world, receipt("30.00"))
    return world


def send_back(amount: str = "", reference: str = "B1") -> Act:
    async def ask(world: World) -> None:
        (row,) = await world.rows("SELECT receipt_id FROM receipt")
        await give_back(world, returning(row["receipt_id"], amount, reference))

    return ask


def end(reason: str = "It moved.") -> Act:
    async def ask(world: World) -> None:
        async with world.database.write(world.platform_id) as conn:
            drafts = [parse_ending({"agreement": "W1", "reason": reason})]
            await end_agreements(conn, drafts=drafts, actor=ACTOR, now=NOW)

    return ask


async def bill_more(world: World) -> None:
    await bill(world, cash("10.00", "R2"))


@pytest.mark.parametrize(
    ("kind", "ask", "meanwhile", "refusal"),
    [
        (Kind.HOLD, put_on_hold("50.00"), put_on_hold("20.00", "H3"), HoldExceedsPayable),
        (Kind.HOLD, put_on_hold("10.00"), put_on_hold("20.00"), HoldConflict),
        (
            Kind.HOLD,
            put_on_hold("60.00", of_sheet=True),
            put_on_hold("20.00", "H3", of_sheet=True),
            SheetPayableExceeded,
        ),
        (Kind.HOLD, lift(), lift(reference="L2"), HoldEnded),
        (Kind.HOLD, lift("30.00"), lift("20.00", "L2"), HoldExceeded),
        (Kind.DEPOSIT, release(), release(reference="S2"), DepositEmpty),
        (Kind.DEPOSIT, release("15.00"), release("10.00", "S2"), DepositExceeded),
        (Kind.RECEIPT_RETURN, send_back(), send_back(reference="B2"), ReceiptEmpty),
        (Kind.RECEIPT_RETURN, send_back("20.00"), send_back("15.00", "B2"), ReceiptExceeded),
        (Kind.DEPOSIT, end(), end("It is over."), AgreementEnded),
        (Kind.DEPOSIT, end(), bill_more, ApprovalStale),
    ],
)
async def test_what_nobody_could_grant_is_not_asked_for_again(
    world: World, kind: Kind, ask: Act, meanwhile: Act, refusal: type[LedgerError]
) -> None:
    await ask_a_second_person(world, kind)
    await ask(world)
    number = await take_back(world)
    await meanwhile(world)
    await decide(world, Verdict.APPROVE)

    with pytest.raises(refusal):
        await ask_again(world, number)

    assert await world.rows("SELECT 1 FROM approval WHERE status = 'PENDING'") == []


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (Kind.HOLD, put_on_hold("10.00")),
        (Kind.HOLD, lift("10.00")),
        (Kind.DEPOSIT, release("10.00")),
        (Kind.DEPOSIT, end()),
        (Kind.RECEIPT_RETURN, send_back("10.00")),
    ],
)
async def test_what_was_done_when_nobody_was_asked_is_not_asked_for_again(world: World, kind: Kind, act: Act) -> None:
    desk = Desk(world.database, world.platform_id, {})
    await ask_a_second_person(world, kind)
    await act(world)
    number = await take_back(world)
    await desk.flow(Step(approvers=(ANY_OPERATOR,)), kind=kind, is_retired=True)
    await act(world)
    await desk.flow(Step(approvers=(ANY_OPERATOR,)), kind=kind)

    with pytest.raises(ApprovalStale):
        await ask_again(world, number)

    assert await world.rows("SELECT 1 FROM approval WHERE status = 'PENDING'") == []
