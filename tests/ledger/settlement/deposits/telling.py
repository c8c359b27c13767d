"""How tests tell deposits: documents as the API gives them, done on a real store."""

from typing import Any

from ledger.settlement.deposits import agreeing, discharging, paying, receiving, releasing, retaining
from ledger.settlement.deposits.model import Agreed, Moved
from ledger.settlement.deposits.parsing import (
    parse_agreement,
    parse_bill,
    parse_claim_payment,
    parse_discharge,
    parse_receipt,
)
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World, at
from tests.oracle.small_world import paid

Document = dict[str, Any]
TODAY = "2020-01-10"
STANDS = "2060 M1, 1220 M1"

SLICES = """
    SELECT s.slice_id, s.principal_minor, s.due_minor, s.claimed_minor, s.released_minor, s.forfeited_minor, s.status
    FROM deposit_slice AS s ORDER BY s.slice_id
"""


def agreement(reference: str = "W1", **more: Any) -> Document:
    """10 % of each sheet for a year."""
    basis = {} if "basis" in more else {"basis": "PERIOD_NET", "rate": "0.1"}
    return {
        "reference": reference,
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "kind": "WAR",
        "months": 12,
        "legalGround": "Contract 9.1",
        **basis,
        **more,
    }


def target(amount: str, **more: Any) -> Document:
    """A fixed amount."""
    return agreement(basis="TARGET", amount=amount, kind="SEC", **more)


def cash(amount: str, reference: str = "R1", **more: Any) -> Document:
    return {
        "reference": reference,
        "agreement": "W1",
        "currency": "CNY",
        "amount": amount,
        "startDate": "2020-01-10",
        **more,
    }


def out(step: str, slice_id: int, amount: str = "", reference: str = "S1", **more: Any) -> Document:
    some = {"amount": amount, "currency": "CNY"} if amount else {}
    goes = {"order": "O1"} if step == "CLAIMED" and "party" not in more else {}
    return {"step": step, "slice": slice_id, "reference": reference, "reason": "Told.", **some, **goes, **more}


def payment(slice_id: int, claim: str = "S1", reason: str = "Transfer 7.") -> Document:
    return {"slice": slice_id, "claim": claim, "reason": reason}


async def sell(world: World, order: str = "O1") -> None:
    """An order whose buyers claims are for; nobody has earned anything of it yet."""
    await world.accept(paid("1.00", order=order, key=f"{order}/paid"))


async def agree(world: World, *documents: Document, when: str = TODAY) -> list[agreeing.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_agreement(each) for each in documents]
        return await agreeing.agree_deposits(conn, drafts=drafts, actor=TESTER, now=at(when))


async def agreed(world: World, document: Document, *, when: str = TODAY) -> Agreed:
    (outcome,) = await agree(world, document, when=when)
    assert isinstance(outcome, Agreed), outcome
    return outcome


async def receive(world: World, *documents: Document) -> list[receiving.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_receipt(each) for each in documents]
        return await receiving.record_cash(conn, drafts=drafts, actor=TESTER, now=at(TODAY))


async def bill(world: World, *documents: Document) -> list[receiving.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_bill(each) for each in documents]
        return await receiving.record_cash(conn, drafts=drafts, actor=TESTER, now=at(TODAY))


async def received(world: World, document: Document) -> int:
    """The slice that one receipt begins."""
    (outcome,) = await receive(world, document)
    assert isinstance(outcome, Moved), outcome
    return outcome.slice_ids[-1]


async def retain(world: World, *sheet_ids: int) -> list[int]:
    async with world.database.write(world.platform_id) as conn:
        return await retaining.retain_from_sheets(conn, sheet_ids=sheet_ids, now=at(TODAY), actor=SYSTEM)


async def follow(world: World) -> int:
    async with world.database.write(world.platform_id) as conn:
        return await retaining.follow_closed_sheets(conn, now=at(TODAY), actor=SYSTEM)


async def discharge(world: World, *documents: Document) -> list[discharging.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_discharge(each) for each in documents]
        return await discharging.discharge_slices(conn, drafts=drafts, actor=TESTER, now=at(TODAY))


async def pay(world: World, *documents: Document, when: str = TODAY) -> list[paying.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_claim_payment(each) for each in documents]
        return await paying.pay_claims(conn, drafts=drafts, actor=TESTER, now=at(when))


async def release_due(world: World, when: str) -> int:
    async with world.database.write(world.platform_id) as conn:
        return await releasing.release_due_slices(conn, now=at(when), actor=SYSTEM)


async def slices(world: World) -> list[tuple[Any, ...]]:
    """Principal, due, claimed, released, forfeited and status of each slice."""
    return [tuple(row)[1:] for row in await world.rows(SLICES)]
