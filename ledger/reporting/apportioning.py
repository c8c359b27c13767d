"""
Whose money of a sheet went where, pure.

A sheet has one total, and what is taken of it (held, retained, netted, paid) is taken of the whole. Here each document
on it bears its part, so that both the parts of a document and those of a claim add up to the cent. What counts down on
a sheet (returns, penalties) is set off against what counts up first; what is left of each document carries the claims,
by what it still has, in the claims' order. A claim that names a document is borne by that one before any other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger import money


class Claim(NamedTuple):
    """What was taken of a sheet, in minor units above zero; `place` is the one document that it was taken for."""

    amount: int
    place: int | None = None


class Apportioned(NamedTuple):
    """
    `shares` has one row a claim, with what each document bears of it; `set_off` what each document gave to the others,
    or took of them, on the same sheet. Together they are what the document brought; signs are those of the sheet.
    """

    shares: list[list[int]]
    set_off: list[int]


def apportion(brought: Sequence[int], claims: Sequence[Claim]) -> Apportioned:
    """
    Divide a sheet among its documents; `brought` is what each brought, counting up for the party.

    The claims, whatever is left to be paid or collected among them, add up to the size of the sheet's total.
    """
    total = sum(brought)
    sign = -1 if total < 0 else 1
    assert sum(claim.amount for claim in claims) == abs(total), "the claims of a sheet are its total"
    carried = list(money.allocate(abs(total), [max(sign * each, 0) for each in brought]))
    set_off = [each - sign * has for each, has in zip(brought, carried, strict=True)]
    return Apportioned([[sign * each for each in row] for row in spread(carried, claims)], set_off)


def spread(has: Sequence[int], claims: Sequence[Claim]) -> list[list[int]]:
    """Take claims from what each document has, those that name one first; one row a claim, none below zero."""
    left = list(has)
    rows = [[0] * len(left) for _ in claims]
    for row, claim in zip(rows, claims, strict=True):
        if claim.place is not None:
            row[claim.place] = min(claim.amount, left[claim.place])
            left[claim.place] -= row[claim.place]
    for row, claim in zip(rows, claims, strict=True):
        for place, amount in enumerate(money.claw_back(claim.amount - sum(row), left)):
            row[place] += amount
            left[place] -= amount
    return rows
