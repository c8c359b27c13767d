"""Who cannot be credited at the split waits in suspense, with a reason and a date, until somebody decides."""

import importlib
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from ledger.charging.errors import SuspenseAlreadyReleased, SuspenseItemMissing, SuspenseOpeningMissing
from ledger.parties.errors import PartyNotActive
from ledger.reporting.charging import list_suspense_items
from ledger.reporting.model import Span
from ledger.verify.verifying import verify
from tests.ledger.charging.market import NOW, Market
from tests.oracle.small_world import SUCCEEDED, item, later, paid, refunded

revision = importlib.import_module("migrations.versions.0024_suspense")
ITEMS = """
    SELECT i.item, p.reference AS owner, i.amount_minor, i.reason, i.opened_at, i.deadline, i.status
    FROM suspense_item AS i INNER JOIN party AS p ON p.party_id = i.owner_id ORDER BY i.rank
"""
STANDS = "SELECT rank, stands FROM order_share ORDER BY rank"
NAMES = "2200, 2010 M1, 2041 D1, 2042 D2, 2043 D3"


async def status_of(market: Market) -> str:
    return str((await market.rows("SELECT status FROM order_head"))[0]["status"])


async def suspend(market: Market, *parties: str) -> list[int]:
    """An order of 100.00 is split while these cannot be credited; returns their items."""
    await market.accept(paid("100.00"))
    for party in parties:
        await market.block(party)
    await market.accept(SUCCEEDED)
    return [row["item"] for row in await market.rows(ITEMS)]


async def test_a_blocked_receivers_share_waits_and_the_others_are_posted(market: Market) -> None:
    await suspend(market, "D2")

    assert await market.net(NAMES) == [300, 8_190, 500, 0, 100]
    (found,) = await market.rows(ITEMS)
    assert tuple(found)[1:] == ("D2", 300, "The receiver is BLOCKED.", NOW, NOW + timedelta(days=30), "OPEN")
    assert [tuple(row) for row in await market.rows(STANDS)][3] == (3, "SUSPENSE")
    assert await status_of(market) == "SPLIT_PARTIAL"


async def test_a_closed_receivers_share_waits_too(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.close("D3")

    await market.accept(SUCCEEDED)

    assert [row["reason"] for row in await market.rows(ITEMS)] == ["The receiver is CLOSED."]


async def test_an_item_goes_to_its_owner_once_he_can_be_credited(market: Market) -> None:
    (number,) = await suspend(market, "D2")

    with pytest.raises(PartyNotActive):
        await market.release(number, "OWNER")
    await market.unblock("D2")
    released = await market.release(number, "OWNER")
    replayed = await market.release(number, "OWNER")

    assert (released.amount, released.currency, released.order, released.line) == (300, "CNY", "O1", "1")
    assert replayed == replace(released, replayed=True)
    assert await market.net(NAMES) == [0, 8_190, 500, 300, 100]
    assert [row["status"] for row in await market.rows(ITEMS)] == ["OWNER"]
    assert await status_of(market) == "SPLIT_DONE"
    (event,) = await market.rows("SELECT subject, sequence FROM log_event WHERE kind = 'suspense.released'")
    assert tuple(event) == (f"suspense/{number}", released.sequence)
    with pytest.raises(SuspenseAlreadyReleased):
        await market.release(number, "SPLITTER")


async def test_an_item_goes_back_to_the_merchant_who_then_gives_back_for_it(market: Market) -> None:
    (number,) = await suspend(market, "D2")

    await market.release(number, "SPLITTER")
    await market.accept(refunded("1", "50.00"))

    # Half of his own 82.50 and of the 3.00 that came to him; the recovered fee of 0.60 stays.
    assert await market.net(NAMES) == [0, 8_250 + 300 - 60 - 4_125 - 150, 250, 0, 50]
    assert [tuple(row) for row in await market.rows(STANDS)][3] == (3, "SPLITTER")


async def test_a_refund_makes_an_item_smaller(market: Market) -> None:
    (number,) = await suspend(market, "D2")

    await market.accept(refunded("1", "50.00"))

    assert [row["amount_minor"] for row in await market.rows(ITEMS)] == [150]
    await market.unblock("D2")
    assert (await market.release(number, "OWNER")).amount == 150


async def test_a_refund_of_everything_leaves_an_item_of_nothing(market: Market) -> None:
    (number,) = await suspend(market, "D2")

    await market.accept(refunded("1", "100.00"))

    assert [row["amount_minor"] for row in await market.rows(ITEMS)] == [0]
    assert await status_of(market) == "CLAWED_BACK_FULL"
    assert (await market.release(number, "SPLITTER")).amount == 0


async def test_a_blocked_merchants_share_and_delivery_wait_and_the_channel_fee_is_his_debt(market: Market) -> None:
    await market.accept(paid("106.00", item("100.00", delivery="6.00")))
    await market.block("M1")
    await market.accept(SUCCEEDED)

    assert await market.net("2200, 2010 M1, 4030 M1") == [8_850, -64, 64]
    assert [row["amount_minor"] for row in await market.rows(ITEMS)] == [8_850]
    await market.accept(refunded("1", "100.00", delivery="6.00"))
    assert await market.net("2200, 2010 M1") == [0, -64]


@pytest.mark.parametrize(
    ("to", "shares"), [("OWNER", [0, 8_190, 500, 300, 100]), ("SPLITTER", [0, 8_490, 500, 0, 100])]
)
async def test_what_a_rejected_refund_puts_back_follows_a_released_item(
    market: Market, to: str, shares: list[int]
) -> None:
    (number,) = await suspend(market, "D2")
    await market.accept(refunded("1", "50.00"))
    await market.unblock("D2")
    await market.release(number, to)  # type: ignore[arg-type]  # one of the two that there are

    await market.accept(later("refund.rejected", refund="1"))

    assert await market.net(NAMES) == shares
    assert [row["amount_minor"] for row in await market.rows(ITEMS)] == [0]


async def test_what_a_rejected_refund_puts_back_waits_with_the_rest_of_an_open_item(market: Market) -> None:
    await suspend(market, "D2")

    await market.accept(refunded("1", "50.00"), later("refund.rejected", refund="1"))

    assert [row["amount_minor"] for row in await market.rows(ITEMS)] == [300]
    assert await market.net("2200") == [300]


async def test_an_item_that_does_not_exist_is_refused(market: Market) -> None:
    with pytest.raises(SuspenseItemMissing):
        await market.release(999_999, "OWNER")


async def refund_before_the_split(market: Market, *, delivery: str = "") -> None:
    """An order of 100.00, half of it refunded, is split; the refund is still open."""
    line = item("100.00", delivery=delivery) if delivery else item("100.00")
    asked = refunded("1", "50.00", delivery=delivery) if delivery else refunded("1", "50.00")
    await market.accept(paid("106.00" if delivery else "100.00", line), asked, SUCCEEDED)


async def agrees(market: Market) -> bool:
    async with market.database.read(market.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def test_what_a_refund_from_before_the_split_brings_back_waits_for_who_was_blocked_since(market: Market) -> None:
    await refund_before_the_split(market)
    assert await market.net(NAMES) == [0, 4_125 - 30, 250, 150, 50]
    await market.block("D2")

    await market.accept(later("refund.rejected", refund="1"))

    assert await market.net(NAMES) == [150, 8_250 - 60, 500, 150, 100]
    (found,) = await market.rows(ITEMS)
    assert tuple(found)[1:] == ("D2", 150, "The receiver is BLOCKED.", NOW, NOW + timedelta(days=30), "OPEN")
    assert await status_of(market) == "SPLIT_PARTIAL"
    assert await agrees(market)
    await market.unblock("D2")
    assert (await market.release(found["item"], "OWNER")).amount == 150
    assert await market.net(NAMES) == [0, 8_190, 500, 300, 100]
    assert await agrees(market)


async def test_nothing_waits_of_a_line_that_brings_back_nothing_for_the_blocked(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("1", "0.01"), SUCCEEDED)
    await market.block("D3")

    await market.accept(later("refund.rejected", refund="1"))

    assert await market.rows(ITEMS) == []
    assert await status_of(market) == "SPLIT_DONE"
    assert await agrees(market)


async def test_a_later_refund_takes_what_waits_first_and_then_what_its_owner_has(market: Market) -> None:
    await refund_before_the_split(market)
    await market.block("D2")
    await market.accept(later("refund.rejected", refund="1"))

    await market.accept(refunded("2", "40.00"))
    assert await market.net("2200, 2042 D2") == [30, 150]
    assert await agrees(market)
    await market.accept(refunded("3", "40.00"))
    assert await market.net("2200, 2042 D2") == [0, 60]
    assert await agrees(market)

    await market.accept(later("refund.rejected", refund="3"))
    assert await market.net("2200, 2042 D2") == [30, 150]
    assert await agrees(market)
    await market.accept(later("refund.rejected", refund="2"))
    assert await market.net("2200, 2042 D2") == [150, 150]
    assert await agrees(market)


async def test_a_part_that_went_to_the_merchant_is_taken_back_from_him_and_the_rest_from_its_owner(
    market: Market,
) -> None:
    await refund_before_the_split(market)
    await market.block("D2")
    await market.accept(later("refund.rejected", refund="1"))
    (found,) = await market.rows(ITEMS)

    await market.release(found["item"], "SPLITTER")
    assert await market.net(NAMES) == [0, 8_190 + 150, 500, 150, 100]
    assert await agrees(market)
    await market.accept(refunded("2", "80.00"))

    # Of D2's 3.00 2.40 go back: the 1.50 that the merchant got for him, and 0.90 of his own.
    assert await market.net("2010 M1, 2042 D2") == [8_340 - 6_600 - 150, 60]
    assert await agrees(market)
    await market.accept(later("refund.rejected", refund="2"))
    assert await market.net(NAMES) == [0, 8_340, 500, 150, 100]
    assert await agrees(market)


async def test_what_a_refund_took_before_it_waited_comes_back_to_its_owner(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("1", "50.00"), SUCCEEDED, refunded("2", "10.00"))
    await market.block("D2")
    await market.accept(later("refund.rejected", refund="1"))
    assert await market.net("2200, 2042 D2") == [150, 120]

    await market.accept(later("refund.rejected", refund="2"))

    assert await market.net("2200, 2042 D2") == [150, 150]
    assert await agrees(market)


async def test_an_item_that_went_to_its_owner_is_opened_again_when_he_is_blocked_again(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("1", "50.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)
    (first,) = await market.rows(ITEMS)
    await market.unblock("D2")
    await market.release(first["item"], "OWNER")
    await market.block("D2")

    await market.accept(later("refund.rejected", refund="1"))

    (again,) = await market.rows(ITEMS)
    assert (again["item"], again["amount_minor"], again["status"]) == (first["item"], 150, "OPEN")
    assert await market.net("2200, 2042 D2") == [150, 150]
    assert await agrees(market)
    await market.unblock("D2")
    released = await market.release(first["item"], "OWNER")
    assert (released.amount, released.replayed) == (150, False)
    assert await market.net("2200, 2042 D2") == [0, 300]
    assert await agrees(market)


async def test_a_merchant_blocked_since_waits_for_his_part_with_its_delivery_and_is_not_disputed_for_it(
    market: Market,
) -> None:
    await refund_before_the_split(market, delivery="6.00")
    before = (await market.net("2010 M1"))[0]
    await market.block("M1")

    await market.accept(later("refund.rejected", refund="1"))

    # Half of 82.50, and the delivery; what the channel takes of them is his debt.
    assert await market.net("2200, 2010 M1") == [4_725, before - 34]
    assert await agrees(market)
    (found,) = await market.rows(ITEMS)
    await market.unblock("M1")
    await market.release(found["item"], "SPLITTER")
    assert await market.net("2200, 2010 M1") == [0, 8_850 - 64]
    assert await agrees(market)


async def open_twice(market: Market) -> int:
    """An item of 1.50 that went to its owner is opened again with another 1.50; returns its number."""
    await market.accept(paid("100.00"), refunded("1", "50.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)
    (found,) = await market.rows(ITEMS)
    await market.unblock("D2")
    await market.release(found["item"], "OWNER", opening=1)
    await market.block("D2")
    await market.accept(later("refund.rejected", refund="1"))
    await market.unblock("D2")
    return int(found["item"])


async def test_a_late_retry_of_the_first_release_is_answered_with_it_and_moves_nothing_of_the_second_opening(
    market: Market,
) -> None:
    number = await open_twice(market)
    before = await market.count_rows()

    late = await market.release(number, "OWNER", opening=1)

    assert (late.amount, late.opening, late.replayed) == (150, 1, True)
    assert await market.count_rows() == before
    assert await market.net("2200, 2042 D2") == [150, 150]
    with pytest.raises(SuspenseAlreadyReleased):
        await market.release(number, "SPLITTER", opening=1)
    second = await market.release(number, "OWNER", opening=2)
    assert (second.amount, second.opening, second.replayed) == (150, 2, False)
    assert await market.net("2200, 2042 D2") == [0, 300]
    assert await market.release(number, "OWNER", opening=1) == late
    assert await market.release(number, "OWNER", opening=2) == replace(second, replayed=True)
    # Who names none means the last.
    assert await market.release(number, "OWNER") == replace(second, replayed=True)
    rows = await market.rows(
        "SELECT opening, released_to, amount_minor, sequence FROM suspense_release ORDER BY opening"
    )
    assert [tuple(row) for row in rows] == [(1, "OWNER", 150, late.sequence), (2, "OWNER", 150, second.sequence)]
    said = await market.rows("SELECT payload::jsonb -> 'opening' FROM log_event WHERE kind = 'suspense.released'")
    assert [row[0] for row in said] == ["1", "2"]


async def test_what_was_released_before_releases_were_kept_is_found_by_the_migration(market: Market) -> None:
    number = await open_twice(market)
    await market.release(number, "SPLITTER", opening=2)
    script = Path(revision.__file__).with_suffix(".sql").read_text(encoding="utf-8")
    (backfill,) = re.findall(r"DO \$\$.*?\$\$;", script, flags=re.DOTALL)
    kept = (
        "SELECT platform_id, item, amount_minor, sequence, opening, released_to FROM suspense_release ORDER BY opening"
    )

    connection = await asyncpg.connect(market.database.dsn)
    changing = connection.transaction()
    await changing.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        before = await connection.fetch(kept)
        await connection.execute("DELETE FROM suspense_release")
        await connection.execute(backfill)
        after = await connection.fetch(kept)
    finally:
        await changing.rollback()
        await connection.close()

    mine = [tuple(row) for row in after if row["platform_id"] == market.platform_id]
    assert mine == [tuple(row) for row in before if row["platform_id"] == market.platform_id]
    assert [row[4:] for row in mine] == [(1, "OWNER"), (2, "SPLITTER")]


@pytest.mark.parametrize("opening", [-1, 0, 3])
async def test_an_opening_that_never_was_is_refused(market: Market, opening: int) -> None:
    number = await open_twice(market)
    before = await market.count_rows()

    with pytest.raises(SuspenseOpeningMissing) as refused:
        await market.release(number, "OWNER", opening=opening)

    assert refused.value.facts == {"item": number, "times": 2, "opening": opening}
    assert await market.count_rows() == before


@pytest.mark.parametrize("end", ["block", "close"])
async def test_a_merchant_who_cannot_be_credited_gets_nobody_elses_share(market: Market, end: str) -> None:
    (number,) = await suspend(market, "D2")
    await getattr(market, end)("M1")
    before = await market.count_rows()

    with pytest.raises(PartyNotActive) as refused:
        await market.release(number, "SPLITTER")

    assert (refused.value.field, refused.value.facts["reference"]) == (("to",), "M1")
    assert await market.count_rows() == before
    assert await market.net(NAMES) == [300, 8_190, 500, 0, 100]


async def test_a_closed_owner_gets_what_is_his(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.close("M1")
    await market.close("D2")
    await market.accept(SUCCEEDED)
    merchants, distributors = [row["item"] for row in await market.rows(ITEMS)]

    with pytest.raises(PartyNotActive):
        await market.release(distributors, "SPLITTER")
    await market.release(distributors, "OWNER")
    # His own goes to him either way.
    await market.release(merchants, "SPLITTER")

    assert await market.net(NAMES) == [0, 8_190, 500, 300, 100]
    assert await agrees(market)


async def release_to_the_merchant(market: Market) -> int:
    """
    Half of an order is refunded before the split and waits for its decision; the 1.50 of D2, who was blocked, went to
    the merchant, who is blocked since.
    """
    await market.accept(paid("100.00"), refunded("1", "50.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)
    (found,) = await market.rows(ITEMS)
    await market.release(found["item"], "SPLITTER")
    assert await market.net(NAMES) == [0, 4_125 - 30 + 150, 250, 0, 50]
    await market.block("M1")
    return int(found["item"])


async def test_what_would_follow_to_a_blocked_merchant_waits_and_what_he_was_given_stays_his(market: Market) -> None:
    number = await release_to_the_merchant(market)

    await market.accept(later("refund.rejected", refund="1"))

    # His own other half of 82.50 waits, too; the channel's fee is his debt.
    assert await market.net(NAMES) == [4_125 + 150, 4_245 - 30, 500, 0, 100]
    found = {row["owner"]: row for row in await market.rows(ITEMS)}
    assert {owner: (row["amount_minor"], row["reason"]) for owner, row in found.items()} == {
        "M1": (4_125, "The receiver is BLOCKED."),
        "D2": (150, "The merchant it was released to is BLOCKED."),
    }
    assert found["D2"]["item"] == number
    assert await agrees(market)
    for to in ("OWNER", "SPLITTER"):
        with pytest.raises(PartyNotActive):
            await market.release(number, to)  # type: ignore[arg-type]  # one of the two that there are
    # 80.00 of 100.00: what waits first, then what the merchant was given for D2.
    await market.accept(refunded("2", "80.00"))
    assert await market.net("2200, 2010 M1") == [0, 4_215 - (6_600 - 4_125) - (240 - 150)]
    assert await agrees(market)
    await market.accept(later("refund.rejected", refund="2"))
    assert await market.net(NAMES) == [4_275, 4_215, 500, 0, 100]
    assert await agrees(market)


@pytest.mark.parametrize(
    ("to", "freed", "shares"), [("OWNER", "D2", [0, 8_340, 500, 150, 100]), ("SPLITTER", "M1", [0, 8_490, 500, 0, 100])]
)
async def test_a_share_that_waits_once_more_goes_either_way_and_is_taken_back_from_where_it_is(
    market: Market, to: str, freed: str, shares: list[int]
) -> None:
    number = await release_to_the_merchant(market)
    await market.accept(later("refund.rejected", refund="1"))
    await market.unblock("M1")
    if freed == "D2":
        await market.unblock("D2")

    await market.release(number, to, opening=2)  # type: ignore[arg-type]  # one of the two that there are

    own = next(row["item"] for row in await market.rows(ITEMS) if row["owner"] == "M1")
    await market.release(own, "OWNER")
    assert await market.net(NAMES) == shares
    assert await agrees(market)
    # What the merchant was given for D2 goes first, then what D2 has.
    await market.accept(refunded("2", "80.00"))
    left = {"OWNER": [8_340 - 6_600 - 150, 150 - 90], "SPLITTER": [8_490 - 6_600 - 240, 0]}
    assert await market.net("2010 M1, 2042 D2") == left[to]
    assert await agrees(market)
    await market.accept(later("refund.rejected", refund="2"))
    assert await market.net(NAMES) == shares
    assert await agrees(market)


async def test_a_share_that_waited_twice_and_went_to_its_owner_waits_a_third_time_for_him(market: Market) -> None:
    await market.accept(paid("100.00"), refunded("0", "20.00"), refunded("1", "50.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)
    (found,) = await market.rows(ITEMS)
    await market.release(found["item"], "SPLITTER")
    await market.block("M1")
    await market.accept(later("refund.rejected", refund="1"))
    await market.unblock("D2")
    await market.release(found["item"], "OWNER")
    assert await market.net("2042 D2") == [150]
    await market.block("D2")

    await market.accept(later("refund.rejected", refund="0"))

    rows = await market.rows(
        "SELECT amount_minor, given_minor, outside_minor, times FROM suspense_item ORDER BY rank DESC"
    )
    assert tuple(rows[0]) == (60, 90, 150, 3)
    assert await agrees(market)
    await market.accept(refunded("2", "100.00"))
    assert await market.net("2200, 2010 M1, 2042 D2") == [0, -60, 0]
    assert await agrees(market)


@pytest.mark.parametrize(("to", "end"), [("OWNER", "D2"), ("SPLITTER", "M1")])
async def test_what_a_rejected_refund_puts_back_waits_where_it_would_follow_to_who_cannot_be_credited(
    market: Market, to: str, end: str
) -> None:
    (number,) = await suspend(market, "D2")
    await market.accept(refunded("1", "50.00"))
    await market.unblock("D2")
    await market.release(number, to)  # type: ignore[arg-type]  # one of the two that there are
    before = await market.net("2010 M1, 2042 D2")
    await market.close(end)

    await market.accept(later("refund.rejected", refund="1"))

    (found,) = await market.rows(ITEMS)
    assert (found["item"], found["amount_minor"], found["status"]) == (number, 150, "OPEN")
    # The merchant has his own half back: he gave it, so it is his.
    assert await market.net("2200, 2010 M1, 2042 D2") == [150, before[0] + 4_125, before[1]]
    assert await agrees(market)


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE suspense_item SET given_minor = -1", "merchant_was_given_no_debt"),
        ("UPDATE suspense_item SET given_minor = 1 WHERE rank = 0", "released_part_is_in_one_place"),
        ("UPDATE suspense_item SET status = 'OWNER', amount_minor = 0, outside_minor = 0", "PARTY_NOT_ACTIVE"),
        ("UPDATE suspense_item SET status = 'SPLITTER', amount_minor = 0, given_minor = 0", "PARTY_NOT_ACTIVE"),
        (
            "INSERT INTO suspense_release SELECT platform_id, item, 0, 1, 2, 'OWNER' FROM suspense_item WHERE rank > 0",
            "RELEASE_ASTRAY",
        ),
        (
            "INSERT INTO suspense_release SELECT platform_id, item, 0, 1, opening, released_to FROM suspense_release",
            "opening_is_released_once",
        ),
        ("UPDATE suspense_release SET amount_minor = 0", "permission denied"),
    ],
)
async def test_the_database_refuses_a_release_that_cannot_be(market: Market, statement: str, law: str) -> None:
    await release_to_the_merchant(market)
    await market.accept(later("refund.rejected", refund="1"))

    with pytest.raises(Exception, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE suspense_item SET outside_minor = -1", "suspense_leaves_no_debt"),
        ("UPDATE suspense_item SET status = 'OWNER', amount_minor = 0", "released_share_is_whole_again"),
    ],
)
async def test_the_database_refuses_an_item_that_says_what_cannot_be(market: Market, statement: str, law: str) -> None:
    await refund_before_the_split(market)
    await market.block("D2")
    await market.accept(later("refund.rejected", refund="1"))

    with pytest.raises(Exception, match=law):
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)


async def test_a_share_that_waits_again_keeps_its_place_between_two_pages(market: Market) -> None:
    await market.block("D2")
    await market.accept(paid("100.00"), SUCCEEDED)
    await market.accept(
        {**paid("100.00", key="other"), "order": "O2"}, {**SUCCEEDED, "id": "other done", "order": "O2"}
    )
    async with market.database.read(market.platform_id) as conn:
        (first,) = await list_suspense_items(conn, scope=None, status="OPEN", span=Span(1))

    async with market.database.write(market.platform_id) as conn:
        await conn.execute(
            "UPDATE suspense_item SET deadline = deadline + interval '30 days' WHERE platform_id = $1 AND item = $2",
            market.platform_id,
            first.item,
        )

    async with market.database.read(market.platform_id) as conn:
        rest = await list_suspense_items(conn, scope=None, status="OPEN", span=Span(9, after=(first.item,)))
        backward = await list_suspense_items(conn, scope=None, status="OPEN", span=Span(9, backward=True))
    assert [row.order_reference for row in (first, *rest)] == ["O1", "O2"]
    assert [row.order_reference for row in backward] == ["O2", "O1"]
