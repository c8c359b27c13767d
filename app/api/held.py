"""What is held of a party, by reason."""

from datetime import date
from enum import StrEnum

import strawberry

from app.api.context import Context
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from ledger.reporting import withholding


@strawberry.enum(description="Why money is held.")
class HoldReason(StrEnum):
    DISPUTE = "DISPUTE"
    RISK_REVIEW = "RISK_REVIEW"
    LEGAL_ORDER = "LEGAL_ORDER"
    RETURNS_RESERVE = "RETURNS_RESERVE"
    IDENTITY_CHECK = "IDENTITY_CHECK"
    CONTRACT_BREACH = "CONTRACT_BREACH"
    OTHER = "OTHER"


@strawberry.type(description="What the open holds of one reason hold of a party, by legal entity and currency.")
class HeldForReason:
    legal_entity: LegalEntity
    reason: HoldReason
    amount: Money
    hold_count: int
    next_release_date: date = strawberry.field(description="When the first of them is expected to be lifted.")


async def load_held_by_reason(context: Context, party_id: int) -> list[HeldForReason]:
    """What is held of a party, added up by reason."""
    return [
        HeldForReason(
            legal_entity=LegalEntity(reference=row.legal_entity),
            reason=HoldReason(row.reason),
            amount=Money.of(row.amount_minor, row.currency),
            hold_count=row.hold_count,
            next_release_date=row.next_release_date,
        )
        for row in await context.load(withholding.load_held_by_reason, party_id)
    ]
