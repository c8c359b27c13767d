"""A trace is read in pages; what it comes to is of all of it, whatever page that is."""

from functools import partial
from typing import Any

import pytest

from ledger.access.model import Role
from ledger.reporting import settled, sql_settled
from ledger.reporting.model import Span
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_statement_counts import count
from tests.app.api.test_trace import RUN, SAVE, total
from tests.ledger.charging.fees import desk as fees
from tests.ledger.settlement.adjustments.test_adjustments import adjustment
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.oracle.small_world import SUCCEEDED, item, paid, plan, refunded
from tests.plans import count_rows, list_scans
from tests.statements import gather_asked

TRACE = """query ($id: ID!, $first: Int, $after: String) { trace(id: $id, first: $first, after: $after) {
    order { reference } orders { reference } orderLines { reference } captures { eventId }
    parts { document amount { minorUnits } party { reference } sheet { id } order { reference } entries { kind } }
    totals { amount { minorUnits } lineCount party { reference } sheet { id } }
    feeLines { lineId } entries { kind } payouts { id amount { minorUnits } } sheets { id total { minorUnits } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
IN_MARCH = {"occurredAt": "2025-03-05T04:00:00Z"}


@pytest.fixture
async def world(desk: Desk) -> World:
    world = World(desk.book.database, desk.book.platform_id)
    await world.publish(plan())
    await world.set_terms(role="MERCHANT", cycle="DAILY", confirmation="NONE")
    await world.set_terms(role="DISTRIBUTOR", confirmation="NONE")
    return world


async def settle_days(desk: Desk, world: World) -> str:
    """Three days of M1 with five orders and four fee lines, one order refunded, paid out; the payout's id."""
    for place, day in enumerate(("03", "03", "04", "04", "05"), start=1):
        when, order = f"2025-03-{day}T03:00:00Z", f"O{place}"
        names = {"order": order, "occurredAt": when}
        await world.accept(
            paid("30.00", item("30.00"), key=f"paid-{place}", order=order, at=when), SUCCEEDED | {"id": order, **names}
        )
    await world.accept(refunded("r1", "10.00") | {"order": "O3", "occurredAt": "2025-03-04T05:00:00Z"})
    await fees.Desk(world).accept(
        *(fees.fee(f"F{place}", "STORAGE", "0.10", order="O1", line="1", **IN_MARCH) for place in range(1, 5))
    )
    for day in ("04", "05", "06"):
        await world.settle(f"2025-03-{day}T00:10:00+00:00")
    account = {"reference": "main", "currency": "CNY", "holder": "M1", "accountNumber": "62170001234"}
    accounts = [{"owner": "M1", **account}, {"owner": "LE", **account, "paying": {"channel": "sandbox"}}]
    await desk.ask(SAVE, input={"accounts": accounts})
    await desk.book.owe("M3", 100_000)
    run = (await desk.ask(RUN, input={"through": "2025-05-01"}))["runPayouts"]
    assert run["userErrors"] == []
    (created,) = [each for each in run["created"] if each["party"]["reference"] == "M1"]
    return str(created["payout"]["id"])


async def turn(desk: Desk, *, id: str, first: int) -> list[dict[str, Any]]:
    """Every page of a trace."""
    pages: list[dict[str, Any]] = []
    after = None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append((await desk.ask(TRACE, id=id, first=first, after=after))["trace"])
        after = pages[-1]["pageInfo"]["endCursor"]
    return pages


@pytest.mark.parametrize("lines_at_once", [128, 3, 1])
async def test_the_pages_of_a_payout_are_its_parts_once_each_and_its_totals_are_whole(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch, lines_at_once: int
) -> None:
    statement = sql_settled._OF_SHEETS.replace("128", str(lines_at_once))
    monkeypatch.setattr(sql_settled, "_OF_SHEETS", statement)
    payout = await settle_days(desk, world)
    whole = (await desk.ask(TRACE, id=payout))["trace"]
    assert len(whole["parts"]) == 9
    assert whole["pageInfo"]["hasNextPage"] is False

    for size in (1, 2, 4, 9):
        pages = await turn(desk, id=payout, first=size)
        assert [part for page in pages for part in page["parts"]] == whole["parts"]
        assert max(len(page["parts"]) for page in pages) == size
        for page in pages:
            assert page["totals"] == whole["totals"]
            assert (page["sheets"], page["payouts"]) == (whole["sheets"], whole["payouts"])
            assert total(page["totals"]) == int(page["payouts"][0]["amount"]["minorUnits"])

    assert total(whole["parts"]) == total(whole["totals"])
    sheets = {sheet["id"]: int(sheet["total"]["minorUnits"]) for sheet in whole["sheets"]}
    assert {each["sheet"]["id"]: int(each["amount"]["minorUnits"]) for each in whole["totals"]} == sheets
    (refund,) = [part for part in whole["parts"] if part["document"] == "order/O3"]
    assert [entry["kind"] for entry in refund["entries"]] == ["SPLIT", "REFUND"]


async def test_a_page_shows_what_is_behind_its_parts_and_no_more(desk: Desk, world: World) -> None:
    payout = await settle_days(desk, world)

    first, *_, last = await turn(desk, id=payout, first=2)

    assert [part["document"] for part in first["parts"]] == ["order/O1", "order/O2"]
    assert [order["reference"] for order in first["orders"]] == ["O1", "O2"]
    assert [capture["eventId"] for capture in first["captures"]] == ["paid-1", "paid-2"]
    assert (first["order"], first["feeLines"]) == (None, [])
    assert last["feeLines"] == [{"lineId": last["parts"][0]["document"].removeprefix("fee-line/")}]
    assert last["order"] is None  # there were others on the pages before


async def test_what_names_a_line_is_read_in_pages_and_summed_over_all_of_them(desk: Desk, world: World) -> None:
    await settle_days(desk, world)
    order = (await desk.ask('{ order(reference: "O1") { id } }'))["order"]["id"]
    whole = (await desk.ask(TRACE, id=order))["trace"]

    pages = await turn(desk, id=order, first=3)

    assert [[line["lineId"] for line in page["feeLines"]] for page in pages] == [["F1", "F2", "F3"], ["F4"]]
    assert [part for page in pages for part in page["parts"]] == whole["parts"]
    assert [entry["kind"] for page in pages for entry in page["entries"]] == [
        *("CAPTURE", "CHANNEL_FEE", "SPLIT"),
        *["FEE_LINE"] * 4,
    ]
    for page in pages:
        assert page["totals"] == whole["totals"]
        assert (page["sheets"], page["payouts"]) == (whole["sheets"], whole["payouts"])
        assert page["order"] == {"reference": "O1"}
    assert total(whole["totals"]) == total(whole["parts"])
    key = await make_key(desk.book, Role.PARTY, party_id=desk.book.ids["M1"])
    own = (await desk.ask(TRACE, id=order, first=1, key=key))["trace"]
    mine = [part for part in whole["parts"] if part["party"]["reference"] == "M1"]
    assert {each["party"]["reference"] for each in own["totals"]} == {"M1"}
    assert total(own["totals"]) == total(mine)


async def test_a_page_of_a_trace_is_bounded_and_its_cursor_fits_that_trace_alone(desk: Desk, world: World) -> None:
    payout = await settle_days(desk, world)
    page = (await desk.ask(TRACE, id=payout, first=2))["trace"]
    sheet, cursor = page["sheets"][0]["id"], page["pageInfo"]["endCursor"]

    assert await desk.refused(TRACE, id=payout, first=101) == "PAGE_INVALID"
    assert await desk.refused(TRACE, id=payout, first=0) == "PAGE_INVALID"
    assert await desk.refused(TRACE, id=sheet, after=cursor) == "CURSOR_INVALID"
    assert page["pageInfo"]["hasPreviousPage"] is False
    assert (await desk.ask(TRACE, id=payout, after=cursor))["trace"]["pageInfo"]["hasPreviousPage"] is True


async def test_the_statements_of_a_page_do_not_grow_with_it(desk: Desk, world: World) -> None:
    payout = await settle_days(desk, world)
    small = await count(desk, TRACE, id=payout, first=1)

    assert await count(desk, TRACE, id=payout, first=9) <= small + 1  # fee lines are among what it shows


async def test_a_page_of_a_large_sheet_reads_about_what_it_shows(desk: Desk, world: World) -> None:
    await world.set_terms(role="MERCHANT", cycle="MONTHLY", confirmation="NONE")
    size = 600
    await world.earn_many([("M1", 5, "2025-03-05", "2010")] * size)
    await world.settle("2025-04-01T00:10:00+00:00")
    (sheet,) = [sheet for sheet in await world.sheets("M1") if sheet.line_count == size]

    async with world.database.read(world.platform_id) as conn:
        with gather_asked(conn) as asked:
            parts = await settled.list_parts_of_sheets(conn, sheet_ids=[sheet.sheet_id], span=Span(20))
            place = (sheet.sheet_id, parts[-1].sequences[0])
            more = await settled.list_parts_of_sheets(conn, sheet_ids=[sheet.sheet_id], span=Span(20, after=place))
        scans_of_pages = await list_scans(conn, asked)
        (whole,) = await settled.sum_parts_of_sheets(conn, keys=[sheet.sheet_id])

    assert len({part.document for part in [*parts, *more]}) == 40
    assert whole is not None
    assert (whole.amount_minor, whole.line_count) == (sheet.total, size) == (5 * size, size)
    assert len(scans_of_pages) == 2
    for scans in scans_of_pages:
        assert {"entry", "sheet_line", "sheet"} <= {scan["Relation Name"] for scan in scans}
        assert max(count_rows(scan) for scan in scans) <= 150  # lines are looked at 128 at a time


async def test_a_page_of_what_names_an_order_reads_what_it_shows(desk: Desk, world: World) -> None:
    await world.accept(paid("30.00", item("30.00")), SUCCEEDED)
    names = {"order": "O1", "line": "1", **IN_MARCH}
    await fees.Desk(world).accept(*(fees.fee(f"F{place}", "STORAGE", "0.01", **names) for place in range(600)))
    orders = [adjustment("PENALTY", "0.01", order="O1", reference=f"A{place}") for place in range(300)]
    async with world.database.write(world.platform_id) as conn:
        await propose_adjustments(
            conn, drafts=[parse_adjustment(each) for each in orders], maker=TESTER, now=at("2025-03-06")
        )

    async with world.database.read(world.platform_id) as conn:
        list_page = partial(settled.list_documents_naming, conn, order="O1", line=None, scope=None)
        whole = await list_page(span=Span(1_000))
        with gather_asked(conn) as asked:
            pages = [
                await list_page(span=Span(20, after=whole[place] if place else None)) for place in (0, 300, 590, 700)
            ]
        scans_of_pages = await list_scans(conn, asked)

    assert len(whole) == len(set(whole)) == 900
    assert pages == [whole[:20], whole[301:321], whole[591:611], whole[701:721]]
    assert len(scans_of_pages) == len(pages)
    for scans in scans_of_pages:
        assert {"fee_line", "adjustment"} <= {scan["Relation Name"] for scan in scans}
        assert max(count_rows(scan) for scan in scans) <= 21


async def test_the_sheets_of_an_order_are_found_without_looking_at_its_lines(desk: Desk, world: World) -> None:
    await settle_days(desk, world)
    names = {"order": "O1", "line": "1", "occurredAt": "2025-03-06T04:00:00Z"}
    await fees.Desk(world).accept(*(fees.fee(f"F1{place}", "STORAGE", "0.01", **names) for place in range(600)))
    await world.settle("2025-03-07T00:10:00+00:00")
    keys: list[tuple[str, str | None]] = [("O1", None), ("O1", "1"), ("O3", None), ("O9", None)]
    (merchant, distributor) = [await world.id_of(party) for party in ("M1", "D1")]

    async with world.database.read(world.platform_id) as conn:
        for scope in (None, merchant, distributor):
            totals = await settled.sum_parts_of_orders(conn, keys=keys, scope=scope)
            sheets = await settled.list_sheets_of_orders(conn, keys=keys, scope=scope)
            assert sheets == [sorted({each.sheet_id for each in one if each.sheet_id}) for one in totals]
        with gather_asked(conn) as asked:
            found = await settled.list_sheets_of_orders(conn, keys=keys, scope=None)
        (scans,) = await list_scans(conn, asked)

    assert [len(each) for each in found] == [3, 3, 1, 0]
    assert {"fee_line", "sheet_line"} <= {scan["Relation Name"] for scan in scans}
    assert "line" not in {scan["Relation Name"] for scan in scans}


async def test_a_page_without_totals_does_not_sum_up(desk: Desk, world: World) -> None:
    payout = await settle_days(desk, world)
    order = (await desk.ask('{ order(reference: "O1") { id } }'))["order"]["id"]
    parts = "query ($id: ID!, $first: Int) { trace(id: $id, first: $first) { parts { document } } }"
    totals = parts.replace("{ document }", "{ document } totals { lineCount } sheets { id } payouts { id }")

    for id, more in ((order, 5), (payout, 2)):
        few, many = [await count(desk, parts, id=id, first=first) for first in (1, 4)]
        assert many <= few
        # The sum; of an order which sheets have something of it, and those, too; whose payouts, and those.
        assert await count(desk, totals, id=id, first=4) == many + more
