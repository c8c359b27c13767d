"""
An order that one legal entity collects and another settles: whatever passes between the two is booked in both.

The owing entity has the order's money from the collecting one (1900), the collecting one owes it to the owing one
(2900); both stand at the same amount for every order.
"""

from collections.abc import Sequence

from ledger.charging.moves import Amount, Move, make_move
from ledger.charging.order import Order


def hand_over(order: Order, line: str, template: str, *, sources: Sequence[Amount]) -> list[Move]:
    """The collecting entity's side of what the owing entity gets; nothing where they are one."""
    if order.settling_book_id is None:
        return []
    due = ("2900", None, sum([amount for _, _, amount in sources]))
    return make_move(f"{template}_DUE", line, place=order.place, debits=sources, credits=[due])


def take_over(order: Order, line: str, template: str, *, targets: Sequence[Amount]) -> list[Move]:
    """The collecting entity's side of what the owing entity gives back; nothing where they are one."""
    if order.settling_book_id is None:
        return []
    due = ("2900", None, sum([amount for _, _, amount in targets]))
    return make_move(f"{template}_DUE", line, place=order.place, debits=[due], credits=targets)
