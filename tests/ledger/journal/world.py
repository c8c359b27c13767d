"""A platform with two legal entities and a small tree, and verbs that read like the tests that use them."""

import itertools
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import asyncpg

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.closing import Closed, close_period
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft, Posted, Refused
from ledger.journal.posting import Outcome, post_entries
from ledger.journal.reversing import Reversal, reverse_entries
from ledger.parties.finding import find_parties
from ledger.parties.model import Moved, PartyDraft
from ledger.parties.moving import move_party
from ledger.parties.registering import register_parties
from tests.platforms import open_platform

ACTOR = Actor("tester")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TREE = (
    PartyDraft("LE", "LEGAL_ENTITY", "First entity", "OP", currency="CNY"),
    PartyDraft("LE2", "LEGAL_ENTITY", "Second entity", "OP", currency="JPY"),
    PartyDraft("A1", "AGENT", "North", "OP"),
    PartyDraft("A2", "AGENT", "South", "OP"),
    PartyDraft("A11", "AGENT", "North coast", "A1"),
    PartyDraft("M1", "MERCHANT", "Café Zoë", "A11"),
    PartyDraft("M2", "MERCHANT", "茶館", "A2"),
    PartyDraft("M3", "MERCHANT", "Third", "A1"),
    PartyDraft("D1", "DISTRIBUTOR", "First level", "OP"),
)
COUNTED = ("log_record", "entry", "line", "log_event", "subtree_day", "account_late", "subtree_late", "posting_day")
_numbers = itertools.count(1)


class World:
    """One platform in a database that others may share."""

    def __init__(self, database: Database, platform_id: int, reference: str, ids: dict[str, int]) -> None:
        self.database = database
        self.platform_id = platform_id
        self.reference = reference
        self.ids = ids
        self._keys = itertools.count(1)
        self.today = datetime.now(UTC).date()

    def account(self, place: str, *, book: str = "LE") -> AccountKey:
        """From "2010 M1 CNY", or "1100 CNY" for one of the platform's own."""
        code, *party, currency = place.split()
        return AccountKey(self.ids[book], code, self.ids[party[0]] if party else None, currency)

    def draft(
        self,
        lines: str,
        *,
        key: str | None = None,
        book: str = "LE",
        day: date | None = None,
        source: Literal["API", "IMPORT", "RULE", "MANUAL", "REVERSAL"] = "API",
        moves_off_closed_day: bool = False,
        description: str = "",
    ) -> EntryDraft:
        """From lines like "D 1100 CNY 500 / C 2010 M1 CNY 500"."""
        parsed = []
        for text in lines.split(" / "):
            side, *place, amount = text.split()
            account = self.account(" ".join(place), book=book)
            parsed.append(LineDraft(account, DEBIT if side == "D" else CREDIT, int(amount)))
        return EntryDraft(
            key=f"k{next(self._keys)}" if key is None else key,
            book_id=self.ids[book],
            business_date=day or self.today,
            lines=tuple(parsed),
            source=source,
            description=description,
            moves_off_closed_day=moves_off_closed_day,
        )

    async def post(self, *drafts: EntryDraft) -> list[Outcome]:
        async with self.database.write(self.platform_id) as conn:
            return await post_entries(conn, drafts=drafts, actor=ACTOR)

    async def post_lines(self, lines: str, *, day: date | None = None) -> Posted:
        (outcome,) = await self.post(self.draft(lines, day=day))
        assert isinstance(outcome, Posted), outcome
        return outcome

    async def refuse(self, *drafts: EntryDraft) -> list[str]:
        """The codes of the refusals, having made sure that nothing was written."""
        before = await self.count_rows()
        codes = [one.error.code for one in await self.post(*drafts) if isinstance(one, Refused)]
        assert await self.count_rows() == before
        return codes

    async def reverse(self, sequence: int, *, key: str | None = None) -> Outcome:
        async with self.database.write(self.platform_id) as conn:
            reversal = Reversal(key or f"r{next(self._keys)}", sequence, self.today)
            return (await reverse_entries(conn, reversals=[reversal], actor=ACTOR))[0]

    async def close(self, through: date, *, book: str = "LE") -> Closed:
        async with self.database.write(self.platform_id) as conn:
            return await close_period(conn, book_id=self.ids[book], through=through, actor=ACTOR, now=datetime.now(UTC))

    async def close_as_older_stores(self, through: date, *, book: str = "LE") -> None:
        """As only older stores can have it: now a book is closed through days that are over."""
        connection = await asyncpg.connect(self.database.dsn)
        try:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute("UPDATE book SET closed_through = $1 WHERE book_id = $2", through, self.ids[book])
        finally:
            await connection.close()

    async def register(self, *drafts: PartyDraft) -> None:
        async with self.database.write(self.platform_id) as conn:
            outcomes = await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)
        for one in outcomes:
            assert not isinstance(one, Refused), one
            self.ids[one.reference] = one.party_id

    async def move(self, reference: str, to: str) -> Moved:
        parent = self.reference if to == "OP" else to
        async with self.database.write(self.platform_id) as conn:
            return await move_party(conn, reference=reference, to=parent, actor=ACTOR, now=NOW)

    async def pass_days(self, days: int) -> None:
        """Let the log's clock run ahead: the next posting is that many days later."""
        async with self.database.write(self.platform_id) as conn:
            await conn.execute(
                "UPDATE log_head SET posted_at = greatest(posted_at, clock_timestamp()) + make_interval(days => $1)",
                days,
            )
        self.today += timedelta(days=days)

    async def set_clock(self, at: datetime) -> None:
        """Let the log's clock stand at an instant that is far ahead, so that no day passes meanwhile."""
        async with self.database.write(self.platform_id) as conn:
            await conn.execute("UPDATE log_head SET posted_at = $1", at)

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.database.read(self.platform_id) as conn:
            return await conn.fetch(statement, *arguments)

    async def count_rows(self) -> dict[str, int]:
        """How many rows each table of the journal has, and where its log ends."""
        columns = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in COUNTED)
        (row,) = await self.fetch(f"SELECT {columns}, (SELECT sequence FROM log_head) AS head")
        return dict(row)

    async def account_ids(self, places: Sequence[AccountKey]) -> list[int]:
        rows = await self.fetch(
            """
            SELECT a.account_id FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[])
                WITH ORDINALITY AS k (book_id, code, party_id, currency, position)
            INNER JOIN account AS a ON a.book_id = k.book_id AND a.code = k.code AND a.currency = k.currency
                AND a.party_id IS NOT DISTINCT FROM nullif(k.party_id, 0)
            ORDER BY k.position
            """,
            *([*column] for column in zip(*((b, c, p or 0, m) for b, c, p, m in places), strict=True)),
        )
        assert len(rows) == len(places)
        return [row["account_id"] for row in rows]


async def open_world(database: Database, *, drafts: Sequence[PartyDraft] = TREE, time_zone: str = "UTC") -> World:
    """A platform of its own, whoever else uses the database."""
    reference = f"OP-{os.getpid()}-{next(_numbers)}"
    operator = PartyDraft(reference, "OPERATOR", "Operator", time_zone=time_zone)
    platform = await open_platform(database, operator=operator, actor=ACTOR, now=NOW)
    async with database.read(platform.platform_id) as conn:
        root = (await find_parties(conn, references=[reference]))[reference]
    world = World(database, platform.platform_id, reference, {"OP": root.party_id})
    await world.register(*(_under(draft, reference) for draft in drafts))
    return world


def _under(draft: PartyDraft, operator: str) -> PartyDraft:
    parent = operator if draft.parent == "OP" else draft.parent
    return PartyDraft(draft.reference, draft.kind, draft.name, parent, draft.currency, draft.time_zone)
