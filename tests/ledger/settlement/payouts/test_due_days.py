"""A due date is a day where the party is: it is neither paid the evening before nor half a day late."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.worker.payout_work import create_step
from ledger.db.connecting import Database
from ledger.reporting.due_work import find_due_work
from ledger.settlement.payouts.creating import preview_payouts
from tests.ledger.settlement.payouts.till import ACTOR, Till

DUE = date(2026, 3, 9)  # a Monday; New York has put its clocks forward the day before


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("America/New_York", datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2026, 3, 9, 3, tzinfo=UTC)),
        ("UTC", datetime(2026, 3, 9, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 3, 8, 16, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 3, 8, 11, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 3, 8, 10, tzinfo=UTC)),
    ],
)
async def test_a_sheet_is_paid_from_the_first_instant_of_its_due_date_where_it_is(
    till: Till, zone: str, begins: datetime
) -> None:
    sheet = await till.sheet("M1", 50_00, due=DUE, zone=zone)

    async def look(now: datetime) -> list[int]:
        """The sheets that a run would pay, once the worker agrees that there is something to do or not."""
        async with till.database.read(till.platform_id) as conn:
            run = await preview_payouts(conn, through=None, now=now)
            due = await find_due_work(conn, now=now)
        sheets = [share.sheet_id for created in run.created for share in created.draft.shares]
        assert due.get("payouts.create") == (begins if sheets else None)
        return sheets

    assert await look(begins - timedelta(microseconds=1)) == []
    assert await look(begins) == [sheet]
    async with till.database.write(till.platform_id) as conn:
        assert (await create_step(conn, begins - timedelta(microseconds=1), ACTOR)).counts == {"created": 0}
    async with till.database.write(till.platform_id) as conn:
        assert (await create_step(conn, begins, ACTOR)).counts == {"created": 1}


@pytest.mark.parametrize(("own", "begins"), [("America/Sao_Paulo", 3), ("Asia/Shanghai", -8)])
async def test_a_payout_waits_to_be_sent_since_its_due_date_began_where_its_party_is(
    database: Database, own: str, begins: int
) -> None:
    till = await Till.open(database, zone=own)
    await till.sheet("M1", 50_00, due=DUE, zone=own)
    await till.create(DUE)

    async with till.database.read(till.platform_id) as conn:
        due = await find_due_work(conn, now=datetime(2026, 3, 10, tzinfo=UTC))

    assert due["payouts.submit"] == datetime(2026, 3, 9, tzinfo=UTC) + timedelta(hours=begins)


async def test_a_run_through_a_day_takes_what_is_due_by_it_in_any_zone(till: Till) -> None:
    for party, zone in (("M1", "Pacific/Kiritimati"), ("D1", "America/New_York")):
        await till.sheet(party, 50_00, due=DUE, zone=zone)
    await till.sheet("A1", 50_00, due=DUE + timedelta(days=1), zone="Pacific/Kiritimati")

    assert [each.draft.net for each in (await till.create(DUE)).created] == [50_00, 50_00]
