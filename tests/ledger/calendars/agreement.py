"""A platform of its own whose calendars and terms change, with verbs that read like the tests."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from ledger.actor import Actor
from ledger.calendars.finding import find_calendars
from ledger.calendars.model import Calendar, CalendarDraft
from ledger.calendars.publishing import publish_calendar
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.registering import register_parties
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.finding import find_terms
from ledger.settlement.terms.model import PartyTerms, Role
from ledger.settlement.terms.parsing import parse_change
from tests.platforms import open_platform
from tests.statements import gather_asked

ACTOR = Actor("test")
NOW = datetime(2024, 7, 17, 4, tzinfo=UTC)  # a Wednesday, noon in Shanghai
_platforms = itertools.count(1)

PARTIES = (
    PartyDraft("LE", "LEGAL_ENTITY", "Legal entity", "OP", currency="CNY"),
    PartyDraft("A1", "AGENT", "North", "OP", time_zone="America/New_York"),
    PartyDraft("M1", "MERCHANT", "Shop one", "A1"),
    PartyDraft("M2", "MERCHANT", "Shop two", "OP", settlement='{"calendar":"CN-2020","cycle":"T+2","mode":"AGENCY"}'),
    PartyDraft("M3", "MERCHANT", "Shop three", "OP", settlement='{"calendar":"CN-2020","cycle":"whenever"}'),
    PartyDraft("D1", "DISTRIBUTOR", "Dora", "OP", time_zone="Asia/Tokyo"),
)


class Changed(NamedTuple):
    """What became of a change: its version and first day, or why it was refused."""

    version: int
    valid_from: str
    replayed: bool
    code: str = ""


class Agreement:
    """Opened with an operator in Shanghai and the parties above."""

    def __init__(self, database: Database, platform_id: int) -> None:
        self.database = database
        self.platform_id = platform_id

    @classmethod
    async def open(cls, database: Database) -> "Agreement":
        operator = PartyDraft(f"OP{next(_platforms)}", "OPERATOR", "Operator", time_zone="Asia/Shanghai")
        platform = await open_platform(database, operator=operator, actor=ACTOR, now=NOW)
        opened = cls(database, platform.platform_id)
        drafts = [replace(draft, parent=operator.reference if draft.parent == "OP" else "A1") for draft in PARTIES]
        async with database.write(opened.platform_id) as conn:
            outcomes = await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)
        assert not [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        return opened

    async def publish(self, *calendars: CalendarDraft) -> list[tuple[str, int, bool] | str]:
        async with self.database.write(self.platform_id) as conn:
            outcomes = await publish_calendar(conn, calendars=calendars, actor=ACTOR, now=NOW)
        return [
            outcome.error.code if isinstance(outcome, Refused) else (outcome.name, outcome.version, outcome.replayed)
            for outcome in outcomes
        ]

    async def change(self, *documents: dict[str, Any]) -> list[Changed]:
        changes = [parse_change(document) for document in documents]
        async with self.database.write(self.platform_id) as conn:
            outcomes = await change_terms(conn, changes=changes, actor=ACTOR, now=NOW)
        return [
            Changed(0, "", False, outcome.error.code)
            if isinstance(outcome, Refused)
            else Changed(outcome.version, outcome.valid_from.isoformat(), outcome.replayed)
            for outcome in outcomes
        ]

    async def terms(self, *parties: tuple[str, Role]) -> list[PartyTerms]:
        async with self.database.write(self.platform_id) as conn:
            found = await find_parties(conn, references=[reference for reference, _ in parties])
            return await find_terms(conn, parties=[(found[reference].party_id, role) for reference, role in parties])

    async def calendars(self, *names: str) -> dict[str, Calendar]:
        async with self.database.read(self.platform_id) as conn:
            return await find_calendars(conn, names=names)

    async def rows(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.database.read(self.platform_id) as conn:
            return await conn.fetch(statement, *arguments)

    async def force(self, statement: str, *arguments: Any) -> None:
        """Go round the code."""
        async with self.database.write(self.platform_id) as conn:
            await conn.execute(statement, *arguments)

    async def count_statements(self, work: Callable[[Connection], Awaitable[object]]) -> int:
        """How many statements a piece of work sends."""
        async with self.database.write(self.platform_id) as conn:
            with gather_asked(conn) as asked:
                await work(conn)
        return len(asked)
