"""
What happens in the demo's year besides orders, and when: who leaves money with the platform, what is billed, adjusted,
held, disputed and approved. Each is the document that a caller of the API would send, told at one of the days on which
the year is settled.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from app.demo.regions import CHINA
from app.demo.settlement import SETTLED_AT

Document = dict[str, Any]

# Two Chinese merchants that every marketplace of ours has: most of this happens to them.
KEEPER = "M-000016"
OBJECTOR = "M-000012"
# Somebody else has to agree to adjustments from 500.00 on; this person does so until the year is over.
APPROVED_FROM_MINOR = 50_000
CHECKER = "demo-finance"


class SheetHold(NamedTuple):
    """A hold of one `part`-th of what a sheet has to be paid, of a sheet of `party` if one waits for it."""

    day: date
    party: str
    part: int
    document: Document


class Objection(NamedTuple):
    """A dispute of the first line of a sheet, of `party` if one of its sheets waits for it."""

    day: date
    party: str
    reason: str


class Decision(NamedTuple):
    """What the checker says to an adjustment."""

    day: date
    adjustment: str
    verdict: str
    comment: str


def agreements() -> list[Document]:
    """Return the deposit agreements: one keeps a part of each sheet for half a year, one goes up to an amount."""
    place = {"legalEntity": CHINA.entity, "currency": CHINA.currency, "release": "ON_DATE"}
    warranty = {"kind": "WAR", "basis": "PERIOD_NET", "rate": "0.02", "months": 6}
    security = {"kind": "SEC", "basis": "TARGET", "amount": "2000.00", "months": 24}
    return [
        {**place, **warranty, "reference": "warranty", "party": KEEPER, "legalGround": "Merchant agreement, clause 7"},
        {
            **place,
            **security,
            "reference": "security",
            "party": OBJECTOR,
            "legalGround": "Merchant agreement, clause 9",
        },
    ]


def receipts() -> list[Document]:
    """Return the deposits that came in by transfer."""
    paid = {"currency": CHINA.currency, "amount": "500.00", "startDate": "2025-02-01"}
    return [{"reference": "security-1", "agreement": "security", **paid}]


def fee_lines(now: datetime) -> list[Document]:
    """Return the fees that the warehouse and the advertising system bill at `now`; one of them is taken back."""
    place = {"settlementEntity": CHINA.entity, "currency": CHINA.currency, "occurredAt": now.isoformat()}
    month = f"{now:%Y-%m}"
    lines = [
        {**place, "id": f"storage-{month}", "party": KEEPER, "item": "STORAGE", "amount": "36.00"},
        {**place, "id": f"advertising-{month}", "party": OBJECTOR, "item": "ADVERTISING", "amount": "58.00"},
    ]
    if now.date() == date(2025, 5, 1):
        back = {"item": "STORAGE", "amount": "12.00", "reverses": "storage-2025-04"}
        lines.append({**place, "id": "storage-2025-04-back", "party": KEEPER, **back})
    return lines


def adjustments(now: datetime) -> list[Document]:
    """Return the adjustments that are proposed at `now`; those from 500.00 on wait for the checker."""
    place = {"legalEntity": CHINA.entity, "currency": CHINA.currency}
    return [{**place, **document} for day, document in _ADJUSTMENTS if day == now.date()]


def decisions(now: datetime) -> list[Decision]:
    """Return what the checker decides at `now`."""
    return _of_day(_DECISIONS, now)


def holds(now: datetime) -> list[SheetHold]:
    """Return the holds that are placed at `now`."""
    return _of_day(_HOLDS, now)


def lifts(now: datetime) -> list[tuple[str, Document]]:
    """Return the holds, by reference, that somebody lifts at `now`."""
    return [(reference, document) for day, reference, document in _LIFTS if day == now.date()]


def objections(now: datetime) -> list[Objection]:
    """Return the disputes that are opened at `now`."""
    return _of_day(_OBJECTIONS, now)


def answers(now: datetime) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is answered at `now` to every open dispute, with the adjustments that were made for it."""
    return [(text, references) for day, text, references in _ANSWERS if day == now.date()]


def _of_day(items: Sequence[Any], now: datetime) -> list[Any]:
    return [item for item in items if item.day == now.date()]


_END = SETTLED_AT[-1].date()
_RISK = {
    "reason": "RISK_REVIEW",
    "legalGround": "Merchant agreement, clause 12",
    "releaseCondition": "The review of unusually many orders has ended",
    "releaseRule": "BY_HAND",
}
_RETURNS = {
    "reason": "RETURNS_RESERVE",
    "legalGround": "Merchant agreement, clause 8",
    "releaseCondition": "The buyers' time for returns is over",
    "releaseRule": "ON_DATE",
}
_IDENTITY = {
    "reason": "IDENTITY_CHECK",
    "legalGround": "Anti-money-laundering rules, renewal of papers",
    "releaseCondition": "The new licence has been checked",
    "releaseRule": "BY_HAND",
}
_HOLDS = (
    SheetHold(date(2025, 9, 1), KEEPER, 4, {**_RISK, "reference": "risk", "expectedReleaseDate": "2025-10-15"}),
    SheetHold(date(2025, 10, 1), KEEPER, 5, {**_RETURNS, "reference": "returns", "expectedReleaseDate": "2025-12-20"}),
    # The last one is still there when a newcomer looks.
    SheetHold(_END, KEEPER, 3, {**_IDENTITY, "reference": "identity", "expectedReleaseDate": "2026-03-31"}),
)
_LIFTS = ((date(2025, 10, 1), "risk", {"reference": "risk-1", "reason": "Nothing was found."}),)
_ADJUSTMENTS: tuple[tuple[date, Document], ...] = (
    (
        date(2025, 4, 1),
        {
            "reference": "late-parcels",
            "kind": "PENALTY",
            "party": KEEPER,
            "amount": "30.00",
            "reason": "Three parcels left late in March",
        },
    ),
    (
        date(2025, 5, 1),
        {
            "reference": "lost-pallet",
            "kind": "COMPENSATION",
            "party": OBJECTOR,
            "amount": "620.00",
            "reason": "A pallet was lost in our warehouse",
        },
    ),
    (
        date(2025, 8, 1),
        {
            "reference": "wrong-category",
            "kind": "COMPENSATION",
            "party": OBJECTOR,
            "amount": "45.00",
            "reason": "Commission of a wrong category",
        },
    ),
    (
        date(2025, 11, 1),
        {
            "reference": "missing-invoices",
            "kind": "PENALTY",
            "party": KEEPER,
            "amount": "900.00",
            "reason": "Invoices of October are missing",
        },
    ),
    # The last one waits for whoever tries the gateway.
    (
        _END,
        {
            "reference": "double-advertising",
            "kind": "COMPENSATION",
            "party": OBJECTOR,
            "amount": "696.00",
            "reason": "Advertising of 2025 was billed twice",
        },
    ),
)
_DECISIONS = (
    Decision(date(2025, 6, 1), "lost-pallet", "APPROVE", "Seen with the warehouse."),
    Decision(date(2025, 12, 1), "missing-invoices", "REJECT", "They came with the November mail."),
)
_OBJECTIONS = (
    Objection(date(2025, 7, 1), OBJECTOR, "The first line has the commission of another category."),
    Objection(_END, OBJECTOR, "The first line was returned in December."),
)
_ANSWERS = ((date(2025, 8, 1), "You are right; the difference is on the next sheet.", ("wrong-category",)),)
