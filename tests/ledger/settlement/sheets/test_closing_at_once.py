"""Several closings at once, and closings that are killed."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.db.transacting import Connection
from ledger.settlement.sheets import realigning
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change
from tests.faults.between import between_statements, listening
from tests.ledger.settlement.sheets.world import SYSTEM, World, at

PARTIES = (("M1", "2010"), ("M2", "2010"), ("A1", "2020"), ("D1", "2041"), ("D2", "2042"), ("D3", "2043"))


async def earn_a_month(world: World) -> dict[str, int]:
    """Every party earns on many days of June; what each is owed."""
    facts = [
        (party, (-1) ** day * (10 * day + place), f"2024-06-{day:02}", code)
        for day in range(1, 29)
        for place, (party, code) in enumerate(PARTIES)
    ]
    await world.earn_many(facts)
    return {party: sum(amount for owner, amount, _, _ in facts if owner == party) for party, _ in PARTIES}


async def check(world: World, expected: dict[str, int]) -> None:
    sheets = await world.sheets()
    assert {sheet.party: sheet.total for sheet in sheets} == expected
    assert len(sheets) == len(expected)
    assert {sheet.line_count for sheet in sheets} == {28}
    (row,) = await world.rows("SELECT count(*) AS size FROM sheet_line WHERE NOT is_closing")
    assert row["size"] == 28 * len(expected)
    assert await world.net("2010 M1, 2010 M2, 2020 A1, 2041 D1, 2042 D2, 2043 D3") == [0] * 6
    assert [s.status for s in await world.sheets(closed=False) if s.status is Status.CLOSING] == []


async def test_two_closings_at_once_close_every_sheet_once(world: World) -> None:
    expected = await earn_a_month(world)

    closed = await asyncio.gather(*(world.settle("2024-07-01", at_once=2) for _ in range(3)))
    await world.settle("2024-07-01")

    assert sum(each.fixed for each in closed) <= len(expected)
    await check(world, expected)


async def test_posting_goes_on_while_sheets_close(world: World) -> None:
    expected = await earn_a_month(world)

    async def post() -> None:
        for day in range(1, 20):
            await world.earn("M1", 1, f"2024-07-{day:02}")

    await asyncio.gather(world.settle("2024-07-01", at_once=1), post(), world.settle("2024-07-01", at_once=1))
    await world.settle("2024-07-01")
    (june,) = await world.sheets("M1")
    assert june.total == expected["M1"]
    await world.settle("2024-08-01")

    assert [sheet.total for sheet in await world.sheets("M1")] == [expected["M1"], 19]


async def test_terms_are_followed_by_two_at_once_of_whom_one_has_read_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await earn_a_month(world)
    find_changed = realigning.find_changed

    async def find_while_others_do_it_too(conn: Connection, *, after: int, through: int) -> set[int | None]:
        monkeypatch.setattr(realigning, "find_changed", find_changed)
        await world.earn("M1", 1, "2024-07-05")
        await realigning.realign_changed(
            world.database, platform_id=world.platform_id, actor=SYSTEM, now=at("2024-07-01")
        )
        return await find_changed(conn, after=after, through=through)

    monkeypatch.setattr(realigning, "find_changed", find_while_others_do_it_too)
    await world.settle("2024-07-01")

    (june,) = await world.sheets("M1")
    assert june.total == expected["M1"]


@pytest.mark.parametrize("whose", [{"party": "M1", "role": "MERCHANT"}, {"role": "MERCHANT"}])
async def test_a_sheet_that_others_open_while_terms_are_followed_follows_them(
    world: World, whose: dict[str, str]
) -> None:
    """It was opened behind the one that is open, which ends later by the new terms."""
    await world.set_terms(role="MERCHANT", cycle="WEEKLY", confirmation="NONE")
    await world.open_sheets("2024-07-01T12:00")
    await world.earn("M1", 5, "2024-07-02")
    await world.open_sheets("2024-07-02")
    monthly = parse_change({**whose, "cycle": "MONTHLY", "validFrom": "2024-07-01", "effect": "NOW"})
    async with world.database.write(world.platform_id) as conn:
        await change_terms(conn, changes=[monthly], actor=SYSTEM, now=at("2024-07-06"))
    told: list[str] = []
    opened: list[int] = []

    async def open_behind_it(statement: str) -> None:
        if told and "FOR NO KEY UPDATE OF s" in told[-1] and not opened:
            with between_statements(None):
                opened.append(await world.open_sheets("2024-07-07"))
        told.append(statement)

    with listening(), between_statements(open_behind_it):
        await realigning.realign_changed(
            world.database, platform_id=world.platform_id, actor=SYSTEM, now=at("2024-07-07")
        )

    assert opened == [1]
    periods = [(sheet.period_start, sheet.period_end) for sheet in await world.sheets("M1", closed=False)]
    assert periods == [(at("2024-07-01"), at("2024-08-01")), (at("2024-08-01"), at("2024-09-01"))]


class Killed(BaseException):
    """A process that ends between two statements."""


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many statements are run until a kill; below zero there is none."""
    left = [-1]

    def burn(name: str) -> None:
        original = getattr(Connection, name)

        async def run(self: Connection, statement: str, *arguments: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return await original(self, statement, *arguments)

        monkeypatch.setattr(Connection, name, run)

    for name in ("fetch", "fetchrow", "fetchval", "execute", "send"):
        burn(name)
    yield left
    left[0] = -1


@pytest.mark.parametrize(
    ("lines_at_once", "kept"), [(50_000, {Status.OPEN, Status.CONFIRM_PENDING}), (1, {Status.CLOSING, Status.CLOSED})]
)
async def test_a_closing_that_is_killed_between_any_two_statements_ends_the_same(
    world: World, fuse: list[int], lines_at_once: int, kept: set[Status]
) -> None:
    expected = await earn_a_month(world)
    await world.open_sheets("2024-06-30")
    kills = 0
    seen: set[Status] = set()

    for length in range(1, 300):
        fuse[0] = length
        try:
            await world.settle("2024-07-01", at_once=1, lines_at_once=lines_at_once)
        except Killed:
            kills += 1
            fuse[0] = -1
            seen |= {sheet.status for sheet in await world.sheets(closed=False)}
        else:
            break

    assert kills > 30
    assert kept <= seen
    fuse[0] = -1
    await check(world, expected)
    for sheet in await world.sheets():
        await check_history(world, sheet)


async def check_history(world: World, sheet: Sheet) -> None:
    """Nothing was done twice."""
    assert [status for status, _ in await world.history(sheet.sheet_id)] == [
        "OPEN",
        "CLOSING",
        "CLOSED",
        "CONFIRM_PENDING",
    ]
    assert await world.told(sheet.sheet_id) == ["sheet.opened", "sheet.closed", "sheet.presented"]
