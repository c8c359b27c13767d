"""64 clients, each posting single entries over HTTP, all of them to one hot account."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from ledger.journal.model import EntryDraft, LineDraft
from tests.bench import plain
from tests.bench.marketplaces import Marketplace, Member, open_marketplace
from tests.bench.measuring import Clock, Effort, Figures, Taken, cpu_per_item, list_backends, rates, settled
from tests.bench.processes import Answered, serve
from tests.bench.tables import Row, Topic

CLIENTS = 64
MERCHANTS = 1_000

_SHORT = "results { sequence replayed userErrors { code message } }"
_LONG = """results {
    replayed userErrors { code message } entry { id sequence postedAt lines { side balanceAfter { amount } } }
}"""
_MUTATION = "mutation($input: PostEntriesInput!) {{ postEntries(input: $input) {{ userErrors {{ code }} {} }} }}"
# Name, selection, and how many entries a run posts with it: each some seconds.
_SELECTIONS = (
    ("sequence and replayed asked for", _SHORT, 8_000),
    ("the entry with its lines asked for", _LONG, 3_000),
)


async def measure(dsn: str, effort: Effort, folder: Path) -> Topic:
    """Once with the shortest useful answer, once with the entry and its lines read back."""
    async with open_marketplace(dsn) as market, AsyncExitStack() as stack:
        regions = await market.add_parties("R", "AGENT", under=[market.operator], count=5)
        agents = await market.add_parties("A", "AGENT", under=regions, count=50)
        merchants = await market.add_parties("M", "MERCHANT", under=agents, count=MERCHANTS)
        await market.open_accounts([market.key("1100"), *(market.key("2110", each) for each in merchants)])
        await market.settle()
        clients = CLIENTS
        floor = await _Floor.open(market, merchants, clients, stack)
        served = await stack.enter_async_context(serve(market, folder))
        rows = []
        for name, selection, entries in _SELECTIONS:
            body, count = _write_body(selection), effort.size(entries, least=128)
            answers: list[Answered] = []
            plainly: list[Taken] = []
            for _ in range(effort.runs):
                fills = [f"M{number}" for number in range(MERCHANTS)]
                expect = '"userErrors":[],"results":[{'
                answers.append(await served.load(body, clients=clients, count=count, expect=expect, fills=fills))
                plainly.append(await floor.run(count))
            rows += _rows(name, answers, plainly, count)
    return Topic(
        "http_posting",
        f"{clients} clients post single entries over HTTP to one hot account",
        f"{clients} connections write the same rows, an entry each by one plain statement: no HTTP, no laws.",
        rows,
        market.server,
        ("Target: 1,200 entries/s. Server and load generator are processes of one machine; own CPU is the server's.",),
    )


def _rows(name: str, answers: list[Answered], plainly: list[Taken], count: int) -> list[Row]:
    taken = [each.taken for each in answers]
    return [
        Row(name, "entries/s", rates(taken, count), rates(plainly, count), cpu_per_item(taken, count)),
        Row("  p50", "ms", Figures(tuple(each.p50_ms for each in answers))),
        Row("  p99", "ms", Figures(tuple(each.p99_ms for each in answers))),
    ]


def _write_body(selection: str) -> dict[str, Any]:
    amount = {"amount": "1.00", "currency": "CNY"}
    lines = [
        {"account": {"code": "1100"}, "side": "DEBIT", "amount": amount},
        {"account": {"code": "2110", "party": "@F@"}, "side": "CREDIT", "amount": amount},
    ]
    entry = {
        "idempotencyKey": "load-@N@",
        "legalEntity": "LE0",
        "businessDate": datetime.now(UTC).date().isoformat(),
        "lines": lines,
    }
    return {"query": _MUTATION.format(selection), "variables": {"input": {"entries": [entry]}}}


class _Floor:
    """Connections that each write an entry by one statement, and the next when it is committed."""

    def __init__(self, market: Marketplace, merchants: list[Member], connections: list[asyncpg.Connection]) -> None:
        self._market = market
        self._merchants = itertools.cycle(merchants)
        self._connections = connections
        self._numbers = itertools.count(1)
        self._today = datetime.now(UTC).date()

    @classmethod
    async def open(cls, market: Marketplace, merchants: list[Member], clients: int, stack: AsyncExitStack) -> "_Floor":
        connections = []
        for _ in range(clients):
            connections.append(await asyncpg.connect(market.dsn))
            stack.push_async_callback(connections[-1].close)
        floor = cls(market, merchants, connections)
        await floor.run(4 * clients)
        return floor

    async def run(self, count: int) -> Taken:
        waiting = iter([self._prepare() for _ in range(count)])

        async def work(conn: asyncpg.Connection) -> None:
            for arguments in waiting:
                await plain.insert(conn, platform_id=self._market.platform_id, day=self._today, arguments=arguments)

        with settled():
            clock = Clock(await list_backends(self._market.admin))
            await asyncio.gather(*map(work, self._connections))
            return clock.read()

    def _prepare(self) -> plain.Arguments:
        number = next(self._numbers)
        credited = self._market.key("2110", next(self._merchants))
        lines = (LineDraft(self._market.key("1100"), "D", 100), LineDraft(credited, "C", 100))
        draft = EntryDraft(f"floor-{number}", self._market.book_id, self._today, lines)
        return plain.prepare([draft], first=number, paths=self._market.paths)
