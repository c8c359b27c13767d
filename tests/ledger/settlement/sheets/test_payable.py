"""What is taken from a sheet: never more than it has, never by two."""

import asyncio

import pytest

from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from tests.ledger.settlement.sheets.world import World, payout

RETAINED, HELD, WITHHELD, PAYOUT, PAID, NETTED = (
    MovementKind.RETAINED,
    MovementKind.HELD,
    MovementKind.WITHHELD,
    MovementKind.PAYOUT,
    MovementKind.PAID,
    MovementKind.NETTED,
)


async def payable_sheet(world: World) -> Sheet:
    """A sheet of 10.00."""
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", 1_000, "2024-06-05")
    await world.settle("2024-07-01")
    (sheet,) = await world.sheets("M1")
    return sheet


async def test_payout_retention_withholding_and_netting_together_are_the_total(world: World) -> None:
    sheet = await payable_sheet(world)
    number = sheet.sheet_id

    codes = await world.take(
        Take(number, RETAINED, 100, "deposit/1"),
        Take(number, HELD, 50, "hold/1"),
        Take(number, WITHHELD, 20, "payout/1"),
        Take(number, PAYOUT, 830, "payout/1"),
        Take(number, PAID, 830, "payout/1"),
    )

    assert codes == [""] * 5
    after = await world.sheet(number)
    assert (after.payable, after.status) == (0, Status.PAYMENT_PENDING)
    assert await world.take(Take(number, HELD, -50, "hold/1"), payout(sheet, 50, "payout/2")) == ["", ""]
    assert await world.take(Take(number, PAID, 50, "payout/2")) == [""]
    after = await world.sheet(number)
    assert (after.status, after.paid + after.retained + after.withheld) == (Status.PAID, 1_000)


async def test_a_failed_payout_gives_back_and_another_succeeds(world: World) -> None:
    sheet = await payable_sheet(world)
    number = sheet.sheet_id

    assert await world.take(payout(sheet, 1_000, "payout/1")) == [""]
    assert (await world.sheet(number)).status is Status.PAYING
    assert await world.take(Take(number, PAYOUT, -1_000, "payout/1", is_failure=True)) == [""]
    assert (await world.sheet(number)).status is Status.PAY_FAILED
    assert await world.take(payout(sheet, 1_000, "payout/2"), Take(number, PAID, 1_000, "payout/2")) == ["", ""]

    assert (await world.sheet(number)).status is Status.PAID
    assert (await world.told(number))[-4:] == ["sheet.paying", "sheet.payment_failed", "sheet.paying", "sheet.paid"]


async def test_a_payment_that_failed_waits_for_somebodys_word_whatever_holds_come_and_go(world: World) -> None:
    sheet = await payable_sheet(world)
    number = sheet.sheet_id
    await world.take(payout(sheet, 1_000), Take(number, PAYOUT, -1_000, "payout/1", is_failure=True))

    for amount in (400, -400, 1_000, -1_000):
        assert await world.take(Take(number, HELD, amount, "hold/1")) == [""]
        assert (await world.sheet(number)).status is Status.PAY_FAILED

    assert (await world.sheet(number)).payable == 1_000


async def test_nobody_takes_more_than_is_left_and_neighbours_are_left_alone(world: World) -> None:
    sheet = await payable_sheet(world)
    number = sheet.sheet_id

    codes = await world.take(
        Take(number, HELD, 600, "hold/1"),
        payout(sheet, 401, "payout/1"),
        payout(sheet, 400, "payout/2"),
        Take(number, HELD, -601, "hold/1"),
        Take(number, PAID, 401, "payout/2"),
        Take(999_999, HELD, 1, "hold/2"),
    )

    assert codes == [
        "",
        "SHEET_PAYABLE_EXCEEDED",
        "",
        "SHEET_RETURN_EXCEEDS_TAKEN",
        "SHEET_PAYABLE_EXCEEDED",
        "SHEET_MISSING",
    ]
    after = await world.sheet(number)
    assert (after.held, after.payout, after.payable) == (600, 400, 0)


async def test_what_has_arrived_does_not_come_back_by_itself(world: World) -> None:
    sheet = await payable_sheet(world)
    number = sheet.sheet_id
    await world.take(payout(sheet, 1_000), Take(number, PAID, 1_000, "payout/1"))

    assert await world.take(Take(number, PAYOUT, -1_000, "payout/1")) == ["SHEET_RETURN_EXCEEDS_TAKEN"]
    assert await world.take(Take(number, PAID, -1_000, "payout/1"), Take(number, PAYOUT, -1_000, "payout/1")) == [
        "",
        "",
    ]
    assert (await world.sheet(number)).status is Status.PAYMENT_PENDING


async def test_two_payouts_at_once_claim_a_sheet_once(world: World) -> None:
    sheet = await payable_sheet(world)

    codes = await asyncio.gather(*(world.take(payout(sheet, 1_000, f"payout/{n}")) for n in range(5)))

    assert sorted(codes) == [[""], *[["SHEET_PAYABLE_EXCEEDED"]] * 4]


@pytest.mark.parametrize("kind", [PAYOUT, WITHHELD])
async def test_only_a_sheet_that_is_to_be_paid_is_paid(world: World, kind: MovementKind) -> None:
    await world.earn("M1", 1_000, "2024-06-05")
    await world.settle("2024-07-01")
    (sheet,) = await world.sheets("M1")
    (following,) = [s for s in await world.sheets("M1", closed=False) if s.status is Status.OPEN]

    assert await world.take(Take(sheet.sheet_id, kind, 1, "payout/1")) == ["SHEET_NOT_PAYABLE"]
    assert await world.take(Take(following.sheet_id, HELD, 1, "hold/1")) == ["SHEET_NOT_PAYABLE"]
    assert await world.take(Take(sheet.sheet_id, HELD, 1, "hold/1")) == [""]


@pytest.mark.parametrize("size", [1, 50])
async def test_taking_many_is_as_many_statements_as_taking_one(world: World, statements: list[str], size: int) -> None:
    sheet = await payable_sheet(world)

    statements.clear()
    await world.take(*(Take(sheet.sheet_id, HELD, 1, f"hold/{place}") for place in range(size)))

    assert len([each for each in statements if "log_head" not in each]) == 2
