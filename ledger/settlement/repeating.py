"""
The same thing asked for more than once in one list: it is judged once, and whoever asks again is told the same. What
says something else by the same key hears what it would have heard in another call.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ledger.journal.model import Refused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Done = TypeVar("Done", bound="DataclassInstance")
Item = TypeVar("Item")


def find_first(keys: Iterable[Hashable]) -> list[int]:
    """The place of the first item with the key of each: its own, where none before it has that key."""
    first: dict[Hashable, int] = {}
    return [first.setdefault(key, place) for place, key in enumerate(keys)]


def cut_where_it_differs(items: Sequence[Item], *, key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """The items in order, in stretches of which each says one thing by a key: whatever says another begins the next."""
    stretches: list[list[Item]] = []
    said: dict[Hashable, Item] = {}
    for item in items:
        if not stretches or said.setdefault(key(item), item) != item:
            stretches.append([])
            said = {key(item): item}
        stretches[-1].append(item)
    return stretches


def answer_each(verdicts: Mapping[int, Done | Refused], *, first: Sequence[int]) -> list[Done | Refused]:
    """
    One outcome per item, in order. An item without a verdict asked for what the first of its key had asked for: a
    replay of what was done, or the same refusal.
    """
    return [verdicts[place] if place in verdicts else _repeat(verdicts[earlier]) for place, earlier in enumerate(first)]


def _repeat(first: Done | Refused) -> Done | Refused:
    return first if isinstance(first, Refused) else replace(first, replayed=True)
