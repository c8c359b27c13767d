"""What names an order line hangs together with it: fee lines, adjustments, holds, down from a payout and up again."""

from typing import Any

import pytest

from ledger.access.model import Role
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.holds.model import Placed
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_statement_counts import count
from tests.app.api.test_trace import RUN, SAVE, total
from tests.ledger.charging.fees import desk as fees
from tests.ledger.settlement.adjustments.test_adjustments import adjustment, said
from tests.ledger.settlement.deposits.telling import agree, agreement, retain
from tests.ledger.settlement.holds.telling import hold, place_all
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.oracle.small_world import SUCCEEDED, item, paid, plan

TRACE = """query ($id: ID!) { trace(id: $id) {
    order { reference } orders { reference } orderLines { id reference order { reference } }
    captures { eventId channelTransaction }
    payouts { id amount { minorUnits } } sheets { id total { minorUnits } retained { minorUnits } }
    entries { id kind document } feeLines { lineId } adjustments { reference } holds { reference }
    parts { document amount { minorUnits } party { reference } sheet { id } order { reference }
        orderLine { id reference } entries { id kind } } } }"""
LINES = """query ($order: String!) { order(reference: $order) { lines { id reference } } }"""
IN_MARCH = {"occurredAt": "2025-03-05T04:00:00Z"}
ON_LINE = {"order": "O1", "line": "1"}


@pytest.fixture
async def world(desk: Desk) -> World:
    world = World(desk.book.database, desk.book.platform_id)
    await world.publish(plan())
    for role in ("MERCHANT", "DISTRIBUTOR"):
        await world.set_terms(role=role, confirmation="NONE")
    return world


@pytest.fixture
async def payouts(desk: Desk, world: World) -> dict[str, str]:
    """A month of two orders and of what names the first one, closed, a tenth retained, and on its way to the bank."""
    await agree(world, agreement())
    goods = (item("100.00", line="1"), item("50.00", line="2", merchant="M2"))
    await world.accept(paid("150.00", *goods), SUCCEEDED)
    await world.accept(
        paid("30.00", item("30.00"), key="paid-2", order="O2"), SUCCEEDED | {"id": "done-2", "order": "O2"}
    )
    await fees.Desk(world).accept(
        fees.fee("F1", "STORAGE", "6.00", **ON_LINE, **IN_MARCH),
        fees.fee("F2", "STORAGE", "1.50", order="O1", **IN_MARCH),
        fees.fee("F3", "STORAGE", "0.75", party="M2", **ON_LINE, **IN_MARCH),
        fees.fee("F4", "COMPENSATION", "0.25", order="NOT-HERE", line="1", **IN_MARCH),
        fees.fee("F5", "STORAGE", "9.99", compareOnly=True, **ON_LINE, **IN_MARCH),
    )
    march = at("2025-03-06")
    async with world.database.write(world.platform_id) as conn:
        documents = [
            adjustment("PENALTY", "3.00", "A1", **ON_LINE),
            adjustment("COMPENSATION", "0.40", "A2", order="O2"),
            adjustment("CORRECTION", "2.00", "A3", party="D1", counterparty="D2", **ON_LINE),
        ]
        drafts = [parse_adjustment(document) for document in documents]
        assert said(await propose_adjustments(conn, drafts=drafts, maker=TESTER, now=march)) == ["POSTED"] * 3
    (placed,) = await place_all(world, hold("2.00", **ON_LINE), now=march)
    assert isinstance(placed, Placed)
    await world.settle("2025-04-01T00:00:00+00:00")
    await retain(world, *[sheet.sheet_id for sheet in await world.sheets("M1") if sheet.total > 0])
    owners: list[dict[str, Any]] = [
        {"owner": party, "reference": "main", "currency": "CNY", "holder": party, "accountNumber": f"6217000{place}"}
        for place, party in enumerate(("M1", "M2", "D1", "D2"))
    ]
    await desk.ask(SAVE, input={"accounts": [*owners, {**owners[0], "owner": "LE", "paying": {"channel": "sandbox"}}]})
    await desk.book.owe("M3", 100_000)
    run = (await desk.ask(RUN, input={"through": "2025-05-01"}))["runPayouts"]
    assert run["userErrors"] == []
    return {each["party"]["reference"]: each["payout"]["id"] for each in run["created"]}


def by_document(trace: dict[str, Any]) -> dict[str, tuple[int, str | None, str | None]]:
    """What each document brought, with the order and the line of it that it leads to."""
    return {
        part["document"]: (
            int(part["amount"]["minorUnits"]),
            part["order"] and part["order"]["reference"],
            part["orderLine"] and part["orderLine"]["reference"],
        )
        for part in trace["parts"]
    }


async def find_line(desk: Desk, order: str = "O1") -> str:
    return str((await desk.ask(LINES, order=order))["order"]["lines"][0]["id"])


async def test_a_payout_leads_down_to_the_lines_that_fee_lines_adjustments_and_holds_name(
    desk: Desk, payouts: dict[str, str]
) -> None:
    trace = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]

    (sheet,), (payout,) = trace["sheets"], trace["payouts"]
    found = by_document(trace)
    held = next(document for document in found if document.startswith("hold/"))
    assert found == {
        "order/O1": (8_590, "O1", "1"),
        "order/O2": (2_577, "O2", "1"),
        "fee-line/F1": (-600, "O1", "1"),
        "fee-line/F2": (-150, "O1", None),
        "fee-line/F4": (25, None, None),
        "adjustment/A1": (-300, "O1", "1"),
        "adjustment/A2": (40, "O2", None),
        held: (-200, "O1", "1"),
    }
    assert int(sheet["total"]["minorUnits"]) == total(trace["parts"]) == 9_982
    assert int(sheet["retained"]["minorUnits"]) == 998
    assert int(payout["amount"]["minorUnits"]) == 9_982 - 998
    assert [line["reference"] for line in trace["orderLines"]] == ["1", "1"]
    assert [order["reference"] for order in trace["orders"]] == ["O1", "O2"]
    assert [line["lineId"] for line in trace["feeLines"]] == ["F1", "F2", "F4"]
    assert [each["reference"] for each in trace["adjustments"]] == ["A1", "A2"]
    assert [each["reference"] for each in trace["holds"]] == ["H1"]


async def test_entries_of_an_order_are_its_own_and_its_trace_has_those_of_what_names_it(
    desk: Desk, payouts: dict[str, str]
) -> None:
    question = """{ entries(first: 100, filter: {order: "O1"}) { nodes { id document } }
        order(reference: "O1") { id entries { id } } }"""

    answer = await desk.ask(question)
    trace = (await desk.ask(TRACE, id=answer["order"]["id"]))["trace"]

    own = answer["entries"]["nodes"]
    assert {entry["document"] for entry in own} == {"order/O1"}
    assert [entry["id"] for entry in reversed(own)] == [entry["id"] for entry in answer["order"]["entries"]]
    assert {entry["id"] for entry in own} < {entry["id"] for entry in trace["entries"]}
    naming = {entry["document"] for entry in trace["entries"]} - {"order/O1"}
    assert {"adjustment/A1", "adjustment/A3", "fee-line/F1", "fee-line/F2", "fee-line/F3"} < naming
    assert [document.partition("/")[0] for document in naming].count("hold") == 1


async def test_the_party_learns_what_became_of_an_order_on_the_sheet(desk: Desk, payouts: dict[str, str]) -> None:
    question = """{ party(reference: "M1") { whyUnpaid(order: "O1") {
        state amount { minorUnits } awaits expectedDate dueDate document ground sheet { id number } } } }"""

    parts = (await desk.ask(question, key=await desk.key_of("M1")))["party"]["whyUnpaid"]

    assert [(part["state"], part["amount"]["minorUnits"]) for part in parts] == [
        ("IN_PAYOUT", "6606"),
        ("RETENTION", "734"),
        ("ON_HOLD", "200"),
    ]
    assert sum(int(part["amount"]["minorUnits"]) for part in parts) == 8_590 - 600 - 150 - 300
    (sheet,) = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]["sheets"]
    assert [part["sheet"] and part["sheet"]["id"] for part in parts] == [sheet["id"], sheet["id"], None]
    assert (parts[0]["awaits"], parts[0]["expectedDate"]) == ("BANK_BALANCE", parts[0]["dueDate"])
    assert (parts[1]["awaits"], parts[1]["expectedDate"], parts[1]["ground"]) == ("HELD", "2026-04-01", "Contract 9.1")
    assert (parts[2]["awaits"], parts[2]["expectedDate"], parts[2]["ground"]) == (
        *("The review is done.", "2026-02-01"),
        "Contract 7.2",
    )


async def test_the_payments_behind_a_payout_are_each_named_once(desk: Desk, payouts: dict[str, str]) -> None:
    trace = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]
    single = (await desk.ask(TRACE, id=payouts["M2"]))["trace"]

    assert [capture["eventId"] for capture in trace["captures"]] == ["paid", "paid-2"]
    assert [capture["eventId"] for capture in single["captures"]] == ["paid"]


async def test_an_order_line_leads_up_to_what_names_it(desk: Desk, payouts: dict[str, str]) -> None:
    trace = (await desk.ask(TRACE, id=await find_line(desk)))["trace"]

    assert [line["lineId"] for line in trace["feeLines"]] == ["F1", "F3"]
    assert [each["reference"] for each in trace["adjustments"]] == ["A1", "A3"]
    assert [each["reference"] for each in trace["holds"]] == ["H1"]
    assert {payout["id"] for payout in trace["payouts"]} == set(payouts.values())
    mine = [part for part in trace["parts"] if part["party"]["reference"] == "M1"]
    assert total(mine) == 8_590 - 600 - 300 - 200
    assert {part["orderLine"]["reference"] for part in trace["parts"]} == {"1"}
    kinds = [entry["kind"] for entry in trace["entries"]]
    assert kinds == [
        *("CAPTURE", "CHANNEL_FEE", "SPLIT", "FEE_LINE", "FEE_LINE"),
        *("ADJUSTMENT_PENALTY", "ADJUSTMENT_CORRECTION", "HOLD_PLACED"),
    ]
    corrected = [part for part in trace["parts"] if part["document"] == "adjustment/A3"]
    amounts = {part["party"]["reference"]: int(part["amount"]["minorUnits"]) for part in corrected}
    assert amounts == {"D1": -200, "D2": 200}


async def test_an_order_leads_up_to_what_names_any_of_it(desk: Desk, payouts: dict[str, str]) -> None:
    order = (await desk.ask('{ order(reference: "O1") { id } }'))["order"]["id"]

    trace = (await desk.ask(TRACE, id=order))["trace"]

    assert [line["lineId"] for line in trace["feeLines"]] == ["F1", "F2", "F3"]
    mine = [part for part in trace["parts"] if part["party"]["reference"] == "M1"]
    assert total(mine) == 8_590 - 600 - 150 - 300 - 200


async def test_what_the_lines_and_orders_lead_up_to_is_the_payout_to_the_cent(
    desk: Desk, payouts: dict[str, str]
) -> None:
    orders = [(await desk.ask(f'{{ order(reference: "{name}") {{ id }} }}'))["order"]["id"] for name in ("O1", "O2")]
    down = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]

    up = [(await desk.ask(TRACE, id=order))["trace"] for order in orders]

    mine = [part for trace in up for part in trace["parts"] if part["party"]["reference"] == "M1"]
    unnamed = [part for part in down["parts"] if part["order"] is None]
    assert total(mine) + total(unnamed) == 8_984 + 998
    assert {part["document"] for part in mine} | {"fee-line/F4"} == {part["document"] for part in down["parts"]}


async def test_an_entry_of_what_names_a_line_leads_to_it(desk: Desk, payouts: dict[str, str]) -> None:
    down = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]
    starts = {part["document"].split("/")[0]: part["entries"][0]["id"] for part in down["parts"]}

    for kind in ("fee-line", "hold"):
        trace = (await desk.ask(TRACE, id=starts[kind]))["trace"]
        if kind == "hold":
            assert [line["reference"] for line in trace["orderLines"]] == ["1"]
            assert trace["order"]["reference"] == "O1"
            assert [each["reference"] for each in trace["holds"]] == ["H1"]
            assert [capture["eventId"] for capture in trace["captures"]] == ["paid"]
        assert [entry["id"] for entry in trace["entries"]] == [starts[kind]]
        assert [payout["id"] for payout in trace["payouts"]] == [payouts["M1"]]


async def test_a_hold_of_a_closed_sheet_is_found_from_the_line_it_names(desk: Desk, world: World) -> None:
    await world.accept(paid("100.00", item("100.00")), SUCCEEDED)
    await world.settle("2025-04-01T00:00:00+00:00")
    (sheet,) = [sheet for sheet in await world.sheets("M1") if sheet.total]
    (placed,) = await place_all(world, hold("10.00", sheet=sheet.sheet_id, **ON_LINE))
    assert isinstance(placed, Placed)

    trace = (await desk.ask(TRACE, id=await find_line(desk)))["trace"]

    assert [each["reference"] for each in trace["holds"]] == ["H1"]
    (moved,) = [entry["id"] for entry in trace["entries"] if entry["kind"] == "HOLD_PLACED"]
    back = (await desk.ask(TRACE, id=moved))["trace"]
    assert [line["reference"] for line in back["orderLines"]] == ["1"]
    assert back["parts"] == []  # it takes nothing off what was earned
    assert [int(each["total"]["minorUnits"]) for each in back["sheets"]] == [sheet.total]


async def test_a_partys_key_sees_through_these_links_its_own_alone(desk: Desk, payouts: dict[str, str]) -> None:
    line = await find_line(desk)
    second = await make_key(desk.book, Role.PARTY, party_id=desk.book.ids["M2"])
    first = await make_key(desk.book, Role.PARTY, party_id=desk.book.ids["M1"])

    own = (await desk.ask(TRACE, id=line, key=first))["trace"]
    assert (own["captures"], own["order"]["reference"]) == (None, "O1")
    assert [each["lineId"] for each in own["feeLines"]] == ["F1"]
    assert [each["reference"] for each in own["adjustments"]] == ["A1"]
    assert {part["party"]["reference"] for part in own["parts"]} == {"M1"}
    assert [payout["id"] for payout in own["payouts"]] == [payouts["M1"]]
    assert "fee-line/F3" not in {entry["document"] for entry in own["entries"]}

    # M2 was charged for a line that is M1's: he sees his fee line, and nothing of the order line that it names.
    assert (await desk.ask(TRACE, id=line, key=second))["trace"] is None
    down = (await desk.ask(TRACE, id=payouts["M2"], key=second))["trace"]
    (charged,) = [part for part in down["parts"] if part["document"] == "fee-line/F3"]
    assert charged["orderLine"] is None
    assert charged["order"] == {"reference": "O1"}  # in which he has a line of his own
    assert [(each["reference"], each["order"]["reference"]) for each in down["orderLines"]] == [("2", "O1")]
    from_entry = (await desk.ask(TRACE, id=charged["entries"][0]["id"], key=second))["trace"]
    assert from_entry["orderLines"] == []
    assert [each["lineId"] for each in from_entry["feeLines"]] == ["F3"]


async def test_the_statements_of_a_trace_do_not_grow_with_what_names_the_line(
    desk: Desk, world: World, payouts: dict[str, str]
) -> None:
    line = await find_line(desk)
    before = await count(desk, TRACE, id=line)

    await fees.Desk(world).accept(
        *(fees.fee(f"N{place}", "STORAGE", "0.01", **ON_LINE, **IN_MARCH) for place in range(20))
    )

    trace = (await desk.ask(TRACE, id=line))["trace"]
    assert len(trace["feeLines"]) == 22
    assert await count(desk, TRACE, id=line) <= before + 1  # what is new waits on a sheet that is not closed
    assert await count(desk, TRACE, id=payouts["M1"]) <= await count(desk, TRACE, id=payouts["D2"]) + 3
