"""What is pulled from other systems counts once, whatever happens to its pages, and a bad line holds up nobody."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.api.messages import say_kept
from app.sources import pulling
from app.sources.pages import Page
from app.sources.pulling import Pulled, pull_sources
from ledger.charging.fees.errors import SourceConflict
from ledger.charging.fees.sources import register_source, take_page
from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from tests.app.sources.feed import Feed
from tests.ledger.charging.fees.desk import Desk, fee
from tests.ledger.charging.market import ACTOR, NOW, Market

HOUR = timedelta(hours=1)
CLEANING = {
    "code": "CLEANING",
    "name": "Cleaning",
    "direction": "CHARGE",
    "accounts": {"MERCHANT": "2010"},
    "contra": "4020",
}


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(fresh_database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def feed() -> AsyncIterator[Feed]:
    async with Feed().serving() as feed:
        yield feed


@pytest.fixture
async def market(database: Database, feed: Feed) -> Market:
    market = await Market.open(database)
    await register(market, url=feed.url)
    return market


async def register(market: Market, **more: Any) -> bool:
    source = {"name": "warehouse", "interval": HOUR, "credential_variable": "", "actor": ACTOR, "now": NOW, **more}
    async with market.database.write(market.platform_id) as conn:
        return (await register_source(conn, **source)).replayed


async def pull(market: Market, *, at: datetime = NOW, **environment: str) -> Pulled:
    return await pull_sources(market.database, now=at, actor=ACTOR, environment=environment)


async def source_of(market: Market) -> Any:
    return (await market.rows("SELECT * FROM charging_source"))[0]


def storage(*numbers: int) -> list[dict[str, Any]]:
    return [fee(f"W{number}", "STORAGE", "1.00") for number in numbers]


async def test_a_source_is_read_to_its_end_and_asked_again_after_its_interval(market: Market, feed: Feed) -> None:
    feed.lines = storage(*range(7))

    assert await pull(market) == Pulled(sources=1, accepted=7)
    assert await pull(market, at=NOW + HOUR - timedelta(seconds=1)) == Pulled()
    feed.lines += storage(7, 8)
    assert await pull(market, at=NOW + HOUR) == Pulled(sources=1, accepted=2)

    assert feed.asked == ["", "3", "6", "7"]
    assert await market.net("2010 M1") == [-900]
    found = await source_of(market)
    assert (found["cursor"], found["pulled_lines"], found["failures"]) == ("9", 9, 0)
    rows = await market.rows(
        "SELECT DISTINCT f.source, e.source AS entry FROM fee_line AS f INNER JOIN entry AS e ON e.sequence = f.entry"
    )
    assert [tuple(row) for row in rows] == [("PULLED", "RULE")]


@pytest.mark.parametrize("fault", ["500", "cut", "lost", "garbage"])
async def test_a_page_that_does_not_arrive_is_asked_for_again(market: Market, feed: Feed, fault: str) -> None:
    feed.lines = storage(*range(7))
    feed.faults = ["", fault]

    assert await pull(market) == Pulled(sources=1, failed=1, accepted=3)
    found = await source_of(market)
    assert (found["cursor"], found["failures"], found["next_pull_at"]) == ("3", 1, NOW + HOUR)
    assert found["last_error"].startswith("warehouse cannot be pulled: ")
    assert await pull(market, at=NOW + HOUR) == Pulled(sources=1, accepted=4)

    assert await market.net("2010 M1") == [-700]
    found = await source_of(market)
    assert (found["cursor"], found["failures"], found["last_error"]) == ("7", 0, "")


@pytest.mark.parametrize(
    ("fault", "english", "chinese"),
    [
        ("500", "warehouse cannot be pulled: it answered 500.", "无法从 warehouse 拉取：应答为 500。"),
        ("lost", "warehouse cannot be pulled: the connection broke.", "无法从 warehouse 拉取：连接中断。"),
        (
            "garbage",
            "warehouse cannot be pulled: its answer is no page: The body is not valid JSON: Expecting value at"
            " character 0.",
            "无法从 warehouse 拉取：其应答不是一页内容：请求有误：请求体不是有效的 JSON：偏移 0 处缺少值。",
        ),
    ],
)
async def test_why_a_source_cannot_be_pulled_can_be_said_in_another_language(
    market: Market, feed: Feed, fault: str, english: str, chinese: str
) -> None:
    feed.lines = storage(*range(3))
    feed.faults = [fault]

    await pull(market)

    found = await source_of(market)
    assert (found["last_error"], found["last_code"]) == (english, "SOURCE_UNUSABLE")
    facts = found["last_facts"]
    assert say_kept(english, code=found["last_code"], facts=facts, locale="en") == english
    assert say_kept(english, code=found["last_code"], facts=facts, locale="zh-CN") == chinese
    assert say_kept(english, code="", facts=None, locale="zh-CN") == english

    await pull(market, at=NOW + HOUR)
    found = await source_of(market)
    assert (found["last_error"], found["last_code"], found["last_facts"]) == ("", "", None)


async def test_a_page_that_comes_twice_counts_once(market: Market, feed: Feed) -> None:
    feed.lines = storage(*range(7))
    feed.faults = ["", "", "repeat"]

    first = await pull(market)
    second = await pull(market, at=NOW + HOUR)

    # The repeated page says the old cursor, as a source would that lost its place: no page, and nothing twice.
    assert (first.accepted, first.failed, second.accepted) == (6, 1, 1)
    assert await market.net("2010 M1") == [-700]


async def test_a_source_that_begins_anew_replays(market: Market, feed: Feed) -> None:
    feed.lines = storage(0, 1, 2, 1, 0)

    assert await pull(market) == Pulled(sources=1, accepted=3, replayed=2)
    assert await market.net("2010 M1") == [-300]


async def test_a_watermark_that_goes_back_is_followed_and_nothing_counts_twice(market: Market, feed: Feed) -> None:
    feed.lines = storage(*range(7))
    await pull(market)
    feed.lines += storage(7)
    feed.faults = ["rewind"]

    assert await pull(market, at=NOW + HOUR) == Pulled(sources=1, accepted=1, replayed=7)

    assert feed.asked == ["", "3", "6", "7", "3", "6"]
    assert await market.net("2010 M1") == [-800]
    assert (await source_of(market))["cursor"] == "8"


async def test_whoever_is_killed_after_a_page_leaves_nothing_twice_and_nothing_lost(
    market: Market, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed.lines = storage(*range(9))
    fetched = pulling.fetch_page
    counted = iter(range(100))

    async def die_now_and_then(*arguments: Any, **more: Any) -> Page:
        page = await fetched(*arguments, **more)
        if next(counted) % 2:
            raise KeyboardInterrupt
        return page

    monkeypatch.setattr(pulling, "fetch_page", die_now_and_then)
    for _ in range(10):
        try:
            await pull(market)
        except KeyboardInterrupt:
            continue

    assert await market.net("2010 M1") == [-900]
    assert (await source_of(market))["cursor"] == "9"


async def test_of_two_that_fetched_one_page_one_posts_it(market: Market, feed: Feed) -> None:
    async def take() -> bool:
        async with market.database.write(market.platform_id) as conn:
            taken = await take_page(
                conn, source="warehouse", cursor="", documents=storage(1), next_cursor="1", actor=ACTOR, now=NOW
            )
        return taken.moved

    assert [await take(), await take()] == [True, False]
    assert await market.net("2010 M1") == [-100]


async def test_a_refused_line_is_kept_and_tried_again(market: Market, feed: Feed) -> None:
    unknown = fee("W1", "CLEANING", "5.00")
    feed.lines = [*storage(0), unknown, "no line", *storage(2)]

    assert await pull(market) == Pulled(sources=1, accepted=2, refused=2)
    rows = await market.rows("SELECT code, resolved_at FROM source_refusal ORDER BY refusal")
    assert [tuple(row) for row in rows] == [("FEE_ITEM_MISSING", None), ("INVALID_INPUT", None)]
    from_now = NOW + HOUR

    await Desk(market).publish(CLEANING)
    assert await pull(market, at=from_now) == Pulled(sources=1, resolved=1)
    assert await market.net("2010 M1") == [-700]
    rows = await market.rows("SELECT code, resolved_at FROM source_refusal ORDER BY refusal")
    assert [row["resolved_at"] for row in rows] == [from_now, None]


async def test_lines_that_nobody_mends_keep_no_later_one_out(
    market: Market, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "RETRIED_AT_ONCE", 2)
    feed.lines = [*[f"no line {number}" for number in range(5)], fee("W1", "CLEANING", "5.00")]

    assert await pull(market) == Pulled(sources=1, refused=6)
    await Desk(market).publish(CLEANING)

    assert await pull(market, at=NOW + HOUR) == Pulled(sources=1, resolved=1)
    assert await market.net("2010 M1") == [-500]


async def test_a_line_that_nobody_mends_is_tried_less_and_less_often(market: Market, feed: Feed) -> None:
    feed.lines = ["no line"]
    at, gaps = NOW, []
    for _ in range(8):
        await pull(market, at=at)
        ((tries, due),) = await market.rows("SELECT tries, next_try_at FROM source_refusal")
        gaps.append((tries, (due - at) / HOUR))
        at = due

    assert gaps == [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 24), (7, 24), (8, 24)]


async def test_until_its_next_try_a_refused_line_is_left_alone(market: Market, feed: Feed) -> None:
    feed.lines = ["no line"]
    tries = []
    for hour in range(4):
        await pull(market, at=NOW + hour * HOUR)
        ((tried,),) = await market.rows("SELECT tries FROM source_refusal")
        tries.append(tried)

    assert tries == [1, 2, 2, 3]


async def test_lines_that_wait_for_an_item_are_tried_by_the_next_pull_once_it_is_published(
    market: Market, feed: Feed
) -> None:
    feed.lines = [fee("W1", "CLEANING", "5.00"), fee("W2", "POLISHING", "7.00"), "no line"]
    await pull(market)
    await pull(market, at=NOW + HOUR)

    await Desk(market).publish(CLEANING)

    assert await pull(market, at=NOW + 2 * HOUR) == Pulled(sources=1, resolved=1)
    rows = await market.rows("SELECT tries, next_try_at FROM source_refusal ORDER BY refusal")
    assert [row["tries"] for row in rows] == [2, 2, 2]
    assert [row["next_try_at"] for row in rows[1:]] == [NOW + 3 * HOUR] * 2


async def test_a_source_that_is_asked_less_often_than_daily_tries_its_refused_lines_each_time(
    market: Market, feed: Feed
) -> None:
    await register(market, url=feed.url, interval=timedelta(days=7))
    feed.lines = ["no line"]
    for week in range(3):
        await pull(market, at=NOW + timedelta(weeks=week))

    rows = await market.rows("SELECT tries, next_try_at FROM source_refusal")
    assert [tuple(row) for row in rows] == [(3, NOW + timedelta(weeks=3))]


async def test_one_pull_tries_a_bounded_number_and_the_next_one_begins_with_those_left(
    market: Market, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "RETRIED_AT_ONCE", 2)
    monkeypatch.setattr(pulling, "RETRIED_A_PULL", 3)
    feed.lines = [f"no line {number}" for number in range(5)]
    tries = []
    for hour in range(3):
        await pull(market, at=NOW + hour * HOUR)
        rows = await market.rows("SELECT tries FROM source_refusal ORDER BY refusal")
        tries.append([row["tries"] for row in rows])

    assert tries == [[1, 1, 1, 0, 0], [2, 1, 1, 1, 1], [2, 2, 2, 2, 1]]


async def test_a_line_is_refused_for_what_it_was_refused_for_the_last_time(market: Market, feed: Feed) -> None:
    feed.lines = [fee("W1", "CLEANING", "5.00", party="A1")]
    await pull(market)
    before = await market.rows("SELECT code, refused_at FROM source_refusal")
    await Desk(market).publish(CLEANING)

    await pull(market, at=NOW + HOUR)
    await pull(market, at=NOW + 3 * HOUR)

    after = await market.rows("SELECT code, refused_at, facts ->> 'kind' AS kind FROM source_refusal")
    assert [tuple(row) for row in before] == [("FEE_ITEM_MISSING", NOW)]
    assert [tuple(row) for row in after] == [("FEE_ITEM_NOT_FOR_PARTY", NOW, "AGENT")]
    told = await market.rows("SELECT sequence FROM log_event WHERE kind = 'source.lines_refused_again'")
    assert len(told) == 1


async def test_a_refused_line_that_would_break_a_law_by_now_keeps_no_other_one_out(
    market: Market, feed: Feed, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed.lines = [fee("W1", "CLEANING", "5.00"), fee("W2", "CLEANING", "7.00")]
    assert await pull(market) == Pulled(sources=1, refused=2)
    await Desk(market).publish(CLEANING)
    owner = await asyncpg.connect(fresh_database)
    await owner.execute("ALTER TABLE fee_line ADD CONSTRAINT bug CHECK (reference <> 'W1')")

    assert await pull(market, at=NOW + HOUR) == Pulled(sources=1, resolved=1)

    assert await market.net("2010 M1") == [-700]
    rows = await market.rows("SELECT code, tries, resolved_at FROM source_refusal ORDER BY refusal")
    assert [tuple(row) for row in rows] == [("LINE_BROKEN", 2, None), ("FEE_ITEM_MISSING", 1, NOW + HOUR)]
    assert (await source_of(market))["next_pull_at"] == NOW + 2 * HOUR

    # From then on it is tried alone, and takes no part with it that would go one by one.
    parts = count_parts(monkeypatch)
    feed.lines += [fee(f"X{number}", "DUSTING", "1.00") for number in range(4)]
    await pull(market, at=NOW + 3 * HOUR)
    assert sorted(parts) == [1, 4]

    await owner.execute("ALTER TABLE fee_line DROP CONSTRAINT bug")
    await owner.close()
    assert await pull(market, at=NOW + 7 * HOUR) == Pulled(sources=1, resolved=1)


def count_parts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines each transaction tries again from now on."""
    parts: list[int] = []
    retry = pulling.retry_refused

    async def count(conn: Any, *, refusals: list[int], **more: Any) -> Any:
        parts.append(len(refusals))
        return await retry(conn, refusals=refusals, **more)

    monkeypatch.setattr(pulling, "retry_refused", count)
    return parts


async def test_a_line_that_breaks_a_law_of_the_database_holds_up_nobody(
    market: Market, feed: Feed, fresh_database: str
) -> None:
    feed.lines = storage(0, 1, 2)
    owner = await asyncpg.connect(fresh_database)
    await owner.execute("ALTER TABLE fee_line ADD CONSTRAINT bug CHECK (reference <> 'W1')")
    await owner.close()

    assert await pull(market) == Pulled(sources=1, accepted=2, refused=1)
    assert (await source_of(market))["cursor"] == "3"
    rows = await market.rows("SELECT code, tries FROM source_refusal")
    assert [tuple(row) for row in rows] == [("LINE_BROKEN", 1)]


async def test_a_credential_comes_from_the_environment_by_its_name(market: Market, feed: Feed) -> None:
    await register(market, name="closed", url=feed.url, credential_variable="SPLITBOOK_SOURCE_CLOSED")
    feed.lines = storage(0)

    assert (await pull(market)).failed == 1
    assert (await pull(market, at=NOW + HOUR, SPLITBOOK_SOURCE_CLOSED="secret")).failed == 0
    assert feed.tokens == ["Bearer secret"]


async def test_a_failing_source_is_asked_less_and_less_often(market: Market, feed: Feed) -> None:
    await register(market, url=feed.url, interval=timedelta(minutes=10))
    feed.faults = ["500"] * 5
    at, pauses = NOW, []
    for _ in range(5):
        await pull(market, at=at)
        pauses.append((await source_of(market))["next_pull_at"] - at)
        at += pauses[-1]

    assert [pause.total_seconds() / 60 for pause in pauses] == [10, 20, 40, 60, 60]


async def test_a_source_keeps_its_address_and_can_be_stopped(market: Market, feed: Feed) -> None:
    assert await register(market, url=feed.url, is_active=False)
    with pytest.raises(SourceConflict):
        await register(market, url=feed.url + "/other")
    feed.lines = storage(0)

    assert await pull(market) == Pulled()


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://host/file"},
        {"url": "https://user:secret@host/"},
        {"url": "https:///path"},
        {"credential_variable": "SPLITBOOK_SECRET"},
        {"credential_variable": "PATH"},
        {"interval": timedelta(0)},
        {"interval": timedelta(days=8)},
    ],
)
async def test_what_cannot_be_a_source_is_refused(market: Market, feed: Feed, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await register(market, **{"name": "other", "url": feed.url, **change})


async def test_a_source_that_is_registered_stopped_is_not_pulled(database: Database, feed: Feed) -> None:
    market = await Market.open(database)
    feed.lines = storage(1)

    await register(market, url=feed.url, is_active=False)

    assert await pull(market) == Pulled()
