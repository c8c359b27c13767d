"""The same thing asked for more than once in one list: it is judged once, and whoever asks again is told the same."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ledger.journal.model import Refused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Done = TypeVar("Done", bound="DataclassInstance")


def find_first(keys: Iterable[Hashable]) -> list[int]:
    """The place of the first item with the key of each: its own, where none before it has that key."""
    first: dict[Hashable, int] = {}
    return [first.setdefault(key, place) for place, key in enumerate(keys)]


def answer_each(verdicts: Mapping[int, Done | Refused], *, first: Sequence[int]) -> list[Done | Refused]:
    """
    One outcome per item, in order. An item without a verdict asked for what the first of its key had asked for: a
    replay of what was done, or the same refusal.
    """
    return [verdicts[place] if place in verdicts else _repeat(verdicts[earlier]) for place, earlier in enumerate(first)]


def _repeat(first: Done | Refused) -> Done | Refused:
    return first if isinstance(first, Refused) else replace(first, replayed=True)
