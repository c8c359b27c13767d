"""A step of money that is kept, whether on hold or as deposit, with the entry that moved it."""

from datetime import datetime
from typing import Self

import strawberry

from app.api.context import WHO, Context, Info
from app.api.entries import Entry, load_entry
from app.api.money import Money
from ledger.reporting.withholding import StepRow


@strawberry.type(description="What the steps of holds and deposits have in common; each adds its kind.")
class MoneyStep:
    amount: Money
    reason: str
    actor: str | None = strawberry.field(description=WHO)
    moved_at: datetime
    row: strawberry.Private[StepRow]

    @classmethod
    def of(cls, context: Context, row: StepRow, currency: str) -> Self:
        """Make the API's step of the ledger's."""
        return cls(
            amount=Money.of(row.amount_minor, currency),
            reason=context.say(row.reason),
            actor=context.name_actor(row.actor),
            moved_at=row.moved_at,
            row=row,
        )

    @strawberry.field(description="The entry that moved the money.")
    async def entry(self, info: Info) -> Entry | None:
        return await load_entry(info.context, self.row.sequence)
