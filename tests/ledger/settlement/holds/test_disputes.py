"""A chargeback holds the merchant's share while it is open, as the log tells."""

from ledger.settlement.holds.disputes import follow_disputes, read_disputes
from ledger.settlement.sheets.model import Status
from tests.ledger.charging.market import Document, Market
from tests.ledger.settlement.holds.telling import HOLDS, NOW, SYSTEM
from tests.ledger.settlement.sheets.world import World, payout
from tests.oracle.small_world import PARTIES, SUCCEEDED, later, paid

DETAILS = "SELECT release_rule, dispute_reference, order_reference, line_reference, expected_release_date FROM hold"


def charged_back(amount: str, dispute: str = "C1", **more: str) -> Document:
    said = {"id": f"charged back {dispute}", "dispute": dispute, "amount": amount, "fee": "15.00"}
    return {**later("order.charged_back"), **said, **more}


def decided(how: str, dispute: str = "C1", **more: str) -> Document:
    return {**later(f"chargeback.{how}"), "id": f"{how} {dispute}", "dispute": dispute, **more}


async def follow(market: Market) -> int:
    async with market.database.write(market.platform_id) as conn:
        told = await read_disputes(conn)
        return 0 if told is None else await follow_disputes(conn, told=told, now=NOW, actor=SYSTEM)


async def test_the_merchants_share_is_held_until_the_chargeback_is_won(market: Market) -> None:
    await market.accept(charged_back("60.00"))

    assert await follow(market) > 0

    # 60 % of the 82.50 that the merchant got of the order's 100.00.
    assert await market.net("2010 M1, 2050 M1") == [8_190 - 4_950, 4_950]
    (row,) = await market.rows(DETAILS)
    assert [str(value) for value in row] == ["BY_DISPUTE", "C1", "O1", "1", "2025-06-30"]
    # Its own records are in the log now; nothing more comes of them.
    await follow(market)
    assert await follow(market) == 0

    await market.accept(decided("won"))
    await follow(market)

    assert await market.net("2010 M1, 2050 M1") == [8_190, 0]
    assert [row["lifted_minor"] for row in await market.rows(HOLDS)] == [4_950]


async def test_the_share_of_a_dispute_that_is_defended_stays_on_hold(market: Market) -> None:
    await market.accept(charged_back("60.00"))
    await follow(market)

    await market.accept(decided("defended"))
    await follow(market)

    assert await market.net("2010 M1, 2050 M1") == [8_190 - 4_950, 4_950]


async def test_what_was_defended_before_the_split_is_held_from_the_split_on(market: Market) -> None:
    other = {"order": "O2"}
    await market.accept(
        {**paid("100.00"), "id": "paid O2", **other},
        charged_back("60.00", **other),
        decided("defended", **other),
        {**SUCCEEDED, "id": "succeeded O2", **other},
    )

    await follow(market)

    assert await market.net("2050 M1") == [4_950]


async def test_what_is_lost_by_split_is_taken_from_what_was_held(market: Market) -> None:
    await market.accept(charged_back("60.00"))
    await follow(market)

    await market.accept(decided("lost", liability="SPLIT"))
    await follow(market)

    assert await market.net("2010 M1, 2050 M1, 2041 D1, 1130") == [8_190 - 4_950, 0, 500 - 300, 0]


async def test_what_was_decided_before_anybody_looked_is_never_held(market: Market) -> None:
    await market.accept(charged_back("60.00"), decided("won"))

    await follow(market)

    assert await market.rows(HOLDS) == []


async def test_each_dispute_of_an_order_has_its_own_hold(market: Market) -> None:
    await market.accept(charged_back("20.00"), charged_back("10.00", "C2"))
    await follow(market)
    await market.accept(decided("won"))

    await follow(market)

    left = [row["amount_minor"] - row["lifted_minor"] for row in await market.rows(HOLDS)]
    assert left == [0, 825]
    assert await market.net("2050 M1") == [825]


async def test_an_order_that_is_not_split_has_nothing_to_hold(market: Market) -> None:
    other = {"order": "O2"}
    await market.accept({**paid("50.00"), "id": "paid O2", **other}, charged_back("50.00", **other))

    await follow(market)

    assert await market.rows(HOLDS) == []


async def test_what_was_in_dispute_before_the_split_is_held_from_the_split_on(market: Market) -> None:
    other = {"order": "O2"}
    await market.accept(
        {**paid("100.00"), "id": "paid O2", **other},
        charged_back("60.00", **other),
        charged_back("10.00", "C2", **other),
        charged_back("5.00", "C3", **other),
        decided("won", "C3", **other),
    )
    await follow(market)
    before = await market.net("2010 M1, 2050 M1")

    await market.accept({**SUCCEEDED, "id": "succeeded O2", **other})
    await follow(market)

    # 60 % and 10 % of the 82.50 that are his since; the channel's fee is 0.60.
    assert await market.net("2010 M1, 2050 M1") == [before[0] + 8_250 - 60 - 4_950 - 825, 4_950 + 825]
    holds = await market.rows("SELECT dispute_reference, order_reference, amount_minor FROM hold ORDER BY hold_id")
    assert [tuple(row) for row in holds] == [("C1", "O2", 4_950), ("C2", "O2", 825)]

    await market.accept(decided("won", **other), decided("lost", "C2", liability="SPLIT", **other))
    await follow(market)

    assert await market.net("2010 M1, 2050 M1") == [before[0] + 8_250 - 60 - 825, 0]


async def test_what_is_decided_before_the_split_is_never_held(market: Market) -> None:
    other = {"order": "O2"}
    await market.accept(
        {**paid("100.00"), "id": "paid O2", **other},
        charged_back("60.00", **other),
        decided("lost", liability="PLATFORM", **other),
        charged_back("10.00", "C2", **other),
        decided("won", "C2", **other),
        {**SUCCEEDED, "id": "succeeded O2", **other},
    )

    await follow(market)

    assert await market.rows(HOLDS) == []


async def test_what_was_in_suspense_is_held_once_it_leaves_it(market: Market) -> None:
    other = {"order": "O2"}
    await market.accept({**paid("100.00"), "id": "paid O2", **other})
    await market.block("M1")
    await market.accept({**SUCCEEDED, "id": "succeeded O2", **other}, charged_back("60.00", **other))
    await follow(market)
    assert await market.rows(HOLDS) == []

    await market.unblock("M1")
    (item,) = await market.rows("SELECT item FROM suspense_item")
    await market.release(item["item"], "OWNER")
    await follow(market)

    assert [tuple(row)[1:] for row in await market.rows(HOLDS)] == [("M1", "2010", 4_950, 0)]


async def test_the_disputed_share_of_a_split_is_held_where_the_merchant_is_owed_it(market: Market) -> None:
    other = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "currency": "CNY"}
    market = await Market.open(market.database, parties=[*PARTIES, other])
    await market.accept(paid("100.00", settlingEntity="LE2"), charged_back("60.00"), SUCCEEDED)

    await follow(market)

    held = {key: credit - debit for key, (debit, credit) in (await market.accounts()).items() if key[1] == "2050"}
    assert held == {("LE2", "2050", "M1", "CNY"): 4_950}


async def test_what_was_closed_is_held_of_its_sheet_and_what_was_paid_not_at_all(market: Market) -> None:
    world = World(market.database, market.platform_id)
    await world.set_terms(party="M1", confirmation="NONE")
    await world.settle("2026-01-02")
    sheet = next(each for each in await world.sheets("M1") if each.total)
    assert await world.take(payout(sheet, sheet.payable - 3_000)) == [""]
    await market.accept(charged_back("60.00"))

    await follow(market)

    held = await world.sheet(sheet.sheet_id)
    assert (held.total, held.held, held.payable) == (8_190, 3_000, 0)
    assert [tuple(row)[1:] for row in await market.rows(HOLDS)] == [("M1", "2015", 3_000, 0)]

    await market.accept(decided("won"))
    await follow(market)

    freed = await world.sheet(sheet.sheet_id)
    assert (freed.held, freed.payable, freed.status) == (0, 3_000, Status.PAYMENT_PENDING)


async def test_a_platform_without_disputes_only_reads_on(market: Market) -> None:
    first = await follow(market)

    assert first > 0
    assert await follow(market) == 0
    await market.accept({**paid("5.00"), "id": "paid O3", "order": "O3"}, {**SUCCEEDED, "id": "s O3", "order": "O3"})
    assert 0 < await follow(market) < first + 10


async def test_the_share_is_held_where_the_merchant_is_owed_it(market: Market) -> None:
    other = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "currency": "CNY"}
    market = await Market.open(market.database, parties=[*PARTIES, other])
    await market.accept(paid("100.00", settlingEntity="LE2"), SUCCEEDED, charged_back("60.00"))

    await follow(market)

    held = {key: credit - debit for key, (debit, credit) in (await market.accounts()).items() if key[1] == "2050"}
    assert held == {("LE2", "2050", "M1", "CNY"): 4_950}
