"""What is too little for the channel is carried into the next payout, and is nowhere shown as late."""

from datetime import date, datetime, timedelta
from typing import Any

from ledger.db.connecting import Database
from ledger.parties.finding import find_parties
from ledger.reporting import due_work, overdue, sheets, work_queues
from ledger.reporting.model import Span
from ledger.reporting.unpaid import load_unpaid
from ledger.settlement.sheets.due import tell_overdue
from tests.ledger.settlement.payouts.till import ACTOR, NOW, TODAY, Till

LATER = NOW + timedelta(days=30)


async def tell(till: Till, when: datetime = LATER) -> int:
    async with till.database.write(till.platform_id) as conn:
        return await tell_overdue(conn, actor=ACTOR, now=when)


async def show(till: Till, when: datetime = LATER) -> dict[str, Any]:
    """What each place that knows of overdue sheets says."""
    async with till.database.read(till.platform_id) as conn:
        rows = await sheets.list_sheets(conn, party_id=None, scope=None, span=Span(limit=50))
        late = await overdue.list_overdue(conn, now=when, scope=None, span=Span(limit=50))
        asked = await sheets.list_sheets(conn, party_id=None, scope=None, overdue_at=when, span=Span(limit=50))
        queues = {each.queue: each.total for each in await work_queues.count_queues(conn, now=when)}
        due = await due_work.find_due_work(conn, now=when)
        party = (await find_parties(conn, references=["M1"]))["M1"]
        (parts,) = await load_unpaid(conn, keys=[party.party_id], now=when)
    return {
        "flags": sorted(row.sheet_id for row in rows if sheets.is_overdue(row, now=when)),
        "list": [row.sheet.sheet_id for row in late],
        "filter": sorted(row.sheet_id for row in asked),
        "queue": queues.get("SHEETS_OVERDUE", 0),
        "due": "sheets.overdue" in due,
        "awaits": [(part.amount_minor, part.awaits, part.until) for part in parts if part.code == "2015"],
    }


async def test_a_rest_below_the_step_is_carried_into_the_next_payout_and_is_not_overdue(database: Database) -> None:
    till = await Till.open(database, step_minor=100)
    first = await till.sheet("M1", 10_30)
    await till.pay((await till.create_one()).payout_id)
    assert await till.sheet_figures(first) == ("PAYMENT_PENDING", 30, 10_00, 10_00, 0)

    assert await tell(till) == 0
    assert await show(till) == {
        "flags": [],
        "list": [],
        "filter": [],
        "queue": 0,
        "due": False,
        "awaits": [(30, "NEXT_PAYOUT", None)],
    }

    till.now = LATER
    second = await till.sheet("M1", 70, due=LATER.date())
    await till.pay((await till.create_one(LATER.date())).payout_id)
    assert [(await till.sheet_figures(sheet))[0] for sheet in (first, second)] == ["PAID", "PAID"]
    assert await till.net("2015 M1, 2190") == [0, 0]


async def test_what_could_be_paid_is_overdue_and_its_rest_is_not_any_more(database: Database) -> None:
    till = await Till.open(database, step_minor=100)
    sheet = await till.sheet("M1", 10_30)
    assert await tell(till) == 1
    assert await show(till) == {
        "flags": [sheet],
        "list": [sheet],
        "filter": [sheet],
        "queue": 1,
        "due": False,
        "awaits": [(10_30, "PAYMENT_PENDING", TODAY)],
    }
    payout = (await till.create_one()).payout_id
    assert (await show(till))["list"] == [sheet]  # claimed is not paid

    await till.submit()
    assert (await show(till))["list"] == [sheet]
    await till.pay_out(payout)

    shown = await show(till)
    assert (shown["flags"], shown["list"], shown["filter"], shown["queue"]) == ([], [], [], 0)


async def test_what_the_partys_fee_would_eat_up_is_carried_too(database: Database) -> None:
    till = await Till.open(database, fee_minor=30)
    await till.sheet("M1", 30)
    assert [each.reason for each in (await till.create()).waiting] == ["NOTHING_AFTER_TAX_AND_FEE"]

    assert await tell(till) == 0
    await till.sheet("M1", 31)
    assert await tell(till) == 1


async def test_a_rest_is_overdue_once_the_channel_could_pay_it(database: Database) -> None:
    till = await Till.open(database, step_minor=100)
    sheet = await till.sheet("M1", 30)
    assert (await show(till))["list"] == []

    await till.pay_from(step_minor=1)

    assert (await show(till))["list"] == [sheet]
    assert (await show(till))["due"]


async def test_where_the_channel_moves_every_cent_each_is_overdue(database: Database) -> None:
    till = await Till.open(database)
    sheet = await till.sheet("M1", 1, due=date(2026, 1, 1))

    assert (await show(till))["list"] == [sheet]
