"""Distributors are moved while orders are posted: an order keeps the tree as it stood at its place in the log."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.parties.moving import move_party
from ledger.verify.verifying import verify
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.oracle.small_world import PARTIES, paid

ORDERS = 24
MOVES = ("D4", "D3", "D2", "D4", "D3", "D2", "D4", "D2")
TREE = [*PARTIES, {"reference": "D4", "kind": "DISTRIBUTOR", "name": "Fourth", "parent": "D3"}]


@pytest.fixture
async def market(fresh_database: str) -> AsyncIterator[Market]:
    database = await Database.connect(fresh_database)
    yield await Market.open(database, parties=TREE)
    await database.close()


async def test_an_order_keeps_the_chain_of_its_place_in_the_log_whoever_moves_meanwhile(market: Market):
    (start,) = await market.rows(
        "SELECT (SELECT parent_id FROM party WHERE reference = 'D1') AS parent,"
        " (SELECT party_id FROM party WHERE reference = 'D1') AS party"
    )

    async def sell() -> None:
        for number in range(ORDERS):
            order = f"O{number}"
            more = {"order": order, "channelTransaction": order}
            await market.accept(
                {**paid("100.00", key=f"{order} paid"), **more},
                {"event": "order.succeeded", "id": f"{order} ok", "order": order, "occurredAt": "2025-03-02T00:00:00Z"},
            )

    async def move() -> None:
        for to in MOVES:
            async with market.database.write(market.platform_id) as conn:
                await move_party(conn, reference="D1", to=to, actor=ACTOR, now=NOW)
            await asyncio.sleep(0)

    async def tie_a_loop() -> None:
        refused = 0
        for _ in MOVES:
            try:
                async with market.database.write(market.platform_id) as conn:
                    await move_party(conn, reference="D3", to="D1", actor=ACTOR, now=NOW)
            except LedgerError as refusal:
                refused += refusal.code == "PARTY_LOOP"
        assert refused == len(MOVES)

    await asyncio.gather(sell(), move(), tie_a_loop())

    moves = await market.rows(
        "SELECT sequence, to_parent_id FROM party_move WHERE party_id = $1 ORDER BY sequence", start["party"]
    )
    orders = await market.rows(
        "SELECT h.sequence, l.chain FROM order_head AS h INNER JOIN order_line AS l ON l.order_reference = h.reference"
    )
    assert len(orders) == ORDERS
    for order in orders:
        before = [move["to_parent_id"] for move in moves if move["sequence"] < order["sequence"]]
        assert order["chain"][:2] == [start["party"], before[-1] if before else start["parent"]]
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
