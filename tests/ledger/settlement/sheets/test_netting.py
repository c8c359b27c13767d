"""What a party owes is taken from what it is to be paid, the oldest first."""

import pytest

from ledger.db.connecting import Database
from ledger.errors import InvariantBroken
from ledger.settlement.sheets.model import MovementKind, Status, Take
from ledger.settlement.sheets.netting import find_debts, net_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.stepping import Steps, write_and_post
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.oracle.small_world import PARTIES


async def confirmed_month(world: World, month: int, amount: int) -> None:
    await world.earn("M1", amount, f"2024-{month:02}-10")
    await world.settle(f"2024-{month + 1:02}-01")
    await world.confirm(*[s for s in await world.sheets("M1") if s.status is Status.CONFIRM_PENDING])


async def owed(world: World, party: str = "M1") -> int:
    return sum(sheet.owed for sheet in await world.sheets(party))


async def test_debts_are_carried_forward_into_the_next_sheets(world: World) -> None:
    paid, owes = [], []
    for month, amount in enumerate([-12_000, -8_000, 15_000, 9_000], start=1):
        await confirmed_month(world, month, amount)
        (sheet,) = [s for s in await world.sheets("M1") if s.period_end.month == month]
        paid.append(await world.pay(sheet, f"payout/{month}"))
        owes.append(await owed(world))

    assert paid == [0, 0, 0, 4_000]
    assert owes == [12_000, 20_000, 5_000, 0]
    first, second, third, fourth = await world.sheets("M1")
    assert [first.netted, second.netted, third.netted, fourth.netted] == [12_000, 8_000, 15_000, 5_000]
    assert [s.status for s in (first, second, third, fourth)] == [
        Status.COLLECTED,
        Status.COLLECTED,
        Status.COMPLETED,
        Status.PAID,
    ]
    assert await world.net("1200 M1, 2015 M1") == [0, 4_000]
    movements = await world.rows(
        "SELECT kind, amount_minor, reference FROM sheet_movement WHERE sheet_id = $1 ORDER BY movement_id",
        third.sheet_id,
    )
    assert [tuple(row) for row in movements] == [
        ("NETTED", 12_000, f"sheet/{first.sheet_id}"),
        ("NETTED", 3_000, f"sheet/{second.sheet_id}"),
    ]


async def switch_mode(world: World, *, netting: bool) -> list[tuple[str, int, int, int]]:
    """M2: an agency order settled and paid, then purchase mode, then the return of that order."""
    await world.set_terms(party="M2", cycle="SEMI_MONTHLY", confirmation="NONE", netting=netting)
    await world.set_terms(party="M2", role="SUPPLIER", cycle="SEMI_MONTHLY", confirmation="NONE", netting=netting)
    await world.earn("M2", 92_000, "2024-03-05")
    await world.settle("2024-03-16")
    (settled,) = await world.sheets("M2")
    assert await world.pay(settled, "payout/1") == 92_000
    await world.earn("M2", -92_000, "2024-03-20")
    await world.earn("M2", 150_000, "2024-03-25", code="2080")
    await world.settle("2024-04-01")
    found = [(s.key.mode, s.total, s.payable, s.owed) for s in (await world.sheets("M2"))[1:] if s.total]
    return sorted(found)


async def test_a_return_after_a_switch_of_mode_makes_a_tail_sheet_that_is_netted(world: World) -> None:
    assert await switch_mode(world, netting=True) == [("AGENCY", -92_000, 0, 0), ("PURCHASE", 150_000, 58_000, 0)]

    tail, purchase = (await world.sheets("M2"))[1:]
    assert (tail.status, purchase.status) == (Status.COLLECTED, Status.INVOICE_PENDING)


async def test_without_netting_the_tail_sheet_stays_a_receivable(world: World) -> None:
    assert await switch_mode(world, netting=False) == [
        ("AGENCY", -92_000, 0, 92_000),
        ("PURCHASE", 150_000, 150_000, 0),
    ]


async def test_without_netting_a_debt_is_carried_into_the_next_sheets_of_its_role_and_mode(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE", netting=False)
    await world.earn("M1", -500, "2024-01-05")
    await world.settle("2024-02-01")
    await world.earn("M1", 700, "2024-02-05")

    await world.settle("2024-03-01")

    assert [(s.payable, s.owed) for s in await world.sheets("M1")] == [(0, 0), (200, 0)]


async def test_nothing_is_netted_across_legal_entities(database: Database) -> None:
    other = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "currency": "CNY"}
    world = await World.open(database, parties=[*PARTIES, other])
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", confirmation="NONE", netting=True)
    await world.earn("M1", -500, "2024-01-05", book="LE2")
    await world.earn("M1", 700, "2024-01-05")

    await world.settle("2024-02-01")

    assert sorted((s.legal_entity, s.payable, s.owed) for s in await world.sheets("M1")) == [
        ("LE", 700, 0),
        ("LE2", 0, 500),
    ]


async def test_nothing_is_netted_across_currencies(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.earn("M1", -500, "2024-01-05", currency="USD")
    await world.earn("M1", 700, "2024-01-05")

    await world.settle("2024-02-01")

    assert sorted((s.key.currency, s.payable, s.owed) for s in await world.sheets("M1")) == [
        ("CNY", 700, 0),
        ("USD", 0, 500),
    ]


async def test_debts_above_the_limit_are_collected(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE", carryLimitMinorUnits=10_000)
    await world.earn("M1", -6_000, "2024-01-05")
    await world.settle("2024-02-01")
    assert [s.status for s in await world.sheets("M1")] == [Status.CARRIED_FORWARD]

    await world.earn("M1", -6_000, "2024-02-05")
    await world.settle("2024-03-01")

    assert [s.status for s in await world.sheets("M1")] == [Status.COLLECTING, Status.COLLECTING]


async def test_what_waits_for_its_party_counts_towards_the_limit_and_what_it_disputes_does_not(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE", carryLimitMinorUnits=10_000)
    await world.set_terms(role="SUPPLIER", confirmation="REQUIRED")
    await world.earn("M1", -6_000, "2024-01-05", code="2080")
    await world.settle("2024-02-01")
    (other,) = [s for s in await world.sheets("M1") if s.total]
    await world.dispute(other, "2024-02-02")
    await world.earn("M1", -6_000, "2024-02-05")

    await world.settle("2024-03-01")
    (debt,) = [s for s in await world.sheets("M1") if s.total and s.key.role == "MERCHANT"]
    assert debt.status is Status.CARRIED_FORWARD

    await world.answer(other, "2024-03-02")
    await world.settle("2024-04-01")
    assert [(await world.sheet(each.sheet_id)).status for each in (other, debt)] == [
        Status.CONFIRM_PENDING,
        Status.COLLECTING,
    ]


async def test_a_debt_that_was_carried_long_enough_is_collected(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE", carryCycles=2)
    await world.earn("M1", -6_000, "2024-01-05")
    found = []
    for month in (2, 3, 4):
        await world.settle(f"2024-{month:02}-01")
        debt = (await world.sheets("M1"))[0]
        found.append((debt.status.value, debt.carried_cycles))

    assert found == [("CARRIED_FORWARD", 0), ("CARRIED_FORWARD", 1), ("COLLECTING", 2)]
    assert "sheet.collecting" in await world.told((await world.sheets("M1"))[0].sheet_id)


async def test_a_debt_ages_by_the_closings_of_its_own_role_and_mode(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE", carryCycles=2, netting=False)
    await world.set_terms(role="SUPPLIER", cycle="WEEKLY", confirmation="NONE", netting=False)
    await world.earn("M1", -6_000, "2024-01-05")
    await world.settle("2024-02-01")
    for day in ("2024-02-06", "2024-02-13", "2024-02-20"):
        await world.earn("M1", 100, day, code="2080")

    await world.settle("2024-02-28")

    sheets = await world.sheets("M1")
    assert [s.total for s in sheets if s.key.mode == "PURCHASE" and s.total] == [100, 100, 100]
    assert [(s.status, s.carried_cycles) for s in sheets if s.owed] == [(Status.CARRIED_FORWARD, 0)]


async def test_a_debt_that_is_netted_before_its_party_agreed_to_it_ends_once_it_has(world: World) -> None:
    await world.earn("M1", -500, "2024-01-05")
    await world.settle("2024-02-01")
    await world.earn("M1", 900, "2024-02-10")
    await world.settle("2024-03-01")
    debt, sheet = await world.sheets("M1")

    assert await world.confirm(sheet) == [""]

    debt, sheet = await world.sheets("M1")
    assert [(s.status, s.payable, s.owed) for s in (debt, sheet)] == [
        (Status.CONFIRM_PENDING, 0, 0),
        (Status.PAYMENT_PENDING, 400, 0),
    ]
    assert await world.net("1200 M1, 2015 M1") == [0, 400]
    # It is netted once, and nobody is asked to agree to nothing.
    await confirmed_month(world, 3, 70)
    assert [status for status, _ in await world.history(debt.sheet_id)][-2:] == ["CONFIRMED", "COLLECTED"]
    assert [(s.payable, s.owed) for s in await world.sheets("M1")] == [(0, 0), (400, 0), (70, 0)]


async def test_a_disputed_debt_is_not_netted(world: World) -> None:
    await world.earn("M1", -500, "2024-01-05")
    await world.settle("2024-02-01")
    (debt,) = await world.sheets("M1")
    await world.dispute(debt, "2024-02-02")

    await confirmed_month(world, 2, 900)

    debt, sheet = await world.sheets("M1")
    assert (debt.owed, debt.status, sheet.payable) == (500, Status.DISPUTED, 900)


async def test_a_sheet_is_not_netted_before_its_neighbours_have_closed(world: World) -> None:
    await world.set_terms(role="MERCHANT", confirmation="NONE")
    await world.set_terms(role="SUPPLIER", confirmation="NONE")
    await world.earn("M1", 700, "2024-01-05")
    await world.earn("M1", -500, "2024-01-05", code="2080")

    await world.settle("2024-02-01", at_once=1)

    assert sorted((s.key.mode, s.payable, s.owed) for s in await world.sheets("M1")) == [
        ("AGENCY", 200, 0),
        ("PURCHASE", 0, 0),
    ]


async def test_what_was_netted_is_taken_once(world: World) -> None:
    await confirmed_month(world, 1, -500)
    await confirmed_month(world, 2, 900)
    debt, sheet = await world.sheets("M1")

    assert await world.take(Take(sheet.sheet_id, MovementKind.PAYOUT, 401, "payout/1")) == ["SHEET_PAYABLE_EXCEEDED"]
    assert await world.take(Take(debt.sheet_id, MovementKind.NETTED, 1, "sheet/1")) == ["SHEET_NOT_PAYABLE"]


async def test_a_step_of_a_sheet_that_is_posted_already_is_not_written(world: World) -> None:
    await world.earn("M1", -500, "2024-01-10")
    await world.settle("2024-02-01")
    await world.earn("M1", 900, "2024-02-10")
    await world.settle("2024-03-01")
    _, sheet = await world.sheets("M1")
    steps = Steps(SYSTEM, at("2024-03-02"))
    async with world.database.write(world.platform_id) as conn:
        rules, debts = await Rules.load(conn, keys={sheet.key}), await find_debts(conn, sheets=[sheet])
        await net_sheets(conn, steps=steps, sheets=[sheet], debts=debts, rules=rules)
        await write_and_post(conn, steps=steps)

    async with world.database.write(world.platform_id) as conn:
        with pytest.raises(InvariantBroken, match="posted once"):
            await write_and_post(conn, steps=steps)
