"""Retention, holds, debts, tax and fees of one sheet at once, by hand, in currencies of no, two and three decimals."""

from typing import Any

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import AnswerKind, Applied, Created, Verdict
from ledger.settlement.sheets.model import Sheet
from ledger.verify.verifying import verify
from tests.ledger.settlement.deposits.telling import agreed, agreement
from tests.ledger.settlement.holds.telling import hold, lift, lift_all, place
from tests.ledger.settlement.payouts.test_netting_in_parts import THROUGH
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World


async def open_sheet(
    database: Database, *, total: int, held: str, currency: str, party: str = "M1", **way: Any
) -> tuple[World, Till, Sheet, int]:
    """A sheet of which a tenth is retained and some is on hold, with its hold's number."""
    world = await World.open(database)
    assert isinstance(world, World)
    for role in ("MERCHANT", "SUPPLIER", "DISTRIBUTOR"):
        await world.set_terms(role=role, confirmation="NONE")
    role, code = ("DISTRIBUTOR", "2041") if party == "D1" else ("MERCHANT", "2010")
    await agreed(world, agreement(party=party, role=role, currency=currency), when="2025-11-01")
    await world.earn(party, total, "2025-12-15", code=code, currency=currency)
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets(party)
    till = Till(world, world.database.dsn)
    await till.pay_from(currency=currency, **way)
    await till.pay_to(party, iban=IBANS[0], currency=currency, rule="CN-LABOUR" if party == "D1" else "")
    await till.fund(10_000_00, currency=currency)
    placed = await place(world, hold(held, party=party, sheet=sheet.sheet_id, currency=currency))
    return world, till, sheet, placed.hold_id or 0


async def owe(world: World, amount: int, *, party: str = "M1", code: str = "2080", currency: str) -> None:
    await world.earn(party, -amount, "2026-01-15", code=code, currency=currency)
    await world.settle("2026-02-02")


async def create(till: Till) -> Created:
    (created,) = (await till.create(THROUGH)).created
    return created


async def hear(till: Till, kind: AnswerKind, number: int) -> None:
    currency = (await till.payout(number)).currency
    assert isinstance(await till.answer(kind, number, currency=currency), Applied)


async def pay(till: Till, number: int) -> None:
    await till.submit(number)
    await till.outcome(number, Verdict.ACCEPTED)
    await hear(till, AnswerKind.PAID, number)


async def fail(till: Till, number: int) -> None:
    await till.submit(number)
    await till.outcome(number, Verdict.REFUSED)


async def figures(world: World, sheet: Sheet) -> tuple[int, int, int, int]:
    """Retained, held, netted, and left to be paid."""
    now = await world.sheet(sheet.sheet_id)
    return now.retained, now.held, now.netted, now.payable


async def agrees(till: Till) -> bool:
    async with till.database.read(till.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def test_dinars_are_retained_rounded_once_and_moved_in_steps_of_ten(database: Database) -> None:
    world, till, sheet, held = await open_sheet(database, total=100_005, held="5.000", currency="KWD")
    await owe(world, 3_001, currency="KWD")

    first = await create(till)

    # 100.005 less 10.0005 rounded up, 5.000 and 3.001 is 82.003.
    assert first.draft.net == 82_000
    assert await figures(world, sheet) == (10_001, 5_000, 3_001, 3)
    await pay(till, first.payout_id)
    await lift(world, held)
    second = await create(till)
    assert second.draft.net == 5_000
    await pay(till, second.payout_id)
    assert await till.net("2015 M1, 2016 M1, 2050 M1, 2060 M1, 2190, 1200 M1") == [3, 0, 0, 10_001, 0, 0]
    assert await agrees(till)


async def test_yen_are_retained_rounded_once_and_the_banks_fee_is_of_the_party(database: Database) -> None:
    world, till, sheet, held = await open_sheet(database, total=105, held="20", currency="JPY", fee_minor=7)
    await owe(world, 33, currency="JPY")

    first = await create(till)

    # 105 less 10.5 rounded up, 20 and 33 is 41.
    assert (first.draft.net, first.draft.fee) == (34, 7)
    assert await figures(world, sheet) == (11, 20, 33, 0)
    await pay(till, first.payout_id)
    step = {"hold": held, "reference": "L1", "reason": "Reviewed.", "amount": "13", "currency": "JPY"}
    await lift_all(world, step)
    second = await create(till)
    assert (second.draft.net, second.draft.fee) == (6, 7)
    await pay(till, second.payout_id)
    assert await till.net("2015 M1, 2050 M1, 2060 M1, 2190, 1200 M1") == [0, 7, 11, 0, 0]
    assert await agrees(till)


async def test_what_came_back_of_a_taxed_payout_is_paid_whole_however_often_it_fails_or_comes_back(
    database: Database,
) -> None:
    world, till, _, held = await open_sheet(
        database, total=5_000_00, held="500.00", currency="CNY", party="D1", fee_minor=2_00
    )
    first = await create(till)
    # 5,000.00 less 500.00 and 500.00; 20 % of what is above 800.00 is tax, 2.00 the bank's.
    assert (first.draft.gross, first.draft.withheld, first.draft.net) == (4_000_00, 640_00, 3_358_00)
    await pay(till, first.payout_id)
    await hear(till, AnswerKind.RETURNED, first.payout_id)
    await owe(world, 100_00, party="D1", code="2041", currency="CNY")
    await lift(world, held)

    second = await create(till)

    # The hold's 500.00 less the debt; of 4,400.00 a month 80 % are taxed, 704.00 in all.
    assert (second.draft.gross, second.draft.withheld, second.draft.net) == (400_00, 64_00, 334_00)
    await pay(till, second.payout_id)
    failed = await till.retry(first.payout_id)
    await fail(till, failed.payout_id)
    assert await till.net("2016 D1, 2190") == [3_358_00, 0]
    again = await till.retry(failed.payout_id)
    await pay(till, again.payout_id)
    await hear(till, AnswerKind.RETURNED, again.payout_id)
    last = await till.retry(again.payout_id)
    await pay(till, last.payout_id)
    assert [each.draft.net for each in (failed, again, last)] == [3_358_00] * 3
    assert await till.net("2015 D1, 2016 D1, 2050 D1, 2060 D1, 2110 D1, 2190") == [0, 0, 0, 500_00, 704_00, 0]
    assert await agrees(till)
