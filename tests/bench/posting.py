"""post_entries: two-line entries over 100,000 accounts with three ancestors each, all features on."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

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
        bench = await Bench.open(market, effort, stack)
        rows = [await bench.compare(f"batches of {batch:,}", batch) for batch in ENTRIES]
        rows.append(await bench.compare("batches of 1,000, two in flight", 1_000, in_flight=2))
        hot = [
            ("every entry on one account of the platform (1100), in turn", bench.platform_account, 1),
            ("every entry on one account of the platform (1100), two in flight", bench.platform_account, 2),
            ("every entry on one merchant's account (2010), two in flight", bench.merchant_account, 2),
        ]
        for name, key, in_flight in hot:
            rows.append(await bench.compare(name, 1_000, in_flight=in_flight, hot=key))
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


class Bench:
    """The marketplace with its drafts, and both ways to write them."""

    def __init__(
        self, market: Marketplace, effort: Effort, merchants: Sequence[Member], floors: Sequence[asyncpg.Connection]
    ) -> None:
        self.accounts = len(merchants)
        self.platform_account = market.key("1100")
        self.merchant_account = market.key("2010", merchants[0])
        self._market = market
        self._effort = effort
        self._keys = [market.key("2010", member) for member in merchants]
        self._floors = floors
        self._random = random.Random(1)
        self._numbers = itertools.count(1)
        self._today = datetime.now(UTC).date()
        self._next_plain = 1

    @classmethod
    async def open(cls, market: Marketplace, effort: Effort, stack: AsyncExitStack) -> "Bench":
        """Operator, regions, agents, merchants; every merchant's payable opened."""
        regions = await market.add_parties("R", "AGENT", under=[market.operator], count=REGIONS)
        agents = await market.add_parties("A", "AGENT", under=regions, count=effort.size(AGENTS, least=REGIONS))
        merchants = await market.add_parties("M", "MERCHANT", under=agents, count=effort.size(ACCOUNTS, least=100))
        floors = []
        for _ in range(2):
            floors.append(await asyncpg.connect(market.dsn))
            stack.push_async_callback(floors[-1].close)
        bench = cls(market, effort, merchants, floors)
        await market.open_accounts([*bench._keys, bench.platform_account])
        await market.settle()
        await bench.compare("statements are prepared", 100, in_flight=2, total=1_000)
        return bench

    async def compare(
        self, name: str, batch: int, *, in_flight: int = 1, hot: AccountKey | None = None, total: int | None = None
    ) -> Row:
        """
        Ours and the floor in turns, over different entries of the same shape; where an account is hot also ours with
        none, so that what disturbs the machine disturbs both.
        """
        count = total or self._effort.size(ENTRIES[batch], least=2 * batch if batch < 100 else batch)

        def post(hot: AccountKey | None) -> Awaitable[Taken]:
            return self._run(batch, count, hot, lambda drafts: self._post(drafts, in_flight))

        ours, floor, *cold = await alternate(
            self._effort.runs,
            lambda: post(hot),
            lambda: self._run_floor(batch, count, hot, in_flight),
            *([lambda: post(None)] if hot else []),
        )
        row = Row(name, "entries/s", rates(ours, count), rates(floor, count), cpu_per_item(ours, count))
        if cold:
            row.remarks["of the cold rate"] = row.ours.median / rates(cold[0], count).median
        return row

    async def _run(
        self, batch: int, count: int, hot: AccountKey | None, post: Callable[[list[Drafts]], Awaitable[None]]
    ) -> Taken:
        batches = self._draw(batch, count, hot)
        with settled():
            clock = Clock(await list_backends(self._market.admin))
            await post(batches)
            return clock.read()

    async def _post(self, batches: list[Drafts], in_flight: int) -> None:
        waiting = iter(batches)

        async def work() -> None:
            for drafts in waiting:
                async with self._market.database.write(self._market.platform_id) as conn:
                    outcomes = await post_entries(conn, drafts=drafts, actor=ACTOR)
                assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes[0]

        await asyncio.gather(*(work() for _ in range(in_flight)))

    async def _run_floor(self, batch: int, count: int, hot: AccountKey | None, in_flight: int) -> Taken:
        prepared = []
        for drafts in self._draw(batch, count, hot):
            prepared.append(plain.prepare(drafts, first=self._next_plain, paths=self._market.paths))
            self._next_plain += len(drafts)
        waiting = iter(prepared)

        async def work(conn: asyncpg.Connection) -> None:
            for arguments in waiting:
                await plain.insert(conn, platform_id=self._market.platform_id, day=self._today, arguments=arguments)

        with settled():
            clock = Clock(await list_backends(self._market.admin))
            await asyncio.gather(*map(work, self._floors[:in_flight]))
            return clock.read()

    def _draw(self, batch: int, count: int, hot: AccountKey | None) -> list[Drafts]:
        """Entries between two accounts drawn from all, or between one of them and the hot one."""
        return [[self._draft(hot) for _ in range(batch)] for _ in range(count // batch)]

    def _draft(self, hot: AccountKey | None) -> EntryDraft:
        debited = hot or self._random.choice(self._keys)
        credited = debited
        while credited == debited:
            credited = self._random.choice(self._keys)
        lines = (LineDraft(debited, "D", 100), LineDraft(credited, "C", 100))
        return EntryDraft(f"bench-{next(self._numbers):09d}", self._market.book_id, self._today, lines)
