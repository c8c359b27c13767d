"""What closes when, with which lines, whatever the time it is done."""

from datetime import timedelta

import pytest

from ledger.settlement.sheets.model import Status
from tests.ledger.settlement.sheets.world import World, at


async def test_what_happens_at_the_end_of_a_period_belongs_to_the_next(world: World) -> None:
    last = await world.earn("M1", 100, "2024-06-30T15:59:59.999999+00:00")
    first = await world.earn("M1", 7, "2024-06-30T16:00:00+00:00")

    await world.settle("2024-07-02")
    await world.settle("2024-08-01")

    june, july = await world.sheets("M1")
    assert (june.period_start, june.period_end) == (at("2024-06-01"), at("2024-07-01"))
    assert await world.lines(june.sheet_id) == [(last, 100)]
    assert (july.period_start, july.period_end) == (at("2024-07-01"), at("2024-08-01"))
    assert await world.lines(july.sheet_id) == [(first, 7)]


async def test_a_positive_sheet_takes_its_total_to_what_is_to_be_paid(world: World) -> None:
    await world.earn("M1", 1_000, "2024-06-03")
    await world.earn("M1", -120, "2024-06-05")

    await world.settle("2024-07-01")

    (sheet,) = await world.sheets("M1")
    assert (sheet.total, sheet.line_count, sheet.status) == (880, 2, Status.CONFIRM_PENDING)
    assert await world.net("2010 M1, 2015 M1, 1200 M1") == [0, 880, 0]


async def test_a_negative_sheet_makes_a_receivable(world: World) -> None:
    await world.earn("M1", -120, "2024-06-05")

    await world.settle("2024-07-01")

    (sheet,) = await world.sheets("M1")
    assert (sheet.total, sheet.owed, sheet.payable) == (-120, 120, 0)
    assert await world.net("2010 M1, 2015 M1, 1200 M1") == [0, 0, -120]


async def test_a_sheet_of_several_accounts_nets_them_in_one_entry(world: World) -> None:
    for code, amount in (("2041", 50), ("2042", -80), ("2043", 10)):
        await world.earn("D1", amount, "2024-06-05", code=code)

    await world.settle("2024-07-01")

    (sheet,) = await world.sheets("D1")
    assert (sheet.key.role, sheet.total, sheet.line_count) == ("DISTRIBUTOR", -20, 3)
    assert await world.net("2041 D1, 2042 D1, 2043 D1, 1200 D1") == [0, 0, 0, -20]


async def test_a_sheet_that_comes_to_nothing_is_complete_and_so_is_an_empty_one(world: World) -> None:
    await world.earn("D1", 30, "2024-06-05", code="2041")
    await world.earn("D1", -30, "2024-06-06", code="2042")
    await world.settle("2024-07-01")

    await world.settle("2024-08-01")

    june, july = await world.sheets("D1")
    assert (june.status, june.line_count, july.status, july.line_count) == (Status.COMPLETED, 2, Status.COMPLETED, 0)
    assert june.closing_sequence is not None
    assert july.closing_sequence is None
    assert await world.net("2041 D1, 2042 D1") == [0, 0]
    assert await world.told(july.sheet_id) == ["sheet.opened", "sheet.closed"]


async def test_a_late_fact_goes_to_the_open_sheet_and_names_its_period(world: World) -> None:
    await world.earn("M1", 100, "2024-06-05")
    await world.settle("2024-07-01")

    late = await world.earn("M1", 40, "2024-06-20")
    own = await world.earn("M1", 2, "2024-07-20")
    await world.settle("2024-08-01")

    june, july = await world.sheets("M1")
    assert (june.total, july.total) == (100, 42)
    rows = await world.rows(
        "SELECT sequence, original_period_start FROM sheet_line WHERE sheet_id = $1 AND NOT is_closing ORDER BY 1",
        july.sheet_id,
    )
    assert [tuple(row) for row in rows] == [(late, at("2024-06-01")), (own, None)]


async def test_a_job_that_did_not_run_makes_the_same_periods_later(world: World) -> None:
    await world.set_terms(party="M1", cycle="T+2")
    await world.set_terms(party="M2", cycle="T+2")
    # Nothing happens on the third.
    for day in ("2024-07-01", "2024-07-02", "2024-07-04"):
        await world.earn("M1", 10, f"{day}T09:00")
    for day in range(2, 7):
        await world.settle(f"2024-07-0{day}")
    for day in ("2024-07-01", "2024-07-02", "2024-07-04"):
        await world.earn("M2", 10, f"{day}T09:00")

    await world.settle("2024-07-06T17:30")

    on_time = [(s.period_start, s.period_end, s.due_date, s.total) for s in await world.sheets("M1")]
    later = [(s.period_start, s.period_end, s.due_date, s.total) for s in await world.sheets("M2")]
    assert on_time == later
    assert [str(due) for _, _, due, _ in later] == [
        "2024-07-03",
        "2024-07-04",
        "2024-07-05",
        "2024-07-08",
        "2024-07-09",
    ]


async def test_a_sheet_is_there_before_its_period_begins(world: World) -> None:
    await world.earn("M1", 10, "2024-07-05")
    await world.open_sheets("2024-07-30")
    assert [s.period_start for s in await world.sheets("M1", closed=False)] == [at("2024-07-01")]

    await world.open_sheets("2024-07-31")
    await world.open_sheets("2024-07-31T20:00")

    sheets = await world.sheets("M1", closed=False)
    assert [(s.period_start, s.status) for s in sheets] == [
        (at("2024-07-01"), Status.OPEN),
        (at("2024-08-01"), Status.OPEN),
    ]


async def test_what_was_imported_is_settled_by_its_own_periods_and_quiet_ones_get_no_sheet(world: World) -> None:
    for month in (1, 2, 11):
        await world.earn("M1", month, f"2023-{month:02}-15")

    await world.settle("2024-07-20")

    assert [(s.period_start, s.total) for s in await world.sheets("M1")] == [
        (at("2023-01-01"), 1),
        (at("2023-02-01"), 2),
        (at("2023-11-01"), 11),
    ]
    (current,) = [s for s in await world.sheets("M1", closed=False) if s.status is Status.OPEN]
    assert current.period_start == at("2024-07-01")


@pytest.mark.parametrize(("days", "quiet"), [(31, 30), (32, 31), (33, 0)])
async def test_quiet_days_have_their_sheets_however_late_they_close_and_a_longer_quiet_has_none(
    world: World, days: int, quiet: int
) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    first = at("2024-06-01")
    await world.earn("M1", 1, first.isoformat())
    await world.earn("M1", 2, (first + timedelta(days=days)).isoformat())

    await world.settle((first + timedelta(days=days + 1)).isoformat())

    sheets = await world.sheets("M1")
    assert [sheet.total for sheet in sheets] == [1, *[0] * quiet, 2]
    assert {sheet.status for sheet in sheets[1:-1]} <= {Status.COMPLETED}
    assert (sheets[-1].period_start, sheets[-1].period_end) == (
        first + timedelta(days=days),
        first + timedelta(days=days + 1),
    )


async def test_quiet_days_close_the_same_whether_the_worker_is_there_each_day_or_comes_back_after_a_month(
    world: World,
) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    for party in ("M1", "M2"):
        await world.set_terms(party=party, cycle="DAILY")
    await world.earn("M1", 1, "2024-06-01")
    for day in range(2, 12):
        await world.settle(f"2024-06-{day:02}")
    on_time = [(s.period_start, s.period_end, s.total, s.due_date) for s in await world.sheets("M1")]
    await world.earn("M2", 1, "2024-06-01")

    await world.settle("2024-06-11")

    assert [(s.period_start, s.period_end, s.total, s.due_date) for s in await world.sheets("M2")] == on_time
    assert len(on_time) == 10


@pytest.mark.parametrize("at_once", [1, 2, 1000])
async def test_the_size_of_the_steps_does_not_show(world: World, at_once: int) -> None:
    for party in ("M1", "M2"):
        for day in range(1, 29, 3):
            await world.earn(party, day, f"2024-06-{day:02}")
    await world.settle("2024-07-01", at_once=at_once)

    assert [(s.party, s.total, s.line_count) for s in await world.sheets()] == [("M1", 145, 10), ("M2", 145, 10)]


async def test_closing_many_takes_as_many_statements_as_closing_one(world: World, statements: list[str]) -> None:
    counts = []
    for size in (1, 24):
        fresh = await World.open(world.database)
        assert isinstance(fresh, World)
        places = [(party, currency) for party in ("M1", "M2") for currency in CURRENCIES][:size]
        for party, currency in places:
            await fresh.earn(party, 5, "2024-06-03", currency=currency)
            await fresh.earn(party, 6, "2024-06-04", currency=currency)
        await fresh.settle("2024-06-10")
        statements.clear()
        assert (await fresh.settle("2024-07-01T00:00")).fixed == size
        counts.append(len(statements))

    assert counts[0] == counts[1]


CURRENCIES = ("CNY", "USD", "EUR", "JPY", "KWD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")


@pytest.mark.parametrize("by_steps", [False, True])
async def test_a_sheet_of_more_than_one_line_can_carry_is_closed_by_several(world: World, by_steps: bool) -> None:
    most = 10**15
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    for amount in (most, most, -7):
        await world.earn("M1", amount, "2024-06-05")
    await world.earn("M2", 5, "2024-06-05")
    await world.settle("2024-07-01", **({"lines_at_once": 1} if by_steps else {}))

    (sheet,), (other,) = await world.sheets("M1"), await world.sheets("M2")
    assert (sheet.total, sheet.status, other.total) == (2 * most - 7, Status.PAYMENT_PENDING, 5)
    assert await world.net("2010 M1, 2015 M1") == [0, 2 * most - 7]
    for _ in range(2):
        await world.earn("M1", -most, "2024-07-05")
    await world.settle("2024-08-01")

    (_, debt) = await world.sheets("M1")
    assert (debt.total, debt.owed) == (-2 * most, 2 * most)
    await world.earn("M1", most, "2024-08-05")
    await world.earn("M1", most, "2024-08-05")
    await world.settle("2024-09-01")
    assert (await world.sheet(debt.sheet_id)).status is Status.COLLECTED
    assert await world.net("1200 M1") == [0]


async def test_what_closes_goes_by_terms_that_no_worker_has_seen_yet(world: World) -> None:
    await world.earn("M1", 1_000, "2024-07-03")
    await world.open_sheets("2024-07-03")
    await world.earn("M1", 70, "2024-07-18")
    await world.set_terms(party="M1", cycle="WEEKLY", validFrom="2024-07-17")

    await world.settle("2024-08-01")

    first, second, *_ = await world.sheets("M1")
    assert (first.period_end, first.total) == (at("2024-07-17"), 1_000)
    assert (second.period_end, second.total) == (at("2024-07-22"), 70)


async def test_what_came_for_a_closed_party_closes_before_any_worker_has_seen_it(world: World) -> None:
    await world.earn("M1", 1_000, "2024-06-03")
    await world.close("M1")
    await world.settle("2024-07-02")
    await world.earn("M1", -30, "2024-07-05")

    await world.settle("2024-08-02")

    assert [sheet.total for sheet in await world.sheets("M1")] == [1_000, -30]
