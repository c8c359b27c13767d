"""What one event does: an order after it, and the moves that become entries, in order."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ledger.charging.order import Order, Place, list_parties
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
    """
    The order after an event and what moved; `facts` go into the log with it. `about` are the lines that it is about, or
    None where it is about all of them: who has nothing of these is not told of it.
    """

    order: Order
    moves: list[Move]
    facts: Mapping[str, object]
    about: Collection[str] | None = None

    @property
    def parties(self) -> tuple[int, ...]:
        """Whom the event concerns."""
        order = self.order
        if self.about is None:
            return order.parties
        return list_parties(order.book_id, [order.lines[line] for line in self.about], settling=order.settling_book_id)


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
