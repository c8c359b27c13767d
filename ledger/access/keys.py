"""
API keys: sb_<platform>_<key id>_<secret>, the last two in hexadecimal.

The store keeps HMAC-SHA-256(pepper, secret and what the key says). A secret has 256 random bits, so a slow password
hash would only slow down every request; the pepper makes a stolen table useless on its own. It is of no use to write to
the table either: a row with another role, actor, party or end than its own is no key, and a new one needs the pepper.
"""

import hmac
import json
import re
import secrets
from datetime import UTC, datetime

from ledger.access import sql
from ledger.access.errors import ActorTaken, KeyExpired, KeyInvalid, KeyMissing, KeyScopeMismatch, Why
from ledger.access.model import IssuedKey, ListedKey, PresentedKey, Principal, Role
from ledger.actor import Actor, is_same_person
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.ids import LARGEST_NUMBER
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events

_KEY = re.compile(r"sb_([1-9][0-9]{0,18})_([0-9a-f]{16})_([0-9a-f]{64})")
_NOBODY = bytes(32)
_STRANGER = Principal(0, Role.PARTY, Actor("nobody"), 0, "0" * 16, None)


async def create_key(
    conn: Connection,
    *,
    role: Role,
    name: str,
    pepper: bytes,
    now: datetime,
    party_id: int | None = None,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """
    Create a key in the connection's platform; its text is in the answer and nowhere else.

    `name` is the actor written beside everything the key does. Keys of people carry the person's name, whatever their
    role, because maker and checker are compared by it: names that differ only in case, width or the way in which their
    letters are put together are one person's.

    Refusals, first match wins: InvalidInput, KeyScopeMismatch, ActorTaken.
    """
    actor = Actor(_check_name(name))
    _check_scope(role, party_id)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(field=("expires_at",), reason=Why.KEY_EXPIRES_LATER)
    await lock_log(conn)  # two names that are alike would otherwise not see each other
    alike = [each for each in await sql.list_taken_actors(conn) if is_same_person(each, actor.name)]
    if alike:
        raise ActorTaken(field=("name",), actor=alike[0])
    principal = Principal(conn.platform_id, role, actor, party_id, secrets.token_hex(8), expires_at)
    secret = secrets.token_bytes(32)
    await sql.insert_key(conn, principal=principal, secret_hash=_seal(principal, secret, pepper), now=now)
    return IssuedKey(principal, f"sb_{principal.platform_id}_{principal.key_id}_{secret.hex()}")


def parse_key(text: str) -> PresentedKey:
    """
    Take a key apart without believing any of it; its platform says which wall to look behind.

    Refusals: KeyInvalid.
    """
    match = _KEY.fullmatch(text)
    if match is None or int(match[1]) > LARGEST_NUMBER:
        raise KeyInvalid()
    return PresentedKey(int(match[1]), match[2], bytes.fromhex(match[3]))


async def authenticate(conn: Connection, *, key: PresentedKey, pepper: bytes, now: datetime) -> Principal:
    """
    Find out who presents a key; `conn` is inside the platform that the key names.

    Refusals, first match wins: KeyInvalid, KeyExpired.
    """
    row = await sql.find_key(conn, key_id=key.key_id)
    # An unknown id costs the same comparison as a wrong secret, so the two cannot be told apart by the clock.
    principal = _to_principal(key, row) if row else _STRANGER
    kept = row["secret_hash"] if row else _NOBODY
    genuine = hmac.compare_digest(_seal(principal, key.secret, pepper), kept)
    # Keys of older programs are bound to nothing but their secret.
    genuine |= hmac.compare_digest(_hash(key.secret, pepper), kept)
    if row is None or not genuine or row["revoked_at"] is not None or key.platform_id != conn.platform_id:
        raise KeyInvalid()
    if principal.expires_at is not None and principal.expires_at <= now:
        raise KeyExpired(expired_at=principal.expires_at.isoformat())
    return principal


async def revoke_key(conn: Connection, *, key_id: str, actor: Actor, now: datetime) -> None:
    """
    End a key for good and give its actor's name back, which is an event: whoever opens it again in the table is found
    out by it. Ending it twice changes nothing.

    Refusals: KeyMissing.
    """
    await lock_log(conn)
    row = await sql.find_key(conn, key_id=key_id)
    if row is None:
        raise KeyMissing(field=("key_id",), key_id=key_id)
    if row["revoked_at"] is None:
        await sql.revoke_key(conn, key_id=key_id, now=now)
        said = write_json({"key": key_id, "name": row["actor"], "role": row["role"]})
        event = EventDraft("key.revoked", f"key/{key_id}", now, (), said)
        await log_events(conn, events=[event], actor=actor)


async def list_keys(conn: Connection) -> list[ListedKey]:
    """Every key of the platform, revoked ones included, oldest first."""
    return [ListedKey(row["key_id"], Role(row["role"]), *tuple(row)[2:]) for row in await sql.list_keys(conn)]


async def has_live_key(conn: Connection, *, role: Role, now: datetime) -> bool:
    """Tell whether the platform has a key of this role that can be used now."""
    return await sql.has_live_key(conn, role=role.value, now=now)


async def find_live_actors(conn: Connection, *, role: Role, now: datetime) -> frozenset[str]:
    """The names under which keys of this role can act now: who is there."""
    return frozenset(await sql.find_live_actors(conn, role=role.value, now=now))


def _check_name(name: str) -> str:
    if not (1 <= len(name) <= 100 and name == name.strip() and name.isprintable()):
        raise InvalidInput(field=("name",), reason=Why.KEY_NAME)
    return name


def _check_scope(role: Role, party_id: int | None) -> None:
    if role is Role.PARTY and party_id is None:
        raise KeyScopeMismatch(field=("party",), role=role.value, rule=Why.FOR_ONE_PARTY)
    if role in (Role.OPERATOR, Role.AUDITOR) and party_id is not None:
        raise KeyScopeMismatch(field=("party",), role=role.value, rule=Why.FOR_THE_PLATFORM)


def _to_principal(key: PresentedKey, row: sql.Row) -> Principal:
    return Principal(
        key.platform_id, Role(row["role"]), Actor(row["actor"]), row["party_id"], key.key_id, row["expires_at"]
    )


def _seal(principal: Principal, secret: bytes, pepper: bytes) -> bytes:
    """What is kept of a key: longer than a secret, so that it is never what `_hash` is of."""
    expires_at = principal.expires_at and principal.expires_at.astimezone(UTC).isoformat()
    said = [
        principal.platform_id,
        principal.key_id,
        principal.role.value,
        principal.actor.name,
        principal.party_id,
        expires_at,
    ]
    return hmac.digest(pepper, secret + json.dumps(said).encode(), "sha256")


def _hash(secret: bytes, pepper: bytes) -> bytes:
    return hmac.digest(pepper, secret, "sha256")
