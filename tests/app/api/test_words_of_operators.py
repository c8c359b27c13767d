"""What the operator's people say to each other, and who they are, is nothing that a party's key reads."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.settlement.sheets.closing import close_sheets
from tests.app.api.gateway import Desk
from tests.app.api.test_approvals import define, people, say, seen
from tests.app.api.test_receipts import SYSTEM, UNMATCH, do, match, owing, receipt, record
from tests.app.api.test_sheets import CONFIRM, DISPUTE, END_OF_MARCH, sheet_of, world
from tests.ledger.settlement.sheets.world import World

__all__ = ["people", "world"]

STEPS = """query($id: ID!) { node(id: $id) { ... on Sheet {
    history { status reason actor } disputes { reason openedBy answer answeredBy } } } }"""
INBOX = "{ approvals(filter: {status: PENDING}) { nodes { id digest } } }"
REJECT = "mutation($input: RejectInput!) { reject(input: $input) { results { userErrors { code } } } }"
PROPOSE = "mutation($input: ProposeAdjustmentInput!) { proposeAdjustment(input: $input) { userErrors { code } } }"
ADJUSTMENTS = "{ adjustments { nodes { status reason rejection proposedBy decidedBy } } }"
ENTRIES = """query($filter: EntryFilterInput) { entries(filter: $filter) { nodes { kind document cause } } }"""
EVENTS = '{ events(types: ["receipt.matched", "receipt.unmatched"]) { nodes { kind subject payload } } }'


async def steps_of(desk: Desk, sheet: dict[str, Any], *, key: str | None = None) -> dict[str, tuple[Any, Any]]:
    """By what a sheet became, why and through whom, as the key is told."""
    history = (await desk.ask(STEPS, id=sheet["id"], key=key))["node"]["history"]
    return {step["status"]: (step["reason"], step["actor"]) for step in history}


@pytest.mark.parametrize(("says", "became"), [("APPROVE", "APPROVED"), ("REJECT", "CONFIRMED")])
async def test_a_party_is_not_told_what_an_approver_said(
    desk: Desk, world: World, people: dict[str, str], says: str, became: str
) -> None:
    await define(desk, people["ann"], "SHEET", {"approvers": ["bob"]})
    await world.settle(END_OF_MARCH)
    sheet, key = await sheet_of(desk, "M1"), await desk.key_of("M1")
    await desk.ask(CONFIRM, sheet=sheet["id"], key=key)

    (asked,) = (await desk.ask(INBOX, key=people["bob"]))["approvals"]["nodes"]
    if says == "APPROVE":
        await say(desk, people["bob"], asked, comment="they look shaky")
    else:
        await desk.ask(REJECT, key=people["bob"], input={"approvals": seen(asked), "comment": "they look shaky"})

    reason, actor = (await steps_of(desk, sheet))[became]
    assert (reason.endswith("they look shaky"), actor) == (True, "bob")
    assert (await steps_of(desk, sheet, key=key))[became] == (None, None)


async def test_a_party_is_told_its_own_words_and_those_of_rules(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    sheet, key = await sheet_of(desk, "M1"), await desk.key_of("M1")
    me = (await desk.ask("{ viewer { actor } }", key=key))["viewer"]["actor"]

    await desk.ask(DISPUTE, input={"sheet": sheet["id"], "reason": "too little"}, key=key)
    answer = "mutation($input: AnswerDisputeInput!) { answerDispute(input: $input) { userErrors { code } } }"
    await desk.ask(answer, input={"sheet": sheet["id"], "answer": "it is right"})

    told = (await desk.ask(STEPS, id=sheet["id"], key=key))["node"]
    assert told["disputes"] == [
        {"reason": "too little", "openedBy": me, "answer": "it is right", "answeredBy": None},
    ]
    assert ("too little", me) in [(step["reason"], step["actor"]) for step in told["history"]]


async def test_a_party_is_not_told_why_an_adjustment_of_its_was_refused(desk: Desk, people: dict[str, str]) -> None:
    await define(desk, people["ann"], "ADJUSTMENT", {"approvers": ["bob"]})
    given = {"kind": "PENALTY", "party": "M1", "legalEntity": "LE", "reference": "X", "reason": "late"}
    await desk.ask(PROPOSE, key=people["ann"], input={**given, "amount": {"amount": "3.00", "currency": "CNY"}})
    (asked,) = (await desk.ask(INBOX, key=people["bob"]))["approvals"]["nodes"]

    await desk.ask(REJECT, key=people["bob"], input={"approvals": seen(asked), "comment": "they would sue"})

    facts = {"status": "REJECTED", "reason": "late"}
    whole = (await desk.ask(ADJUSTMENTS))["adjustments"]["nodes"]
    part = (await desk.ask(ADJUSTMENTS, key=await desk.key_of("M1")))["adjustments"]["nodes"]
    assert whole == [{**facts, "rejection": "they would sue", "proposedBy": "ann", "decidedBy": "bob"}]
    assert part == [{**facts, "rejection": None, "proposedBy": None, "decidedBy": None}]


async def test_an_entry_and_an_event_do_not_name_the_receipt_that_cleared_a_debt(desk: Desk) -> None:
    sheet = await owing(desk, 12_000)
    (given,) = await record(desk, receipt("70.00"))
    made = await match(desk, given, sheet, amount="20.00")
    await do(desk, UNMATCH, {"match": made["match"]["id"], "reason": "Of M2."})
    key = await desk.key_of("M1")

    entries = (await desk.ask(ENTRIES, filter={"kind": "RECEIPT_MATCHED"}, key=key))["entries"]["nodes"]
    events = (await desk.ask(EVENTS, key=key))["events"]["nodes"]
    (known,) = (await desk.ask(ENTRIES, filter={"kind": "RECEIPT_MATCHED"}))["entries"]["nodes"]
    named = (await desk.ask(ENTRIES, filter={"document": known["document"]}, key=key))["entries"]["nodes"]

    assert known["document"].startswith("receipt/")
    assert known["cause"].startswith(known["document"])
    assert entries == [{"kind": "RECEIPT_MATCHED", "document": None, "cause": None}]
    assert [(event["kind"], event["subject"]) for event in events] == [
        ("receipt.matched", None),
        ("receipt.unmatched", None),
    ]
    assert named == []


async def test_a_partys_key_finds_no_entry_by_the_key_it_was_posted_under(desk: Desk) -> None:
    await desk.book.owe("M1", 500, key="the operator's")
    by_key = {"idempotencyKey": "the operator's"}

    assert len((await desk.ask(ENTRIES, filter=by_key))["entries"]["nodes"]) == 1
    assert await desk.refused(ENTRIES, filter=by_key, key=await desk.key_of("M1")) == "INVALID_INPUT"


async def test_a_line_that_is_not_on_a_sheet_is_refused_without_its_place_in_the_log(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    sheet, key = await sheet_of(desk, "M1"), await desk.key_of("M1")
    closing = "query($id: ID!) { node(id: $id) { ... on Sheet { closingEntry { id sequence } } } }"
    entry = (await desk.ask(closing, id=sheet["id"], key=key))["node"]["closingEntry"]
    dispute = DISPUTE.replace("code field", "code field message")
    said = {"sheet": sheet["id"], "reason": "why", "lines": [{"entry": entry["id"], "position": 1}]}

    refused = (await desk.ask(dispute, input=said, key=key))["disputeSheet"]

    assert entry["sequence"] is None
    assert refused["userErrors"] == [
        {
            "code": "SHEET_LINE_MISSING",
            "field": ["lines", "0"],
            "message": f"Line 1 of the entry that is named is not on sheet {sheet['number']}.",
        }
    ]


AGREE = "mutation($input: AgreeDepositInput!) { agreeDeposit(input: $input) { userErrors { code } } }"
RECEIVE = """mutation($input: RecordDepositReceiptInput!) { recordDepositReceipt(input: $input) {
    slices { id } userErrors { code } } }"""
CLAIM = "mutation($input: ClaimDepositInput!) { claimDeposit(input: $input) { userErrors { code } } }"
CLAIMED = """query($document: String) {
    entries(filter: {kind: "DEPOSIT_CLAIMED"}) { nodes { document cause } }
    found: entries(filter: {document: $document}) { nodes { kind } }
    events(types: ["deposit.claimed"]) { nodes { subject } }
    sheets { nodes { lines { nodes { entryKind document } } } } }"""


async def test_who_is_paid_out_of_anothers_deposit_is_not_told_which(desk: Desk, today: date) -> None:
    of = {"party": "M1", "legalEntity": "LE", "currency": "CNY", "kind": "SECURITY", "legalGround": "clause 7"}
    terms = {"basis": "TARGET", "amount": {"amount": "50.00", "currency": "CNY"}, "months": 3, "shortfall": "WAIT"}
    await do(desk, AGREE, {"reference": "W1", **of, **terms})
    cash = {"agreement": "W1", "reference": "C1", "amount": {"amount": "20.00", "currency": "CNY"}}
    (slice_,) = (await do(desk, RECEIVE, {**cash, "startDate": str(today)}))["slices"]
    claim = {"slice": slice_["id"], "reference": "X1", "party": "M2", "reason": "a broken lamp"}
    assert (await do(desk, CLAIM, claim))["userErrors"] == []
    await close_sheets(desk.book.database, platform_id=desk.book.platform_id, actor=SYSTEM, now=datetime.now(UTC))

    document = (await desk.ask(CLAIMED))["entries"]["nodes"][0]["document"]
    paid = await desk.ask(CLAIMED, document=document, key=await desk.key_of("M2"))
    owner = await desk.ask(CLAIMED, document=document, key=await desk.key_of("M1"))

    assert document.startswith("deposit/")
    assert paid["entries"]["nodes"] == [{"document": None, "cause": None}]
    assert (paid["found"]["nodes"], paid["events"]["nodes"]) == ([], [{"subject": None}])
    lines = [line for sheet in paid["sheets"]["nodes"] for line in sheet["lines"]["nodes"]]
    assert lines == [{"entryKind": "DEPOSIT_CLAIMED", "document": None}]
    assert owner["entries"]["nodes"] == [{"document": document, "cause": None}]
    assert [entry["kind"] for entry in owner["found"]["nodes"]] == ["DEPOSIT_CLAIMED", "DEPOSIT_RECEIVED"]
    assert owner["events"]["nodes"] == [{"subject": document}]


@pytest.mark.parametrize(
    "name", ["deposit/no", "deposit/²", f"deposit/{'9' * 30}", "deposit/", "deposit", "receipt/", "/"]
)
async def test_a_document_that_nobody_has_is_looked_for_in_vain(desk: Desk, name: str) -> None:
    key = await desk.key_of("M1")

    assert (await desk.ask(ENTRIES, filter={"document": name}, key=key))["entries"]["nodes"] == []
