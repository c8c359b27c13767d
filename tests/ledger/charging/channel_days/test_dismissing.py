"""Differences that a person set aside stay so for as long as they read the same, and are on record for good."""

import json
from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.charging.channel_days import sql
from ledger.charging.channel_days.dismissing import dismiss_differences, reopen_differences
from ledger.charging.channel_days.errors import ChannelDifferenceMissing
from ledger.charging.channel_days.model import Difference, DifferenceReason, RecordedDay, RecordKind
from ledger.db.connecting import Database
from ledger.reporting.channel_days import (
    ChannelDayFilter,
    ComparedDay,
    Dismissal,
    find_channel_dismissals,
    list_channel_days,
    list_channel_differences,
)
from ledger.reporting.model import Span
from ledger.reporting.work_queues import count_queues
from ledger.verify.verifying import verify
from tests.ledger.charging.channel_days.files import capture, refund
from tests.ledger.charging.channel_days.test_keeping import REFUND, count, pay, record
from tests.ledger.charging.market import NOW, Market
from tests.ledger.verify.test_verify import superuser
from tests.oracle.small_world import PARTIES, later
from tests.plans import count_rows, list_scans
from tests.statements import gather_asked

ANN, BEN = Actor("ann"), Actor("ben")


@pytest.fixture
async def market(database: Database) -> Market:
    return await Market.open(database, parties=[*PARTIES, {**PARTIES[1], "reference": "LE2"}])


async def dismiss(market: Market, *differences: Difference, reason: str = "seen") -> int:
    async with market.database.write(market.platform_id) as conn:
        return await dismiss_differences(conn, differences=differences, reason=reason, actor=ANN, now=NOW)


async def reopen(market: Market, *differences: Difference, reason: str = "look again") -> int:
    async with market.database.write(market.platform_id) as conn:
        return await reopen_differences(conn, differences=differences, reason=reason, actor=BEN, now=NOW)


async def list_of(market: Market, day: RecordedDay, *, is_open: bool | None = None) -> list[Difference]:
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
        return await list_channel_differences(conn, channel_day_id=day.channel_day_id, is_open=is_open, span=Span(100))


async def count_waiting_days(market: Market) -> int:
    """How many days the queue counts, which are those that its list shows."""
    async with market.database.read(market.platform_id) as conn:
        queues = {each.queue: each.total for each in await count_queues(conn, now=NOW)}
        listed = await list_channel_days(conn, span=Span(100), matching=ChannelDayFilter(is_open=True))
    assert queues.get("CHANNEL_DAYS_DIFFERING", 0) == len(listed)
    return len(listed)


async def test_a_day_leaves_the_queue_when_all_that_differs_was_set_aside(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"), capture("O2", "7.00"))
    first, second = await list_of(market, day)

    assert await dismiss(market, first, reason="paid by hand") == 1
    assert await count_waiting_days(market) == 1
    assert await list_of(market, day, is_open=True) == [second]
    assert await list_of(market, day, is_open=False) == [first]
    assert await dismiss(market, first, second) == 1

    assert await count_waiting_days(market) == 0
    assert await count(market, day) == ComparedDay(2, 0, dismissed=2)
    assert await list_of(market, day) == [first, second]
    async with market.database.read(market.platform_id) as conn:
        found = await find_channel_dismissals(conn, keys=[second, first, second._replace(told=1)])
    assert found == [Dismissal("seen", "ann", NOW), Dismissal("paid by hand", "ann", NOW), None]


async def test_what_was_set_aside_is_told_in_the_log_with_its_reason(market: Market) -> None:
    await market.accept(pay("O1", "50.00"))
    day = await record(market, capture("O1", "50.00", "0.29"))
    (difference,) = await list_of(market, day)

    await dismiss(market, difference, reason="one fen, agreed")
    await dismiss(market, difference, reason="once more")

    told = await market.rows(
        "SELECT subject, actor, payload FROM log_event WHERE kind = 'channel_difference.dismissed'"
        " AND platform_id = $1",
        market.platform_id,
    )
    ((subject, actor, payload),) = told
    assert (subject.split("/")[0], actor) == ("channel-dismissal", "ann")
    assert json.loads(payload) == {
        "channelDay": day.channel_day_id,
        "reason": "FEE_DIFF",
        "kind": "CAPTURE",
        "order": "O1",
        "name": "t-O1",
        "record": "c-O1",
        "told": "0.29",
        "toldCurrency": "CNY",
        "booked": "0.30",
        "bookedCurrency": "CNY",
        "words": "one fen, agreed",
    }


async def test_a_difference_that_changes_is_open_again(market: Market) -> None:
    await market.accept(pay("O1", "50.00"), *REFUND)
    day = await record(market, capture("O1", "50.00", "0.29"), refund("O1", "R1", "10.00", "0.06"))
    of_payment, of_refund = await list_of(market, day)
    await dismiss(market, of_payment, of_refund)
    assert await count_waiting_days(market) == 0

    await market.accept(later("channel.fee_returned", refund="R1", lines=[{"line": "1", "amount": "0.02"}]))

    assert await count_waiting_days(market) == 1
    assert await list_of(market, day, is_open=True) == [of_refund._replace(booked=2)]
    assert await list_of(market, day, is_open=False) == [of_payment]
    assert await count(market, day) == ComparedDay(2, 0, dismissed=1)


async def test_what_was_set_aside_is_taken_up_again_and_may_be_set_aside_anew(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"), capture("O2", "7.00"))
    first, second = await list_of(market, day)
    await dismiss(market, first, second, reason="paid by hand")
    assert await count_waiting_days(market) == 0

    assert await reopen(market, first, reason="it was another one") == 1
    assert await reopen(market, first, reason="once more") == 0

    assert await count_waiting_days(market) == 1
    assert await list_of(market, day, is_open=True) == [first]
    assert await count(market, day) == ComparedDay(2, 0, dismissed=1)
    assert await dismiss(market, first, first, reason="now it is") == 1
    assert await reopen(market, first, second, first) == 2
    assert await dismiss(market, first, reason="for good") == 1
    assert await count_waiting_days(market) == 1
    async with market.database.read(market.platform_id) as conn:
        found = await find_channel_dismissals(conn, keys=[first, second])
    assert found == [Dismissal("for good", "ann", NOW), None]
    told = await market.rows(
        "SELECT subject, kind, actor, payload::jsonb ->> 'words' AS words FROM log_event"
        " WHERE kind LIKE 'channel_difference.%' AND payload::jsonb ->> 'order' = 'O1' AND platform_id = $1"
        " ORDER BY sequence",
        market.platform_id,
    )
    assert [(kind.split(".")[1], actor, words) for _, kind, actor, words in told] == [
        ("dismissed", "ann", "paid by hand"),
        ("reopened", "ben", "it was another one"),
        ("dismissed", "ann", "now it is"),
        ("reopened", "ben", "look again"),
        ("dismissed", "ann", "for good"),
    ]
    subjects = [subject for subject, *_ in told]
    assert subjects[0] == subjects[1] != subjects[2] == subjects[3] != subjects[4]


async def test_what_was_taken_up_again_is_not_set_aside_by_the_word_of_before(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    (difference,) = await list_of(market, day)
    await dismiss(market, difference)
    await reopen(market, difference)

    # What is told of the order anew is compared anew, and so is all that was.
    other_day = await record(market, capture("O1", "50.00", "0.30"), day="2025-03-02", name="F2")

    assert await list_of(market, day, is_open=True) == [difference]
    assert [each.reason.value for each in await list_of(market, other_day)] == ["BOOK_MISSING"]


async def test_what_reads_otherwise_is_not_taken_up_again_and_none_is(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    (difference,) = await list_of(market, day)
    await dismiss(market, difference)

    with pytest.raises(ChannelDifferenceMissing) as refused:
        await reopen(market, difference, difference._replace(told=4_999))

    assert refused.value.field == ("differences", "1")
    assert await list_of(market, day, is_open=False) == [difference]
    assert await reopen(market) == 0


async def test_the_database_keeps_what_was_taken_up_again_once_and_as_it_was(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    differences = await list_of(market, day)
    await dismiss(market, *differences)
    await reopen(market, *differences)

    for change in (
        "UPDATE channel_reopening SET words = 'x'",
        "DELETE FROM channel_reopening",
        "INSERT INTO channel_reopening SELECT * FROM channel_reopening",
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with market.database.write(market.platform_id) as conn:
                await conn.execute(f"{change} WHERE platform_id = $1", market.platform_id)


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE channel_reopening SET words = 'x'", "channel_reopening"),
        ("UPDATE channel_reopening SET reopened_by = 'x'", "channel_reopening"),
        ("DELETE FROM channel_reopening", "channel_reopening"),
        (
            "INSERT INTO channel_reopening SELECT platform_id, channel_dismissal_id + 9999, reopened_at, reopened_by,"
            " words FROM channel_reopening",
            "channel_reopening",
        ),
        ("UPDATE channel_dismissal SET round = round + 10", "channel_dismissal"),
    ],
)
async def test_verify_names_what_was_taken_up_again_otherwise_than_told(
    market: Market, change: str, table: str
) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    differences = await list_of(market, day)
    await dismiss(market, *differences)
    await reopen(market, *differences)

    async with superuser(market, change) as conn:
        wrong = (await verify(conn)).disagreement

    assert wrong is not None
    assert (wrong.check, wrong.table) == ("what was set aside of differences of channels", table)


async def test_a_difference_that_reads_otherwise_or_waits_is_refused_and_none_is_set_aside(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    (difference,) = await list_of(market, day)
    await market.accept(pay("O2", "7.00"))
    missing = (DifferenceReason.CHANNEL_MISSING, RecordKind.CAPTURE, "O2", "t-O2", "")
    waiting = Difference(day.channel_day_id, *missing, None, 700, "", "CNY")

    for wrong in (
        difference._replace(told=4_999),
        difference._replace(told_currency="USD"),
        difference._replace(channel_day_id=day.channel_day_id + 1_000),
        waiting,
    ):
        with pytest.raises(ChannelDifferenceMissing) as refused:
            await dismiss(market, difference, wrong)
        assert refused.value.field == ("differences", "1")

    assert await market.rows("SELECT 1 FROM channel_dismissal WHERE platform_id = $1", market.platform_id) == []
    await record(market, day="2025-03-02", name="F2")
    assert await dismiss(market, difference, waiting, difference) == 2
    assert await dismiss(market) == 0


async def test_the_database_keeps_what_was_set_aside_as_it_was(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    await dismiss(market, *await list_of(market, day))

    for change in ("UPDATE channel_dismissal SET words = 'x'", "DELETE FROM channel_dismissal"):
        with pytest.raises(asyncpg.PostgresError):
            async with market.database.write(market.platform_id) as conn:
                await conn.execute(f"{change} WHERE platform_id = $1", market.platform_id)


async def test_the_database_refuses_to_set_aside_what_is(market: Market) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    differences = await list_of(market, day)
    await dismiss(market, *differences)
    copied = """INSERT INTO channel_dismissal (
            platform_id, dismissed_at, dismissed_by, words, channel_day_id, reason, kind, order_reference, name, record,
            told_minor, booked_minor, told_currency, booked_currency, round
        ) SELECT platform_id, dismissed_at, dismissed_by, words, channel_day_id, reason, kind, order_reference, name,
            record, told_minor, booked_minor, told_currency, booked_currency, round + 1
        FROM channel_dismissal WHERE platform_id = $1"""

    with pytest.raises(asyncpg.CheckViolationError, match="CHANNEL_DIFFERENCE_DISMISSED"):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(copied, market.platform_id)

    await reopen(market, *differences)
    async with market.database.write(market.platform_id) as conn:
        await conn.execute(copied, market.platform_id)


async def test_what_was_set_aside_is_found_without_reading_the_rest_of_it(market: Market) -> None:
    told = [capture(f"O{number}", "50.00", "0.30") for number in range(300)]
    day = await record(market, *told)
    differences = await list_of(market, day)
    await dismiss(market, *differences)

    async with market.database.read(market.platform_id) as conn:
        with gather_asked(conn) as asked:
            page = Span(20)
            await list_channel_differences(conn, channel_day_id=day.channel_day_id, is_open=False, span=page)
            await find_channel_dismissals(conn, keys=differences[:20])
        read = [scan for scans in await list_scans(conn, asked) for scan in scans]

    assert len(asked) == 2
    assert sum(count_rows(scan) for scan in read if scan["Relation Name"] == "channel_dismissal") <= 40


async def test_what_waits_is_counted_without_reading_what_was_set_aside(market: Market) -> None:
    day = await record(market, *(capture(f"O{number}", "50.00", "0.30") for number in range(100)))
    await dismiss(market, *await list_of(market, day))
    await record(market, capture("X", "50.00", "0.30"), day="2025-03-02", name="F2")

    async with market.database.read(market.platform_id) as conn:
        with gather_asked(conn) as asked:
            await count_queues(conn, now=NOW)
            listed = await list_channel_days(conn, span=Span(100), matching=ChannelDayFilter(is_open=True))
        read = [scan for scans in await list_scans(conn, asked) for scan in scans]

    kept = [scan for scan in read if scan["Relation Name"] in ("channel_difference", "channel_dismissal")]
    assert [each.day.isoformat() for each in listed] == ["2025-03-02"]
    assert kept
    assert sum(count_rows(scan) for scan in kept) <= 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE channel_difference SET is_dismissed = FALSE WHERE is_dismissed",
        "UPDATE channel_difference SET is_dismissed = TRUE WHERE order_reference = 'O2'",
    ],
)
async def test_verify_names_what_is_set_aside_without_a_word_or_open_with_one(market: Market, change: str) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"), capture("O2", "7.00"))
    first, _ = await list_of(market, day)
    await dismiss(market, first)

    async with superuser(market, change) as conn:
        wrong = (await verify(conn)).disagreement

    assert wrong is not None
    assert (wrong.check, wrong.table) == ("what was set aside of differences of channels", "channel_difference")


@pytest.mark.parametrize(
    "said", [{"record": "x"}, {"told": 4_999}, {"order": "O2"}, {"name": "x"}, {"told_currency": "USD"}]
)
async def test_verify_names_what_was_set_aside_of_a_record_that_its_day_has_not(
    market: Market, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    day = await record(market, capture("O1", "50.00", "0.30"))
    (difference,) = await list_of(market, day)
    wrong_one = difference._replace(**said)
    names = {"order": "order_reference", "told": "told_minor", "booked": "booked_minor"}
    row = {names.get(name, name): value for name, value in wrong_one._asdict().items()}
    monkeypatch.setattr(sql, "find_standing", AsyncMock(return_value=[row]))
    await dismiss(market, wrong_one)

    async with market.database.read(market.platform_id) as conn:
        wrong = (await verify(conn)).disagreement

    assert wrong is not None
    assert (wrong.check, wrong.table) == ("what was set aside of differences of channels", "channel_dismissal")
