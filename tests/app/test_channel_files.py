"""
The daily files of payment channels, from a real server or folder to what they differ in: whole, once, in any order.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from app.channels.file.folders import FileChannel
from app.channels.protocol import FetchedFile
from app.paying import hearing
from ledger.charging.channel_days.model import Difference
from ledger.db.connecting import Database
from ledger.reporting.channel_days import ComparedDay, count_channel_differences, list_channel_differences
from ledger.reporting.model import Span
from ledger.verify.verifying import verify
from tests.app.channels.sandboxes import Bank, open_channel, open_sandbox
from tests.ledger.charging.channel_days.files import Line, capture, make_file, make_lines, refund, write
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.oracle.small_world import PARTIES, item

# As they are paid below, the book's fee is 0.6 % of each line.
DAY = "2025-03-01"


@pytest.fixture
async def market(database: Database) -> Market:
    return await Market.open(database)


def pay(order: str, amount: str, *, at: str = f"{DAY}T00:00:00Z", **more: Any) -> Line:
    said = {"settlementEntity": "LE", "currency": "CNY", "channel": "sandbox", "channelTransaction": f"t-{order}"}
    event = {"event": "order.paid", "id": f"{order}/paid", "order": order, "occurredAt": at, "amount": amount}
    return {**event, **said, "lines": [item(amount)], **more}


def refund_of(order: str, name: str, amount: str, *, at: str = f"{DAY}T01:00:00Z") -> list[Line]:
    head = {"order": order, "refund": name, "occurredAt": at}
    lines = [{"line": "1", "amount": amount}]
    return [
        {"event": "order.refunded", "id": f"{order}/{name}", "lines": lines, **head},
        {"event": "refund.paid", "id": f"{order}/{name}/paid", **head},
    ]


async def find_name(market: Market) -> str:
    """What the platform is called: its operator's reference."""
    ((name,),) = await market.rows("SELECT reference FROM party WHERE kind = 'OPERATOR'")
    return str(name)


async def read(
    market: Market, folder: Path, *files: bytes, name: str = "f", is_named: bool = True
) -> hearing.FilesRead:
    """The channel leaves these files in a folder, each before the next; they name the platform, if any is to be."""
    (folder / "in").mkdir(exist_ok=True)
    counts = hearing.FilesRead()
    said = f'"version": 1, "platform": "{await find_name(market)}"'.encode()
    for place, content in enumerate(files):
        named = content.replace(b'"version": 1', said) if is_named and b'"platform"' not in content else content
        (folder / "in" / f"{name}{place}.jsonl").write_bytes(named)
        counts = counts.plus(await hear(market, file=FileChannel(folder)))
    return counts


async def hear(market: Market, **channels: Any) -> hearing.FilesRead:
    return await hearing.read_files(market.database, market.platform_id, now=NOW, actor=ACTOR, channels=channels)


async def compare(market: Market, day: str = DAY) -> ComparedDay:
    async with market.database.read(market.platform_id) as conn:
        counted = await count_channel_differences(conn, keys=await find_days(market, day))
    found = [each for each in counted if each is not None]
    return ComparedDay(sum(each.differences for each in found), sum(each.waiting for each in found))


async def find_days(market: Market, day: str) -> list[int]:
    rows = await market.rows("SELECT channel_day_id FROM channel_day WHERE day::text = $1 ORDER BY 1", day)
    return [row["channel_day_id"] for row in rows]


async def differences(market: Market, day: str = DAY) -> list[tuple[str, str, int | None, int | None]]:
    """Reason, order, what was told and what is booked, of every difference of a day, with which verify agrees."""
    found: list[Difference] = []
    for number in await find_days(market, day):
        async with market.database.read(market.platform_id) as conn:
            found += await list_channel_differences(conn, channel_day_id=number, span=Span(100))
            assert (await verify(conn)).agrees
    assert len(found) == (await compare(market, day)).differences
    return [(each.reason.value, each.order, each.told, each.booked) for each in found]


async def refusals(market: Market) -> list[str]:
    rows = await market.rows("SELECT refusal FROM bank_file WHERE refusal <> '' ORDER BY bank_file_id")
    return [row["refusal"] for row in rows]


async def test_what_a_channel_and_the_book_say_of_a_day_is_compared_payment_by_payment(
    market: Market, tmp_path: Path
) -> None:
    late = pay("D", "20.00", at=f"{DAY}T15:59:58Z")  # 23:59:58 where the entity is
    await market.accept(pay("A", "100.00"), pay("B", "50.00"), pay("C", "30.00"), late)
    before = await market.accounts()
    told = [
        capture("A", "100.00", "0.60"),
        capture("B", "49.90", "0.30"),
        capture("C", "30.00", "0.20"),
        capture("E", "10.00", "0.06"),
    ]

    counts = await read(market, tmp_path, make_file(*told))

    assert (counts.read, counts.channel_days, counts.differences) == (1, 1, 3)
    assert await differences(market) == [
        ("AMOUNT_DIFF", "B", 49_90, 50_00),
        ("FEE_DIFF", "C", 20, 18),
        ("BOOK_MISSING", "E", 10_00, None),
    ]
    assert (await compare(market)).waiting == 1
    await read(market, tmp_path, make_file(day="2025-03-02", name="F2"), name="g")
    assert (await differences(market))[2:3] == [("CHANNEL_MISSING", "D", None, 20_00)]
    assert (await compare(market)).waiting == 0
    assert await market.accounts() == before


async def test_what_comes_on_the_next_day_is_no_difference_and_what_is_booked_later_is_none_any_more(
    market: Market, tmp_path: Path
) -> None:
    await market.accept(pay("D", "20.00", at=f"{DAY}T15:59:58Z"))
    next_day = make_file(capture("D", "20.00", "0.12"), day="2025-03-02", name="F2")

    counts = await read(market, tmp_path, next_day, make_file(capture("E", "10.00", "0.06")))

    assert counts.differences == 1
    assert await differences(market) == [("BOOK_MISSING", "E", 10_00, None)]
    assert await differences(market, "2025-03-02") == []
    await market.accept(pay("E", "10.00"))
    assert await compare(market) == ComparedDay(0, 0)


async def test_refunds_are_compared_with_what_was_paid_and_with_the_fee_that_came_back(
    market: Market, tmp_path: Path
) -> None:
    await market.accept(pay("A", "100.00"), *refund_of("A", "R1", "30.00"), *refund_of("A", "R2", "10.00"))
    back = {"event": "channel.fee_returned", "id": "back", "order": "A", "occurredAt": f"{DAY}T02:00:00Z"}
    await market.accept({**back, "refund": "R1", "lines": [{"line": "1", "amount": "0.18"}]})
    told = [capture("A", "100.00", "0.60"), refund("A", "R1", "30.00", "0.18"), refund("A", "R2", "10.00", "0.06")]

    await read(market, tmp_path, make_file(*told, refund("A", "R3", "5.00")))

    assert await differences(market) == [("FEE_DIFF", "A", 6, 0), ("BOOK_MISSING", "A", 5_00, None)]


async def test_a_second_payment_of_an_order_is_one_of_its_own(market: Market, tmp_path: Path) -> None:
    again = pay("A", "7.00", id="A/2", channelTransaction="t-2", lines=[item("7.00", line="2")])
    await market.accept(pay("A", "100.00"), again)
    second = capture("A", "7.00", "0.04", record="c-2", channelTransaction="t-2")

    await read(market, tmp_path, make_file(capture("A", "100.00", "0.60"), second))

    assert await compare(market) == ComparedDay(0, 0)


async def test_another_entity_or_currency_than_is_booked_is_named_and_amounts_of_two_currencies_are_not_compared(
    database: Database, tmp_path: Path
) -> None:
    second = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Second", "parent": "OP", "currency": "CNY"}
    market = await Market.open(database, parties=[*PARTIES, second])
    await market.accept(pay("A", "100.00"), pay("B", "50.00"))
    told = [
        capture("A", "90.00", "0.60", settlementEntity="LE2"),
        capture("B", "50.00", "0.29", currency="USD"),
    ]

    await read(market, tmp_path, make_file(*told))

    # By the number of the day: sections come by entity and currency.
    assert sorted(await differences(market)) == [
        ("AMOUNT_DIFF", "A", 90_00, 100_00),
        ("CURRENCY_DIFF", "B", 50_00, 50_00),
        ("ENTITY_DIFF", "A", 90_00, 100_00),
    ]


async def test_the_same_day_again_changes_nothing_and_with_other_content_is_refused(
    market: Market, tmp_path: Path
) -> None:
    await market.accept(pay("A", "100.00"))
    lines = make_lines(capture("A", "100.00", "0.60"))
    changed = make_file(capture("A", "100.00", "0.61"), name="F9")

    counts = await read(market, tmp_path, write(lines), write(lines), write(lines) + b"\n", changed)

    assert (counts.read, counts.repeated, counts.refused) == (2, 1, 1)
    assert len(await market.rows("SELECT 1 FROM channel_record")) == 1
    assert len(await market.rows("SELECT 1 FROM log_event WHERE kind = 'channel_day.recorded'")) == 1
    assert await refusals(market) == [
        "f3.jsonl is not read: Of 2025-03-01, LE CNY, sandbox has said something else before, in F1."
    ]
    assert (tmp_path / "in/refused/f3.jsonl").exists()
    assert await compare(market) == ComparedDay(0, 0)


async def test_what_a_channel_tells_on_two_days_is_told_twice(market: Market, tmp_path: Path) -> None:
    await market.accept(pay("A", "100.00"))
    one = capture("A", "100.00", "0.60")

    await read(market, tmp_path, make_file(one), make_file({**one, "record": "x"}, day="2025-03-02", name="F2"))

    assert await differences(market) == []
    assert await differences(market, "2025-03-02") == [("TOLD_TWICE", "A", 100_00, 100_00)]


WHOLE = make_file(capture("A", "100.00", "0.60"), capture("B", "50.00", "0.30"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (WHOLE[: len(WHOLE) // 2], "is not read: line 3: The line is not valid JSON: "),
        (b"\n".join(WHOLE.split(b"\n")[:3]), "it has no END line"),
        (WHOLE.replace(b'"150.00"', b'"150.01"'), "captured is '150.01' in the file's total"),
        (WHOLE.replace(b'"amount": "50.00"', b'"amount": 50.00'), "line 3: "),
        (WHOLE.replace(b'"amount": "50.00"', b'"amount": 1' + b"0" * 5_000), "line 3: "),
        (WHOLE.replace(b'"amount": "50.00"', b'"amount": NaN'), "line 3: "),
        (WHOLE.replace(b'"amount": "50.00"', b'"amount": "50.00", "amount": "1.00"'), "line 3: "),
        (WHOLE.replace(b'"LE"', b'"NOBODY"'), "There is no LEGAL_ENTITY NOBODY"),
        (WHOLE.replace(b'"LE"', b'"M1"'), "There is no LEGAL_ENTITY M1"),
        (WHOLE.replace(b'"version": 1', b'"version": 1, "platform": "NOBODY"'), "no such platform here"),
        (b"{" + b"[" * 1_000_000, "line 1: "),
        (b"{" + b" " * 2**20, "line 1 has more than"),
        (b"{\xff", "line 1: The line is not valid UTF-8"),
    ],
)
async def test_a_file_that_is_not_whole_and_right_leaves_nothing_but_its_refusal(
    market: Market, tmp_path: Path, content: bytes, why: str
) -> None:
    before = await market.count_rows()

    counts = await read(market, tmp_path, content)

    assert counts == hearing.FilesRead(refused=1)
    (refusal,) = await refusals(market)
    assert why in refusal
    assert await market.rows("SELECT 1 FROM channel_day") == []
    # The one record is that of the refusal.
    (told,) = await market.rows("SELECT payload FROM log_event WHERE kind = 'bank_file.recorded'")
    assert json.loads(told["payload"])["refusal"] == refusal
    records, entries, lines, events, *documents = before
    assert await market.count_rows() == [records + 1, entries, lines, events + 1, *documents]


async def test_a_file_is_recorded_with_the_platform_that_it_names_whoever_reads_it(
    market: Market, database: Database, tmp_path: Path
) -> None:
    other = await Market.open(database)
    await other.accept(pay("A", "100.00"))
    told = capture("A", "100.00", "0.60")

    counts = await read(market, tmp_path, make_file(told, platform=await find_name(other)))

    assert (counts.read, counts.differences) == (1, 0)
    assert await market.rows("SELECT 1 FROM channel_day") == []
    assert await compare(other) == ComparedDay(0, 0)
    nameless = make_file(told, name="F2")
    assert (await read(market, tmp_path, nameless, name="g", is_named=False)).refused == 1
    assert "several platforms" in (await refusals(market))[0]
    given = FetchedFile("g", nameless)
    counts = await hearing.read_file(
        database, market.platform_id, given, channel="file", now=NOW, actor=ACTOR, is_given=True
    )
    assert (counts.read, counts.channel_days) == (1, 1)
    assert await differences(market) == [("BOOK_MISSING", "A", 100_00, None)]


async def test_a_file_of_legal_entities_that_one_platform_has_is_that_platforms(
    market: Market, database: Database, tmp_path: Path
) -> None:
    entity = {"reference": "ONLY-HERE", "kind": "LEGAL_ENTITY", "name": "Second", "parent": "OP", "currency": "CNY"}
    other = await Market.open(database, parties=[*PARTIES, entity])

    await read(market, tmp_path, make_file(capture("A", "1.00", settlementEntity="ONLY-HERE")), is_named=False)

    assert await differences(other) == [("BOOK_MISSING", "A", 1_00, None)]


async def sell(bank: Bank, market: Market, order: str, *items: Line, **said: Any) -> None:
    """The sandbox is paid for an order, and tells of it as it always does."""
    event = await bank.ask(
        "/payments",
        order=order,
        settlementEntity="LE",
        currency="CNY",
        occurredAt=f"{DAY}T03:00:00Z",
        lines=list(items),
        amount=said.pop("amount", items[0]["goods"]),
        **said,
    )
    await market.accept(event)


async def test_the_sandbox_leaves_the_file_of_a_day_which_the_book_agrees_with_but_for_what_it_kept_more(
    market: Market, database: Database, tmp_path: Path
) -> None:
    name = await find_name(market)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await sell(bank, market, "O1", item("100.00"))
        await sell(bank, market, "O2", item("50.00"), fee="0.35")
        await sell(bank, market, "O1", item("8.00", line="2"))
        refund_event, _ = refund_of("O1", "R1", "30.00")
        await market.accept(refund_event)
        for _ in range(2):  # asked for twice, it pays once
            told = await bank.ask("/refunds", order="O1", refund="R1", amount="30.00", occurredAt=f"{DAY}T05:00:00Z")
        await market.accept(told)
        await bank.ask("/channel-files", day=DAY, timeZone="Asia/Shanghai", platform=name)
        await bank.ask("/channel-files", day="2025-03-02", timeZone="Asia/Shanghai", platform=name)

        counts = await hear(market, sandbox=sandbox)
        again = await hear(market, sandbox=sandbox)

    assert (counts.read, counts.refused, counts.channel_days, counts.differences) == (2, 0, 1, 1)
    assert again == hearing.FilesRead()
    (day,) = await market.rows(
        "SELECT captures, captured_minor, fee_minor, refunds, refunded_minor, fee_returned_minor FROM channel_day"
    )
    assert tuple(day) == (3, 158_00, 1_00, 1, 30_00, 0)
    assert await differences(market) == [("FEE_DIFF", "O2", 35, 30)]
