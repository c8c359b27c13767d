"""When a party is paid next, and how much: what is due on the first day on which something is."""

from datetime import date

import pytest

from ledger.reporting.unpaid import NextPayout, UnpaidPart, find_next_payouts, load_next_payouts
from tests.ledger.settlement.sheets.world import World


def part(state: str, amount: int, due: str | None, *, awaits: str = "", entity: str = "LE") -> UnpaidPart:
    due_date = None if due is None else date.fromisoformat(due)
    return UnpaidPart(entity, "CNY", state, "2015", amount, awaits, due_date, due_date, None, "", "")


def due(day: str, amount: int, entity: str = "LE") -> NextPayout:
    return NextPayout(entity, "CNY", date.fromisoformat(day), amount)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([part("ON_HOLD", 500, None), part("OWED", -100, "2026-01-05")], []),
        ([part("ACCRUED", 700, "2026-02-06")], [due("2026-02-06", 700)]),
        ([part("ACCRUED", 700, None)], []),
        (
            [
                part("ACCRUED", 700, "2026-02-06"),
                part("ON_SHEET", 50, "2026-01-07"),
                part("IN_PAYOUT", 20, "2026-01-07"),
            ],
            [due("2026-01-07", 70)],
        ),
        ([part("ACCRUED", -36, "2026-01-06"), part("ON_SHEET", 50, "2026-01-07")], [due("2026-01-07", 50)]),
        (
            [part("ON_SHEET", 3, "2026-01-02", awaits="NEXT_PAYOUT"), part("ACCRUED", 40, "2026-02-06")],
            [due("2026-02-06", 43)],
        ),
        (
            [part("ON_SHEET", 5, "2026-01-02", entity="LE2"), part("ON_SHEET", 6, "2026-01-03")],
            [due("2026-01-03", 6), due("2026-01-02", 5, "LE2")],
        ),
    ],
)
def test_what_is_due_on_the_first_day_is_paid_next(parts: list[UnpaidPart], expected: list[NextPayout]) -> None:
    assert find_next_payouts(parts) == expected


async def test_a_closed_sheet_is_paid_before_what_accrues_and_that_after_it(world: World) -> None:
    await world.earn("M1", 10_000, "2025-12-15")
    await world.settle("2026-01-02")
    await world.earn("M1", 700, "2026-01-03")
    (sheet,) = await world.sheets("M1")

    async with world.database.read(world.platform_id) as conn:
        found = await load_next_payouts(conn, keys=[await world.id_of("M1"), await world.id_of("M2")])

    assert found == [[NextPayout("LE", "CNY", sheet.due_date, 10_000)], []]
