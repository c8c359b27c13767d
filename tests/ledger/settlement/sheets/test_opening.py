"""Sheets are opened ahead, cut by new terms, and ended on demand."""

from datetime import date

import pytest

from ledger.errors import LedgerError
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import write_entries
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.opening import open_sheets
from ledger.settlement.terms.model import OPEN_END
from tests.ledger.settlement.sheets.world import SOURCE, SYSTEM, World, at


def periods(sheets: list[Sheet]) -> list[tuple[object, object]]:
    return [(sheet.period_start, sheet.period_end) for sheet in sheets]


async def test_a_change_at_the_next_period_leaves_the_open_one(world: World) -> None:
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-04")

    await world.change_terms("2024-07-17", party="M1", cycle="WEEKLY", effect="NEXT_PERIOD", validFrom="2024-07-17")
    await world.settle("2024-08-05")

    assert periods(await world.sheets("M1")) == [
        (at("2024-07-01"), at("2024-08-01")),
        (at("2024-08-01"), at("2024-08-05")),
    ]


async def test_what_was_posted_for_a_day_alone_opens_the_sheet_of_that_day_where_its_party_is(world: World) -> None:
    await world.register(
        {"reference": "A9", "kind": "AGENT", "name": "West", "parent": "A1", "timeZone": "America/Sao_Paulo"},
        {"reference": "M9", "kind": "MERCHANT", "name": "West", "parent": "A9"},
    )
    book_id, party_id = await world.id_of("LE"), await world.id_of("M9")
    source, owed = AccountKey(book_id, SOURCE, None, "CNY"), AccountKey(book_id, "2010", party_id, "CNY")
    lines = (LineDraft(source, "D", 100), LineDraft(owed, "C", 100))
    draft = EntryDraft("opening balance", book_id, date(2024, 7, 1), lines, source="IMPORT")
    async with world.database.write(world.platform_id) as conn:
        written = await write_entries(conn, drafts=[draft], events=(), actor=SYSTEM)
    assert isinstance(written.outcomes[0], Posted)

    await world.open_sheets("2024-07-03")

    assert periods(await world.sheets("M9", closed=False)) == [(at("2024-07-01T03:00Z"), at("2024-08-01T03:00Z"))]


async def test_a_change_now_cuts_the_open_period_and_no_line_moves(world: World) -> None:
    early = await world.earn("M1", 1, "2024-07-03")
    late = await world.earn("M1", 2, "2024-07-18")
    await world.open_sheets("2024-07-04")

    await world.change_terms("2024-07-17", party="M1", cycle="WEEKLY", effect="NOW", validFrom="2024-07-17")
    await world.settle("2024-07-22")

    first, second = await world.sheets("M1")
    assert periods([first, second]) == [(at("2024-07-01"), at("2024-07-17")), (at("2024-07-17"), at("2024-07-22"))]
    assert await world.lines(first.sheet_id) == [(early, 1)]
    assert await world.lines(second.sheet_id) == [(late, 2)]
    assert "sheet.redated" in await world.told(first.sheet_id)


async def test_a_change_moves_the_sheet_that_was_opened_ahead(world: World) -> None:
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-31T12:00")

    await world.change_terms("2024-07-31T13:00", party="M1", cycle="WEEKLY", effect="NOW", validFrom="2024-07-31")

    assert periods(await world.sheets("M1", closed=False)) == [
        (at("2024-07-01"), at("2024-07-31")),
        (at("2024-07-31"), at("2024-08-05")),
    ]


async def test_a_change_moves_a_sheet_to_where_another_stood_that_moves_on(world: World) -> None:
    await world.set_terms(party="M1", cycle="DAILY")
    await world.earn("M1", 1, "2024-07-06")
    for _ in range(2):
        await world.open_sheets("2024-07-06T12:00")
    assert len(await world.sheets("M1", closed=False)) == 3  # of Saturday, Sunday and Monday

    await world.change_terms("2024-07-06T13:00", party="M1", cycle="WEEKLY", effect="NOW", validFrom="2024-07-06")

    assert periods(await world.sheets("M1", closed=False)) == [
        (at("2024-07-06"), at("2024-07-08")),
        (at("2024-07-08"), at("2024-07-15")),
        (at("2024-07-15"), at("2024-07-22")),
    ]
    await world.change_terms("2024-07-06T14:00", party="M1", cycle="DAILY", effect="NOW", validFrom="2024-07-06")
    assert [sheet.period_start for sheet in await world.sheets("M1", closed=False)] == [
        *(at("2024-07-06"), at("2024-07-07"), at("2024-07-08"))
    ]


async def test_a_change_to_on_demand_leaves_the_end_to_the_sheet_that_was_opened_ahead(world: World) -> None:
    await world.set_terms(party="M1", cycle="DAILY")
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-03T12:00")

    for _ in range(2):
        await world.change_terms(
            "2024-07-03T13:00", party="M1", cycle="ON_DEMAND", effect="NOW", validFrom="2024-07-03"
        )

        sheets = await world.sheets("M1", closed=False)
        assert periods(sheets) == [(at("2024-07-03"), at("2024-07-04")), (at("2024-07-04"), OPEN_END)]
    await world.earn("M1", 2, "2024-07-20")
    await world.end(sheets[1], "2024-07-21T09:00")
    await world.settle("2024-07-22")
    assert [sheet.total for sheet in await world.sheets("M1")] == [1, 2]


async def test_a_sheet_that_was_ended_stays_so_though_terms_change_before_it_closes(world: World) -> None:
    await world.set_terms(party="M1", cycle="ON_DEMAND")
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-04")
    (sheet,) = await world.sheets("M1", closed=False)
    await world.end(sheet, "2024-07-10T09:00")

    await world.change_terms("2024-07-10T10:00", party="M1", netting=True, validFrom="2024-07-10", effect="NOW")

    await world.settle("2024-07-11")
    (closed,) = await world.sheets("M1")
    assert (closed.period_end, closed.total) == (at("2024-07-10T09:00"), 1)


async def test_what_a_closed_party_gets_on_another_account_is_on_the_sheet_after_its_last(world: World) -> None:
    await world.set_terms(party="D2", cycle="DAILY")
    await world.earn("D2", 1, "2024-07-03", code="2042")
    await world.open_sheets("2024-07-03")
    await world.close("D2")
    for when in ("2024-07-06", "2024-07-08"):
        await world.settle(when)
    last = (await world.sheets("D2", closed=False))[-1]
    assert (last.status, last.period_end) == (Status.COMPLETED, at("2024-07-05"))

    await world.change_terms("2024-07-10", party="D2", cycle="MONTHLY", effect="NOW", validFrom="2024-07-01")
    await world.earn("D2", 2, "2024-07-10", code="2041")
    await world.settle("2024-08-02")

    after = (await world.sheets("D2"))[-1]
    assert (after.period_start, after.period_end, after.total) == (at("2024-07-05"), at("2024-08-01"), 2)


async def test_the_next_sheet_is_opened_at_noon_before_its_period_and_not_at_the_boundary(world: World) -> None:
    await world.set_terms(party="M1", cycle="DAILY")
    await world.earn("M1", 1, "2024-07-03")
    await world.open_sheets("2024-07-03T11:59")
    assert len(await world.sheets("M1", closed=False)) == 2  # today's and tomorrow's

    await world.open_sheets("2024-07-03T12:00")
    assert [sheet.period_start for sheet in await world.sheets("M1", closed=False)][-1] == at("2024-07-05")

    before = await world.sheets("M1", closed=False)
    await world.settle("2024-07-04")
    after = await world.sheets("M1", closed=False)
    assert [sheet.sheet_id for sheet in after] == [sheet.sheet_id for sheet in before]


async def test_a_sheet_on_demand_ends_when_it_is_asked_for(world: World) -> None:
    await world.set_terms(party="M1", cycle="ON_DEMAND")
    await world.earn("M1", 5, "2024-07-03")
    await world.open_sheets("2024-07-04")
    (sheet,) = await world.sheets("M1", closed=False)

    assert (await world.settle("2024-07-10")).fixed == 0
    await world.end(sheet, "2024-07-10T12:00")
    await world.earn("M1", 7, "2024-07-10T13:00")
    await world.settle("2024-07-10T14:00")

    (closed,) = await world.sheets("M1")
    assert (closed.sheet_id, closed.period_end, closed.total) == (sheet.sheet_id, at("2024-07-10T12:00"), 5)
    assert closed.due_date.isoformat() == "2024-07-17"
    (following,) = [s for s in await world.sheets("M1", closed=False) if s.status is Status.OPEN]
    assert following.period_start == at("2024-07-10T12:00")


async def test_a_sheet_of_a_cycle_is_not_ended_early(world: World) -> None:
    await world.earn("M1", 5, "2024-07-03")
    await world.open_sheets("2024-07-04")
    (sheet,) = await world.sheets("M1", closed=False)

    with pytest.raises(LedgerError) as refused:
        await world.end(sheet, "2024-07-10")

    assert refused.value.code == "SHEET_NOT_ON_DEMAND"


async def test_opening_twice_opens_once(world: World) -> None:
    await world.earn("M1", 5, "2024-07-03")

    assert [await world.open_sheets("2024-07-04"), await world.open_sheets("2024-07-04")] == [1, 0]


async def test_a_key_has_a_sheet_for_each_of_its_modes_and_currencies(world: World) -> None:
    await world.earn("M1", 5, "2024-07-03")
    await world.earn("M1", 5, "2024-07-03", code="2080")
    await world.earn("M1", 5, "2024-07-03", currency="USD")
    await world.open_sheets("2024-07-04")

    found = sorted((s.key.role, s.key.mode, s.key.currency) for s in await world.sheets("M1", closed=False))

    assert found == [("MERCHANT", "AGENCY", "CNY"), ("MERCHANT", "AGENCY", "USD"), ("SUPPLIER", "PURCHASE", "CNY")]


@pytest.mark.parametrize("size", [1, 30])
async def test_opening_takes_as_many_statements_for_many_as_for_one(
    world: World, statements: list[str], size: int
) -> None:
    currencies = ["CNY", "USD", "EUR", "JPY", "KWD", "GBP", "CHF", "SEK", "NOK", "DKK"]
    parties = [("M1", "2010"), ("M2", "2010"), ("A1", "2020")]
    places = [(party, code, currency) for party, code in parties for currency in currencies][:size]
    for party, code, currency in places:
        await world.earn(party, 5, "2024-07-03", code=code, currency=currency)
    await world.id_of("LE")

    statements.clear()
    assert await world.open_sheets("2024-07-04") == size

    assert len(statements) == 13


async def test_opening_ahead_in_small_steps_leaves_nobody_out(world: World) -> None:
    for party in ("M1", "M2"):
        for currency in ("CNY", "USD", "EUR"):
            await world.earn(party, 5, "2024-07-03", currency=currency)
    await world.open_sheets("2024-07-04")

    opened = []
    is_more = True
    while is_more:
        async with world.database.write(world.platform_id) as conn:
            step = await open_sheets(conn, actor=SYSTEM, now=at("2024-07-31T12:00"), limit=2)
        opened.append(step.sheets)
        is_more = step.is_more

    assert opened == [2, 2, 2, 0, 0]
    assert await world.open_sheets("2024-07-31T12:00") == 0
