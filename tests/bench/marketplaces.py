"""Platforms to be measured, set up by plain SQL: what is being measured is not how they came about."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.accounts import resolve_accounts
from ledger.journal.books import Book
from ledger.journal.model import AccountKey
from ledger.journal.platforms import create_platform, open_books
from tests.bench.measuring import check_durable
from tests.bench.plain import create_plain_tables

ACTOR = Actor("bench")
CURRENCY = "CNY"
_AT_ONCE = 5_000


class Member(NamedTuple):
    """A party of a bench's tree."""

    party_id: int
    kind: str
    path: tuple[int, ...]


@dataclass(frozen=True)
class Marketplace:
    """A platform in a database of its own: `admin` is the server's superuser, `database` works as the program does."""

    dsn: str
    admin: asyncpg.Connection
    database: Database
    platform_id: int
    operator: Member
    book_id: int
    server: str
    paths: dict[int, tuple[int, ...]] = field(default_factory=dict)

    async def add_parties(
        self, prefix: str, kind: str, *, under: Sequence[Member], count: int, batch: int = 100_000
    ) -> list[Member]:
        """Register `count` parties in turn under those given, references counting from 0 after the prefix."""
        added: list[Member] = []
        for start in range(0, count, batch):
            places = range(start, min(count, start + batch))
            parents = [under[place % len(under)] for place in places]
            ids = await self.admin.fetch(_INSERT_PARTIES, self.platform_id, prefix, kind, start, *_columns(parents))
            added += [
                Member(row["party_id"], kind, (row["party_id"], *parent.path))
                for row, parent in zip(ids, parents, strict=True)
            ]
        self.paths.update((member.party_id, member.path) for member in added)
        return added

    def key(self, code: str, member: Member | None = None) -> AccountKey:
        """An account of a party, or of the platform."""
        return AccountKey(self.book_id, code, None if member is None else member.party_id, CURRENCY)

    async def open_accounts(self, keys: Sequence[AccountKey]) -> None:
        """Open accounts, so that posting finds them known."""
        for start in range(0, len(keys), _AT_ONCE):
            async with self.database.write(self.platform_id) as conn:
                await resolve_accounts(conn, keys=keys[start : start + _AT_ONCE])

    async def settle(self) -> None:
        """Let nothing of the set-up run on into the measurement: tables that have rows now know it."""
        tables = await self.admin.fetch(
            "SELECT relid::regclass::text AS name FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 0"
        )
        await self.admin.execute("VACUUM ANALYZE " + ", ".join(table["name"] for table in tables))
        await self.admin.execute("CHECKPOINT")


@asynccontextmanager
async def open_marketplace(dsn: str) -> AsyncIterator[Marketplace]:
    """A platform with an operator and one legal entity, and the floor's empty tables beside the journal."""
    admin = await asyncpg.connect(dsn)
    database = await Database.connect(dsn)
    try:
        await check_durable(admin)
        await create_plain_tables(admin)
        # Foreign keys and triggers stay out of the set-up's way: a million parties in seconds.
        await admin.execute("SET session_replication_role = replica")
        async with database.write(None) as conn:
            platform = await create_platform(conn, reference="BENCH", time_zone="UTC")
            assert platform is not None
            await check_durable(conn)
        version = await admin.fetchval("SHOW server_version")
        market = Marketplace(
            dsn, admin, database, platform.platform_id, Member(0, "", ()), 0, f"PostgreSQL {version}, durable"
        )
        yield await _with_entity(market)
    finally:
        await database.close()
        await admin.close()


async def _with_entity(market: Marketplace) -> Marketplace:
    nobody = Member(0, "", ())
    (operator,) = await market.add_parties("BENCH", "OPERATOR", under=[nobody], count=1)
    (entity,) = await market.add_parties("LE", "LEGAL_ENTITY", under=[operator], count=1)
    async with market.database.write(market.platform_id) as conn:
        await open_books(conn, books=[Book(entity.party_id, "LE0", "UTC")])
    return Marketplace(
        market.dsn,
        market.admin,
        market.database,
        market.platform_id,
        operator,
        entity.party_id,
        market.server,
        market.paths,
    )


def _columns(parents: Sequence[Member]) -> tuple[list[int], list[str]]:
    return [parent.party_id for parent in parents], [parent.kind for parent in parents]


_INSERT_PARTIES = """
INSERT INTO party (platform_id, reference, kind, parent_id, parent_kind, name, fingerprint)
SELECT $1, $2 || ($4 + p.position - 1), $3, nullif(p.parent_id, 0), nullif(p.parent_kind, ''), 'Party ' || p.position,
    sha256(int8send(p.position))
FROM unnest($5::bigint[], $6::text[]) WITH ORDINALITY AS p (parent_id, parent_kind, position)
ORDER BY p.position
RETURNING party_id
"""
