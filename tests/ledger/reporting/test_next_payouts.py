"""When a party is paid next, and how much: what is due on the first day on which something is, or by now."""

from datetime import date, timedelta

import pytest

from ledger.reporting.next_payouts import NextPayout, find_next_payouts, load_next_payouts
from ledger.reporting.unpaid import UnpaidPart, load_unpaid
from ledger.settlement.payouts.model import Verdict
from tests.ledger.charging.market import NOW
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World, at
from tests.statements import gather_asked


def part(state: str, amount: int, due: str | None, *, awaits: str = "", entity: str = "LE") -> UnpaidPart:
    due_date = None if due is None else date.fromisoformat(due)
    return UnpaidPart(entity, "CNY", state, "2015", amount, awaits, due_date, due_date, None, "", "")


def due(day: str, amount: int, entity: str = "LE") -> NextPayout:
    return NextPayout(entity, "CNY", date.fromisoformat(day), amount)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([part("ON_HOLD", 500, None), part("OWED", -100, "2026-01-05")], []),
        ([part("ACCRUED", 700, "2026-02-06")], [due("2026-02-06", 700)]),
        ([part("ACCRUED", 700, None)], []),
        (
            [
                part("ACCRUED", 700, "2026-02-06"),
                part("ON_SHEET", 50, "2026-01-07"),
                part("IN_PAYOUT", 20, "2026-01-07"),
            ],
            [due("2026-01-07", 70)],
        ),
        ([part("ACCRUED", -36, "2026-01-06"), part("ON_SHEET", 50, "2026-01-07")], [due("2026-01-07", 50)]),
        (
            [part("ON_SHEET", 3, "2026-01-02", awaits="NEXT_PAYOUT"), part("ACCRUED", 40, "2026-02-06")],
            [due("2026-02-06", 43)],
        ),
        (
            [part("ON_SHEET", 3, "2026-02-07", awaits="NEXT_PAYOUT"), part("ACCRUED", 40, "2026-02-06")],
            [due("2026-02-06", 40)],
        ),
        (
            [part("ON_SHEET", 3, "2026-01-02", awaits="PAY_FAILED"), part("ACCRUED", 40, "2026-02-06")],
            [due("2026-02-06", 40)],
        ),
        ([part("ON_SHEET", 3, "2026-01-02", awaits="PAY_FAILED")], []),
        (
            [part("ON_SHEET", 5, "2026-01-02", entity="LE2"), part("ON_SHEET", 6, "2026-01-03")],
            [due("2026-01-03", 6), due("2026-01-02", 5, "LE2")],
        ),
    ],
)
def test_what_is_due_on_the_first_day_is_paid_next(parts: list[UnpaidPart], expected: list[NextPayout]) -> None:
    assert find_next_payouts(parts, today=date(2026, 1, 1)) == expected


@pytest.mark.parametrize(
    ("today", "amount"),
    [("2026-01-02", 5), ("2026-01-05", 5), ("2026-01-06", 16), ("2026-01-09", 16), ("2026-02-06", 56)],
)
def test_with_a_day_that_has_passed_comes_all_that_is_due_by_now(today: str, amount: int) -> None:
    parts = [
        part("ON_SHEET", 5, "2026-01-03"),
        part("IN_PAYOUT", 8, "2026-01-06"),
        part("ON_SHEET", 3, "2026-01-06", awaits="NEXT_PAYOUT"),
        part("ON_SHEET", 100, "2026-01-06", awaits="PAY_FAILED"),
        part("ACCRUED", -20, "2026-01-05"),
        part("ACCRUED", 40, "2026-02-06"),
    ]

    assert find_next_payouts(parts, today=date.fromisoformat(today)) == [due("2026-01-03", amount)]


async def test_what_waited_for_a_bank_account_is_paid_at_once_as_was_told(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="T+2", confirmation="NONE")
    for day, amount in (("2026-01-05", 100_00), ("2026-01-06", 50_00), ("2026-01-07", 20_00)):
        await world.earn("M1", amount, day)
    await world.settle("2026-01-08")
    first, second, third = await world.sheets("M1")
    assert first.due_date < second.due_date < third.due_date
    on = [f"{sheet.due_date}T12:00" for sheet in (first, second, third)]

    told = [await next_of(world, "M1", now=now) for now in ("2026-01-01", *on)]

    assert told == [[[(first.due_date, amount)]] for amount in (100_00, 100_00, 150_00, 170_00)]
    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])
    created = await till.create_one(third.due_date)
    assert (created.draft.due_date, created.draft.net) == (first.due_date, 170_00)


async def test_a_day_has_passed_where_the_party_is(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="T+2", confirmation="NONE")
    await world.earn("M1", 100_00, "2026-01-05")
    await world.earn("M1", 50_00, "2026-01-06")
    await world.settle("2026-01-08")
    first, second, *_ = await world.sheets("M1")
    before = second.due_date - timedelta(days=1)

    told = [await next_of(world, "M1", now=now) for now in (f"{before}T23:59+08:00", f"{second.due_date}T00:00+08:00")]

    assert told == [[[(first.due_date, amount)]] for amount in (100_00, 150_00)]


async def test_a_closed_sheet_is_paid_before_what_accrues_and_that_after_it(world: World) -> None:
    await world.earn("M1", 10_000, "2025-12-15")
    await world.settle("2026-01-02")
    await world.earn("M1", 700, "2026-01-03")
    (sheet,) = await world.sheets("M1")

    async with world.database.read(world.platform_id) as conn:
        keys = [await world.id_of("M1"), await world.id_of("M2")]
        found = await load_next_payouts(conn, keys=keys, now=NOW)

    assert found == [[NextPayout("LE", "CNY", sheet.due_date, 10_000)], []]


async def open_indebted(world: World) -> None:
    """M1 and M2 are to be paid 100.00 in January, and have owed 30.00 and 130.00 from another role since."""
    for role in ("MERCHANT", "SUPPLIER"):
        await world.set_terms(role=role, confirmation="NONE")
    for party in ("M1", "M2"):
        await world.earn(party, 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    for party, amount in (("M1", 30_00), ("M2", 130_00)):
        await world.earn(party, -amount, "2026-01-15", code="2080")
    await world.settle("2026-02-02")


async def next_of(world: World, *parties: str, now: str = "2026-01-01") -> list[list[tuple[date, int]]]:
    async with world.database.read(world.platform_id) as conn:
        found = await load_next_payouts(conn, keys=[await world.id_of(party) for party in parties], now=at(now))
    return [[(each.due_date, each.amount_minor) for each in told] for told in found]


async def test_what_a_party_owes_is_taken_off_and_a_day_on_which_nothing_is_left_is_none(world: World) -> None:
    await open_indebted(world)
    (sheet, *_) = await world.sheets("M1")
    assert await next_of(world, "M1", "M2") == [[(sheet.due_date, 70_00)], []]

    await world.earn("M2", 50_00, "2026-02-15")

    *_, accruing = await world.sheets("M2", closed=False)
    assert await next_of(world, "M2") == [[(accruing.due_date, 20_00)]]


async def test_a_debt_is_taken_of_what_may_be_paid_before_what_is_due_earlier_and_not_confirmed(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="REQUIRED")
    await world.earn("M1", 100_00, "2025-11-15")
    await world.settle("2025-12-02")
    await open_indebted(world)
    waiting, payable, *_ = await world.sheets("M1")
    assert (waiting.status, payable.status) == ("CONFIRM_PENDING", "PAYMENT_PENDING")

    assert await next_of(world, "M1") == [[(waiting.due_date, 100_00)]]

    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])
    await till.create(payable.due_date)
    assert (await world.sheet(payable.sheet_id)).netted == 30_00
    assert await next_of(world, "M1") == [[(waiting.due_date, 100_00)]]


async def test_what_failed_to_be_paid_comes_next_only_once_somebody_pays_it_again(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    await world.earn("M1", 7_00, "2026-01-15")
    sheet, accruing = await world.sheets("M1", closed=False)
    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(200_00)
    failed = (await till.create_one(sheet.due_date)).payout_id
    await till.submit(failed)
    assert await next_of(world, "M1") == [[(accruing.due_date, 7_00)]]

    await till.outcome(failed, Verdict.REFUSED, reason="AC04")

    assert (await till.create(sheet.due_date)).created == ()
    assert await next_of(world, "M1") == [[(accruing.due_date, 7_00)]]

    again = await till.retry(failed)

    assert (again.draft.net, await next_of(world, "M1")) == (100_00, [[(sheet.due_date, 100_00)]])


async def test_what_a_party_owes_elsewhere_or_disputes_is_not_taken_off(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.set_terms(role="SUPPLIER", confirmation="REQUIRED")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    await world.earn("M1", -10_00, "2026-01-15", code="2080")
    await world.earn("M1", -20_00, "2026-01-15", currency="USD")
    await world.settle("2026-02-02")
    (sheet, *_) = await world.sheets("M1")
    assert await next_of(world, "M1") == [[(sheet.due_date, 90_00)]]

    (owed,) = [each for each in await world.sheets("M1") if each.total == -10_00]
    await world.dispute(owed, "2026-02-03")
    assert await next_of(world, "M1") == [[(sheet.due_date, 100_00)]]


async def test_what_may_not_be_netted_by_its_terms_is_not_taken_off(world: World) -> None:
    await open_indebted(world)
    (sheet, *_) = await world.sheets("M1")

    await world.set_terms(party="M1", confirmation="NONE", netting=False)

    assert await next_of(world, "M1") == [[(sheet.due_date, 100_00)]]


async def test_what_comes_back_on_an_open_sheet_is_taken_off_another_of_the_day_where_its_terms_allow_that(
    world: World,
) -> None:
    for role in ("MERCHANT", "SUPPLIER"):
        await world.set_terms(role=role, confirmation="NONE")
    for party in ("M1", "M2"):
        await world.earn(party, 100_00, "2026-01-15")
        await world.earn(party, -30_00, "2026-01-15", code="2080")
    await world.set_terms(party="M2", netting=False)
    await world.settle("2026-01-16")
    (sheet, *_) = await world.sheets("M1", closed=False)

    told = await next_of(world, "M1", "M2")

    assert told == [[(sheet.due_date, 70_00)], [(sheet.due_date, 100_00)]]
    await world.settle("2026-02-02")
    payable = {each.party: each.payable for each in await world.sheets() if each.total > 0}
    assert payable == {"M1": 70_00, "M2": 100_00}
    assert await next_of(world, "M1", "M2") == told


async def test_what_comes_back_is_taken_off_once_beside_what_is_owed_already(world: World) -> None:
    await open_indebted(world)
    await world.earn("M2", 90_00, "2026-02-15")
    await world.earn("M2", -50_00, "2026-02-15", code="2080")
    await world.open_sheets("2026-02-16")
    *_, accruing = await world.sheets("M2", closed=False)

    # Of 90.00 the debt takes the 30.00 that the sheet of January does not cover, and what comes back 50.00 of the rest.
    assert await next_of(world, "M2") == [[(accruing.due_date, 10_00)]]


async def test_a_rest_too_small_to_be_paid_is_no_next_payout_while_the_other_part_is_on_its_way(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", 50_90, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    till = Till(world, world.database.dsn)
    await till.pay_from(step_minor=1_00)
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(200_00)
    assert await next_of(world, "M1") == [[(sheet.due_date, 50_90)]]

    payout = (await till.create_one(sheet.due_date)).payout_id
    assert await next_of(world, "M1") == [[(sheet.due_date, 50_90)]]
    await till.submit(payout)

    assert await next_of(world, "M1") == [[]]
    async with world.database.read(world.platform_id) as conn:
        ((rest, _),) = await load_unpaid(conn, keys=[await world.id_of("M1")], now=till.now)
    assert (rest.amount_minor, rest.awaits, rest.until) == (90, "CLAIMED_MEANWHILE", None)
    await till.outcome(payout, Verdict.ACCEPTED)
    await till.pay(payout)
    assert await next_of(world, "M1") == [[]]


async def test_debts_are_looked_for_once_whoever_asks(world: World) -> None:
    await open_indebted(world)
    counts = []
    for parties in (["A1"], ["M1"], ["M1", "M2", "A1"]):
        numbers = [await world.id_of(party) for party in parties]
        async with world.database.read(world.platform_id) as conn:
            with gather_asked(conn) as asked:
                await load_next_payouts(conn, keys=numbers, now=NOW)
        counts.append(len(asked))

    nobody, one, many = counts
    assert (nobody, many) == (2, one)
    assert one <= 10
