"""Who cannot be credited at the split waits in suspense, with a reason and a date, until somebody decides."""

from datetime import timedelta

import pytest

from ledger.charging.errors import SuspenseAlreadyReleased, UnknownSuspenseItem
from ledger.parties.errors import PartyNotActive
from tests.ledger.charging.market import NOW, Market
from tests.oracle.small_world import SUCCEEDED, item, later, paid, refunded

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
    assert (replayed.amount, replayed.replayed) == (0, True)
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
    with pytest.raises(UnknownSuspenseItem):
        await market.release(999_999, "OWNER")
