"""Money at the edge."""

from decimal import Decimal

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from app.api.money import Money, MoneyInput
from app.api.scalars import SCALARS, BigInt, CurrencyCode
from ledger.errors import InvalidInput, LedgerError
from ledger.money import AmountNotPositive, AmountTooPrecise, CurrencyUnknown


@strawberry.type
class Query:
    @strawberry.field
    def echo(self, input: MoneyInput) -> Money:
        return Money.of(input.to_minor(), input.currency)


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def given(currency: str, *, amount: str | None = None, minor: int | None = None) -> MoneyInput:
    return MoneyInput(
        currency=CurrencyCode(currency),
        amount=None if amount is None else Decimal(amount),
        minor_units=None if minor is None else BigInt(minor),
    )


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [("CNY", 1230, "12.30"), ("JPY", 1230, "1230"), ("KWD", 1230, "1.230"), ("CNY", -5, "-0.05")],
)
def test_an_amount_is_shown_in_minor_units_and_with_the_currencys_decimals(currency, minor, amount):
    shown = Money.of(minor, currency)

    assert str(shown.amount()) == amount
    assert shown.minor_units == minor


def test_both_ways_of_giving_an_amount_mean_the_same():
    assert given("CNY", amount="12.3").to_minor() == given("CNY", minor=1230).to_minor() == 1230


@pytest.mark.parametrize("both_or_none", [given("CNY"), given("CNY", amount="1", minor=100)])
def test_exactly_one_way_must_be_used(both_or_none):
    with pytest.raises(InvalidInput):
        both_or_none.to_minor()


@pytest.mark.parametrize(
    ("bad", "refusal", "field"),
    [
        (given("CNY", amount="0.001"), AmountTooPrecise, ("line", "amount")),
        (given("CNY", minor=-1), AmountNotPositive, ("line", "minor_units")),
        (given("CNY", minor=0), AmountNotPositive, ("line", "minor_units")),
        (given("ABC", amount="1"), CurrencyUnknown, ("line", "currency")),
    ],
)
def test_what_the_ledger_would_refuse_is_refused_with_the_path_to_it(bad, refusal, field):
    with pytest.raises(LedgerError) as caught:
        bad.to_minor(field=("line",))

    assert type(caught.value) is refusal
    assert caught.value.field == field


def test_money_passes_through_the_schema_as_text_only():
    result = schema.execute_sync('{ echo(input: {currency: "CNY", amount: "12.3"}) { amount minorUnits currency } }')

    assert result.data == {"echo": {"amount": "12.30", "minorUnits": "1230", "currency": "CNY"}}
    assert schema.execute_sync('{ echo(input: {currency: "CNY", amount: 12.3}) { amount } }').errors is not None
