"""What the worlds of the other tests leave out, so that every table of a store has rows, and nearly each several."""

from datetime import date, timedelta

from ledger.access import keys
from ledger.access.model import Role
from ledger.actor import Actor
from ledger.approvals.delegating import end_delegation
from ledger.approvals.model import Kind, Step
from ledger.charging.channel_days.dismissing import dismiss_differences, reopen_differences
from ledger.charging.channel_days.keeping import find_differences
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.charging.fees.sources import register_source, take_page
from ledger.charging.internal_splits import complete_internal_split
from ledger.db.connecting import Database
from ledger.settlement.payouts.filing import BankFile, digest_file, record_file
from ledger.settlement.payouts.model import Verdict
from tests.invariants.months import Months
from tests.ledger.approvals.desk import Desk, at
from tests.ledger.approvals.test_reopening import agree, ask_to_open, close
from tests.ledger.approvals.test_standing_in import hand_over
from tests.ledger.charging.channel_days.files import capture, make_lines, refund
from tests.ledger.charging.fees.desk import Desk as FeeDesk
from tests.ledger.charging.fees.desk import fee
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.charging.test_overrides import grant
from tests.ledger.settlement.holds.test_disputes import charged_back
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow, send
from tests.ledger.settlement.receipts.telling import (
    give_back,
    match,
    matched,
    owing,
    receipt,
    recorded,
    returning,
    tolerate,
    unmatch,
)
from tests.ledger.settlement.sheets.test_confirming import presented
from tests.ledger.settlement.sheets.world import World
from tests.ledger.verify.test_verify_told import keep
from tests.oracle.small_world import SUCCEEDED, paid, plan


async def fill(database: Database) -> None:
    """A platform of its own for each, and random months."""
    await dispute(database)
    suspended = await suspend(database)
    await keep(suspended)
    await keep_more(suspended)
    await tell_of_days(suspended)
    await object_to_sheets(database)
    await stand_in(database)
    await split_late(database)
    await grant_rates(database)
    await receive(database)
    months = await Months.open(database, seed=7)
    await months.pass_time(steps=40)
    await months.publish(2)


async def dispute(database: Database) -> None:
    """Two chargebacks find that money of theirs is gone; of the payout that has it the bank says that it failed."""
    disputed, payouts, first = await send(database)
    await disputed.accept(charged_back("60.00"), charged_back("10.00", "C2"))
    await follow(payouts)
    await payouts.outcome(first, Verdict.REFUSED, reason="account closed")


async def suspend(database: Database) -> Market:
    """Two shares went to suspense and were released, one to its owner and one to the merchant."""
    market = await Market.open(database)
    await market.close("D2")
    await market.close("D3")
    await market.accept(paid("50.00"), SUCCEEDED)
    first, second = await market.rows("SELECT item FROM suspense_item ORDER BY item")
    await market.release(first["item"], "OWNER")
    await market.release(second["item"], "SPLITTER")
    return market


async def keep_more(market: Market) -> None:
    """Another bank's file, and another source with lines that were refused."""
    file = BankFile("files", "night.xml", digest_file(b"<Other/>"), "pain.002.001.10", "M-2", answers=1)
    async with market.database.write(market.platform_id) as conn:
        assert await record_file(conn, file, actor=ACTOR, now=NOW + timedelta(hours=1))
        await register_source(
            conn, name="erp", url="https://erp.test/", interval=timedelta(hours=1), actor=ACTOR, now=NOW
        )
        documents = [{"id": "E1"}, {"id": "E2", "party": "M1"}]
        await take_page(conn, source="erp", cursor="", documents=documents, next_cursor="2", actor=ACTOR, now=NOW)


async def tell_of_days(market: Market) -> None:
    """A channel tells of two days, of which some differences are set aside, and some of these taken up again."""
    days = [
        make_lines(capture("O1", "50.00", "0.30"), refund("O1", "R1", "1.00")),
        make_lines(capture("O2", "20.00", "0.10"), day="2025-03-02", name="F2"),
    ]
    for told in days:
        async with market.database.write(market.platform_id) as conn:
            await record_channel_file(conn, file=parse_channel_file(told), actor=ACTOR, now=NOW)
    async with market.database.write(market.platform_id) as conn:
        differing = [each for each in await find_differences(conn, orders=["O1", "O2"]) if each.told is not None]
        await dismiss_differences(conn, differences=differing[:-1], reason="seen", actor=ACTOR, now=NOW)
        await dismiss_differences(conn, differences=differing[-1:], reason="asked", actor=Actor("ben"), now=NOW)
        await reopen_differences(conn, differences=differing[:1], reason="look again", actor=Actor("cem"), now=NOW)
        await reopen_differences(conn, differences=differing[-1:], reason="answered", actor=Actor("ben"), now=NOW)
        await dismiss_differences(conn, differences=differing[:1], reason="seen anew", actor=ACTOR, now=NOW)


async def object_to_sheets(database: Database) -> None:
    """An objection to a sheet is answered with an adjustment, and another is not answered."""
    world = await World.open(database)
    assert isinstance(world, World)
    sheet = await presented(world, confirmation="DEEMED", confirmationDays=7)
    ((sequence, _),) = await world.lines(sheet.sheet_id)
    (line,) = await world.rows("SELECT position FROM sheet_line WHERE sequence = $1 AND NOT is_closing", sequence)
    await world.dispute(sheet, "2024-07-07", lines=[(sequence, line["position"])])
    await world.adjust("A-1", "2024-07-09")
    await world.answer(sheet, "2024-07-10", adjustments=["A-1"])
    await world.dispute(sheet, "2024-07-11", reason="still too little")


async def stand_in(database: Database) -> None:
    """People stand in for others, of whom one is back early; a book was opened again, and once more."""
    desk = await Desk.open(database)
    await desk.flow(Step(("bob",)))
    await hand_over(desk, "bob", "cem", since=0, kind=Kind.SHEET)
    early = await hand_over(desk, "bob", "dora", since=1, hour=1)
    async with database.write(desk.platform_id) as conn:
        await end_delegation(conn, delegation_id=early.delegation_id, actor=Actor("bob"), now=at(2))
    await close(desk, date(2026, 7, 31))
    for day, reason in ((date(2026, 6, 30), "late invoice"), (date(2026, 5, 31), "later invoice")):
        await agree(desk, await ask_to_open(desk, day, reason=reason))


async def split_late(database: Database) -> None:
    """A channel had let go of the money of two orders before they were split; of one somebody has seen to it."""
    market = await Market.open(database)
    for order in ("O1", "O2"):
        late = {**SUCCEEDED, "id": f"late {order}", "order": order, "occurredAt": "2025-03-31T00:00:00Z"}
        await market.accept({**paid("100.00", key=f"paid {order}", channel="wechat"), "order": order}, late)
    async with database.write(market.platform_id) as conn:
        await complete_internal_split(conn, order="O1", actor=ACTOR, now=NOW)


async def grant_rates(database: Database) -> None:
    """A merchant gets rates of its own, and others from a later day on; a plan has a second version."""
    market = await Market.open(database)
    async with database.write(market.platform_id) as conn:
        for name in ("ann", "bob"):
            await keys.create_key(conn, role=Role.OPERATOR, name=name, pepper=b"p", now=NOW)
    await grant(market, commission="0.05")
    await grant(market, commission="0.04", validFrom="2025-06-01")
    await market.publish(plan("2025-06-01"))
    await FeeDesk(market).accept(fee("L1", "STORAGE", "6.00"), fee("L2", "REBATE_GRANTED", "1.00"))


async def receive(database: Database) -> None:
    """Money that came in for two debts is given back in part, matches are undone, and more is tolerated than before."""
    world = await World.open(database)
    assert isinstance(world, World)
    for number, (party, person) in enumerate((("M1", "kim"), ("M2", "lou")), start=1):
        sheet = await owing(world, 4_000 * number, party=party)
        came = await recorded(world, receipt("20.00", f"R{number}"))
        step = await matched(world, match(came, sheet, f"{number}.00", f"T{number}"))
        await unmatch(world, step.match.match_id, reason=f"Of {party}'s brother.", actor=Actor(person))
        await give_back(world, returning(came, f"{number}.00", f"B{number}"), actor=Actor(person))
    await tolerate(world, "0.10", "0.20")
