"""What channels said of their days, over the gateway: the operator sees how they differ, parties see nothing."""

from typing import Any

from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from tests.app.api.gateway import Desk
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund
from tests.ledger.charging.market import ACTOR, NOW

DAYS = """query($filter: ChannelDayFilterInput, $first: Int, $after: String) {
  channelDays(filter: $filter, first: $first, after: $after) { nodes {
    number channel businessDate legalEntity { reference } currency file captures captured { amount } fees { amount }
    refunds refunded { amount } feesReturned { amount } differenceCount waiting }
    pageInfo { hasNextPage endCursor } } }"""
DIFFERENCES = """query($day: BigInt!, $first: Int, $after: String) {
  channelDifferences(filter: {channelDay: $day}, first: $first, after: $after) { nodes {
    reason kind orderReference name record told { amount currency } booked { amount } }
    pageInfo { hasNextPage endCursor } } }"""


async def record(desk: Desk, *records: Line, **head: Any) -> None:
    async with desk.book.database.write(desk.book.platform_id) as conn:
        file = parse_channel_file(make_lines(*records, **head))
        await record_channel_file(conn, file=file, actor=ACTOR, now=NOW)


async def test_the_operator_reads_days_of_channels_and_how_they_differ_page_by_page(desk: Desk) -> None:
    await record(desk, capture("B", "2.00", "0.01"), capture("A", "1.00"), refund("A", "R1", "0.50", "0.10"))
    await record(desk, day="2025-03-02", name="F2")

    page = (await desk.ask(DAYS, first=1))["channelDays"]
    (day,) = (await desk.ask(DAYS, first=1, after=page["pageInfo"]["endCursor"]))["channelDays"]["nodes"]
    one = (await desk.ask(DIFFERENCES, day=day["number"], first=1))["channelDifferences"]
    rest = (await desk.ask(DIFFERENCES, day=day["number"], after=one["pageInfo"]["endCursor"]))["channelDifferences"]

    assert [each["businessDate"] for each in page["nodes"]] == ["2025-03-02"]
    assert day.pop("number") != page["nodes"][0]["number"]
    assert day == {
        "channel": "sandbox",
        "businessDate": "2025-03-01",
        "legalEntity": {"reference": "LE"},
        "currency": "CNY",
        "file": "F1",
        "captures": 2,
        "captured": {"amount": "3.00"},
        "fees": {"amount": "0.01"},
        "refunds": 1,
        "refunded": {"amount": "0.50"},
        "feesReturned": {"amount": "0.10"},
        "differenceCount": 3,
        "waiting": 0,
    }
    assert one["nodes"] == [
        {
            "reason": "BOOK_MISSING",
            "kind": "CAPTURE",
            "orderReference": "A",
            "name": "t-A",
            "record": "c-A",
            "told": {"amount": "1.00", "currency": "CNY"},
            "booked": None,
        }
    ]
    assert [(each["orderReference"], each["kind"]) for each in rest["nodes"]] == [("A", "REFUND"), ("B", "CAPTURE")]
    assert (one["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_days_are_found_by_what_they_are_of(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))

    async def count(**said: object) -> int:
        return len((await desk.ask(DAYS, filter=said))["channelDays"]["nodes"])

    assert [await count(channel="sandbox"), await count(channel="x")] == [1, 0]
    assert [await count(legalEntity="LE"), await count(legalEntity="LE-JP")] == [1, 0]
    assert [await count(fromDate="2025-03-01"), await count(fromDate="2025-03-02")] == [1, 0]
    assert [await count(throughDate="2025-03-01"), await count(throughDate="2025-02-28")] == [1, 0]
    assert [await count(open=True), await count(open=False)] == [1, 0]


async def test_days_that_differ_wait_in_a_queue_that_counts_what_its_list_shows(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    await record(desk, day="2025-03-02", name="F2")
    queues = "{ workQueues { queue count oldestSince } }"

    listed = (await desk.ask(DAYS, filter={"open": True}))["channelDays"]["nodes"]

    assert [each["businessDate"] for each in listed] == ["2025-03-01"]
    assert (await desk.ask(queues))["workQueues"] == [
        {"queue": "CHANNEL_DAYS_DIFFERING", "count": 1, "oldestSince": "2026-01-05T12:00:00.000000Z"}
    ]
    assert (await desk.ask(queues, key=await desk.key_of("M1")))["workQueues"] == []


async def test_a_partys_key_sees_none_of_it(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    key = await desk.key_of("M1")

    assert (await desk.ask(DAYS, key=key))["channelDays"]["nodes"] == []
    assert (await desk.ask(DIFFERENCES, key=key, day=day["number"]))["channelDifferences"]["nodes"] == []
