"""Who sees only a part is told what keeps money from a party without what is hidden from it elsewhere."""

from datetime import date

from app.approving import decide_all
from ledger.approvals.model import Decision, Kind
from ledger.approvals.model import Verdict as Word
from ledger.db.connecting import Database
from ledger.parties.finding import find_parties
from ledger.reporting.next_payouts import load_next_payouts
from ledger.reporting.unpaid import load_unpaid, load_unpaid_of_orders
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.settlement.payouts.test_withheld_first import open_till, open_world
from tests.ledger.settlement.payouts.till import IBANS, TODAY, Till
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person
from tests.oracle.small_world import SUCCEEDED, paid


async def awaited(till: Till, *, of: tuple[str, ...] = (), party: str = "M1") -> list[list[str]]:
    """What each part of these orders, without one of everything, waits for: all of it, and as the party is told."""
    told = []
    async with till.database.read(till.platform_id) as conn:
        number = (await find_parties(conn, references=[party]))[party].party_id
        for tells_all in (True, False):
            if of:
                keys = [(number, order) for order in of]
                found = await load_unpaid_of_orders(conn, keys=keys, now=till.now, tells_all=tells_all)
            else:
                found = await load_unpaid(conn, keys=[number], now=till.now, tells_all=tells_all)
            told.append([part.awaits for parts in found for part in parts])
    return told


async def test_a_sheet_whose_payment_failed_says_so_though_a_bank_says_that_it_was_paid(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(payout, Verdict.REFUSED)

    await till.answer(AnswerKind.PAID, payout)

    assert await awaited(till) == [["BANK_SAYS_PAID"], ["PAY_FAILED"]]


async def test_what_came_back_says_the_next_that_keeps_it(database: Database) -> None:
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
    await till.answer(AnswerKind.PAID, again)
    told = [["BANK_SAYS_PAID"], ["PAYOUT"]]
    assert await awaited(till) == await awaited(till, of=("O1",)) == told

    await world.block("M1")

    told = [["BANK_SAYS_PAID"], ["PARTY_BLOCKED"]]
    assert await awaited(till) == await awaited(till, of=("O1",)) == told


async def test_a_payout_that_nobody_has_agreed_to_says_the_next_that_keeps_it(database: Database) -> None:
    till = await Till.open(database, cash=60_00)
    await ask_a_second_person(till.market, Kind.PAYOUT)
    await till.sheet("M1", 50_00)
    await till.sheet("A1", 20_00, role="AGENT", due=date(2026, 3, 1))
    waiting, other = sorted((await till.create()).created, key=lambda each: -each.draft.net)
    assert await awaited(till) == [["APPROVAL"], ["SUBMISSION"]]

    # What is agreed to goes first, and leaves too little for the other.
    decision = Decision(**await _ask(till, other.payout_id), verdict=Word.APPROVE, comment="")
    await decide_all(till.database, till.platform_id, [decision], actor=CHECKER, now=till.now)
    assert await awaited(till) == [["APPROVAL"], ["BANK_BALANCE"]]
    assert await awaited(till, party="A1") == [["SUBMISSION"], ["SUBMISSION"]]

    decision = Decision(**await _ask(till, waiting.payout_id), verdict=Word.REJECT, comment="no")
    await decide_all(till.database, till.platform_id, [decision], actor=CHECKER, now=till.now)
    await till.market.block("M1")
    assert await awaited(till) == [["APPROVAL_REJECTED"], ["PARTY_BLOCKED"]]


async def _ask(till: Till, number: int) -> dict[str, object]:
    payout = await till.payout(number)
    return {"approval_id": payout.approval_id or 0, "digest": payout.digest}


async def test_a_payout_out_of_an_account_that_was_replaced_is_told_to_wait_for_being_sent(database: Database) -> None:
    till = await Till.open(database, cash=10_00)
    await till.sheet("M1", 50_00)
    payout = (await till.create_one()).payout_id
    await till.answer(AnswerKind.PAID, payout, reference="late")
    assert await awaited(till) == [["BANK_SAYS_PAID"], ["BANK_BALANCE"]]

    await till.pay_from(reference="B2", iban="DE89370400440532013000")

    assert await awaited(till) == [["BANK_SAYS_PAID"], ["SUBMISSION"]]
    await till.dismiss("late")
    assert await awaited(till) == [["PAYING_ACCOUNT_RETIRED"], ["SUBMISSION"]]


async def test_what_is_too_little_says_so_whatever_else_is_hidden_and_moves_no_day(database: Database) -> None:
    till = await Till.open(database, step_minor=100)
    await till.sheet("M1", 50_50)
    payout = (await till.create_one()).payout_id
    await till.pay(payout)
    before = await _next(till)

    await till.answer(AnswerKind.PAID, payout, reference="again", amount=1)

    assert await awaited(till) == [["BANK_SAYS_PAID"], ["NEXT_PAYOUT"]]
    assert await _next(till) == before == []


async def _next(till: Till) -> list[object]:
    async with till.database.read(till.platform_id) as conn:
        number = (await find_parties(conn, references=["M1"]))["M1"].party_id
        (found,) = await load_next_payouts(conn, keys=[number], now=till.now)
    return [*found]


async def test_the_rest_of_a_sheet_waits_while_a_payout_under_way_has_the_other_part(database: Database) -> None:
    world = await open_world(database)
    till = Till(world, world.database.dsn)
    await till.pay_from(step_minor=1_00)
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(1_000_00)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    payout = (await till.create_one(through=TODAY)).payout_id

    ran = (await till.create()).waiting

    assert [(each.reason, each.amount) for each in ran] == [("CLAIMED_MEANWHILE", 90)]
    for told in (await awaited(till), await awaited(till, of=("O1",))):
        assert [sorted(each) for each in told] == [["CLAIMED_MEANWHILE", "SUBMISSION"]] * 2

    await till.pay(payout)
    assert await awaited(till) == [["NEXT_PAYOUT"]] * 2


async def test_what_came_back_waits_while_a_payout_under_way_has_the_rest_of_its_sheet(database: Database) -> None:
    till = await Till.open(database, step_minor=100)
    await till.sheet("M1", 50_50)
    first = (await till.create_one()).payout_id
    await till.pay(first)
    await till.sheet("M1", 50)
    await till.create_one()

    await till.answer(AnswerKind.RETURNED, first)

    assert [sorted(told) for told in await awaited(till)] == [["CLAIMED_MEANWHILE", "SUBMISSION"]] * 2
