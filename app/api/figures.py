"""Values that several types show: words of the book as enums, moments, and figures of parties and accounts."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

import strawberry

from app.api.connections import Page
from app.api.context import Context
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.scalars import BigInt, CurrencyCode
from ledger.journal.balances import NOW, AsOf
from ledger.reporting import balances
from ledger.reporting.errors import SequenceHidden
from ledger.reporting.model import Span

# Arguments of every list and of every statement.
Count = int | None
Cursor = str | None
From = Annotated[date, strawberry.argument(name="from", description="The first day.")]
To = Annotated[date, strawberry.argument(description="The first day after the last.")]


# StrEnum, because a sorted schema keeps only the plain values: members must equal them going out, and arguments
# come in as them (`str(given)` serves both).
@strawberry.enum(description="What a party is. It never changes.")
class PartyKind(StrEnum):
    OPERATOR = "OPERATOR"
    LEGAL_ENTITY = "LEGAL_ENTITY"
    MERCHANT = "MERCHANT"
    SUPPLIER = "SUPPLIER"
    AGENT = "AGENT"
    DISTRIBUTOR = "DISTRIBUTOR"


@strawberry.enum(description="Whether a party takes new business.")
class PartyStatus(StrEnum):
    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"
    CLOSED = "CLOSED"


@strawberry.enum(description="Of a line: which side of its account; of an account: the side that raises it.")
class Side(StrEnum):
    DEBIT = "D"
    CREDIT = "C"


@strawberry.enum(description="The class of an account.")
class AccountClass(StrEnum):
    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


@strawberry.enum(
    description="How an entry came into the book: by a call, from a file, by a rule, or as the mirror of another."
    " What no rule made (people post it themselves, or programs for them) has no other `kind` than this:"
    ' `entries(filter: {kind: "API"})` lists what was posted by hand. Nothing has MANUAL.'
)
class EntrySource(StrEnum):
    API = "API"
    IMPORT = "IMPORT"
    RULE = "RULE"
    # Nothing is booked with it: what people post has API. The journal's column has known the word from the start.
    MANUAL = "MANUAL"
    REVERSAL = "REVERSAL"


@strawberry.input(
    description="The moment a balance is of. Nothing given is now; a business date is the end of that day, with"
    " everything known of it; a sequence is what was known when the log stood there; both is that day as known then."
)
class AsOfInput:
    sequence: BigInt | None = None
    business_date: date | None = strawberry.field(default=None, description="The end of this day.")


@strawberry.type(description="The place of an account in the chart.")
class AccountRole:
    code: str
    name: str


@strawberry.type(description="Gross sums ever posted to an account, and its balance on its normal side.")
class AccountTotals:
    debit: Money
    credit: Money
    balance: Money = strawberry.field(description="On the account's normal side; it may be negative.")
    version: BigInt = strawberry.field(description="How many lines the account had then.")


@strawberry.type(description="What a party stands at in one legal entity and currency.")
class PartyBalance:
    legal_entity: LegalEntity = strawberry.field(description="The one that owes it.")
    currency: CurrencyCode
    balance: Money = strawberry.field(description="What we owe and will pay; negative if the party owes.")
    accrued: Money = strawberry.field(description="Of the balance, what is on open sheets.")
    on_sheets: Money = strawberry.field(description="Of the balance, what is on closed sheets and not on its way.")
    returned: Money = strawberry.field(description="Of the balance, what a bank sent back.")
    on_hold: Money = strawberry.field(description="Owed, but not payable yet.")
    deposits: Money = strawberry.field(description="Kept as security or as warranty retention.")
    owed: Money = strawberry.field(description="What the party owes us: receivables, rebates, deposits to be paid.")
    load_transit: strawberry.Private[Callable[[], Awaitable[Mapping[tuple[str, str], int]]] | None]

    @strawberry.field(description="On its way to the party now; null where the past is asked for.")
    async def in_transit(self) -> Money | None:
        if self.load_transit is None:
            return None
        transit = await self.load_transit()
        return Money.of(transit.get((self.legal_entity.reference, self.currency), 0), self.currency)

    @classmethod
    def of(
        cls,
        row: balances.PartyBalance,
        load_transit: Callable[[], Awaitable[Mapping[tuple[str, str], int]]] | None,
    ) -> "PartyBalance":
        """Make the API's figures of the ledger's; `load_transit` None where the past is asked for."""

        def money(minor_units: int) -> Money:
            return Money.of(minor_units, row.currency)

        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            currency=CurrencyCode(row.currency),
            balance=money(row.balance),
            accrued=money(row.accrued),
            on_sheets=money(row.on_sheets),
            returned=money(row.returned),
            on_hold=money(row.on_hold),
            deposits=money(row.deposits),
            owed=money(row.owed),
            load_transit=load_transit,
        )


def read_as_of(context: Context, given: AsOfInput | None) -> AsOf:
    """
    Turn the argument into a moment.

    Refusals: SequenceHidden.
    """
    if given is None:
        return NOW
    if given.sequence is not None:
        check_sequences_shown(context, field=("as_of", "sequence"))
    return AsOf(sequence=given.sequence, business_date=given.business_date)


def check_sequences_shown(context: Context, *, field: tuple[str, ...]) -> None:
    """Refusals: SequenceHidden."""
    if not context.viewer.sees_whole_platform:
        raise SequenceHidden(field=field)


def to_span(page: Page) -> Span:
    """The stretch of a list that a page wants to be read."""
    return Span(page.limit, page.backward, page.after, page.before)
