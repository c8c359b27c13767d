"""How verify reads: whole tables are set beside each other in time that grows with them, whatever is known of them."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from ledger.db.connecting import Database
from ledger.verify import sql
from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.verifying import CHECKS
from tests.ledger.charging.market import Market
from tests.oracle.small_world import SUCCEEDED, paid

ASKED: list[tuple[str, tuple[Any, ...]]] = []


class Noted(Snapshot):
    """A snapshot that keeps what it was asked."""

    async def stream(self, statement: str, *arguments: Any) -> AsyncIterator[Row]:
        ASKED.append((statement, arguments))
        async for row in super().stream(statement, *arguments):
            yield row


# Of these a platform has one row, or one a follower.
SMALL = {"log_head", "log_follower"}


def list_loops(node: dict[str, Any]) -> Iterator[str]:
    """The joins of a plan that compare each row of one side with each of the other, look-ups row by row left out."""
    if node["Node Type"] == "Nested Loop" and "Join Filter" in node:
        inner = node["Plans"][1]
        while inner["Node Type"] in ("Materialize", "Bitmap Heap Scan") and "Relation Name" not in inner:
            inner = inner["Plans"][0]
        if inner["Node Type"] != "Aggregate" and inner.get("Relation Name") not in SMALL:
            yield node["Join Filter"]
    for below in node.get("Plans", ()):
        yield from list_loops(below)


async def test_no_check_compares_each_row_with_each_even_where_nobody_has_counted_them(database: Database) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED)
    ASKED.clear()

    async with database.read(market.platform_id) as conn:
        await sql.take_time(conn)
        platform = await sql.find_platform(conn)
        assert platform is not None
        snapshot = Noted(conn, platform["reference"], lambda _check, _read: None, 1_000, [])
        for name, check in CHECKS:
            snapshot.check = name
            assert await check(snapshot) is None
        plans = [
            json.loads(await conn.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
            for statement, arguments in ASKED
        ]

    assert len(plans) > len(CHECKS) // 2
    assert [loop for (plan,) in plans for loop in list_loops(plan["Plan"])] == []
