"""Chance, from a seed and made of integers: the same draws on every machine and every Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Draw:
    """
    A stream of draws named by a text.

    Only `getrandbits` is used: the standard library keeps its output fixed for a seed, but not that of `choice` or
    `randrange`. A draw below n scales 32 bits, so n must stay far below 2**32.
    """

    def __init__(self, name: str) -> None:
        self._bits = Random(name).getrandbits

    def below(self, limit: int) -> int:
        """Draw an integer from 0 to `limit` - 1."""
        return (self._bits(32) * limit) >> 32

    def between(self, lowest: int, highest: int) -> int:
        """Draw an integer from `lowest` to `highest`, both included."""
        return lowest + ((self._bits(32) * (highest - lowest + 1)) >> 32)

    def chance(self, per_mille: int) -> bool:
        """Draw true so many times in a thousand."""
        return (self._bits(32) * 1000) >> 32 < per_mille

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of the items."""
        return items[(self._bits(32) * len(items)) >> 32]
