"""Bank accounts as people may see them, and the cash that is needed in them."""

from datetime import date, datetime

import strawberry

from app.api.context import Info
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import find_named_party
from app.api.scalars import CurrencyCode
from ledger.reporting import payouts
from ledger.reporting.cash_needed import CashNeed, find_cash_needed
from ledger.reporting.payouts import PayeeAccountRow, PayingAccountRow


@strawberry.type(description="A bank account as people may see it.")
class BankAccount:
    reference: str
    holder: str
    masked: str = strawberry.field(description="Its number with most of it covered.")
    currency: CurrencyCode


@strawberry.type(description="Where a party is paid now.")
class PayeeAccount:
    account: BankAccount
    bank_code: str | None
    withholding_rule: str | None = strawberry.field(description="The tax plug-in that its payouts are under.")
    registered_at: datetime

    @classmethod
    def of(cls, row: PayeeAccountRow) -> "PayeeAccount":
        """Make the API's account of the ledger's."""
        return cls(
            account=BankAccount(
                reference=row.reference, holder=row.holder, masked=row.masked, currency=CurrencyCode(row.currency)
            ),
            bank_code=row.bank_code or None,
            withholding_rule=row.withholding_rule or None,
            registered_at=row.registered_at,
        )


@strawberry.type(description="Where a legal entity pays from in a currency.")
class PayingAccount:
    legal_entity: LegalEntity
    account: BankAccount
    channel: str
    calendar: str
    cut_off: str = strawberry.field(
        description="The time of day, in the entity's zone, after which the next day counts."
    )
    step: Money = strawberry.field(description="The smallest unit that the channel moves.")
    fee: Money = strawberry.field(description="What the party bears of each transfer.")
    balance: Money = strawberry.field(description="What is in it (1010).")
    in_transit: Money = strawberry.field(description="What of that is on its way out (2190).")
    available: Money = strawberry.field(
        description="What can still be sent: the balance less what is on its way and the fees that go with it."
    )

    @classmethod
    def of(cls, row: PayingAccountRow) -> "PayingAccount":
        """Make the API's account of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            account=BankAccount(
                reference=row.reference, holder=row.holder, masked=row.masked, currency=CurrencyCode(row.currency)
            ),
            channel=row.channel,
            calendar=row.calendar,
            cut_off=row.cut_off.isoformat(),
            step=Money.of(row.step_minor, row.currency),
            fee=Money.of(row.fee_minor, row.currency),
            balance=Money.of(row.balance_minor, row.currency),
            in_transit=Money.of(row.transit_minor, row.currency),
            available=Money.of(row.available_minor, row.currency),
        )


@strawberry.type(description="What a legal entity has to pay on a day in a currency.")
class CashNeeded:
    legal_entity: LegalEntity
    currency: CurrencyCode
    due_date: date
    waiting: Money = strawberry.field(
        description="In payouts that were created and not sent, with the fees that their parties bear."
    )
    payable: Money = strawberry.field(
        description="On sheets that may be paid, less what of them goes to debts that were agreed, as a run nets them"
        " first."
    )
    upcoming: Money = strawberry.field(
        description="On sheets that still wait for confirmation or approval, less what of them goes to debts by then,"
        " and in payouts that came back."
    )
    short: Money = strawberry.field(
        description="What is missing in the account for all that may be paid up to and including this day."
    )
    account: PayingAccount | None = strawberry.field(description="Null where the entity has none in the currency.")

    @classmethod
    def of(cls, need: CashNeed) -> "CashNeeded":
        """Make the API's figures of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=need.legal_entity),
            currency=CurrencyCode(need.currency),
            due_date=need.due_date,
            waiting=Money.of(need.created_minor, need.currency),
            payable=Money.of(need.payable_minor, need.currency),
            upcoming=Money.of(need.upcoming_minor, need.currency),
            short=Money.of(need.short_minor, need.currency),
            account=None if need.account is None else PayingAccount.of(need.account),
        )


@strawberry.type
class BankAccountQueries:
    @strawberry.field(description="The cash that is needed by a day; nothing for keys that see only a part.")
    async def cash_forecast(self, info: Info, through: date) -> list[CashNeeded]:
        if not info.context.viewer.sees_whole_platform:
            return []
        return [CashNeeded.of(need) for need in await info.context.read(find_cash_needed, through=through)]

    @strawberry.field(description="Where legal entities pay from; nothing for keys that see only a part.")
    async def paying_accounts(self, info: Info) -> list[PayingAccount]:
        if not info.context.viewer.sees_whole_platform:
            return []
        return [PayingAccount.of(row) for row in await info.context.read(payouts.list_paying_accounts)]

    @strawberry.field(description="Where a party is paid now, by currency.")
    async def payee_accounts(self, info: Info, party: str) -> list[PayeeAccount]:
        context = info.context
        owner = await find_named_party(context, party, field=("party",))
        rows = await context.load(payouts.list_payee_accounts, owner, scope=context.viewer.scope_party_id)
        return [PayeeAccount.of(row) for row in rows]
