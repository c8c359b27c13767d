"""Holds, deposits, adjustments and "why am I not paid" over the gateway."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.actor import Actor
from ledger.settlement.holds.disputes import follow_disputes, read_disputes
from ledger.settlement.sheets.closing import close_sheets
from tests.app.api.gateway import Desk
from tests.ledger.charging.market import Market
from tests.ledger.settlement.holds.test_disputes import charged_back
from tests.oracle.small_world import SUCCEEDED, paid, plan

ACTOR = Actor("system")
NOW = datetime(2025, 2, 2, tzinfo=UTC)

Given = dict[str, Any]

PLACE = """mutation($input: PlaceHoldInput!) { placeHold(input: $input) { replayed approval { status }
    hold { id reference left { amount } reason legalGround releaseCondition expectedReleaseDate accountCode
        party { reference } history { kind amount { amount } actor entry { kind } } }
    userErrors { code field } } }"""
LIFT = """mutation($input: LiftHoldInput!) { liftHold(input: $input) { replayed amount { amount }
    hold { left { amount } } userErrors { code field } } }"""
HOLDS = """query($party: String, $order: String, $open: Boolean, $first: Int, $after: String) {
    holds(filter: {party: $party, order: $order, open: $open}, first: $first, after: $after) {
        nodes { reference party { reference } } pageInfo { hasNextPage endCursor } } }"""
AGREE = """mutation($input: AgreeDepositInput!) { agreeDeposit(input: $input) { replayed
    agreement { reference kind basis role rate target { amount } months release } userErrors { code field } } }"""
END = """mutation($input: EndDepositAgreementInput!) { endDepositAgreement(input: $input) { replayed
    lapsed { amount currency } agreement { reference endedAt endedBy endReason } approval { status kind content }
    userErrors { code field } } }"""
OPEN = "query($open: Boolean) { depositAgreements(filter: {open: $open}) { nodes { reference } } }"
RECEIVE = """mutation($input: RecordDepositReceiptInput!) { recordDepositReceipt(input: $input) { replayed
    amount { amount } slices { id status left { amount } received { amount } due { amount } releasableDate }
    userErrors { code field } } }"""
BILL = RECEIVE.replace("recordDepositReceipt", "billDeposit")
CLAIM = """mutation($input: ClaimDepositInput!) { claimDeposit(input: $input) { amount { amount } replayed
    slices { left { amount } claimed { amount } status } userErrors { code field } } }"""
PAY = """mutation($input: PayDepositClaimInput!) { payDepositClaim(input: $input) { amount { amount currency }
    replayed slices { claimed { amount } history { kind reference amount { amount } paidAt movedAt reason
        entry { kind } } } userErrors { code field } } }"""
OWED = "query($owed: Boolean!) { depositSlices(filter: {claimsToPay: $owed}) { nodes { id } } }"
RELEASE = """mutation($input: DischargeDepositInput!) { releaseDeposit(input: $input) { amount { amount }
    slices { left { amount } released { amount } status } approval { status } userErrors { code field } } }"""
FORFEIT = RELEASE.replace("releaseDeposit", "forfeitDeposit")
DEPOSITS = """query($party: String, $kind: DepositKind) {
    depositAgreements(filter: {party: $party, kind: $kind}) { nodes {
    reference party { reference } slices { status left { amount }
        history { kind amount { amount } entry { kind } } } } } }"""
SLICES = """query($party: String, $status: DepositStatus, $through: LocalDate, $now: Boolean! = false, $first: Int,
    $after: String, $last: Int, $before: String) {
    depositSlices(filter: {party: $party, status: $status, releasableThrough: $through, releasable: $now},
        first: $first, after: $after, last: $last, before: $before) {
        nodes { releasableDate sheet { id } } pageInfo { endCursor } } }"""
RETAIN = """mutation($input: RetainDepositsInput!) { retainDeposits(input: $input) {
    slices { left { amount } sheet { id } } userErrors { code field } } }"""
QUEUES = "{ workQueues { queue count oldestSince withinDay withinWeek withinMonth older } }"
PROPOSE = """mutation($input: ProposeAdjustmentsInput!) { proposeAdjustments(input: $input) { results { replayed
    adjustment { reference status amount { amount } debitCode creditCode party { reference } counterparty { reference }
        entry { kind } } userErrors { code field } } userErrors { code } } }"""
PROPOSE_ONE = """mutation($input: ProposeAdjustmentInput!) { proposeAdjustment(input: $input) {
    adjustment { status } userErrors { code field } } }"""
ADJUSTMENTS = """query($party: String, $status: AdjustmentStatus, $first: Int, $after: String) {
    adjustments(filter: {party: $party, status: $status}, first: $first, after: $after) {
        nodes { reference counterparty { reference } } pageInfo { hasNextPage endCursor } } }"""
UNPAID = """query($party: String!, $order: String!) { party(reference: $party) {
    unpaid { state accountCode amount { amount } awaits expectedDate ground document sheet { status } }
    whyUnpaid(order: $order) { state amount { amount } } } }"""


def hold(amount: str, reference: str = "H1", **more: Any) -> Given:
    return {
        "reference": reference,
        "party": "M1",
        "legalEntity": "LE",
        "amount": {"amount": amount, "currency": "CNY"},
        "reason": "RISK_REVIEW",
        "legalGround": "Contract 7.2",
        "releaseCondition": "The review is done.",
        "expectedReleaseDate": "2030-02-01",
        **more,
    }


def agreement(**more: Any) -> Given:
    return {
        "reference": "W1",
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "kind": "SECURITY",
        "basis": "TARGET",
        "amount": {"minorUnits": "100000", "currency": "CNY"},
        "months": 12,
        "legalGround": "Contract 9.1",
        **more,
    }


def receipt(amount: str, reference: str = "R1") -> Given:
    money = {"amount": amount, "currency": "CNY"}
    return {"reference": reference, "agreement": "W1", "amount": money, "startDate": "2020-02-29"}


def adjustment(kind: str, amount: str, reference: str, **more: Any) -> Given:
    return {
        "reference": reference,
        "kind": kind,
        "party": "M1",
        "legalEntity": "LE",
        "amount": {"amount": amount, "currency": "CNY"},
        "reason": "Agreed by telephone.",
        **more,
    }


async def do(desk: Desk, mutation: str, given: Given, *, key: str | None = None) -> Given:
    """What the one mutation of the text answers."""
    (answer,) = (await desk.ask(mutation, input=given, key=key)).values()
    assert isinstance(answer, dict)
    return answer


async def place(desk: Desk, given: Given) -> Given:
    answer = await do(desk, PLACE, given)
    assert answer["userErrors"] == [], answer
    found = answer["hold"]
    assert isinstance(found, dict)
    return found


async def test_a_hold_is_placed_shown_and_lifted(desk: Desk) -> None:
    await desk.book.owe("M1", 10_000)

    placed = await place(desk, hold("40.00"))
    lifted = await do(desk, LIFT, {"hold": placed["id"], "reference": "L1", "reason": "Reviewed."})

    assert {key: value for key, value in placed.items() if key != "id"} == {
        "reference": "H1",
        "left": {"amount": "40.00"},
        "reason": "RISK_REVIEW",
        "legalGround": "Contract 7.2",
        "releaseCondition": "The review is done.",
        "expectedReleaseDate": "2030-02-01",
        "accountCode": "2010",
        "party": {"reference": "M1"},
        "history": [
            {
                "kind": "PLACED",
                "amount": {"amount": "40.00"},
                "actor": placed["history"][0]["actor"],
                "entry": {"kind": "HOLD_PLACED"},
            }
        ],
    }
    assert lifted == {
        "replayed": False,
        "amount": {"amount": "40.00"},
        "hold": {"left": {"amount": "0.00"}},
        "userErrors": [],
    }
    again = await do(desk, PLACE, hold("40.00"))
    assert (again["replayed"], again["hold"]["left"]) == (True, {"amount": "0.00"})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount": {"amount": "100.01", "currency": "CNY"}}, ("HOLD_EXCEEDS_PAYABLE", ["amount"])),
        ({"party": "NOBODY"}, ("PARTY_MISSING", ["party"])),
        ({"legalEntity": "M1"}, ("BOOK_MISSING", ["legalEntity"])),
        ({"releaseRule": "BY_DISPUTE"}, ("INVALID_INPUT", ["releaseRule"])),
        ({"legalGround": ""}, ("INVALID_INPUT", ["legalGround"])),
        ({"amount": {"currency": "CNY"}}, ("INVALID_INPUT", ["amount"])),
        ({"accountCode": "1010"}, ("INVALID_INPUT", ["accountCode"])),
        ({"sheet": "no id"}, ("ID_INVALID", ["sheet"])),
        ({"line": "1"}, ("INVALID_INPUT", ["order"])),
        ({"order": "O9"}, ("NAMED_ORDER_MISSING", ["order"])),
    ],
)
async def test_a_bad_hold_is_a_typed_answer(desk: Desk, change: Given, error: tuple[str, list[str]]) -> None:
    await desk.book.owe("M1", 10_000)

    answer = await do(desk, PLACE, {**hold("1.00"), **change})

    assert answer["hold"] is None
    assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [error]


async def test_lifting_is_refused_by_name(desk: Desk) -> None:
    await desk.book.owe("M1", 10_000)
    placed = await place(desk, hold("40.00"))
    step = {"hold": placed["id"], "reference": "L1", "reason": "Reviewed."}

    too_much = await do(desk, LIFT, {**step, "amount": {"amount": "40.01", "currency": "CNY"}})
    bad_id = await do(desk, LIFT, {**step, "hold": "x"})

    assert too_much["userErrors"] == [{"code": "HOLD_EXCEEDED", "field": ["amount"]}]
    assert bad_id["userErrors"] == [{"code": "ID_INVALID", "field": ["hold"]}]


async def test_holds_are_listed_page_by_page_and_a_party_sees_its_own(desk: Desk) -> None:
    for party in ("M1", "M2"):
        await desk.book.owe(party, 10_000)
    await desk.sell("O0", "O1", "O2")
    for number in range(3):
        await place(desk, hold("1.00", f"H{number}", order=f"O{number}"))
    other = await place(desk, hold("1.00", "H9", party="M2"))

    page = (await desk.ask(HOLDS, first=3))["holds"]
    rest = (await desk.ask(HOLDS, first=3, after=page["pageInfo"]["endCursor"]))["holds"]
    own = (await desk.ask(HOLDS, key=await desk.key_of("M1")))["holds"]["nodes"]
    foreign = await desk.refused(HOLDS, key=await desk.key_of("M1"), party="M2")
    of_order = (await desk.ask(HOLDS, order="O1", party="M1", open=True))["holds"]["nodes"]

    assert [node["reference"] for node in page["nodes"] + rest["nodes"]] == ["H9", "H2", "H1", "H0"]
    assert [node["reference"] for node in own] == ["H2", "H1", "H0"]
    assert foreign == "PARTY_MISSING"
    assert [node["reference"] for node in of_order] == ["H1"]
    node = "query($id: ID!) { node(id: $id) { id ... on Hold { reference } } }"
    assert (await desk.ask(node, id=other["id"]))["node"]["reference"] == "H9"
    assert (await desk.ask(node, id=other["id"], key=await desk.key_of("M1")))["node"] is None
    assert (await desk.ask(HOLDS, open=False))["holds"]["nodes"] == []


async def test_a_deposit_comes_in_and_goes_out(desk: Desk) -> None:
    await desk.sell("O1")
    agreed = await do(desk, AGREE, agreement())
    billed = await do(desk, BILL, receipt("300.00", "B1"))
    held = await do(desk, RECEIVE, receipt("700.00"))
    slice_id = held["slices"][-1]["id"]
    step = {"slice": slice_id, "reason": "Told."}

    claimed = await do(
        desk,
        CLAIM,
        {**step, "reference": "a", "order": "O1", "amount": {"amount": "100.00", "currency": "CNY"}},
    )
    forfeited = await do(desk, FORFEIT, {**step, "reference": "b", "amount": {"amount": "50.00", "currency": "CNY"}})
    released = await do(desk, RELEASE, {**step, "reference": "c"})
    empty = await do(desk, RELEASE, {**step, "reference": "d"})

    assert agreed["agreement"] == {
        "reference": "W1",
        "kind": "SECURITY",
        "basis": "TARGET",
        "role": "MERCHANT",
        "rate": None,
        "target": {"amount": "1000.00"},
        "months": 12,
        "release": "BY_HAND",
    }
    assert [(each["status"], each["due"]["amount"]) for each in billed["slices"]] == [("DUE", "300.00")]
    assert [(each["status"], each["left"]["amount"]) for each in held["slices"]] == [
        ("HELD", "300.00"),
        ("HELD", "400.00"),
    ]
    assert held["slices"][0]["releasableDate"] == "2021-03-01"
    assert claimed["slices"] == [{"left": {"amount": "300.00"}, "claimed": {"amount": "100.00"}, "status": "HELD"}]
    assert forfeited["amount"] == {"amount": "50.00"}
    assert released["amount"] == {"amount": "250.00"}
    assert released["slices"][0]["left"] == {"amount": "0.00"}
    assert empty["userErrors"] == [{"code": "DEPOSIT_EMPTY", "field": ["slice"]}]
    (shown,) = (await desk.ask(DEPOSITS, kind="SECURITY", party="M1"))["depositAgreements"]["nodes"]
    steps = [each["kind"] for each in shown["slices"][1]["history"]]
    assert steps == ["RECEIVED", "CLAIMED", "FORFEITED", "RELEASED"]
    assert shown["slices"][1]["history"][0]["entry"] == {"kind": "DEPOSIT_RECEIVED"}
    assert (await desk.ask(DEPOSITS, key=await desk.key_of("M2")))["depositAgreements"]["nodes"] == []
    assert len((await desk.ask(DEPOSITS, key=await desk.key_of("A1")))["depositAgreements"]["nodes"]) == 1


async def test_an_agreement_ends_and_says_by_whom_and_why(desk: Desk) -> None:
    await do(desk, AGREE, agreement())
    await do(desk, BILL, receipt("300.00", "B1"))
    assert (await desk.ask(OPEN, open=True))["depositAgreements"]["nodes"] == [{"reference": "W1"}]
    said = {"agreement": "W1", "reason": "Contract over."}

    ended = await do(desk, END, said)
    again = await do(desk, END, said)
    other = await do(desk, END, {**said, "reason": "Other."})
    unknown = await do(desk, END, {**said, "agreement": "W9"})
    late = await do(desk, BILL, receipt("1.00", "B2"))

    assert ended["lapsed"] == {"amount": "300.00", "currency": "CNY"}
    assert (ended["agreement"]["endReason"], ended["approval"], ended["replayed"]) == ("Contract over.", None, False)
    assert ended["agreement"]["endedBy"]
    assert again == {**ended, "replayed": True}
    assert other["userErrors"] == [{"code": "DEPOSIT_AGREEMENT_ENDED", "field": ["agreement"]}]
    assert unknown["userErrors"] == [{"code": "DEPOSIT_AGREEMENT_MISSING", "field": ["agreement"]}]
    assert late["userErrors"] == [{"code": "DEPOSIT_AGREEMENT_ENDED", "field": ["agreement"]}]
    lists = [(await desk.ask(OPEN, open=open))["depositAgreements"]["nodes"] for open in (True, False, None)]
    assert lists == [[], [{"reference": "W1"}], [{"reference": "W1"}]]


async def test_a_claim_for_buyers_waits_until_it_is_paid_to_them(desk: Desk) -> None:
    await do(desk, AGREE, agreement())
    held = await do(desk, RECEIVE, {**receipt("700.00"), "startDate": "2090-01-01"})
    slice_id = held["slices"][0]["id"]
    claim = {"slice": slice_id, "reference": "a", "order": "O1", "reason": "Never came."}
    await desk.sell("O1")
    await do(desk, CLAIM, {**claim, "amount": {"amount": "100.00", "currency": "CNY"}})
    waiting = (await desk.ask(QUEUES))["workQueues"]
    owed = [(await desk.ask(OWED, owed=owed))["depositSlices"]["nodes"] for owed in (True, False)]
    payment = {"slice": slice_id, "claim": "a", "reason": "Transfer 7."}

    paid = await do(desk, PAY, payment)
    again = await do(desk, PAY, payment)
    other = await do(desk, PAY, {**payment, "reason": "Transfer 8."})
    unknown = await do(desk, PAY, {**payment, "claim": "b"})
    no_slice = await do(desk, PAY, {**payment, "slice": "x"})

    of_the_order = [("ORDERS_TO_SPLIT", 1, 0), ("ORDERS_TO_UNFREEZE", 1, 0)]
    queues = [(each["queue"], each["count"], each["withinDay"]) for each in waiting]
    assert queues == [*of_the_order, ("CLAIMS_TO_PAY", 1, 1)]
    assert owed == [[{"id": slice_id}], []]
    assert (paid["amount"], paid["replayed"]) == ({"amount": "100.00", "currency": "CNY"}, False)
    assert again == {**paid, "replayed": True}
    assert other["userErrors"] == [{"code": "DEPOSIT_CLAIM_CONFLICT", "field": ["claim"]}]
    assert unknown["userErrors"] == [{"code": "DEPOSIT_CLAIM_MISSING", "field": ["claim"]}]
    assert no_slice["userErrors"] == [{"code": "ID_INVALID", "field": ["slice"]}]
    (part,) = paid["slices"]
    came, claimed, ended = part["history"]
    assert part["claimed"] == {"amount": "100.00"}
    assert (came["reference"], came["paidAt"]) == ("R1", None)
    assert (claimed["kind"], claimed["reference"], claimed["paidAt"]) == ("CLAIMED", "a", ended["movedAt"])
    assert (ended["kind"], ended["reference"], ended["reason"], ended["paidAt"]) == (
        "CLAIM_PAID",
        "a",
        "Transfer 7.",
        None,
    )
    assert ended["entry"] == {"kind": "DEPOSIT_CLAIM_PAID"}
    left = (await desk.ask(QUEUES))["workQueues"]
    assert [(each["queue"], each["count"], each["withinDay"]) for each in left] == of_the_order
    assert (await desk.ask(OWED, owed=True))["depositSlices"]["nodes"] == []


async def test_a_bill_says_what_has_come_in_of_it_and_what_is_still_due(desk: Desk) -> None:
    await do(desk, AGREE, agreement(amount={"amount": "1000.00", "currency": "CNY"}))
    await do(desk, BILL, receipt("300.00", "B1"))

    part = await do(desk, RECEIVE, receipt("120.00", "R1"))
    whole = await do(desk, RECEIVE, receipt("180.00", "R2"))

    def shown(answer: Given) -> list[tuple[str, str, str]]:
        return [(each["status"], each["received"]["amount"], each["due"]["amount"]) for each in answer["slices"]]

    assert shown(part) == [("DUE", "120.00", "180.00")]
    assert shown(whole) == [("HELD", "300.00", "0.00")]


async def test_what_goes_back_on_its_day_is_not_released_early_by_one_person(desk: Desk) -> None:
    await do(desk, AGREE, agreement(release="ON_DATE", months=600))
    (part,) = (await do(desk, RECEIVE, receipt("10.00", "R1")))["slices"]

    answer = await do(desk, RELEASE, {"slice": part["id"], "reference": "a", "reason": "Asked for."})

    assert answer["userErrors"] == [{"code": "DEPOSIT_NOT_RELEASABLE", "field": ["slice"]}]


async def test_slices_are_listed_by_the_day_from_which_they_may_go_back(desk: Desk) -> None:
    await do(desk, AGREE, agreement())
    for number, start in enumerate(("2020-03-01", "2019-12-31", "2020-01-31")):
        await do(desk, RECEIVE, {**receipt("10.00", f"R{number}"), "startDate": start})

    page = (await desk.ask(SLICES, first=2))["depositSlices"]
    rest = (await desk.ask(SLICES, first=2, after=page["pageInfo"]["endCursor"]))["depositSlices"]
    back = (await desk.ask(SLICES, last=1, before=page["pageInfo"]["endCursor"]))["depositSlices"]["nodes"]
    early = (await desk.ask(SLICES, first=9, through="2021-01-01", status="HELD"))["depositSlices"]["nodes"]
    own = (await desk.ask(SLICES, first=9, party="M1", key=await desk.key_of("M1")))["depositSlices"]["nodes"]
    foreign = (await desk.ask(SLICES, first=9, key=await desk.key_of("M2")))["depositSlices"]["nodes"]

    days = [node["releasableDate"] for node in page["nodes"] + rest["nodes"]]
    assert days == ["2021-01-01", "2021-02-01", "2021-03-02"]
    assert [node["releasableDate"] for node in back] == ["2021-01-01"]
    assert [node["releasableDate"] for node in early] == ["2021-01-01"]
    assert (len(own), foreign) == (3, [])


async def test_what_may_go_back_is_what_holds_something_as_the_queue_counts_it(desk: Desk) -> None:
    await do(desk, AGREE, agreement())
    for number in range(2):
        (part,) = (await do(desk, RECEIVE, {**receipt("10.00", f"R{number}"), "startDate": "2019-01-31"}))["slices"]
    await do(desk, RELEASE, {"slice": part["id"], "reference": "a", "reason": "It is over."})

    through = (await desk.ask(SLICES, first=9, through="2026-01-01"))["depositSlices"]["nodes"]
    listed = (await desk.ask(SLICES, first=9, now=True))["depositSlices"]["nodes"]
    (queue,) = (await desk.ask(QUEUES))["workQueues"]

    assert (queue["queue"], queue["count"], len(through), len(listed)) == ("DEPOSITS_RELEASABLE", 1, 1, 1)
    assert len((await desk.ask(SLICES, first=9))["depositSlices"]["nodes"]) == 2


async def test_a_closed_sheet_is_retained_from_when_told_to(desk: Desk) -> None:
    await desk.book.owe("M1", 10_000, day=date(2025, 1, 15))
    await close_sheets(desk.book.database, platform_id=desk.book.platform_id, actor=ACTOR, now=NOW)
    listed = (await desk.ask("{ sheets(first: 100) { nodes { id status total { amount } } } }"))["sheets"]["nodes"]
    (sheet,) = [each for each in listed if each["total"]["amount"] == "100.00"]
    terms = {"basis": "TARGET", "amount": None, "rate": "0.1", "base": {"amount": "500.00", "currency": "CNY"}}
    agreed = await do(desk, AGREE, agreement(**terms))

    retained = await do(desk, RETAIN, {"sheets": [sheet["id"]]})
    again = await do(desk, RETAIN, {"sheets": [sheet["id"]]})
    unknown = await do(desk, RETAIN, {"sheets": ["x"]})
    many = await do(desk, RETAIN, {"sheets": [sheet["id"]] * 101})

    assert agreed["agreement"]["rate"] == "0.1"
    assert retained == {"slices": [{"left": {"amount": "50.00"}, "sheet": {"id": sheet["id"]}}], "userErrors": []}
    assert again == {"slices": [], "userErrors": []}
    assert unknown["userErrors"] == [{"code": "ID_INVALID", "field": ["sheets", "0"]}]
    assert many["userErrors"] == [{"code": "INVALID_INPUT", "field": ["sheets"]}]
    placed = await place(desk, hold("10.00", sheet=sheet["id"]))
    assert placed["accountCode"] == "2015"
    lifted = await do(desk, LIFT, {"hold": placed["id"], "reference": "L1", "reason": "Reviewed."})
    assert lifted["amount"] == {"amount": "10.00"}


async def test_finance_sees_what_waits_with_counts_and_ages(desk: Desk) -> None:
    assert (await desk.ask(QUEUES))["workQueues"] == []
    await desk.book.owe("M1", 10_000)
    for day in ("2020-01-01", "2020-02-01", "2030-01-01"):
        await place(desk, hold("1.00", f"H{day}", expectedReleaseDate=day))
    await do(desk, AGREE, agreement())
    await do(desk, BILL, receipt("300.00", "B1"))

    queues = (await desk.ask(QUEUES))["workQueues"]

    assert [{key: value for key, value in each.items() if key != "oldestSince"} for each in queues] == [
        {"queue": "HOLDS_OVERDUE", "count": 2, "withinDay": 0, "withinWeek": 0, "withinMonth": 0, "older": 2},
        {"queue": "DEPOSITS_DUE", "count": 1, "withinDay": 1, "withinWeek": 0, "withinMonth": 0, "older": 0},
    ]
    assert queues[0]["oldestSince"].startswith("2020-01-01T00:00:00")
    listed = (await desk.ask("{ holds(filter: {overdue: true}) { nodes { expectedReleaseDate } } }"))["holds"]["nodes"]
    assert [each["expectedReleaseDate"] for each in listed] == ["2020-02-01", "2020-01-01"]
    assert (await desk.ask(QUEUES, key=await desk.key_of("M1")))["workQueues"] == []


async def test_what_is_held_is_added_up_by_reason(desk: Desk) -> None:
    await desk.book.owe("M1", 10_000)
    asked = """{ party(reference: "M1") { balances { onHold { amount } } heldByReason {
        legalEntity { reference } reason amount { amount currency } holdCount nextReleaseDate } } }"""
    await place(desk, hold("1.50", "H1"))
    await place(desk, hold("2.00", "H2", expectedReleaseDate="2030-01-01"))
    legal = await place(desk, hold("4.00", "H3", reason="LEGAL_ORDER"))

    held = (await desk.ask(asked))["party"]
    await do(desk, LIFT, {"hold": legal["id"], "reference": "L3", "reason": "Withdrawn."})
    left = (await desk.ask(asked, key=await desk.key_of("M1")))["party"]

    assert [(each["reason"], each["amount"], each["holdCount"]) for each in held["heldByReason"]] == [
        ("LEGAL_ORDER", {"amount": "4.00", "currency": "CNY"}, 1),
        ("RISK_REVIEW", {"amount": "3.50", "currency": "CNY"}, 2),
    ]
    assert [each["nextReleaseDate"] for each in held["heldByReason"]] == ["2030-02-01", "2030-01-01"]
    assert held["balances"] == [{"onHold": {"amount": "7.50"}}]
    assert left == {"balances": [{"onHold": {"amount": "3.50"}}], "heldByReason": held["heldByReason"][1:]}
    other = asked.replace("M1", "M2")
    assert (await desk.ask(other))["party"]["heldByReason"] == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount": {"amount": "1.00", "currency": "JPY"}}, ("INVALID_INPUT", ["amount", "currency"])),
        ({"rate": "0.1"}, ("INVALID_INPUT", ["rate"])),
        ({"basis": "PERIOD_NET"}, ("INVALID_INPUT", ["amount"])),
        ({"basis": "PERIOD_NET", "amount": None, "rate": "1.5"}, ("RATE_INVALID", ["rate"])),
        ({"party": "NOBODY"}, ("PARTY_MISSING", ["party"])),
    ],
)
async def test_a_bad_agreement_is_a_typed_answer(desk: Desk, change: Given, error: tuple[str, list[str]]) -> None:
    answer = await do(desk, AGREE, agreement(**change))

    assert answer["agreement"] is None
    assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [error]


async def test_adjustments_are_proposed_together_and_each_has_its_own_answer(desk: Desk) -> None:
    await desk.book.owe("M1", 10_000)
    given = [
        adjustment("PENALTY", "30.00", "X1"),
        adjustment("CORRECTION", "5.00", "X2", counterparty="M2"),
        adjustment("CORRECTION", "5.00", "X3"),
        adjustment("PENALTY", "1.00", "X4", party="NOBODY"),
        adjustment("PENALTY", "1.00", "X5", evidenceSha256="no"),
    ]

    results = (await do(desk, PROPOSE, {"adjustments": given}))["results"]

    assert results[0]["adjustment"] == {
        "reference": "X1",
        "status": "POSTED",
        "amount": {"amount": "30.00"},
        "debitCode": "2010",
        "creditCode": "4040",
        "party": {"reference": "M1"},
        "counterparty": None,
        "entry": {"kind": "ADJUSTMENT_PENALTY"},
    }
    assert results[1]["adjustment"]["counterparty"] == {"reference": "M2"}
    assert [result["userErrors"] for result in results[2:]] == [
        [{"code": "INVALID_INPUT", "field": ["adjustments", "2", "counterparty"]}],
        [{"code": "PARTY_MISSING", "field": ["adjustments", "3", "party"]}],
        [{"code": "INVALID_INPUT", "field": ["adjustments", "4", "evidenceSha256"]}],
    ]
    again = (await do(desk, PROPOSE, {"adjustments": given[:1]}))["results"]
    assert again[0]["replayed"]
    one = await do(desk, PROPOSE_ONE, adjustment("COMPENSATION", "12.50", "X6"))
    assert one == {"adjustment": {"status": "POSTED"}, "userErrors": []}


async def test_both_parties_of_a_correction_see_it_and_neither_the_other(desk: Desk) -> None:
    await do(
        desk,
        PROPOSE,
        {
            "adjustments": [
                adjustment("CORRECTION", "5.00", "X1", counterparty="M2"),
                adjustment("PENALTY", "5.00", "X2"),
                adjustment("PENALTY", "5.00", "X3"),
            ]
        },
    )

    own = (await desk.ask(ADJUSTMENTS, key=await desk.key_of("M1")))["adjustments"]["nodes"]
    others = (await desk.ask(ADJUSTMENTS, key=await desk.key_of("M2")))["adjustments"]["nodes"]
    page = (await desk.ask(ADJUSTMENTS, first=2, status="POSTED"))["adjustments"]
    rest = (await desk.ask(ADJUSTMENTS, first=2, status="POSTED", after=page["pageInfo"]["endCursor"]))["adjustments"]

    assert sorted(node["reference"] for node in own) == ["X1", "X2", "X3"]
    assert [node["counterparty"] for node in own if node["reference"] == "X1"] == [None]
    assert others == [{"reference": "X1", "counterparty": {"reference": "M2"}}]
    assert sorted(node["reference"] for node in page["nodes"] + rest["nodes"]) == ["X1", "X2", "X3"]
    assert len(page["nodes"]) == 2


async def test_a_party_learns_why_it_is_not_paid(desk: Desk) -> None:
    await desk.sell("O1")
    await desk.book.owe("M1", 10_000, document="order/O1", document_line="1")
    placed = await place(desk, hold("40.00", order="O1"))

    answer = (await desk.ask(UNPAID, party="M1", order="O1", key=await desk.key_of("M1")))["party"]

    assert answer["unpaid"] == [
        {
            "state": "ACCRUED",
            "accountCode": "2010",
            "amount": {"amount": "60.00"},
            "awaits": "PERIOD_END",
            "expectedDate": None,
            "ground": None,
            "document": None,
            "sheet": None,
        },
        {
            "state": "ON_HOLD",
            "accountCode": "2050",
            "amount": {"amount": "40.00"},
            "awaits": "The review is done.",
            "expectedDate": "2030-02-01",
            "ground": "Contract 7.2",
            "document": answer["unpaid"][1]["document"],
            "sheet": None,
        },
    ]
    assert placed["left"] == {"amount": "40.00"}
    states = [(part["state"], part["amount"]["amount"]) for part in answer["whyUnpaid"]]
    assert states == [("ACCRUED", "60.00"), ("ON_HOLD", "40.00"), ("NOT_SPLIT", "0.00")]
    other = await desk.ask(UNPAID, party="M1", order="O1", key=await desk.key_of("M2"))
    assert other["party"] is None


async def test_a_party_may_look_and_not_touch(desk: Desk) -> None:
    answer = await desk.refused(PLACE, key=await desk.key_of("M1"), input=hold("1.00"))

    assert answer == "FORBIDDEN"


HELD_FOR_DISPUTE = """{ holds(filter: {order: "O1"}) { nodes { legalGround releaseCondition history { reason } } }
    party(reference: "M1") { unpaid { state awaits ground } } }"""


@pytest.mark.parametrize(
    ("language", "ground", "condition"),
    [
        ("en", "Chargeback C1: the buyer's bank has taken the money back.", "The chargeback is decided."),
        ("zh", "拒付 C1：买家银行已将款项收回。", "拒付已有结果。"),
    ],
)
async def test_why_money_of_a_dispute_is_held_is_said_in_the_readers_language(
    desk: Desk, language: str, ground: str, condition: str
):
    market = Market(desk.book.database, desk.book.platform_id)
    await market.publish(plan())
    await market.accept(paid("100.00"), SUCCEEDED, charged_back("60.00"))
    async with desk.book.database.write(desk.book.platform_id) as conn:
        told = await read_disputes(conn)
        assert told is not None
        await follow_disputes(conn, told=told, now=NOW, actor=ACTOR)

    answer = (await desk.send(HELD_FOR_DISPUTE, language=language)).json()["data"]

    (hold,) = answer["holds"]["nodes"]
    assert hold == {"legalGround": ground, "releaseCondition": condition, "history": [{"reason": ground}]}
    assert {"state": "ON_HOLD", "awaits": condition, "ground": ground} in answer["party"]["unpaid"]


async def test_what_a_person_said_of_a_hold_stays_as_he_said_it(desk: Desk):
    await desk.book.owe("M1", 10_000)
    await desk.ask(PLACE, input=hold("1.00", legalGround="Clause 7.", releaseCondition="The review is done."))

    answer = (await desk.send("{ holds { nodes { legalGround releaseCondition } } }", language="zh")).json()["data"]

    assert answer["holds"]["nodes"] == [{"legalGround": "Clause 7.", "releaseCondition": "The review is done."}]
