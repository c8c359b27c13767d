"""
What comes to the bank in the demo's year beside payments: somebody pays a part of what he owes, somebody too much, and
one transfer has no name on it.
"""

from datetime import date, datetime
from typing import NamedTuple

from app.demo.settlement import SETTLED_AT

_END = SETTLED_AT[-1].date()


class BankLine(NamedTuple):
    """
    A line of a bank statement at `day`. One that pays a debt brings one `part`-th of it and `more`; 0 is of no debt.
    Amounts are minor units.
    """

    day: date
    reference: str
    payer: str
    part: int
    more: int
    reason: str


_LINES = (
    # Old enough by the end to have waited for too long.
    BankLine(date(2025, 11, 1), "statement-2025-11-7", "", 0, 128_00, "No name on the transfer."),
    BankLine(_END, "statement-2026-01-1", "Debtor by transfer", 2, 0, "To be matched."),
    BankLine(_END, "statement-2026-01-2", "Debtor at the counter", 1, 6_00, "Too much came; asked for their account."),
)


def bank_lines(now: datetime) -> list[BankLine]:
    """Return what came in at `now`."""
    return [line for line in _LINES if line.day == now.date()]
