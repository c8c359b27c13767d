"""Keys against a real store, through the authenticator."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.auth import Authenticator, read_bearer
from app.refusals import CredentialExpired, Forbidden, Unauthenticated
from ledger.access.keys import create_key, revoke_key
from ledger.access.model import IssuedKey, Role
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable

PEPPER = b"pepper"
START = datetime(2026, 11, 21, tzinfo=UTC)


class World:
    def __init__(self, database: Database, platform_id: int) -> None:
        self.database = database
        self.platform_id = platform_id
        self.now = START

    def authenticator(self, ttl_seconds: float = 3.0) -> Authenticator:
        return Authenticator(
            database=self.database, pepper=PEPPER, now=lambda: self.now, ttl_seconds=ttl_seconds, capacity=2
        )

    async def issue(self, name: str, role: Role = Role.OPERATOR, expires_at: datetime | None = None) -> IssuedKey:
        async with self.database.write(self.platform_id) as conn:
            return await create_key(conn, role=role, name=name, pepper=PEPPER, now=START, expires_at=expires_at)

    async def revoke(self, key: IssuedKey) -> None:
        async with self.database.write(self.platform_id) as conn:
            await revoke_key(conn, key_id=key.principal.key_id, actor=Actor("cli"), now=START)


@pytest.fixture
async def world(fresh_database: str) -> AsyncIterator[World]:
    owner = await asyncpg.connect(fresh_database)
    try:
        platform_id = await owner.fetchval(
            "INSERT INTO platform (reference, time_zone) VALUES ('P', 'UTC') RETURNING platform_id"
        )
        await owner.execute("INSERT INTO log_head (platform_id) VALUES ($1)", platform_id)
    finally:
        await owner.close()
    database = await Database.connect(fresh_database)
    try:
        yield World(database, platform_id)
    finally:
        await database.close()


async def test_a_key_is_its_viewer_until_it_is_revoked(world):
    key = await world.issue("ann")
    other = await world.issue("bob", Role.AUDITOR)
    authenticator = world.authenticator(ttl_seconds=0.1)

    viewer = await authenticator.authenticate(key.text)
    assert (viewer.platform_id, viewer.actor.name, viewer.role) == (world.platform_id, "ann", Role.OPERATOR)
    await world.revoke(key)
    await asyncio.sleep(0.15)

    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(key.text)
    assert (await authenticator.authenticate(other.text)).actor.name == "bob"


async def test_a_remembered_key_still_expires_on_the_instant(world):
    key = await world.issue("ann", expires_at=START + timedelta(seconds=1))
    authenticator = world.authenticator(ttl_seconds=60)
    await authenticator.authenticate(key.text)

    world.now = START + timedelta(seconds=1)

    with pytest.raises(CredentialExpired):
        await authenticator.authenticate(key.text)
    with pytest.raises(CredentialExpired):
        await world.authenticator().authenticate(key.text)


async def test_more_keys_than_are_remembered_are_still_taken(world):
    authenticator = world.authenticator()
    keys = [await world.issue(name) for name in ("a", "b", "c")]

    for key in (*keys, *keys):
        assert (await authenticator.authenticate(key.text)).actor == key.principal.actor


async def test_a_caller_that_gives_up_does_not_fail_those_who_asked_with_it(world):
    key = await world.issue("ann")
    authenticator = world.authenticator()
    calls = [asyncio.create_task(authenticator.authenticate(key.text)) for _ in range(3)]
    await asyncio.sleep(0)

    calls[0].cancel()

    assert {(await call).actor.name for call in calls[1:]} == {"ann"}


async def test_a_store_that_is_away_is_not_mistaken_for_a_bad_key(world):
    key = await world.issue("ann")
    await world.database.close()

    with pytest.raises(DatabaseUnavailable):
        await world.authenticator().authenticate(key.text)


async def test_what_each_role_may_do(world):
    viewers = {}
    for role in (Role.OPERATOR, Role.AUDITOR, Role.PARTNER):
        viewers[role] = await world.authenticator().authenticate((await world.issue(role.value, role)).text)

    assert {role: viewer.may_write for role, viewer in viewers.items()} == {
        Role.OPERATOR: True,
        Role.AUDITOR: False,
        Role.PARTNER: True,
    }
    assert all(viewer.sees_whole_platform and viewer.scope_party_id is None for viewer in viewers.values())
    viewers[Role.OPERATOR].require(frozenset({Role.OPERATOR}))
    with pytest.raises(Forbidden):
        viewers[Role.AUDITOR].require(frozenset({Role.OPERATOR}))


@pytest.mark.parametrize("header", ["Bearer KEY", "bearer KEY", "BEARER  KEY "])
def test_a_bearer_is_read_however_the_scheme_is_spelled(header):
    assert read_bearer(header) == "KEY"


@pytest.mark.parametrize("header", [None, "", "KEY", "Bearer", "Bearer ", "Basic KEY", "Token KEY"])
def test_anything_else_is_no_bearer(header):
    with pytest.raises(Unauthenticated):
        read_bearer(header)
