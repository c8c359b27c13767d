"""Tax inside the price of an invoice: its total governs, and its lines share it (AT-47)."""

from collections.abc import Sequence
from decimal import Decimal

from ledger.money import allocate, tax_inside


def share_invoice_tax(amounts: Sequence[int], *, rate: Decimal) -> tuple[int, ...]:
    """
    Share the tax inside an invoice over its lines, in minor units, so that the lines' net amounts sum to the invoice's.

    The net amount is what is shared, by largest remainder of the lines' amounts. Three lines of 1.00 at 6 %: each alone
    would be 0.94 net, 2.82 in all; the invoice of 3.00 is 2.83 net, so the lines are 0.95, 0.94 and 0.94.
    """
    whole = sum(amounts)
    net = allocate(whole - tax_inside(whole, rate), amounts)
    return tuple(amount - each for amount, each in zip(amounts, net, strict=True))
