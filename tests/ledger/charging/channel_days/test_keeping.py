"""How days differ is kept, and is of the log's last place whatever came last: a channel's file or an order's event."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ledger.charging.channel_days import keeping, sql
from ledger.charging.channel_days.model import Difference, RecordedDay
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.charging.parsing import parse_event
from ledger.charging.recording import record_order_events
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.reporting.channel_days import (
    ChannelDayFilter,
    ComparedDay,
    count_channel_differences,
    list_channel_days,
    list_channel_differences,
)
from ledger.reporting.model import Span
from ledger.reporting.work_queues import count_queues
from ledger.verify.verifying import verify
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.oracle.small_world import PARTIES, Event, later, paid, refunded
from tests.plans import list_scans
from tests.statements import gather_asked

REVISION = Path(__file__).parents[4] / "migrations/versions/0040_channel_differences.sql"
REFUND = (refunded("R1", "10.00"), later("refund.paid", refund="R1"))


@pytest.fixture
async def market(database: Database) -> Market:
    return await Market.open(database, parties=[*PARTIES, {**PARTIES[1], "reference": "LE2"}])


def pay(order: str, amount: str, **more: Any) -> Event:
    return {**paid(amount, key=f"{order}/paid", **more), "order": order, "channelTransaction": f"t-{order}"}


async def record_all(market: Market, *records: Line, **head: Any) -> list[RecordedDay]:
    file = parse_channel_file(make_lines(*records, **head))
    async with market.database.write(market.platform_id) as conn:
        return await record_channel_file(conn, file=file, actor=ACTOR, now=NOW)


async def record(market: Market, *records: Line, **head: Any) -> RecordedDay:
    (day,) = await record_all(market, *records, **head)
    return day


async def list_open(market: Market) -> list[Difference]:
    """What is open, of every day; the queue counts the days that have any, and verify agrees with all that is kept."""
    async with market.database.read(market.platform_id) as conn:
        days = await list_channel_days(conn, span=Span(100), matching=ChannelDayFilter(is_open=True))
        numbers = [day.channel_day_id for day in days]
        found = [await list_channel_differences(conn, channel_day_id=each, span=Span(100)) for each in numbers]
        counted = await count_channel_differences(conn, keys=numbers)
        queues = {each.queue: each for each in await count_queues(conn, now=NOW)}
        assert (await verify(conn)).agrees
    assert [each and each.differences for each in counted] == [len(each) for each in found]
    assert all(found)
    queue = queues.get("CHANNEL_DAYS_DIFFERING")
    assert (queue.total if queue else 0) == len(days)
    assert queue is None or queue.oldest_since == min(day.recorded_at for day in days)
    return [each for listed in found for each in listed]


async def reasons(market: Market) -> list[tuple[str, str]]:
    return [(each.order, each.reason.value) for each in await list_open(market)]


async def count(market: Market, day: RecordedDay) -> ComparedDay | None:
    async with market.database.read(market.platform_id) as conn:
        return (await count_channel_differences(conn, keys=[day.channel_day_id]))[0]


async def test_what_is_booked_after_the_file_came_changes_what_is_kept(market: Market) -> None:
    await record(market, capture("O1", "50.00", "0.30"), refund("O1", "R1", "10.00", "0.06"))

    assert await reasons(market) == [("O1", "BOOK_MISSING"), ("O1", "BOOK_MISSING")]
    await market.accept(pay("O1", "50.00"))
    assert await reasons(market) == [("O1", "BOOK_MISSING")]
    await market.accept(REFUND[0])
    assert await reasons(market) == [("O1", "BOOK_MISSING")]
    await market.accept(REFUND[1])
    assert await reasons(market) == [("O1", "FEE_DIFF")]
    await market.accept(later("channel.fee_returned", refund="R1", lines=[{"line": "1", "amount": "0.06"}]))
    assert await reasons(market) == []


async def test_what_is_booked_late_on_a_day_that_was_told_is_missing_there_or_waits(market: Market) -> None:
    first = await record(market)
    second = await record(market, day="2025-03-02", name="F2")

    await market.accept(pay("O1", "50.00"))
    assert await reasons(market) == [("O1", "CHANNEL_MISSING")]
    await market.accept(*REFUND)

    assert await reasons(market) == [("O1", "CHANNEL_MISSING")]
    assert [await count(market, day) for day in (first, second)] == [ComparedDay(1, 0), ComparedDay(0, 1)]
    await record(market, day="2025-03-04", name="F4")
    assert [await count(market, day) for day in (first, second)] == [ComparedDay(1, 0), ComparedDay(1, 0)]


async def test_what_a_channel_says_on_another_day_is_no_longer_missing_on_its_own(market: Market) -> None:
    await market.accept(pay("O1", "50.00"))
    await record(market)
    await record(market, day="2025-03-03", name="F3")
    assert await reasons(market) == [("O1", "CHANNEL_MISSING")]

    await record(market, capture("O1", "50.00", "0.30"), day="2025-03-02", name="F2")

    assert await reasons(market) == []


async def test_events_that_were_refused_or_came_again_leave_what_is_kept(market: Market) -> None:
    await record(market, capture("O1", "50.00", "0.20"))
    await market.accept(pay("O1", "50.00"))

    await market.accept(pay("O1", "50.00"))
    await market.refuse({**pay("O1", "60.00"), "id": "again"})

    assert await reasons(market) == [("O1", "FEE_DIFF")]


async def tell_and_book(market: Market) -> None:
    """Days and events of every reason, in turns."""
    await market.accept(pay("A", "100.00"), pay("B", "50.00"), pay("C", "30.00"), pay("D", "20.00"))
    told = [capture("A", "99.00", "0.50"), capture("C", "30.00", "0.18"), capture("C", "30.00", "0.18", record="again")]
    await record(market, *told, capture("E", "10.00"))
    dollars = {"currency": "USD", "record": "d1"}
    await record(market, capture("B", "50.00", **dollars), name="F1-USD")
    await record(market, capture("F", "7.00", "0.04", settlementEntity="LE2"), day="2025-03-03", name="F3")
    await market.accept(pay("O1", "50.00"), *REFUND, pay("F", "7.00", at="2025-03-02T01:00:00Z"))
    await record(market, day="2025-03-02", name="F2")


async def keep(market: Market) -> Sequence[asyncpg.Record]:
    return await market.rows(
        "SELECT * FROM channel_difference ORDER BY channel_day_id, order_reference, kind, name, record, reason"
    )


async def test_a_store_that_kept_none_of_it_does_once_it_is_migrated(market: Market) -> None:
    await tell_and_book(market)
    kept = await keep(market)
    fill = REVISION.read_text("utf-8")
    owner = await asyncpg.connect(market.database.dsn)
    await owner.execute("DELETE FROM channel_difference")

    async with owner.transaction():
        await owner.execute("SET LOCAL ROLE splitbook_owner")
        await owner.execute(fill[fill.index("DO $$") : fill.index("CALL describe")])
    await owner.close()

    assert {row["reason"] for row in kept} == {
        *("BOOK_MISSING", "CHANNEL_MISSING", "TOLD_TWICE", "ENTITY_DIFF", "CURRENCY_DIFF", "AMOUNT_DIFF", "FEE_DIFF")
    }
    assert await keep(market) == kept


async def test_events_of_orders_that_no_channel_told_of_cost_one_statement_more_at_most(market: Market) -> None:
    async def ask(*events: Event) -> list[str]:
        async with market.database.write(market.platform_id) as conn:
            with gather_asked(conn) as asked:
                await record_order_events(conn, events=[parse_event(event) for event in events], actor=ACTOR, now=NOW)
        return [query for query, _ in asked if "channel_d" in query]

    assert len(await ask(pay("O1", "50.00"))) == 1
    await record(market, capture("O1", "50.00", "0.30"))
    assert len(await ask(pay("O2", "50.00", at="2025-04-01T00:00:00Z"))) == 1
    assert len(await ask(REFUND[0])) == 0
    few = await ask(*(pay(f"X{place}", "1.00") for place in range(2)))
    assert len(await ask(*(pay(f"Y{place}", "1.00") for place in range(40)))) == len(few) == 5


async def test_what_happens_while_a_file_is_compared_counts(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posting goes on, and other files come; what is kept is as if the file had come after all of it."""
    compare, told = keeping.find_differences, 0

    async def meanwhile(conn: Connection, *, orders: Sequence[str]) -> list[Difference]:
        nonlocal told
        found, told = await compare(conn, orders=orders), told + 1
        if told == 1:
            await market.accept(pay("O1", "50.00"), pay("O2", "7.00"))
            await record(market, capture("O3", "1.00"), day="2025-03-02", name="F2")
        return found

    monkeypatch.setattr(keeping, "find_differences", meanwhile)
    await market.accept(pay("O3", "1.00"))

    await record(market, capture("O1", "50.00", "0.30"), capture("O3", "1.00", "0.01"), refund("O4", "R1", "1.00"))

    open_ones = [("O2", "CHANNEL_MISSING"), ("O3", "TOLD_TWICE"), ("O4", "BOOK_MISSING")]
    assert sorted(await reasons(market)) == open_ones


async def test_who_writes_finds_the_orders_of_a_day_by_their_time(market: Market) -> None:
    """A writer's settings leave an index of blocks no way to be read: all of history would be read instead."""
    day = await record(market, capture("O1", "50.00"))

    async with market.database.write(market.platform_id) as conn:
        with gather_asked(conn) as asked:
            await sql.find_orders_of_days(conn, numbers=[day.channel_day_id])
        ((*scans,),) = await list_scans(conn, asked)

    (by_time,) = [scan for scan in scans if scan["Relation Name"] == "order_event"]
    assert by_time["Index Name"] == "order_event_by_time"
    assert "occurred_at" in by_time["Index Cond"]


async def test_a_file_that_comes_twice_at_once_is_kept_once(market: Market) -> None:
    lines = [capture("O1", "50.00"), capture("O2", "1.00", currency="USD")]

    days = await asyncio.gather(*(record_all(market, *lines, name=name) for name in ("F1", "F2", "F3")))

    assert sorted(day.replayed for each in days for day in each) == [False, False, True, True, True, True]
    assert len({tuple(day.channel_day_id for day in each) for each in days}) == 1
