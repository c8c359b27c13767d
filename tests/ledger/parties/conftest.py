"""A small tree: an operator, a legal entity, two agents, merchants below them, and a line of distributors."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from ledger.journal.subtree_balances import subtree_balances
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.registering import Outcome, register_parties
from tests.platforms import open_platform

ACTOR = Actor("test")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Tree:
    """A platform under test, with verbs that read like the tests."""

    def __init__(self, database: Database, platform_id: int) -> None:
        self.database = database
        self.platform_id = platform_id
        self._keys = 0

    async def register(self, *drafts: PartyDraft) -> list[Outcome]:
        async with self.database.write(self.platform_id) as conn:
            return await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)

    async def ids(self, *references: str) -> list[int]:
        async with self.database.read(self.platform_id) as conn:
            found = await find_parties(conn, references=references)
        return [found[reference].party_id for reference in references]

    async def owe(self, reference: str, amount: int, *, code: str = "2010", day: date | None = None) -> None:
        """Dr 1100, Cr the party's account."""
        book, party = await self.ids("LE", reference)
        self._keys += 1
        async with self.database.write(self.platform_id) as conn:
            today = await conn.fetchval("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
            lines = (
                LineDraft(AccountKey(book, "1100", None, "CNY"), "D", amount),
                LineDraft(AccountKey(book, code, party, "CNY"), "C", amount),
            )
            draft = EntryDraft(f"owe-{self._keys}", book, day or today, lines)
            (outcome,) = await post_entries(conn, drafts=[draft], actor=ACTOR)
        assert isinstance(outcome, Posted), outcome

    async def below(self, reference: str, *, code: str = "2010") -> int:
        """The party's subtree total now: credit minus debit in minor units."""
        (party,) = await self.ids(reference)
        async with self.database.read(self.platform_id) as conn:
            totals = await subtree_balances(conn, party_ids=[party])
        return sum(total.credit - total.debit for total in totals if total.code == code)

    async def count(self, table: str) -> int:
        async with self.database.read(self.platform_id) as conn:
            return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))


TREE = (
    PartyDraft("LE", "LEGAL_ENTITY", "Legal entity", "OP", currency="CNY"),
    PartyDraft("A1", "AGENT", "North", "OP"),
    PartyDraft("A2", "AGENT", "South", "OP"),
    PartyDraft("A11", "AGENT", "North coast", "A1"),
    PartyDraft("M1", "MERCHANT", "Shop one", "A11"),
    PartyDraft("M2", "MERCHANT", "Shop two", "A2"),
    PartyDraft("D1", "DISTRIBUTOR", "Dora", "OP"),
    PartyDraft("D2", "DISTRIBUTOR", "Dan", "D1"),
    PartyDraft("D3", "DISTRIBUTOR", "Didi", "D2"),
)


@pytest.fixture
async def tree(fresh_database: str) -> AsyncIterator[Tree]:
    database = await Database.connect(fresh_database)
    try:
        operator = PartyDraft("OP", "OPERATOR", "Operator")
        platform = await open_platform(database, operator=operator, actor=ACTOR, now=NOW)
        grown = Tree(database, platform.platform_id)
        await grown.register(*TREE)
        yield grown
    finally:
        await database.close()
