"""What one event does: an order after it, and the moves that become entries, in order."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.charging.order import Order, Place
from ledger.errors import InvariantBroken
from ledger.journal.model import CREDIT, DEBIT, AccountKey, LineDraft

# Account code, party or None for the platform's own, amount in minor units; zero writes no line.
Amount = tuple[str, int | None, int]


class Move(NamedTuple):
    """An entry to be; `line` is "" where it is of the whole order. `metadata` says the fees that it moves."""

    template: str
    line: str
    lines: tuple[LineDraft, ...]
    reversal_of: int | None = None
    metadata: str = ""


class Step(NamedTuple):
    """The order after an event and what moved; `facts` go into the log with it."""

    order: Order
    moves: list[Move]
    facts: Mapping[str, object]


def make_move(
    template: str,
    line: str,
    *,
    place: Place,
    debits: Iterable[Amount],
    credits: Iterable[Amount],
    metadata: str = "",
) -> list[Move]:
    """Make one balanced move, debits first; a list, because nothing may move."""
    book_id, currency = place
    lines = [
        LineDraft(AccountKey(book_id, code, party_id, currency), DEBIT, amount)
        for code, party_id, amount in debits
        if amount
    ]
    debit_count = len(lines)
    lines += [
        LineDraft(AccountKey(book_id, code, party_id, currency), CREDIT, amount)
        for code, party_id, amount in credits
        if amount
    ]
    if not lines:
        return []
    open_minor = sum([each.amount for each in lines[:debit_count]]) - sum([each.amount for each in lines[debit_count:]])
    if open_minor:
        raise InvariantBroken(f"{template} of line {line!r} is {open_minor} minor units out of balance")
    return [Move(template, line, tuple(lines), None, metadata)]


def mirror_move(template: str, line: str, *, entry: int, lines: Iterable[LineDraft], metadata: str = "") -> Move:
    """Swap the sides of an entry's lines."""
    swapped = tuple(LineDraft(each.account, CREDIT if each.side == DEBIT else DEBIT, each.amount) for each in lines)
    return Move(template, line, swapped, entry, metadata)
