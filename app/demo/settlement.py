"""How the demo settles: terms of the roles, where everybody has an account, and the days on which it was settled."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.demo.regions import REGIONS

# The first second of each month of the year that is told, and a fortnight after its end.
SETTLED_AT = (*(datetime(2025, month, 1, tzinfo=UTC) for month in range(2, 13)), datetime(2026, 1, 15, tzinfo=UTC))


class Account(NamedTuple):
    """A made-up bank account; `number` is of no bank."""

    owner: str
    currency: str
    holder: str
    number: str


def terms() -> list[dict[str, Any]]:
    """Return the terms of the roles as documents: merchants twice a month, the others monthly."""
    return [
        _terms("MERCHANT", "SEMI_MONTHLY", confirmation="DEEMED", confirmationDays=7),
        _terms("AGENT", "MONTHLY", confirmation="NONE"),
        _terms("DISTRIBUTOR", "MONTHLY", confirmation="NONE"),
    ]


def paying_accounts() -> list[Account]:
    """Return the account that each legal entity pays from."""
    return [Account(place.entity, place.currency, place.name, f"DEMO{place.entity[3:]}0001") for place in REGIONS]


def payee_accounts(parties: Iterable[dict[str, Any]]) -> Iterator[Account]:
    """Yield an account per currency for every party that earns, from the parties of a marketplace."""
    for party in parties:
        if party["kind"] in ("OPERATOR", "LEGAL_ENTITY"):
            continue
        for place in REGIONS:
            number = f"DEMO{place.entity[3:]}{party['reference'].replace('-', '')}"
            yield Account(party["reference"], place.currency, party["name"], number)


def _terms(role: str, cycle: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "cycle": cycle, "dueDays": 5, "validFrom": "2024-01-01", "effect": "NOW", **more}
