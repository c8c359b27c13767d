"""Accounts: where they stand in the chart, their balances and their lines."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import entries as entry_types
from app.api import parties as party_types
from app.api import statements as statement_types
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import (
    AccountClass,
    AccountRole,
    AccountTotals,
    AsOfInput,
    Count,
    Cursor,
    From,
    Side,
    To,
    read_as_of,
    to_span,
)
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named
from app.api.nodes import Node, read_key, read_names, write_id
from app.api.scalars import BigInt, CurrencyCode
from ledger.compact_json import write_json
from ledger.journal.chart import find_place
from ledger.journal.errors import AccountIsSummary, AccountMissing
from ledger.money import exponent
from ledger.reporting import accounts, balances
from ledger.reporting.model import AccountFilter, AccountPlace, AccountRow, on_side

if TYPE_CHECKING:
    from app.api.entries import Line
    from app.api.parties import Party
    from app.api.statements import Statement

ALine = Annotated["Line", strawberry.lazy("app.api.entries")]
AParty = Annotated["Party", strawberry.lazy("app.api.parties")]
AStatement = Annotated["Statement", strawberry.lazy("app.api.statements")]


@strawberry.type(description="An account: one code of the chart, for one owner, in one currency, of one legal entity.")
class Account(Node):
    role: AccountRole = strawberry.field(description="Its code and name in the chart.")
    account_class: AccountClass = strawberry.field(name="class")
    normal_side: Side
    currency: CurrencyCode
    legal_entity: LegalEntity = strawberry.field(description="The one whose book it is in.")
    row: strawberry.Private[AccountRow]

    @classmethod
    def of(cls, context: Context, row: AccountRow) -> "Account":
        """Make the API's account of the ledger's."""
        return cls(
            id=write_id(context, "Account", _write_place(row)),
            role=AccountRole(code=row.code, name=row.name),
            account_class=AccountClass(row.account_class),
            normal_side=Side(row.normal_side),
            currency=CurrencyCode(row.currency),
            legal_entity=LegalEntity(reference=row.book_reference),
            row=row,
        )

    @strawberry.field(description="Whose account it is; null for the platform's own.")
    async def party(self, info: Info) -> AParty | None:
        return None if self.row.party_id is None else await party_types.load_party(info.context, self.row.party_id)

    @strawberry.field(description="The balance on the normal side; negative when the account stands on the other.")
    async def balance(self, info: Info, as_of: AsOfInput | None = None) -> Money:
        return (await self._load_totals(info, as_of)).balance

    @strawberry.field(description="The gross sums behind the balance.")
    async def totals(self, info: Info, as_of: AsOfInput | None = None) -> AccountTotals:
        return await self._load_totals(info, as_of)

    @strawberry.field(description="The account's lines in the order they were posted, each with the balance after it.")
    async def lines(
        self, info: Info, first: Count = None, after: Cursor = None, last: Count = None, before: Cursor = None
    ) -> Connection[ALine]:
        context = info.context
        pager = context.open_list("lines", account=self.row.account_id)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.load(accounts.list_account_lines, self.row.account_id, span=to_span(page))
        return pager.lay_out(rows, page, node=entry_types.Line.of, position=lambda row: (row.sequence, row.version))

    @strawberry.field(description="Opening, lines by business date, closing.")
    async def statement(self, info: Info, start: From, to: To) -> AStatement:
        return await statement_types.make_account_statement(info.context, self, start, to)

    async def _load_totals(self, info: Info, as_of: AsOfInput | None) -> AccountTotals:
        moment = read_as_of(info.context, as_of)
        found = await info.context.load(balances.load_balances, self.row.account_id, as_of=moment)
        return AccountTotals(
            debit=Money.of(found.debit, self.row.currency),
            credit=Money.of(found.credit, self.row.currency),
            balance=Money.of(on_side(found.debit, found.credit, self.row.normal_side), self.row.currency),
            version=BigInt(found.version),
        )


@strawberry.input(description="Which accounts; what is left out does not matter. Parties by reference.")
class AccountFilterInput:
    legal_entity: str | None = None
    code: str | None = None
    party: str | None = None
    currency: CurrencyCode | None = None


@strawberry.type
class AccountQueries:
    @strawberry.field(description="One account; null when there is none that you may see.")
    async def account(self, info: Info, id: strawberry.ID) -> Account | None:
        key = read_key(info.context, id, kind="Account")
        return None if key is None else await find_account(info.context, key)

    @strawberry.field(description="Accounts in the order they were opened.")
    async def accounts(
        self,
        info: Info,
        *,
        filter: AccountFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Account]:
        context = info.context
        given = filter or AccountFilterInput()
        _check_chart(given)
        matching = AccountFilter(given.legal_entity, given.code, given.party, given.currency)
        pager = context.open_list("accounts", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.read(accounts.list_accounts, scope=scope, matching=matching, span=to_span(page))
        await check_named(context, rows, party=given.party, legal_entity=given.legal_entity)
        return pager.lay_out(rows, page, node=lambda row: Account.of(context, row), position=place_account)


def _check_chart(given: AccountFilterInput) -> None:
    """
    Whether there can be such accounts.

    Refusals, first match wins: AccountMissing, AccountIsSummary, CurrencyUnknown.
    """
    if given.code is not None:
        place = find_place(given.code)
        if place is None:
            raise AccountMissing(field=("filter", "code"), account=given.code)
        if place.is_summary:
            raise AccountIsSummary(field=("filter", "code"), account=given.code)
    if given.currency is not None:
        exponent(given.currency, field=("filter", "currency"))


async def load_account(context: Context, account_id: int) -> Account:
    """An account by the ledger's number, of a line that may be seen."""
    row = await context.load(accounts.find_accounts, account_id, scope=context.viewer.scope_party_id)
    assert row is not None, "a line that is seen shows that its account is"
    return Account.of(context, row)


async def find_account(context: Context, key: int | str) -> Account | None:
    """An account by the key of its id; None when it may not be seen."""
    place = _read_place(key)
    if place is None:
        return None
    row = await context.load(accounts.find_accounts_by_place, place, scope=context.viewer.scope_party_id)
    return None if row is None else Account.of(context, row)


def place_account(row: AccountRow) -> tuple[int]:
    """An account's place in the lists of accounts."""
    return (row.account_id,)


def _write_place(row: AccountRow) -> str:
    # Where it stands instead of its number: numbers tell how many accounts others have opened.
    place = [row.book_reference, row.code, row.party_reference, row.currency]
    return write_json(place)


def _read_place(key: int | str) -> AccountPlace | None:
    match read_names(key):
        case [str(legal_entity), str(code), str() | None as party, str(currency)]:
            return AccountPlace(legal_entity, code, party, currency)
    return None
