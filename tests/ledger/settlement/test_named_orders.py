"""What a hold, an adjustment or a claim says it is of is an order that is known; a mistyped one is refused by name."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ledger.approvals.model import Kind
from ledger.journal.model import Refused
from ledger.settlement import naming
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.deposits.model import Moved
from ledger.settlement.errors import NamedOrderMissing
from ledger.settlement.holds.applying import apply_holds
from ledger.verify.verifying import verify
from tests.ledger.charging.fees import desk as fees
from tests.ledger.charging.market import NOW, Market
from tests.ledger.outcomes import codes
from tests.ledger.settlement.adjustments.test_adjustments import adjustment, propose
from tests.ledger.settlement.deposits.telling import TODAY, agreed, cash, discharge, out, received, sell, slices, target
from tests.ledger.settlement.holds.telling import hold, lift, place, place_all
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import World, at
from tests.oracle.small_world import paid

Write = Callable[..., Awaitable[Sequence[object]]]
WRITES: list[tuple[Write, Callable[..., dict[str, Any]]]] = [
    (place_all, lambda reference, **named: hold("1.00", reference, **named)),
    (propose, lambda reference, **named: adjustment("PENALTY", "1.00", reference, **named)),
]
pages = pytest.mark.parametrize(("write", "make"), WRITES, ids=["holds", "adjustments"])


def refused(outcome: object) -> tuple[str, tuple[str, ...], dict[str, object]]:
    assert isinstance(outcome, Refused), outcome
    return outcome.error.code, outcome.error.field, dict(outcome.error.facts)


@pages
async def test_an_order_or_line_that_nobody_knows_is_refused_and_its_neighbours_are_not(
    market: Market, write: Write, make: Callable[..., dict[str, Any]]
) -> None:
    order, line, *others = await write(
        market,
        make("1", order="O9"),
        make("2", order="O1", line="9"),
        make("3", order="O1"),
        make("4", order="O1", line="1"),
        make("5"),
    )

    assert refused(order) == ("NAMED_ORDER_MISSING", ("order",), {"order": "O9"})
    assert refused(line) == ("NAMED_LINE_MISSING", ("line",), {"order": "O1", "line": "9"})
    assert codes(others) == ["", "", ""]
    rows = await market.rows("SELECT reference FROM hold UNION ALL SELECT reference FROM adjustment ORDER BY reference")
    assert [row["reference"] for row in rows] == ["3", "4", "5"]


@pages
async def test_an_order_that_is_told_of_later_can_be_named_then(
    market: Market, write: Write, make: Callable[..., dict[str, Any]]
) -> None:
    assert codes(await write(market, make("1", order="O9"))) == ["NAMED_ORDER_MISSING"]

    await market.accept(paid("5.00", order="O9", key="paid O9"))

    assert codes(await write(market, make("1", order="O9", line="1"))) == [""]


@pages
async def test_an_order_of_another_system_is_known_by_its_fee_lines(
    market: Market, write: Write, make: Callable[..., dict[str, Any]]
) -> None:
    await fees.Desk(market).accept(fees.fee("F1", "STORAGE", "1.00", order="E1", line="7"))

    outcomes = await write(
        market, make("1", order="E1"), make("2", order="E1", line="7"), make("3", order="E1", line="8")
    )

    assert codes(outcomes) == ["", "", "NAMED_LINE_MISSING"]


@pages
async def test_the_database_refuses_an_order_or_line_that_nobody_knows(
    market: Market, write: Write, make: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _blind(monkeypatch)

    for named in ({"order": "O9"}, {"order": "O1", "line": "9"}):
        with pytest.raises(asyncpg.CheckViolationError, match="NAMED_ORDER_MISSING"):
            await write(market, make("1", **named))


async def test_a_claim_for_buyers_that_there_are_none_of_is_refused(world: World) -> None:
    await sell(world)
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))

    missing, party, good = await discharge(
        world,
        out("CLAIMED", slice_id, "1.00", order="O9"),
        out("CLAIMED", slice_id, "1.00", "S2", order="O9", party="M2"),
        out("CLAIMED", slice_id, "2.00", "S3", order="O1"),
    )

    assert refused(missing) == refused(party) == ("NAMED_ORDER_MISSING", ("order",), {"order": "O9"})
    assert isinstance(good, Moved)
    assert await world.net("2060 M1, 2070, 2010 M2") == [800, 200, 0]


async def test_the_database_refuses_a_claim_of_an_order_that_nobody_knows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    _blind(monkeypatch)

    with pytest.raises(asyncpg.CheckViolationError, match="NAMED_ORDER_MISSING"):
        await discharge(world, out("CLAIMED", slice_id, "1.00", order="O9"))

    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]


@pytest.mark.parametrize("kind", [Kind.HOLD, Kind.DEPOSIT])
async def test_what_was_asked_for_before_orders_had_to_be_known_is_refused_by_name_when_it_is_granted(
    world: World, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.earn("M1", 1_000, "2020-01-05")
    await agreed(world, target("10.00"))
    slice_id = await received(world, cash("10.00"))
    await ask_a_second_person(world, kind)
    with monkeypatch.context() as before:
        _blind(before)
        (asked,) = (
            await place_all(world, hold("1.00", order="O9"))
            if kind is Kind.HOLD
            else await discharge(world, out("CLAIMED", slice_id, "1.00", order="O9"))
        )
    assert not isinstance(asked, Refused)

    apply = apply_holds if kind is Kind.HOLD else apply_deposits
    with pytest.raises(NamedOrderMissing):
        await let_decide(world, asked.approval_id, apply, now=at(TODAY))

    assert await world.net("2010 M1, 2050 M1, 2060 M1") == [1_000, 0, 1_000]


async def test_a_hold_from_before_stays_and_is_lifted_and_said_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _set_law(market, "DISABLE")
    with monkeypatch.context() as before:
        _blind(before)
        placed = await place(market, hold("50.00", order="O9"))
    await _set_law(market, "ENABLE")

    again = await place(market, hold("50.00", order="O9"))
    lifted = await lift(market, placed.hold_id, "20.00", now=NOW + timedelta(hours=1))

    assert (again.hold_id, again.replayed, lifted.left) == (placed.hold_id, True, 3_000)
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).agrees


def _blind(patched: pytest.MonkeyPatch) -> None:
    """Code that does not look which orders are known."""
    patched.setattr(naming.naming_sql, "find_unknown", _find_none)


async def _find_none(conn: object, *, named: object) -> list[object]:
    return []


async def _set_law(market: Market, word: str) -> None:
    owner = await asyncpg.connect(market.database.dsn)
    try:
        await owner.execute(f"ALTER TABLE hold {word} TRIGGER held_order_is_known")
    finally:
        await owner.close()
