"""The cash that is needed by a day is what a payout run would pay: less what parties owe, which it nets first."""

from datetime import date

from ledger.reporting.cash_needed import CashNeed, find_cash_needed
from tests.ledger.reporting.test_next_payouts import next_of, open_indebted
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World
from tests.statements import gather_asked

LATE = date(2026, 12, 31)


async def needs(world: World, *, through: date = LATE) -> list[CashNeed]:
    async with world.database.read(world.platform_id) as conn:
        return await find_cash_needed(conn, through=through)


def figures(found: list[CashNeed]) -> list[tuple[date, int, int, int, int]]:
    return [
        (need.due_date, need.created_minor, need.payable_minor, need.upcoming_minor, need.short_minor) for need in found
    ]


async def test_what_parties_owe_is_taken_off_as_a_run_nets_it(world: World) -> None:
    await open_indebted(world)
    (sheet, *_) = await world.sheets("M1")
    till = Till(world, world.database.dsn)
    await till.pay_from()
    for party, iban in zip(("M1", "M2"), IBANS, strict=False):
        await till.pay_to(party, iban=iban)

    # 100.00 less 30.00 of M1, and nothing of M2, who owes more than he is to be paid.
    told = figures(await needs(world))

    assert told == [(sheet.due_date, 0, 70_00, 0, 70_00)]
    assert await next_of(world, "M1", "M2") == [[(sheet.due_date, 70_00)], []]
    run = await till.create(sheet.due_date)
    assert [created.draft.net for created in run.created] == [70_00]
    assert figures(await needs(world)) == [(sheet.due_date, 70_00, 0, 0, 70_00)]


async def test_a_day_on_which_debts_leave_nothing_is_not_told(world: World) -> None:
    await open_indebted(world)
    await world.set_terms(party="M1", confirmation="NONE", netting=False)
    (sheet, *_) = await world.sheets("M1")

    assert figures(await needs(world)) == [(sheet.due_date, 0, 100_00, 0, 100_00)]
    assert await needs(world, through=date(2026, 1, 1)) == []

    await world.earn("M1", -100_00, "2026-02-15")
    await world.settle("2026-03-02")

    assert await needs(world) == []


async def test_what_waits_for_a_word_pays_what_is_left_of_a_debt(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="REQUIRED")
    await world.earn("M1", 100_00, "2025-11-15")
    await world.settle("2025-12-02")
    await open_indebted(world)
    waiting, payable, *_ = await world.sheets("M1")
    assert (waiting.status, payable.status) == ("CONFIRM_PENDING", "PAYMENT_PENDING")
    due = [(waiting.due_date, 0, 0, 100_00, 0), (payable.due_date, 0, 70_00, 0, 70_00)]

    assert figures(await needs(world)) == due
    # What is due later may be paid now and nets the debt, whichever days are asked about.
    assert figures(await needs(world, through=waiting.due_date)) == due[:1]


async def test_debts_are_looked_for_once_whoever_owes(world: World) -> None:
    counts = []
    for prepare in (None, open_indebted):
        if prepare is not None:
            await prepare(world)
        async with world.database.read(world.platform_id) as conn:
            with gather_asked(conn) as asked:
                await find_cash_needed(conn, through=LATE)
        counts.append(len(asked))

    nobody, some = counts
    assert nobody == 3
    assert some <= 11
