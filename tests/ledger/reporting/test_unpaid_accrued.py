"""What accrues stands where closing will put it, also between a boundary and its closing."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.reporting.sheets import find_open_totals
from ledger.reporting.unpaid import UnpaidPart, load_unpaid, load_unpaid_of_orders
from ledger.settlement.sheets.fixing import fix_sheets
from tests.ledger.charging.market import NOW
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.oracle.small_world import SUCCEEDED, item, paid

Shown = list[tuple[int | None, str, int, str, str]]


async def parts(world: World, party: str = "M1") -> list[UnpaidPart]:
    async with world.database.read(world.platform_id) as conn:
        return (await load_unpaid(conn, keys=[await world.id_of(party)], now=NOW))[0]


def show(found: list[UnpaidPart]) -> Shown:
    return [(part.sheet_id, part.state, part.amount_minor, part.awaits, str(part.until)) for part in found]


async def shown(world: World, party: str = "M1") -> Shown:
    return show(await parts(world, party))


async def shown_of(world: World, order: str) -> Shown:
    async with world.database.read(world.platform_id) as conn:
        (found,) = await load_unpaid_of_orders(conn, keys=[(await world.id_of("M1"), order)], now=NOW)
    return show(found)


async def open_two_months(world: World) -> tuple[int, int]:
    """The sheets of December and January of M1, both open."""
    await world.earn("M1", 100, "2025-12-15")
    await world.open_sheets("2025-12-16")
    await world.open_sheets("2025-12-31T23:00")
    december, january = await world.sheets("M1", closed=False)
    return december.sheet_id, january.sheet_id


async def fix(world: World, when: str) -> None:
    """The first half of closing."""
    async with world.database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at(when), limit=10)


async def test_what_is_of_the_next_period_stands_on_its_sheet_before_the_last_is_closed(world: World) -> None:
    december, january = await open_two_months(world)
    assert await shown(world) == [(december, "ACCRUED", 100, "PERIOD_END", "2026-01-01")]

    await world.earn("M1", 7, "2026-01-01T00:00")
    await world.earn("M1", 20, "2025-12-31T23:59:59")
    await world.earn("M1", -3, "2026-01-03")

    assert await shown(world) == [
        (december, "ACCRUED", 120, "PERIOD_END", "2026-01-01"),
        (january, "ACCRUED", 4, "PERIOD_END", "2026-02-01"),
    ]
    await world.settle("2026-01-04")
    assert (await world.sheet(december)).total == 120
    assert (january, "ACCRUED", 4, "PERIOD_END", "2026-02-01") in await shown(world)


async def test_parts_of_two_sheets_that_cancel_out_are_both_told(world: World) -> None:
    december, january = await open_two_months(world)

    await world.earn("M1", -100, "2026-01-02")

    assert [(sheet, amount) for sheet, _, amount, *_ in await shown(world)] == [(december, 100), (january, -100)]


async def test_what_no_open_sheet_will_claim_stands_on_none(world: World) -> None:
    december, january = await open_two_months(world)

    await world.earn("M1", 7, "2026-02-02")

    assert [(sheet, amount) for sheet, _, amount, *_ in await shown(world)] == [(december, 100), (None, 7)]
    await world.settle("2026-01-02")
    assert (january, "ACCRUED") not in [(sheet, state) for sheet, state, *_ in await shown(world)]
    assert (None, "ACCRUED", 7, "PERIOD_END", "None") in await shown(world)


async def test_of_an_order_what_is_of_the_next_period_stands_on_its_sheet(world: World) -> None:
    for order, day in (("O1", "2025-12-30"), ("O2", "2026-01-02")):
        await world.accept(
            paid("100.00", item("100.00"), key=f"paid {order}", order=order, at=f"{day}T00:00:00Z"),
            SUCCEEDED | {"id": f"done {order}", "order": order, "occurredAt": f"{day}T04:00:00Z"},
        )
        await world.open_sheets("2025-12-31")
    december, january = await world.sheets("M1", closed=False)

    assert await shown_of(world, "O1") == [(december.sheet_id, "ACCRUED", 8_190, "PERIOD_END", "2026-01-01")]
    assert await shown_of(world, "O2") == [(january.sheet_id, "ACCRUED", 8_190, "PERIOD_END", "2026-02-01")]
    assert await shown(world) == [*await shown_of(world, "O1"), *await shown_of(world, "O2")]

    await fix(world, "2026-01-03")

    due = str((await world.sheet(december.sheet_id)).due_date)
    closing = (december.sheet_id, "ON_SHEET", 8_190, "CLOSING", due)
    assert await shown_of(world, "O1") == [closing]
    assert await shown(world) == [*await shown_of(world, "O2"), closing]
    await world.settle("2026-01-03")
    assert (await world.sheet(december.sheet_id)).total == 8_190
    assert await shown_of(world, "O2") == [(january.sheet_id, "ACCRUED", 8_190, "PERIOD_END", "2026-02-01")]


async def test_while_one_sheet_is_being_closed_the_next_shows_nothing_of_its_closing_entry(world: World) -> None:
    december, january = await open_two_months(world)
    await world.earn("M1", 7, "2026-01-02")

    await fix(world, "2026-01-04")

    async with world.database.read(world.platform_id) as conn:
        (total,) = await find_open_totals(conn, keys=[january])
    assert total == (7, 1)
    assert [(sheet, state, amount) for sheet, state, amount, *_ in await shown(world)] == [
        (january, "ACCRUED", 7),
        (december, "ON_SHEET", 100),
    ]


@settings(max_examples=25)
@given(data=st.data())
async def test_what_is_said_of_each_sheet_is_what_closing_right_then_puts_there(
    database: Database, data: st.DataObject
) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", cycle=data.draw(st.sampled_from(["DAILY", "WEEKLY"])), confirmation="NONE")
    start = at("2026-01-05T00:00")
    hours = st.integers(0, 24 * 12)
    await world.earn("M1", 1_000, start.isoformat())
    now = start
    for _ in range(data.draw(st.integers(1, 3))):
        now += timedelta(hours=data.draw(st.integers(1, 60)))
        for _ in range(data.draw(st.integers(0, 4))):
            when = (start + timedelta(hours=data.draw(hours))).isoformat()
            await world.earn("M1", data.draw(st.integers(-500, 500).filter(bool)), when)
        if data.draw(st.booleans()):
            await world.settle(now.isoformat())
        else:
            await world.open_sheets(now.isoformat())
    told: Counter[int | None] = Counter()
    for part in await parts(world):
        if part.state == "ACCRUED":
            told[part.sheet_id] += part.amount_minor
    before = {sheet.sheet_id: sheet.status for sheet in await world.sheets("M1", closed=False)}
    opened = {number for number, status in before.items() if status == "OPEN"}

    await world.settle(now.isoformat())

    # What stood on no sheet stands on those that were opened now, some of which were closed too.
    left: Counter[int | None] = Counter()
    for sheet in await world.sheets("M1"):
        if sheet.sheet_id in opened:
            assert sheet.total == told.pop(sheet.sheet_id, 0)
        elif sheet.sheet_id not in before:
            left[None] += sheet.total
    for part in await parts(world):
        if part.state == "ACCRUED":
            left[part.sheet_id if part.sheet_id in opened else None] += part.amount_minor
    assert +left == +told
    assert -left == -told
