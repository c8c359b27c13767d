"""Receipts over the gateway: recorded, matched against what is owed, unmatched, matched again."""

import asyncio
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.access.model import Role
from ledger.actor import Actor
from ledger.settlement.receipts.parsing import parse_bank_receipt
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.sheets.closing import close_sheets
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.model import TermsChange
from ledger.settlement.terms.parsing import parse_change
from tests.app.api.gateway import Desk, make_key
from tests.app.api.test_statement_counts import count

SYSTEM = Actor("system")
NOW = datetime(2025, 2, 2, tzinfo=UTC)
Given = dict[str, Any]

RECEIPT = """reference legalEntity { reference name } bankAccount payer valueDate recordedBy amount { amount currency }
    matched { amount } unidentified { amount } entry { kind }"""
MATCH = """amount { amount } reference matchedBy matchedAt unmatchedBy unmatchedAt unmatchedReason
    receipt { reference unidentified { amount } } sheet { status owed { amount } collected { amount } }
    entry { sequence } unmatchingEntry { sequence }"""
RECORD = f"""mutation($input: RecordReceiptsInput!) {{ recordReceipts(input: $input) {{
    results {{ replayed receipt {{ id {RECEIPT} }} userErrors {{ code field }} }} userErrors {{ code field }} }} }}"""
MATCH_ONE = f"""mutation($input: MatchReceiptInput!) {{ matchReceipt(input: $input) {{
    replayed match {{ id {MATCH} }} userErrors {{ code field }} }} }}"""
UNMATCH = f"""mutation($input: UnmatchReceiptInput!) {{ unmatchReceipt(input: $input) {{
    replayed match {{ id {MATCH} }} userErrors {{ code field }} }} }}"""
RECEIPTS = """query($legalEntity: String, $open: Boolean, $first: Int, $after: String, $last: Int, $before: String) {
    receipts(
        filter: {legalEntity: $legalEntity, open: $open}, first: $first, after: $after, last: $last, before: $before
    ) {
        nodes { reference unidentified { amount } matches { amount { amount } unmatchedAt sheet { owed { amount } } } }
        pageInfo { hasNextPage startCursor endCursor } } }"""
ONE = f"query($reference: String!) {{ receipt(reference: $reference) {{ {RECEIPT} matches {{ {MATCH} }} }} }}"
NODE = "query($id: ID!) { node(id: $id) { id } }"
SHEET = f"query($id: ID!) {{ node(id: $id) {{ ... on Sheet {{ receiptMatches {{ {MATCH} }} }} }} }}"
EVENTS = "{ events(first: 100) { edges { node { kind subject payload } } } }"
QUEUES = "{ workQueues { queue count } }"
RETURN = """mutation($input: ReturnReceiptInput!) { returnReceipt(input: $input) {
    replayed return { id reference amount { amount currency } reason returnedBy entry { kind } receipt { reference } }
    receipt { returned { amount } unidentified { amount } ageDays } approval { id status kind amount { amount } }
    userErrors { code field } } }"""
TOLERATE = """mutation($input: SetReceiptToleranceInput!) { setReceiptTolerance(input: $input) {
    replayed tolerance { amount currency } userErrors { code field } } }"""
ASSIGN = """mutation($input: AssignReceiptInput!) { assignReceipt(input: $input) {
    replayed receipt { owner reason } userErrors { code field } } }"""
OLD = {
    "reference": "OLD",
    "legalEntity": "LE",
    "bankAccount": "BOC-1",
    "currency": "CNY",
    "amount": "1.00",
    "valueDate": "2025-02-01",
}
CARE = """query($overdue: Boolean = false, $owner: String, $until: Instant) {
    receipts(first: 100, filter: {overdue: $overdue, owner: $owner, recordedUntil: $until}) {
        nodes { reference reason owner recordedAt deadline ageDays isOverdue
            returns { reference amount { amount } } } } }"""


def receipt(amount: str, reference: str = "R1", *, currency: str = "CNY", **more: Any) -> Given:
    return {
        "reference": reference,
        "legalEntity": "LE",
        "bankAccount": "BOC-1",
        "amount": {"amount": amount, "currency": currency},
        "valueDate": "2025-02-01",
        **more,
    }


async def do(desk: Desk, mutation: str, given: Given, *, key: str | None = None) -> Given:
    """What the one mutation of the text answers."""
    (answer,) = (await desk.ask(mutation, input=given, key=key)).values()
    assert isinstance(answer, dict)
    return answer


async def record(desk: Desk, *receipts: Given) -> list[Given]:
    """Record receipts that are accepted."""
    results = (await do(desk, RECORD, {"receipts": list(receipts)}))["results"]
    assert [each["userErrors"] for each in results] == [[] for _ in receipts]
    return [each["receipt"] for each in results]


async def match(desk: Desk, given: Given, sheet: str, *, reference: str = "T1", amount: str = "") -> Given:
    some = {"amount": {"amount": amount, "currency": "CNY"}} if amount else {}
    return await do(desk, MATCH_ONE, {"reference": reference, "receipt": given["id"], "sheet": sheet, **some})


async def owing(desk: Desk, amount: int, *, party: str = "M1") -> str:
    """The id of the sheet of a party that owes so much, carried forward."""
    change = parse_change(
        {"party": party, "role": "MERCHANT", "confirmation": "NONE", "validFrom": "2019-01-01", "effect": "NOW"}
    )
    assert isinstance(change, TermsChange)
    book = desk.book
    async with book.database.write(book.platform_id) as conn:
        await change_terms(conn, changes=[change], actor=SYSTEM, now=NOW)
    await book.post(f"D 2010/{party} {amount}, C 1100 {amount}", day=date(2025, 1, 15))
    await close_sheets(book.database, platform_id=book.platform_id, actor=SYSTEM, now=NOW)
    asked = "query($party: String) { sheets(first: 100, filter: {party: $party}) { nodes { id total { amount } } } }"
    listed = (await desk.ask(asked, party=party))["sheets"]["nodes"]
    (found,) = [each["id"] for each in listed if each["total"]["amount"] == f"-{amount / 100:.2f}"]
    return str(found)


async def test_a_receivable_is_cleared_and_owed_again_over_the_gateway(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    first, second = await record(desk, receipt("70.00"), receipt("60.00", "R2", payer="王芳"))
    assert {key: value for key, value in second.items() if key not in ("id", "recordedBy")} == {
        "reference": "R2",
        "legalEntity": {"reference": "LE", "name": "Legal entity"},
        "bankAccount": "BOC-1",
        "payer": "王芳",
        "valueDate": "2025-02-01",
        "amount": {"amount": "60.00", "currency": "CNY"},
        "matched": {"amount": "0.00"},
        "unidentified": {"amount": "60.00"},
        "entry": {"kind": "RECEIPT_RECORDED"},
    }

    whole = await match(desk, first, sheet)
    rest = await match(desk, second, sheet, reference="T2")

    assert [each["match"]["amount"]["amount"] for each in (whole, rest)] == ["70.00", "50.00"]
    assert rest["match"]["receipt"] == {"reference": "R2", "unidentified": {"amount": "10.00"}}
    cleared = {"status": "COLLECTED", "owed": {"amount": "0.00"}, "collected": {"amount": "120.00"}}
    assert rest["match"]["sheet"] == cleared

    undoing = {"match": rest["match"]["id"], "reason": "Paid for another shop."}
    undone, again = await do(desk, UNMATCH, undoing), await do(desk, UNMATCH, undoing)

    assert (undone["replayed"], again["replayed"]) == (False, True)
    assert undone["match"] == again["match"]
    assert undone["match"]["receipt"]["unidentified"] == {"amount": "60.00"}
    assert undone["match"]["sheet"]["owed"] == {"amount": "50.00"}
    assert undone["match"]["unmatchedReason"] == "Paid for another shop."
    assert undone["match"]["unmatchedBy"] == second["recordedBy"]
    assert int(undone["match"]["unmatchingEntry"]["sequence"]) > int(undone["match"]["entry"]["sequence"])

    anew = await match(desk, second, sheet, reference="T3")

    assert (anew["match"]["amount"], anew["match"]["sheet"]) == ({"amount": "50.00"}, cleared)
    on_sheet = (await desk.ask(SHEET, id=sheet))["node"]["receiptMatches"]
    assert [(each["reference"], each["unmatchedAt"] is None) for each in on_sheet] == [
        ("T1", True),
        ("T2", False),
        ("T3", True),
    ]
    shown = (await desk.ask(ONE, reference="R2"))["receipt"]
    assert [each["reference"] for each in shown["matches"]] == ["T2", "T3"]
    assert (shown["matched"], shown["unidentified"]) == ({"amount": "50.00"}, {"amount": "10.00"})


async def test_the_same_again_is_a_replay(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))
    before = await match(desk, given, sheet, amount="20.00")

    results = (await do(desk, RECORD, {"receipts": [receipt("70.00"), receipt("71.00"), receipt("1.00", "R2")]}))[
        "results"
    ]
    again = await match(desk, given, sheet, amount="20.00")
    other = await match(desk, given, sheet, amount="21.00")

    assert [(each["replayed"], [error["code"] for error in each["userErrors"]]) for each in results] == [
        (True, []),
        (False, ["RECEIPT_CONFLICT"]),
        (False, []),
    ]
    assert again == {**before, "replayed": True}
    assert other["userErrors"] == [{"code": "RECEIPT_MATCH_CONFLICT", "field": ["reference"]}]


async def test_each_receipt_and_match_that_is_refused_says_where(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))
    bad = [
        receipt("1.00", "B1", legalEntity="M1"),
        receipt("0.00", "B2"),
        receipt("1.001", "B3"),
        receipt("1.00", "", payer="x"),
        receipt("1.00", "B4", valueDate="2999-01-01"),
        receipt("1.00", "B5", payer="a\nb"),
        receipt("1.00", "G1"),
    ]

    results = (await do(desk, RECORD, {"receipts": bad}))["results"]
    too_many = await do(desk, RECORD, {"receipts": [receipt("1.00", f"N{number}") for number in range(101)]})

    assert [[(error["code"], error["field"][2:]) for error in each["userErrors"]] for each in results] == [
        [("BOOK_MISSING", ["legalEntity"])],
        [("AMOUNT_NOT_POSITIVE", ["amount", "amount"])],
        [("AMOUNT_TOO_PRECISE", ["amount", "amount"])],
        [("INVALID_INPUT", ["reference"])],
        [("RECEIPT_FROM_TOMORROW", ["valueDate"])],
        [("INVALID_INPUT", ["payer"])],
        [],
    ]
    assert too_many["userErrors"] == [{"code": "INVALID_INPUT", "field": ["receipts"]}]
    refused = [
        await match(desk, given, sheet, amount="70.01"),
        await match(desk, given, given["id"]),
        await match(desk, {"id": sheet}, sheet),
        await do(desk, UNMATCH, {"match": sheet, "reason": "x"}),
        await do(desk, UNMATCH, {"match": "nonsense", "reason": "x"}),
    ]
    assert [each["userErrors"] for each in refused] == [
        [{"code": "RECEIPT_EXCEEDED", "field": ["amount"]}],
        [{"code": "ID_INVALID", "field": ["sheet"]}],
        [{"code": "ID_INVALID", "field": ["receipt"]}],
        [{"code": "ID_INVALID", "field": ["match"]}],
        [{"code": "ID_INVALID", "field": ["match"]}],
    ]
    assert all(each["match"] is None for each in refused)


async def test_nothing_of_another_platform_is_matched(desk: Desk, other_desk: Desk) -> None:
    sheet, foreign_sheet = await owing(desk, 12_000), await owing(other_desk, 12_000)
    (given,), (foreign,) = await record(desk, receipt("70.00")), await record(other_desk, receipt("70.00"))
    made = await match(other_desk, foreign, foreign_sheet)

    answers = [
        await match(desk, foreign, sheet),
        await match(desk, given, foreign_sheet),
        await do(desk, UNMATCH, {"match": made["match"]["id"], "reason": "x"}),
    ]

    codes = ["RECEIPT_MISSING", "SHEET_MISSING", "RECEIPT_MATCH_MISSING"]
    assert [each["userErrors"][0]["code"] for each in answers] == codes
    assert (await desk.ask(NODE, id=foreign["id"]))["node"] is None


async def test_receipts_are_listed_in_pages_and_by_what_is_open(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    receipts = await record(desk, *(receipt("70.00", f"R{number}") for number in range(1, 5)))
    await record(desk, receipt("500", "J1", currency="JPY", legalEntity="LE-JP"))
    await match(desk, receipts[1], sheet)
    await match(desk, receipts[2], sheet, reference="T2")

    async def names(**asked: Any) -> list[str]:
        return [node["reference"] for node in (await desk.ask(RECEIPTS, **asked))["receipts"]["nodes"]]

    page = (await desk.ask(RECEIPTS, first=2))["receipts"]
    rest = (await desk.ask(RECEIPTS, first=9, after=page["pageInfo"]["endCursor"]))["receipts"]
    back = (await desk.ask(RECEIPTS, last=1, before=rest["pageInfo"]["startCursor"]))["receipts"]
    assert [node["reference"] for node in page["nodes"] + rest["nodes"]] == ["J1", "R4", "R3", "R2", "R1"]
    assert [node["reference"] for node in back["nodes"]] == ["R4"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert await names(open=True) == ["J1", "R4", "R3", "R1"]
    assert await names(open=False) == ["R2"]
    assert await names(legalEntity="LE", open=True) == ["R4", "R3", "R1"]
    queues = {each["queue"]: each["count"] for each in (await desk.ask(QUEUES))["workQueues"]}
    assert queues["RECEIPTS_UNIDENTIFIED"] == 4


async def test_a_party_sees_what_was_cleared_of_its_sheet_and_nothing_of_the_receipt(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00", payer="Wang Fang"))
    made = await match(desk, given, sheet, amount="20.00")
    await do(desk, UNMATCH, {"match": made["match"]["id"], "reason": "Of M2."})
    own, other = await desk.key_of("M1"), await desk.key_of("M2")

    (seen,) = (await desk.ask(SHEET, id=sheet, key=own))["node"]["receiptMatches"]

    assert seen["amount"] == {"amount": "20.00"}
    assert seen["unmatchedAt"] is not None
    hidden = ("reference", "matchedBy", "unmatchedBy", "unmatchedReason", "receipt")
    assert [seen[name] for name in hidden] == [None] * len(hidden)
    for key in (own, other):
        assert (await desk.ask(RECEIPTS, key=key))["receipts"]["nodes"] == []
        assert (await desk.ask(ONE, reference="R1", key=key))["receipt"] is None
        assert (await desk.ask(NODE, id=given["id"], key=key))["node"] is None
    assert (await desk.ask(NODE, id=made["match"]["id"], key=own))["node"] == {"id": made["match"]["id"]}
    assert (await desk.ask(NODE, id=made["match"]["id"], key=other))["node"] is None
    assert (await desk.ask(SHEET, id=sheet, key=other))["node"] is None
    told = {
        key: [edge["node"] for edge in (await desk.ask(EVENTS, key=key))["events"]["edges"]] for key in (own, other)
    }
    of_receipts = [each for each in told[own] if each["kind"].startswith("receipt.")]
    assert [each["kind"] for each in of_receipts] == ["receipt.matched", "receipt.unmatched"]
    for each in of_receipts:
        facts = each["payload"] if isinstance(each["payload"], dict) else json.loads(each["payload"])
        assert "Of M2." not in str(facts)
        assert "R1" not in str(facts)
        assert facts["amount"] == "20.00"
    assert [each for each in told[other] if each["kind"].startswith("receipt.")] == []


async def test_operators_write_and_auditors_read(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))
    made = await match(desk, given, sheet)
    auditor = await make_key(desk.book, Role.AUDITOR)
    matching = {"reference": "T2", "receipt": given["id"], "sheet": sheet}

    for key in (auditor, await make_key(desk.book, Role.PARTNER), await desk.key_of("M1")):
        assert await desk.refused(RECORD, key=key, input={"receipts": [receipt("1.00", "R9")]}) == "FORBIDDEN"
        assert await desk.refused(MATCH_ONE, key=key, input=matching) == "FORBIDDEN"
        assert await desk.refused(UNMATCH, key=key, input={"match": made["match"]["id"], "reason": "x"}) == "FORBIDDEN"

    (shown,) = (await desk.ask(RECEIPTS, key=auditor))["receipts"]["nodes"]
    assert (shown["reference"], shown["unidentified"]) == ("R1", {"amount": "0.00"})
    assert len(shown["matches"]) == 1


async def test_a_surplus_is_given_back_once(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("130.00"))
    await match(desk, given, sheet)
    asked = {"receipt": given["id"], "reference": "B1", "reason": "Too much."}

    done, again = await do(desk, RETURN, asked), await do(desk, RETURN, asked)
    refused = await do(desk, RETURN, {**asked, "reference": "B2"})
    other = await do(desk, RETURN, {**asked, "amount": {"amount": "9.00", "currency": "CNY"}})

    back = done["return"]
    assert {key: value for key, value in back.items() if key not in ("id", "returnedBy")} == {
        "reference": "B1",
        "amount": {"amount": "10.00", "currency": "CNY"},
        "reason": "Too much.",
        "entry": {"kind": "RECEIPT_RETURNED"},
        "receipt": {"reference": "R1"},
    }
    assert done["receipt"] == {"returned": {"amount": "10.00"}, "unidentified": {"amount": "0.00"}, "ageDays": None}
    assert again == {**done, "replayed": True}
    assert refused["userErrors"] == [{"code": "RECEIPT_EMPTY", "field": ["receipt"]}]
    assert other["userErrors"] == [{"code": "RECEIPT_RETURN_CONFLICT", "field": ["reference"]}]
    assert (await desk.ask(NODE, id=back["id"]))["node"] == {"id": back["id"]}
    for key in (await desk.key_of("M1"), await desk.key_of("M2")):
        assert (await desk.ask(NODE, id=back["id"], key=key))["node"] is None
        told = [edge["node"]["kind"] for edge in (await desk.ask(EVENTS, key=key))["events"]["edges"]]
        assert "receipt.returned" not in told
        assert await desk.refused(RETURN, key=key, input=asked) == "FORBIDDEN"
    (shown,) = (await desk.ask(CARE))["receipts"]["nodes"]
    assert shown["returns"] == [{"reference": "B1", "amount": {"amount": "10.00"}}]


async def test_a_small_rest_goes_with_a_match_and_its_party_sees_it(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("119.97"))
    asked = {"reference": "T1", "receipt": given["id"], "sheet": sheet, "clearRest": True}
    clear = MATCH_ONE.replace("match { id", "match { rest { amount } restEntry { kind } id")

    refused = await do(desk, clear, asked)
    said = {"legalEntity": "LE", "tolerance": {"amount": "0.05", "currency": "CNY"}}
    tolerated, same = await do(desk, TOLERATE, said), await do(desk, TOLERATE, said)
    none = await do(desk, TOLERATE, {"legalEntity": "M1", "tolerance": {"amount": "0.05", "currency": "CNY"}})
    cleared = (await do(desk, clear, asked))["match"]

    assert refused["userErrors"] == [{"code": "RECEIPT_REST_TOO_LARGE", "field": ["clearRest"]}]
    assert tolerated == {"replayed": False, "tolerance": {"amount": "0.05", "currency": "CNY"}, "userErrors": []}
    assert same["replayed"] is True
    assert none["userErrors"] == [{"code": "BOOK_MISSING", "field": ["legalEntity"]}]
    assert (cleared["rest"], cleared["restEntry"]) == ({"amount": "0.03"}, {"kind": "RECEIPT_REST_CLEARED"})
    assert cleared["sheet"]["status"] == "COLLECTED"
    own = await desk.key_of("M1")
    seen = "query($id: ID!) { node(id: $id) { ... on Sheet { receiptMatches { rest { amount } reference } } } }"
    (match_seen,) = (await desk.ask(seen, id=sheet, key=own))["node"]["receiptMatches"]
    assert match_seen == {"rest": {"amount": "0.03"}, "reference": None}
    listed = "{ receiptTolerances { legalEntity { reference } tolerance { amount currency } } }"
    tolerances = {"legalEntity": {"reference": "LE"}, "tolerance": {"amount": "0.05", "currency": "CNY"}}
    assert (await desk.ask(listed))["receiptTolerances"] == [tolerances]
    assert (await desk.ask(listed, key=own))["receiptTolerances"] == []
    assert await desk.refused(TOLERATE, key=own, input=said) == "FORBIDDEN"


async def test_what_is_unidentified_has_an_owner_a_reason_and_an_age(desk: Desk) -> None:
    first, _ = await record(desk, receipt("70.00", owner="Li Na", reason="No name."), receipt("60.00", "R2"))

    done = await do(desk, ASSIGN, {"receipt": first["id"], "owner": "Wang"})
    nothing = await do(desk, ASSIGN, {"receipt": first["id"]})

    assert done["receipt"] == {"owner": "Wang", "reason": "No name."}
    assert nothing["userErrors"] == [{"code": "INVALID_INPUT", "field": ["owner"]}]
    (shown,) = (await desk.ask(CARE, owner="Wang"))["receipts"]["nodes"]
    recorded, deadline = (datetime.fromisoformat(shown[name]) for name in ("recordedAt", "deadline"))
    assert (shown["ageDays"], shown["isOverdue"], (deadline - recorded).days) == (0, False, 30)
    assert (await desk.ask(CARE, overdue=True))["receipts"]["nodes"] == []
    assert (await desk.ask(CARE, until="2020-01-01T00:00:00Z"))["receipts"]["nodes"] == []
    book = desk.book
    early = [parse_bank_receipt(document) for document in (OLD, {**OLD, "reference": "OLD-2"})]
    async with book.database.write(book.platform_id) as conn:
        await record_receipts(conn, drafts=early, actor=SYSTEM, now=datetime(2025, 2, 2, tzinfo=UTC))
    overdue = (await desk.ask(CARE, overdue=True))["receipts"]["nodes"]
    assert [(each["reference"], each["isOverdue"], each["owner"]) for each in overdue] == [
        ("OLD-2", True, "system"),
        ("OLD", True, "system"),
    ]
    assert all(each["ageDays"] > 30 for each in overdue)
    queues = {each["queue"]: each["count"] for each in (await desk.ask(QUEUES))["workQueues"]}
    assert (queues["RECEIPTS_UNIDENTIFIED"], queues["RECEIPTS_OVERDUE"]) == (4, 2)


async def test_two_who_match_the_same_money_at_once_do_not_both_get_it(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))

    answers = await asyncio.gather(
        *(match(desk, given, sheet, reference=f"T{number}", amount="40.00") for number in range(3))
    )

    codes = [error["code"] for each in answers for error in each["userErrors"]]
    assert codes == ["RECEIPT_EXCEEDED"] * 2
    assert (await desk.ask(ONE, reference="R1"))["receipt"]["unidentified"] == {"amount": "30.00"}


@pytest.mark.parametrize("query", [RECEIPTS])
async def test_statements_do_not_grow_with_the_page(desk: Desk, query: str) -> None:
    sheets = [await owing(desk, 12_000), await owing(desk, 12_000, party="M2")]
    receipts = await record(desk, *(receipt("5.00", f"R{number}") for number in range(12)))
    for place, given in enumerate(receipts):
        await match(desk, given, sheets[place % 2], reference=f"T{place}", amount="1.00")

    small, large = await count(desk, query, first=2), await count(desk, query, first=12)

    assert small == large <= 5
