"""The trace of an open sheet has what stands on it now, as that of the closed one will have it."""

from typing import Any

import pytest

from ledger.reporting import settled, sql_settled
from ledger.reporting.model import Span
from ledger.settlement.sheets.model import Status
from tests.app.api.gateway import Desk
from tests.app.api.test_statement_counts import count
from tests.app.api.test_trace import total
from tests.app.api.test_trace_named import world
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, paid, refunded
from tests.plans import count_rows, list_scans
from tests.statements import gather_asked

__all__ = ["world"]

TRACE = """query ($id: ID!, $first: Int, $after: String) { trace(id: $id, first: $first, after: $after) {
    order { reference } orders { reference } captures { eventId } sheets { id status total { minorUnits } }
    payouts { id } entries { kind } totals { sheet { id } party { reference } amount { minorUnits } lineCount }
    parts { document documentLine amount { minorUnits } party { reference } sheet { id } order { reference }
        orderLine { reference } entries { id } } pageInfo { hasNextPage endCursor } } }"""
SHEETS = "query ($party: String!) { sheets(filter: {party: $party}) { nodes { id status lineCount } } }"


async def find_sheet(desk: Desk, status: str, party: str = "M1") -> dict[str, Any]:
    """The one sheet of a party that stands so."""
    listed = (await desk.ask(SHEETS, party=party))["sheets"]["nodes"]
    (found,) = [each for each in listed if each["status"] == status]
    assert isinstance(found, dict)
    return found


async def open_march(world: World, orders: int = 2) -> None:
    """Orders of two lines on the open sheet of March, and what a person posted."""
    for place in range(1, orders + 1):
        order = {"order": f"O{place}"}
        lines = (item("100.00", line="1"), item("50.00", line="2"))
        await world.accept(
            paid("150.00", *lines, key=f"paid-{place}", **order), SUCCEEDED | {"id": f"done-{place}", **order}
        )
    await world.accept(refunded("r1", "40.00"))
    await world.earn("M1", -700, "2025-03-12")
    await world.open_sheets("2025-03-20T00:00:00+00:00")


async def test_an_open_sheet_leads_down_to_what_stands_on_it_now(desk: Desk, world: World) -> None:
    await open_march(world)
    sheet = await find_sheet(desk, "OPEN")

    found = (await desk.ask(TRACE, id=sheet["id"]))["trace"]

    ((shown,), (sum_,)) = found["sheets"], found["totals"]
    assert (shown["id"], shown["status"], found["payouts"], found["entries"]) == (sheet["id"], "OPEN", [], [])
    assert total(found["parts"]) == int(shown["total"]["minorUnits"]) == int(sum_["amount"]["minorUnits"]) != 0
    assert (sum_["sheet"], sum_["party"], sum_["lineCount"]) == (None, {"reference": "M1"}, sheet["lineCount"])
    assert [(part["document"], part["documentLine"]) for part in found["parts"]] == [
        *(("order/O1", "1"), ("order/O1", "2"), ("order/O2", "1"), ("order/O2", "2")),
        ("fact/1", None),
    ]
    assert {part["sheet"] for part in found["parts"] if part["sheet"]} == set()
    assert [order["reference"] for order in found["orders"]] == ["O1", "O2"]
    assert [capture["eventId"] for capture in found["captures"]] == ["paid-1", "paid-2"]


async def test_what_stood_on_it_is_what_it_claims_when_it_closes(desk: Desk, world: World) -> None:
    await open_march(world)
    sheet = (await find_sheet(desk, "OPEN"))["id"]
    before = (await desk.ask(TRACE, id=sheet))["trace"]

    await world.settle("2025-04-01T00:00:00+00:00")

    after = (await desk.ask(TRACE, id=sheet))["trace"]
    assert after["parts"] == [{**part, "sheet": {"id": sheet}} for part in before["parts"]]
    assert [each["kind"] for each in after["entries"]] == ["SHEET_CLOSED"]
    following = (await desk.ask(TRACE, id=(await find_sheet(desk, "OPEN"))["id"]))["trace"]
    assert (following["parts"], following["totals"]) == ([], [])


async def test_it_is_told_in_pages_by_statements_that_do_not_grow(desk: Desk, world: World) -> None:
    await open_march(world)
    sheet = (await find_sheet(desk, "OPEN"))["id"]
    whole = (await desk.ask(TRACE, id=sheet))["trace"]

    parts, after, more = [], None, True
    while more:
        page = (await desk.ask(TRACE, id=sheet, first=2, after=after))["trace"]
        parts += page["parts"]
        assert page["totals"] == whole["totals"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert parts == whole["parts"]
    assert await count(desk, TRACE, id=sheet, first=2) == await count(desk, TRACE, id=sheet, first=5)


async def test_a_partys_key_traces_its_own_open_sheet_alone(desk: Desk, world: World) -> None:
    await open_march(world)
    sheet = (await find_sheet(desk, "OPEN"))["id"]

    own = (await desk.ask(TRACE, id=sheet, key=await desk.key_of("M1")))["trace"]

    whole = (await desk.ask(TRACE, id=sheet))["trace"]
    assert total(own["parts"]) == total(whole["parts"])
    assert (await desk.ask(TRACE, id=sheet, key=await desk.key_of("M2")))["trace"] is None


@pytest.mark.parametrize("lines_at_once", [128, 3, 1])
async def test_its_pages_are_its_parts_once_each_however_many_lines_a_step_takes(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch, lines_at_once: int
) -> None:
    monkeypatch.setattr(sql_settled, "_OF_OPEN_SHEET", sql_settled._OF_OPEN_SHEET.replace("128", str(lines_at_once)))
    await open_march(world, orders=4)
    sheet = (await find_sheet(desk, "OPEN"))["id"]
    whole = (await desk.ask(TRACE, id=sheet))["trace"]["parts"]

    for size in (1, 3):
        parts, after, more = [], None, True
        while more:
            page = (await desk.ask(TRACE, id=sheet, first=size, after=after))["trace"]
            parts += page["parts"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert parts == whole

    assert [len(part["entries"]) for part in whole] == [2, *[1] * 8]  # the first order's line was refunded


async def test_a_page_of_a_long_one_reads_about_what_it_shows_the_last_one_too(desk: Desk, world: World) -> None:
    size = 600
    await world.earn_many([("M1", 5, "2025-03-05", "2010")] * size)
    await world.open_sheets("2025-03-20T00:00:00+00:00")
    (sheet,) = [each for each in await world.sheets("M1", closed=False) if each.status is Status.OPEN]

    async with world.database.read(world.platform_id) as conn:
        parts = await settled.list_parts_of_open_sheet(conn, sheet_id=sheet.sheet_id, span=Span(size))
        near_the_end = (0, parts[-21].sequences[0])
        with gather_asked(conn) as asked:
            await settled.list_parts_of_open_sheet(conn, sheet_id=sheet.sheet_id, span=Span(20))
            last = await settled.list_parts_of_open_sheet(
                conn, sheet_id=sheet.sheet_id, span=Span(21, after=near_the_end)
            )
        scans_of_pages = await list_scans(conn, asked)

    assert (len(parts), last) == (size, parts[-20:])
    assert len(scans_of_pages) == 2
    for scans in scans_of_pages:
        assert {"entry", "line", "sheet_line"} <= {scan["Relation Name"] for scan in scans}
        assert max(count_rows(scan) for scan in scans) <= 150  # lines are looked at 128 at a time


async def test_it_has_what_is_its_own_of_several_accounts_while_the_one_before_it_is_open(
    desk: Desk, world: World
) -> None:
    days = ("2025-02-05", "2025-03-05", "2025-02-06", "2025-03-06", "2025-04-05", "2025-03-07")
    codes = ("2041", "2042", "2043", "2041", "2041", "2042")
    await world.earn_many(
        [("D1", 10**place, day, code) for place, (day, code) in enumerate(zip(days, codes, strict=True))]
    )
    await world.open_sheets("2025-02-28T12:00:00+00:00")
    await world.open_sheets("2025-03-20T00:00:00+00:00")

    earned = {}
    for sheet in await world.sheets("D1", closed=False):
        async with world.database.read(world.platform_id) as conn:
            pages = [
                await settled.list_parts_of_open_sheet(conn, sheet_id=sheet.sheet_id, span=Span(2)),
                await settled.list_parts_of_open_sheet(conn, sheet_id=sheet.sheet_id, span=Span(9)),
            ]
        earned[f"{sheet.period_end:%Y-%m}"] = [[part.amount_minor for part in page] for page in pages]

    assert earned == {"2025-03": [[1, 100], [1, 100]], "2025-04": [[10, 1_000], [10, 1_000, 100_000]]}
