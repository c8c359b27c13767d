"""A channel's day is kept once and whole, by code and database, and verify knows it."""

from typing import Any

import asyncpg
import pytest

from ledger.charging.channel_days.errors import ChannelDayConflict
from ledger.charging.channel_days.model import RecordedDay
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.charging.errors import PartyOfKindMissing
from ledger.db.connecting import Database
from ledger.reporting.channel_days import (
    ChannelDayFilter,
    count_channel_differences,
    list_channel_days,
    list_channel_differences,
)
from ledger.reporting.model import Span
from ledger.verify.verifying import verify
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.verify.test_verify import superuser
from tests.oracle.small_world import paid
from tests.statements import gather_asked

TOLD = [capture("O1", "50.00", "0.30"), refund("O1", "R1", "1.00")]


@pytest.fixture
async def market(database: Database) -> Market:
    market = await Market.open(database)
    await market.accept(paid("50.00", channelTransaction="t-O1"))
    return market


async def record(market: Market, *records: Line, **head: Any) -> list[RecordedDay]:
    file = parse_channel_file(make_lines(*records, **head))
    async with market.database.write(market.platform_id) as conn:
        return await record_channel_file(conn, file=file, actor=ACTOR, now=NOW)


async def test_a_day_is_recorded_once_and_told_in_the_log(market: Market):
    (first,) = await record(market, *TOLD)
    (again,) = await record(market, *TOLD, name="F2")

    assert (first.replayed, again) == (False, first._replace(replayed=True))
    (event,) = await market.rows(
        "SELECT subject, parties, payload::jsonb - 'sha256' AS said FROM log_event WHERE kind = 'channel_day.recorded'"
    )
    assert (event["subject"], event["parties"]) == (f"channel-day/{first.channel_day_id}", [])
    assert '"captured": "50.00"' in event["said"]
    assert '"feesReturned": "0.00"' in event["said"]
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).agrees


async def test_a_day_of_which_a_part_is_new_keeps_that_part(market: Market):
    await record(market, *TOLD)

    days = await record(market, *TOLD, capture("O9", "1.00", currency="USD"))

    assert [(day.currency, day.replayed) for day in days] == [("CNY", True), ("USD", False)]


async def test_of_a_file_that_contradicts_an_earlier_one_nothing_is_kept(market: Market):
    await record(market, *TOLD)

    with pytest.raises(ChannelDayConflict):
        await record(market, TOLD[0], capture("O9", "1.00", currency="USD"))
    with pytest.raises(PartyOfKindMissing):
        await record(market, capture("O9", "1.00", settlementEntity="M1"))

    assert len(await market.rows("SELECT 1 FROM channel_day")) == 1
    assert len(await market.rows("SELECT 1 FROM channel_record")) == 2


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE channel_day SET captures = 2", "permission denied"),
        ("DELETE FROM channel_record", "permission denied"),
        ("UPDATE channel_difference SET told_minor = 2", "permission denied"),
        (
            "INSERT INTO channel_difference SELECT platform_id, channel_day_id, 1, NULL, 'CNY', '', kind,"
            " 'CHANNEL_MISSING', 'x', 'x', '' FROM channel_difference",
            "channel_difference_has_the_sides_of_its_reason",
        ),
        (
            "INSERT INTO channel_difference SELECT platform_id, channel_day_id + 1, 1, NULL, 'CNY', '', kind, reason,"
            " 'x', 'x', 'x' FROM channel_difference",
            "channel_difference_is_of_a_day",
        ),
        (
            "INSERT INTO channel_record (platform_id, channel_day_id, amount_minor, fee_minor, occurred_at, kind,"
            " reference, order_reference, name) SELECT platform_id, channel_day_id, 1, 0, now(), 'CAPTURE', 'x', 'x',"
            " 'x' FROM channel_day",
            "CHANNEL_DAY_UNEVEN",
        ),
        (
            "INSERT INTO channel_day (platform_id, book_id, captured_minor, refunded_minor, fee_minor,"
            " fee_returned_minor, recorded_at, captures, refunds, day, channel, currency, file, recorded_by,"
            " fingerprint) SELECT platform_id, book_id, 1, 0, 0, 0, now(), 1, 0, day + 1, channel, currency, 'x', 'x',"
            " fingerprint FROM channel_day",
            "CHANNEL_DAY_UNEVEN",
        ),
        (
            "INSERT INTO channel_day (platform_id, book_id, captured_minor, refunded_minor, fee_minor,"
            " fee_returned_minor, recorded_at, captures, refunds, day, channel, currency, file, recorded_by,"
            " fingerprint) SELECT platform_id, book_id, 0, 0, 0, 0, now(), 0, 0, day, channel, currency, 'x', 'x',"
            " fingerprint FROM channel_day",
            "channel_tells_a_day_once",
        ),
    ],
)
async def test_the_database_refuses_whoever_goes_round_the_code(market: Market, statement: str, law: str):
    await record(market, *TOLD)

    with pytest.raises(asyncpg.PostgresError, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("UPDATE channel_day SET captured_minor = 1", "days of channels"),
        # The days that other tests have told of move along; so far that none comes where another is.
        ("UPDATE channel_day SET day = day + 1000", "days of channels"),
        ("DELETE FROM channel_day", "days of channels"),
        ("UPDATE channel_record SET fee_minor = 1 WHERE kind = 'CAPTURE'", "records of channels"),
        ("UPDATE channel_record SET name = 'x'", "records of channels"),
        ("DELETE FROM channel_record", "records of channels"),
        ("UPDATE channel_record SET channel_day_id = channel_day_id + 1", "records of channels"),
        ("DELETE FROM channel_difference", "differences of channels"),
        ("UPDATE channel_difference SET told_minor = told_minor + 1", "differences of channels"),
        ("UPDATE channel_difference SET told_currency = 'USD'", "differences of channels"),
        ("UPDATE channel_difference SET name = 'x'", "differences of channels"),
        ("UPDATE channel_difference SET order_reference = 'O9'", "differences of channels"),
        ("UPDATE channel_difference SET reason = 'TOLD_TWICE', booked_minor = 100", "differences of channels"),
    ],
)
async def test_what_was_changed_is_named(market: Market, change: str, check: str):
    await record(market, *TOLD)

    async with superuser(market, change) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.check == check


async def test_days_are_listed_the_newest_first_and_their_differences_by_order(market: Market):
    (first,) = await record(market, *TOLD, capture("A", "1.00"))
    (second,) = await record(market, name="F2", day="2025-03-02")

    async with market.database.read(market.platform_id) as conn:
        days = await list_channel_days(conn, span=Span(10), matching=ChannelDayFilter(channel="sandbox"))
        older = await list_channel_days(conn, span=Span(10, after=days[0].position), matching=ChannelDayFilter())
        none = await list_channel_days(conn, span=Span(10), matching=ChannelDayFilter(legal_entity="LE2"))
        open_days = await list_channel_days(conn, span=Span(10), matching=ChannelDayFilter(is_open=True))
        quiet = await list_channel_days(conn, span=Span(10), matching=ChannelDayFilter(is_open=False))
        found = await list_channel_differences(conn, channel_day_id=first.channel_day_id, span=Span(10))
        last = await list_channel_differences(conn, channel_day_id=first.channel_day_id, span=Span(1, backward=True))
        missing = await count_channel_differences(conn, keys=[0])

    assert [day.channel_day_id for day in days] == [second.channel_day_id, first.channel_day_id]
    assert (older, none, missing) == ([days[1]], [], [None])
    assert [(each.reason.value, each.order) for each in found] == [("BOOK_MISSING", "A"), ("BOOK_MISSING", "O1")]
    assert (open_days, quiet) == ([days[1]], [days[0]])
    assert last == found[1:]


async def test_the_number_of_statements_does_not_depend_on_the_file(market: Market):
    async def count(day: str, *records: Line) -> list[int]:
        file = parse_channel_file(make_lines(*records, day=day, name=day))
        async with market.database.write(market.platform_id) as conn:
            with gather_asked(conn) as written:
                (recorded,) = await record_channel_file(conn, file=file, actor=ACTOR, now=NOW)
        async with market.database.read(market.platform_id) as conn:
            with gather_asked(conn) as asked:
                await count_channel_differences(conn, keys=[recorded.channel_day_id])
        return [len(written), len(asked)]

    await count("2025-02-01", *TOLD)

    few = await count("2025-02-02", capture("Y", "1.00"))

    assert await count("2025-02-03", *[capture(f"X{place}", "1.00") for place in range(40)]) == few
    assert few[1] == 1
