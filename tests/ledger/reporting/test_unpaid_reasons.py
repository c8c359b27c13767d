"""What keeps a payout that was created from being sent, and what came back from being paid again, is said of each."""

from datetime import date

import pytest

from app.approving import decide_all
from ledger.approvals.model import Decision, Kind
from ledger.approvals.model import Verdict as Word
from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.parties.finding import find_parties
from ledger.reporting.unpaid import UnpaidPart, load_unpaid, load_unpaid_of_orders
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow
from tests.ledger.settlement.payouts.test_tax_months import FIRST, LAST
from tests.ledger.settlement.payouts.test_withheld_first import open_till, open_world
from tests.ledger.settlement.payouts.till import IBANS, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, paid

CHARGED_BACK = "The chargeback is decided, and what it takes if it is lost is on a sheet that is agreed."
# An order of each, the day it is sold, and the day its sheet is closed.
TWO_MONTHS = (("O1", "2025-03-01", "2025-04-02"), ("O2", "2025-04-01", "2025-05-02"))
Shown = list[tuple[str, int, str, str]]


async def parts(till: Till, party: str) -> list[UnpaidPart]:
    async with till.database.read(till.platform_id) as conn:
        number = (await find_parties(conn, references=[party]))[party].party_id
        return (await load_unpaid(conn, keys=[number], now=till.now))[0]


async def shown(till: Till, party: str = "M1") -> Shown:
    return [(part.state, part.amount_minor, part.awaits, part.ground) for part in await parts(till, party)]


async def parts_of(till: Till, order: str) -> list[UnpaidPart]:
    async with till.database.read(till.platform_id) as conn:
        number = (await find_parties(conn, references=["M1"]))["M1"].party_id
        return (await load_unpaid_of_orders(conn, keys=[(number, order)], now=till.now))[0]


async def shown_of(till: Till, order: str) -> Shown:
    return [(part.state, part.amount_minor, part.awaits, part.ground) for part in await parts_of(till, order)]


async def open_taxed(database: Database, *, cash: int) -> Till:
    """D1 has tax withheld by the month; it is the last minute of March."""
    till = await Till.open(database, cash=cash)
    till.now = LAST
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    return till


async def earn(till: Till, amount: int) -> int:
    """What D1 is paid by a payout of its own: the number of that."""
    await till.sheet("D1", amount, due=date(2026, 3, 1), role="DISTRIBUTOR")
    return (await till.create_one(date(2026, 4, 30))).payout_id


async def sell_and_settle(world: World, order: str, day: str, settled: str) -> None:
    """Sell for 100.00, let it succeed, and close its sheet."""
    await world.accept(
        paid("100.00", item("100.00"), key=f"paid {order}", order=order, at=f"{day}T00:00:00Z"),
        SUCCEEDED | {"id": f"done {order}", "order": order, "occurredAt": f"{day}T04:00:00Z"},
    )
    await world.settle(settled)


async def test_a_payout_whose_tax_is_of_a_month_that_has_passed_waits_to_be_counted_anew(database: Database) -> None:
    till = await open_taxed(database, cash=2_000_00)
    payout = await earn(till, 3_500_00)
    assert await shown(till, "D1") == [("IN_PAYOUT", 3_500_00, "BANK_BALANCE", "")]

    till.now = FIRST

    assert await shown(till, "D1") == [("IN_PAYOUT", 3_500_00, "TAX_MONTH_PASSED", "the month of its tax has passed")]
    (told,) = (await till.submit()).waiting
    assert (told.payout_id, told.reason) == (payout, "TAX_MONTH_PASSED")


async def test_a_payout_whose_tax_was_counted_beside_one_that_came_to_nothing_waits_to_be_counted_anew(
    database: Database,
) -> None:
    till = await open_taxed(database, cash=10_000_00)
    first = await earn(till, 800_00)
    second = await earn(till, 2_700_00)
    await till.cancel(first)

    ground = "its tax was counted beside a payout that came to nothing"
    assert await shown(till, "D1") == [
        ("ON_SHEET", 800_00, "PAYMENT_PENDING", ""),
        ("IN_PAYOUT", 2_700_00, "TAX_CHANGED", ground),
    ]
    assert [each.reason for each in (await till.submit(second)).waiting] == ["TAX_CHANGED"]


async def test_who_is_behind_a_payout_that_its_tax_has_outdated_waits_for_no_money_of_it(database: Database) -> None:
    till = await open_taxed(database, cash=100_00)
    await earn(till, 3_500_00)
    await till.sheet("M1", 60_00)
    behind = (await till.create_one(date(2026, 4, 30))).payout_id
    assert await shown(till) == [("IN_PAYOUT", 60_00, "BANK_BALANCE", "")]

    till.now = FIRST

    assert await shown(till) == [("IN_PAYOUT", 60_00, "SUBMISSION", "")]
    assert (await till.submit()).payout_ids == (behind,)


async def test_a_payout_that_was_not_agreed_to_waits_for_a_person(database: Database) -> None:
    till = await Till.open(database)
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    payout = await till.payout((await till.create_one()).payout_id)
    assert await shown(till) == [("IN_PAYOUT", 50_00, "APPROVAL", "")]

    no = Decision(payout.approval_id or 0, payout.digest, Word.REJECT, "Not this one.")
    await decide_all(till.database, till.platform_id, [no], actor=CHECKER, now=till.now)

    assert await shown(till) == [("IN_PAYOUT", 50_00, "APPROVAL_REJECTED", "")]


async def test_a_payout_to_an_account_that_was_replaced_or_to_a_blocked_party_says_so(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    await till.create_one()

    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")
    assert await shown(till) == [("IN_PAYOUT", 50_00, "PAYEE_ACCOUNT_RETIRED", "")]

    await till.sheet("A1", 10_00, role="AGENT")
    await till.create_one()
    await till.market.block("A1")
    assert await shown(till, "A1") == [("IN_PAYOUT", 10_00, "PARTY_BLOCKED", "")]


async def test_a_payout_of_a_sheet_that_a_bank_says_was_paid_waits_for_a_person(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    first = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(first, Verdict.REFUSED)
    await till.retry(first)

    await till.answer(AnswerKind.PAID, first)

    assert await shown(till) == [("IN_PAYOUT", 50_00, "BANK_SAYS_PAID", "")]


async def test_of_two_payouts_that_came_back_only_the_one_that_is_charged_back_waits_for_that(
    database: Database,
) -> None:
    world = await open_world(database)
    till = await open_till(world)
    paid_by = []
    for order, day, settled in TWO_MONTHS:
        await sell_and_settle(world, order, day, settled)
        paid_by.append((await till.create_one(through=TODAY)).payout_id)
        await till.pay(paid_by[-1])
    await world.accept(charged_back("60.00"))
    await follow(till)
    for number in paid_by:
        await till.answer(AnswerKind.RETURNED, number)

    waits = ("RETURNED", 81_90, CHARGED_BACK, "A payout came back, and chargeback C1 is not settled yet.")
    free = ("RETURNED", 81_90, "PAYOUT", "A payout came back.")
    assert [part for part in await shown(till) if part[0] == "RETURNED"] == [waits, free]
    assert [part.document for part in await parts(till, "M1") if part.code == "2016"] == [
        f"payout/{number}" for number in paid_by
    ]
    assert (await shown_of(till, "O1"), await shown_of(till, "O2")) == ([waits], [free])
    again = (await till.retry(paid_by[1])).payout_id
    assert [part for part in await shown(till) if part[0] in ("RETURNED", "IN_PAYOUT")] == [
        ("IN_PAYOUT", 81_90, "SUBMISSION", ""),
        waits,
    ]
    await till.pay(again)
    assert [part for part in await shown(till) if part[0] in ("RETURNED", "IN_PAYOUT")] == [waits]


async def test_an_order_whose_payout_waits_for_the_chargeback_of_another_says_so(database: Database) -> None:
    """One payout of two sheets came back: it is paid again whole, or not at all."""
    world = await open_world(database)
    till = await open_till(world)
    for order, day, settled in TWO_MONTHS:
        await sell_and_settle(world, order, day, settled)
    payout = (await till.create_one(through=TODAY)).payout_id
    await till.pay(payout)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.answer(AnswerKind.RETURNED, payout)

    ground = "A payout came back, and chargeback C1 is not settled yet."
    assert await shown_of(till, "O1") == await shown_of(till, "O2") == [("RETURNED", 81_90, CHARGED_BACK, ground)]
    assert ("RETURNED", 163_80, CHARGED_BACK, ground) in await shown(till)

    await world.accept(decided("won"))
    await follow(till)
    assert await shown_of(till, "O2") == [("RETURNED", 81_90, "PAYOUT", "A payout came back.")]


async def test_a_sheet_that_cannot_be_paid_says_what_keeps_it(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    till = Till(world, world.database.dsn)

    async def awaited() -> list[str]:
        (alone,), (of_order,) = await shown(till), await shown_of(till, "O1")
        return [alone[2], of_order[2]]

    assert await awaited() == ["NO_PAYEE_ACCOUNT"] * 2
    await till.pay_to("M1", iban=IBANS[0])
    assert await awaited() == ["NO_PAYING_ACCOUNT"] * 2
    await till.pay_from()
    assert await awaited() == ["PAYMENT_PENDING"] * 2
    await world.block("M1")
    assert await awaited() == ["PARTY_BLOCKED"] * 2
    assert [each.reason for each in (await till.create()).waiting] == ["PARTY_BLOCKED"]


async def test_what_came_back_says_what_keeps_it_from_being_paid_again(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.pay(payout)
    await till.answer(AnswerKind.RETURNED, payout)

    await till.market.block("M1")

    assert await shown(till) == [("RETURNED", 50_00, "PARTY_BLOCKED", "A payout came back.")]


async def test_a_sheet_that_failed_and_that_a_bank_says_was_paid_waits_for_a_person(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.REFUSED)
    assert await shown(till) == [("ON_SHEET", 50_00, "PAY_FAILED", "")]

    await till.answer(AnswerKind.PAID, payout)

    assert await shown(till) == [("ON_SHEET", 50_00, "BANK_SAYS_PAID", "")]
    with pytest.raises(LedgerError, match="BANK_SAYS_PAID"):
        await till.retry(payout)


async def test_the_rest_of_a_sheet_that_a_bank_says_was_paid_waits_for_a_person_before_all_else(
    database: Database,
) -> None:
    till = await Till.open(database, step_minor=100)
    await till.sheet("M1", 50_50)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.REFUSED)
    await till.cancel((await till.retry(payout)).payout_id)
    await till.answer(AnswerKind.PAID, payout)
    await till.market.block("M1")

    assert await shown(till) == [("ON_SHEET", 50_50, "BANK_SAYS_PAID", "")]
    assert [each.reason for each in (await till.create()).waiting] == ["BANK_SAYS_PAID"]


async def test_what_came_back_and_that_a_bank_says_was_paid_again_waits_for_a_person(database: Database) -> None:
    world = await open_world(database)
    till = await open_till(world)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    first = (await till.create_one(through=TODAY)).payout_id
    await till.pay(first)
    await till.answer(AnswerKind.RETURNED, first)
    again = (await till.retry(first)).payout_id
    await till.submit()
    await till.outcome(again, Verdict.REFUSED)
    assert await shown(till) == await shown_of(till, "O1") == [("RETURNED", 81_90, "PAYOUT", "A payout came back.")]

    await till.answer(AnswerKind.PAID, again)

    waits = [("RETURNED", 81_90, "BANK_SAYS_PAID", "A payout came back.")]
    assert await shown(till) == await shown_of(till, "O1") == waits
    with pytest.raises(LedgerError, match="BANK_SAYS_PAID"):
        await till.retry(first)


async def test_what_came_back_of_a_blocked_party_waits_for_that_before_it_waits_for_a_chargeback(
    database: Database,
) -> None:
    world = await open_world(database)
    till = await open_till(world)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    payout = (await till.create_one(through=TODAY)).payout_id
    await till.pay(payout)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.answer(AnswerKind.RETURNED, payout)
    ground = "A payout came back, and chargeback C1 is not settled yet."
    waits = ("RETURNED", 81_90, CHARGED_BACK, ground)
    assert (waits in await shown(till), await shown_of(till, "O1")) == (True, [waits])

    await world.block("M1")

    waits = ("RETURNED", 81_90, "PARTY_BLOCKED", ground)
    assert (waits in await shown(till), await shown_of(till, "O1")) == (True, [waits])
    with pytest.raises(LedgerError, match="PARTY_BLOCKED"):
        await till.retry(payout)


async def test_what_is_too_little_to_be_paid_by_itself_says_first_what_else_keeps_it(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    till = Till(world, world.database.dsn)
    await till.pay_to("M1", iban=IBANS[0])
    await till.pay_from(step_minor=100_00)
    (alone,), (of_order,) = await parts(till, "M1"), await parts_of(till, "O1")
    assert [(part.awaits, part.until) for part in (alone, of_order)] == [("NEXT_PAYOUT", None)] * 2

    await world.block("M1")

    (alone,), (of_order,) = await parts(till, "M1"), await parts_of(till, "O1")
    assert [(part.awaits, part.until) for part in (alone, of_order)] == [("PARTY_BLOCKED", None)] * 2
    assert [each.reason for each in (await till.create()).waiting] == ["PARTY_BLOCKED"]


async def test_a_chargeback_of_a_sheet_that_the_partys_fee_has_eaten_keeps_nothing_that_came_back(
    database: Database,
) -> None:
    world = await open_world(database)
    till = Till(world, world.database.dsn)
    await till.pay_from(fee_minor=81_90)
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(1_000_00)
    for order, day, settled in TWO_MONTHS:
        await sell_and_settle(world, order, day, settled)
    payout = (await till.create_one(through=TODAY)).payout_id
    await till.submit(payout)
    await till.outcome(payout, Verdict.ACCEPTED)
    await till.answer(AnswerKind.PAID, payout, fee=81_90)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.answer(AnswerKind.RETURNED, payout)

    assert ("RETURNED", 81_90, "PAYOUT", "A payout came back.") in await shown(till)
    await till.pay((await till.retry(payout)).payout_id)
    assert [part for part in await shown(till) if part[0] == "RETURNED"] == []
