"""What is unidentified of a receipt is given back, once, never more than there is, and with somebody else's word."""

import json
from datetime import date

import pytest

from app.approving import APPLIERS
from ledger.access.keys import create_key
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.deciding import decide
from ledger.approvals.defining import FlowDraft, define_flow
from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Step, Verdict
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft, Refused
from ledger.journal.posting import post_entries
from ledger.settlement.receipts.applying import apply_returns
from ledger.settlement.receipts.errors import ReceiptExceeded
from ledger.settlement.receipts.model import Returned
from tests.ledger.settlement.receipts.telling import (
    CASHIER,
    give_back,
    match,
    match_all,
    matched,
    owing,
    receipt,
    recorded,
    returning,
    said,
    unidentified,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World, at

CHIEF = Actor("chief")


async def test_the_surplus_of_a_receipt_goes_back_to_whoever_sent_it(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("130.00"))
    await matched(world, match(number, sheet))

    (outcome,) = await give_back(world, returning(number))

    assert isinstance(outcome, Returned)
    assert (outcome.amount, outcome.replayed, outcome.approval_id) == (1_000, False, None)
    assert await unidentified(world) == [0]
    assert await world.net("1010, 2210, 1200 M1") == [-12_000, 0, 0]
    (entry,) = await world.rows(
        "SELECT template, business_date::text, description, document FROM entry WHERE sequence = $1", outcome.sequence
    )
    assert tuple(entry) == ("RECEIPT_RETURNED", "2024-07-12", "Sent twice.", f"receipt/{number}")
    (event,) = await world.rows("SELECT payload, parties FROM log_event WHERE kind = 'receipt.returned'")
    assert {key: value for key, value in json.loads(event["payload"]).items() if key != "entries"} == {
        "receipt": "R1",
        "return": "B1",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": "10.00",
        "unidentified": "0.00",
        "why": "Sent twice.",
    }
    assert list(event["parties"]) == [await world.id_of("LE")]


async def test_the_same_again_is_a_replay_and_another_under_its_name_is_refused(world: World) -> None:
    number = await recorded(world, receipt("70.00"))
    other = await recorded(world, receipt("70.00", "R2"))
    some = returning(number, "20.00")

    outcomes = await give_back(world, some, some, returning(number, "21.00"), returning(other, "20.00"))
    later = (some, returning(number), returning(number, "19.00"), returning(other, "20.00"))
    again = [outcome for each in later for outcome in await give_back(world, each)]

    conflict = "RECEIPT_RETURN_CONFLICT"
    assert said(outcomes) == ["", "replayed", conflict, conflict]
    assert said(again) == ["replayed", "replayed", conflict, conflict]
    assert await unidentified(world) == [5_000, 7_000]


async def test_nobody_is_given_more_than_is_unidentified(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    await matched(world, match(number, sheet, "20.00"))
    before = await world.count_rows()

    refused = await give_back(
        world,
        returning(number, "50.01"),
        returning(number + 1, "1.00", "B2"),
        returning(number, "1.00", "B3", currency="USD"),
    )

    assert said(refused) == ["RECEIPT_EXCEEDED", "RECEIPT_MISSING", "INVALID_INPUT"]
    assert await world.count_rows() == before
    outcomes = await give_back(
        world, *(returning(number, amount, f"B{amount}") for amount in ("30.00", "20.00", "0.01"))
    )
    assert said(outcomes) == ["", "", "RECEIPT_EMPTY"]
    assert said(await match_all(world, match(number, sheet, reference="T9"))) == ["RECEIPT_EMPTY"]


async def test_what_a_match_gave_back_can_be_returned_and_what_was_returned_cannot_be_matched(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    step = await matched(world, match(number, sheet))
    assert said(await give_back(world, returning(number))) == ["RECEIPT_EMPTY"]

    await unmatch(world, step.match.match_id)

    assert said(await give_back(world, returning(number, "60.00"))) == [""]
    assert said(await match_all(world, match(number, sheet, "10.01", "T2"))) == ["RECEIPT_EXCEEDED"]
    assert (await matched(world, match(number, sheet, reference="T3"))).match.amount == 1_000
    assert await world.net("1010, 2210, 1200 M1") == [-1_000, 0, -11_000]


async def test_what_the_bank_account_does_not_hold_is_not_given_back(world: World) -> None:
    number = await recorded(world, receipt("70.00"))
    other = await recorded(world, receipt("10.00", "R2"))
    book_id = await world.id_of("LE")
    accounts = [AccountKey(book_id, code, None, "CNY") for code in ("5010", "1010")]
    spent = EntryDraft(
        key="spent",
        book_id=book_id,
        business_date=date(2024, 7, 10),
        lines=(LineDraft(accounts[0], DEBIT, 5_000), LineDraft(accounts[1], CREDIT, 5_000)),
    )
    async with world.database.write(world.platform_id) as conn:
        await post_entries(conn, drafts=[spent], actor=CASHIER)

    outcomes = await give_back(world, returning(number), returning(other, reference="B2"))

    assert said(outcomes) == ["BALANCE_FLOOR", ""]
    assert await unidentified(world) == [7_000, 0]
    assert await world.net("1010, 2210") == [-2_000, 7_000]


async def define(world: World) -> None:
    async with world.database.write(world.platform_id) as conn:
        await create_key(conn, role=Role.OPERATOR, name="chief", pepper=b"p" * 32, now=at("2024-01-01"))
        flow = FlowDraft(
            kind=Kind.RECEIPT_RETURN,
            name="From CNY 50.00 on",
            steps=(Step(approvers=("chief",), escalates_to=(ANY_OPERATOR,)),),
            currency="CNY",
            from_amount_minor=5_000,
        )
        await define_flow(conn, draft=flow, actor=CASHIER, now=at("2024-07-01"))


async def agree(world: World, approval_id: int, verdict: Verdict = Verdict.APPROVE) -> Judged | Refused:
    (row,) = await world.rows("SELECT digest FROM approval WHERE approval_id = $1", approval_id)
    async with world.database.write(world.platform_id) as conn:
        decision = Decision(approval_id, row["digest"], verdict, "Seen.")
        (judged,) = await decide(conn, decisions=[decision], actor=CHIEF, now=at("2024-07-12"))
        assert isinstance(judged, Judged)
        assert judged.decided is not None
        await apply_returns(conn, decided=[judged.decided], actor=CHIEF, now=at("2024-07-12"))
    return judged


async def test_what_a_flow_asks_about_waits_until_somebody_else_agrees(world: World) -> None:
    assert APPLIERS[Kind.RECEIPT_RETURN] is apply_returns
    await define(world)
    number = await recorded(world, receipt("70.00"))

    (small,) = await give_back(world, returning(number, "10.00", "B0"))
    (asked,) = await give_back(world, returning(number))
    (again,) = await give_back(world, returning(number))

    assert isinstance(small, Returned)
    assert isinstance(asked, Returned)
    assert isinstance(again, Returned)
    assert (small.approval_id, small.amount) == (None, 1_000)
    assert (asked.return_id, asked.amount, asked.sequence) == (None, 0, 0)
    assert asked.approval_id is not None
    assert (again.approval_id, again.replayed) == (asked.approval_id, True)
    assert await unidentified(world) == [6_000]

    await agree(world, asked.approval_id)

    assert await unidentified(world) == [0]
    assert await world.net("1010, 2210") == [0, 0]
    assert said(await give_back(world, returning(number))) == ["replayed"]
    (row,) = await world.rows("SELECT amount_minor, returned_by FROM receipt_return WHERE reference = 'B1'")
    assert tuple(row) == (6_000, "chief")


async def test_a_receipt_is_not_given_back_in_parts_past_those_who_have_to_agree_to_so_much(world: World) -> None:
    await define(world)
    number = await recorded(world, receipt("70.00"))

    first, second = await give_back(world, returning(number, "30.00"), returning(number, "20.00", "B2"))
    (third,) = await give_back(world, returning(number, "19.99", "B3"))

    assert isinstance(first, Returned)
    assert isinstance(second, Returned)
    assert isinstance(third, Returned)
    assert (first.approval_id, first.amount) == (None, 3_000)
    assert (third.approval_id, third.amount) == (None, 1_999)
    assert second.approval_id is not None
    (asked,) = await world.rows("SELECT amount_minor FROM approval")
    assert asked["amount_minor"] == 5_000
    await agree(world, second.approval_id)
    assert await unidentified(world) == [1]


async def test_what_is_rejected_stays_and_what_was_matched_meanwhile_is_not_given_back(world: World) -> None:
    await define(world)
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    (refused,) = await give_back(world, returning(number, "60.00"))
    assert isinstance(refused, Returned)
    assert refused.approval_id is not None
    await agree(world, refused.approval_id, Verdict.REJECT)
    assert await unidentified(world) == [7_000]

    (asked,) = await give_back(world, returning(number, "60.00", "B2"))
    assert isinstance(asked, Returned)
    assert asked.approval_id is not None
    await matched(world, match(number, sheet, "20.00"))
    with pytest.raises(ReceiptExceeded):
        await agree(world, asked.approval_id)

    assert await unidentified(world) == [5_000]
    (row,) = await world.rows("SELECT status FROM approval WHERE approval_id = $1", asked.approval_id)
    assert row["status"] == "PENDING"
