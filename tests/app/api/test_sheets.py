"""Settlement sheets over the gateway: what the operator sees and does, and what a party sees and says."""

from typing import Any

import asyncpg
import pytest

from ledger.access.model import Role
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_statement_counts import count
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, paid, plan, refunded

LINES = (item("100.00", line="1"), item("50.00", line="2", merchant="M2", delivery="5.00"))
END_OF_MARCH = "2025-04-01T00:00:00+00:00"


@pytest.fixture
async def world(desk: Desk) -> World:
    """In March M1 sells for 100, of which 40 come back, M2 for 50; D2 below D1 brought the customer."""
    world = World(desk.book.database, desk.book.platform_id)
    await world.publish(plan())
    await world.accept(paid("155.00", *LINES, referrer="D2"), SUCCEEDED, refunded("r1", "40.00"))
    return world


async def sheets_of(desk: Desk, **filter: Any) -> list[dict[str, Any]]:
    fields = "nodes { id number status party { reference } }"
    query = f"query($filter: SheetFilterInput) {{ sheets(filter: $filter) {{ {fields} }} }}"
    return (await desk.ask(query, filter=filter))["sheets"]["nodes"]


async def sheet_of(desk: Desk, party: str, *statuses: str) -> dict[str, Any]:
    (found,) = await sheets_of(desk, party=party, status=list(statuses or ["CONFIRM_PENDING"]))
    return found


DETAIL = """query($number: BigInt!) { sheet(number: $number) {
    status role mode currency periodStart periodEnd dueDate lineCount isOverdue
    party { reference } legalEntity { reference } total { amount } payable { amount } netted { amount }
    feeTotals { item entryKind amount { amount } count }
    lines(first: 10) { nodes { amount { amount } accountCode entryKind document documentLine
        fees { item base { amount } rate exact rounding rule amount { amount } } entry { kind } } }
    history { status actor } movements { kind amount { amount } document entries { kind } }
    closingEntry { kind lines { side amount { amount } account { role { code } } } }
} }"""


async def test_a_sheet_shows_what_it_comes_to_fee_by_fee_and_line_by_line(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    number = (await sheet_of(desk, "M1"))["number"]

    sheet = (await desk.ask(DETAIL, number=number))["sheet"]

    assert (sheet["status"], sheet["role"], sheet["mode"], sheet["legalEntity"]["reference"]) == (
        "CONFIRM_PENDING",
        "MERCHANT",
        "AGENCY",
        "LE",
    )
    assert (sheet["periodStart"], sheet["periodEnd"]) == (
        "2025-03-01T00:00:00.000000Z",
        "2025-04-01T00:00:00.000000Z",
    )
    (standing,) = await world.net("2015 M1")
    assert sheet["total"]["amount"] == sheet["payable"]["amount"] == f"{standing / 100:.2f}"
    lines = sheet["lines"]["nodes"]
    assert str(len(lines)) == sheet["lineCount"]
    assert [line["entryKind"] for line in lines] == ["SPLIT", "SPLIT", "REFUND"]
    fees = {total["item"]: total["amount"]["amount"] for total in sheet["feeTotals"]}
    assert fees["GOODS"] == "60.00"
    assert sum(round(float(amount) * 100) for amount in fees.values()) == standing
    for line in lines:
        explained = sum(round(float(fee["amount"]["amount"]) * 100) for fee in line["fees"])
        assert explained == round(float(line["amount"]["amount"]) * 100)
    (commission,) = [fee for line in lines[:2] for fee in line["fees"] if fee["item"] == "COMMISSION"]
    assert commission == {
        "item": "COMMISSION",
        "base": {"amount": "100.00"},
        "rate": "0.08",
        "exact": "800",
        "rounding": "HALF_UP",
        "rule": "test/2025-01-01",
        "amount": {"amount": "-8.00"},
    }
    assert [step["status"] for step in sheet["history"]] == ["OPEN", "CLOSING", "CLOSED", "CONFIRM_PENDING"]
    assert sheet["closingEntry"]["kind"] == "SHEET_CLOSED"


async def test_a_sheet_is_found_by_its_id_or_its_number_and_by_one_of_the_two(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "M1")
    query = "query($id: ID, $number: BigInt) { sheet(id: $id, number: $number) { number } }"
    named = {"number": sheet["number"]}

    assert (await desk.ask(query, id=sheet["id"]))["sheet"] == named
    assert (await desk.ask(query, **named))["sheet"] == named
    assert (await desk.ask(query, id=sheet["id"], key=await desk.key_of("M2")))["sheet"] is None
    assert await desk.refused(query, id=sheet["id"], **named) == "INVALID_INPUT"
    assert await desk.refused(query) == "INVALID_INPUT"


async def test_an_open_sheet_shows_what_stands_on_it_now(desk: Desk, world: World) -> None:
    await world.open_sheets("2025-03-20T00:00:00+00:00")
    number = (await sheet_of(desk, "M1", "OPEN"))["number"]

    sheet = (await desk.ask(DETAIL, number=number))["sheet"]

    (standing,) = await world.net("2010 M1")
    assert (sheet["status"], sheet["total"]["amount"], sheet["lineCount"]) == ("OPEN", f"{standing / 100:.2f}", "3")
    assert len(sheet["lines"]["nodes"]) == 3
    assert {total["item"] for total in sheet["feeTotals"]} >= {"GOODS", "COMMISSION"}


async def test_lines_come_in_pages(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    number = (await sheet_of(desk, "M1"))["number"]
    query = """query($number: BigInt!, $after: String) { sheet(number: $number) {
        lines(first: 2, after: $after) { nodes { entryKind } pageInfo { hasNextPage endCursor } } } }"""

    first = (await desk.ask(query, number=number))["sheet"]["lines"]
    second = (await desk.ask(query, number=number, after=first["pageInfo"]["endCursor"]))["sheet"]["lines"]

    assert [first["nodes"], second["nodes"]] == [
        [{"entryKind": "SPLIT"}, {"entryKind": "SPLIT"}],
        [{"entryKind": "REFUND"}],
    ]
    assert [first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]] == [True, False]


async def test_sheets_are_found_by_what_they_are(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)

    def parties(found: list[dict[str, Any]]) -> set[str]:
        return {sheet["party"]["reference"] for sheet in found}

    closed = ["CONFIRM_PENDING"]
    assert parties(await sheets_of(desk, role="DISTRIBUTOR", status=closed)) == {"D1", "D2"}
    assert parties(await sheets_of(desk, party="M2", status=closed, legalEntity="LE")) == {"M2"}
    assert await sheets_of(desk, legalEntity="LE-JP") == []
    assert parties(await sheets_of(desk, periodTo="2025-03-01T00:00:00Z")) == set()
    assert parties(await sheets_of(desk, periodFrom="2025-03-31T00:00:00Z", status=closed)) >= {"M1", "M2"}


CONFIRM = """mutation($sheet: ID!) { confirmSheet(input: {sheet: $sheet}) {
    replayed sheet { status } userErrors { code } } }"""
DISPUTE = """mutation($input: DisputeSheetInput!) { disputeSheet(input: $input) {
    sheet { status disputes { reason evidenceSha256 lines { position entry { kind } } answer } }
    userErrors { code field } } }"""


async def test_a_party_confirms_its_own_sheet_and_no_other(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    own, other = await sheet_of(desk, "M1"), await sheet_of(desk, "M2")
    key = await desk.key_of("M1")

    confirmed = (await desk.ask(CONFIRM, sheet=own["id"], key=key))["confirmSheet"]
    again = (await desk.ask(CONFIRM, sheet=own["id"], key=key))["confirmSheet"]
    refused = (await desk.ask(CONFIRM, sheet=other["id"], key=key))["confirmSheet"]

    assert confirmed == {"replayed": False, "sheet": {"status": "PAYMENT_PENDING"}, "userErrors": []}
    assert again["replayed"]
    assert refused == {"replayed": False, "sheet": None, "userErrors": [{"code": "SHEET_MISSING"}]}
    assert (await sheet_of(desk, "M2"))["status"] == "CONFIRM_PENDING"


@pytest.mark.parametrize(
    "rest",
    [
        "closeSheets(input: {}) { closed } }",
        "...Rest } fragment Rest on Mutation { ... on Mutation { closeSheets(input: {}) { closed } } }",
    ],
)
async def test_nothing_is_run_of_an_operation_of_which_a_part_is_forbidden(desk: Desk, world: World, rest: str) -> None:
    await world.settle(END_OF_MARCH)
    own, key = await sheet_of(desk, "M1"), await desk.key_of("M1")
    confirm = CONFIRM[: CONFIRM.rindex("}")].replace("($sheet: ID!)", "($sheet: ID!, $all: Boolean!)")
    both = confirm + rest.replace(") { closed", ") @include(if: $all) { closed")

    refused = await desk.refused(both, sheet=own["id"], all=True, key=key)
    before = (await sheet_of(desk, "M1"))["status"]
    done = await desk.ask(both, sheet=own["id"], all=False, key=key)

    assert (refused, before) == ("FORBIDDEN", "CONFIRM_PENDING")
    assert done == {"confirmSheet": {"replayed": False, "sheet": {"status": "PAYMENT_PENDING"}, "userErrors": []}}


async def test_a_party_above_another_sees_its_sheet_and_does_not_speak_for_it(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "D2")
    key = await desk.key_of("D1")

    unseen = await sheet_of(desk, "M1")
    many = """mutation($sheets: [ID!]!) {
        confirmSheets(input: {sheets: $sheets}) { results { userErrors { code field } } } }"""

    seen = (await desk.ask("{ sheets { nodes { party { reference } } } }", key=key))["sheets"]["nodes"]
    refused = (await desk.ask(CONFIRM, sheet=sheet["id"], key=key))["confirmSheet"]
    disputed = (await desk.ask(DISPUTE, input={"sheet": sheet["id"], "reason": "why"}, key=key))["disputeSheet"]
    foreign = (await desk.ask(DISPUTE, input={"sheet": unseen["id"], "reason": "why"}, key=key))["disputeSheet"]
    own = await sheet_of(desk, "D1")
    each = (await desk.ask(many, sheets=[sheet["id"], unseen["id"], own["id"]], key=key))["confirmSheets"]

    assert {each["party"]["reference"] for each in seen} == {"D1", "D2"}
    assert refused["userErrors"] == [{"code": "SHEET_OF_ANOTHER_PARTY"}]
    assert disputed["userErrors"] == [{"code": "SHEET_OF_ANOTHER_PARTY", "field": ["sheet"]}]
    assert foreign["userErrors"] == [{"code": "SHEET_MISSING", "field": ["sheet"]}]
    assert [result["userErrors"] for result in each["results"]] == [
        [{"code": "SHEET_OF_ANOTHER_PARTY", "field": ["sheets", "0"]}],
        [{"code": "SHEET_MISSING", "field": ["sheets", "1"]}],
        [],
    ]
    assert [(await sheet_of(desk, party))["status"] for party in ("D2", "M1")] == ["CONFIRM_PENDING"] * 2


async def test_a_party_sees_nothing_of_other_sheets(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    other = await sheet_of(desk, "M2")
    key = await desk.key_of("M1")

    assert (await desk.ask(DETAIL, number=other["number"], key=key))["sheet"] is None
    assert (await desk.ask("query($id: ID!) { node(id: $id) { id } }", id=other["id"], key=key))["node"] is None


ANSWER = """mutation($sheet: ID!) { answerDispute(input: {sheet: $sheet, answer: "checked", adjustments: ["A-1"]}) {
    sheet { status disputes { answer answeredBy adjustments } } userErrors { code } } }"""


async def test_a_party_disputes_lines_and_the_operator_answers(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "M1")
    key = await desk.key_of("M1")
    lines = "query($id: ID!) { node(id: $id) { ... on Sheet { lines { nodes { position entry { id } } } } } }"
    line = (await desk.ask(lines, id=sheet["id"], key=key))["node"]["lines"]["nodes"][2]
    named = {"entry": line["entry"]["id"], "position": line["position"]}
    said = {"sheet": sheet["id"], "reason": "too much", "lines": [named], "evidenceSha256": "ab" * 32}

    disputed = (await desk.ask(DISPUTE, input=said, key=key))["disputeSheet"]
    adjusted = {
        "kind": "COMPENSATION",
        "party": "M1",
        "legalEntity": "LE",
        "amount": {"amount": "1.00", "currency": "CNY"},
    }
    await desk.ask(
        """mutation($input: ProposeAdjustmentInput!) { proposeAdjustment(input: $input) { userErrors { code } } }""",
        input={**adjusted, "reference": "A-1", "reason": "agreed"},
    )
    misnamed = await desk.ask(ANSWER.replace("A-1", "A-2"), sheet=sheet["id"])
    answered = await desk.ask(ANSWER, sheet=sheet["id"])

    assert misnamed["answerDispute"]["userErrors"] == [{"code": "ADJUSTMENT_MISSING"}]
    assert disputed["userErrors"] == []
    assert disputed["sheet"]["status"] == "DISPUTED"
    (dispute,) = disputed["sheet"]["disputes"]
    assert (dispute["evidenceSha256"], dispute["lines"]) == (
        "ab" * 32,
        [{"position": line["position"], "entry": {"kind": "REFUND"}}],
    )
    (said_back,) = answered["answerDispute"]["sheet"]["disputes"]
    assert (answered["answerDispute"]["sheet"]["status"], said_back["answer"]) == ("CONFIRM_PENDING", "checked")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"reason": " "}, "INVALID_INPUT"),
        ({"evidenceSha256": "xyz"}, "INVALID_INPUT"),
        ({"sheet": "nonsense"}, "ID_INVALID"),
    ],
)
async def test_a_dispute_says_what_it_is_about(desk: Desk, world: World, wrong: dict[str, Any], code: str) -> None:
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "M1")

    answer = (await desk.ask(DISPUTE, input={"sheet": sheet["id"], "reason": "why", **wrong}))["disputeSheet"]

    assert [error["code"] for error in answer["userErrors"]] == [code]
    assert (await sheet_of(desk, "M1"))["status"] == "CONFIRM_PENDING"


async def test_sheets_of_quiet_periods_are_listed_alone_or_left_out(desk: Desk, world: World) -> None:
    for month in (4, 5, 6):
        await world.settle(f"2025-{month:02}-01T00:00:00+00:00")

    closed = await sheets_of(desk, party="M1", quiet=True)
    busy = await sheets_of(desk, party="M1", quiet=False)

    assert [each["status"] for each in closed] == ["COMPLETED", "COMPLETED"]
    assert [each["status"] for each in busy] == ["OPEN", "CONFIRM_PENDING"]
    assert len(await sheets_of(desk, party="M1")) == 4


async def test_many_sheets_are_confirmed_each_on_its_own(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    first, second = await sheet_of(desk, "M1"), await sheet_of(desk, "M2")
    following = (await sheets_of(desk, party="M1", status=["OPEN"]))[0]

    answer = await desk.ask(
        """mutation($sheets: [ID!]!) { confirmSheets(input: {sheets: $sheets}) {
            results { replayed sheet { status } userErrors { code field } } } }""",
        sheets=[first["id"], following["id"], second["id"]],
    )

    results = answer["confirmSheets"]["results"]
    assert [result["sheet"] and result["sheet"]["status"] for result in results] == [
        "PAYMENT_PENDING",
        None,
        "PAYMENT_PENDING",
    ]
    assert results[1]["userErrors"] == [{"code": "SHEET_NOT_PRESENTED", "field": ["sheets", "1"]}]


async def test_a_preview_shows_what_closing_then_does(desk: Desk, world: World) -> None:
    close = """mutation($preview: Boolean!) { closeSheets(input: {preview: $preview}) {
        closed isMore preview { party { reference } total { amount } lineCount } userErrors { code } } }"""

    preview = (await desk.ask(close, preview=True))["closeSheets"]
    assert await sheets_of(desk) == []
    closed = (await desk.ask(close, preview=False))["closeSheets"]

    promised = {
        each["party"]["reference"]: each["total"]["amount"] for each in preview["preview"] if each["lineCount"] != "0"
    }
    done = {sheet.party: f"{sheet.total / 100:.2f}" for sheet in await world.sheets() if sheet.line_count}
    assert closed["userErrors"] == []
    assert closed["closed"] >= len(done)
    assert promised == done


async def test_a_closing_says_how_many_it_left_to_who_has_them(desk: Desk, world: World) -> None:
    close = "mutation { closeSheets(input: {}) { closed left userErrors { code } } }"
    have = "SELECT sheet_id FROM sheet WHERE platform_id = $1 FOR NO KEY UPDATE"
    await world.open_sheets("2025-03-11")
    somebody = await asyncpg.connect(world.database.dsn)

    async with somebody.transaction():
        theirs = await somebody.fetch(have, world.platform_id)
        left = (await desk.ask(close))["closeSheets"]["left"]
    await somebody.close()
    closed = (await desk.ask(close))["closeSheets"]

    assert left == len(theirs) > 0
    assert (closed["left"], closed["closed"] >= left) == (0, True)


async def test_what_was_not_paid_in_time_is_listed(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)

    listed = (await desk.ask("{ overdueSheets { nodes { party { reference } isOverdue } } }"))["overdueSheets"]["nodes"]
    filtered = await sheets_of(desk, overdue=True)
    asked = "{ overdueSheets { nodes { party { reference } } } }"
    own = (await desk.ask(asked, key=await desk.key_of("M1")))["overdueSheets"]

    assert {sheet["party"]["reference"] for sheet in listed} == {"M1", "M2", "A2", "A11", "D1", "D2"}
    assert {sheet["party"]["reference"] for sheet in filtered} == {"M1", "M2", "A2", "A11", "D1", "D2"}
    assert own["nodes"] == [{"party": {"reference": "M1"}}]
    assert all(sheet["isOverdue"] for sheet in listed)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PARTNER])
async def test_who_only_reads_or_submits_confirms_nothing(desk: Desk, world: World, role: Role) -> None:
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "M1")

    assert await desk.refused(CONFIRM, sheet=sheet["id"], key=await make_key(desk.book, role)) == "FORBIDDEN"


PAGE = """query($first: Int!) { sheets(first: $first) { nodes {
    party { reference } total { amount } lineCount feeTotals { item amount { amount } }
    history { status } movements { kind } disputes { reason }
} } }"""


async def test_a_page_of_sheets_takes_as_many_statements_whatever_its_size(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)

    assert await count(desk, PAGE, first=2) == await count(desk, PAGE, first=10)


OVERRIDE = """mutation($sheet: ID!, $reason: String!) { overrideInvoice(input: {sheet: $sheet, reason: $reason}) {
    sheet { status } approval { kind status subject } userErrors { code } } }"""
WRITE_OFF = """mutation($sheet: ID!, $reason: String!) { writeOffSheet(input: {sheet: $sheet, reason: $reason}) {
    sheet { status } approval { kind status subject } userErrors { code } } }"""
COLLECT = """mutation($sheet: ID!, $reason: String!) { collectSheet(input: {sheet: $sheet, reason: $reason}) {
    sheet { status owed { amount } } userErrors { code } } }"""


async def test_paying_without_an_invoice_waits_for_a_second_person(desk: Desk, world: World) -> None:
    await world.earn("M1", 5_000, "2025-03-05", code="2080")
    await world.settle(END_OF_MARCH)
    (sheet,) = await sheets_of(desk, party="M1", role="SUPPLIER", status=["CONFIRM_PENDING"])
    await desk.ask(CONFIRM, sheet=sheet["id"])

    answer = (await desk.ask(OVERRIDE, sheet=sheet["id"], reason="lost in the post"))["overrideInvoice"]

    assert answer == {
        "sheet": {"status": "INVOICE_PENDING"},
        "approval": {"kind": "INVOICE_OVERRIDE", "status": "PENDING", "subject": f"sheet/{sheet['number']}"},
        "userErrors": [],
    }
    refused = (await desk.ask(WRITE_OFF, sheet=sheet["id"], reason="why"))["writeOffSheet"]
    assert refused == {"sheet": None, "approval": None, "userErrors": [{"code": "SHEET_STATUS"}]}


async def test_a_debt_is_collected_or_given_up_by_two_persons(desk: Desk, world: World) -> None:
    await world.earn("M3", -5_000, "2025-03-05")
    await world.settle(END_OF_MARCH)
    sheet = await sheet_of(desk, "M3")
    await desk.ask(CONFIRM, sheet=sheet["id"])

    collecting = (await desk.ask(COLLECT, sheet=sheet["id"], reason="gone"))["collectSheet"]
    given_up = (await desk.ask(WRITE_OFF, sheet=sheet["id"], reason="bankrupt"))["writeOffSheet"]

    assert collecting == {"sheet": {"status": "COLLECTING", "owed": {"amount": "50.00"}}, "userErrors": []}
    assert given_up["approval"]["status"] == "PENDING"
    assert given_up["sheet"] == {"status": "COLLECTING"}


async def test_a_sheet_on_demand_is_ended_and_closed(desk: Desk, world: World) -> None:
    await world.set_terms(party="M3", cycle="ON_DEMAND")
    await world.earn("M3", 700, "2025-03-05")
    await world.open_sheets("2025-03-06")
    sheet = await sheet_of(desk, "M3", "OPEN")
    end = "mutation($sheet: ID!) { endSheet(input: {sheet: $sheet}) { sheet { status } userErrors { code } } }"

    ended = (await desk.ask(end, sheet=sheet["id"]))["endSheet"]
    await desk.ask("mutation { closeSheets(input: {}) { closed userErrors { code } } }")

    assert ended == {"sheet": {"status": "OPEN"}, "userErrors": []}
    assert (await sheet_of(desk, "M3"))["number"] == sheet["number"]
    monthly = (await sheets_of(desk, party="M1", status=["OPEN"]))[0]
    refused = (await desk.ask(end, sheet=monthly["id"]))["endSheet"]
    assert refused["userErrors"] == [{"code": "SHEET_NOT_ON_DEMAND"}]
