"""Holds of a closed sheet: out of what it still has to be paid, and back to it."""

from datetime import date

import pytest

from ledger.approvals.model import Kind
from ledger.db.connecting import Database
from ledger.journal.closing import close_period
from ledger.settlement.holds.model import Placed
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change
from ledger.verify.verifying import verify
from tests.faults.between import between_statements, listening
from tests.ledger.outcomes import codes
from tests.ledger.settlement.holds.telling import hold, lift, lift_all, place, place_all
from tests.ledger.settlement.second_person import ask_a_second_person
from tests.ledger.settlement.sheets.world import TESTER, World, at, payout

STANDS = "2015 M1, 2050 M1"


@pytest.fixture
async def world(database: Database) -> World:
    opened = await World.open(database)
    assert isinstance(opened, World)
    await opened.set_terms(party="M1", confirmation="NONE")
    await opened.earn("M1", 10_000, "2025-12-15")
    await opened.settle("2026-01-02")
    return opened


async def sheet_of(world: World) -> Sheet:
    return (await world.sheets("M1"))[0]


async def test_a_hold_takes_from_what_a_sheet_has_to_be_paid_and_gives_it_back(world: World) -> None:
    sheet = await sheet_of(world)
    placed = await place(world, hold("40.00", sheet=sheet.sheet_id))

    held = await sheet_of(world)
    assert (held.held, held.payable) == (4_000, 6_000)
    assert await world.net(STANDS) == [6_000, 4_000]
    (entry,) = await world.rows("SELECT document, document_line FROM entry WHERE template = 'HOLD_PLACED'")
    assert tuple(entry) == (f"hold/{placed.hold_id}", str(sheet.sheet_id))
    assert await world.take(payout(sheet, 6_001)) == ["SHEET_PAYABLE_EXCEEDED"]
    assert await world.take(payout(sheet, 6_000)) == [""]
    assert (await sheet_of(world)).status is Status.PAYING

    await lift(world, placed.hold_id, "15.00")
    await lift(world, placed.hold_id, reference="L2")

    freed = await sheet_of(world)
    assert (freed.held, freed.payable, freed.status) == (0, 4_000, Status.PAYMENT_PENDING)
    # Nothing was posted for the payout that the test claimed.
    assert await world.net(STANDS) == [10_000, 0]


async def test_two_steps_of_one_batch_go_to_one_sheet(world: World) -> None:
    sheet = await sheet_of(world)

    outcomes = await place_all(world, *(hold("60.00", name, sheet=sheet.sheet_id) for name in ("H1", "H2")))
    await place_all(world, hold("40.00", "H3", sheet=sheet.sheet_id))

    assert codes(outcomes) == ["", "SHEET_PAYABLE_EXCEEDED"]
    first = outcomes[0]
    assert isinstance(first, Placed)
    step = {"hold": first.hold_id, "reason": "Reviewed.", "amount": "10.00", "currency": "CNY"}
    assert codes(await lift_all(world, {**step, "reference": "a"}, {**step, "reference": "b"})) == ["", ""]
    assert await world.net(STANDS) == [2_000, 8_000]


async def test_nobody_is_asked_for_a_hold_of_what_a_sheet_does_not_have(world: World) -> None:
    sheet = await sheet_of(world)
    await ask_a_second_person(world, Kind.HOLD, from_amount_minor=5_000, currency="CNY")

    outcomes = await place_all(
        world,
        hold("100.01", sheet=sheet.sheet_id),
        hold("60.00", "H2", sheet=sheet.sheet_id),
        hold("45.00", "H3", sheet=sheet.sheet_id),
        hold("60.00", "H4", sheet=sheet.sheet_id),
        hold("60.00", "H5", sheet=999_999),
    )

    assert codes(outcomes) == ["SHEET_PAYABLE_EXCEEDED", "", "", "SHEET_PAYABLE_EXCEEDED", "SHEET_MISSING"]
    assert [each.approval_id is not None for each in outcomes if isinstance(each, Placed)] == [True, False]
    assert len(await world.rows("SELECT 1 FROM approval")) == 1
    assert await world.net(STANDS) == [5_500, 4_500]


async def test_a_sheet_of_somebody_else_or_none_is_refused(world: World) -> None:
    sheet = await sheet_of(world)
    before = await world.count_rows()

    outcomes = await place_all(
        world,
        hold("1.00", "a", party="M2", sheet=sheet.sheet_id),
        {**hold("1.000", "b", sheet=sheet.sheet_id), "currency": "KWD"},
        hold("1.00", "c", sheet=999_999),
    )

    assert codes(outcomes) == ["INVALID_INPUT", "INVALID_INPUT", "SHEET_MISSING"]
    assert await world.count_rows() == before


async def test_an_open_sheet_is_not_held_as_a_sheet(world: World) -> None:
    await world.earn("M1", 500, "2026-01-03")
    open_sheet = (await world.sheets("M1", closed=False))[-1]

    assert codes(await place_all(world, hold("1.00", sheet=open_sheet.sheet_id))) == ["SHEET_NOT_PAYABLE"]


async def test_what_one_account_of_a_sheet_has_is_held_less_what_is_owed_on_another(world: World) -> None:
    """Else the sheet would say that its party owes what is held."""
    await world.set_terms(party="D1", confirmation="NONE")
    await world.earn("D1", 10_000, "2026-01-05", code="2041")
    await world.earn("D1", -8_000, "2026-01-06", code="2042")

    outcomes = await place_all(
        world,
        hold("15.00", party="D1"),
        hold("5.01", "H2", party="D1"),
        hold("5.00", "H3", party="D1"),
        hold("0.01", "H4", party="D1", accountCode="2042"),
        now=at("2026-01-07"),
    )
    await world.settle("2026-02-02")

    assert codes(outcomes) == ["", "HOLD_EXCEEDS_PAYABLE", "", "HOLD_EXCEEDS_PAYABLE"]
    assert [sheet.total for sheet in await world.sheets("D1")] == [0]
    assert await world.net("2050 D1, 1200 D1") == [2_000, 0]


async def test_money_of_a_period_that_has_ended_is_held_before_its_sheet_closes(world: World) -> None:
    await world.open_sheets("2026-01-03")
    await world.earn("M1", 8_000, "2026-01-20")
    await world.open_sheets("2026-02-05")

    (placed,) = await place_all(world, hold("50.00"), now=at("2026-02-05"))
    await world.settle("2026-02-06")

    assert isinstance(placed, Placed)
    january = next(each for each in await world.sheets("M1") if each.period_start == at("2026-01-01"))
    assert (january.total, january.payable) == (3_000, 3_000)
    assert await world.net("2010 M1, 2050 M1") == [0, 5_000]
    lifted = await lift(world, placed.hold_id, now=at("2026-02-07"))
    assert lifted.left == 0
    await world.settle("2026-03-02")
    assert [each.total for each in await world.sheets("M1")][-1] == 5_000


@pytest.mark.parametrize("whose", [{"party": "M1", "role": "MERCHANT"}, {"role": "MERCHANT"}])
async def test_money_of_a_period_that_has_ended_by_new_terms_is_held_before_sheets_follow_them(
    world: World, whose: dict[str, str]
) -> None:
    await world.open_sheets("2026-01-03")
    await world.earn("M1", 8_000, "2026-01-05")
    weekly = parse_change({**whose, "cycle": "WEEKLY", "validFrom": "2026-01-12", "effect": "NOW"})
    async with world.database.write(world.platform_id) as conn:
        await change_terms(conn, changes=[weekly], actor=TESTER, now=at("2026-01-13T09:00"))

    await place_all(world, hold("50.00"), now=at("2026-01-13T09:01"))
    await world.settle("2026-01-20")

    cut, week = (await world.sheets("M1"))[1:]
    assert (cut.period_end, cut.total, cut.payable) == (at("2026-01-12"), 3_000, 3_000)
    assert (week.total, week.line_count) == (0, 0)


@pytest.mark.parametrize("sizes", [{}, {"lines_at_once": 0}])
async def test_money_of_a_period_that_has_ended_is_held_also_while_its_sheet_closes(
    world: World, sizes: dict[str, int]
) -> None:
    """Whoever closes has summed it and waits for the log."""
    await world.open_sheets("2026-01-03")
    await world.earn("M1", 8_000, "2026-01-20")
    await world.open_sheets("2026-02-05")
    told: list[str] = []
    placed: list[str] = []

    async def hold_once_it_is_summed(statement: str) -> None:
        told.append(statement)
        is_summed = any("SKIP LOCKED" in each for each in told)
        if is_summed and "FROM log_head WHERE platform_id = $1 FOR UPDATE" in statement and not placed:
            with between_statements(None):
                placed.extend(codes(await place_all(world, hold("50.00"), now=at("2026-02-05"))))

    with listening(), between_statements(hold_once_it_is_summed):
        await world.settle("2026-02-06", **sizes)

    assert placed == [""]
    january = (await world.sheets("M1"))[-1]
    assert (january.total, january.payable, january.line_count) == (3_000, 3_000, 2)
    assert await world.net("2010 M1, 2050 M1, 2015 M1, 1200 M1") == [0, 5_000, 13_000, 0]
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


@pytest.mark.parametrize("sizes", [{}, {"lines_at_once": 0}])
async def test_money_of_a_period_that_has_ended_is_held_also_where_its_book_is_closed(
    world: World, sizes: dict[str, int]
) -> None:
    await world.earn("M1", 3_000, "2026-01-20")
    await world.open_sheets("2026-01-31T12:00")
    async with world.database.write(world.platform_id) as conn:
        day = date(2026, 1, 31)
        book_id = await world.id_of("LE")
        await close_period(conn, book_id=book_id, through=day, actor=TESTER, now=at("2026-02-01"))
    await place_all(world, hold("30.00"), now=at("2026-02-01T00:10"))

    await world.settle("2026-02-01T00:20", **sizes)
    await world.settle("2026-03-01", **sizes)

    # Not paid with January and owed in February.
    assert [(sheet.total, sheet.line_count) for sheet in (await world.sheets("M1"))[1:]] == [(0, 2), (0, 0)]
    assert await world.net("2010 M1, 2015 M1, 1200 M1, 2050 M1") == [0, 10_000, 0, 3_000]
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_what_a_period_that_has_ended_owes_on_another_account_is_not_held_of_it(world: World) -> None:
    """Else its sheet would say that the party owes, though the next one has as much."""
    await world.set_terms(party="D1", confirmation="NONE")
    await world.earn("D1", 10_000, "2026-01-20", code="2041")
    await world.earn("D1", -8_000, "2026-01-21", code="2042")
    await world.open_sheets("2026-01-22")
    await world.earn("D1", 8_000, "2026-02-01T08:00", code="2042")

    outcomes = await place_all(
        world, hold("15.00", party="D1"), hold("60.00", "H2", party="D1"), now=at("2026-02-01T09:00")
    )
    await world.settle("2026-02-02")
    await world.settle("2026-03-02")

    assert codes(outcomes) == ["", ""]
    assert [sheet.total for sheet in await world.sheets("D1")] == [0, 2_500]
    assert await world.net("2050 D1, 1200 D1") == [7_500, 0]


async def test_a_hold_of_more_than_the_ended_period_has_is_of_what_came_after(world: World) -> None:
    await world.open_sheets("2026-01-03")
    await world.earn("M1", 1_000, "2026-01-20")
    await world.earn("M1", 5_000, "2026-02-01T08:00")

    (placed, small) = await place_all(world, hold("40.00"), hold("2.00", "H2"), now=at("2026-02-01T09:00"))
    await world.settle("2026-02-02")

    assert isinstance(placed, Placed)
    assert isinstance(small, Placed)
    january = next(each for each in await world.sheets("M1") if each.period_start == at("2026-01-01"))
    assert (january.total, january.payable) == (800, 800)
    assert await world.net("2010 M1, 2050 M1, 1200 M1") == [1_000, 4_200, 0]


@pytest.mark.parametrize(
    ("earned", "held", "left"),
    [
        # All of it from the first that has it, though it has ended like others.
        ((1_000, 5_000, 2_000), ("40.00",), (1_000, 1_000, 2_000)),
        # Of what came after them where only that has it.
        ((1_000, 2_000, 5_000), ("40.00",), (1_000, 2_000, 1_000)),
        # Of several where none has it, the oldest first, and of what came after last.
        ((3_000, 4_000, 5), ("60.00",), (0, 1_000, 5)),
        ((3_000, 4_000, 2_000), ("80.00",), (0, 0, 1_000)),
        ((3_000, 4_000, 2_000), ("35.00", "30.00", "15.00"), (0, 500, 500)),
        # What is owed bears nothing of it.
        ((3_000, -1_000, 4_000), ("60.00",), (0, -1_000, 1_000)),
    ],
)
async def test_a_hold_is_on_the_sheets_that_have_its_money_however_many_periods_have_ended(
    world: World, earned: tuple[int, ...], held: tuple[str, ...], left: tuple[int, ...]
) -> None:
    """A worker that was away closes them all at once; what is held on another sheet would be paid and owed."""
    await world.open_sheets("2026-01-03")
    for month, amount in enumerate(earned, start=1):
        await world.earn("M1", amount, f"2026-0{month}-20")
        await world.open_sheets(f"2026-0{month}-25")
    await world.open_sheets("2026-03-21")

    outcomes = await place_all(world, *(hold(amount, f"H{n}") for n, amount in enumerate(held)), now=at("2026-03-21"))
    assert all(isinstance(outcome, Placed) for outcome in outcomes), outcomes
    again = await place_all(world, *(hold(amount, f"H{n}") for n, amount in enumerate(held)), now=at("2026-03-21"))
    assert [each.sequence for each in again] == [each.sequence for each in outcomes]  # type: ignore[union-attr]
    await world.settle("2026-04-02")

    totals = {sheet.period_start: sheet.total for sheet in await world.sheets("M1")}
    assert [totals[at(f"2026-0{month}-01")] for month in (1, 2, 3)] == list(left)
    assert await world.net("2050 M1") == [sum(earned) - sum(left)]
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    for outcome in outcomes:
        assert isinstance(outcome, Placed)
        assert (await lift(world, outcome.hold_id, now=at("2026-04-03"))).left == 0
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
