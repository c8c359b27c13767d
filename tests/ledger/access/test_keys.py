"""Keys in a real store: made once, recognised, refused without a hint, ended for good."""

import asyncio
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledger.access.errors import ActorTaken, KeyExpired, KeyInvalid, KeyMissing, KeyScopeMismatch
from ledger.access.keys import authenticate, create_key, has_live_key, parse_key, revoke_key
from ledger.access.model import IssuedKey, Principal, Role
from ledger.actor import Actor
from ledger.errors import InvalidInput

from .conftest import World

CLI = Actor("cli:root")
PEPPER = b"a pepper of the server"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def make(world: World, *, platform_id: int | None = None, **given: object) -> IssuedKey:
    arguments: dict[str, object] = {"role": Role.OPERATOR, "name": "ann", "pepper": PEPPER, "now": NOW, **given}
    async with world.database.write(platform_id or world.platform_id) as conn:
        return await create_key(conn, **arguments)  # type: ignore[arg-type]


async def present(world: World, text: str, *, now: datetime = NOW, pepper: bytes = PEPPER) -> Principal:
    key = parse_key(text)
    async with world.database.read(key.platform_id) as conn:
        return await authenticate(conn, key=key, pepper=pepper, now=now)


async def test_a_key_stands_for_who_it_was_made_for(world):
    issued = await make(world, role=Role.PARTY, name="林小明", party_id=world.party_id)

    principal = await present(world, issued.text)

    assert principal == issued.principal
    assert (principal.role, principal.actor.name, principal.party_id) == (Role.PARTY, "林小明", world.party_id)
    assert issued.text.startswith(f"sb_{world.platform_id}_{principal.key_id}_")


async def test_the_store_never_holds_the_secret(world, module_database):
    issued = await make(world)
    secret = issued.text.rsplit("_", 1)[1]

    owner = await asyncpg.connect(module_database)
    stored = await owner.fetchval("SELECT k::text FROM api_key AS k WHERE platform_id = $1", world.platform_id)
    await owner.close()

    assert secret not in stored
    assert secret not in repr(issued)
    assert secret not in repr(parse_key(issued.text))


async def test_a_wrong_secret_an_unknown_id_another_pepper_and_another_platform_are_all_the_same_refusal(world):
    genuine = (await make(world)).text
    prefix, platform, key_id, secret = genuine.split("_")
    last = "1" if secret[-1] == "0" else "0"

    for text in (
        f"{prefix}_{platform}_{key_id}_{secret[:-1]}{last}",
        f"{prefix}_{platform}_{'0' * 16}_{secret}",
        f"{prefix}_{world.other_platform_id}_{key_id}_{secret}",
    ):
        with pytest.raises(KeyInvalid):
            await present(world, text)
    with pytest.raises(KeyInvalid):
        await present(world, genuine, pepper=b"another pepper")


async def test_a_key_is_not_taken_behind_another_platforms_wall(world):
    key = parse_key((await make(world)).text)

    async with world.database.read(world.other_platform_id) as conn:
        with pytest.raises(KeyInvalid):
            await authenticate(conn, key=key, pepper=PEPPER, now=NOW)
        with pytest.raises(KeyInvalid):
            await authenticate(conn, key=replace(key, platform_id=conn.platform_id), pepper=PEPPER, now=NOW)


async def test_a_key_works_until_the_instant_it_expires(world):
    issued = await make(world, expires_at=NOW + timedelta(hours=1))

    assert (await present(world, issued.text, now=NOW + timedelta(minutes=59))).expires_at == NOW + timedelta(hours=1)
    with pytest.raises(KeyExpired):
        await present(world, issued.text, now=NOW + timedelta(hours=1))


async def test_a_revoked_key_is_refused_for_good_and_gives_its_name_back(world):
    issued = await make(world)

    for later in (1, 2):
        async with world.database.write(world.platform_id) as conn:
            await revoke_key(conn, key_id=issued.principal.key_id, actor=CLI, now=NOW + timedelta(hours=later))

    with pytest.raises(KeyInvalid):
        await present(world, issued.text)
    assert (await make(world)).principal.actor.name == "ann"


async def test_revoking_needs_a_key_of_this_platform(world):
    issued = await make(world)

    async with world.database.write(world.other_platform_id) as conn:
        with pytest.raises(KeyMissing):
            await revoke_key(conn, key_id=issued.principal.key_id, actor=CLI, now=NOW)

    assert (await present(world, issued.text)).actor.name == "ann"


async def test_an_actor_has_one_live_key_per_platform(world):
    await make(world)

    with pytest.raises(ActorTaken):
        await make(world, role=Role.AUDITOR)

    assert (await make(world, platform_id=world.other_platform_id)).principal.actor.name == "ann"


@pytest.mark.parametrize("alike", ["Ann", "ANN", "\uff41nn"], ids=["case", "all of it", "width"])
async def test_one_person_is_no_maker_and_checker_by_another_way_of_writing_the_name(world, alike: str):
    first = await make(world)

    with pytest.raises(ActorTaken) as refused:
        await make(world, name=alike)

    assert refused.value.facts["actor"] == "ann"
    async with world.database.write(world.platform_id) as conn:
        await revoke_key(conn, key_id=first.principal.key_id, actor=CLI, now=NOW)
    assert (await make(world, name=alike)).principal.actor.name == alike


async def test_names_that_differ_in_how_their_letters_are_put_together_are_one(world):
    await make(world, name="Zoe\u0308  B")

    with pytest.raises(ActorTaken):
        await make(world, name="Zo\u00eb B")


async def test_of_two_alike_names_at_once_one_is_taken(world):
    made = await asyncio.gather(*(make(world, name=name) for name in ("ann", "Ann", "ANN")), return_exceptions=True)

    assert sorted(type(each).__name__ for each in made) == ["ActorTaken", "ActorTaken", "IssuedKey"]


@pytest.mark.parametrize(
    "change",
    [
        "role = 'OPERATOR', party_id = NULL",
        "actor = 'bob'",
        "role = 'PARTNER', party_id = NULL",
        "expires_at = NULL",
        "expires_at = expires_at + interval '1 year'",
        "key_id = '00000000000000fe'",
    ],
)
async def test_a_row_that_somebody_changed_is_no_key(world, module_database, change):
    later = NOW + timedelta(days=30, microseconds=1)
    text = (await make(world, role=Role.PARTY, party_id=world.party_id, expires_at=later)).text
    assert (await present(world, text)).expires_at == later

    owner = await asyncpg.connect(module_database)
    await owner.execute(f"UPDATE api_key SET {change} WHERE platform_id = $1", world.platform_id)
    await owner.close()

    with pytest.raises(KeyInvalid):
        await present(world, text.replace(text.split("_")[2], "00000000000000fe") if "key_id" in change else text)


async def test_a_key_of_an_older_program_is_still_one(world, module_database):
    issued = await make(world)
    secret = bytes.fromhex(issued.text.rsplit("_", 1)[1])
    owner = await asyncpg.connect(module_database)
    await owner.execute(
        "UPDATE api_key SET secret_hash = $2 WHERE platform_id = $1",
        world.platform_id,
        hmac.digest(PEPPER, secret, "sha256"),
    )
    await owner.close()

    assert await present(world, issued.text) == issued.principal


@pytest.mark.parametrize(
    ("role", "with_party", "allowed"),
    [
        (Role.OPERATOR, False, True),
        (Role.OPERATOR, True, False),
        (Role.AUDITOR, False, True),
        (Role.AUDITOR, True, False),
        (Role.PARTNER, False, True),
        (Role.PARTNER, True, True),
        (Role.PARTY, False, False),
        (Role.PARTY, True, True),
    ],
)
async def test_a_scope_fits_its_role_in_code_and_in_the_database(world, module_database, role, with_party, allowed):
    party_id = world.party_id if with_party else None
    owner = await asyncpg.connect(module_database)
    statement = """
        INSERT INTO api_key (platform_id, key_id, secret_hash, role, actor, party_id, created_at)
        VALUES ($1, '00000000000000ff', $2, $3, 'bypass', $4, $5)
    """
    row = (world.platform_id, bytes(32), role.value, party_id, NOW)

    if allowed:
        await make(world, role=role, party_id=party_id)
        await owner.execute(statement, *row)
    else:
        with pytest.raises(KeyScopeMismatch):
            await make(world, role=role, party_id=party_id)
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(statement, *row)
    await owner.close()


@pytest.mark.parametrize("name", ["", " ann", "ann\n", "a" * 101, "a\x00b", "\u202eann"])
async def test_a_name_is_printable_and_bounded(world, name):
    with pytest.raises(InvalidInput):
        await make(world, name=name)


async def test_a_key_cannot_be_made_expired(world):
    with pytest.raises(InvalidInput):
        await make(world, expires_at=NOW)


async def test_a_live_key_of_a_role_is_found_until_it_ends(world):
    async def is_there(now: datetime) -> bool:
        async with world.database.read(world.platform_id) as conn:
            return await has_live_key(conn, role=Role.OPERATOR, now=now)

    assert not await is_there(NOW)
    await make(world, name="auditor", role=Role.AUDITOR)
    assert not await is_there(NOW)
    await make(world, expires_at=NOW + timedelta(days=1))

    assert await is_there(NOW)
    assert not await is_there(NOW + timedelta(days=1))


async def test_the_program_can_revoke_a_key_and_change_nothing_else_about_it(world):
    await make(world)

    async with world.database.write(world.platform_id) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE api_key SET role = 'AUDITOR' WHERE platform_id = $1", conn.platform_id)
