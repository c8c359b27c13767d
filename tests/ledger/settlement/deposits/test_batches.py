"""How many statements the writers of holds, deposits and adjustments run does not depend on how much they are given."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.model import Moved
from ledger.settlement.deposits.parsing import (
    parse_agreement,
    parse_bill,
    parse_claim_payment,
    parse_discharge,
    parse_ending,
    parse_receipt,
)
from ledger.settlement.deposits.paying import pay_claims
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from tests.ledger.settlement.deposits.telling import agree, agreement, cash, discharge, out, payment, receive, target
from tests.ledger.settlement.holds.telling import hold, place_all
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World, at
from tests.statements import gather_asked

NOW = at("2026-01-05")
MANY = 7
Write = Callable[[Connection, Sequence[int]], Awaitable[Any]]


async def _place(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_hold(hold("0.10", f"N{number}", order="O1", line="1")) for number in numbers]
    return await place_holds(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _lift(conn: Connection, numbers: Sequence[int]) -> Any:
    ids = [row["hold_id"] for row in await conn.fetch("SELECT hold_id FROM hold ORDER BY hold_id")]
    drafts = [parse_lift({"hold": ids[number], "reference": "L", "reason": "Reviewed."}) for number in numbers]
    return await lift_holds(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _agree(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_agreement(agreement(f"N{number}")) for number in numbers]
    return await agree_deposits(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _receive(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_receipt(cash("0.10", f"N{number}")) for number in numbers]
    return await record_cash(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _discharge(conn: Connection, numbers: Sequence[int]) -> Any:
    ids = [row["slice_id"] for row in await conn.fetch("SELECT slice_id FROM deposit_slice ORDER BY slice_id")]
    drafts = [parse_discharge(out("RELEASED", ids[number])) for number in numbers]
    return await discharge_slices(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _pay(conn: Connection, numbers: Sequence[int]) -> Any:
    ids = [row["slice_id"] for row in await conn.fetch("SELECT slice_id FROM deposit_slice ORDER BY slice_id")]
    drafts = [parse_claim_payment(payment(ids[number], "paid")) for number in numbers]
    return await pay_claims(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _end(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_ending({"agreement": f"E{number}", "reason": "Over."}) for number in numbers]
    return await end_agreements(conn, drafts=drafts, actor=TESTER, now=NOW)


async def _retain(conn: Connection, numbers: Sequence[int]) -> Any:
    rows = await conn.fetch("SELECT sheet_id FROM sheet WHERE total_minor > 0 ORDER BY sheet_id")
    return await retain_from_sheets(
        conn, sheet_ids=[rows[number]["sheet_id"] for number in numbers], now=NOW, actor=SYSTEM
    )


async def _propose(conn: Connection, numbers: Sequence[int]) -> Any:
    said = {"kind": "PENALTY", "party": "M1", "legalEntity": "LE", "currency": "CNY", "reason": "Late.", "order": "O1"}
    drafts = [parse_adjustment({**said, "reference": f"N{number}", "amount": "0.10"}) for number in numbers]
    return await propose_adjustments(conn, drafts=drafts, maker=TESTER, now=NOW)


async def prepare(world: World) -> None:
    """Something of everything: closed sheets, open money, holds of both, slices."""
    for month in range(1, MANY + 4):
        await world.earn("M1", 1_000, f"2025-{month:02}-15")
    await world.settle("2026-01-02")
    await world.earn("M1", 10_000, "2026-01-03")
    # Before there are agreements: what they take of sheets is taken before a hold is placed.
    sheet = next(each for each in await world.sheets("M1") if each.total)
    half = {"sheet": sheet.sheet_id}
    holds = [hold("0.10", f"H{number}", **(half if number % 2 else {})) for number in range(MANY + 3)]
    await place_all(world, *holds)
    await agree(world, target("100.00"), agreement("W2"))
    received = await receive(world, *(cash("1.00", f"R{number}") for number in range(MANY + 3)))
    slice_ids = [each.slice_ids[0] for each in received if isinstance(each, Moved)]
    await discharge(world, *(out("CLAIMED", slice_id, "0.10", "paid") for slice_id in slice_ids))
    await agree(world, *(target("1.00", reference=f"E{number}") for number in range(MANY + 3)))
    bills = [parse_bill(cash("0.10", f"B{number}", agreement=f"E{number}")) for number in range(MANY + 3)]
    async with world.database.write(world.platform_id) as conn:
        await record_cash(conn, drafts=bills, actor=TESTER, now=NOW)


@pytest.mark.parametrize("write", [_place, _lift, _agree, _receive, _discharge, _pay, _end, _retain, _propose])
async def test_a_batch_runs_as_many_statements_as_one(world: World, write: Write) -> None:
    await prepare(world)
    counts = []
    # The first opens accounts; the second and third find them.
    for numbers in (range(1), range(1, 3), range(3, 3 + MANY)):
        async with world.database.write(world.platform_id) as conn:
            with gather_asked(conn) as asked:
                outcomes = await write(conn, numbers)
        assert not any(isinstance(outcome, Refused) for outcome in outcomes), outcomes
        counts.append(len(asked))

    assert counts[2] == counts[1]
    assert counts[2] < 30
