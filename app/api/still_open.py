"""What is still open of a party that takes no new business any more, or is asked whether it can be closed."""

import strawberry

from app.api.context import Context
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from ledger.reporting import still_open


@strawberry.type(
    description="What is open of a party by one legal entity and in one currency. Closing a party ends none of it: its"
    " sheets close at their boundaries and are paid, holds and deposits go back, and what it owes stays owed."
)
class StillOpen:
    legal_entity: LegalEntity
    open_sheets: int = strawberry.field(description="How many sheets are still to close.")
    unsettled_sheets: int = strawberry.field(description="How many closed and are neither paid nor settled otherwise.")
    payable: Money = strawberry.field(
        description="Accrued, on closed sheets and in payouts that were not sent; below zero where it gave back more."
    )
    in_transit: Money
    on_hold: Money
    deposits: Money = strawberry.field(description="Billed and not received included.")
    in_suspense: Money
    owed: Money = strawberry.field(description="By the party.")

    @classmethod
    def of(cls, row: still_open.StillOpen) -> "StillOpen":
        """Make the API's part of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            open_sheets=row.open_sheets,
            unsettled_sheets=row.unsettled_sheets,
            payable=Money.of(row.payable, row.currency),
            in_transit=Money.of(row.in_transit, row.currency),
            on_hold=Money.of(row.on_hold, row.currency),
            deposits=Money.of(row.deposits, row.currency),
            in_suspense=Money.of(row.in_suspense, row.currency),
            owed=Money.of(row.owed, row.currency),
        )


async def load_still_open(context: Context, party_id: int) -> list[StillOpen]:
    """What is open of a party, by legal entity and currency."""
    return [StillOpen.of(row) for row in await context.load(still_open.load_still_open, party_id)]
