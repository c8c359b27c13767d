"""Statements: of an account, or of a party in one currency."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import accounts as account_types
from app.api import entries as entry_types
from app.api import parties as party_types
from app.api.context import Context, Info
from app.api.errors import Why
from app.api.figures import From, Side, To
from app.api.money import Money
from app.api.nodes import read_key
from app.api.scalars import BigInt, CurrencyCode
from ledger.errors import InvalidInput
from ledger.reporting import statements
from ledger.reporting.model import LineRow

if TYPE_CHECKING:
    from app.api.accounts import Account
    from app.api.entries import Entry
    from app.api.parties import Party

AnAccount = Annotated["Account", strawberry.lazy("app.api.accounts")]
AnEntry = Annotated["Entry", strawberry.lazy("app.api.entries")]


@strawberry.type(description="A line of a statement, with the statement's balance after it.")
class StatementLine:
    business_date: date
    posted_at: datetime
    side: Side
    amount: Money
    balance: Money
    line: strawberry.Private[LineRow]

    @strawberry.field
    async def account(self, info: Info) -> AnAccount:
        return await account_types.load_account(info.context, self.line.account_id)

    @strawberry.field
    async def entry(self, info: Info) -> AnEntry:
        return await entry_types.get_entry(info.context, self.line.sequence)


@strawberry.type(
    description="What stood before a period, every line dated in it, and what stood after, as known when it was issued."
    " A later line dated in the period makes another statement."
)
class Statement:
    start: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The first day after the last.")
    side: Side = strawberry.field(description="Which side balances are on: a payable grows on the credit side.")
    currency: CurrencyCode
    opening: Money
    lines: list[StatementLine]
    closing: Money
    sequence: BigInt | None = strawberry.field(
        description="Where the log stood when this was issued; null for keys that see only a part."
    )
    content_hash: str = strawberry.field(
        description="SHA-256 in hexadecimal over bounds, balances and lines; `docs/statements.md` says of which text."
    )

    @classmethod
    async def of(cls, context: Context, found: statements.Statement) -> "Statement":
        """Make the API's statement of the ledger's."""
        shown = context.viewer.sees_whole_platform

        def money(minor_units: int) -> Money:
            return Money.of(minor_units, found.currency)

        return cls(
            start=found.start,
            to=found.end,
            side=Side(found.side),
            currency=CurrencyCode(found.currency),
            opening=money(found.opening),
            lines=[
                StatementLine(
                    business_date=line.business_date,
                    posted_at=line.posted_at,
                    side=Side(line.side),
                    amount=money(line.amount),
                    balance=money(balance),
                    line=line,
                )
                for line, balance in found.lines
            ],
            closing=money(found.closing),
            sequence=BigInt((await context.snapshot.position()).sequence) if shown else None,
            content_hash=found.content_hash.hex(),
        )


@strawberry.type
class StatementQueries:
    @strawberry.field(
        description="The statement of an account, or of a party (by reference) in one currency over its payables; null"
        " when there is none that you may see."
    )
    async def statement(
        self,
        info: Info,
        *,
        start: From,
        to: To,
        account: strawberry.ID | None = None,
        party: str | None = None,
        currency: CurrencyCode | None = None,
        legal_entity: str | None = None,
    ) -> Statement | None:
        context = info.context
        if (account is None) == (party is None) or (party is None) != (currency is None):
            raise InvalidInput(field=("account",), reason=Why.ACCOUNT_OR_PARTY)
        if account is not None:
            key = read_key(context, account, kind="Account", field=("account",))
            found = None if key is None else await account_types.find_account(context, key)
            return None if found is None else await make_account_statement(context, found, start, to)
        owner = await party_types.find_party(context, str(party))
        if owner is None:
            return None
        return await make_party_statement(
            context, owner, currency=str(currency), legal_entity=legal_entity, start=start, end=to
        )


async def make_account_statement(context: Context, account: "Account", start: date, to: date) -> Statement:
    """One account's statement, together with its neighbours'. Refusals: PeriodInvalid, StatementTooLong."""
    found = await context.load(statements.make_account_statements, account.row, start=start, end=to)
    return await Statement.of(context, found)


async def make_party_statement(
    context: Context, party: "Party", *, currency: str, legal_entity: str | None, start: date, end: date
) -> Statement:
    """What was owed to a party; as make_account_statement."""
    found = await context.load(
        statements.make_party_statements,
        party.row.party_id,
        currency=currency,
        legal_entity=legal_entity,
        knows_all=context.viewer.sees_whole_platform,
        start=start,
        end=end,
    )
    return await Statement.of(context, found)
