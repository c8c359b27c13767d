"""
Own against submitted lines, difference by difference: what was computed here beside what another system made of the
same orders.
"""

from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Which side lacks the fee, or that both have it with other amounts."""

    MISSING_OWN = "MISSING_OWN"
    MISSING_SUBMITTED = "MISSING_SUBMITTED"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"


class FeeKey(NamedTuple):
    """
    A fee of an order line; `line` is "" where the other system says it of the whole order. What one legal entity owes,
    or what is of one currency, is never the fee of another, however alike the figures are.
    """

    order: str
    line: str
    party_id: int
    item: str
    book_id: int
    currency: str


class Difference(NamedTuple):
    """One fee that is not the same on both sides; amounts in minor units, positive where the party gets money."""

    key: FeeKey
    reason: Reason
    own: int | None
    submitted: int | None


Fees = Mapping[FeeKey, int]


def compare_fees(own: Fees, submitted: Fees) -> list[Difference]:
    """
    Compare the fees of orders, each the sum of everything that was said of it, reversals included; in the order of
    orders, lines, parties, items, legal entities and currencies. A fee whose sums are zero on one side is missing there
    only if the other has more.

    What was submitted of a whole order is compared with the sum over the order's lines.
    """
    whole = {key for key in submitted if not key.line}
    mine, theirs = (_gather(fees, whole) for fees in (own, submitted))
    differences = []
    for key in sorted({*mine, *theirs}):
        left, right = mine.get(key, 0), theirs.get(key, 0)
        if left != right:
            reason = _reason(key, mine, theirs)
            differences.append(Difference(key, reason, mine.get(key), theirs.get(key)))
    return differences


def _gather(fees: Fees, whole: Set[FeeKey]) -> dict[FeeKey, int]:
    sums: dict[FeeKey, int] = {}
    for key, amount in fees.items():
        of_order = key._replace(line="")
        place = of_order if of_order in whole else key
        sums[place] = sums.get(place, 0) + amount
    return sums


def _reason(key: FeeKey, mine: Iterable[FeeKey], theirs: Iterable[FeeKey]) -> Reason:
    if key not in mine:
        return Reason.MISSING_OWN
    return Reason.AMOUNT_DIFFERS if key in theirs else Reason.MISSING_SUBMITTED
