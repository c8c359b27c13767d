"""A work queue counts what its list shows."""

import re
from datetime import UTC, datetime, time, timedelta

from ledger.db.connecting import Database
from ledger.reporting.charging import list_suspense_items
from ledger.reporting.model import Span
from ledger.reporting.overdue import list_overdue
from ledger.reporting.payouts import PayoutFilter, list_payouts
from ledger.reporting.work_queues import WorkQueue, count_queues
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.ledger.charging.market import NOW, Market
from tests.ledger.settlement.holds.test_disputes import charged_back
from tests.ledger.settlement.payouts.test_again import hold
from tests.ledger.settlement.payouts.till import IBANS, TODAY, Till
from tests.ledger.settlement.sheets.world import World, at
from tests.oracle.small_world import SUCCEEDED, paid, refunded
from tests.plans import AS_IF_MANY, list_scans
from tests.statements import gather_asked

ALL = Span(100)
TABLES = ("order_head", "payout_sheet")


async def queues(database: Database, platform_id: int, now: datetime) -> dict[str, WorkQueue]:
    async with database.read(platform_id) as conn:
        return {each.queue: each for each in await count_queues(conn, now=now)}


async def test_what_is_overdue_is_counted_from_the_day_after_its_due_date_whether_a_worker_told_of_it_or_not(
    database: Database,
) -> None:
    world = await World.open(database)
    await world.set_terms(role="MERCHANT", cycle="T+2", calendar="MON-FRI", confirmation="NONE")
    await world.earn("M1", 500, "2020-01-20T10:00")
    await world.settle("2020-01-21T00:00")
    async with database.read(world.platform_id) as conn:
        (due,) = await conn.fetch("SELECT due_date, zone, overdue_at FROM sheet WHERE total_minor = 500")
        later = at("2020-02-10")
        listed = await list_overdue(conn, now=later, scope=None, span=ALL)

    counted = await queues(database, world.platform_id, later)
    on_the_day = await queues(database, world.platform_id, at(due["due_date"].isoformat()))

    assert due["overdue_at"] is None
    assert (counted["SHEETS_OVERDUE"].total, len(listed)) == (1, 1)
    assert counted["SHEETS_OVERDUE"].oldest_since == at((due["due_date"] + timedelta(days=1)).isoformat())
    assert "SHEETS_OVERDUE" not in on_the_day


async def test_an_item_of_which_nothing_is_left_does_not_wait_and_what_is_overdue_can_be_asked_for(
    database: Database,
) -> None:
    market = await Market.open(database)
    await market.block("D2")
    await market.accept(paid("100.00"), SUCCEEDED)
    await market.accept(
        {**paid("100.00", key="other"), "order": "O2"}, {**SUCCEEDED, "id": "other done", "order": "O2"}
    )
    await market.accept(refunded("1", "100.00"))
    overdue_at = NOW + timedelta(days=31)

    counted = await queues(database, market.platform_id, overdue_at)
    early = await queues(database, market.platform_id, NOW)
    async with database.read(market.platform_id) as conn:
        waiting = await list_suspense_items(conn, scope=None, status="OPEN", span=ALL)
        overdue = await list_suspense_items(conn, scope=None, status="OPEN", overdue_at=overdue_at, span=ALL)
        not_yet = await list_suspense_items(conn, scope=None, status="OPEN", overdue_at=NOW, span=ALL)
        every = await list_suspense_items(conn, scope=None, status=None, span=ALL)

    assert [row.order_reference for row in waiting] == [row.order_reference for row in overdue] == ["O2"]
    assert (counted["SUSPENSE"].total, counted["SUSPENSE_OVERDUE"].total) == (1, 1)
    assert (not_yet, "SUSPENSE_OVERDUE" in early) == ([], False)
    assert [row.order_reference for row in every] == ["O1", "O2"]


async def test_payouts_that_came_back_are_told_apart_by_whether_another_pays_them_again(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 60_00)
    first = (await till.create_one()).payout_id
    await till.pay(first)
    await till.answer(AnswerKind.RETURNED, first)
    came_back = PayoutFilter(statuses=("RETURNED",))

    async def ask() -> tuple[int, list[int], list[int]]:
        """How many the queue counts, and who is listed as not paid again, and as paid again."""
        counted = await queues(database, till.platform_id, datetime.combine(TODAY, time(), UTC))
        async with database.read(till.platform_id) as conn:
            listed = [
                await list_payouts(conn, scope=None, matching=came_back._replace(is_replaced=replaced), span=ALL)
                for replaced in (False, True)
            ]
        waiting, again = ([row.payout_id for row in rows] for rows in listed)
        return counted["PAYOUTS_RETURNED"].total if "PAYOUTS_RETURNED" in counted else 0, waiting, again

    assert await ask() == (1, [first], [])
    second = (await till.retry(first)).payout_id
    assert await ask() == (0, [], [first])
    await till.cancel(second)
    assert await ask() == (1, [first], [])


Shown = tuple[dict[str, tuple[int, int]], list[int], list[int]]


async def not_paid_again(till: Till) -> Shown:
    """What the queues of payouts count and come to, and who is listed as not paid again, and as paid again."""
    counted = await queues(till.database, till.platform_id, datetime.combine(TODAY, time(), UTC))
    ended = PayoutFilter(statuses=("FAILED", "RETURNED"))
    async with till.database.read(till.platform_id) as conn:
        listed = [
            await list_payouts(conn, scope=None, matching=ended._replace(is_replaced=replaced), span=ALL)
            for replaced in (False, True)
        ]
    waiting, again = (sorted(row.payout_id for row in rows) for rows in listed)
    shown = {
        queue: (each.total, sum(amount for _, amount in each.amounts))
        for queue, each in counted.items()
        if queue in ("PAYOUTS_FAILED", "PAYOUTS_RETURNED")
    }
    return shown, waiting, again


async def fail(till: Till, payout_id: int) -> None:
    await till.submit(payout_id)
    await till.outcome(payout_id, Verdict.REFUSED)


async def test_what_fails_again_and_again_waits_once_with_the_last_and_not_once_it_is_paid(database: Database) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 60_00)
    first = (await till.create_one()).payout_id
    await fail(till, first)
    second = (await till.retry(first)).payout_id
    await fail(till, second)
    assert await not_paid_again(till) == ({"PAYOUTS_FAILED": (1, 60_00)}, [second], [first])

    await till.cancel((await till.retry(second)).payout_id)
    assert await not_paid_again(till) == ({"PAYOUTS_FAILED": (1, 60_00)}, [second], [first])

    await till.pay((await till.retry(second)).payout_id)
    assert await not_paid_again(till) == ({}, [], [first, second])


async def test_what_failed_twice_and_is_paid_in_the_place_of_the_first_does_not_wait_with_the_second(
    database: Database,
) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 60_00)
    first = (await till.create_one()).payout_id
    await fail(till, first)
    second = (await till.retry(first)).payout_id
    await fail(till, second)

    third = (await till.retry(first)).payout_id

    assert await not_paid_again(till) == ({}, [], [first, second])
    await till.pay(third)
    assert await not_paid_again(till) == ({}, [], [first, second])


async def test_what_came_back_and_could_not_be_paid_again_waits_once_with_the_payout_it_came_back_from(
    database: Database,
) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 60_00)
    first = (await till.create_one()).payout_id
    await till.pay(first)
    await till.answer(AnswerKind.RETURNED, first)
    failed = []
    for _ in range(2):
        failed.append((await till.retry(first)).payout_id)
        await fail(till, failed[-1])
        assert await not_paid_again(till) == ({"PAYOUTS_RETURNED": (1, 60_00)}, [first], failed)

    await till.pay((await till.retry(failed[-1])).payout_id)
    assert await not_paid_again(till) == ({}, [], [first, *failed])


async def test_what_failed_and_was_paid_again_without_what_was_on_hold_waits_with_that_once_it_is_not(
    database: Database,
) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    held = await till.sheet("M1", 20_00)
    first = (await till.create_one()).payout_id
    await fail(till, first)
    await hold(till, held, 20_00)
    await till.pay((await till.retry(first)).payout_id)
    assert await not_paid_again(till) == ({}, [], [first])

    await hold(till, held, -15_00)

    assert await not_paid_again(till) == ({"PAYOUTS_FAILED": (1, 15_00)}, [first], [])
    await till.pay((await till.retry(first)).payout_id)
    assert await not_paid_again(till) == ({}, [], [first])


async def test_a_queue_says_what_its_items_come_to_by_currency(database: Database) -> None:
    till = await Till.open(database)
    await till.pay_from(currency="USD")
    await till.pay_to("M1", iban=IBANS[0], reference="M1-usd", currency="USD")
    await till.fund(500_00, currency="USD")
    for amount, currency in ((60_00, "CNY"), (7_00, "USD")):
        await till.sheet("M1", amount, currency=currency)
    numbers = [each.payout_id for each in (await till.create()).created]
    await till.submit()
    await till.sheet("M1", 5_00)
    later = datetime.combine(TODAY, time(), UTC) + timedelta(days=40)

    sent = await queues(database, till.platform_id, later)
    for number in numbers:
        await till.outcome(number, Verdict.REFUSED)
    refused = await queues(database, till.platform_id, later)

    assert (sent["PAYOUTS_IN_TRANSIT"].total, sent["PAYOUTS_IN_TRANSIT"].older) == (2, 2)
    assert sent["PAYOUTS_IN_TRANSIT"].amounts == (("CNY", 60_00), ("USD", 7_00))
    assert (sent["SHEETS_OVERDUE"].total, sent["SHEETS_OVERDUE"].amounts) == (3, (("CNY", 65_00), ("USD", 7_00)))
    assert (refused["PAYOUTS_FAILED"].total, refused["PAYOUTS_FAILED"].amounts) == (
        2,
        sent["PAYOUTS_IN_TRANSIT"].amounts,
    )


async def test_queues_of_few_items_look_each_up_and_read_no_table_whole_for_them(database: Database) -> None:
    market = await Market.open(database)

    async with database.read(market.platform_id) as conn:
        with gather_asked(conn) as asked:
            await count_queues(conn, now=NOW)
        ((*scans,),) = await list_scans(conn, asked, settings=AS_IF_MANY)

    by = {table: [scan.get("Index Cond", "") for scan in scans if scan["Relation Name"] == table] for table in TABLES}
    orders = [asked for asked in by["order_head"] if ".order_reference" in asked]
    assert len(orders) == len(("SUSPENSE", "SUSPENSE_OVERDUE", "INTERNAL_SPLITS"))
    assert len([asked for asked in by["payout_sheet"] if re.search(r"payout_id = o_?\d*\.payout_id", asked)]) == 2


async def test_what_failed_and_what_came_back_is_found_without_reading_every_payout(database: Database) -> None:
    till = await Till.open(database)

    async with till.database.read(till.platform_id) as conn:
        with gather_asked(conn) as asked:
            await count_queues(conn, now=NOW)
            for statuses in (("FAILED",), ("RETURNED",), ("FAILED", "RETURNED")):
                matching = PayoutFilter(statuses=statuses, is_replaced=False)
                await list_payouts(conn, scope=None, matching=matching, span=ALL)
        counted, *listed = await list_scans(conn, asked)

    of_payouts = [[scan["Index Name"] for scan in scans if scan.get("Alias") == "p"] for scans in listed]
    assert of_payouts == [["payout_not_paid"]] * 3
    assert [scan["Index Name"] for scan in counted if scan.get("Index Name") == "payout_not_paid"] == [
        "payout_not_paid"
    ] * 2


async def test_what_waits_of_orders_comes_to_what_stands_on_their_accounts(database: Database) -> None:
    market = await Market.open(database)
    await market.block("D2")
    other = {**paid("80.00", key="other"), "order": "O2"}
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "30.00"), charged_back("20.00"), other)

    counted = await queues(database, market.platform_id, NOW)

    codes = ("2000", "2070", "2200", "1130", "1100")
    stands = dict(zip(codes, await market.net(", ".join(codes)), strict=True))
    assert {queue: each.amounts for queue, each in counted.items()} == {
        "SUSPENSE": (("CNY", stands["2200"]),),
        "ORDERS_TO_SPLIT": (("CNY", stands["2000"]),),
        "ORDERS_TO_UNFREEZE": (("CNY", -stands["1100"]),),
        "REFUNDS_TO_PAY": (("CNY", stands["2070"]),),
        "DISPUTES_TO_DECIDE": (("CNY", -stands["1130"]),),
    }
