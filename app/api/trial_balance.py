"""The trial balance of a legal entity."""

import strawberry

from app.api.context import Info
from app.api.figures import AccountClass, AccountRole, AsOfInput, Side, read_as_of
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.scalars import BigInt, CurrencyCode
from app.api.viewer import AsOf
from ledger.money import exponent
from ledger.reporting import trial


@strawberry.type(description="All accounts of one code in one currency.")
class TrialBalanceRow:
    role: AccountRole = strawberry.field(description="Its code and name in the chart.")
    account_class: AccountClass = strawberry.field(name="class")
    normal_side: Side
    currency: CurrencyCode
    debit: Money = strawberry.field(description="Everything ever debited.")
    credit: Money = strawberry.field(description="Everything ever credited.")
    balance: Money = strawberry.field(description="On the normal side.")

    @classmethod
    def of(cls, row: trial.TrialRow) -> "TrialBalanceRow":
        """Make the API's row of the ledger's."""
        return cls(
            role=AccountRole(code=row.code, name=row.name),
            account_class=AccountClass(row.account_class),
            normal_side=Side(row.normal_side),
            currency=CurrencyCode(row.currency),
            debit=Money.of(row.debit, row.currency),
            credit=Money.of(row.credit, row.currency),
            balance=Money.of(row.balance, row.currency),
        )


@strawberry.type(description="The sums of one currency; debit and credit are equal.")
class TrialBalanceTotal:
    currency: CurrencyCode
    debit: Money
    credit: Money


@strawberry.type(description="Debits and credits of one legal entity.")
class TrialBalance:
    legal_entity: LegalEntity
    as_of: AsOf = strawberry.field(description="Where the log stood when it was read, whatever moment it is of.")
    rows: list[TrialBalanceRow]
    totals: list[TrialBalanceTotal]


@strawberry.type
class TrialBalanceQueries:
    @strawberry.field(
        description="The trial balance of a legal entity (by reference), now or at another moment; null when there"
        " is no such book that you may see whole."
    )
    async def trial_balance(
        self, info: Info, legal_entity: str, currency: CurrencyCode | None = None, as_of: AsOfInput | None = None
    ) -> TrialBalance | None:
        context = info.context
        if not context.viewer.sees_whole_platform:
            return None
        if currency is not None:
            exponent(currency, field=("currency",))
        moment = read_as_of(context, as_of)
        rows = await context.read(trial.make_trial_balance, legal_entity=legal_entity, currency=currency, as_of=moment)
        if rows is None:
            return None
        position = await context.snapshot.position()
        return TrialBalance(
            legal_entity=LegalEntity(reference=legal_entity),
            as_of=AsOf(sequence=BigInt(position.sequence), posted_at=position.posted_at),
            rows=[TrialBalanceRow.of(row) for row in rows],
            totals=[_total(rows, each) for each in sorted({row.currency for row in rows})],
        )


def _total(rows: list[trial.TrialRow], currency: str) -> TrialBalanceTotal:
    return TrialBalanceTotal(
        currency=CurrencyCode(currency),
        debit=Money.of(sum(row.debit for row in rows if row.currency == currency), currency),
        credit=Money.of(sum(row.credit for row in rows if row.currency == currency), currency),
    )
