"""Sheets against their lines: a settled book agrees, and the first row that was changed is named."""

import pytest

from ledger.calendars.china import CN_2020
from ledger.db.connecting import Database
from ledger.settlement.sheets.closing import claim_all
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.model import Status
from ledger.verify.verifying import verify
from tests.ledger.settlement.sheets.test_due import overdue, publish, redate
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.ledger.verify.test_verify import superuser


@pytest.fixture(scope="module")
async def world(database: Database) -> World:
    """A debt that is netted, a sheet that is not, a distributor's on three accounts, and open business."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", -300, "2024-05-10")
    await world.settle("2024-06-01")
    await world.earn("M1", 1_000, "2024-06-10")
    await world.earn("M1", -20, "2024-05-20")
    for code in ("2041", "2042", "2043"):
        await world.earn("D1", 40, "2024-06-10", code=code)
    await world.settle("2024-07-01")
    await world.earn("M1", 9, "2024-07-02")
    return world


async def test_settled_sheets_agree(world: World, database: Database) -> None:
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_long_sheet_agrees_between_any_two_steps_of_its_closing(database: Database) -> None:
    world = await World.open(database)
    await world.earn("M1", 500, "2024-07-03")
    await world.open_sheets("2024-07-04")
    now = at("2024-08-01")
    async with database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=now, limit=10)
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    assert await claim_all(database, platform_id=world.platform_id, actor=SYSTEM, now=now, at_once=10)

    assert [sheet.status for sheet in await world.sheets("M1")] == [Status.CLOSED]
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_sheet_opened_ahead_may_begin_on_another_day_after_terms_have_changed(database: Database) -> None:
    world = await World.open(database)
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-31T12:00")
    await world.change_terms("2024-07-31T13:00", party="M1", cycle="WEEKLY", effect="NOW", validFrom="2024-07-31")

    assert [sheet.period_start for sheet in await world.sheets("M1", closed=False)][1] == at("2024-07-31")
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_the_version_of_a_calendar_is_told_where_it_moves_no_date(database: Database) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await publish(world, CN_2020[0], "2020-01-01")
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="CN-2020", confirmation="NONE")
    await world.earn("M1", 500, "2020-06-08T10:00")
    await world.settle("2020-06-09")
    await publish(world, CN_2020[1], "2020-06-09")
    await redate(world, 2, "2020-06-09")
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    async with superuser(world, "UPDATE sheet SET calendar_version = 1 WHERE total_minor = 500") as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.found, disagreement.expected) == ({"calendar_version": 1}, {"calendar_version": 2})


async def test_a_sheet_is_overdue_from_when_that_was_told_until_it_is_due_later(database: Database) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await publish(world, CN_2020[0], "2020-01-01")
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="CN-2020", confirmation="NONE")
    for party in ("M1", "M2"):
        await world.earn(party, 500, "2020-01-23T10:00")
    await world.settle("2020-01-24")
    of_one = f"UPDATE sheet SET overdue_at = %s WHERE platform_id = {world.platform_id} AND line_count > 0"

    for when in ("2020-02-02", "2020-02-05"):
        assert await overdue(world, when) == 2
        async with database.read(world.platform_id) as conn:
            assert (await verify(conn)).disagreement is None
        async with superuser(world, of_one % "NULL") as conn:
            disagreement = (await verify(conn)).disagreement
        assert disagreement is not None
        assert list(disagreement.found) == ["overdue_at"]
        if when == "2020-02-02":
            await publish(world, CN_2020[1], "2020-02-02")
            await redate(world, 2, "2020-02-02T00:10")

    async with superuser(world, of_one % "'2020-02-02'") as conn:
        disagreement = (await verify(conn)).disagreement
    assert disagreement is not None
    assert list(disagreement.found) == ["overdue_at"]


async def test_which_of_two_sheets_began_to_look_where_is_told_also_where_the_later_one_found_nothing(
    database: Database,
) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", 5, "2024-08-10")
    await world.earn("M1", 7, "2024-06-10")
    await world.settle("2024-07-01")
    await world.settle("2024-08-01")
    exchange = (
        "UPDATE sheet_account AS a SET from_sequence = o.from_sequence FROM sheet_account AS o"
        f" WHERE (o.platform_id, o.account_id) = (a.platform_id, a.account_id) AND a.platform_id = {world.platform_id}"
        " AND o.sheet_id <> a.sheet_id"
    )
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    async with superuser(world, exchange) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.table, disagreement.expected) == ("sheet_account", {"from": 1})


PAID = "total_minor = 980"
TAMPERINGS = {
    "a total": (f"UPDATE sheet SET total_minor = 981 WHERE {PAID}", "sheet", "total"),
    "a count": (f"UPDATE sheet SET line_count = 3 WHERE {PAID}", "sheet", "line_count"),
    "a line's amount": ("UPDATE sheet_line SET amount_minor = 41 WHERE amount_minor = 40", "sheet_line", "41"),
    "a line's sheet": (
        "UPDATE sheet_line SET sheet_id = (SELECT min(sheet_id) FROM sheet) WHERE amount_minor = 40",
        "sheet_line",
        "account of the sheet",
    ),
    "a line that is gone": ("DELETE FROM sheet_line WHERE amount_minor = 1000", "sheet_line", "no row"),
    "a closing line that is gone": ("DELETE FROM sheet_line WHERE amount_minor = -980", "sheet", "remainder"),
    "a mark": ("UPDATE sheet_line SET is_closing = true WHERE amount_minor = 1000", "sheet_line", "has seen"),
    "what was netted": (f"UPDATE sheet SET netted_minor = 299 WHERE {PAID}", "sheet", "netted"),
    "what is held": (f"UPDATE sheet SET held_minor = 1 WHERE {PAID}", "sheet", "held"),
    "a movement": ("UPDATE sheet_movement SET amount_minor = 299 WHERE amount_minor = 300", "sheet", "netted"),
    "with which debt it was netted": (
        "UPDATE sheet_movement SET reference = 'sheet/' || sheet_id WHERE kind = 'NETTED'",
        "sheet_movement",
        "no row",
    ),
    "when it was netted": (
        "UPDATE sheet_movement SET moved_at = moved_at - interval '1 s' WHERE kind = 'NETTED'",
        "sheet_movement",
        "at",
    ),
    "who netted it": ("UPDATE sheet_movement SET actor = 'x' WHERE kind = 'NETTED'", "sheet_movement", "actor"),
    "a closing": (f"UPDATE sheet SET closing_sequence = NULL WHERE {PAID}", "sheet_line", "has seen"),
    "a period": (f"UPDATE sheet SET period_start = period_start - interval '1 day' WHERE {PAID}", "sheet", "start"),
    "a step that is gone": ("DELETE FROM sheet_history WHERE status = 'OPEN'", "sheet_history", "no row"),
    "where the next begins": (
        "UPDATE sheet_account SET open_from_sequence = open_from_sequence + 100 WHERE code = '2041'",
        "sheet_account",
        "ahead True",
    ),
    "where it began": (
        "UPDATE sheet_account SET from_sequence = from_sequence - 1 WHERE from_sequence > 1",
        "sheet_account",
        "from",
    ),
    "the zone": (f"UPDATE sheet SET zone = 'Asia/Tokyo' WHERE {PAID}", "sheet", "zone"),
    "the calendar": (f"UPDATE sheet SET calendar = 'CN-2020' WHERE {PAID}", "sheet", "calendar"),
    "the calendar's version": (f"UPDATE sheet SET calendar_version = 9 WHERE {PAID}", "sheet", "calendar_version"),
    "who confirms": (f"UPDATE sheet SET confirmation = 'REQUIRED' WHERE {PAID}", "sheet", "confirmation"),
    "who confirms an open sheet": (
        "UPDATE sheet SET confirmation = 'DEEMED', deemed_days = 1 WHERE status = 'OPEN'",
        "sheet",
        "",
    ),
    "when an open period ends": (
        "UPDATE sheet SET period_end = period_end - interval '1 hour' WHERE status = 'OPEN'",
        "sheet",
        "period_end",
    ),
    "when an open sheet will be due": (
        "UPDATE sheet SET due_date = due_date + 1 WHERE status = 'OPEN'",
        "sheet",
        "due_date",
    ),
    "an account of an open sheet": (
        "INSERT INTO sheet_account SELECT (jsonb_populate_record(o, jsonb_build_object("
        "'sheet_id', (SELECT max(s.sheet_id) FROM sheet AS s WHERE s.status = 'OPEN')))).* FROM sheet_account AS o"
        " WHERE (o.sheet_id, o.account_id) = (SELECT min(k.sheet_id), min(k.account_id) FROM sheet_account AS k)",
        "sheet_account",
        "no row",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_what_was_changed_is_named(world: World, tampering: str) -> None:
    statement, table, said = TAMPERINGS[tampering]

    async with superuser(world, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence
    assert said in disagreement.sentence
