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


DISMISS = """mutation($input: DismissChannelDifferencesInput!) { dismissChannelDifferences(input: $input) {
    dismissed channelDay { number differenceCount dismissedCount } userErrors { code field } } }"""
REOPEN = """mutation($input: ReopenChannelDifferencesInput!) { reopenChannelDifferences(input: $input) {
    reopened channelDay { number differenceCount dismissedCount } userErrors { code field } } }"""
DISMISSALS = """query($day: BigInt!, $open: Boolean) {
  channelDifferences(filter: {channelDay: $day, open: $open}) { nodes {
    orderReference dismissal { reason actor dismissedAt } } } }"""
HISTORY = '{ events(types: ["channel_difference.reopened"]) { nodes { kind subject } } }'
QUEUES = "{ workQueues { queue count oldestSince } }"


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

    assert [await count(channel="sandbox"), await count(channel="sandbox", fromDate="2025-03-02")] == [1, 0]
    assert await desk.refused(DAYS, filter={"channel": "x"}) == "CHANNEL_UNHEARD"
    assert [await count(legalEntity="LE"), await count(legalEntity="LE-JP")] == [1, 0]
    assert [await count(fromDate="2025-03-01"), await count(fromDate="2025-03-02")] == [1, 0]
    assert [await count(throughDate="2025-03-01"), await count(throughDate="2025-02-28")] == [1, 0]
    assert [await count(open=True), await count(open=False)] == [1, 0]


async def test_days_that_differ_wait_in_a_queue_that_counts_what_its_list_shows(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    await record(desk, day="2025-03-02", name="F2")
    listed = (await desk.ask(DAYS, filter={"open": True}))["channelDays"]["nodes"]

    assert [each["businessDate"] for each in listed] == ["2025-03-01"]
    assert (await desk.ask(QUEUES))["workQueues"] == [
        {"queue": "CHANNEL_DAYS_DIFFERING", "count": 1, "oldestSince": "2026-01-05T12:00:00.000000Z"}
    ]
    assert (await desk.ask(QUEUES, key=await desk.key_of("M1")))["workQueues"] == []


async def test_a_partys_key_sees_none_of_it(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    key = await desk.key_of("M1")

    assert (await desk.ask(DAYS, key=key))["channelDays"]["nodes"] == []
    assert (await desk.ask(DIFFERENCES, key=key, day=day["number"]))["channelDifferences"]["nodes"] == []


async def test_a_person_sets_differences_aside_as_the_list_reads(desk: Desk) -> None:
    await record(desk, capture("B", "2.00", "0.01"), capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    listed = (await desk.ask(DIFFERENCES, day=day["number"]))["channelDifferences"]["nodes"]
    said = {"channelDay": day["number"], "differences": listed[:1], "reason": "the other system has it"}

    done = (await desk.ask(DISMISS, input=said))["dismissChannelDifferences"]
    again = (await desk.ask(DISMISS, input=said))["dismissChannelDifferences"]

    assert done.pop("dismissed") == 1
    assert done == {
        "channelDay": {"number": day["number"], "differenceCount": 2, "dismissedCount": 1},
        "userErrors": [],
    }
    assert (again["dismissed"], again["channelDay"]["dismissedCount"]) == (0, 1)
    first, second = (await desk.ask(DISMISSALS, day=day["number"]))["channelDifferences"]["nodes"]
    assert (first["orderReference"], second) == ("A", {"orderReference": "B", "dismissal": None})
    actor = (await desk.ask("{ viewer { actor } }"))["viewer"]["actor"]
    assert first["dismissal"].pop("dismissedAt") > "2026"
    assert first["dismissal"] == {"reason": "the other system has it", "actor": actor}
    left = (await desk.ask(DISMISSALS, day=day["number"], open=True))["channelDifferences"]["nodes"]
    assert [each["orderReference"] for each in left] == ["B"]
    assert [each["queue"] for each in (await desk.ask(QUEUES))["workQueues"]] == ["CHANNEL_DAYS_DIFFERING"]

    await desk.ask(DISMISS, input={**said, "differences": listed})
    assert (await desk.ask(QUEUES))["workQueues"] == []
    assert (await desk.ask(DAYS, filter={"open": True}))["channelDays"]["nodes"] == []


async def test_a_person_takes_up_again_what_was_set_aside(desk: Desk) -> None:
    await record(desk, capture("B", "2.00", "0.01"), capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    listed = (await desk.ask(DIFFERENCES, day=day["number"]))["channelDifferences"]["nodes"]
    said = {"channelDay": day["number"], "differences": listed, "reason": "seen"}
    await desk.ask(DISMISS, input=said)

    said = {**said, "differences": listed[:1], "reason": "it is open after all"}
    done = (await desk.ask(REOPEN, input=said))["reopenChannelDifferences"]
    again = (await desk.ask(REOPEN, input=said))["reopenChannelDifferences"]

    counts = {"number": day["number"], "differenceCount": 2, "dismissedCount": 1}
    assert done == {"reopened": 1, "channelDay": counts, "userErrors": []}
    assert again == {**done, "reopened": 0}
    (left,) = (await desk.ask(DISMISSALS, day=day["number"], open=True))["channelDifferences"]["nodes"]
    assert left == {"orderReference": "A", "dismissal": None}
    assert [each["queue"] for each in (await desk.ask(QUEUES))["workQueues"]] == ["CHANNEL_DAYS_DIFFERING"]
    told = (await desk.ask(HISTORY))["events"]["nodes"]
    assert [each["subject"].split("/")[0] for each in told] == ["channel-dismissal"]


async def test_what_cannot_be_taken_up_again_is_refused_whole(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    (listed,) = (await desk.ask(DIFFERENCES, day=day["number"]))["channelDifferences"]["nodes"]
    changed = {**listed, "told": {"amount": "1.01", "currency": "CNY"}}
    said = {"channelDay": day["number"], "differences": [listed], "reason": "seen"}
    await desk.ask(DISMISS, input=said)

    async def refuse(**other: Any) -> tuple[str, list[str]]:
        answer = (await desk.ask(REOPEN, input={**said, **other}))["reopenChannelDifferences"]
        assert (answer["reopened"], answer["channelDay"]) == (0, None)
        (error,) = answer["userErrors"]
        return error["code"], error["field"]

    assert await refuse(differences=[listed, changed]) == ("CHANNEL_DIFFERENCE_MISSING", ["differences", "1"])
    assert await refuse(reason=" ") == ("INVALID_INPUT", ["reason"])
    assert await refuse(channelDay="999999", differences=[]) == ("CHANNEL_DAY_MISSING", ["channelDay"])
    assert await desk.refused(REOPEN, key=await desk.key_of("M1"), input=said) == "FORBIDDEN"
    assert await desk.count("channel_reopening") == 0


async def test_to_set_nothing_of_a_day_aside_is_no_mistake(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]

    done = await desk.ask(DISMISS, input={"channelDay": day["number"], "differences": [], "reason": "seen"})

    assert done["dismissChannelDifferences"] == {
        "dismissed": 0,
        "channelDay": {"number": day["number"], "differenceCount": 1, "dismissedCount": 0},
        "userErrors": [],
    }


async def test_what_cannot_be_set_aside_is_refused_whole(desk: Desk) -> None:
    await record(desk, capture("A", "1.00"))
    (day,) = (await desk.ask(DAYS))["channelDays"]["nodes"]
    (listed,) = (await desk.ask(DIFFERENCES, day=day["number"]))["channelDifferences"]["nodes"]
    changed = {**listed, "told": {"amount": "1.01", "currency": "CNY"}}

    async def refuse(**said: Any) -> tuple[str, list[str]]:
        given = {"channelDay": day["number"], "differences": [listed], "reason": "seen", **said}
        answer = (await desk.ask(DISMISS, input=given))["dismissChannelDifferences"]
        assert (answer["dismissed"], answer["channelDay"]) == (0, None)
        (error,) = answer["userErrors"]
        return error["code"], error["field"]

    assert await refuse(differences=[listed, changed]) == ("CHANNEL_DIFFERENCE_MISSING", ["differences", "1"])
    assert await refuse(differences=[listed] * 501) == ("INVALID_INPUT", ["differences"])
    assert await refuse(reason=" ") == ("INVALID_INPUT", ["reason"])
    assert await refuse(channelDay="999999") == ("CHANNEL_DIFFERENCE_MISSING", ["differences", "0"])
    assert await refuse(channelDay="999999", differences=[]) == ("CHANNEL_DAY_MISSING", ["channelDay"])
    said = {"channelDay": day["number"], "differences": [listed], "reason": "seen"}
    assert await desk.refused(DISMISS, key=await desk.key_of("M1"), input=said) == "FORBIDDEN"
    assert await desk.count("channel_dismissal") == 0
