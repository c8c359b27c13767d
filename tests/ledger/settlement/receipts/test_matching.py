"""Receipts are recorded, matched against what is owed, unmatched and matched again."""

import asyncio
import json
from datetime import date

import pytest

from ledger.actor import Actor
from ledger.errors import LedgerError
from ledger.journal.closing import close_period
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft
from ledger.journal.posting import post_entries
from ledger.settlement.receipts.model import MatchStep, RecordedReceipt
from ledger.settlement.sheets.model import Status
from tests.ledger.settlement.receipts.telling import (
    CASHIER,
    Document,
    match,
    match_all,
    matched,
    owed,
    owing,
    receipt,
    record,
    recorded,
    said,
    unidentified,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World, at

STANDS = "1010, 2210, 1200 M1"


async def test_a_receivable_is_cleared_by_two_receipts_and_one_is_taken_back(world: World) -> None:
    sheet = await owing(world, 12_000)
    first, second = [
        await recorded(world, receipt(amount, name)) for amount, name in (("70.00", "R1"), ("60.00", "R2"))
    ]
    assert await world.net(STANDS) == [-13_000, 13_000, -12_000]

    whole, rest = await match_all(world, match(first, sheet), match(second, sheet, reference="T2"))

    assert isinstance(whole, MatchStep)
    assert isinstance(rest, MatchStep)
    assert (whole.match.amount, rest.match.amount) == (7_000, 5_000)
    assert await unidentified(world) == [0, 1_000]
    assert await world.net(STANDS) == [-13_000, 1_000, 0]
    cleared = await world.sheet(sheet.sheet_id)
    assert (cleared.status, cleared.collected, cleared.owed) == (Status.COLLECTED, 12_000, 0)

    assert said(await unmatch(world, rest.match.match_id)) == [""]

    assert await unidentified(world) == [0, 6_000]
    assert await world.net(STANDS) == [-13_000, 6_000, -5_000]
    again = await world.sheet(sheet.sheet_id)
    assert (again.status, again.collected, again.owed) == (Status.COLLECTING, 7_000, 5_000)

    assert (await matched(world, match(second, sheet, reference="T3"))).match.amount == 5_000
    assert await unidentified(world) == [0, 1_000]
    assert await world.net(STANDS) == [-13_000, 1_000, 0]
    assert (await world.sheet(sheet.sheet_id)).status is Status.COLLECTED


async def test_a_receipt_may_clear_parts_of_several_sheets_of_several_parties(world: World) -> None:
    one, other = await owing(world, 3_000), await owing(world, 4_000, party="M2")
    number = await recorded(world, receipt("50.00"))

    outcomes = await match_all(
        world, match(number, one, "10.00"), match(number, other, "25.50", "T2"), match(number, one, "14.50", "T3")
    )

    assert said(outcomes) == ["", "", ""]
    assert await unidentified(world) == [0]
    assert [await owed(world, each) for each in (one, other)] == [550, 1_450]
    assert await world.net("2210, 1200 M1, 1200 M2") == [0, -550, -1_450]
    assert (await world.sheet(one.sheet_id)).status is Status.CARRIED_FORWARD


async def test_the_entries_and_events_say_what_happened_and_nothing_of_the_payer(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00", payer="Wang Fang"))
    step = await matched(world, match(number, sheet, "20.00"))
    await unmatch(world, step.match.match_id, reason="Paid for another shop.")

    entries = await world.rows(
        "SELECT template, business_date::text, document_line, actor FROM entry WHERE document = $1 ORDER BY sequence",
        f"receipt/{number}",
    )
    assert [tuple(row) for row in entries] == [
        ("RECEIPT_RECORDED", "2024-07-09", "", "cashier"),
        ("RECEIPT_MATCHED", "2024-07-10", str(sheet.sheet_id), "cashier"),
        ("RECEIPT_UNMATCHED", "2024-07-11", str(sheet.sheet_id), "cashier"),
    ]
    events = await world.rows(
        "SELECT kind, payload, parties FROM log_event WHERE subject = $1 ORDER BY sequence", f"receipt/{number}"
    )
    common = {"receipt": "R1", "legalEntity": "LE", "currency": "CNY"}
    of_match = {**common, "match": "T1", "sheet": sheet.sheet_id, "party": "M1", "amount": "20.00"}
    told = [(row["kind"], {**json.loads(row["payload"]), "entries": None}) for row in events]
    assert told == [
        ("receipt.recorded", {**common, "amount": "70.00", "valueDate": "2024-07-09", "entries": None}),
        ("receipt.matched", {**of_match, "unidentified": "50.00", "owed": "100.00", "entries": None}),
        (
            "receipt.unmatched",
            {
                **of_match,
                "unidentified": "70.00",
                "owed": "120.00",
                "why": "Paid for another shop.",
                "entries": None,
            },
        ),
    ]
    entity, party = await world.id_of("LE"), await world.id_of("M1")
    assert [list(row["parties"]) for row in events] == [[entity], [entity, party], [entity, party]]


async def test_what_was_undone_stays_on_record_with_who_when_and_why(world: World) -> None:
    sheet = await owing(world, 12_000)
    step = await matched(world, match(await recorded(world, receipt("70.00")), sheet))

    await unmatch(world, step.match.match_id, actor=Actor("chief"), reason="Not theirs.")

    (row,) = await world.rows(
        "SELECT m.amount_minor, m.matched_by, u.unmatched_by, u.unmatched_at, u.reason FROM receipt_match AS m"
        " INNER JOIN receipt_unmatch AS u ON u.match_id = m.match_id"
    )
    assert tuple(row) == (7_000, "cashier", "chief", at("2024-07-11"), "Not theirs.")
    assert (await world.history(sheet.sheet_id))[-1] == ("CARRIED_FORWARD", "system")
    movements = await world.rows("SELECT kind, amount_minor, actor FROM sheet_movement ORDER BY movement_id")
    assert [tuple(row) for row in movements] == [("COLLECTED", 7_000, "cashier"), ("COLLECTED", -7_000, "chief")]


async def test_the_same_again_is_a_replay_and_something_else_under_its_name_a_conflict(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    step = await matched(world, match(number, sheet, "20.00"))
    undone = (await unmatch(world, step.match.match_id))[0]
    before = await world.count_rows()

    receipts = await record(world, receipt("70.00"), receipt("70.01"), receipt("70.00", payer="Somebody"))
    matches = await match_all(
        world,
        match(number, sheet, "20.00"),
        match(number, sheet),
        match(number, sheet, "20.01"),
        match(number, sheet.sheet_id + 1_000_000, "20.00"),
    )
    again = await unmatch(world, step.match.match_id, reason="Twice.", actor=Actor("other"))

    assert said(receipts) == ["replayed", "RECEIPT_CONFLICT", "RECEIPT_CONFLICT"]
    assert said(matches) == ["replayed", "replayed", *["RECEIPT_MATCH_CONFLICT"] * 2]
    assert matches[0] == MatchStep(step.match, step.sequence, True)
    assert isinstance(undone, MatchStep)
    assert again == [MatchStep(step.match, undone.sequence, True)]
    assert await world.count_rows() == before


async def test_what_is_said_twice_in_a_batch_is_done_once(world: World) -> None:
    sheet = await owing(world, 12_000)

    receipts = await record(world, receipt("70.00"), receipt("70.00"), receipt("1.00"), receipt("1.00", "R2"))
    assert isinstance(receipts[0], RecordedReceipt)
    number = receipts[0].receipt_id
    matches = await match_all(
        world, match(number, sheet, "1.00"), match(number, sheet, "1.00"), match(number, sheet, "2.00")
    )
    assert isinstance(matches[0], MatchStep)
    undone = await unmatch(world, matches[0].match.match_id, matches[0].match.match_id)
    nobody = await match_all(world, match(1, sheet, reference="T9"), match(1, sheet, reference="T9"))

    assert said(receipts) == ["", "replayed", "RECEIPT_CONFLICT", ""]
    assert said(matches) == ["", "replayed", "RECEIPT_MATCH_CONFLICT"]
    assert said(undone) == ["", "replayed"]
    assert said(nobody) == ["RECEIPT_MISSING"] * 2
    assert await unidentified(world) == [7_000, 100]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (receipt("1.00", legalEntity="NOBODY"), "BOOK_MISSING"),
        (receipt("1.00", legalEntity="M1"), "BOOK_MISSING"),
        (receipt("1.00", valueDate="2024-07-11"), "RECEIPT_FROM_TOMORROW"),
    ],
)
async def test_a_refused_receipt_writes_nothing(world: World, document: Document, code: str) -> None:
    before = await world.count_rows()

    assert said(await record(world, document)) == [code]
    assert await world.count_rows() == before
    assert await unidentified(world) == []


async def test_a_match_takes_no_more_than_both_have(world: World) -> None:
    sheet = await owing(world, 12_000)
    small = await recorded(world, receipt("70.00"))
    large = await recorded(world, receipt("130.00", "R2"))
    before = await world.count_rows()

    refused = await match_all(
        world,
        match(small, sheet, "70.01"),
        match(large, sheet, "120.01", "T2"),
        match(999_999, sheet, reference="T3"),
        match(small, 999_999, reference="T4"),
        match(small, sheet, "1.00", "T5", currency="USD"),
    )

    assert said(refused) == [
        "RECEIPT_EXCEEDED",
        "SHEET_PAYABLE_EXCEEDED",
        "RECEIPT_MISSING",
        "SHEET_MISSING",
        "INVALID_INPUT",
    ]
    assert await world.count_rows() == before
    assert (await unidentified(world), await owed(world, sheet)) == ([7_000, 13_000], 12_000)
    assert said(await match_all(world, match(small, sheet), match(small, sheet, reference="T2"))) == [
        "",
        "RECEIPT_EMPTY",
    ]
    assert said(await match_all(world, match(large, sheet, reference="T3"), match(large, sheet, reference="T4"))) == [
        "",
        "SHEET_NOT_PAYABLE",
    ]


async def test_only_a_debt_that_stands_is_cleared(world: World) -> None:
    number = await recorded(world, receipt("70.00"))
    await world.earn("M2", 5_000, "2024-06-05")
    await world.earn("M1", -5_000, "2024-06-05")
    await world.settle("2024-07-01")
    (positive,), (presented,) = await world.sheets("M2"), await world.sheets("M1")
    (still_open,) = [each for each in await world.sheets("M1", closed=False) if each.status is Status.OPEN]

    async def said_of(number_of_sheet: int, name: str) -> list[str]:
        return said(await match_all(world, match(number, number_of_sheet, "1.00", name)))

    assert await said_of(positive.sheet_id, "T1") == ["SHEET_NOT_PAYABLE"]
    assert await said_of(still_open.sheet_id, "T2") == ["SHEET_NOT_PAYABLE"]
    await world.dispute(presented, "2024-07-02")
    assert await said_of(presented.sheet_id, "T3") == ["SHEET_NOT_PAYABLE"]
    await world.answer(presented, "2024-07-03")
    assert await said_of(presented.sheet_id, "T4") == [""]


async def test_a_receipt_clears_what_is_owed_to_its_own_entity_in_its_own_currency(world: World) -> None:
    dollars = await owing(world, 5_000, currency="USD")
    sheet = await owing(world, 5_000)
    yuan = await recorded(world, receipt("70.00"))

    assert said(await match_all(world, match(yuan, dollars))) == ["RECEIPT_MATCH_FOREIGN"]
    assert said(await match_all(world, match(yuan, sheet))) == [""]


async def test_a_receipt_with_value_in_a_closed_period_is_dated_on_the_first_open_day(world: World) -> None:
    async with world.database.write(world.platform_id) as conn:
        book_id = await world.id_of("LE")
        await close_period(conn, book_id=book_id, through=date(2024, 7, 8), actor=Actor("chief"), now=at("2024-07-10"))

    await recorded(world, receipt("70.00", valueDate="2024-07-01"))

    (row,) = await world.rows(
        "SELECT e.business_date, e.requested_date, r.value_date FROM receipt AS r"
        " INNER JOIN entry AS e ON e.sequence = r.sequence"
    )
    assert tuple(row) == (date(2024, 7, 9), date(2024, 7, 1), date(2024, 7, 1))


async def test_what_somebody_took_from_the_unidentified_by_hand_cannot_be_matched(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    book_id = await world.id_of("LE")
    back, bank = (AccountKey(book_id, code, None, "CNY") for code in ("2210", "1010"))
    lines = (LineDraft(back, DEBIT, 1_000), LineDraft(bank, CREDIT, 1_000))
    draft = EntryDraft(key="given back", book_id=book_id, business_date=date(2024, 7, 10), lines=lines)
    async with world.database.write(world.platform_id) as conn:
        await post_entries(conn, drafts=[draft], actor=CASHIER)

    with pytest.raises(LedgerError) as refused:
        await match_all(world, match(number, sheet))

    assert refused.value.code == "BALANCE_FLOOR"
    assert (await unidentified(world), await owed(world, sheet)) == ([7_000], 12_000)
    assert said(await match_all(world, match(number, sheet, "60.00"))) == [""]


async def test_two_matches_at_once_share_what_there_is(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    asked = [match(number, sheet, "40.00", f"T{place}") for place in range(4)]

    outcomes = await asyncio.gather(*(match_all(world, each) for each in asked))

    assert sorted(said([outcome for each in outcomes for outcome in each])) == ["", *["RECEIPT_EXCEEDED"] * 3]
    assert (await unidentified(world), await owed(world, sheet)) == ([3_000], 8_000)


async def test_a_match_and_its_undoing_asked_for_at_once_by_many_happen_once(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))

    matches = await asyncio.gather(*(match_all(world, match(number, sheet)) for _ in range(3)))
    steps = [step for (step,) in matches if isinstance(step, MatchStep)]
    undone = await asyncio.gather(*(unmatch(world, steps[0].match.match_id) for _ in range(3)))

    assert sorted(step.replayed for step in steps) == [False, True, True]
    assert sorted(said([step for each in undone for step in each])) == ["", "replayed", "replayed"]
    assert (await unidentified(world), await owed(world, sheet)) == ([7_000], 12_000)


async def test_a_match_that_is_not_there_cannot_be_undone(world: World) -> None:
    assert said(await unmatch(world, 1)) == ["RECEIPT_MATCH_MISSING"]
