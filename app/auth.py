"""Who calls, and what they may see and do."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.refusals import CredentialExpired, Forbidden, Unauthenticated
from ledger.access import keys
from ledger.access.errors import KeyExpired, KeyInvalid
from ledger.access.model import PresentedKey, Principal, Role
from ledger.actor import SYSTEM, Actor
from ledger.db.connecting import Database

# A key of ours has about 100 characters; whatever is much longer is not looked at.
_LONGEST_CREDENTIAL = 400

WRITERS = frozenset({Role.OPERATOR})
# What a party says about its own documents; an operator may say it in its place.
OWNERS = frozenset({Role.OPERATOR, Role.PARTY})
# A partner brings parties, orders and entries; how they are judged stays the operator's.
PROVIDERS = frozenset({Role.OPERATOR, Role.PARTNER})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The principal of one request, and the only place that says what its role may do."""

    principal: Principal

    @property
    def platform_id(self) -> int:
        return self.principal.platform_id

    @property
    def actor(self) -> Actor:
        return self.principal.actor

    @property
    def role(self) -> Role:
        return self.principal.role

    @property
    def may_write(self) -> bool:
        """Operators write, and partners of the whole platform write some; auditors and parties read."""
        return self.principal.role in PROVIDERS and self.sees_whole_platform

    @property
    def scope_party_id(self) -> int | None:
        """The root of the only subtree that may be seen; None is the whole platform."""
        return self.principal.party_id

    @property
    def sees_whole_platform(self) -> bool:
        """Whether sequences, hashes and proofs may be shown, which tell about everybody's business."""
        return self.principal.party_id is None

    def knows(self, actor: str) -> bool:
        """
        Whether it may be told that this actor did something, and with which words. Who sees only a part knows himself
        and the rules at work; the operator's people, and what they say to each other, are outside every subtree.
        """
        return self.sees_whole_platform or actor in (self.actor.name, SYSTEM.name)

    def require(self, roles: frozenset[Role]) -> None:
        """
        Refusals: Forbidden. Whoever sees only a part writes nothing: what he writes would touch what he cannot see.
        Save a party, where the mutation names that role: it then writes about its own documents only.
        """
        sees_enough = self.sees_whole_platform or self.principal.role is Role.PARTY
        if self.principal.role not in roles or not sees_enough:
            raise Forbidden(role=self.principal.role.value)


def read_bearer(header: str | None) -> str:
    """
    Take the key out of an Authorization header.

    Refusals: Unauthenticated.
    """
    scheme, _, credential = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated()
    return credential.strip()


@dataclass(frozen=True, slots=True)
class _Known:
    viewer: Viewer
    until: float


class Authenticator:
    """
    Turns a presented key into a viewer, remembering it for `ttl_seconds`: so long may a revoked key still work.

    Only keys that were found good are remembered, by their hash.
    """

    def __init__(
        self,
        *,
        database: Database,
        pepper: bytes,
        now: Callable[[], datetime],
        ttl_seconds: float = 3.0,
        capacity: int = 10_000,
    ) -> None:
        self._database = database
        self._pepper = pepper
        self._now = now
        self._ttl_seconds = ttl_seconds
        self._capacity = capacity
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Viewer]] = {}

    async def authenticate(self, credential: str) -> Viewer:
        """
        Find out who presents a key.

        Refusals: Unauthenticated, CredentialExpired, DatabaseUnavailable.
        """
        if len(credential) > _LONGEST_CREDENTIAL:
            raise Unauthenticated()
        try:
            key = keys.parse_key(credential)
        except KeyInvalid:
            raise Unauthenticated() from None
        digest = hashlib.sha256(credential.encode()).digest()
        viewer = self._recall(digest) or await self._ask_once(digest, key)
        expires_at = viewer.principal.expires_at
        if expires_at is not None and expires_at <= self._now():
            raise CredentialExpired(expired_at=expires_at.isoformat())
        return viewer

    def _recall(self, digest: bytes) -> Viewer | None:
        known = self._known.get(digest)
        return known.viewer if known is not None and known.until > time.monotonic() else None

    async def _ask_once(self, digest: bytes, key: PresentedKey) -> Viewer:
        # Many requests of one key arrive together whenever the memory of it ends; one of them asks for all.
        task = self._asking.get(digest)
        if task is None:
            task = self._asking[digest] = asyncio.create_task(self._ask(digest, key))
            task.add_done_callback(lambda done: self._forget_asking(digest, done))
        # Shielded: the caller that happened to be first may give up without failing the others.
        return await asyncio.shield(task)

    def _forget_asking(self, digest: bytes, done: asyncio.Task[Viewer]) -> None:
        self._asking.pop(digest, None)
        if not done.cancelled():
            done.exception()  # every caller may have given up, and then nobody else retrieves it

    async def _ask(self, digest: bytes, key: PresentedKey) -> Viewer:
        try:
            async with self._database.read(key.platform_id) as conn:
                principal = await keys.authenticate(conn, key=key, pepper=self._pepper, now=self._now())
        except KeyInvalid:
            self._known.pop(digest, None)
            raise Unauthenticated() from None
        except KeyExpired as expired:
            self._known.pop(digest, None)
            raise CredentialExpired(**expired.facts) from None
        viewer = Viewer(principal)
        self._known[digest] = _Known(viewer, time.monotonic() + self._ttl_seconds)
        self._known.move_to_end(digest)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return viewer
