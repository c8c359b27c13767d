"""
Tax that is withheld when a party is paid. Laws differ and change, so each is a plug-in with its days.

A rule says what is due on all that a payee was paid in a month; a payout withholds what that is above what earlier
payouts of the month have withheld. So the month comes out the same however it is cut into payouts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from ledger import money
from ledger.errors import Alternatives
from ledger.money import Rounding
from ledger.settlement.payouts.errors import WithholdingRuleUnknown


class WithholdingRule(Protocol):
    """`code` is what payee accounts name; several rules of one code follow each other by `valid_from`."""

    @property
    def code(self) -> str:
        """The name that payee accounts are registered with."""

    @property
    def currency(self) -> str:
        """The only currency it withholds in."""

    @property
    def valid_from(self) -> date:
        """The first day it is law."""

    def due(self, month_minor: int) -> int:
        """The tax on what was paid in a month, in minor units; never more than that, never less for more."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Taxable income up to `upto_minor` (None: any) is taxed at `rate`, less `quick_minor`."""

    upto_minor: int | None
    rate: Decimal
    quick_minor: int


@dataclass(frozen=True, slots=True)
class LabourIncome:
    """
    Labour income of individuals: a fixed deduction up to a limit, a share of it above, then brackets.

    800.00 are deducted of up to 4,000.00, of more 20 %; the rest bears 20, 30 or 40 %, less 0, 2,000.00 or 7,000.00.
    """

    code: str
    currency: str
    valid_from: date
    deduction_minor: int
    deduction_limit_minor: int
    deduction_rate: Decimal
    brackets: tuple[Bracket, ...]

    def due(self, month_minor: int) -> int:
        """The tax on a month's income, exact until it is rounded once."""
        if month_minor <= self.deduction_limit_minor:
            taxable = Fraction(max(month_minor - self.deduction_minor, 0))
        else:
            taxable = month_minor * (1 - Fraction(self.deduction_rate))
        bracket = next(each for each in self.brackets if each.upto_minor is None or taxable <= each.upto_minor)
        tax = max(taxable * Fraction(bracket.rate) - bracket.quick_minor, Fraction(0))
        return money.divide(tax.numerator, tax.denominator, Rounding.HALF_UP)


CN_LABOUR = LabourIncome(
    code="CN-LABOUR",
    currency="CNY",
    valid_from=date(1994, 1, 28),
    deduction_minor=800_00,
    deduction_limit_minor=4_000_00,
    deduction_rate=Decimal("0.2"),
    brackets=(
        Bracket(20_000_00, Decimal("0.2"), 0),
        Bracket(50_000_00, Decimal("0.3"), 2_000_00),
        Bracket(None, Decimal("0.4"), 7_000_00),
    ),
)

RULES: tuple[WithholdingRule, ...] = (CN_LABOUR,)


def check_rule(code: str, *, currency: str, rules: Sequence[WithholdingRule]) -> None:
    """
    Refusals: WithholdingRuleUnknown when no plug-in has that name, or none that withholds in this currency: its payouts
    would be paid untaxed. "" names none.
    """
    known = sorted({rule.code for rule in rules if rule.currency == currency})
    if code and code not in known:
        named = ", ".join(known) or Alternatives.NONE
        raise WithholdingRuleUnknown(field=("withholdingRule",), rule=code, currency=currency, known=named)


def find_rule(code: str, *, currency: str, day: date, rules: Sequence[WithholdingRule]) -> WithholdingRule | None:
    """The rule in force on a day for a payee's currency; None where nothing is withheld."""
    fitting = [rule for rule in rules if rule.code == code and rule.currency == currency and rule.valid_from <= day]
    return max(fitting, key=lambda rule: rule.valid_from, default=None)


@dataclass(frozen=True, slots=True)
class Month:
    """What a payee was paid under a rule in a month so far, and what was withheld of it."""

    taxed: int = 0
    withheld: int = 0


def withhold(rule: WithholdingRule, month: Month, amount: int) -> int:
    """What to withhold from a further amount of the month: never negative, never more than the amount."""
    return min(max(rule.due(month.taxed + amount) - month.withheld, 0), amount)
