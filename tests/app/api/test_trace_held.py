"""Entries of deposits and receipts lead to what they moved and to its sheet, claims to the orders that they are for."""

from typing import Any

import pytest

from ledger.settlement.deposits.model import Moved
from tests.app.api.gateway import Desk
from tests.app.api.test_receipts import UNMATCH, do, match, owing, receipt, record
from tests.app.api.test_statement_counts import count
from tests.app.api.test_trace import total
from tests.app.api.test_trace_named import LINES, payouts, world
from tests.ledger.settlement.deposits.telling import agree, cash, discharge, out, pay, payment, received, target
from tests.ledger.settlement.sheets.world import World

__all__ = ["payouts", "world"]

TRACE = """query ($id: ID!, $first: Int, $after: String) { trace(id: $id, first: $first, after: $after) {
    order { reference } orders { reference } captures { eventId } deposits { number } receipts { reference }
    sheets { id } payouts { id } entries { id kind }
    totals { party { reference } amount { minorUnits } }
    parts { document amount { minorUnits } party { reference } order { reference } orderLine { reference } }
    pageInfo { hasNextPage endCursor } } }"""
ENTRIES = """query ($kind: String!) { entries(first: 100, filter: {kind: $kind}) { nodes { id } } }"""
DEPOSITS = "{ depositSlices(first: 100) { nodes { number sheet { id } history { kind entry { id } } } } }"
ORDER = "query ($order: String!) { order(reference: $order) { id } }"


async def find_entries(desk: Desk, kind: str, *, key: str | None = None) -> list[str]:
    """The ids that the entries of a kind have for who asks, the oldest first."""
    return [str(entry["id"]) for entry in reversed((await desk.ask(ENTRIES, kind=kind, key=key))["entries"]["nodes"])]


def without_ids(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace without what is not the same for all keys: entries' ids, and how orders were paid."""
    return {**trace, "captures": None, "entries": [each["kind"] for each in trace["entries"]]}


async def trace(desk: Desk, id: str, **more: Any) -> dict[str, Any]:
    found = (await desk.ask(TRACE, id=id, **more))["trace"]
    assert isinstance(found, dict)
    return found


async def trace_order(desk: Desk, order: str, **more: Any) -> dict[str, Any]:
    return await trace(desk, (await desk.ask(ORDER, order=order))["order"]["id"], **more)


async def test_an_entry_of_a_deposit_leads_to_it_and_to_the_sheet_that_gave_it_or_got_it_back(
    desk: Desk, world: World, payouts: dict[str, str]
) -> None:
    (kept,) = (await desk.ask(DEPOSITS))["depositSlices"]["nodes"]
    (given,) = await find_entries(desk, "DEPOSIT_RETAINED")
    assert isinstance((await discharge(world, out("RELEASED", int(kept["number"]), "1.00")))[0], Moved)
    (back,) = await find_entries(desk, "DEPOSIT_RELEASED")
    key, other = await desk.key_of("M1"), await desk.key_of("M2")
    own = [(await find_entries(desk, f"DEPOSIT_{step}", key=key))[0] for step in ("RETAINED", "RELEASED")]

    for entry, id in zip((given, back), own, strict=True):
        found = await trace(desk, entry)

        assert found["deposits"] == [{"number": kept["number"]}]
        assert (found["sheets"], found["payouts"]) == ([kept["sheet"]], [{"id": payouts["M1"]}])
        assert ([each["id"] for each in found["entries"]], found["parts"]) == ([entry], [])
        assert without_ids(await trace(desk, id, key=key)) == without_ids(found)
        assert [(await desk.ask(TRACE, id=each, key=other))["trace"] for each in (entry, id)] == [None, None]


async def test_an_entry_of_a_receipt_leads_to_it_and_to_the_sheet_whose_debt_it_cleared(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))
    made = await match(desk, given, sheet)
    await do(desk, UNMATCH, {"match": made["match"]["id"], "reason": "Of another shop."})
    (came,) = await find_entries(desk, "RECEIPT_RECORDED")
    own, other = await desk.key_of("M1"), await desk.key_of("M2")

    assert (await trace(desk, came))["sheets"] == []
    assert (await desk.ask(TRACE, id=came, key=own))["trace"] is None
    assert (await trace(desk, came))["receipts"] == [{"reference": "R1"}]
    for kind in ("RECEIPT_MATCHED", "RECEIPT_UNMATCHED"):
        (entry,) = await find_entries(desk, kind)
        (id,) = await find_entries(desk, kind, key=own)
        whole, seen = await trace(desk, entry), await trace(desk, id, key=own)
        assert (whole["receipts"], whole["sheets"]) == ([{"reference": "R1"}], [{"id": sheet}])
        assert (seen["receipts"], seen["sheets"]) == ([], [{"id": sheet}])
        assert (await desk.ask(TRACE, id=id, key=other))["trace"] is None


@pytest.fixture
async def deposit(world: World, payouts: dict[str, str]) -> int:
    """A deposit of M1's: claimed twice for O1's buyers, who got one, for O1 and O2 by M3, and for no order by M2."""
    await agree(world, target("500.00", reference="T1"))
    slice_id = await received(world, cash("500.00", "C1", agreement="T1"))
    claims = [
        out("CLAIMED", slice_id, "10.00", "to-pay"),
        out("CLAIMED", slice_id, "20.00", "paid"),
        out("CLAIMED", slice_id, "3.00", "served", party="M3", order="O1"),
        out("CLAIMED", slice_id, "4.00", "served-2", party="M3", order="O2"),
        out("CLAIMED", slice_id, "5.00", "of-none", party="M2"),
        out("FORFEITED", slice_id, "6.00", "ours"),
    ]
    assert all(isinstance(each, Moved) for each in await discharge(world, *claims))
    assert isinstance((await pay(world, payment(slice_id, "paid")))[0], Moved)
    return slice_id


async def test_what_was_claimed_of_a_deposit_for_an_order_is_on_its_trace(
    desk: Desk, world: World, deposit: int
) -> None:
    found = await trace_order(desk, "O1")
    other = await trace_order(desk, "O2")

    def kinds(trace: dict[str, Any]) -> list[str]:
        return [each["kind"] for each in trace["entries"] if each["kind"].startswith("DEPOSIT_")]

    assert found["deposits"] == other["deposits"] == [{"number": str(deposit)}]
    assert kinds(found) == ["DEPOSIT_CLAIMED", "DEPOSIT_CLAIMED", "DEPOSIT_CLAIMED", "DEPOSIT_CLAIM_PAID"]
    assert kinds(other) == ["DEPOSIT_CLAIMED"]
    for each, order, amount in ((found, "O1", 300), (other, "O2", 400)):
        (served,) = [part for part in each["parts"] if part["document"] == f"deposit/{deposit}"]
        assert (served["party"]["reference"], int(served["amount"]["minorUnits"])) == ("M3", amount)
        assert (served["order"]["reference"], served["orderLine"]) == (order, None)
        assert total(each["totals"]) == total(each["parts"])
    (first, *_) = (await desk.ask(LINES, order="O1"))["order"]["lines"]
    assert (await trace(desk, first["id"]))["deposits"] == []  # it names the order, not the line


async def test_the_entry_of_a_claim_leads_to_its_order_and_to_what_it_alone_moved(desk: Desk, deposit: int) -> None:
    *_, served, second, unnamed = await find_entries(desk, "DEPOSIT_CLAIMED")
    (paid,) = await find_entries(desk, "DEPOSIT_CLAIM_PAID")

    found = [await trace(desk, each) for each in (served, second, unnamed, paid)]

    assert [each["order"] and each["order"]["reference"] for each in found] == ["O1", "O2", None, "O1"]
    assert [total(each["parts"]) for each in found] == [300, 400, 500, 0]
    assert [each["deposits"] for each in found] == [[{"number": str(deposit)}]] * 4
    assert [capture["eventId"] for capture in found[0]["captures"]] == ["paid"]


async def test_who_got_a_claim_sees_what_he_got_and_not_whose_deposit_it_was(
    desk: Desk, world: World, deposit: int
) -> None:
    order = (await desk.ask(ORDER, order="O1"))["order"]["id"]
    claimant, owner, other = [await desk.key_of(party) for party in ("M3", "M1", "M2")]
    served, _ = await find_entries(desk, "DEPOSIT_CLAIMED", key=claimant)

    got = await trace(desk, served, key=claimant)
    assert ([each["document"] for each in got["parts"]], total(got["parts"])) == ([None], 300)
    assert (got["deposits"], got["order"]) == ([], None)
    gave = await trace(desk, order, key=owner)
    assert gave["deposits"] == [{"number": str(deposit)}]
    assert [each["kind"] for each in gave["entries"]].count("DEPOSIT_CLAIMED") == 3
    assert {part["party"]["reference"] for part in gave["parts"]} == {"M1"}
    beside = await trace(desk, order, key=other)  # who has a line of the order, and nothing of the deposit
    assert beside["deposits"] == []
    assert not [each for each in beside["entries"] if each["kind"].startswith("DEPOSIT_")]


async def test_claims_are_told_on_pages_and_their_statements_do_not_grow(
    desk: Desk, world: World, deposit: int
) -> None:
    whole = await trace_order(desk, "O1")
    pages, after = [], None
    while True:
        page = await trace_order(desk, "O1", first=1, after=after)
        pages.append(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    told = [each["id"] for page in pages for each in page["entries"]]
    assert sorted(told) == sorted(each["id"] for each in whole["entries"])
    assert sum(total(page["parts"]) for page in pages) == total(whole["parts"])
    assert all(page["totals"] == whole["totals"] for page in pages)

    order = (await desk.ask(ORDER, order="O1"))["order"]["id"]
    before = await count(desk, TRACE, id=order)
    more = [out("CLAIMED", deposit, "0.01", f"more-{place}", party="M3", order="O1") for place in range(20)]
    assert all(isinstance(each, Moved) for each in await discharge(world, *more))
    assert await count(desk, TRACE, id=order) == before
