"""
A process that posts batch after batch, and says how fast, while another one is measured.

    python -m tests.bench.poster < a job as JSON, then lines of "begin" and "end"
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from tests.bench.marketplaces import ACTOR, Marketplace
from tests.bench.processes import ROOT

BATCH = 1_000
# They settle by the month, so that what is posted here is nothing that is closed there.
AGENTS = 1_000
CURRENCY = "JPY"


class Pace(NamedTuple):
    """Entries per second, and the longest that a batch took."""

    rate: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Poster:
    """The process as seen from outside."""

    process: asyncio.subprocess.Process

    async def begin(self) -> None:
        """Post from now on."""
        await self._say("begin")

    async def end(self) -> Pace:
        """Post no more, and say how it went."""
        await self._say("end")
        assert self.process.stdout is not None
        return Pace(**json.loads(await self.process.stdout.readline()))

    async def measure(self, seconds: float) -> Pace:
        """Post for as long as that."""
        await self.begin()
        await asyncio.sleep(seconds)
        return await self.end()

    async def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word.encode() + b"\n")
        await self.process.stdin.drain()


@asynccontextmanager
async def start_poster(market: Marketplace) -> AsyncIterator[Poster]:
    """A poster between agents of its own, whose accounts are open when it is handed out."""
    agents = await market.add_parties(f"POSTER{len(market.paths)}-", "AGENT", under=[market.operator], count=AGENTS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.poster"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    job = {
        "dsn": market.dsn,
        "platform": market.platform_id,
        "book": market.book_id,
        "parties": [member.party_id for member in agents],
    }
    poster = Poster(process)
    try:
        await poster._say(json.dumps(job))
        await poster.measure(1.0)  # accounts are opened, statements prepared
        yield poster
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _work() -> None:
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    job: dict[str, Any] = json.loads(await commands.readline())
    database = await Database.connect(job["dsn"], writers=1, readers=1)
    keys = [AccountKey(job["book"], "2020", party, CURRENCY) for party in job["parties"]]
    while await commands.readline():
        ends = asyncio.ensure_future(commands.readline())
        took = []
        began = time.perf_counter()
        while not ends.done():
            start = time.perf_counter()
            await _post(database, job["platform"], keys)
            took.append(time.perf_counter() - start)
        pace = Pace(BATCH * len(took) / (time.perf_counter() - began), max(took, default=0.0))
        print(json.dumps(pace._asdict()), flush=True)


async def _post(database: Database, platform_id: int, keys: list[AccountKey]) -> None:
    day, now = datetime.now(UTC).date(), time.time_ns()
    drafts = []
    for place in range(BATCH):
        debited, credited = random.sample(keys, 2)
        lines = (LineDraft(debited, "D", 100), LineDraft(credited, "C", 100))
        drafts.append(EntryDraft(f"poster-{now}-{place}", debited.book_id, day, lines))
    async with database.write(platform_id) as conn:
        outcomes = await post_entries(conn, drafts=drafts, actor=ACTOR)
    assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes[0]


if __name__ == "__main__":
    asyncio.run(_work())
