"""The values of the parties."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["OPERATOR", "LEGAL_ENTITY", "MERCHANT", "SUPPLIER", "AGENT", "DISTRIBUTOR"]
Status = Literal["ACTIVE", "BLOCKED", "CLOSED"]


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party to be registered; `settlement` and `metadata` are canonical JSON text or ""."""

    reference: str
    kind: Kind
    name: str
    parent: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    settlement: str = ""
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A party as it stands now; reference and kind never change."""

    party_id: int
    reference: str
    kind: Kind
    name: str
    parent_id: int | None
    status: Status
    currency: str | None
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Settler:
    """
    A party as settlement sees it: `settlement` is the JSON text it was registered with or "", `time_zone` its own or
    that of its nearest ancestor that has one, else UTC.
    """

    party_id: int
    reference: str
    kind: Kind
    settlement: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Registered:
    """`replayed` when the party was registered before with the same content."""

    party_id: int
    reference: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """`sequence` is the move's place in the log, 0 for a replay: the party already stands there."""

    party_id: int
    replayed: bool
    sequence: int


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """`replayed` when the party already had the status."""

    party_id: int
    replayed: bool
