"""A bill ends with what it secures: the rest is asked for no more, and what came in goes the way of any slice."""

import json

import asyncpg
import pytest

from ledger.reporting.unpaid import load_unpaid
from ledger.verify.verifying import verify
from tests.ledger.charging.market import NOW
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import (
    STANDS,
    agreed,
    agreement,
    bill,
    cash,
    discharge,
    out,
    receive,
    release_due,
    retain,
    slices,
    target,
)
from tests.ledger.settlement.sheets.world import World

# A year that began on 29 February 2020 ends on 28 February 2021.
START, EVE, DAY = "2020-02-29", "2021-02-28T23:59:59", "2021-03-01T00:00:00"
STEPS = "SELECT kind, payload FROM log_event WHERE kind LIKE 'deposit.%' AND kind <> 'deposit.agreed' ORDER BY sequence"
LAPSED = "SELECT lapsed_minor FROM deposit_slice ORDER BY slice_id"


async def billed(world: World, amount: str, *, release: str = "ON_DATE", came_in: str = "") -> int:
    """A bill of a year, of which some came in."""
    await agreed(world, target("1000.00", release=release))
    await bill(world, cash(amount, "B1", startDate=START))
    if came_in:
        await receive(world, cash(came_in))
    (row,) = await world.rows("SELECT slice_id FROM deposit_slice")
    return int(row["slice_id"])


async def agrees(world: World) -> bool:
    async with world.database.read(world.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def told(world: World) -> list[str]:
    return [row["kind"] for row in await world.rows(STEPS)]


async def test_what_a_sheet_brings_in_of_a_bill_is_taken_of_it_and_verifies(world: World) -> None:
    await billed(world, "300.00")
    await world.earn("M1", 120_00, "2019-12-15")
    await world.settle("2020-01-02")
    (sheet,) = await world.sheets("M1")

    await retain(world, sheet.sheet_id)

    assert await world.net(f"{STANDS}, 2015 M1") == [30_000, -18_000, 0]
    assert (await world.sheet(sheet.sheet_id)).retained == 120_00
    assert await agrees(world)


async def test_a_bill_that_came_in_by_half_ends_on_its_day_and_the_half_goes_back(world: World) -> None:
    await billed(world, "300.00", came_in="120.00")

    assert await release_due(world, EVE) == 0
    assert await world.net(f"{STANDS}, 2010 M1") == [30_000, -18_000, 0]
    assert await release_due(world, DAY) == 1
    assert await release_due(world, DAY) == 0

    assert await slices(world) == [(30_000, 0, 0, 12_000, 0, "RELEASED")]
    assert [row[0] for row in await world.rows(LAPSED)] == [18_000]
    assert await world.net(f"{STANDS}, 2010 M1") == [0, 0, 12_000]
    assert await told(world) == [
        "deposit.due",
        "deposit.held",
        "deposit.lapsed",
        "deposit.releasable",
        "deposit.released",
    ]
    said = [json.loads(row["payload"]) for row in await world.rows(STEPS)][2]
    assert (said["step"], said["amount"], said["received"], said["due"], said["left"]) == (
        "LAPSED",
        "180.00",
        "120.00",
        "0.00",
        "120.00",
    )
    assert await agrees(world)


async def test_what_came_in_waits_for_a_person_where_it_goes_back_by_hand(world: World) -> None:
    slice_id = await billed(world, "300.00", release="BY_HAND", came_in="120.00")

    assert await release_due(world, DAY) == 1
    assert await release_due(world, DAY) == 0

    assert await slices(world) == [(30_000, 0, 0, 0, 0, "RELEASABLE")]
    assert await world.net(STANDS) == [12_000, 0]
    assert codes(await discharge(world, out("CLAIMED", slice_id, "120.01"))) == ["DEPOSIT_EXCEEDED"]
    assert codes(await discharge(world, out("CLAIMED", slice_id, "120.00", "S2"))) == [""]
    assert await slices(world) == [(30_000, 0, 12_000, 0, 0, "CLAIMED")]
    assert await agrees(world)


@pytest.mark.parametrize("release", ["ON_DATE", "BY_HAND"])
async def test_a_bill_of_which_nothing_came_in_is_gone(world: World, release: str) -> None:
    await billed(world, "300.00", release=release)

    assert await release_due(world, DAY) == 1

    assert await slices(world) == [(30_000, 0, 0, 0, 0, "LAPSED")]
    assert await world.net(STANDS) == [0, 0]
    assert await told(world) == ["deposit.due", "deposit.lapsed"]
    async with world.database.read(world.platform_id) as conn:
        (party_id,) = [row[0] for row in await conn.fetch("SELECT party_id FROM party WHERE reference = 'M1'")]
        assert await load_unpaid(conn, keys=[party_id], now=NOW) == [[]]
    assert await agrees(world)


async def test_all_that_came_in_was_claimed_and_the_rest_ends(world: World) -> None:
    slice_id = await billed(world, "300.00", came_in="120.00")
    await discharge(world, out("CLAIMED", slice_id, "120.00"))
    assert await slices(world) == [(30_000, 18_000, 12_000, 0, 0, "DUE")]

    assert await release_due(world, DAY) == 1

    assert await slices(world) == [(30_000, 0, 12_000, 0, 0, "CLAIMED")]
    assert await world.net(STANDS) == [0, 0]
    assert await agrees(world)


async def test_what_comes_after_a_bill_has_ended_is_above_what_was_agreed_and_no_sheet_is_asked_for_it(
    world: World,
) -> None:
    await billed(world, "1000.00", came_in="400.00")
    await release_due(world, DAY)
    await world.earn("M1", 100_000, "2021-02-15")
    await world.settle("2021-03-02")

    assert codes(await receive(world, cash("600.00", "R2"))) == ["DEPOSIT_ABOVE_AGREED"]
    assert await retain(world, *[sheet.sheet_id for sheet in await world.sheets("M1")]) == []
    assert [row[0] for row in await world.rows(LAPSED)] == [60_000]


async def test_a_sheet_is_not_asked_for_a_bill_whose_end_has_come_and_is_not_written_yet(world: World) -> None:
    await agreed(world, agreement(rate="0.1"))
    # A year that ended before today.
    await bill(world, cash("300.00", "B1", startDate="2019-01-08"))
    await world.earn("M1", 10_000, "2019-12-15")
    await world.settle("2020-01-02")
    (sheet,) = await world.sheets("M1")

    await retain(world, sheet.sheet_id)

    assert [row[:2] for row in await slices(world)] == [(30_000, 30_000), (1_000, 0)]


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        (
            "LAPSED_EARLY",
            """
            INSERT INTO deposit_movement (
                platform_id, slice_id, sequence, amount_minor, moved_at, kind, reference, reason, actor
            )
            SELECT platform_id, slice_id, 1, 1, '2021-02-28T15:59:59Z', 'LAPSED', 'x', 'x', 'x' FROM deposit_slice
            """,
        ),
        (
            "DEPOSIT_NOT_POSTED",
            """
            INSERT INTO deposit_movement (
                platform_id, slice_id, sequence, amount_minor, moved_at, kind, reference, reason, actor
            )
            SELECT platform_id, slice_id, 1, 1, '2021-02-28T16:00:00Z', 'LAPSED', 'x', 'x', 'x' FROM deposit_slice
            """,
        ),
        ("SLICE_UNEVEN", "UPDATE deposit_slice SET due_minor = due_minor - 1, lapsed_minor = 1"),
        ("slice_lapses_by_what_was_due", "UPDATE deposit_slice SET lapsed_minor = -1"),
        ("slice_gives_at_most_what_it_holds", "UPDATE deposit_slice SET lapsed_minor = 12001"),
        ("slice_stands_where_its_money_stands", "UPDATE deposit_slice SET status = 'LAPSED'"),
    ],
)
async def test_the_database_refuses_a_lapse_that_is_none(world: World, law: str, statement: str) -> None:
    await billed(world, "300.00", came_in="120.00")

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)
