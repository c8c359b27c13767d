"""A platform of its own with a tree, and verbs to post in it and to read from it."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.moving import move_party
from ledger.parties.registering import register_parties
from tests.platforms import open_platform

ACTOR = Actor("test")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_NUMBERS = itertools.count(1)

TREE = (
    PartyDraft("LE", "LEGAL_ENTITY", "Legal entity", "OP", currency="CNY"),
    PartyDraft("LE-JP", "LEGAL_ENTITY", "Japan", "OP", currency="JPY"),
    PartyDraft("A1", "AGENT", "North", "OP"),
    PartyDraft("A2", "AGENT", "South", "OP"),
    PartyDraft("A11", "AGENT", "North coast", "A1"),
    PartyDraft("M1", "MERCHANT", "Shop one", "A11"),
    PartyDraft("M2", "MERCHANT", "Shop two", "A2"),
    PartyDraft("M3", "MERCHANT", "Shop three", "A1"),
    PartyDraft("D1", "DISTRIBUTOR", "Dora", "OP"),
    PartyDraft("D2", "DISTRIBUTOR", "Dan", "D1"),
)


class Book:
    """One platform. `ids` maps references to party ids; kept up to date by `register`."""

    def __init__(self, database: Database, platform_id: int, *, operator: str = "OP") -> None:
        self.operator = operator
        self.database = database
        self.platform_id = platform_id
        self.ids: dict[str, int] = {}
        self._keys = 0

    @classmethod
    async def open(cls, database: Database, *, operator: str = "OP", tree: tuple[PartyDraft, ...] = TREE) -> "Book":
        draft = PartyDraft(operator, "OPERATOR", "Operator")
        platform = await open_platform(database, operator=draft, actor=ACTOR, now=NOW)
        book = cls(database, platform.platform_id, operator=operator)
        await book.register(draft, *tree)
        return book

    @classmethod
    async def open_another(cls, database: Database) -> "Book":
        """A platform beside the others in its store: the operator has a name of its own."""
        operator = f"OP{next(_NUMBERS)}"
        tree = tuple(replace(draft, parent=operator) if draft.parent == "OP" else draft for draft in TREE)
        return await cls.open(database, operator=operator, tree=tree)

    async def register(self, *drafts: PartyDraft) -> None:
        async with self.database.write(self.platform_id) as conn:
            await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)
            found = await find_parties(conn, references=[draft.reference for draft in drafts])
        assert len(found) == len(drafts)
        self.ids.update({reference: party.party_id for reference, party in found.items()})

    async def move(self, reference: str, to: str) -> None:
        async with self.database.write(self.platform_id) as conn:
            await move_party(conn, reference=reference, to=to, actor=ACTOR, now=NOW)

    async def post(
        self, lines: str, *, day: date | None = None, legal_entity: str = "LE", currency: str = "CNY", **words: Any
    ) -> int:
        """Post an entry of lines "D 1100 500, C 2010/M1 500" and return its sequence."""
        drafts = []
        for text in lines.split(","):
            side, place, amount = text.split()
            code, _, party = place.partition("/")
            key = AccountKey(self.ids[legal_entity], code, self.ids[party] if party else None, currency)
            drafts.append(LineDraft(key, "D" if side == "D" else "C", int(amount)))
        self._keys += 1
        words.setdefault("key", f"key-{self._keys}")
        async with self.database.write(self.platform_id) as conn:
            today = await conn.fetchval("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
            draft = EntryDraft(book_id=self.ids[legal_entity], business_date=day or today, lines=tuple(drafts), **words)
            (outcome,) = await post_entries(conn, drafts=[draft], actor=ACTOR)
        assert isinstance(outcome, Posted), outcome
        return outcome.sequence

    async def owe(self, reference: str, amount: int, *, day: date | None = None, **words: Any) -> int:
        """Dr 1100, Cr the merchant's payable."""
        return await self.post(f"D 1100 {amount}, C 2010/{reference} {amount}", day=day, **words)

    async def read(self, function: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
        async with self.database.read(self.platform_id) as conn:
            return await function(conn, **arguments)
