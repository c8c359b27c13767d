"""Rows of the specification that begin with an order and end on a sheet."""

from typing import Any

import pytest

from ledger.db.connecting import Database
from ledger.settlement.sheets.approving import apply_invoice_overrides, request_invoice_override
from ledger.settlement.sheets.errors import SheetPayableExceeded
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from ledger.settlement.sheets.payable import apply_take, judge_take
from tests.ledger.approvals.desk import Desk
from tests.ledger.settlement.second_person import CHECKER, let_decide
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.oracle.small_world import item, later, paid, plan

COMMISSION_ALONE = {
    "plan": "agency",
    "validFrom": "2024-01-01",
    "commission": {"default": "0.08", "taxInside": "0.06"},
}


def back(amount: str, when: str) -> dict[str, Any]:
    return later("order.refunded", refund="R1", lines=[{"line": "1", "amount": amount}], occurredAt=when)


async def switch_to_purchase(database: Database, *, netting: bool) -> World:
    """An agency order of 1,000.00 is settled, paid and sent back after its merchant sells to us instead."""
    world = await World.open(database, plans=[COMMISSION_ALONE])
    assert isinstance(world, World)
    for role in ("MERCHANT", "SUPPLIER"):
        terms = {"cycle": "SEMI_MONTHLY", "confirmation": "NONE", "netting": netting}
        await world.set_terms(party="M2", role=role, **terms)
    sold = paid("1000.00", item("1000.00", merchant="M2"), at="2024-03-04T00:00:00Z")
    await world.accept(
        {key: value for key, value in sold.items() if key != "referrer"},
        later("order.succeeded", occurredAt="2024-03-05T00:00:00Z"),
    )
    assert await world.net("2010 M2, 4000, 2105") == [92_000, 7_547, 453]
    await world.settle("2024-03-16")
    (settled,) = await world.sheets("M2")
    assert await world.pay(settled, "payout/1") == 92_000

    await world.accept(back("1000.00", "2024-03-20T00:00:00Z"))
    await world.earn("M2", 150_000, "2024-03-25", code="2080")
    await world.settle("2024-04-01")
    return world


async def pay_without_invoice(world: World, sheet: Sheet) -> int:
    """Another person agrees that the invoice is not waited for; what is paid then."""
    desk = Desk(world.database, world.platform_id, {})
    await desk.hire(CHECKER.name)
    async with world.database.write(world.platform_id) as conn:
        requested = await request_invoice_override(
            conn, sheet_id=sheet.sheet_id, reason="known supplier", actor=TESTER, now=at("2024-04-02")
        )
    await let_decide(world, requested.approval_id, apply_invoice_overrides, now=at("2024-04-03"))
    return await world.pay(sheet, "payout/2")


@pytest.mark.parametrize(("netting", "payout", "owed"), [(True, 58_000, 0), (False, 150_000, 92_000)])
async def test_what_was_sold_as_agent_comes_back_as_agent_after_a_switch_of_mode(
    database: Database, netting: bool, payout: int, owed: int
) -> None:
    world = await switch_to_purchase(database, netting=netting)

    _, tail, purchase = sorted(await world.sheets("M2"), key=lambda each: (each.period_start, each.key.mode))
    assert [(each.key.mode, each.total, each.line_count) for each in (tail, purchase)] == [
        ("AGENCY", -92_000, 1),
        ("PURCHASE", 150_000, 1),
    ]
    # The commission and its tax came back with the order; what was bought did not.
    assert await world.net("4000, 2105, 2070, 2010 M2, 2080 M2") == [0, 0, 100_000, 0, 0]
    note = await world.rows(
        "SELECT a.code, l.side, l.amount FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence"
        " INNER JOIN account AS a ON a.account_id = l.account_id"
        " WHERE e.template = 'REFUND' AND a.code IN ('4000', '2105') ORDER BY a.code"
    )
    assert [tuple(row) for row in note] == [("2105", "D", 453), ("4000", "D", 7_547)]
    assert (purchase.status, tail.owed) == (Status.INVOICE_PENDING, owed)
    assert await pay_without_invoice(world, purchase) == payout
    assert await world.net("1200 M2") == [-owed]


async def test_who_was_paid_already_owes_what_comes_back_at_the_next_closing(database: Database) -> None:
    world = await World.open(database, plans=[plan("2025-01-01")])
    assert isinstance(world, World)
    await world.set_terms(role="DISTRIBUTOR", confirmation="NONE")
    await world.accept(paid("100.00", channel="wechat"), later("order.succeeded"))
    await world.settle("2025-04-01")
    (march,) = await world.sheets("D2")
    assert await world.pay(march, "payout/1") == 300

    await world.accept(back("100.00", "2025-04-10T00:00:00Z"))
    assert await world.net("2042 D2, 1200 D2, 2070") == [-300, 0, 10_000]
    await world.settle("2025-05-01")

    (_, april) = await world.sheets("D2")
    assert (april.total, april.owed, april.status) == (-300, 300, Status.CARRIED_FORWARD)
    assert await world.net("2042 D2, 1200 D2") == [0, -300]


async def test_what_was_collected_and_taken_back_is_owed_again(database: Database) -> None:
    """What the sheet says; the receipts that do it have tests of their own."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", -12_000, "2024-06-05")
    await world.settle("2024-07-01")
    (sheet,) = await world.sheets("M1")

    def collect(standing: Sheet, amount: int, receipt: str) -> Sheet:
        take = Take(sheet.sheet_id, MovementKind.COLLECTED, amount, receipt)
        assert judge_take(standing, take) is None
        return apply_take(standing, take)

    first = collect(sheet, 7_000, "receipt/1")
    assert isinstance(
        judge_take(first, Take(sheet.sheet_id, MovementKind.COLLECTED, 6_000, "receipt/2")), SheetPayableExceeded
    )
    whole = collect(first, 5_000, "receipt/2")
    assert whole.status is Status.COLLECTED
    again = collect(whole, -5_000, "receipt/2")
    assert (again.status, again.owed) == (Status.COLLECTING, 5_000)
    assert collect(again, 5_000, "receipt/2").owed == 0
