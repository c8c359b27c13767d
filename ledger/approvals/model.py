"""The values of approvals: what is asked, of whom, what was said, and what came of it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

# Any person with a live key of that role, in the place of a name.
ANY_OPERATOR = "role:operator"

# The names of who acts on the store itself: the worker, and the command line by the user of the machine. A regular
# expression that Python and PostgreSQL read alike, so that who is a person stands here and nowhere else.
PROGRAM_NAMES = r"\A(system\Z|cli:)"


class Kind(StrEnum):
    """What may need approval. Whoever brings a kind registers what happens once it is granted."""

    SHEET = "SHEET"
    ADJUSTMENT = "ADJUSTMENT"
    PAYOUT = "PAYOUT"
    DEPOSIT = "DEPOSIT"
    HOLD = "HOLD"
    INVOICE_OVERRIDE = "INVOICE_OVERRIDE"
    WRITE_OFF = "WRITE_OFF"
    RECEIPT_RETURN = "RECEIPT_RETURN"
    LATE_PAYMENT = "LATE_PAYMENT"
    PERIOD_REOPENING = "PERIOD_REOPENING"
    PLAN_PUBLICATION = "PLAN_PUBLICATION"
    RATE_OVERRIDE = "RATE_OVERRIDE"
    FLOW_DEFINITION = "FLOW_DEFINITION"


# These need a second person even where no flow was ever defined.
ALWAYS_APPROVED = frozenset(
    {Kind.PERIOD_REOPENING, Kind.INVOICE_OVERRIDE, Kind.RATE_OVERRIDE, Kind.WRITE_OFF, Kind.LATE_PAYMENT}
)


# What requests of these kinds do not say of themselves: a flow that asks for it would fit none of them.
WITHOUT_AMOUNT = frozenset({Kind.PERIOD_REOPENING, Kind.PLAN_PUBLICATION, Kind.RATE_OVERRIDE, Kind.FLOW_DEFINITION})
WITHOUT_BOOK = frozenset({Kind.PLAN_PUBLICATION, Kind.RATE_OVERRIDE})
WITHOUT_PARTY = frozenset({Kind.PERIOD_REOPENING, Kind.PLAN_PUBLICATION, Kind.RECEIPT_RETURN})


class Status(StrEnum):
    """Where a request stands. NOT_REQUIRED is an answer only: nothing of it is stored."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    STALE = "STALE"
    NOT_REQUIRED = "NOT_REQUIRED"


class Verdict(StrEnum):
    """What a person says."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class Rule(StrEnum):
    """Whether one of a step's approvers is enough, or each of them has to agree."""

    ANY = "ANY"
    ALL = "ALL"


class Capacity(StrEnum):
    """As what somebody decides, in the order in which his place is looked for."""

    APPROVER = "APPROVER"
    DELEGATE = "DELEGATE"
    SUBSTITUTE = "SUBSTITUTE"
    ESCALATION = "ESCALATION"


def is_person(actor: str) -> bool:
    """Tell whether a name is a person's. Programs ask for approval and never give it, whatever key bears their name."""
    return re.search(PROGRAM_NAMES, actor) is None


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a flow. Names are actors', or ANY_OPERATOR.

    `substitutes` come in where no approver is there, `escalates_to` where no substitute is there either or the step is
    not through `due_hours` after it opened.
    """

    approvers: tuple[str, ...]
    rule: Rule = Rule.ANY
    substitutes: tuple[str, ...] = ()
    escalates_to: tuple[str, ...] = (ANY_OPERATOR,)
    due_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """
    Who has to agree, and to what: a kind, narrowed to a book, a party and amounts from `from_amount_minor` of
    `currency` on; None is any. A retired flow no longer asks for anything.
    """

    kind: Kind
    name: str
    steps: tuple[Step, ...]
    book_id: int | None = None
    party_id: int | None = None
    currency: str | None = None
    from_amount_minor: int = 0
    is_retired: bool = False
    flow_version: int | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """
    Something that shall happen. `subject` is the document ("sheet/17"), `digest` SHA-256 of exactly what will happen;
    with `content` it must be of that text, which is then kept for whoever decides and for whoever applies it.
    `counterparty_id` is the party that gets what the other gives: where no flow asks on behalf of the one, it may on
    behalf of the other, whom the request is then about.
    """

    kind: Kind
    subject: str
    digest: bytes
    amount_minor: int | None
    currency: str | None
    book_id: int | None
    party_id: int | None
    description: str
    content: str = ""
    counterparty_id: int | None = None


class Requested(NamedTuple):
    """`state` is PENDING, or NOT_REQUIRED with no approval; `replayed` when the same was waiting already."""

    approval_id: int | None
    state: Status
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says to a request; `digest` is of what he saw."""

    approval_id: int
    digest: bytes
    verdict: Verdict
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """
    A request that has come to an end, or (PENDING) was submitted again: what its subject's package is told.

    `actor` is whose word ended it.
    """

    approval_id: int
    kind: Kind
    subject: str
    digest: bytes
    status: Status
    maker: str
    actor: str
    comment: str
    content: str = field(repr=False, default="")

    @property
    def granted(self) -> bool:
        """Whether it shall happen now."""
        return self.status is Status.GRANTED


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What a decision made of its request; `decided` only where this decision ended it, so that it is applied once.
    """

    approval_id: int
    status: Status
    step: int
    replayed: bool
    decided: Decided | None


class Delegation(NamedTuple):
    """From one person to another, from `starts_at` until before `ends_at`; `kind` None is every kind."""

    delegation_id: int
    from_actor: str
    to_actor: str
    kind: Kind | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A place for one person in a step of a request."""

    step: int
    seat: int
    approvers: tuple[str, ...]
    substitutes: tuple[str, ...]
    escalates_to: tuple[str, ...]
    due_hours: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """
    A request as it stands. `counted` are the people whose word it has, themselves or through another; `filled` the
    places (step, seat) they took; `awaited` whom it waits for, as the last event said.
    """

    approval_id: int
    kind: Kind
    subject: str
    digest: bytes
    content: str
    description: str
    maker: str
    status: Status
    step: int
    amount_minor: int | None
    currency: str | None
    book_id: int | None
    party_id: int | None
    requested_at: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    seats: tuple[Seat, ...]
    counted: frozenset[str]
    filled: frozenset[tuple[int, int]]
    awaited: tuple[str, ...] = ()

    @property
    def open_seats(self) -> tuple[Seat, ...]:
        """The places of the current step that nobody has taken."""
        return tuple(s for s in self.seats if s.step == self.step and (s.step, s.seat) not in self.filled)
