"""What a party sees of the log is what a filter of the whole log would leave, whichever stretch of it is asked for."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import cycle

import pytest

from app.demo.marketplace import Marketplace
from ledger.actor import Actor
from ledger.charging.parsing import parse_event
from ledger.charging.plan import parse_plan
from ledger.charging.publishing import publish_plan
from ledger.charging.recording import record_order_events
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.parties.moving import move_party
from ledger.parties.parsing import parse_party
from ledger.parties.registering import register_parties
from ledger.reporting import orders
from ledger.reporting.history import list_history
from ledger.reporting.log import LogRecord, read_log, read_log_of
from ledger.reporting.model import Span
from ledger.reporting.orders import OrderFilter, list_orders
from tests.platforms import open_platform

ACTOR, NOW = Actor("test"), datetime(2026, 1, 5, tzinfo=UTC)
KINDS = (None, ["order.paid"], ["ENTRY", "party.registered"])


@pytest.fixture(scope="module")
async def conn(module_database: str) -> AsyncIterator[Connection]:
    """A snapshot of a demo that came in batches of 1 to 90 events, with parties that moved in between."""
    database = await Database.connect(module_database, writers=1, readers=1)
    marketplace = Marketplace(orders=60, seed=11)
    operator, *others = [parse_party(party) for party in marketplace.generate_parties()]
    platform = await open_platform(database, operator=operator, actor=ACTOR, now=NOW)
    async with database.write(platform.platform_id) as writing:
        await register_parties(writing, drafts=others, actor=ACTOR, now=NOW)
        for plan in marketplace.fee_plans():
            await publish_plan(writing, plan=parse_plan(plan), actor=ACTOR, now=NOW)
    events = [parse_event(event) for event in marketplace.generate_events()]
    moved = cycle((("D-000003", "D-000001"), ("A-CN-0003", "A-CN-0001"), ("D-000003", "D-000002")))
    sizes = cycle((1, 90, 7, 30))
    while events:
        size = next(sizes)
        async with database.write(platform.platform_id) as writing:
            await record_order_events(writing, events=events[:size], actor=ACTOR, now=NOW, source="IMPORT")
            reference, to = next(moved)
            await move_party(writing, reference=reference, to=to, actor=ACTOR, now=NOW)
        events = events[size:]
    async with database.read(platform.platform_id) as reading:
        yield reading
    await database.close()


async def list_parties(conn: Connection) -> dict[str, int]:
    rows = await conn.fetch("SELECT reference, party_id FROM party ORDER BY party_id")
    return {row["reference"]: row["party_id"] for row in rows}


@pytest.fixture(scope="module")
async def whole(conn: Connection) -> list[LogRecord]:
    return await read_log(conn, after=0, limit=1_000_000)


async def test_a_stretch_is_the_filtered_log_up_to_where_it_says(conn: Connection, whole: list[LogRecord]) -> None:
    draw = random.Random(1)
    seen = 0
    for party_id in (await list_parties(conn)).values():
        after, reach, limit = draw.randrange(len(whole)), draw.randrange(1, len(whole)), draw.choice((1, 3, 40, 5_000))

        found = await read_log_of(conn, root_id=party_id, after=after, reach=reach, limit=limit)

        assert found is not None
        expected = [each for each in whole if after < each.sequence <= found.through and party_id in each.circle]
        assert found.records == expected
        assert len(expected) <= limit
        assert found.is_last == (found.through == len(whole))
        assert found.through == min(after + reach, len(whole)) or len(expected) == limit
        seen += len(expected)
    assert seen > 500


async def test_history_is_the_filtered_log_in_both_directions(conn: Connection, whole: list[LogRecord]) -> None:
    draw = random.Random(2)
    seen = 0
    for reference, party_id in (await list_parties(conn)).items():
        kinds = draw.choice(KINDS)
        low, high = sorted(draw.randrange(len(whole) + 1) for _ in range(2))
        after, before = draw.choice((None, (low,))), draw.choice((None, (high,)))
        span = Span(draw.choice((1, 3, 40)), draw.choice((True, False)), after, before)

        found = await list_history(conn, scope=None, kinds=kinds, party=reference, span=span)

        expected = [
            each.sequence
            for each in (reversed(whole) if span.backward else whole)
            if party_id in each.circle and (kinds is None or each.kind in kinds)
            if (after is None or each.sequence > low) and (before is None or each.sequence < high)
        ]
        assert [record.sequence for record in found] == expected[: span.limit]
        seen += len(found)
    assert seen > 100


@pytest.mark.parametrize("look_up", [0, 10, 10**9])
async def test_the_orders_of_a_party_are_those_with_a_line_of_it(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, look_up: int
) -> None:
    monkeypatch.setattr(orders, "_LOOK_UP", look_up)
    rows = await conn.fetch(
        """
        SELECT h.reference, l.chain || l.merchant_id || l.agent_id AS parties
        FROM order_head AS h INNER JOIN order_line AS l ON l.order_reference = h.reference ORDER BY h.sequence DESC
        """
    )
    seen = 0
    for reference, party_id in (await list_parties(conn)).items():
        found = await list_orders(conn, scope=None, matching=OrderFilter(party=reference), span=Span(1_000))

        expected = dict.fromkeys(row["reference"] for row in rows if party_id in row["parties"])
        assert [order.reference for order in found] == list(expected)
        seen += len(found)
    assert seen > 100
