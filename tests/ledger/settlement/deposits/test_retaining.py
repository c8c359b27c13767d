"""Retention from sheets: how much, once, and where it goes back to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.approvals.model import Kind, Verdict
from ledger.db.connecting import Database
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.deposits.model import Moved
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.model import Sheet, Status
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import (
    STANDS,
    TODAY,
    agree,
    agreed,
    agreement,
    cash,
    discharge,
    follow,
    out,
    receive,
    received,
    release_due,
    retain,
    slices,
    target,
)
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import SYSTEM, World, at, payout


async def close(world: World, amount: int, *, month: int = 12, year: int = 2019) -> Sheet:
    """A sheet of M1 with this total, of a month."""
    await world.earn("M1", amount, f"{year}-{month:02}-15")
    await world.settle(f"{year + month // 12}-{month % 12 + 1:02}-02")
    return (await world.sheets("M1"))[-1]


async def test_ten_percent_of_the_net_are_withheld_and_the_rest_is_payable(world: World) -> None:
    await agreed(world, agreement(), when="2019-11-01")
    sheet = await close(world, 126_873)

    while await follow(world):
        pass

    after = await world.sheet(sheet.sheet_id)
    assert (after.total, after.retained, after.payable) == (126_873, 12_687, 114_186)
    assert await world.net(f"2015 M1, {STANDS}") == [114_186, 12_687, 0]
    (row,) = await world.rows("SELECT sheet_id, start_date, releasable_date, kind FROM deposit_slice")
    assert (row["sheet_id"], row["kind"]) == (sheet.sheet_id, "WAR")
    assert [row["start_date"].isoformat(), row["releasable_date"].isoformat()] == ["2019-12-31", "2021-01-01"]
    (entry,) = await world.rows("SELECT document_line FROM entry WHERE template = 'DEPOSIT_RETAINED'")
    assert entry["document_line"] == str(sheet.sheet_id)
    assert await retain(world, sheet.sheet_id) == []
    assert await follow(world) == 0


async def test_what_a_deposit_gives_back_on_a_sheet_is_not_retained_again(world: World) -> None:
    await agreed(world, target("1000.00", reference="S1"), when="2019-11-01")
    await agreed(world, agreement(), when="2019-11-01")
    slice_id = await received(world, cash("1000.00", agreement="S1"))
    await discharge(world, out("RELEASED", slice_id))

    sheet = await close(world, 100_00, month=1, year=2020)
    await follow(world)

    after = await world.sheet(sheet.sheet_id)
    assert (after.total, after.retained, after.payable) == (1_100_00, 10_00, 1_090_00)


async def test_a_target_is_reached_with_what_another_deposit_gives_back(world: World) -> None:
    await agreed(world, target("1000.00", reference="S1"), when="2019-11-01")
    slice_id = await received(world, cash("1000.00", agreement="S1"))
    await agreed(world, target("300.00", reference="S2"), when="2019-11-01")
    await discharge(world, out("RELEASED", slice_id))

    sheet = await close(world, 100_00, month=1, year=2020)
    await follow(world)

    assert (await world.sheet(sheet.sheet_id)).retained == 300_00


async def test_an_agreement_takes_of_what_closes_after_it_and_of_the_rest_when_told_to(world: World) -> None:
    sheet = await close(world, 1_000)
    while await follow(world):
        pass
    await agreed(world, agreement(), when="2020-01-05")
    while await follow(world):
        pass
    assert await slices(world) == []

    later = await close(world, 2_000, month=1, year=2020)
    while await follow(world):
        pass

    assert [row["sheet_id"] for row in await world.rows("SELECT sheet_id FROM deposit_slice")] == [later.sheet_id]
    assert len(await retain(world, sheet.sheet_id)) == 1


async def test_a_sheet_that_is_still_claiming_its_lines_is_waited_for(world: World) -> None:
    await agreed(world, agreement(), when="2019-11-01")
    await world.earn("M1", 1_000, "2019-12-15")
    await world.open_sheets("2020-01-02")
    async with world.database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at("2020-01-02"), limit=10) == 1

    read = await follow(world)
    assert await follow(world) == 0
    assert await slices(world) == []
    await world.settle("2020-01-02")

    assert read > 0
    assert await follow(world) > 0
    assert [row[0] for row in await slices(world)] == [100]


async def test_the_sources_story_with_sales_that_the_sheet_covers(world: World) -> None:
    sheet = await close(world, 12_592_600)
    await agreed(world, agreement(basis="TARGET", rate="0.1", base="600000.00", shortfall="BILL"))

    await retain(world, sheet.sheet_id)

    assert (await world.sheet(sheet.sheet_id)).payable == 6_592_600
    assert await world.net(f"2015 M1, {STANDS}") == [6_592_600, 6_000_000, 0]


async def test_the_sources_story_with_sales_that_it_does_not_cover(world: World) -> None:
    sheet = await close(world, 12_592_600)
    await agreed(world, agreement(basis="TARGET", rate="0.1", base="1400000.00", shortfall="BILL"))

    await retain(world, sheet.sheet_id)

    assert (await world.sheet(sheet.sheet_id)).payable == 0
    assert await world.net(f"2015 M1, {STANDS}") == [0, 14_000_000, -1_407_400]
    assert await slices(world) == [(12_592_600, 0, 0, 0, 0, "HELD"), (1_407_400, 1_407_400, 0, 0, 0, "DUE")]


async def test_what_is_billed_comes_in_from_the_next_sheet(world: World) -> None:
    await agreed(world, target("1000.00", shortfall="BILL"))
    first = await close(world, 60_000, month=11)
    await retain(world, first.sheet_id)
    second = await close(world, 70_000)

    await retain(world, second.sheet_id)

    assert await world.net(f"2015 M1, {STANDS}") == [30_000, 100_000, 0]
    assert [row[:2] for row in await slices(world)] == [(60_000, 0), (40_000, 0)]
    assert (await world.sheet(second.sheet_id)).retained == 40_000


async def test_what_waits_is_retained_from_the_next_sheet(world: World) -> None:
    await agreed(world, target("1000.00"))
    for month, amount in ((10, 60_000), (11, 30_000), (12, 70_000)):
        sheet = await close(world, amount, month=month)
        await retain(world, sheet.sheet_id)

    assert [row[0] for row in await slices(world)] == [60_000, 30_000, 10_000]
    assert (await world.sheet(sheet.sheet_id)).payable == 60_000


async def test_agreements_take_one_after_the_other_and_never_more_than_there_is(world: World) -> None:
    await agree(world, agreement(rate="0.7"), agreement("W2", rate="0.5", kind="SEC"))
    sheet = await close(world, 1_000)

    await retain(world, sheet.sheet_id, sheet.sheet_id)

    assert [row[0] for row in await slices(world)] == [700, 300]
    assert (await world.sheet(sheet.sheet_id)).payable == 0


async def test_a_cap_bounds_what_is_held_at_a_time(world: World) -> None:
    await agreed(world, agreement(cap="10.00"))
    first = await close(world, 8_000, month=11)
    await retain(world, first.sheet_id)
    second = await close(world, 8_000)
    await retain(world, second.sheet_id)

    assert [row[0] for row in await slices(world)] == [800, 200]


async def test_negative_open_and_finished_sheets_are_left_alone(world: World) -> None:
    await agreed(world, agreement())
    negative = await close(world, -500, month=11)
    open_sheet = (await world.sheets("M1", closed=False))[-1]

    assert await retain(world, negative.sheet_id, open_sheet.sheet_id, 999_999) == []
    assert await slices(world) == []


async def test_another_party_role_or_currency_is_not_concerned(world: World) -> None:
    await agree(world, agreement(role="AGENT"), agreement("W2", party="M2"), agreement("W3", currency="USD"))
    sheet = await close(world, 1_000)

    assert await retain(world, sheet.sheet_id) == []


async def test_what_was_retained_goes_back_to_its_sheet_and_can_be_paid(world: World) -> None:
    await world.set_terms(party="M1", confirmation="NONE")
    await agreed(world, agreement())
    sheet = await close(world, 100_000)
    await retain(world, sheet.sheet_id)
    assert await world.take(payout(sheet, 90_000)) == [""]
    (slice_id,) = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]

    claimed, released = await discharge(world, out("CLAIMED", slice_id, "30.00"), out("RELEASED", slice_id))

    assert isinstance(claimed, Moved)
    assert isinstance(released, Moved)
    assert (claimed.amount, released.amount) == (3_000, 7_000)
    after = await world.sheet(sheet.sheet_id)
    assert (after.retained, after.payable) == (3_000, 7_000)
    assert after.status is Status.PAYMENT_PENDING
    assert await world.net(f"2070, 4040, {STANDS}") == [3_000, 0, 0, 0]
    assert await slices(world) == [(10_000, 0, 3_000, 7_000, 0, "RELEASED")]


async def test_cash_goes_back_as_a_line_on_the_open_sheet(world: World) -> None:
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("1000.00"))

    await discharge(world, out("CLAIMED", slice_id, "300.00"), out("RELEASED", slice_id, reference="S2"))

    assert await world.net(f"2010 M1, 2070, {STANDS}") == [70_000, 30_000, 0, 0]


async def test_a_slice_of_cash_and_sheet_goes_back_to_both(world: World) -> None:
    await agreed(world, target("1000.00", shortfall="BILL"))
    sheet = await close(world, 60_000)
    await retain(world, sheet.sheet_id)
    await receive(world, cash("100.00"))
    later = await close(world, 20_000, month=1, year=2020)
    await retain(world, later.sheet_id)
    billed = (await world.rows("SELECT slice_id FROM deposit_slice ORDER BY slice_id DESC"))[0]["slice_id"]
    # 400.00 were billed: 100.00 came as cash, 200.00 from the sheet of January, 100.00 are missing.
    assert (await slices(world))[-1] == (40_000, 10_000, 0, 0, 0, "DUE")

    (too_much,) = await discharge(world, out("RELEASED", billed, "300.01"))
    (released,) = await discharge(world, out("RELEASED", billed))
    (again,) = await discharge(world, out("RELEASED", billed))

    assert codes([too_much]) == ["DEPOSIT_EXCEEDED"]
    assert isinstance(released, Moved)
    assert again == Moved((billed,), 30_000, released.sequence, True)
    assert (await world.sheet(later.sheet_id)).payable == 20_000
    assert await world.net(f"2010 M1, 2015 M1, {STANDS}") == [10_000, 20_000, 70_000, -10_000]


async def test_a_claim_may_go_to_the_party_that_does_the_service(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))

    await discharge(
        world,
        out("CLAIMED", slice_id, "3.00", party="M2"),
        out("CLAIMED", slice_id, "2.00", "S2", party="D1", accountCode="2042"),
    )

    assert await world.net("2010 M2, 2042 D1, 2060 M1") == [300, 200, 500]


async def test_a_forfeited_deposit_is_ours(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))

    await discharge(world, out("FORFEITED", slice_id))

    assert await world.net("4040, 2060 M1") == [1_000, 0]
    assert await slices(world) == [(1_000, 0, 0, 0, 1_000, "FORFEITED")]


async def test_never_more_goes_out_than_is_held(world: World) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    step = {"order": "O1"}

    outcomes = await discharge(
        world,
        out("CLAIMED", slice_id, "6.00", "a", **step),
        out("CLAIMED", slice_id, "4.01", "b", **step),
        out("CLAIMED", slice_id, "1.00", "a", **step),
        out("CLAIMED", 999_999, "1.00", "c", **step),
        out("CLAIMED", slice_id, "1.00", "d", party="NOBODY"),
        out("CLAIMED", slice_id, "1.00", "e", party="LE"),
        {**out("CLAIMED", slice_id, "1", "f"), "currency": "JPY"},
        out("FORFEITED", slice_id, "4.00", "a"),
        out("RELEASED", slice_id, "", "g"),
        out("FORFEITED", slice_id, "4.00", "a"),
    )

    assert codes(outcomes) == [
        "",
        "DEPOSIT_EXCEEDED",
        "DEPOSIT_CONFLICT",
        "DEPOSIT_SLICE_MISSING",
        "PARTY_MISSING",
        "PARTY_EARNS_NOTHING",
        "INVALID_INPUT",
        "",
        "DEPOSIT_EMPTY",
        "",
    ]
    assert codes(await discharge(world, out("CLAIMED", slice_id, "5.00", "a"))) == ["DEPOSIT_CONFLICT"]
    assert await world.net("2060 M1, 2070, 4040") == [0, 600, 400]


async def test_slices_go_back_the_day_after_they_end(world: World) -> None:
    await agree(world, target("10.00", release="ON_DATE"), target("20.00", reference="W2"))
    await receive(
        world, cash("10.00", startDate="2020-02-29"), cash("20.00", "R2", agreement="W2", startDate="2020-02-29")
    )

    assert await release_due(world, "2021-02-28T23:59:59") == 0
    assert await release_due(world, "2021-03-01T00:00:00") == 2
    assert await release_due(world, "2021-04-01T00:00:00") == 0

    assert [row[-1] for row in await slices(world)] == ["RELEASED", "RELEASABLE"]
    assert await world.net("2010 M1, 2060 M1") == [1_000, 2_000]
    kinds = await world.rows("SELECT kind FROM log_event WHERE kind LIKE 'deposit.rele%' ORDER BY sequence")
    assert [row["kind"] for row in kinds] == ["deposit.releasable"] * 2 + ["deposit.released"]
    slice_id = (await world.rows("SELECT slice_id FROM deposit_slice WHERE status = 'RELEASABLE'"))[0]["slice_id"]
    await discharge(world, out("CLAIMED", slice_id, "5.00"))
    assert (await slices(world))[-1] == (2_000, 0, 500, 0, 0, "RELEASABLE")


@pytest.mark.parametrize(("verdict", "stands"), [(Verdict.APPROVE, [1_000, 0]), (Verdict.REJECT, [0, 1_000])])
async def test_nothing_goes_out_before_somebody_else_agrees(world: World, verdict: Verdict, stands: list[int]) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, Kind.DEPOSIT)

    (waiting,) = await discharge(world, out("FORFEITED", slice_id))

    assert isinstance(waiting, Moved)
    assert (waiting.amount, waiting.sequence) == (0, 0)
    assert await world.net("4040, 2060 M1") == [0, 1_000]
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY), verdict=verdict)
    assert await world.net("4040, 2060 M1") == stands


@settings(max_examples=40)
@given(data=st.data())
async def test_slices_always_add_up_to_the_deposits_of_the_book(database: Database, data: st.DataObject) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await agree(
        world, target("50.00", shortfall=data.draw(st.sampled_from(["WAIT", "BILL"]))), agreement("W2", rate="0.2")
    )
    for number in range(data.draw(st.integers(1, 3))):
        month = 1 + number
        await world.earn("M1", data.draw(st.integers(-3_000, 6_000).filter(bool)), f"2020-{month:02}-15")
        await world.settle(f"2020-{month + 1:02}-02")
        await retain(world, *[sheet.sheet_id for sheet in await world.sheets("M1")])
        await receive(world, cash(f"{data.draw(st.integers(1, 30))}.00", f"R{number}"))
        for step in ("CLAIMED", "RELEASED", "FORFEITED"):
            known = [
                row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice ORDER BY slice_id")
            ]
            wanted = data.draw(st.integers(0, 20))
            if known and wanted:
                slice_id = data.draw(st.sampled_from(known))
                await discharge(world, out(step, slice_id, f"{wanted}.00", f"{step}{number}"))

    (sums,) = await world.rows(
        """
        SELECT coalesce(sum(s.left_minor), 0)::bigint AS left_minor, coalesce(sum(s.due_minor), 0)::bigint AS due,
            bool_and(s.due_minor <= s.left_minor) IS NOT FALSE AS covered
        FROM (
            SELECT o.due_minor,
                o.principal_minor - o.claimed_minor - o.released_minor - o.forfeited_minor - o.lapsed_minor
                    AS left_minor
            FROM deposit_slice AS o
        ) AS s
        """
    )
    assert await world.net(STANDS) == [sums["left_minor"], -sums["due"]]
    assert sums["covered"]
    sheets = await world.sheets("M1")
    assert await world.net("2015 M1") == [sum(sheet.payable for sheet in sheets)]
    # When all has ended nothing is asked for any more, and what is held is what came in.
    await release_due(world, "2030-01-01T00:00:00Z")
    assert await world.net(STANDS) == [sums["left_minor"] - sums["due"], 0]
