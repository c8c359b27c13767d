"""Sheets of a moderate size close in one pass."""

import json

import asyncpg
import pytest

from ledger.settlement.sheets.model import Status
from ledger.settlement.sheets.planning import check_terms
from tests.ledger.settlement.sheets.world import World, at


async def test_what_nobody_has_to_agree_to_goes_on_to_payment_and_is_told_once(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", 1_000, "2024-06-05")

    closed = await world.settle("2024-07-01")

    assert (closed.fixed, closed.lines, closed.advanced) == (1, 1, 1)
    (sheet,) = await world.sheets("M1")
    assert [status for status, _ in await world.history(sheet.sheet_id)] == [
        "OPEN",
        "CLOSING",
        "CLOSED",
        "CONFIRMED",
        "APPROVED",
        "PAYMENT_PENDING",
    ]
    assert await world.told(sheet.sheet_id) == ["sheet.opened", "sheet.closed"]
    (event,) = await world.rows("SELECT payload FROM log_event WHERE kind = 'sheet.closed'")
    said = json.loads(event["payload"])
    assert (said["status"], said["total"], said["lines"], said["entries"]) == (
        "PAYMENT_PENDING",
        "10.00",
        1,
        [sheet.closing_sequence],
    )


async def test_a_debt_that_nobody_has_to_agree_to_is_told_step_by_step(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", -120, "2024-06-05")

    await world.settle("2024-07-01")

    (sheet,) = await world.sheets("M1")
    assert sheet.status is Status.CARRIED_FORWARD
    assert (await world.told(sheet.sheet_id))[1:] == [
        "sheet.closed",
        "sheet.confirmed",
        "sheet.approved",
        "sheet.carried_forward",
    ]


async def test_a_quiet_day_leaves_its_sheet_with_one_step_and_one_event(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    await world.earn("M1", 5, "2024-06-03")
    for day in ("04", "05", "06"):
        await world.settle(f"2024-06-{day}")

    _, first, second = await world.sheets("M1")
    for quiet in (first, second):
        assert (quiet.status, quiet.line_count, quiet.closing_sequence) == (Status.COMPLETED, 0, None)
        assert quiet.closed_at == quiet.period_end
        steps = await world.rows(
            "SELECT status, reason FROM sheet_history WHERE sheet_id = $1 ORDER BY step_id", quiet.sheet_id
        )
        assert [tuple(step) for step in steps] == [("OPEN", ""), ("COMPLETED", "nothing in its period")]
        assert await world.told(quiet.sheet_id) == ["sheet.opened", "sheet.closed"]
    (event,) = await world.rows(
        "SELECT payload FROM log_event WHERE kind = 'sheet.closed' AND subject = $1", second.subject
    )
    said = json.loads(event["payload"])
    assert (said["status"], said["total"], said["lines"]) == ("COMPLETED", "0.00", 0)
    # Nothing was posted since the closing before, so nothing is kept of what stood on its accounts.
    assert await world.rows("SELECT * FROM sheet_account WHERE sheet_id = $1", second.sheet_id) == []


async def test_what_comes_late_for_a_quiet_day_is_on_the_next_sheet_and_names_it(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    await world.earn("M1", 5, "2024-06-03")
    for day in ("04", "05", "06"):
        await world.settle(f"2024-06-{day}")

    late = await world.earn("M1", 7, "2024-06-05T09:00")
    await world.settle("2024-06-07")

    sheets = await world.sheets("M1")
    assert [sheet.total for sheet in sheets] == [5, 0, 0, 7]
    assert await world.lines(sheets[-1].sheet_id) == [(late, 7)]
    (row,) = await world.rows("SELECT original_period_start FROM sheet_line WHERE sequence = $1", late)
    assert row["original_period_start"] == sheets[2].period_start


async def test_what_comes_late_for_days_without_a_sheet_is_on_the_next_sheet_and_names_its_day(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    await world.earn("M1", 5, "2024-06-03")
    await world.settle("2024-06-04")
    # Nobody closes for longer than days that were quiet have their sheets.
    await world.settle("2024-08-01")
    before = [(sheet.period_start, sheet.period_end) for sheet in await world.sheets("M1", closed=False)]

    late = await world.earn("M1", 7, "2024-07-05T09:00")
    await world.settle("2024-08-02")

    assert before[-2:] == [(at("2024-06-04"), at("2024-06-05")), (at("2024-08-01"), at("2024-08-02"))]
    *_, last = await world.sheets("M1")
    assert await world.lines(last.sheet_id) == [(late, 7)]
    assert last.period_start == at("2024-08-01")
    (row,) = await world.rows("SELECT original_period_start FROM sheet_line WHERE sequence = $1", late)
    assert row["original_period_start"] == at("2024-07-05")


async def test_what_comes_late_for_days_after_a_closed_party_had_sheets_is_on_one_more(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    await world.earn("M1", 5, "2024-06-03")
    await world.close("M1")
    await world.settle("2024-06-10")
    await world.earn("M1", 6, "2024-06-20T09:00")
    await world.settle("2024-06-21")

    late = await world.earn("M1", 7, "2024-06-12T09:00")
    await world.settle("2024-06-23")

    sheets = await world.sheets("M1", closed=False)
    assert [(sheet.period_start, sheet.total) for sheet in sheets if sheet.total] == [
        (at("2024-06-03"), 5),
        (at("2024-06-20"), 6),
        (at("2024-06-21"), 7),
    ]
    assert await world.lines(sheets[-1].sheet_id) == [(late, 7)]
    (row,) = await world.rows("SELECT original_period_start FROM sheet_line WHERE sequence = $1", late)
    assert row["original_period_start"] == at("2024-06-12")
    assert {sheet.status for sheet in sheets}.isdisjoint({Status.OPEN, Status.CLOSING})


async def test_a_quiet_sheet_of_a_party_that_owes_goes_step_by_step_and_its_debt_ages(world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE", carryCycles=2)
    await world.earn("M1", -120, "2024-06-03")
    for day in ("04", "05", "06"):
        await world.settle(f"2024-06-{day}")

    debt, first, second = await world.sheets("M1")
    assert (debt.status, debt.carried_cycles) == (Status.COLLECTING, 2)
    for quiet in (first, second):
        assert [status for status, _ in await world.history(quiet.sheet_id)] == [
            "OPEN",
            "CLOSING",
            "CLOSED",
            "COMPLETED",
        ]
        assert await world.told(quiet.sheet_id) == ["sheet.opened", "sheet.closed", "sheet.completed"]


@pytest.mark.parametrize("lines_at_once", [50_000, 1])
async def test_in_one_pass_and_in_several_sheets_end_the_same(world: World, lines_at_once: int) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    for party, amount in (("M1", 100), ("M1", -30), ("M2", -20)):
        await world.earn(party, amount, "2024-06-05")
    await world.settle("2024-07-01", lines_at_once=lines_at_once)
    await world.earn("M1", 1, "2024-06-06")
    await world.earn("M2", 50, "2024-07-06")

    await world.settle("2024-08-01", lines_at_once=lines_at_once)

    assert [(s.party, s.total, s.netted, s.status) for s in await world.sheets()] == [
        ("M1", 70, 0, Status.PAYMENT_PENDING),
        ("M2", -20, 20, Status.COLLECTED),
        ("M1", 1, 0, Status.PAYMENT_PENDING),
        ("M2", 50, 20, Status.PAYMENT_PENDING),
    ]
    assert await world.net("2010 M1, 2010 M2, 2015 M1, 2015 M2") == [0, 0, 71, 30]


@pytest.mark.parametrize("size", [1, 20])
async def test_closing_many_takes_as_many_statements_as_one(world: World, statements: list[str], size: int) -> None:
    currencies = ["CNY", "USD", "EUR", "JPY", "KWD", "GBP", "CHF", "SEK", "NOK", "DKK"]
    places = [(party, currency) for party in ("M1", "M2") for currency in currencies][:size]
    for party, currency in places:
        await world.earn(party, 5, "2024-06-05", currency=currency)
    await world.open_sheets("2024-06-30T12:00")

    statements.clear()
    closed = await world.settle("2024-07-01")

    assert closed.fixed == size
    swept = [statement for statement in statements if "WITH found AS" in statement]
    assert len(swept) == 1
    assert len(statements) == 48


async def test_who_planned_before_terms_changed_does_it_again(world: World) -> None:
    (head,) = await world.rows("SELECT sequence FROM log_head")
    async with world.database.read(world.platform_id) as conn:
        await check_terms(conn, since=head["sequence"])

    await world.set_terms(role="MERCHANT", confirmation="NONE")

    async with world.database.read(world.platform_id) as conn:
        with pytest.raises(asyncpg.SerializationError):
            await check_terms(conn, since=head["sequence"])
