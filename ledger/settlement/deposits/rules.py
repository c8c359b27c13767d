"""How much of a sheet is retained, and what a step makes of a slice. Pure."""

from dataclasses import replace
from typing import NamedTuple

from ledger import money
from ledger.settlement.deposits.model import Agreement, Basis, MoveKind, Shortfall, Slice


class Retention(NamedTuple):
    """What of a sheet goes into a deposit, and what is billed besides."""

    retained: int
    billed: int


NOTHING = Retention(0, 0)


def find_retention(agreement: Agreement, *, total: int, payable: int, given_back: int = 0) -> Retention:
    """
    Work out what an agreement takes of a sheet, never more than the sheet still has to be paid, and nothing of one that
    is not positive.

    PERIOD_NET takes its rate of the sheet's total, HALF_UP, up to the cap; what deposits gave back on it is not what
    its party earned. TARGET takes what is missing; what the sheet does not cover waits, or is billed while the
    agreement stands and its party is not closed.
    """
    if total <= 0:
        return NOTHING
    if agreement.basis is Basis.PERIOD_NET:
        assert agreement.rate is not None, "such an agreement has a rate"
        wanted = money.multiply(max(total - given_back, 0), agreement.rate, money.Rounding.HALF_UP)
        room = wanted if agreement.cap is None else max(agreement.cap - agreement.left, 0)
        # A slice is one amount; what is above the largest that the ledger knows is not retained.
        return Retention(min(wanted, room, payable, money.MAX_AMOUNT_MINOR), 0)
    missing = find_room(agreement)
    assert missing is not None, "a target says how much"
    retained = min(missing, payable)
    rest = missing - retained if agreement.shortfall is Shortfall.BILL and agreement.is_billed else 0
    return Retention(retained, rest)


def find_room(agreement: Agreement) -> int | None:
    """What may still come in under an agreement; None where nothing bounds it."""
    if agreement.target is not None:
        return max(agreement.target - agreement.reached, 0)
    return None if agreement.cap is None else max(agreement.cap - agreement.left, 0)


def move_slice(before: Slice, *, kind: MoveKind, amount: int) -> Slice:
    """A slice after a step that was judged."""
    if kind is MoveKind.PAID or kind is MoveKind.OFFSET:
        after = replace(before, due=before.due - amount)
    elif kind is MoveKind.CLAIMED:
        after = replace(before, claimed=before.claimed + amount)
    elif kind is MoveKind.RELEASED:
        after = replace(before, released=before.released + amount)
    elif kind is MoveKind.FORFEITED:
        after = replace(before, forfeited=before.forfeited + amount)
    elif kind is MoveKind.LAPSED:
        after = replace(before, due=before.due - amount, lapsed=before.lapsed + amount)
    else:
        raise ValueError(f"{kind} begins a slice")
    return replace(after, status=find_status(after))


def find_status(part: Slice) -> str:
    """Where a slice stands by its figures; one that may go back stays so until it is empty."""
    if part.left == 0:
        parts = {"FORFEITED": part.forfeited, "RELEASED": part.released, "CLAIMED": part.claimed}
        return next((status for status, amount in parts.items() if amount), "LAPSED")
    if part.due > 0:
        return "DUE"
    return "RELEASABLE" if part.status == "RELEASABLE" else "HELD"
