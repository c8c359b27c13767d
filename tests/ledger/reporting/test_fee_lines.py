"""Where a fee line stands follows from the sheet that claimed it."""

from typing import Any

from ledger.reporting.fee_lines import find_fee_lines, list_fee_lines
from ledger.reporting.model import Span
from tests.ledger.charging.fees.desk import Desk, back, fee
from tests.ledger.settlement.sheets.world import World

JUNE = {"occurredAt": "2024-06-10T04:00:00Z"}


async def statuses(world: World, *references: str) -> list[str | None]:
    async with world.database.read(world.platform_id) as conn:
        found = await find_fee_lines(conn, keys=references, scope=None)
    return [row and row.status for row in found]


async def listed(world: World, **wanted: Any) -> list[str]:
    given = {**dict.fromkeys(("party_id", "order", "item", "source", "compare_only", "scope")), **wanted}
    async with world.database.read(world.platform_id) as conn:
        return [row.reference for row in await list_fee_lines(conn, span=Span(50), **given)]


async def test_a_line_is_open_until_a_sheet_claims_it_and_settled_once_that_is_paid(world: World) -> None:
    await world.set_terms(party="M1", cycle="MONTHLY", confirmation="NONE")
    await Desk(world).accept(
        fee("C", "COMPENSATION", "10.00", **JUNE),
        fee("S", "STORAGE", "4.00", **JUNE),
        back("S back", "S", "STORAGE", "4.00", **JUNE),
        fee("N", "STORAGE", "4.00", compareOnly=True, **JUNE),
    )
    assert await statuses(world, "C", "S", "S back", "N", "none") == ["OPEN", "REVERSED", "OPEN", "DRAFT", None]

    await world.settle("2024-07-01")
    assert await statuses(world, "C", "S", "S back", "N") == ["LOCKED", "LOCKED", "LOCKED", "DRAFT"]
    (sheet,) = await world.sheets("M1")
    assert await world.pay(sheet, "payout/1") == 1_000

    assert await statuses(world, "C", "S", "S back", "N") == ["SETTLED", "SETTLED", "SETTLED", "DRAFT"]


async def test_lines_are_found_by_what_they_say(world: World) -> None:
    await Desk(world).accept(
        fee("1", "STORAGE", "1.00", order="X1"),
        fee("2", "COMPENSATION", "1.00", party="M2"),
        fee("3", "STORAGE", "1.00", source="PASSED_THROUGH"),
        fee("4", "STORAGE", "1.00", compareOnly=True),
    )
    second = await world.id_of("M2")

    assert await listed(world) == ["4", "3", "2", "1"]
    assert await listed(world, party_id=second) == ["2"]
    assert await listed(world, scope=second) == ["2"]
    assert await listed(world, order="X1") == ["1"]
    assert await listed(world, item="COMPENSATION") == ["2"]
    assert await listed(world, source="PASSED_THROUGH") == ["3"]
    assert await listed(world, compare_only=True) == ["4"]
