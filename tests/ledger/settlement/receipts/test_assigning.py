"""What is unidentified has a reason, somebody who sees to it, and an age that nothing makes smaller."""

import json
from datetime import timedelta

from tests.ledger.settlement.receipts.telling import (
    assign,
    match,
    matched,
    owing,
    receipt,
    record,
    recorded,
    said,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World

CARE = "SELECT reason, owner, recorded_at, deadline FROM receipt ORDER BY receipt_id"


async def test_whoever_records_a_receipt_sees_to_it_unless_he_names_another(world: World) -> None:
    await record(world, receipt("70.00"), receipt("60.00", "R2", reason="No name on it.", owner="Li Na"))

    rows = await world.rows(CARE)

    assert [(row["reason"], row["owner"]) for row in rows] == [
        ("Nobody has matched it yet.", "cashier"),
        ("No name on it.", "Li Na"),
    ]
    assert [row["deadline"] - row["recorded_at"] for row in rows] == [timedelta(days=30)] * 2


async def test_a_receipt_is_handed_on_and_says_so(world: World) -> None:
    number = await recorded(world, receipt("70.00"))

    outcomes = await assign(
        world,
        {"receipt": number, "owner": "Li Na"},
        {"receipt": number, "reason": "Asked the bank."},
        {"receipt": number, "owner": "Li Na", "reason": "Asked the bank."},
        {"receipt": number + 1, "owner": "Li Na"},
    )

    assert said(outcomes) == ["", "", "replayed", "RECEIPT_MISSING"]
    ((row),) = await world.rows(CARE)
    assert (row["reason"], row["owner"]) == ("Asked the bank.", "Li Na")
    events = await world.rows("SELECT payload FROM log_event WHERE kind = 'receipt.assigned' ORDER BY sequence")
    told = [json.loads(event["payload"]) for event in events]
    assert [(each["owner"], each["why"]) for each in told] == [
        ("Li Na", "Nobody has matched it yet."),
        ("Li Na", "Asked the bank."),
    ]


async def test_what_is_cleared_waits_for_nobody_and_once_undone_is_as_old_as_before(world: World) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    (before,) = await world.rows(CARE)
    step = await matched(world, match(number, sheet))
    assert said(await assign(world, {"receipt": number, "owner": "Li Na"})) == ["RECEIPT_EMPTY"]

    await unmatch(world, step.match.match_id)

    assert said(await assign(world, {"receipt": number, "owner": "Li Na"})) == [""]
    (after,) = await world.rows(CARE)
    assert (after["recorded_at"], after["deadline"]) == (before["recorded_at"], before["deadline"])
