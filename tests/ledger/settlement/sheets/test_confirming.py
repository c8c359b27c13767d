"""Confirmation, dispute and silence."""

import asyncio
import hashlib

import pytest

from ledger.errors import LedgerError
from ledger.settlement.sheets.advancing import find_confirm_by
from ledger.settlement.sheets.model import Sheet, Status
from tests.ledger.settlement.sheets.world import World, at


async def presented(world: World, **terms: object) -> Sheet:
    """A sheet of 10.00 that its party has been shown."""
    await world.set_terms(role="MERCHANT", **(terms or {"confirmation": "REQUIRED"}))
    await world.earn("M1", 1_000, "2024-06-05")
    await world.settle("2024-07-01T00:00")
    (sheet,) = await world.sheets("M1")
    assert sheet.status is Status.CONFIRM_PENDING
    return sheet


async def test_a_confirmed_sheet_without_a_flow_is_to_be_paid(world: World) -> None:
    sheet = await presented(world)

    assert await world.confirm(sheet, actor="merchant") == [""]

    assert await world.history(sheet.sheet_id) == [
        ("OPEN", "system"),
        ("CLOSING", "system"),
        ("CLOSED", "system"),
        ("CONFIRM_PENDING", "system"),
        ("CONFIRMED", "merchant"),
        ("APPROVED", "merchant"),
        ("PAYMENT_PENDING", "merchant"),
    ]
    assert await world.told(sheet.sheet_id) == [
        "sheet.opened",
        "sheet.closed",
        "sheet.presented",
        "sheet.confirmed",
        "sheet.approved",
        "sheet.payable",
    ]


async def test_confirming_again_is_a_replay_and_an_open_sheet_is_not_confirmed(world: World) -> None:
    sheet = await presented(world)
    (following,) = [s for s in await world.sheets("M1", closed=False) if s.status is Status.OPEN]

    assert await world.confirm(sheet, sheet, following, 999_999) == [
        "",
        "replayed",
        "SHEET_NOT_PRESENTED",
        "SHEET_MISSING",
    ]
    assert await world.confirm(sheet) == ["replayed"]


async def test_silence_confirms_on_the_seventh_day_as_the_system(world: World) -> None:
    sheet = await presented(world, confirmation="DEEMED", confirmationDays=7)

    assert await world.deem("2024-07-07T23:59:59.999999") == 0
    assert await world.deem("2024-07-08T00:00") == 1

    assert ("CONFIRMED", "system") in await world.history(sheet.sheet_id)
    (row,) = await world.rows(
        "SELECT at FROM sheet_history WHERE sheet_id = $1 AND status = 'CONFIRMED'", sheet.sheet_id
    )
    assert row["at"] == at("2024-07-08")


@pytest.mark.parametrize(
    ("zone", "began", "until"),
    [
        ("America/New_York", "2024-03-08T00:00-05:00", "2024-03-15T00:00-04:00"),
        ("America/New_York", "2024-11-01T00:00-04:00", "2024-11-08T00:00-05:00"),
        ("Asia/Shanghai", "2024-03-08T00:00+08:00", "2024-03-15T00:00+08:00"),
        # The clocks skip that midnight: the day begins at one.
        ("America/Sao_Paulo", "2018-10-28T00:00-03:00", "2018-11-04T01:00-02:00"),
    ],
)
async def test_the_days_of_silence_end_at_the_time_of_day_they_began_at_also_where_clocks_change(
    world: World, zone: str, began: str, until: str
) -> None:
    sheet = (await presented(world))._replace(zone=zone, deemed_days=7)

    assert find_confirm_by(at(began), sheet) == at(until)


async def test_silence_counts_to_the_day_however_late_it_is_written_down(world: World) -> None:
    sheet = await presented(world, confirmation="DEEMED", confirmationDays=7)

    with pytest.raises(LedgerError) as refused:
        await world.dispute(sheet, "2024-07-08T00:00")
    assert refused.value.code == "SHEET_ALREADY_DEEMED"
    assert await world.confirm(sheet, when="2024-07-09") == [""]

    (row,) = await world.rows(
        "SELECT at, actor FROM sheet_history WHERE sheet_id = $1 AND status = 'CONFIRMED'", sheet.sheet_id
    )
    assert (row["at"], row["actor"]) == (at("2024-07-08"), "system")


async def test_a_dispute_on_the_sixth_day_stops_the_clock(world: World) -> None:
    sheet = await presented(world, confirmation="DEEMED", confirmationDays=7)

    disputed = await world.dispute(sheet, "2024-07-07", evidence=hashlib.sha256(b"scan").digest())

    assert await world.deem("2024-07-20") == 0
    assert disputed.sheet.status is Status.DISPUTED


async def test_an_answer_presents_the_sheet_again_with_all_its_days(world: World) -> None:
    sheet = await presented(world, confirmation="DEEMED", confirmationDays=7)
    ((sequence, _),) = await world.lines(sheet.sheet_id)
    (line,) = await world.rows("SELECT position FROM sheet_line WHERE sequence = $1 AND NOT is_closing", sequence)
    await world.dispute(sheet, "2024-07-07", lines=[(sequence, line["position"])])
    await world.adjust("A-1", "2024-07-09")

    answered = await world.answer(sheet, "2024-07-10", adjustments=["A-1"])

    assert (answered.sheet.status, answered.sheet.confirm_by) == (Status.CONFIRM_PENDING, at("2024-07-17"))
    assert [status for status, _ in await world.history(sheet.sheet_id)][-3:] == [
        "DISPUTED",
        "ADJUSTED",
        "CONFIRM_PENDING",
    ]
    (row,) = await world.rows("SELECT answer, answered_by, adjustments, line_sequences FROM sheet_dispute")
    assert tuple(row) == ("looked into", "tester", ["A-1"], [sequence])


async def test_a_dispute_names_lines_of_its_sheet(world: World) -> None:
    sheet = await presented(world)

    with pytest.raises(LedgerError) as refused:
        await world.dispute(sheet, "2024-07-02", lines=[(1, 1)])

    assert refused.value.code == "SHEET_LINE_MISSING"
    assert (await world.sheet(sheet.sheet_id)).status is Status.CONFIRM_PENDING


async def test_a_sheet_confirmed_and_disputed_at_once_is_one_of_them(world: World) -> None:
    sheet = await presented(world)

    outcomes = await asyncio.gather(
        world.confirm(sheet, when="2024-07-02"), world.dispute(sheet, "2024-07-02"), return_exceptions=True
    )

    status = (await world.sheet(sheet.sheet_id)).status
    if status is Status.DISPUTED:
        assert outcomes[0] == ["SHEET_NOT_PRESENTED"]
    else:
        assert status is Status.PAYMENT_PENDING
        assert isinstance(outcomes[1], LedgerError)
        assert outcomes[1].code == "SHEET_NOT_PRESENTED"


@pytest.mark.parametrize("size", [1, 20])
async def test_confirming_many_takes_as_many_statements_as_one(world: World, statements: list[str], size: int) -> None:
    await world.set_terms(role="MERCHANT", cycle="DAILY")
    await world.earn_many([("M1", 5, f"2024-06-{day:02}", "2010") for day in range(1, size + 1)])
    await world.settle("2024-07-01")
    sheets = [s for s in await world.sheets("M1") if s.status is Status.CONFIRM_PENDING]
    assert len(sheets) == size

    statements.clear()
    assert await world.confirm(*sheets) == [""] * size

    assert len(statements) == 12


async def waiting(world: World, party: str) -> list[Sheet]:
    return [sheet for sheet in await world.sheets(party) if sheet.status is Status.CONFIRM_PENDING]


async def test_who_stands_above_a_party_sees_its_sheet_and_does_not_speak_for_it(
    world: World, statements: list[str]
) -> None:
    await world.set_terms(role="DISTRIBUTOR", cycle="DAILY", confirmation="REQUIRED")
    await world.earn_many([(party, 5, f"2024-06-0{day}", "2041") for party in ("D1", "D2") for day in (1, 2)])
    await world.settle("2024-07-01")
    upper, lower = await waiting(world, "D2"), await waiting(world, "D1")

    statements.clear()
    above = await world.confirm(*upper[:1], *lower, 999_999, speaker="D2")
    asked = len(statements)
    below = await world.confirm(*lower, *upper, speaker="D1")
    with pytest.raises(LedgerError) as refused:
        await world.dispute(lower[0], "2024-07-02", party_id=await world.id_of("M1"))

    assert above == ["", "SHEET_OF_ANOTHER_PARTY", "SHEET_OF_ANOTHER_PARTY", "SHEET_MISSING"]
    assert below == ["", "", "SHEET_MISSING", "SHEET_MISSING"]
    assert asked == 13  # one more than confirming takes: it finds who stands above all of them
    assert refused.value.code == "SHEET_MISSING"
