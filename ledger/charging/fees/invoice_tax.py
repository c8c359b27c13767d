"""Tax inside the price of an invoice: its total governs, and its lines share it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger import fields
from ledger.charging.fees.errors import Why
from ledger.errors import InvalidInput
from ledger.money import allocate, parse_amount, tax_inside

# As many lines as an entry may have.
MOST_LINES = 1_000


class InvoicePlace(NamedTuple):
    """A line of an invoice: the amounts of all of them, in minor units, and which it is, from 0."""

    amounts: tuple[int, ...]
    place: int

    @property
    def amount(self) -> int:
        """What the invoice says that this line comes to."""
        return self.amounts[self.place]

    def find_tax(self, rate: Decimal) -> int:
        """This line's share of the tax inside the invoice."""
        return share_invoice_tax(self.amounts, rate=rate)[self.place]


def share_invoice_tax(amounts: Sequence[int], *, rate: Decimal) -> tuple[int, ...]:
    """
    Share the tax inside an invoice over its lines, in minor units, so that the lines' net amounts sum to the invoice's.

    The net amount is what is shared, by largest remainder of the lines' amounts. Three lines of 1.00 at 6 %: each alone
    would be 0.94 net, 2.82 in all; the invoice of 3.00 is 2.83 net, so the lines are 0.95, 0.94 and 0.94.
    """
    whole = sum(amounts)
    net = allocate(whole - tax_inside(whole, rate), amounts)
    return tuple(amount - each for amount, each in zip(amounts, net, strict=True))


def read_invoice(value: object, currency: str) -> InvoicePlace:
    """
    Read {amounts, line}, the line counted from 1.

    Refusals: InvalidInput with the place; those of amounts.
    """
    read = fields.read_object(value, field=("invoice",), required={"amounts", "line"})
    field = ("invoice", "amounts")
    listed = fields.read_list(read["amounts"], field=field)
    line = read["line"]
    if type(line) is not int or not 1 <= line <= len(listed) <= MOST_LINES:
        raise InvalidInput(field=("invoice", "line"), reason=Why.INVOICE_LINE, most=MOST_LINES)
    amounts = [parse_amount(each, currency=currency, field=(*field, str(index))) for index, each in enumerate(listed)]
    return InvoicePlace(tuple(amounts), line - 1)
