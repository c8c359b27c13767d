"""Money at the edge: exact both as a decimal and in minor units, and never a JSON number with a fraction."""

from decimal import Decimal
from typing import Self

import strawberry

from app.api.errors import Why
from app.api.quick_inputs import built_quickly
from app.api.scalars import BigInt, CurrencyCode
from ledger import money
from ledger.errors import InvalidInput


@strawberry.type(description="An amount in one currency.")
class Money:
    minor_units: BigInt = strawberry.field(description="The amount in the currency's smallest unit: fen, cents, yen.")
    currency: CurrencyCode

    @strawberry.field(description="The amount with exactly the currency's decimals.")
    def amount(self) -> Decimal:
        return Decimal(money.format_amount(self.minor_units, currency=self.currency))

    @classmethod
    def of(cls, minor_units: int, currency: str) -> Self:
        """Make the API's money of the ledger's."""
        return cls(minor_units=BigInt(minor_units), currency=CurrencyCode(currency))


def read_rate(text: str | None) -> Decimal | None:
    """A rate or an exact value as the ledger writes it down; None where it has none."""
    return Decimal(text) if text else None


@built_quickly
@strawberry.input(description="An amount in one currency: exactly one of `amount` and `minorUnits`.")
class MoneyInput:
    currency: CurrencyCode
    amount: Decimal | None = strawberry.field(default=None, description='A decimal as text, such as "12.30".')
    minor_units: BigInt | None = strawberry.field(
        default=None, description="The amount in the currency's smallest unit, as text."
    )

    def to_minor(self, *, field: tuple[str, ...] = (), allow_zero: bool = False) -> int:
        """
        Read the amount in minor units, by the same rule whichever way it was given.

        Refusals, first match wins: InvalidInput, CurrencyUnknown, then those of ledger.money.parse_amount.
        """
        if (self.amount is None) == (self.minor_units is None):
            raise InvalidInput(field=field, reason=Why.EXACTLY_ONE, one="amount", other="minorUnits")
        money.exponent(self.currency, field=(*field, "currency"))
        if self.amount is not None:
            text, field = format(self.amount, "f"), (*field, "amount")
        else:
            text, field = money.format_amount(self.minor_units or 0, currency=self.currency), (*field, "minor_units")
        return money.parse_amount(text, currency=self.currency, field=field, allow_zero=allow_zero)


def write_amount(given: MoneyInput, *, field: str = "amount", key: str = "amount") -> dict[str, object]:
    """An amount as a document says it: a decimal text, and its currency. Refusals: those of MoneyInput.to_minor."""
    minor = given.to_minor(field=(field,))
    return {key: money.format_amount(minor, currency=given.currency), "currency": str(given.currency)}
