"""A small rest of a debt goes with the match that all but clears it, where that is asked for and allowed."""

import json

from ledger.settlement.sheets.model import Status
from tests.ledger.settlement.receipts.telling import (
    match,
    match_all,
    matched,
    owed,
    owing,
    receipt,
    recorded,
    said,
    tolerate,
    unidentified,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World

STANDS = "1010, 2210, 1200 M1, 5070"


async def test_a_rest_within_what_is_tolerated_goes_with_the_match(world: World) -> None:
    await tolerate(world, "0.05")
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("119.97"))

    step = await matched(world, match(number, sheet, clearRest=True))

    assert (step.match.amount, step.match.rest) == (11_997, 3)
    assert await world.net(STANDS) == [-11_997, 0, 0, -3]
    cleared = await world.sheet(sheet.sheet_id)
    assert (cleared.status, cleared.collected, cleared.written_off, cleared.owed) == (Status.COLLECTED, 11_997, 3, 0)
    entries = await world.rows(
        "SELECT template, document_line FROM entry WHERE document = $1 ORDER BY sequence", f"receipt/{number}"
    )
    assert [tuple(row) for row in entries][1:] == [
        ("RECEIPT_MATCHED", str(sheet.sheet_id)),
        ("RECEIPT_REST_CLEARED", str(sheet.sheet_id)),
    ]
    (event,) = await world.rows("SELECT payload FROM log_event WHERE kind = 'receipt.matched'")
    told = json.loads(event["payload"])
    assert (told["amount"], told["rest"], told["owed"]) == ("119.97", "0.03", "0.00")


async def test_undoing_takes_the_rest_back_to_the_cent(world: World) -> None:
    await tolerate(world, "0.05")
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("119.97"))
    step = await matched(world, match(number, sheet, clearRest=True))

    assert said(await unmatch(world, step.match.match_id)) == [""]

    assert await world.net(STANDS) == [-11_997, 11_997, -12_000, 0]
    again = await world.sheet(sheet.sheet_id)
    assert (again.status, again.collected, again.written_off, again.owed) == (Status.COLLECTING, 0, 0, 12_000)
    (row,) = await world.rows("SELECT rest_sequence FROM receipt_unmatch")
    (entry,) = await world.rows("SELECT template FROM entry WHERE sequence = $1", row["rest_sequence"])
    assert entry["template"] == "RECEIPT_REST_RESTORED"
    anew = await matched(world, match(number, sheet, reference="T2", clearRest=True))
    assert (anew.match.rest, await owed(world, sheet)) == (3, 0)


async def test_nothing_is_tolerated_before_anybody_said_how_much(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("119.99"))
    before = await world.count_rows()

    assert said(await match_all(world, match(number, sheet, clearRest=True))) == ["RECEIPT_REST_TOO_LARGE"]

    assert await world.count_rows() == before
    assert await unidentified(world) == [11_999]


async def test_the_last_word_of_a_legal_entity_and_currency_counts(world: World) -> None:
    assert said(await tolerate(world, "0.05", "0.05", "0.02")) == ["", "replayed", ""]
    assert said(await tolerate(world, "0.02")) == ["replayed"]
    assert said(await tolerate(world, "9.00", currency="USD")) == [""]
    assert said(await tolerate(world, "1.00", legal_entity="M1")) == ["BOOK_MISSING"]
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("119.97"))

    refused = await match_all(world, match(number, sheet, clearRest=True))
    await tolerate(world, "0.03")

    assert said(refused) == ["RECEIPT_REST_TOO_LARGE"]
    assert (await matched(world, match(number, sheet, clearRest=True))).match.rest == 3
    await tolerate(world, "0.00")
    rows = await world.rows("SELECT payload FROM log_event WHERE kind = 'receipt.tolerance_set' ORDER BY sequence")
    assert [json.loads(row["payload"])["amount"] for row in rows] == ["0.05", "0.02", "9.00", "0.03", "0.00"]


async def test_a_rest_is_only_given_up_where_that_is_asked_for(world: World) -> None:
    await tolerate(world, "0.05")
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("119.97"))

    step = await matched(world, match(number, sheet))

    assert (step.match.rest, await owed(world, sheet)) == (0, 3)
    conflict = await match_all(world, match(number, sheet, clearRest=True))
    assert said(conflict) == ["RECEIPT_MATCH_CONFLICT"]


async def test_where_nothing_is_left_nothing_is_given_up_and_the_same_again_is_a_replay(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("130.00"))
    asked = match(number, sheet, clearRest=True)

    outcomes = await match_all(world, asked, asked)

    assert said(outcomes) == ["", "replayed"]
    assert said(await match_all(world, asked)) == ["replayed"]
    assert said(await match_all(world, match(number, sheet))) == ["RECEIPT_MATCH_CONFLICT"]
    assert await world.net(STANDS) == [-13_000, 1_000, 0, 0]
