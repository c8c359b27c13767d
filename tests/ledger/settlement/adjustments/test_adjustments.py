"""Adjustments: what they move, who has to agree, what they refuse."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import ANY_OPERATOR, Kind, Status, Step, Verdict
from ledger.approvals.withdrawing import resubmit
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.adjustments.deciding import apply_adjustments
from ledger.settlement.adjustments.errors import AdjustmentForClosedParty
from ledger.settlement.adjustments.model import Proposed
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import Outcome, propose_adjustments
from tests.ledger.approvals.desk import Desk
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide

Document = dict[str, Any]
STATES = "SELECT reference, status, sequence IS NOT NULL AS posted, decided_by FROM adjustment ORDER BY reference"


def adjustment(kind: str, amount: str, reference: str = "X1", **more: Any) -> Document:
    return {
        "reference": reference,
        "kind": kind,
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": amount,
        "reason": "Agreed by telephone.",
        **more,
    }


async def propose(market: Market, *documents: Document, now: datetime = NOW) -> list[Outcome]:
    async with market.database.write(market.platform_id) as conn:
        drafts = [parse_adjustment(document) for document in documents]
        return await propose_adjustments(conn, drafts=drafts, maker=ACTOR, now=now)


async def id_of(market: Market, reference: str) -> int:
    (row,) = await market.rows("SELECT party_id FROM party WHERE reference = $1", reference)
    number: int = row["party_id"]
    return number


def said(outcomes: list[Outcome]) -> list[str]:
    return [each.error.code if isinstance(each, Refused) else each.status for each in outcomes]


async def test_a_penalty_is_ours_and_a_compensation_the_partys(market: Market) -> None:
    outcomes = await propose(market, adjustment("PENALTY", "30.00"), adjustment("COMPENSATION", "12.50", "X2"))

    assert said(outcomes) == ["POSTED", "POSTED"]
    assert await market.net("2010 M1, 4040, 5060") == [8_190 - 3_000 + 1_250, 3_000, -1_250]


async def test_what_a_party_gets_from_another_is_asked_about_where_its_flow_says_so(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT, party_id=await id_of(market, "D3"))
    correction = adjustment("CORRECTION", "5.00", party="D1", counterparty="D3", accountCode="2041")

    outcomes = await propose(market, correction, adjustment("PENALTY", "5.00", "X2", party="D1"))

    assert said(outcomes) == ["PROPOSED", "POSTED"]
    waiting = outcomes[0]
    assert isinstance(waiting, Proposed)
    (asked,) = await market.rows("SELECT party_id FROM approval")
    assert asked["party_id"] == await id_of(market, "D3")
    await let_decide(market, waiting.approval_id, apply_adjustments, now=NOW, verdict=Verdict.REJECT)
    async with market.database.write(market.platform_id) as conn:
        again, _ = await resubmit(conn, approval_id=waiting.approval_id or 0, actor=ACTOR, now=NOW)
    assert again.state is Status.PENDING


async def test_a_flow_of_who_gets_something_takes_no_word_from_whom_the_giver_needs(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT, party_id=await id_of(market, "D3"))
    strict = Step(("cem",))
    await Desk(market.database, market.platform_id, {}).flow(strict, kind=Kind.ADJUSTMENT)

    await propose(market, adjustment("CORRECTION", "5.00", party="D1", counterparty="D3", accountCode="2041"))

    (seat,) = await market.rows("SELECT approvers FROM approval_seat")
    assert seat["approvers"] == ["cem"]


async def test_a_correction_moves_one_share_to_the_same_share_of_another(market: Market) -> None:
    await propose(market, adjustment("CORRECTION", "5.00", party="D1", counterparty="D3", accountCode="2041"))

    assert await market.net("2041 D1, 2041 D3, 2043 D3") == [0, 500, 100]


async def test_a_transfer_moves_between_kinds_of_share(market: Market) -> None:
    await propose(
        market,
        adjustment("TRANSFER", "2.00", counterparty="A1"),
        adjustment(
            "TRANSFER", "1.00", "X2", party="D2", accountCode="2042", counterparty="D2", counterAccountCode="2041"
        ),
    )

    assert await market.net("2010 M1, 2020 A1, 2042 D2, 2041 D2") == [7_990, 250, 200, 100]


async def test_a_penalty_may_leave_a_party_owing(market: Market) -> None:
    await propose(market, adjustment("PENALTY", "30.00", party="M2"))

    assert await market.net("2010 M2") == [-3_000]


async def test_what_a_closed_party_has_may_be_taken_back_and_what_it_gets_is_of_an_order(market: Market) -> None:
    for party in ("M1", "D3"):
        await market.close(party)

    outcomes = await propose(
        market,
        adjustment("PENALTY", "30.00", "X1"),
        adjustment("CORRECTION", "5.00", "X2", counterparty="M2"),
        adjustment("TRANSFER", "1.00", "X3", counterparty="M1", counterAccountCode="2020"),
        adjustment("COMPENSATION", "12.50", "X4", order="O1"),
        adjustment("CORRECTION", "5.00", "X5", party="D1", counterparty="D3", order="O1"),
        adjustment("COMPENSATION", "12.50", "X6"),
        adjustment("CORRECTION", "5.00", "X7", party="D2", counterparty="D3"),
    )

    assert said(outcomes) == ["POSTED"] * 5 + ["ADJUSTMENT_FOR_CLOSED_PARTY"] * 2
    assert await market.net("2010 M1, 2010 M2, 2020 M1, 2041 D1, 2041 D3") == [
        8_190 - 3_000 - 500 - 100 + 1_250,
        500,
        100,
        0,
        500,
    ]


async def test_a_blocked_party_is_adjusted_as_any_other(market: Market) -> None:
    await market.block("M1")

    assert said(await propose(market, adjustment("COMPENSATION", "12.50"))) == ["POSTED"]


async def test_what_was_proposed_before_a_party_closed_is_still_decided(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    (waiting,) = await propose(market, adjustment("COMPENSATION", "12.50"))
    assert isinstance(waiting, Proposed)
    await market.close("M1")

    await let_decide(market, waiting.approval_id, apply_adjustments, now=NOW)

    assert await market.net("2010 M1") == [8_190 + 1_250]


async def test_the_entry_and_the_event_name_the_document(market: Market) -> None:
    (outcome,) = await propose(market, adjustment("PENALTY", "30.00", order="O1", line="1", evidenceSha256="ab" * 32))

    assert isinstance(outcome, Proposed)
    (entry,) = await market.rows(
        "SELECT template, document, document_line, cause FROM entry WHERE sequence = $1", outcome.sequence
    )
    assert tuple(entry) == ("ADJUSTMENT_PENALTY", "adjustment/X1", "1", "adjustment/X1")
    (event,) = await market.rows("SELECT kind, sequence, payload FROM log_event WHERE subject = 'adjustment/X1'")
    assert (event["kind"], event["sequence"]) == ("adjustment.posted", outcome.sequence + 1)
    assert json.loads(event["payload"]) == {
        "adjustment": "X1",
        "kind": "PENALTY",
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": "30.00",
        "debit": "2010",
        "credit": "4040",
        "reason": "Agreed by telephone.",
        "order": "O1",
        "line": "1",
        "evidenceSha256": "ab" * 32,
        "entries": [outcome.sequence],
    }


async def test_the_same_again_is_a_replay_and_another_under_its_name_a_conflict(market: Market) -> None:
    (first,) = await propose(market, adjustment("PENALTY", "30.00"))
    before = await market.count_rows()

    again, other, fresh, twin, odd = await propose(
        market,
        adjustment("PENALTY", "30.00"),
        adjustment("PENALTY", "30.01"),
        adjustment("PENALTY", "1.00", "X2"),
        adjustment("PENALTY", "1.00", "X2"),
        adjustment("PENALTY", "2.00", "X2"),
    )

    assert isinstance(first, Proposed)
    assert again == Proposed("X1", "POSTED", first.sequence, True)
    assert said([other, odd]) == ["ADJUSTMENT_CONFLICT"] * 2
    assert isinstance(fresh, Proposed)
    assert twin == Proposed("X2", "POSTED", fresh.sequence, True)
    assert await market.net("4040") == [3_100]
    assert (await market.count_rows())[1] == before[1] + 1


async def test_a_reference_that_is_refused_first_is_refused_again_in_the_batch(market: Market) -> None:
    bad = adjustment("PENALTY", "1.00", party="NOBODY")

    assert said(await propose(market, bad, bad)) == ["PARTY_MISSING"] * 2


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (adjustment("PENALTY", "1.00", party="NOBODY"), "PARTY_MISSING"),
        (adjustment("PENALTY", "1.00", legalEntity="M1"), "BOOK_MISSING"),
        (adjustment("PENALTY", "1.00", party="LE"), "PARTY_EARNS_NOTHING"),
        (adjustment("PENALTY", "1.00", party="LE", accountCode="2010"), "PARTY_EARNS_NOTHING"),
        (adjustment("TRANSFER", "1.00", counterparty="NOBODY"), "PARTY_MISSING"),
        (adjustment("TRANSFER", "1.00", counterparty="LE"), "PARTY_EARNS_NOTHING"),
        (adjustment("TRANSFER", "1.00", counterparty="LE", counterAccountCode="2010"), "PARTY_EARNS_NOTHING"),
        (adjustment("CORRECTION", "1.00", counterparty="LE"), "PARTY_EARNS_NOTHING"),
        (adjustment("TRANSFER", "1.00", counterparty="M1"), "ADJUSTMENT_MOVES_NOTHING"),
        (adjustment("CORRECTION", "1.00", counterparty="M1"), "ADJUSTMENT_MOVES_NOTHING"),
    ],
)
async def test_a_refused_adjustment_writes_nothing(market: Market, document: Document, code: str) -> None:
    before = await market.count_rows()

    assert said(await propose(market, document)) == [code]
    assert await market.count_rows() == before
    assert await market.rows("SELECT 1 FROM adjustment") == []


BAD: dict[str, tuple[Document, tuple[str, ...]]] = {
    "a kind of his own": (adjustment("GIFT", "1.00"), ("kind",)),
    "no reason": (adjustment("PENALTY", "1.00", reason=" "), ("reason",)),
    "a penalty for somebody": (adjustment("PENALTY", "1.00", counterparty="M2"), ("counterparty",)),
    "a correction for nobody": (adjustment("CORRECTION", "1.00"), ("counterparty",)),
    "two accounts of a correction": (
        adjustment("CORRECTION", "1.00", counterparty="M2", counterAccountCode="2010"),
        ("counterAccountCode",),
    ),
    "an account that is no payable": (adjustment("PENALTY", "1.00", accountCode="1010"), ("accountCode",)),
    "a line without order": (adjustment("PENALTY", "1.00", line="1"), ("order",)),
    "half a digest": (adjustment("PENALTY", "1.00", evidenceSha256="ab" * 31), ("evidenceSha256",)),
    "a digest in capitals": (adjustment("PENALTY", "1.00", evidenceSha256="AB" * 32), ("evidenceSha256",)),
    "a digest that is a number": (adjustment("PENALTY", "1.00", evidenceSha256=7), ("evidenceSha256",)),
    "minus": (adjustment("PENALTY", "-1.00"), ("amount",)),
    "too many decimals": (adjustment("PENALTY", "1.001"), ("amount",)),
    "an unknown currency": ({**adjustment("PENALTY", "1.00"), "currency": "XYZ"}, ("currency",)),
    "an unknown key": (adjustment("PENALTY", "1.00", colour="red"), ("colour",)),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_adjustment_is_refused_at_its_place(bad: str) -> None:
    document, field = BAD[bad]

    with pytest.raises(LedgerError) as refused:
        parse_adjustment(document)

    assert refused.value.field == field


async def test_nothing_moves_before_somebody_else_agrees(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT, from_amount_minor=1_000, currency="CNY")

    small, large = await propose(market, adjustment("COMPENSATION", "9.99"), adjustment("COMPENSATION", "10.00", "X2"))

    assert said([small, large]) == ["POSTED", "PROPOSED"]
    assert await market.net("5060") == [-999]
    assert isinstance(large, Proposed)
    await let_decide(market, large.approval_id, apply_adjustments, now=NOW)
    assert await market.net("2010 M1, 5060") == [8_190 + 1_999, -1_999]
    assert [tuple(row) for row in await market.rows(STATES)] == [
        ("X1", "POSTED", True, "tester"),
        ("X2", "POSTED", True, "bob"),
    ]
    assert said(await propose(market, adjustment("COMPENSATION", "10.00", "X2"))) == ["POSTED"]


async def test_what_is_said_in_parts_within_a_day_adds_up_until_somebody_else_is_asked(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT, from_amount_minor=10_000, currency="CNY")
    parts = [
        adjustment("COMPENSATION", "60.00"),
        adjustment("COMPENSATION", "60.00", "X2", party="M2"),
        adjustment("PENALTY", "60.00", "X3"),
    ]
    assert said(await propose(market, *parts)) == ["POSTED"] * 3

    later = [adjustment("COMPENSATION", "40.00", "X4"), adjustment("COMPENSATION", "39.99", "X5")]
    assert [said(await propose(market, each)) for each in (*later, *later)] == [["PROPOSED"], ["POSTED"]] * 2
    assert said(await propose(market, adjustment("COMPENSATION", "0.01", "X6"))) == ["PROPOSED"]

    asked = await market.rows("SELECT subject, amount_minor FROM approval ORDER BY approval_id")
    assert [tuple(row) for row in asked] == [("adjustment/X4", 10_000), ("adjustment/X6", 10_000)]
    assert await market.net("2010 M1") == [8_190 + 3_999]
    next_day = NOW + timedelta(days=1)
    assert said(await propose(market, adjustment("COMPENSATION", "99.99", "X7"), now=next_day)) == ["POSTED"]


async def test_what_is_asked_about_does_not_add_to_what_is_said_beside_it(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT, from_amount_minor=10_000, currency="CNY")
    parts = [adjustment("PENALTY", amount, f"X{amount}") for amount in ("100.00", "60.00", "40.00")]

    assert said(await propose(market, *parts)) == ["PROPOSED", "POSTED", "PROPOSED"]


async def test_what_is_refused_is_rejected_with_the_comment(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    (waiting,) = await propose(market, adjustment("PENALTY", "30.00"))

    assert isinstance(waiting, Proposed)
    await let_decide(market, waiting.approval_id, apply_adjustments, now=NOW, verdict=Verdict.REJECT)

    assert await market.net("4040") == [0]
    assert [tuple(row) for row in await market.rows(STATES)] == [("X1", "REJECTED", False, "bob")]
    kinds = await market.rows("SELECT kind FROM log_event WHERE subject = 'adjustment/X1' ORDER BY sequence")
    assert [row["kind"] for row in kinds] == ["adjustment.proposed", "adjustment.rejected"]


async def test_what_was_proposed_before_its_party_closed_is_decided_and_not_proposed_again_afterwards(
    market: Market,
) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    first, second, penalty = await propose(
        market,
        adjustment("COMPENSATION", "10.00"),
        adjustment("COMPENSATION", "20.00", "X2"),
        adjustment("PENALTY", "5.00", "X3"),
    )
    assert isinstance(first, Proposed)
    assert isinstance(second, Proposed)
    assert isinstance(penalty, Proposed)
    for refused in (second, penalty):
        await let_decide(market, refused.approval_id, apply_adjustments, now=NOW, verdict=Verdict.REJECT)
    before = (await market.net("2010 M1"))[0]
    await market.close("M1")

    await let_decide(market, first.approval_id, apply_adjustments, now=NOW)
    assert await market.net("2010 M1, 5060") == [before + 1_000, -1_000]
    async with market.database.write(market.platform_id) as conn:
        _, told = await resubmit(conn, approval_id=second.approval_id or 0, actor=ACTOR, now=NOW)
        with pytest.raises(AdjustmentForClosedParty):
            await apply_adjustments(conn, decided=[told], actor=ACTOR, now=NOW)
    # It may still owe more.
    async with market.database.write(market.platform_id) as conn:
        _, told = await resubmit(conn, approval_id=penalty.approval_id or 0, actor=ACTOR, now=NOW)
        await apply_adjustments(conn, decided=[told], actor=ACTOR, now=NOW)
    statuses = {row[0]: row[1] for row in await market.rows(STATES)}
    assert statuses == {"X1": "POSTED", "X2": "REJECTED", "X3": "PROPOSED"}


async def test_what_was_rejected_may_be_asked_for_again(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    (waiting,) = await propose(market, adjustment("PENALTY", "30.00"))
    assert isinstance(waiting, Proposed)
    await let_decide(market, waiting.approval_id, apply_adjustments, now=NOW, verdict=Verdict.REJECT)

    async with market.database.write(market.platform_id) as conn:
        requested, told = await resubmit(conn, approval_id=waiting.approval_id or 0, actor=ACTOR, now=NOW)
        await apply_adjustments(conn, decided=[told], actor=ACTOR, now=NOW)
    assert [row["status"] for row in await market.rows(STATES)] == ["PROPOSED"]
    await let_decide(market, requested.approval_id, apply_adjustments, now=NOW)

    assert await market.net("4040") == [3_000]
    assert [row["status"] for row in await market.rows(STATES)] == ["POSTED"]


async def test_what_was_posted_by_a_later_request_is_not_asked_for_again_by_an_earlier_one(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    (waiting,) = await propose(market, adjustment("PENALTY", "30.00"))
    assert isinstance(waiting, Proposed)
    await let_decide(market, waiting.approval_id, apply_adjustments, now=NOW, verdict=Verdict.REJECT)
    # Nobody is asked any more, and it is posted at once.
    await Desk(market.database, market.platform_id, {}).flow(
        Step(approvers=(ANY_OPERATOR,)), kind=Kind.ADJUSTMENT, is_retired=True
    )
    async with market.database.write(market.platform_id) as conn:
        _, told = await resubmit(conn, approval_id=waiting.approval_id or 0, actor=ACTOR, now=NOW)
        await apply_adjustments(conn, decided=[told], actor=ACTOR, now=NOW)

    for each in (told, replace(told, status=Status.PENDING)):
        with pytest.raises(ApprovalStale):
            async with market.database.write(market.platform_id) as conn:
                await apply_adjustments(conn, decided=[each], actor=ACTOR, now=NOW)

    assert await market.net("4040") == [3_000]
    assert [row["status"] for row in await market.rows(STATES)] == ["POSTED"]


async def test_an_approval_of_something_else_is_stale(market: Market) -> None:
    await ask_a_second_person(market, Kind.ADJUSTMENT)
    (waiting,) = await propose(market, adjustment("PENALTY", "30.00"))

    async def apply_another(conn: Any, *, decided: list[Any], **given: Any) -> None:
        await apply_adjustments(conn, decided=[replace(each, digest=bytes(32)) for each in decided], **given)

    assert isinstance(waiting, Proposed)
    with pytest.raises(ApprovalStale):
        await let_decide(market, waiting.approval_id, apply_another, now=NOW)
    assert [row["status"] for row in await market.rows(STATES)] == ["PROPOSED"]


LAWS = [
    ("DOCUMENT_FIXED", "UPDATE adjustment SET amount_minor = 1"),
    ("DOCUMENT_FIXED", "UPDATE adjustment SET status = 'REJECTED', sequence = NULL"),
    ("permission denied", "DELETE FROM adjustment"),
    (
        "ADJUSTMENT_NOT_POSTED",
        """
        INSERT INTO adjustment (
            platform_id, party_id, book_id, sequence, amount_minor, proposed_at, decided_at, currency, reference, kind,
            debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by, fingerprint
        )
        SELECT platform_id, party_id, book_id, sequence, amount_minor + 1, proposed_at, decided_at, currency, 'X9',
            kind, debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by, fingerprint
        FROM adjustment
        """,
    ),
    (
        "adjustment_moves_what_its_kind_says",
        """
        INSERT INTO adjustment (
            platform_id, party_id, book_id, amount_minor, proposed_at, currency, reference, kind,
            debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by, fingerprint
        )
        SELECT platform_id, party_id, book_id, amount_minor, proposed_at, currency, 'X9', kind,
            '1010', credit_code, 'PROPOSED', reason, order_reference, line_reference, proposed_by, fingerprint
        FROM adjustment
        """,
    ),
]


COPY_FOR = """
    INSERT INTO adjustment (
        platform_id, party_id, counterparty_id, book_id, amount_minor, proposed_at, currency, reference, kind,
        debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by, fingerprint
    )
    SELECT a.platform_id, p.party_id, c.party_id, a.book_id, a.amount_minor, a.proposed_at, a.currency, 'X9', $1,
        $2, $3, 'PROPOSED', a.reason, '', '', a.proposed_by, a.fingerprint
    FROM adjustment AS a
    INNER JOIN party AS p ON p.platform_id = a.platform_id AND p.reference = $4
    LEFT JOIN party AS c ON c.platform_id = a.platform_id AND c.reference = $5
"""


@pytest.mark.parametrize(
    ("law", "values"),
    [
        ("PARTY_EARNS_NOTHING", ("PENALTY", "2010", "4040", "LE", None)),
        ("PARTY_EARNS_NOTHING", ("CORRECTION", "2010", "2010", "M1", "LE")),
        ("PARTY_NOT_ACTIVE", ("COMPENSATION", "5060", "2010", "M2", None)),
        ("PARTY_NOT_ACTIVE", ("CORRECTION", "2010", "2010", "M1", "M2")),
    ],
)
async def test_the_database_knows_who_may_be_adjusted(market: Market, law: str, values: tuple[str | None, ...]) -> None:
    await propose(market, adjustment("PENALTY", "30.00"))
    await market.close("M2")

    with pytest.raises(asyncpg.CheckViolationError, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(COPY_FOR, *values)


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_what_the_program_would_not_write(market: Market, law: str, statement: str) -> None:
    await propose(market, adjustment("PENALTY", "30.00"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)
