"""The importer, in one process: order events of a generated marketplace from a file into a fresh platform."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.demo.files import WrittenFiles, write_files
from app.demo.marketplace import Marketplace as Demo
from app.demo.parties import OPERATOR
from app.importing.batches import BATCH_LINES
from app.importing.events import make_event_writer
from app.importing.lines import read_lines
from app.importing.outcomes import Counts
from app.importing.plans import publish_document
from app.importing.running import import_lines
from ledger.charging.parsing import parse_event
from ledger.journal.model import AccountKey, EntryDraft, LineDraft
from ledger.parties.finding import find_parties
from ledger.parties.parsing import parse_party
from ledger.parties.registering import register_parties
from tests.bench import plain
from tests.bench.marketplaces import ACTOR, Marketplace, open_marketplace
from tests.bench.measuring import Clock, Effort, Taken, alternate, cpu_per_item, list_backends, rates, settled
from tests.bench.tables import Row, Topic
from tests.platforms import open_platform

ORDERS = 5_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def measure(dsn: str, effort: Effort, folder: Path) -> Topic:
    """A platform of its own for each run; registering its parties is not measured."""
    demo = Demo(orders=effort.size(ORDERS, least=20), seed=1)
    async with open_marketplace(dsn) as market:
        bench = _Bench(market, demo, write_files(folder, demo))
        ours, floor = await alternate(effort.runs, bench.run, bench.run_floor)
        events = bench.files.event_count
        remarks = cpu_per_item(ours, events) | {
            "entries per event": bench.entries / events,
            "lines per event": bench.lines / events,
        }
        row = Row("a file of order events", "events/s", rates(ours, events), rates(floor, events), remarks)
        entries = Row("the same, by its entries", "entries/s", rates(ours, bench.entries), rates(floor, bench.entries))
    return Topic(
        "order_events",
        f"Import of {events:,} order events ({demo.orders:,} orders) in one process",
        "the entries, lines and subtree rows that came of it into plain tables, in as many batches: no documents.",
        [row, entries],
        market.server,
        ("Target: 3,000 events/s.",),
    )


class _Bench:
    def __init__(self, market: Marketplace, demo: Demo, files: WrittenFiles) -> None:
        self.files = files
        self.entries = self.lines = 0
        self._market = market
        self._demo = demo
        self._names = (f"RUN{number}" for number in itertools.count(1))
        self._plain_platforms = itertools.count(1_000_000)
        self._prepared: list[plain.Arguments] = []
        self._today = datetime.now(UTC).date()

    async def run(self) -> Taken:
        platform_id = await self._register(next(self._names))
        counts = Counts()
        writer = make_event_writer(self._market.database, platform_id, actor=ACTOR)
        await self._market.settle()
        with self.files.events.open("rb") as file, settled():
            clock = Clock(await list_backends(self._market.admin))
            await import_lines(
                read_lines(file), parse=parse_event, send=writer.send, counts=counts, on_batch=_expect_no_refusals
            )
            taken = clock.read()
        assert counts.recorded == self.files.event_count, counts
        if not self._prepared:
            await self._prepare_floor(platform_id)
        return taken

    async def run_floor(self) -> Taken:
        platform_id = next(self._plain_platforms)
        with settled():
            clock = Clock(await list_backends(self._market.admin))
            for arguments in self._prepared:
                await plain.insert(self._market.admin, platform_id=platform_id, day=self._today, arguments=arguments)
            return clock.read()

    async def _register(self, name: str) -> int:
        database = self._market.database
        operator, *others = [parse_party(_rename(party, name)) for party in self._demo.generate_parties()]
        platform = await open_platform(database, operator=operator, actor=ACTOR, now=_NOW)
        async with database.write(platform.platform_id) as conn:
            await register_parties(conn, drafts=others, actor=ACTOR, now=_NOW)
            assert len(await find_parties(conn, references=[each.reference for each in others])) == len(others)
        for plan in self._demo.fee_plans():
            await publish_document(database, platform.platform_id, plan, actor=ACTOR)
        return platform.platform_id

    async def _prepare_floor(self, platform_id: int) -> None:
        """Turn what ours wrote into batches of the floor, as many as ours had."""
        drafts = _to_drafts(await self._market.admin.fetch(_ENTRIES, platform_id))
        rows = await self._market.admin.fetch(
            "SELECT p.party_id, h.path FROM (SELECT array_agg(party_id) AS ids FROM party WHERE platform_id = $1) AS a,"
            " find_holders($1, a.ids) AS h, unnest(a.ids) AS p (party_id) WHERE h.party_id = p.party_id",
            platform_id,
        )
        paths = {row["party_id"]: row["path"] for row in rows}
        self.entries = len(drafts)
        self.lines = sum(len(draft.lines) for draft in drafts)
        size = max(1, self.entries * BATCH_LINES // self.files.event_count)
        for start in range(0, len(drafts), size):
            part = drafts[start : start + size]
            self._prepared.append(plain.prepare(part, first=start + 1, paths=paths))


def _rename(party: dict[str, Any], operator: str) -> dict[str, Any]:
    return {
        key: operator if key in ("reference", "parent") and value == OPERATOR else value for key, value in party.items()
    }


def _expect_no_refusals(rejected: object) -> None:
    assert not rejected, rejected


def _to_drafts(rows: Iterable[Any]) -> list[EntryDraft]:
    """From one row a line, in the order of the log."""
    drafts = []
    for _, lines in itertools.groupby(rows, key=lambda row: row["sequence"]):
        found = list(lines)
        entry = found[0]
        drafts.append(
            EntryDraft(
                key=entry["idempotency_key"],
                book_id=entry["book_id"],
                business_date=entry["business_date"],
                lines=tuple(
                    LineDraft(
                        AccountKey(line["book_id"], line["code"], line["party_id"], line["currency"]),
                        line["side"],
                        line["amount"],
                    )
                    for line in found
                ),
                source=entry["source"],
                template=entry["template"],
                document=entry["document"],
                document_line=entry["document_line"],
                cause=entry["cause"],
            )
        )
    return drafts


_ENTRIES = """
SELECT e.sequence, e.idempotency_key, e.book_id, e.business_date, e.source, e.template, e.document, e.document_line,
    e.cause, a.code, a.party_id, l.currency, l.side, l.amount
FROM entry AS e
INNER JOIN line AS l ON l.platform_id = e.platform_id AND l.sequence = e.sequence
INNER JOIN account AS a ON a.platform_id = l.platform_id AND a.account_id = l.account_id
WHERE e.platform_id = $1
ORDER BY l.sequence, l.position
"""
