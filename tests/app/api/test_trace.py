"""One query from a payout down to the orders it was paid for, and one from an order line up to the payouts it is in."""

from collections import Counter
from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_statement_counts import count
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, paid, plan, refunded

TRACE = """query ($id: ID!) { trace(id: $id) {
    order { reference } orders { reference captures { eventId channelTransaction } } orderLines { id reference }
    entries { id kind } payouts { id amount { minorUnits } } sheets { id party { reference } total { minorUnits } }
    parts { document documentLine amount { minorUnits } party { reference } sheet { id } orderLine { id reference }
        entries { kind } } } }"""
RUN = """mutation ($input: RunPayoutsInput!) { runPayouts(input: $input) { userErrors { message }
    created { party { reference } amount { minorUnits } payout { id } } } }"""
SEND = """mutation ($input: ReleasePayoutsInput!) { releasePayouts(input: $input) { userErrors { message }
    waiting { reason } } }"""
POST = """mutation ($input: PostEntriesInput!) { postEntries(input: $input) { results { userErrors { message } } } }"""
SAVE = """mutation ($input: RegisterBankAccountsInput!) { registerBankAccounts(input: $input) {
    results { userErrors { message } } } }"""


@pytest.fixture
async def payouts(desk: Desk) -> dict[str, str]:
    """A month of two orders, closed and on its way to the bank: a payout's id by its party."""
    world = World(desk.book.database, desk.book.platform_id)
    await world.publish(plan())
    for role in ("MERCHANT", "DISTRIBUTOR"):
        await world.set_terms(role=role, confirmation="NONE")
    lines = (item("100.00", line="1"), item("50.00", line="2", merchant="M2", delivery="5.00"))
    await world.accept(paid("155.00", *lines, referrer="D2"), SUCCEEDED, refunded("r1", "40.00"))
    await world.accept(
        paid("30.00", item("30.00"), key="paid-2", order="O2"), SUCCEEDED | {"id": "done-2", "order": "O2"}
    )
    await world.earn("M1", -700, "2025-03-12")
    await world.settle("2025-04-01T00:00:00+00:00")
    accounts: list[dict[str, Any]] = [
        {
            "owner": party,
            "reference": "main",
            "currency": "CNY",
            "holder": party,
            "accountNumber": f"62170001234{place}",
        }
        for place, party in enumerate(("M1", "M2", "D2"))
    ]
    accounts.append({**accounts[0], "owner": "LE", "paying": {"channel": "sandbox"}})
    await desk.ask(SAVE, input={"accounts": accounts})
    await desk.book.owe("M3", 100_000)
    run = (await desk.ask(RUN, input={"through": "2025-05-01"}))["runPayouts"]
    assert run["userErrors"] == []
    return {each["party"]["reference"]: each["payout"]["id"] for each in run["created"]}


def total(parts: list[dict[str, Any]]) -> int:
    return sum(int(part["amount"]["minorUnits"]) for part in parts)


async def test_a_payout_leads_down_to_every_order_and_its_parts_are_what_it_pays(
    desk: Desk, payouts: dict[str, str]
) -> None:
    trace = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]

    (paid_out,) = trace["payouts"]
    (sheet,) = trace["sheets"]
    assert total(trace["parts"]) == int(paid_out["amount"]["minorUnits"]) == int(sheet["total"]["minorUnits"])
    found = Counter((part["document"], part["documentLine"]) for part in trace["parts"])
    assert found == {("order/O1", "1"): 1, ("order/O2", "1"): 1, ("fact/1", None): 1}
    assert [order["reference"] for order in trace["orders"]] == ["O1", "O2"]
    assert trace["order"] is None
    assert all(order["captures"] for order in trace["orders"])
    assert [line["reference"] for line in trace["orderLines"]] == ["1", "1"]
    (first,) = [part for part in trace["parts"] if part["document"] == "order/O1"]
    assert [entry["kind"] for entry in first["entries"]] == ["SPLIT", "REFUND"]
    assert "SHEET_CLOSED" in [entry["kind"] for entry in trace["entries"]]


async def test_an_order_line_leads_up_to_the_payouts_and_down_again(desk: Desk, payouts: dict[str, str]) -> None:
    down = {party: (await desk.ask(TRACE, id=payout))["trace"] for party, payout in payouts.items()}
    (line,) = [part["orderLine"] for part in down["M1"]["parts"] if part["document"] == "order/O1"]

    up = (await desk.ask(TRACE, id=line["id"]))["trace"]

    assert {payout["id"] for payout in up["payouts"]} == {payouts["M1"], payouts["D2"]}
    for part in up["parts"]:
        party = part["party"]["reference"]
        if party in down:
            assert part in down[party]["parts"]
    shares = {part["party"]["reference"]: int(part["amount"]["minorUnits"]) for part in up["parts"]}
    assert shares.keys() >= {"M1", "D2", "D1", "A11"}
    entry_kinds = [entry["kind"] for entry in up["entries"]]
    assert entry_kinds == ["CAPTURE", "CHANNEL_FEE", "SPLIT", "REFUND"]


async def test_a_partys_key_traces_its_own_money_and_nobody_elses(desk: Desk, payouts: dict[str, str]) -> None:
    key = await make_key(desk.book, Role.PARTY, party_id=desk.book.ids["M1"])
    (line,) = [
        part["orderLine"]
        for part in (await desk.ask(TRACE, id=payouts["M1"]))["trace"]["parts"]
        if part["document"] == "order/O1"
    ]

    own = (await desk.ask(TRACE, id=payouts["M1"], key=key))["trace"]
    others = (await desk.ask(TRACE, id=payouts["M2"], key=key))["trace"]
    up = (await desk.ask(TRACE, id=line["id"], key=key))["trace"]

    assert total(own["parts"]) == int(own["payouts"][0]["amount"]["minorUnits"])
    assert others is None
    assert {part["party"]["reference"] for part in up["parts"]} == {"M1"}
    assert [payout["id"] for payout in up["payouts"]] == [payouts["M1"]]


async def test_an_entry_that_closed_a_sheet_or_paid_it_leads_to_what_it_moved(
    desk: Desk, payouts: dict[str, str]
) -> None:
    cash = {"amount": "1000.00", "currency": "CNY"}
    lines = [
        {"account": {"code": code}, "side": side, "amount": cash}
        for code, side in (("1010", "DEBIT"), ("3000", "CREDIT"))
    ]
    opening = {"idempotencyKey": "cash", "legalEntity": "LE", "businessDate": "2025-04-01", "lines": lines}
    (posted,) = (await desk.ask(POST, input={"entries": [opening]}))["postEntries"]["results"]
    assert posted["userErrors"] == []
    sent = (await desk.ask(SEND, input={"payouts": [payouts["M1"]]}))["releasePayouts"]
    assert sent["userErrors"] == sent["waiting"] == []
    down = (await desk.ask(TRACE, id=payouts["M1"]))["trace"]
    by_kind = {entry["kind"]: entry["id"] for entry in down["entries"]}
    assert by_kind.keys() == {"SHEET_CLOSED", "PAYOUT_SUBMITTED"}
    (sheet,) = down["sheets"]

    assert (await desk.ask(TRACE, id=by_kind["PAYOUT_SUBMITTED"]))["trace"] == down
    closed = (await desk.ask(TRACE, id=by_kind["SHEET_CLOSED"]))["trace"]
    assert closed == (await desk.ask(TRACE, id=sheet["id"]))["trace"]
    assert [payout["id"] for payout in closed["payouts"]] == [payouts["M1"]]


async def test_the_statements_of_a_trace_do_not_grow_with_its_orders(desk: Desk, payouts: dict[str, str]) -> None:
    small = await count(desk, TRACE, id=payouts["D2"])
    large = await count(desk, TRACE, id=payouts["M1"])

    assert large <= small + 1
