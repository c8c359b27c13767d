"""Due dates: counted by a calendar, counted again when it has a new version, told when they have passed."""

import asyncio
from datetime import date

from ledger.approvals.model import ANY_OPERATOR, Kind, Step
from ledger.calendars.china import CN_2020
from ledger.calendars.model import CalendarDraft
from ledger.calendars.publishing import publish_calendar
from ledger.settlement.sheets.due import redate_sheets, tell_overdue
from ledger.settlement.sheets.model import MovementKind, Status, Take
from ledger.verify.verifying import verify
from tests.ledger.approvals.desk import Desk
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World, at


async def publish(world: World, draft: CalendarDraft, when: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        await publish_calendar(conn, calendars=[draft], actor=TESTER, now=at(when))


async def redate(world: World, version: int, when: str) -> int | None:
    async with world.database.write(world.platform_id) as conn:
        return await redate_sheets(conn, calendar="CN-2020", version=version, actor=SYSTEM, now=at(when))


async def overdue(world: World, when: str) -> int:
    async with world.database.write(world.platform_id) as conn:
        return await tell_overdue(conn, actor=SYSTEM, now=at(when))


async def sell_before_the_holiday(world: World) -> None:
    await publish(world, CN_2020[0], "2020-01-01")
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="CN-2020", confirmation="NONE")
    await world.earn("M1", 500, "2020-01-23T10:00")
    await world.settle("2020-01-24T00:00")


async def test_a_new_version_dates_unpaid_sheets_anew_and_keeps_the_old_date(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")
    assert sheet.due_date == date(2020, 2, 1)

    await publish(world, CN_2020[1], "2020-01-27")
    assert await redate(world, 2, "2020-01-27") is not None

    (sheet,) = await world.sheets("M1")
    assert (sheet.due_date, sheet.calendar_version) == (date(2020, 2, 4), 2)
    rows = await world.rows(
        "SELECT due_date_before, due_date_after FROM sheet_history WHERE sheet_id = $1 AND due_date_after IS NOT NULL",
        sheet.sheet_id,
    )
    assert [tuple(row) for row in rows] == [(date(2020, 2, 1), date(2020, 2, 4))]
    assert (await world.told(sheet.sheet_id))[-1] == "sheet.due_date_changed"


async def test_who_agrees_to_a_sheet_sees_its_due_date_and_is_asked_again_when_that_moves(world: World) -> None:
    await Desk(world.database, world.platform_id, {}).flow(Step((ANY_OPERATOR,)), kind=Kind.SHEET)
    await sell_before_the_holiday(world)
    await publish(world, CN_2020[1], "2020-01-27")

    await redate(world, 2, "2020-01-27")

    rows = await world.rows("SELECT status, maker, content::json ->> 'dueDate' FROM approval ORDER BY approval_id")
    assert [tuple(row) for row in rows] == [("STALE", "system", "2020-02-01"), ("PENDING", "system", "2020-02-04")]
    (sheet,) = await world.sheets("M1")
    assert (sheet.status, sheet.due_date) == (Status.APPROVAL, date(2020, 2, 4))
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_terms_that_were_dated_back_do_not_move_a_closed_sheet_with_its_calendar(world: World) -> None:
    await sell_before_the_holiday(world)
    await world.change_terms("2020-01-25", party="M1", cycle="T+9", validFrom="2020-01-23", effect="NOW")

    await publish(world, CN_2020[1], "2020-01-27")
    await redate(world, 2, "2020-01-27")

    (sheet,) = await world.sheets("M1")
    assert (sheet.due_date, sheet.calendar_version) == (date(2020, 2, 4), 2)


async def test_a_new_version_leaves_paid_sheets_and_dates_each_once(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")
    await world.pay(sheet, "payout/1")
    await publish(world, CN_2020[1], "2020-01-27")

    await redate(world, 2, "2020-01-27")

    assert (await world.sheet(sheet.sheet_id)).due_date == date(2020, 2, 1)
    assert await redate(world, 2, "2020-01-27") is None


async def test_what_is_not_paid_by_the_end_of_its_day_is_told_once(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")

    assert await overdue(world, "2020-02-01T23:59:59") == 0
    assert await overdue(world, "2020-02-02T00:00") == 1
    assert await overdue(world, "2020-02-02T00:01") == 0

    assert (await world.told(sheet.sheet_id)).count("sheet.overdue") == 1


async def test_what_was_overdue_and_is_dated_later_is_not_any_more(world: World) -> None:
    await sell_before_the_holiday(world)
    assert await overdue(world, "2020-02-02T00:00") == 1
    await publish(world, CN_2020[1], "2020-02-02")

    await redate(world, 2, "2020-02-02T00:10")

    (sheet,) = await world.sheets("M1")
    assert sheet.overdue_at is None
    assert await overdue(world, "2020-02-05T00:00") == 1


async def test_what_was_paid_is_never_overdue(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")
    await world.pay(sheet, "payout/1")

    assert await overdue(world, "2020-03-01T00:00") == 0


async def test_open_sheets_are_dated_anew_too_while_others_close(world: World) -> None:
    await publish(world, CN_2020[0], "2020-01-01")
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="CN-2020", confirmation="NONE")
    await world.earn("M1", 500, "2020-01-23T10:00")
    await world.earn("M2", 500, "2020-01-23T10:00")
    await world.open_sheets("2020-01-23T12:00")
    await publish(world, CN_2020[1], "2020-01-23T13:00")

    await asyncio.gather(
        redate(world, 2, "2020-01-24"),
        world.settle("2020-01-24"),
        redate(world, 2, "2020-01-24"),
        world.settle("2020-01-24"),
    )
    await redate(world, 2, "2020-01-24")

    sheets = [sheet for sheet in await world.sheets() if sheet.line_count]
    assert [(sheet.due_date, sheet.calendar_version) for sheet in sheets] == [(date(2020, 2, 4), 2)] * 2


async def test_what_is_on_hold_is_not_overdue_until_the_hold_is_lifted(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")
    await world.take(Take(sheet.sheet_id, MovementKind.HELD, 500, "hold/1"))
    assert await overdue(world, "2020-02-02T00:00") == 0

    await world.take(Take(sheet.sheet_id, MovementKind.HELD, -300, "hold/1"))

    assert await overdue(world, "2020-02-02T00:01") == 1


async def test_what_a_payout_has_claimed_is_overdue_until_it_has_arrived(world: World) -> None:
    await sell_before_the_holiday(world)
    (sheet,) = await world.sheets("M1")
    await world.take(Take(sheet.sheet_id, MovementKind.PAYOUT, 500, "payout/1"))

    assert await overdue(world, "2020-02-02T00:00") == 1

    (event,) = await world.rows("SELECT payload FROM log_event WHERE kind = 'sheet.overdue'")
    assert '"unpaid":"5.00"' in event["payload"]


async def test_a_sheet_keeps_its_calendar_when_its_terms_name_another(world: World) -> None:
    await sell_before_the_holiday(world)
    await world.set_terms(role="MERCHANT", calendar="MON-FRI")
    await publish(world, CN_2020[1], "2020-01-27")

    assert await redate(world, 2, "2020-01-27") is not None
    assert await redate(world, 2, "2020-01-27") is None

    (sheet,) = await world.sheets("M1")
    assert (sheet.calendar, sheet.calendar_version, sheet.due_date) == ("CN-2020", 2, date(2020, 2, 4))
