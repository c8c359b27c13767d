"""Roles, and who a key stands for."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ledger.actor import Actor


class Role(StrEnum):
    """What a key is for: running the platform, checking it, working with it, or being one party of it."""

    OPERATOR = "OPERATOR"
    AUDITOR = "AUDITOR"
    PARTNER = "PARTNER"
    PARTY = "PARTY"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `party_id` is the root of the only subtree it may see; None is the whole platform."""

    platform_id: int
    role: Role
    actor: Actor
    party_id: int | None
    key_id: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a caller sent it, taken apart. Everything in it is a claim."""

    platform_id: int
    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `text` is shown once and stored nowhere."""

    principal: Principal
    text: str = field(repr=False)


class ListedKey(NamedTuple):
    """A key as lists show it; `party` is the reference of the party whose subtree it sees."""

    id: str
    role: Role
    actor: str
    party: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
