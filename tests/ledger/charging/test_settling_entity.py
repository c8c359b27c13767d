"""One entity collects, another owes the parties: both books balance, and what stands between them is the same."""

import json
from typing import Any

from ledger.journal.model import Refused
from ledger.verify.verifying import verify
from tests.ledger.charging.market import Market
from tests.oracle.small_world import PARTIES, SUCCEEDED, UNFROZEN, item, later, paid, refunded

OTHER = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "timeZone": "America/New_York"}
Balances = dict[tuple[str, str, str], int]


async def open_market(market: Market) -> Market:
    return await Market.open(market.database, parties=[*PARTIES, OTHER])


async def balances(market: Market) -> Balances:
    """What stands on each account's credit side, by entity, code and party; without those at zero."""
    found = await market.accounts()
    nets = {(entity, code, party): credit - debit for (entity, code, party, _), (debit, credit) in found.items()}
    return {key: net for key, net in nets.items() if net}


def across(amount: str = "100.00", *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return paid(amount, *items, settlingEntity="LE2", **more)


async def check(market: Market) -> None:
    """Both books balance, and everything derived is what the lines say."""
    totals: dict[str, int] = {}
    for (entity, _, _), net in (await balances(market)).items():
        totals[entity] = totals.get(entity, 0) + net
    assert set(totals.values()) <= {0}
    async with market.database.read(market.platform_id) as conn:
        report = await verify(conn)
    assert report.disagreement is None, report.disagreement.sentence


async def test_what_is_collected_here_is_owed_there(market: Market) -> None:
    market = await open_market(market)

    await market.accept(across(), SUCCEEDED)

    assert await balances(market) == {
        ("LE", "1100", ""): -9_940,
        ("LE", "5010", ""): -60,
        ("LE", "2900", ""): 10_000,
        ("LE2", "1900", ""): -10_000,
        ("LE2", "2010", "M1"): 8_190,
        ("LE2", "4000", ""): 755,
        ("LE2", "2105", ""): 45,
        ("LE2", "2041", "D1"): 500,
        ("LE2", "2042", "D2"): 300,
        ("LE2", "2043", "D3"): 100,
        ("LE2", "2020", "A1"): 50,
        ("LE2", "4030", "M1"): 60,
    }
    await check(market)


async def test_a_full_refund_leaves_nothing_between_them(market: Market) -> None:
    market = await open_market(market)
    discount = [{"code": "C", "amount": "10.00", "bornBy": "PLATFORM"}]

    await market.accept(across("90.00", item("100.00"), discounts=discount), SUCCEEDED)
    await market.accept(refunded("1", "33.33"), refunded("2", "66.67"))

    left = await balances(market)
    assert ("LE", "2900", "") not in left
    assert ("LE2", "1900", "") not in left
    assert ("LE", "5020", "") not in left
    assert left["LE", "2070", ""] == 9_000
    await check(market)


async def test_a_refund_that_is_rejected_stands_as_before_in_both(market: Market) -> None:
    market = await open_market(market)
    await market.accept(across(), SUCCEEDED)
    before = await balances(market)

    await market.accept(refunded("1", "33.33"), later("refund.rejected", refund="1"))

    assert await balances(market) == before
    await check(market)


async def test_a_refund_before_the_split_that_is_rejected_after_it_is_split_there(market: Market) -> None:
    market = await open_market(market)
    await market.accept(across(), refunded("1", "30.00"), SUCCEEDED, later("refund.rejected", refund="1"))

    left = await balances(market)
    assert (left["LE", "2900", ""], left["LE2", "1900", ""]) == (10_000, -10_000)
    await check(market)


async def test_fees_suspense_and_disputes_follow_the_entity_that_owes(market: Market) -> None:
    market = await open_market(market)
    await market.accept(across())
    await market.block("D2")
    await market.accept(SUCCEEDED, UNFROZEN, refunded("1", "10.00"))
    await market.accept(later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.06"}]))
    (row,) = await market.rows("SELECT item FROM suspense_item")
    await market.release(row["item"], "SPLITTER")
    await market.accept(later("order.charged_back", dispute="X", amount="60.00", fee="5.00"))
    await market.accept(later("chargeback.lost", dispute="X", liability="SPLIT"))

    left = await balances(market)
    (event,) = await market.rows("SELECT payload FROM log_event WHERE kind = 'order.charged_back'")
    assert json.loads(event["payload"])["settlingEntity"] == "LE2"
    assert (left["LE", "2900", ""], left["LE2", "1900", ""]) == (3_000, -3_000)
    assert left["LE", "1105", ""] == -(9_940 + 6 - 6_500)
    assert ("LE2", "2200", "") not in left
    await check(market)


async def test_a_further_payment_under_another_settling_entity_is_told_what_the_first_one_named(market: Market) -> None:
    market = await open_market(market)
    await market.accept(across())

    (outcome,) = await market.record(paid("10.00", item("10.00", line="2"), key="again", channelTransaction="t2"))

    assert isinstance(outcome, Refused)
    assert outcome.error.field == ("settlingEntity",)
    assert outcome.error.facts == {"order": "O1", "currency": "CNY"}
    assert str(outcome.error) == (
        "A further payment of order O1 names the legal entities of the first, and its currency, CNY."
    )


async def test_the_settling_entity_is_frozen_on_the_order_and_the_same_one_is_none(market: Market) -> None:
    market = await open_market(market)
    second = {"key": "again", "channelTransaction": "t2"}

    await market.accept(across())
    assert await market.refuse(paid("10.00", item("10.00", line="2"), **second)) == "ORDER_MISMATCH"
    assert await market.refuse({**across(key="x"), "order": "O2", "settlingEntity": "M1"}) == "PARTY_OF_KIND_MISSING"
    await market.accept(across("10.00", item("10.00", line="2"), **second))
    await market.accept({**paid("5.00", key="own"), "order": "O3", "settlingEntity": "LE"})

    rows = await market.rows("SELECT reference, settling_book_id IS NULL AS own FROM order_head ORDER BY reference")
    assert [tuple(row) for row in rows] == [("O1", False), ("O3", True)]


async def test_each_book_has_the_day_of_its_own_zone(market: Market) -> None:
    market = await open_market(market)

    # Two in the morning in Shanghai, where LE is by its operator, is the afternoon before in New York.
    at = {"occurredAt": "2025-03-02T18:00:00Z"}
    await market.accept({**across(), "occurredAt": "2025-03-01T18:00:00Z"}, {**SUCCEEDED, **at})

    rows = await market.rows("SELECT template, business_date::text AS day FROM entry ORDER BY sequence")
    assert [tuple(row) for row in rows][2:] == [("SPLIT", "2025-03-02"), ("SPLIT_DUE", "2025-03-03")]
