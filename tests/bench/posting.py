"""post_entries: two-line entries over 100,000 accounts with three ancestors each, all features on."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg

from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from tests.bench import plain
from tests.bench.marketplaces import ACTOR, Marketplace, Member, open_marketplace
from tests.bench.measuring import (
    Clock,
    Effort,
    Taken,
    alternate,
    cpu_per_item,
    list_backends,
    rates,
    settled,
)
from tests.bench.tables import Row, Topic

ACCOUNTS = 100_000
AGENTS, REGIONS = 1_000, 20
# How many entries a run posts, by the size of its batches: each some seconds at most.
ENTRIES = {1: 500, 10: 3_000, 100: 10_000, 1_000: 40_000}

Drafts = list[EntryDraft]


async def measure(dsn: str, effort: Effort) -> Topic:
    """Batches of 1 to 1,000; then batches of 1,000 two at a time, and with one hot account in every entry."""
    async with open_marketplace(dsn) as market, AsyncExitStack() as stack:
        bench = await Bench.open(market, effort)
        floor = await PlainTables.open(market, stack)
        await bench.compare("statements are prepared", 100, floor, in_flight=2, total=1_000)
        rows = [await bench.compare(f"batches of {batch:,}", batch, floor) for batch in ENTRIES]
        rows.append(await bench.compare("batches of 1,000, two in flight", 1_000, floor, in_flight=2))
        hot = [
            ("every entry on one account of the platform (1100), in turn", bench.platform_account, 1),
            ("every entry on one account of the platform (1100), two in flight", bench.platform_account, 2),
            ("every entry on one merchant's account (2010), two in flight", bench.merchant_account, 2),
        ]
        for name, key, in_flight in hot:
            rows.append(await bench.compare(name, 1_000, floor, in_flight=in_flight, hot=key))
    return Topic(
        "posting",
        f"post_entries: two-line entries over {bench.accounts:,} accounts, three ancestors each",
        "the same entries, lines and subtree rows into plain tables by one prepared statement a batch.",
        rows,
        market.server,
        (
            "Target: 20,000 entries/s at 1,000; at most 10 % slower on a hot account. Two in flight: as the importer's"
            " pipeline, on two connections; the floor then has two, too.",
        ),
    )


class Beside(Protocol):
    """What writes the same drafts beside ours. Of it only `write` is measured, one batch at a time on each `lane`."""

    def prepare(self, drafts: Drafts) -> Any:
        """What `write` takes for a batch."""

    async def write(self, prepared: Any, *, lane: int) -> None:
        """Write a batch and commit."""


class PlainTables:
    """The floor: plain statements, on two connections."""

    def __init__(self, market: Marketplace, connections: Sequence[asyncpg.Connection]) -> None:
        self._market = market
        self._connections = connections
        self._today = datetime.now(UTC).date()
        self._next = 1

    @classmethod
    async def open(cls, market: Marketplace, stack: AsyncExitStack) -> "PlainTables":
        """Connect, until the stack ends."""
        return cls(market, await connect_lanes(market.dsn, stack))

    def prepare(self, drafts: Drafts) -> plain.Arguments:
        """The arguments of the statement."""
        first, self._next = self._next, self._next + len(drafts)
        return plain.prepare(drafts, first=first, paths=self._market.paths)

    async def write(self, prepared: plain.Arguments, *, lane: int) -> None:
        """One statement."""
        connection = self._connections[lane]
        await plain.insert(connection, platform_id=self._market.platform_id, day=self._today, arguments=prepared)


async def connect_lanes(dsn: str, stack: AsyncExitStack) -> list[asyncpg.Connection]:
    """Two connections of the driver's own, until the stack ends."""
    lanes = []
    for _ in range(2):
        lanes.append(await asyncpg.connect(dsn))
        stack.push_async_callback(lanes[-1].close)
    return lanes


class Bench:
    """The marketplace with its drafts, and how ours and what is beside it write them."""

    def __init__(self, market: Marketplace, effort: Effort, merchants: Sequence[Member]) -> None:
        self.accounts = len(merchants)
        self.platform_account = market.key("1100")
        self.merchant_account = market.key("2010", merchants[0])
        self.keys = [market.key("2010", member) for member in merchants]
        self._market = market
        self._effort = effort
        self._random = random.Random(1)
        self._numbers = itertools.count(1)
        self._today = datetime.now(UTC).date()

    @classmethod
    async def open(cls, market: Marketplace, effort: Effort) -> "Bench":
        """Operator, regions, agents, merchants; every merchant's payable opened."""
        regions = await market.add_parties("R", "AGENT", under=[market.operator], count=REGIONS)
        agents = await market.add_parties("A", "AGENT", under=regions, count=effort.size(AGENTS, least=REGIONS))
        merchants = await market.add_parties("M", "MERCHANT", under=agents, count=effort.size(ACCOUNTS, least=100))
        bench = cls(market, effort, merchants)
        await market.open_accounts([*bench.keys, bench.platform_account])
        await market.settle()
        return bench

    async def compare(
        self,
        name: str,
        batch: int,
        beside: Beside,
        *,
        in_flight: int = 1,
        hot: AccountKey | None = None,
        total: int | None = None,
    ) -> Row:
        """
        Ours and the other in turns, over different entries of the same shape; where an account is hot also ours with
        none, so that what disturbs the machine disturbs both.
        """
        count = total or self._effort.size(ENTRIES[batch], least=2 * batch if batch < 100 else batch)

        def post(hot: AccountKey | None) -> Awaitable[Taken]:
            return self._run(self._draw(batch, count, hot), in_flight, self._post)

        ours, others, *cold = await alternate(
            self._effort.runs,
            lambda: post(hot),
            lambda: self._run(list(map(beside.prepare, self._draw(batch, count, hot))), in_flight, beside.write),
            *([lambda: post(None)] if hot else []),
        )
        row = Row(name, "entries/s", rates(ours, count), rates(others, count), cpu_per_item(ours, count))
        if cold:
            row.remarks["of the cold rate"] = row.ours.median / rates(cold[0], count).median
        return row

    async def _run(self, batches: Sequence[Any], in_flight: int, write: Callable[..., Awaitable[None]]) -> Taken:
        waiting = iter(batches)

        async def work(lane: int) -> None:
            for batch in waiting:
                await write(batch, lane=lane)

        with settled():
            clock = Clock(await list_backends(self._market.admin))
            await asyncio.gather(*map(work, range(in_flight)))
            return clock.read()

    async def _post(self, drafts: Drafts, *, lane: int) -> None:
        del lane  # the pool has its own
        async with self._market.database.write(self._market.platform_id) as conn:
            outcomes = await post_entries(conn, drafts=drafts, actor=ACTOR)
        assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes[0]

    def _draw(self, batch: int, count: int, hot: AccountKey | None) -> list[Drafts]:
        """Entries between two accounts drawn from all, or between one of them and the hot one."""
        return [[self._draft(hot) for _ in range(batch)] for _ in range(count // batch)]

    def _draft(self, hot: AccountKey | None) -> EntryDraft:
        debited = hot or self._random.choice(self.keys)
        credited = debited
        while credited == debited:
            credited = self._random.choice(self.keys)
        lines = (LineDraft(debited, "D", 100), LineDraft(credited, "C", 100))
        return EntryDraft(f"bench-{next(self._numbers):09d}", self._market.book_id, self._today, lines)
