"""
Disputes of a line whose merchant's share is partly in suspense: each cent of it is counted on once, by the oldest.

The line is of 100.00, of which the merchant gets 82.50: 33.00 of it waits in suspense, as it came back from a refund
while he was blocked, and 49.50 is his to be paid. The channel takes no fee.
"""

import json
from pathlib import Path

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.settlement.holds.disputes import follow_disputes, read_disputes
from ledger.verify.verifying import verify
from tests.ledger.charging.market import Document, Market
from tests.ledger.settlement.holds.telling import NOW, SYSTEM
from tests.oracle.small_world import PARTIES, SUCCEEDED, item, later, paid, plan, refunded

REJECTED = later("refund.rejected", refund="R")
REVISION = Path(__file__).parents[3] / "migrations/versions/0033_disputed_suspense.sql"
MERCHANT = "2010 M1, 2050 M1, 2200"


def charged(amount: str, dispute: str) -> Document:
    event = later("order.charged_back", dispute=dispute, amount=amount, fee="0")
    return {**event, "id": f"charged {dispute}"}


def won(dispute: str) -> Document:
    return {**later("chargeback.won", dispute=dispute), "id": f"won {dispute}"}


def lost(dispute: str, liability: str = "SPLIT") -> Document:
    return {**later("chargeback.lost", dispute=dispute, liability=liability), "id": f"lost {dispute}"}


@pytest.fixture
async def market(database: Database) -> Market:
    return await Market.open(database, plans=[without_fee()])


def without_fee() -> Document:
    rules = plan()
    return {**rules, "channelFee": {**rules["channelFee"], "rate": "0"}}


async def suspend_part(market: Market) -> None:
    """33.00 in suspense, 49.50 with the merchant."""
    await market.accept(paid("100.00"), refunded("R", "40.00"), SUCCEEDED)
    await market.block("M1")
    await market.accept(REJECTED)
    await market.unblock("M1")
    assert await market.net(MERCHANT) == [4_950, 0, 3_300]


async def follow(market: Market) -> None:
    while True:
        async with market.database.write(market.platform_id) as conn:
            told = await read_disputes(conn)
            if told is None:
                return
            await follow_disputes(conn, told=told, now=NOW, actor=SYSTEM)


async def release(market: Market) -> None:
    (row,) = await market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN'")
    await market.release(row["item"], "OWNER")


async def tell(market: Market, *events: Document | str) -> list[int]:
    """What the merchant has to be paid, on hold and in suspense after each of these, everything followed."""
    for event in events:
        await (release(market) if isinstance(event, str) else market.accept(event))
        await follow(market)
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    return await market.net(MERCHANT)


async def held_by(market: Market) -> dict[str, int]:
    rows = await market.rows(
        "SELECT dispute_reference AS dispute, sum(amount_minor - lifted_minor)::bigint AS held FROM hold"
        " GROUP BY dispute_reference ORDER BY 1"
    )
    return {row["dispute"]: row["held"] for row in rows}


async def waiting_for(market: Market) -> dict[str, int]:
    rows = await market.rows("SELECT dispute_reference AS dispute, waiting_minor FROM order_dispute_line ORDER BY 1")
    return {row["dispute"]: row["waiting_minor"] for row in rows}


async def give(market: Market) -> None:
    """The 3.00 of the second level, who is blocked, are released to the merchant."""
    (row,) = await market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN'")
    await market.release(row["item"], "SPLITTER")
    await follow(market)


async def suspend_level(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)
    assert await market.net(MERCHANT) == [8_250, 0, 300]


@pytest.mark.parametrize("is_given_before", [True, False])
async def test_what_was_released_to_the_merchant_of_anothers_share_is_held_of_him(
    market: Market, is_given_before: bool
) -> None:
    """60 % of the 82.50 that are his, and of the 3.00 that were not."""
    await suspend_level(market)
    if is_given_before:
        await give(market)
        stands = await tell(market, charged("60.00", "C1"))
    else:
        assert await tell(market, charged("60.00", "C1")) == [8_250 - 4_950, 4_950, 300]
        await give(market)
        stands = await tell(market)
    assert stands == [8_550 - 5_130, 5_130, 0]

    assert await tell(market, lost("C1")) == [8_550 - 5_130, 0, 0]


async def test_each_dispute_holds_its_part_of_what_was_released_to_the_merchant(market: Market) -> None:
    await suspend_level(market)
    await tell(market, charged("60.00", "C1"), charged("40.00", "C2"))
    await give(market)

    assert await tell(market) == [0, 8_550, 0]

    assert await held_by(market) == {"C1": 5_130, "C2": 3_420}
    assert await tell(market, lost("C1"), lost("C2")) == [0, 0, 0]


async def test_what_a_level_has_or_waits_for_is_not_held_of_the_merchant(market: Market) -> None:
    await suspend_level(market)
    assert await tell(market, charged("60.00", "C1")) == [8_250 - 4_950, 4_950, 300]
    await market.unblock("D2")
    (row,) = await market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN'")
    await market.release(row["item"], "OWNER")
    await follow(market)

    assert await tell(market) == [8_250 - 4_950, 4_950, 0]


async def test_two_disputes_count_on_what_is_in_suspense_once(market: Market) -> None:
    await suspend_part(market)

    # 49.50 and 33.00 are his shares: nothing but suspense would be left, and of that the older one has all.
    left = await tell(market, charged("60.00", "C1"), charged("40.00", "C2"))

    assert left == [0, 4_950, 3_300]
    assert await held_by(market) == {"C1": 1_650, "C2": 3_300}
    assert await waiting_for(market) == {"C1": 3_300, "C2": 0}
    said = [
        json.loads(row["payload"])["lines"][0]
        for row in await market.rows(
            "SELECT payload FROM log_event WHERE kind = 'order.charged_back' ORDER BY sequence"
        )
    ]
    assert [(each["merchantShare"], each["merchantWaiting"]) for each in said] == [
        ("16.50", "33.00"),
        ("33.00", "0.00"),
    ]


@pytest.mark.parametrize(
    ("events", "after_each"),
    [
        # Each takes its own: the one that was decided first leaves the other what it counts on.
        ((lost("C2"), lost("C1")), ([0, 1_650, 3_300], [0, 0, 0])),
        ((lost("C1"), lost("C2")), ([0, 3_300, 0], [0, 0, 0])),
        # Nobody counts on what is in suspense once the older one is won: it is taken first, and what was held is free.
        ((won("C1"), lost("C2")), ([1_650, 3_300, 3_300], [4_950, 0, 0])),
        ((won("C2"), lost("C1")), ([3_300, 1_650, 3_300], [3_300, 0, 0])),
        ((lost("C1", "PLATFORM"), lost("C2")), ([1_650, 3_300, 3_300], [4_950, 0, 0])),
        ((lost("C2", "PLATFORM"), lost("C1")), ([3_300, 1_650, 3_300], [3_300, 0, 0])),
        ((won("C2"), won("C1")), ([3_300, 1_650, 3_300], [4_950, 0, 3_300])),
    ],
    ids=lambda each: " ".join(event["id"] for event in each) if isinstance(each[0], dict) else "",
)
async def test_whatever_is_decided_first_the_other_has_its_share(
    market: Market, events: tuple[Document, ...], after_each: tuple[list[int], ...]
) -> None:
    await suspend_part(market)
    await tell(market, charged("60.00", "C1"), charged("40.00", "C2"))

    for event, left in zip(events, after_each, strict=True):
        assert await tell(market, event) == left


async def test_a_refund_leaves_in_suspense_what_a_dispute_counts_on(market: Market) -> None:
    await suspend_part(market)
    assert await tell(market, charged("60.00", "C1")) == [3_300, 1_650, 3_300]

    # 33.00 of the merchant's, who has them: nobody may pay them twice.
    assert await tell(market, refunded("S", "40.00")) == [0, 1_650, 3_300]

    assert await tell(market, lost("C1")) == [0, 0, 0]


async def test_a_refund_takes_out_of_suspense_what_no_dispute_counts_on(market: Market) -> None:
    await suspend_part(market)
    assert await tell(market, charged("20.00", "C1")) == [4_950, 0, 3_300]

    # 24.75: 16.50 that nobody counts on, and the rest of what he has.
    assert await tell(market, refunded("S", "30.00")) == [4_950 - 825, 0, 1_650]

    rejected = {**later("refund.rejected", refund="S"), "id": "rejected S"}
    assert await tell(market, rejected) == [4_950, 0, 3_300]


async def test_what_is_released_is_held_for_each_dispute_that_counted_on_it(market: Market) -> None:
    await suspend_part(market)
    await tell(market, charged("30.00", "C1"), charged("40.00", "C2"))
    # 24.75, and 8.25 of 33.00.
    assert await waiting_for(market) == {"C1": 2_475, "C2": 825}
    assert await held_by(market) == {"C2": 2_475}

    assert await tell(market, "release") == [8_250 - 2_475 - 3_300, 2_475 + 3_300, 0]

    assert await held_by(market) == {"C1": 2_475, "C2": 3_300}
    assert await waiting_for(market) == {"C1": 0, "C2": 0}


async def test_a_release_tells_of_each_dispute_though_rounding_left_less_than_they_counted_on(
    database: Database,
) -> None:
    rules = without_fee()
    market = await Market.open(database, plans=[{**rules, "commission": {**rules["commission"], "default": "0.40"}}])
    await market.block("M1")
    # 0.02 of 0.03 are the merchant's: each dispute of 0.01 counts on 0.01, and a refund of 0.01 has 0.01 of it, too.
    await market.accept(paid("0.03"), SUCCEEDED, charged("0.01", "C1"), charged("0.01", "C2"))
    await market.accept(refunded("S", "0.01"))
    await market.unblock("M1")
    assert await waiting_for(market) == {"C1": 1, "C2": 1}
    assert await market.net(MERCHANT) == [0, 0, 1]

    assert await tell(market, "release") == [0, 1, 0]

    assert await held_by(market) == {"C1": 1}
    assert await waiting_for(market) == {"C1": 0, "C2": 0}


async def test_disputes_and_a_refund_of_what_they_count_on_may_come_in_one_list(database: Database) -> None:
    rules = without_fee()
    market = await Market.open(database, plans=[{**rules, "commission": {**rules["commission"], "default": "0.40"}}])
    await market.block("M1")

    # As above: rounding takes a unit out of suspense that both disputes counted on while it was there.
    await market.accept(paid("0.03"), SUCCEEDED, charged("0.01", "C1"), charged("0.01", "C2"), refunded("S", "0.01"))

    assert await waiting_for(market) == {"C1": 1, "C2": 1}
    assert await market.net(MERCHANT) == [0, 0, 1]
    await market.unblock("M1")
    assert await tell(market, "release") == [0, 1, 0]
    assert await held_by(market) == {"C1": 1}


async def test_a_dispute_after_a_release_counts_on_nothing(market: Market) -> None:
    await suspend_part(market)

    left = await tell(market, charged("60.00", "C1"), "release", charged("40.00", "C2"))

    assert left == [0, 8_250, 0]
    assert await held_by(market) == {"C1": 4_950, "C2": 3_300}
    assert await tell(market, lost("C2"), lost("C1")) == [0, 0, 0]


async def test_what_is_in_suspense_after_a_dispute_was_decided_is_held_for_no_other_once_released(
    market: Market,
) -> None:
    await suspend_part(market)
    await tell(market, charged("60.00", "C1"), charged("40.00", "C2"), won("C1"))

    # C2 has its 33.00 on hold already.
    assert await tell(market, "release") == [4_950, 3_300, 0]


async def test_a_dispute_that_is_won_and_comes_again_counts_on_what_is_free_by_then(market: Market) -> None:
    await suspend_part(market)

    left = await tell(market, charged("60.00", "C1"), charged("40.00", "C2"), won("C1"), charged("60.00", "C1b"))

    assert left == [0, 4_950, 3_300]
    assert await waiting_for(market) == {"C1": 0, "C1b": 3_300, "C2": 0}
    assert await tell(market, lost("C1b"), lost("C2")) == [0, 0, 0]


@pytest.mark.parametrize("order", [("C1", "C2", "C3"), ("C3", "C2", "C1"), ("C2", "C3", "C1"), ("C2", "C1", "C3")])
async def test_three_disputes_of_everything_hold_and_take_everything(market: Market, order: tuple[str, ...]) -> None:
    await suspend_part(market)

    left = await tell(market, charged("30.00", "C1"), charged("30.00", "C2"), charged("40.00", "C3"))

    assert left == [0, 4_950, 3_300]
    assert await waiting_for(market) == {"C1": 2_475, "C2": 825, "C3": 0}
    assert await held_by(market) == {"C2": 1_650, "C3": 3_300}
    assert await tell(market, *map(lost, order)) == [0, 0, 0]


async def test_disputes_before_the_split_count_on_what_it_suspends_from_the_oldest_on(market: Market) -> None:
    await market.accept(paid("100.00"), charged("60.00", "C1"), charged("30.00", "C2"))
    await market.block("M1")

    assert await tell(market, SUCCEEDED) == [0, 0, 8_250]

    assert await waiting_for(market) == {"C1": 4_950, "C2": 2_475}
    await market.unblock("M1")
    assert await tell(market, lost("C1"), "release") == [825, 2_475, 0]


# What is sold, the parts of it that are disputed, and what the merchant has of it: the least units of each currency.
@pytest.mark.parametrize(
    ("sold", "held"),
    [
        ("JPY 100 33 33 34", 82),
        ("KWD 0.100 0.033 0.033 0.034", 82),
        ("JPY 7 1 2 4", 6),
        ("KWD 1.003 0.501 0.001 0.501", 828),
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_parts_in_whole_units_or_thousandths_hold_exactly_what_the_merchant_has(
    database: Database, sold: str, held: int, order: tuple[int, ...]
) -> None:
    currency, amount, *parts = sold.split()
    parties = [{**each, "currency": currency} if each["reference"] == "LE" else each for each in PARTIES]
    market = await Market.open(database, parties=parties, plans=[without_fee()])
    line = {**item(amount), "delivery": "0"}
    await market.accept(paid(amount, line, currency=currency), SUCCEEDED)

    left = await tell(market, *(charged(part, f"C{place}") for place, part in enumerate(parts)))

    assert left == [0, held, 0]
    assert await tell(market, *(lost(f"C{place}") for place in order)) == [0, 0, 0]


async def test_what_an_older_store_counts_on_is_written_down_as_it_would_be_now(market: Market) -> None:
    await suspend_part(market)
    await tell(market, charged("20.00", "C1"), charged("30.00", "C2"), charged("40.00", "C3"), won("C1"))
    before = await waiting_for(market)
    script = REVISION.read_text(encoding="utf-8")
    raw = await asyncpg.connect(market.database.dsn)
    changing = raw.transaction()
    await changing.start()
    try:
        await raw.execute("SET LOCAL session_replication_role = replica")
        await raw.execute("UPDATE order_dispute_line SET waiting_minor = 0")
        await raw.execute("SET LOCAL ROLE splitbook_owner")

        await raw.execute(script[script.index("DO $$") : script.index("-- Law:")])

        await raw.execute("RESET ROLE")
        rows = await raw.fetch(
            "SELECT dispute_reference, waiting_minor FROM order_dispute_line WHERE platform_id = $1",
            market.platform_id,
        )
    finally:
        await changing.rollback()
        await raw.close()

    assert before == {"C1": 0, "C2": 1_650, "C3": 0}
    assert {row["dispute_reference"]: row["waiting_minor"] for row in rows} == before


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE order_dispute_line SET waiting_minor = 1 WHERE dispute_reference = 'C2'", "SUSPENSE_COUNTED_TWICE"),
        ("UPDATE order_dispute_line SET waiting_minor = -1", "dispute_counts_on_suspense_while_open"),
        ("UPDATE order_dispute_line SET waiting_minor = 1 WHERE dispute_reference = 'C3'",
         "dispute_counts_on_suspense_while_open"),
    ],
)  # fmt: skip
async def test_the_database_lets_nothing_be_counted_on_twice(market: Market, statement: str, law: str) -> None:
    await suspend_part(market)
    await tell(market, charged("50.00", "C1"), charged("40.00", "C2"), charged("10.00", "C3"), won("C3"))

    with pytest.raises(asyncpg.PostgresError, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)
