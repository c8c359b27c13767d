"""Why a party is not paid: every cent with its state, ground and day, adding up to the book."""

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.reporting.next_payouts import load_next_payouts
from ledger.reporting.unpaid import UnpaidPart, load_unpaid, load_unpaid_of_orders
from ledger.settlement.holds.model import Placed
from tests.ledger.charging.market import NOW
from tests.ledger.settlement.deposits.telling import (
    agree,
    agreement,
    bill,
    cash,
    discharge,
    out,
    receive,
    retain,
    sell,
)
from tests.ledger.settlement.deposits.telling import target as a_target
from tests.ledger.settlement.holds.telling import hold, lift_all, place, place_all
from tests.ledger.settlement.sheets.world import World, at
from tests.oracle.small_world import PARTIES, SUCCEEDED, item, paid

PER_PARTY = ("1200", "1210", "1220", "2010", "2015", "2016", "2050", "2060", "2041")


async def unpaid(world: World, party: str = "M1") -> list[UnpaidPart]:
    async with world.database.read(world.platform_id) as conn:
        return (await load_unpaid(conn, keys=[await world.id_of(party)], now=NOW))[0]


async def unpaid_of(world: World, order: str, party: str = "M1") -> list[tuple[str, int, str]]:
    async with world.database.read(world.platform_id) as conn:
        (parts,) = await load_unpaid_of_orders(conn, keys=[(await world.id_of(party), order)], now=NOW)
    return [(part.state, part.amount_minor, part.awaits) for part in parts]


async def sums_agree(world: World) -> None:
    """What the parts of M1 say of each account is what stands there."""
    sums = dict.fromkeys(PER_PARTY, 0)
    for part in await unpaid(world, "M1"):
        if part.code in sums:
            sums[part.code] += part.amount_minor
    assert list(sums.values()) == await world.net(", ".join(f"{code} M1" for code in PER_PARTY))


async def operator(world: World) -> str:
    (row,) = await world.rows("SELECT reference FROM party WHERE kind = 'OPERATOR'")
    return str(row["reference"])


async def test_each_part_says_why_and_until_when(world: World) -> None:
    await agree(world, agreement())
    await world.earn("M1", 10_000, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    (slice_id,) = await retain(world, sheet.sheet_id)
    held = await place(world, hold("20.00", sheet=sheet.sheet_id))
    await world.earn("M1", 700, "2026-01-03")

    accrued, on_sheet, on_hold, retained = await unpaid(world)

    assert (accrued.state, accrued.code, accrued.amount_minor) == ("ACCRUED", "2010", 700)
    assert (accrued.awaits, str(accrued.until)) == ("PERIOD_END", "2026-02-01")
    assert (on_sheet.state, on_sheet.amount_minor, on_sheet.awaits) == ("ON_SHEET", 7_000, "CONFIRM_PENDING")
    assert (on_sheet.document, on_sheet.due_date) == (f"sheet/{sheet.sheet_id}", sheet.due_date)
    assert on_hold[:5] == ("LE", "CNY", "ON_HOLD", "2050", 2_000)
    assert (on_hold.awaits, str(on_hold.until)) == ("The review is done.", "2026-02-01")
    assert (on_hold.document, on_hold.ground) == (f"hold/{held.hold_id}", "Contract 7.2")
    assert (retained.state, retained.amount_minor, retained.awaits) == ("RETENTION", 1_000, "HELD")
    assert (str(retained.until), retained.document) == ("2027-01-01", f"deposit/{slice_id}")
    assert retained.ground == "Contract 9.1"
    await sums_agree(world)


async def test_what_a_party_owes_counts_below_zero(world: World) -> None:
    await world.earn("M1", -500, "2025-12-15")
    await world.settle("2026-01-02")
    await agree(world, a_target("10.00"))
    await bill(world, cash("4.00", "B1"))

    parts = [(part.state, part.code, part.amount_minor, part.awaits) for part in await unpaid(world)]

    assert parts == [
        ("OWED", "1200", -500, "CONFIRM_PENDING"),
        ("DEPOSIT", "2060", 400, "DUE"),
        ("OWED", "1220", -400, "COLLECTION"),
    ]
    await sums_agree(world)


async def test_a_share_in_suspense_is_its_owners(world: World) -> None:
    await world.accept(paid("100.00"))
    await world.block("D1")
    await world.accept(SUCCEEDED)

    (part,) = await unpaid(world, "D1")

    assert (part.state, part.amount_minor, part.document) == ("SUSPENSE", 500, "order/O1")
    assert part.ground == "The receiver is BLOCKED."


async def test_what_is_in_suspense_is_decided_by_a_day_where_its_owner_is(database: Database) -> None:
    parties = [{**each, "timeZone": "Pacific/Auckland"} if each["reference"] == "D1" else each for each in PARTIES]
    market = await World.open(database, parties=parties)
    assert isinstance(market, World)
    await market.accept(paid("100.00"))
    await market.block("D1")
    await market.accept(SUCCEEDED)

    (part,) = await unpaid(market, "D1")
    async with market.database.read(market.platform_id) as conn:
        (of_order,) = await load_unpaid_of_orders(conn, keys=[(await market.id_of("D1"), "O1")], now=NOW)

    (row,) = await market.rows("SELECT deadline FROM suspense_item")
    assert (row["deadline"], part.until) == (datetime(2026, 2, 4, 12, tzinfo=UTC), date(2026, 2, 5))
    assert of_order == [part]


async def test_a_share_in_suspense_is_owed_by_the_entity_that_settles(world: World) -> None:
    await world.register(
        {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Second", "parent": await operator(world)}
    )
    await world.accept(paid("100.00", settlingEntity="LE2"))
    await world.block("D1")
    await world.accept(SUCCEEDED)

    (part,) = await unpaid(world, "D1")
    async with world.database.read(world.platform_id) as conn:
        (of_order,) = await load_unpaid_of_orders(conn, keys=[(await world.id_of("D1"), "O1")], now=NOW)

    assert of_order == [part]
    assert (part.legal_entity, part.code, part.amount_minor) == ("LE2", "2200", 500)
    assert (await world.accounts())["LE2", "2200", "", "CNY"] == (0, 500)


async def test_what_accrues_until_somebody_asks_for_it_has_no_day(world: World) -> None:
    await world.set_terms(party="M1", cycle="ON_DEMAND")
    await world.earn("M1", 700, "2024-07-03")
    await world.open_sheets("2024-07-03")

    (part,) = await unpaid(world)
    async with world.database.read(world.platform_id) as conn:
        (next_payouts,) = await load_next_payouts(conn, keys=[await world.id_of("M1")], now=NOW)

    assert (part.state, part.amount_minor, part.awaits) == ("ACCRUED", 700, "PERIOD_END")
    assert (part.until, part.due_date, next_payouts) == (None, None, [])


async def test_a_sheet_that_silence_confirms_is_awaited_until_then(world: World) -> None:
    await world.set_terms(party="M1", confirmation="DEEMED", confirmationDays=20)
    await world.set_terms(party="M2", confirmation="REQUIRED")
    for party in ("M1", "M2"):
        await world.accept(
            paid("100.00", item("100.00", merchant=party), key=f"paid {party}", order=party),
            SUCCEEDED | {"id": f"done {party}", "order": party},
        )
    await world.settle("2025-04-02T23:30")
    (sheet,) = [sheet for sheet in await world.sheets("M1") if sheet.total]
    assert sheet.confirm_by == at("2025-04-22T23:30")

    async with world.database.read(world.platform_id) as conn:
        keys = [(await world.id_of(party), party) for party in ("M1", "M2")]
        by_order = await load_unpaid_of_orders(conn, keys=keys, now=NOW)
    for party, until in (("M1", "2025-04-22"), ("M2", None)):
        (of_order,) = by_order[party == "M2"]
        (part,) = await unpaid(world, party)
        assert (
            (part.awaits, part.due_date) == (of_order.awaits, of_order.due_date) == ("CONFIRM_PENDING", sheet.due_date)
        )
        assert [None if day is None else str(day) for day in (part.until, of_order.until)] == [until] * 2
    await world.deem("2025-04-23")
    (part,) = await unpaid(world)
    assert (part.awaits, part.until) == ("NO_PAYEE_ACCOUNT", sheet.due_date)


async def test_a_party_that_is_owed_nothing_has_no_parts(world: World) -> None:
    assert await unpaid(world, "M2") == []


async def test_an_order_tells_where_its_money_is(world: World) -> None:
    await world.accept(paid("100.00"))
    assert await unpaid_of(world, "O1") == [("NOT_SPLIT", 0, "ORDER_SUCCESS")]
    assert await unpaid_of(world, "O1", "M2") == []

    await world.accept(SUCCEEDED)
    (placed,) = await place_all(world, hold("50.00", order="O1", line="1"), now=at("2025-03-03"))
    assert isinstance(placed, Placed)
    parts = [("ACCRUED", 3_190, "PERIOD_END"), ("ON_HOLD", 5_000, "The review is done.")]
    assert await unpaid_of(world, "O1") == parts
    assert await unpaid_of(world, "O1", "D1") == [("ACCRUED", 500, "PERIOD_END")]

    await world.settle("2026-01-02")
    sheet = next(each for each in await world.sheets("M1") if each.total)
    assert await unpaid_of(world, "O1") == [("ON_SHEET", 3_190, "CONFIRM_PENDING"), parts[1]]

    await place(world, hold("10.00", "H2", sheet=sheet.sheet_id, order="O1"))
    assert (await unpaid_of(world, "O1"))[0] == ("ON_SHEET", 2_190, "CONFIRM_PENDING")
    step = {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed."}
    await lift_all(world, step)
    amounts = [(state, amount) for state, amount, _ in await unpaid_of(world, "O1")]
    assert amounts == [("ACCRUED", 5_000), ("ON_SHEET", 2_190), ("ON_HOLD", 1_000)]


@settings(max_examples=30)
@given(data=st.data())
async def test_the_parts_always_add_up_to_what_stands_in_the_book(database: Database, data: st.DataObject) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(party="M1", confirmation=data.draw(st.sampled_from(["NONE", "REQUIRED"])))
    await sell(world)
    await agree(world, agreement(rate="0.2"), a_target("30.00", reference="W2", shortfall="BILL"))
    for number in range(data.draw(st.integers(1, 3))):
        await world.earn("M1", data.draw(st.integers(-3_000, 6_000).filter(bool)), f"2020-{number + 1:02}-15")
        await world.settle(f"2020-{number + 2:02}-02")
        sheets = await world.sheets("M1")
        await retain(world, *[sheet.sheet_id for sheet in sheets])
        await receive(world, cash(f"{data.draw(st.integers(1, 9))}.00", f"R{number}", agreement="W2"))
        on = data.draw(st.sampled_from([{}, *({"sheet": sheet.sheet_id} for sheet in sheets)]))
        await place_all(world, hold(f"{data.draw(st.integers(1, 20))}.00", f"H{number}", **on))
        slices = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]
        if slices:
            step = data.draw(st.sampled_from(["CLAIMED", "RELEASED", "FORFEITED"]))
            await discharge(world, out(step, data.draw(st.sampled_from(slices)), "1.00", f"S{number}"))
        await sums_agree(world)
