"""What became of an order on a sheet of which a part is paid, held, retained or netted: every cent, adding up."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.reporting.sheet_shares import Share, load_sheet_shares
from ledger.reporting.unpaid import UnpaidPart, load_unpaid, load_unpaid_of_orders
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.holds.model import Placed
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.settlement.sheets.model import MovementKind, Take
from tests.ledger.charging.fees import desk as fees
from tests.ledger.settlement.adjustments.test_adjustments import adjustment, said
from tests.ledger.settlement.deposits.telling import agree, agreement, discharge, out, retain
from tests.ledger.settlement.holds.telling import hold, lift, place, place_all
from tests.ledger.settlement.payouts.till import IBANS, NOW, Till
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.oracle.small_world import SUCCEEDED, item, paid, refunded
from tests.statements import gather_asked

IN_MARCH = {"occurredAt": "2025-03-05T04:00:00Z"}
Shown = list[tuple[str, str, int, str]]


@pytest.fixture
async def world(database: Database) -> World:
    opened = await World.open(database)
    assert isinstance(opened, World)
    await opened.set_terms(party="M1", confirmation="NONE")
    return opened


async def adjust(world: World, kind: str, amount: str, reference: str, when: str, **more: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_adjustment(adjustment(kind, amount, reference, **more))]
        assert said(await propose_adjustments(conn, drafts=drafts, maker=TESTER, now=at(when))) == ["POSTED"]


async def parts_of(world: World, order: str, party: str = "M1") -> list[UnpaidPart]:
    async with world.database.read(world.platform_id) as conn:
        (parts,) = await load_unpaid_of_orders(conn, keys=[(await world.id_of(party), order)], now=NOW)
    return parts


async def shown(world: World, order: str, party: str = "M1") -> Shown:
    parts = await parts_of(world, order, party)
    return [(part.state, part.code, part.amount_minor, part.awaits) for part in parts]


async def of_party(world: World) -> Shown:
    async with world.database.read(world.platform_id) as conn:
        (parts,) = await load_unpaid(conn, keys=[await world.id_of("M1")], now=NOW)
    return [(part.state, part.code, part.amount_minor, part.awaits) for part in parts]


async def test_fee_lines_and_adjustments_of_an_order_are_in_what_it_brought(world: World) -> None:
    await world.accept(paid("100.00"), SUCCEEDED)
    await fees.Desk(world).accept(
        fees.fee("F1", "STORAGE", "6.00", order="O1", line="1", **IN_MARCH),
        fees.fee("F2", "STORAGE", "1.00", order="O2", **IN_MARCH),
        fees.fee("F3", "STORAGE", "1.00", party="M2", order="O1", line="1", **IN_MARCH),
    )
    await adjust(world, "COMPENSATION", "2.00", "X1", "2025-03-06", order="O1")

    assert await shown(world, "O1") == [("ACCRUED", "2010", 8_190 - 600 + 200, "PERIOD_END")]
    assert await shown(world, "O1", "M2") == [("ACCRUED", "2010", -100, "PERIOD_END")]
    await world.settle("2025-04-02")
    # F2 names an order that is not here, and is taken off the one that is.
    assert await shown(world, "O1") == [
        ("ON_SHEET", "2015", 7_690, "NO_PAYEE_ACCOUNT"),
        ("SET_OFF", "2015", 100, ""),
    ]
    assert await shown(world, "O2") == [("SET_OFF", "2015", -100, "")]


async def open_two_orders(world: World) -> int:
    """A sheet of 113.90: two orders of 75.90 and 40.95, and a penalty of 2.95; a tenth is retained, 30.00 is held."""
    await agree(world, agreement())
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.accept(
        paid("50.00", item("50.00"), key="paid-2", order="O2"), SUCCEEDED | {"id": "done-2", "order": "O2"}
    )
    await fees.Desk(world).accept(fees.fee("F1", "STORAGE", "6.00", order="O1", line="1", **IN_MARCH))
    await adjust(world, "PENALTY", "2.95", "X1", "2025-03-06")
    await world.settle("2025-04-02")
    (sheet,) = [sheet for sheet in await world.sheets("M1") if sheet.total]
    assert sheet.total == 11_390
    await retain(world, sheet.sheet_id)
    await place(world, hold("10.00", "H1", sheet=sheet.sheet_id, order="O2"))
    await place(world, hold("20.00", "H2", sheet=sheet.sheet_id))
    return sheet.sheet_id


# What is the same while the rest of the sheet is on its way: the hold of O2 is its own, all else is borne by both.
FIRST_KEEPS = [("RETENTION", "2060", 811, "HELD"), ("ON_HOLD", "2050", 1_424, "The review is done.")]
SECOND_KEEPS = [
    ("RETENTION", "2060", 328, "HELD"),
    ("ON_HOLD", "2050", 1_000, "The review is done."),
    ("ON_HOLD", "2050", 576, "The review is done."),
]
FIRST_GAVE, SECOND_GAVE = ("SET_OFF", "2015", 192, ""), ("SET_OFF", "2015", 103, "")


async def check_orders(world: World, *rest: tuple[str, str, int, int, str]) -> None:
    """Both orders: what is at the rest of the sheet, and what is the same all the time."""
    first = [(state, code, mine, awaits) for state, code, mine, _, awaits in rest]
    second = [(state, code, mine, awaits) for state, code, _, mine, awaits in rest]
    assert await shown(world, "O1") == [*first, *FIRST_KEEPS, FIRST_GAVE]
    assert await shown(world, "O2") == [*second, *SECOND_KEEPS, SECOND_GAVE]


async def test_each_order_bears_its_part_of_what_became_of_its_sheet(world: World) -> None:
    sheet_id = await open_two_orders(world)
    till = Till(world, world.database.dsn)
    await till.pay_from(fee_minor=30)
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(100_000)

    await check_orders(world, ("ON_SHEET", "2015", 5_163, 2_088, "PAYMENT_PENDING"))
    (waiting, *_) = await parts_of(world, "O1")
    sheet = await world.sheet(sheet_id)
    assert (waiting.due_date, waiting.until, waiting.document) == (sheet.due_date, sheet.due_date, f"sheet/{sheet_id}")

    created = (await till.create_one()).payout_id
    await check_orders(world, ("IN_PAYOUT", "2015", 5_163, 2_088, "SUBMISSION"))
    await till.submit(created)
    await till.outcome(created, Verdict.UNKNOWN)
    await check_orders(world, ("IN_TRANSIT", "2190", 5_163, 2_088, "BANK_ANSWER"))
    await till.answer(AnswerKind.PAID, created, fee=30)
    await check_orders(world, ("PAID", "2015", 5_163, 2_088, ""))
    assert await of_party(world) == [
        ("ON_HOLD", "2050", 1_000, "The review is done."),
        ("ON_HOLD", "2050", 2_000, "The review is done."),
        ("RETENTION", "2060", 1_139, "HELD"),
    ]

    # It comes back, all but the bank's fee, and is paid again.
    await till.answer(AnswerKind.RETURNED, created)
    await check_orders(world, ("PAID", "2015", 21, 9, ""), ("RETURNED", "2016", 5_142, 2_079, "PAYOUT"))
    again = (await till.retry(created)).payout_id
    await check_orders(world, ("PAID", "2015", 21, 9, ""), ("IN_PAYOUT", "2016", 5_142, 2_079, "SUBMISSION"))
    await till.pay(again)
    paid_parts = [("PAID", "2015", 21, 9, ""), ("PAID", "2015", 5_142, 2_079, "")]
    await check_orders(world, *paid_parts)

    # What is lifted can be paid; what was claimed of the retention never will be.
    hold_id = (await world.rows("SELECT max(hold_id) AS hold_id FROM hold"))[0]["hold_id"]
    await lift(world, hold_id, "5.00")
    parts = Counter[str]()
    for order in ("O1", "O2"):
        for part in await parts_of(world, order):
            parts[part.state] += part.amount_minor
    assert parts == {"ON_SHEET": 500, "PAID": 7_251, "ON_HOLD": 2_500, "RETENTION": 1_139, "SET_OFF": 295}
    (slice_id,) = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]
    await discharge(world, out("CLAIMED", slice_id, "1.39"), out("FORFEITED", slice_id, "1.00", "S2"))
    kept = [(part.state, part.amount_minor) for part in await parts_of(world, "O1") if part.code == "2060"]
    assert [state for state, _ in kept] == ["RETENTION", "CLAIMED", "FORFEITED"]
    assert sum(amount for _, amount in kept) == 811


async def test_a_hold_says_which_it_is_and_until_when(world: World) -> None:
    await open_two_orders(world)

    named, whole = [part for part in await parts_of(world, "O2") if part.state == "ON_HOLD"]

    assert (named.amount_minor, named.ground, str(named.until)) == (1_000, "Contract 7.2", "2026-02-01")
    assert named.document != whole.document
    (retained,) = [part for part in await parts_of(world, "O2") if part.state == "RETENTION"]
    assert (retained.ground, str(retained.until)) == ("Contract 9.1", "2026-04-01")


async def test_what_is_held_of_everything_before_a_sheet_closes_is_on_hold_on_it(world: World) -> None:
    await world.accept(paid("100.00"), SUCCEEDED)
    (placed,) = await place_all(world, hold("50.00"), now=at("2025-03-03"))
    assert isinstance(placed, Placed)
    assert await shown(world, "O1") == [("ACCRUED", "2010", 8_190, "PERIOD_END")]

    await world.settle("2025-04-02")

    assert await shown(world, "O1") == [
        ("ON_SHEET", "2015", 3_190, "NO_PAYEE_ACCOUNT"),
        ("ON_HOLD", "2050", 5_000, "The review is done."),
    ]
    await lift(world, placed.hold_id, "20.00")
    assert await shown(world, "O1") == [
        ("ON_SHEET", "2015", 3_190, "NO_PAYEE_ACCOUNT"),
        ("ON_HOLD", "2050", 3_000, "The review is done."),
        ("SET_OFF", "2015", 2_000, ""),
    ]


async def test_a_debt_is_netted_with_what_the_next_sheet_has(world: World) -> None:
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2025-04-02")
    (sold,) = [sheet for sheet in await world.sheets("M1") if sheet.total]
    assert await world.pay(sold, "payout/1") == 8_190
    await world.accept(refunded("r1", "40.00") | {"occurredAt": "2025-04-10T00:00:00Z"})
    await world.settle("2025-05-02")
    owed = [part for part in await shown(world, "O1") if part[0] != "PAID"]
    assert owed == [("OWED", "1200", -3_300, "CARRIED_FORWARD")]

    await world.accept(
        paid("30.00", item("30.00"), key="p2", order="O2", at="2025-05-03T00:00:00Z"),
        SUCCEEDED | {"id": "done-2", "order": "O2", "occurredAt": "2025-05-04T00:00:00Z"},
    )
    await world.settle("2025-06-02")

    assert await shown(world, "O1") == [
        ("PAID", "2015", 8_190, ""),
        ("OWED", "1200", -843, "CARRIED_FORWARD"),
        ("NETTED", "1200", -2_457, ""),
    ]
    assert await shown(world, "O2") == [("NETTED", "1200", 2_457, "")]


async def test_four_statements_tell_of_any_number_of_orders(world: World) -> None:
    await open_two_orders(world)

    async with world.database.read(world.platform_id) as conn:
        keys = [(await world.id_of("M1"), order) for order in ("O1", "O2", "O3")]
        with gather_asked(conn) as statements:
            first, second, third = await load_unpaid_of_orders(conn, keys=keys, now=NOW)

    assert (len(first), len(second), third) == (4, 5, [])
    assert len(statements) == 4


OPEN = {"ON_SHEET", "IN_PAYOUT", "ON_HOLD", "RETENTION", "OWED"}


async def check_sheets(world: World) -> None:
    """Of every sheet the parts of all documents are its figures, and of every order what its lines brought."""
    rows = await world.rows("SELECT * FROM sheet WHERE status NOT IN ('OPEN', 'CLOSING')")
    async with world.database.read(world.platform_id) as conn:
        shares = await load_sheet_shares(conn, sheet_ids=[row["sheet_id"] for row in rows])
    for row in rows:
        documents = shares.get(row["sheet_id"], {})
        sums: Counter[str] = Counter()
        for share in (each for parts in documents.values() for each in parts):
            sums[share.state] += share.amount_minor
        before = sum(share.amount_minor for share in _list(documents) if share.state == "ON_HOLD") - row["held_minor"]
        left = row["total_minor"] - row["paid_minor"]
        if row["total_minor"] >= 0:
            left -= row["netted_minor"]
        else:
            left += row["netted_minor"]
        assert sum(amount for state, amount in sums.items() if state in OPEN) - before == left
        assert sum(sums.values()) == row["total_minor"]
        assert sums["SET_OFF"] + before == 0
        assert (sums["PAID"], sums["RETENTION"]) == (row["paid_minor"], row["retained_minor"])
        assert sums["NETTED"] == row["netted_minor"] * (1 if row["total_minor"] >= 0 else -1)


def _list(documents: object) -> list[Share]:
    assert isinstance(documents, dict)
    return [share for parts in documents.values() for share in parts]


async def check_orders_add_up(world: World, orders: list[str]) -> None:
    rows = await world.rows(
        """
        SELECT o.name, sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END)::bigint AS brought
        FROM unnest($1::text[]) AS o (name)
        INNER JOIN entry AS e ON e.document = 'order/' || o.name
            OR e.document IN (SELECT 'fee-line/' || f.reference FROM fee_line AS f WHERE f.order_reference = o.name)
        INNER JOIN line AS l ON l.sequence = e.sequence INNER JOIN account AS a ON a.account_id = l.account_id
        WHERE a.party_reference = 'M1' AND a.code = '2010' GROUP BY o.name
        """,
        orders,
    )
    for row in rows:
        parts = await parts_of(world, row["name"])
        assert sum(part.amount_minor for part in parts) == row["brought"], row["name"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_whatever_becomes_of_sheets_their_parts_add_up(database: Database, data: st.DataObject) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(party="M1", confirmation="NONE")
    await agree(world, agreement(rate="0.07"))
    orders: list[str] = []
    cents = st.integers(1, 9_999).map(lambda amount: f"{amount // 100}.{amount % 100:02}")
    for month in range(1, data.draw(st.integers(2, 4))):
        day = f"2025-{month:02}-1"
        for number in range(data.draw(st.integers(1, 3))):
            order, goods, when = f"O{month}{number}", data.draw(cents), f"{day}{number}T00:00:00Z"
            await world.accept(
                paid(goods, item(goods), key=f"paid {order}", order=order, at=when),
                SUCCEEDED | {"id": f"done {order}", "order": order, "occurredAt": when},
            )
            orders.append(order)
            if data.draw(st.booleans()):
                line = fees.fee(f"F{order}", "STORAGE", data.draw(cents), order=order, occurredAt=when)
                await fees.Desk(world).accept(line)
        if data.draw(st.booleans()):
            await place_all(world, hold(data.draw(cents), f"A{month}"), now=at(f"{day}5"))
        if data.draw(st.booleans()):
            kind = data.draw(st.sampled_from(["PENALTY", "COMPENSATION"]))
            await adjust(world, kind, data.draw(cents), f"X{month}", f"{day}6")
        await world.settle(f"2025-{month + 1:02}-02")
        sheets = [sheet for sheet in await world.sheets("M1") if sheet.total > 0]
        await retain(world, *[sheet.sheet_id for sheet in sheets])
        for sheet in sheets:
            named = data.draw(st.sampled_from([{}, *({"order": order} for order in orders)]))
            document = hold(data.draw(cents), f"H{month}-{sheet.sheet_id}", sheet=sheet.sheet_id, **named)
            await place_all(world, document)
            payable = (await world.sheet(sheet.sheet_id)).payable
            amount = data.draw(st.integers(0, payable))
            if amount:
                reference = f"payout/{month}"
                takes = [Take(sheet.sheet_id, MovementKind.PAYOUT, amount, reference)]
                if data.draw(st.booleans()):
                    takes.append(Take(sheet.sheet_id, MovementKind.PAID, data.draw(st.integers(1, amount)), reference))
                await world.take(*takes)
        await check_sheets(world)
        await check_orders_add_up(world, orders)
