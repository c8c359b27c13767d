"""
The real marketplace, settled by workers alone: agents monthly, merchants two working days after the sale by Brazil's
calendar, distributors weekly. Every cent of the oracle's book is on one sheet, and in the bank.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft
from ledger.journal.posting import post_entries
from ledger.parties.finding import get_party
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.model import PayeeAccountDraft, PayingAccountDraft
from ledger.settlement.payouts.numbers import read_number
from tests.app.channels.sandboxes import KEY, Bank, open_sandbox
from tests.app.cli.commands import Commands, write_lines
from tests.journeys import marketplaces
from tests.journeys.marketplaces import Files

PAYABLE = ("2010", "2020", "2041", "2042", "2043")
NOW = "2018-12-31T12:00:00Z"
LATER = "2018-12-31T12:10:00Z"
FUNDS = 10_000_000_00
LEASED = "SELECT 1 FROM job WHERE lease_until > clock_timestamp()"
ACTOR = Actor("treasurer")
SINCE = {"validFrom": "2016-01-01", "effect": "NOW", "calendar": "BR", "confirmation": "NONE"}
TERMS = (
    {"role": "MERCHANT", "cycle": "T+2", **SINCE},
    {"role": "AGENT", "cycle": "MONTHLY", **SINCE},
    {"role": "DISTRIBUTOR", "cycle": "WEEKLY", **SINCE},
)


@pytest.fixture(scope="module")
def files() -> Files:
    shared = Path(os.environ.get("SPLITBOOK_SHARED", Path(__file__).parents[3] / "shared"))
    folder = shared / "data" / "olist"
    if not folder.is_dir():
        pytest.skip(f"the real marketplace data is not in {folder}")
    return Files("OP", folder / "parties.jsonl", [folder / "fee_plan.json"], folder / "events.jsonl")


class Settled:
    """The store, its commands, and the bank."""

    def __init__(self, database: Database, commands: Commands, bank: Bank) -> None:
        self.database = database
        self.commands = commands
        self.bank = bank
        self.platform_id = 0

    async def run(self, *words: object) -> str:
        result = await asyncio.to_thread(self.commands.run, *words)
        assert result.exit_code == 0, (words, result.stdout, result.stderr, result.exception)
        return result.stdout

    async def work(self, now: str) -> dict[str, int]:
        found: dict[str, int] = await asyncio.to_thread(self.commands.ask, "worker", "--once", "--now", now)
        assert found.pop("failed") == 0
        return found

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.read(self.platform_id) as conn:
            return await conn.fetch(statement)

    async def kill_a_worker(self) -> bool:
        """Start a worker and kill it while it has a job; then let its lease run out."""
        process = self.commands.start("worker", "--once", "--now", NOW)
        while process.poll() is None and not await self.rows(LEASED):  # noqa: ASYNC110 -- it is another process's
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 1.0))
        was_at_work = process.poll() is None
        if was_at_work:
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        async with self.database.write(self.platform_id) as conn:
            await conn.execute("UPDATE job SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")
        return was_at_work

    async def open_accounts(self, receivers: set[str]) -> None:
        """Everybody has a bank account, and the legal entity has money in its own."""
        now = datetime(2018, 12, 1, tzinfo=UTC)
        number = read_number(reference="BANK", holder="Marketplace", number="0001-1")
        paying = PayingAccountDraft("LE-BR", "BANK", "BRL", number, "sandbox")
        payees = [
            PayeeAccountDraft(party, party, "BRL", read_number(reference=party, holder="A party", number=f"{place:08}"))
            for place, party in enumerate(sorted(receivers))
        ]
        async with self.database.write(self.platform_id) as conn:
            await register_paying_account(conn, draft=paying, actor=ACTOR, now=now)
            await register_payee_accounts(conn, drafts=payees, actor=ACTOR, now=now)
            book = (await get_party(conn, reference="LE-BR")).party_id
            lines = (
                LineDraft(AccountKey(book, "1010", None, "BRL"), "D", FUNDS),
                LineDraft(AccountKey(book, "3000", None, "BRL"), "C", FUNDS),
            )
            await post_entries(conn, drafts=[EntryDraft("funds", book, date(2018, 12, 1), lines)], actor=ACTOR)


@pytest.fixture
async def settled(fresh_database: str, tmp_path: Path) -> AsyncIterator[Settled]:
    async with open_sandbox(tmp_path) as bank:
        commands = Commands(fresh_database, tmp_path / "home")
        commands.environment |= {"SPLITBOOK_SANDBOX_URL": bank.url, "SPLITBOOK_SANDBOX_KEY": KEY}
        database = await Database.connect(fresh_database)
        try:
            yield Settled(database, commands, bank)
        finally:
            await database.close()


async def test_every_cent_of_it_is_on_one_sheet_and_in_the_bank(settled: Settled, files: Files, tmp_path: Path):
    expected = await asyncio.to_thread(files.work_out)
    owed: Counter[str] = Counter()
    for (_, code, party, _), (debit, credit) in expected.accounts.items():
        if code in PAYABLE:
            owed[party] += credit - debit

    await asyncio.to_thread(marketplaces.import_once, settled.commands, files)
    settled.platform_id = (await platform_of(settled.database.dsn))["platform_id"]
    await settled.run("calendar", "load", "BR", "--years", "2016-2018")
    await settled.run("import", "terms", write_lines(tmp_path / "terms.jsonl", *TERMS))
    await settled.open_accounts(set(owed))

    assert await settled.kill_a_worker()
    first = await settled.work(NOW)
    await settled.bank.ask("/settle")
    await settled.bank.ask("/statements")
    await settled.work(LATER)

    await check_sheets(settled, owed)
    await check_payouts(settled, owed)
    assert first["payouts.create created"] > 0
    balances = await settled.run("export", "balances")
    assert sum(debit - credit for debit, credit in marketplaces.read_balances(balances).values()) == 0
    assert (await asyncio.to_thread(settled.commands.ask, "verify"))["agrees"]

    await asyncio.to_thread(marketplaces.import_once, settled.commands, files)
    again = await settled.work(LATER)
    assert {name for name in again if name.startswith(("sheets.", "payouts."))} == set()
    assert await settled.run("export", "balances") == balances


async def platform_of(dsn: str) -> Any:
    owner = await asyncpg.connect(dsn)
    try:
        return await owner.fetchrow("SELECT platform_id FROM platform")
    finally:
        await owner.close()


async def check_sheets(settled: Settled, owed: Counter[str]) -> None:
    """What each party earned is the sum of its sheets, each sheet is the sum of its lines, and nothing is left open."""
    totals: Counter[str] = Counter()
    for party, total in await settled.rows(
        "SELECT p.reference, s.total_minor FROM sheet AS s JOIN party AS p USING (platform_id, party_id)"
    ):
        totals[party] += total
    assert +totals + -totals == +owed + -owed
    assert (
        await settled.rows(
            """
            SELECT s.sheet_id FROM sheet AS s LEFT JOIN sheet_line AS l
                ON l.platform_id = s.platform_id AND l.sheet_id = s.sheet_id AND NOT l.is_closing
            WHERE s.status <> 'OPEN'
            GROUP BY s.sheet_id, s.total_minor HAVING coalesce(sum(l.amount_minor), 0) <> s.total_minor
            """
        )
        == []
    )
    assert await settled.rows("SELECT 1 FROM sheet WHERE total_minor > 0 AND status NOT IN ('PAID', 'COMPLETED')") == []


async def check_payouts(settled: Settled, owed: Counter[str]) -> None:
    """The bank has paid everybody once; whoever got more than he earned, because buyers gave back later, owes that."""
    stands: Counter[str] = Counter()
    for party, amount in await settled.rows(
        "SELECT p.reference, o.net_minor FROM payout AS o JOIN party AS p USING (platform_id, party_id)"
    ):
        stands[party] += amount
    transfers = await settled.bank.transfers()
    assert sum(transfer["amountMinor"] for transfer in transfers) == sum(stands.values())
    assert await settled.rows("SELECT 1 FROM payout WHERE status <> 'PAID'") == []
    for party, debt in await settled.rows(
        "SELECT p.reference, -s.total_minor - s.netted_minor FROM sheet AS s"
        " JOIN party AS p USING (platform_id, party_id) WHERE s.total_minor < 0"
    ):
        stands[party] -= debt
    assert +stands + -stands == +owed + -owed
