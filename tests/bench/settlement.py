"""
Closing: sheets of twenty lines each, or of more where there are more than two million, whose boundary has passed, from
the first lock to the last claimed line, in one process; and what another process can post meanwhile.
"""

import itertools
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from ledger.settlement.sheets.closing import close_sheets
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.model import ChangedTerms, Confirmation, Cycle, Effect, Role, TermsChange
from tests.bench.marketplaces import ACTOR, Marketplace, Member, open_marketplace
from tests.bench.measuring import Clock, Effort, Figures, Taken, cpu_per_item, list_backends, settled
from tests.bench.poster import start_poster
from tests.bench.settlement_planting import plant_lines
from tests.bench.settlement_reading import read_sheets
from tests.bench.tables import Row, Topic

LINES_PER_SHEET, MOST_SHEETS = 20, 100_000
AGENTS, REGIONS = 1_000, 20
# Each run has a currency of its own, so that the sheets of the runs before it are out of its way.
CURRENCIES = ("CNY", "USD", "EUR", "GBP", "CHF")
POSTING_ALONE_S = 10.0
# An entry debits the platform for as many merchants as this.
_MERCHANTS_PER_ENTRY, _ENTRIES_PER_BATCH = 100, 50

_PLAIN = """
CREATE TABLE IF NOT EXISTS plain.sheet (
    platform_id bigint NOT NULL, sheet_id bigint NOT NULL, total_minor bigint NOT NULL, line_count bigint NOT NULL,
    status text NOT NULL, PRIMARY KEY (platform_id, sheet_id)
);
CREATE TABLE IF NOT EXISTS plain.sheet_line (
    platform_id bigint NOT NULL, sequence bigint NOT NULL, sheet_id bigint NOT NULL, account_id bigint NOT NULL,
    amount_minor bigint NOT NULL, position smallint NOT NULL, PRIMARY KEY (platform_id, sequence, position)
);
CREATE INDEX IF NOT EXISTS sheet_line_by_sheet ON plain.sheet_line (platform_id, sheet_id, sequence, position);
"""
# A sheet a merchant, for which its account stands; the journal's own lines are what is claimed.
_FLOOR = """
WITH claimed AS (
    INSERT INTO plain.sheet_line (platform_id, sequence, sheet_id, account_id, amount_minor, position)
    SELECT l.platform_id, l.sequence, l.account_id, l.account_id, l.amount, l.position
    FROM line AS l INNER JOIN account AS a ON a.platform_id = l.platform_id AND a.account_id = l.account_id
    WHERE l.platform_id = $1 AND l.currency = $2 AND a.code = '2010' AND l.side = 'C'
    RETURNING platform_id, sheet_id, amount_minor
)
INSERT INTO plain.sheet (platform_id, sheet_id, total_minor, line_count, status)
SELECT platform_id, sheet_id, sum(amount_minor), count(*), 'CLOSED' FROM claimed GROUP BY platform_id, sheet_id
"""


def read_lines() -> int:
    """How many lines are closed: two million, or what SCALE says (as 50M)."""
    said = os.environ.get("SCALE") or "2M"
    return int(float(said.rstrip("Mm")) * (1_000_000 if said[-1] in "Mm" else 1))


async def measure(dsn: str, effort: Effort, *, lines: int) -> Topic:
    """As many runs as asked for, each over lines of its own, with another process posting all the while."""
    sheets = max(_MERCHANTS_PER_ENTRY, min(lines // LINES_PER_SHEET, MOST_SHEETS))
    per_sheet = max(lines // sheets, LINES_PER_SHEET)
    async with open_marketplace(dsn) as market:
        bench = await _Bench.open(market, sheets, per_sheet)
        runs = [await bench.run(currency, effort) for currency in CURRENCIES[: effort.runs]]
        await market.settle()
        reading = await read_sheets(market)
    seconds = Figures(tuple(run.closing.seconds for run in runs))
    floors = [run.floor.seconds for run in runs if run.floor is not None]
    floor = Figures(tuple(floors)) if floors else None
    counted = sheets * per_sheet
    remarks = {"lines": float(counted), "lines/s": counted / seconds.median}
    remarks |= cpu_per_item([run.closing for run in runs], counted)
    posting = Row(
        "posting by another process meanwhile",
        "entries/s",
        Figures(tuple(run.posting_meanwhile for run in runs)),
        Figures(tuple(run.posting_alone for run in runs)),
        {"longest batch s": max(run.longest_batch_s for run in runs)},
    )
    return Topic(
        "settlement",
        f"Closing {sheets:,} sheets with {counted:,} lines in one process, posting going on in another",
        "of closing: the same lines and sheets into plain tables by one statement; of posting: the same process alone;"
        " of reading: a sheet and 50 lines by hand.",
        [Row(f"closing {sheets:,} sheets", "seconds", seconds, floor, remarks), posting, *reading],
        market.server,
        (
            "Target: 100,000 sheets with 2 million lines in 120 s; posting at 0.8 of its rate. SCALE=50M: as many"
            " sheets with 500 lines each, all but twenty of them planted by plain statements.",
        ),
        command="make bench-settlement",
    )


class _Run:
    def __init__(
        self, closing: Taken, floor: Taken | None, alone: float, meanwhile: float, longest_batch_s: float
    ) -> None:
        self.closing = closing
        self.floor = floor
        self.posting_alone = alone
        self.posting_meanwhile = meanwhile
        self.longest_batch_s = longest_batch_s


class _Bench:
    def __init__(self, market: Marketplace, merchants: Sequence[Member], per_sheet: int) -> None:
        self._market = market
        self._per_sheet = per_sheet
        self._merchants = merchants
        self._today = datetime.now(UTC).date()
        self._numbers = itertools.count(1)

    @classmethod
    async def open(cls, market: Marketplace, sheets: int, per_sheet: int) -> "_Bench":
        regions = await market.add_parties("R", "AGENT", under=[market.operator], count=REGIONS)
        agents = await market.add_parties("A", "AGENT", under=regions, count=min(AGENTS, sheets))
        merchants = await market.add_parties("M", "MERCHANT", under=agents, count=sheets)
        await market.admin.execute(_PLAIN)
        async with market.database.write(market.platform_id) as conn:
            daily = {"cycle": Cycle.DAILY, "confirmation": Confirmation.NONE}
            change = TermsChange(daily, role=Role.MERCHANT, effect=Effect.NOW)
            (changed,) = await change_terms(conn, changes=[change], actor=ACTOR, now=datetime.now(UTC))
            assert isinstance(changed, ChangedTerms), changed
        return cls(market, merchants, per_sheet)

    async def run(self, currency: str, effort: Effort) -> _Run:
        """
        Post the lines; do what the worker does on the same day, which opens their sheets and those of the days after,
        the other process's, too; then close them at midnight. The floor first, over the same lines.
        """
        await self._post_lines(currency)
        market, platform_id = self._market, self._market.platform_id
        boundary = datetime.combine(self._today + timedelta(days=1), datetime.min.time(), UTC)
        await self._work_by_day(before=boundary)
        if self._per_sheet > LINES_PER_SHEET:
            await plant_lines(
                market,
                currency=currency,
                rounds=self._per_sheet - LINES_PER_SHEET,
                merchants=len(self._merchants),
                per_entry=_MERCHANTS_PER_ENTRY,
            )
        await market.settle()
        floor = await self._write_floor(currency) if self._per_sheet == LINES_PER_SHEET else None
        backends = await list_backends(market.admin)
        async with start_poster(market) as poster:
            await self._work_by_day(before=boundary)
            alone = await poster.measure(min(POSTING_ALONE_S, 200 * effort.scale))
            await poster.begin()
            with settled():
                clock = Clock(backends)
                closed = await close_sheets(market.database, platform_id=platform_id, actor=ACTOR, now=boundary)
                closing = clock.read()
            meanwhile = await poster.end()
        assert closed.lines >= len(self._merchants) * self._per_sheet, closed
        return _Run(closing, floor, alone.rate, meanwhile.rate, meanwhile.longest_s)

    async def _work_by_day(self, *, before: datetime) -> None:
        evening = before - timedelta(hours=1)
        await close_sheets(self._market.database, platform_id=self._market.platform_id, actor=ACTOR, now=evening)

    async def _write_floor(self, currency: str) -> Taken:
        with settled():
            clock = Clock(await list_backends(self._market.admin))
            await self._market.admin.execute(_FLOOR, self._market.platform_id, currency)
            return clock.read()

    async def _post_lines(self, currency: str) -> None:
        platform = AccountKey(self._market.book_id, "1100", None, currency)
        keys = [AccountKey(self._market.book_id, "2010", each.party_id, currency) for each in self._merchants]
        # On a platform of some standing they have been paid before.
        payable = [key._replace(code="2015") for key in keys]
        await self._market.open_accounts([platform, *keys, *payable])
        drafts: list[EntryDraft] = []
        for _ in range(LINES_PER_SHEET):
            for start in range(0, len(keys), _MERCHANTS_PER_ENTRY):
                credited = [LineDraft(key, "C", 100) for key in keys[start : start + _MERCHANTS_PER_ENTRY]]
                lines = (LineDraft(platform, "D", 100 * len(credited)), *credited)
                number = next(self._numbers)
                drafts.append(
                    EntryDraft(
                        f"lines-{number}",
                        platform.book_id,
                        self._today,
                        lines,
                        document=f"order/{number}",
                        source="RULE",
                    )
                )
                if len(drafts) == _ENTRIES_PER_BATCH:
                    await self._post(drafts)
                    drafts = []
        await self._post(drafts)

    async def _post(self, drafts: Sequence[EntryDraft]) -> None:
        async with self._market.database.write(self._market.platform_id) as conn:
            outcomes = await post_entries(conn, drafts=drafts, actor=ACTOR)
        assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes[0]
