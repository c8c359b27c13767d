"""From rows that bear the position of their key to one value per key."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import asyncpg

Value = TypeVar("Value")


def place(
    rows: Iterable[asyncpg.Record], keys: Sequence[object], make: Callable[[asyncpg.Record], Value]
) -> list[Value | None]:
    """At most one row per key: its value, or None."""
    placed: list[Value | None] = [None] * len(keys)
    for row in rows:
        placed[row["position"] - 1] = make(row)
    return placed


def group(
    rows: Iterable[asyncpg.Record], keys: Sequence[object], make: Callable[[asyncpg.Record], Value]
) -> list[list[Value]]:
    """Any number of rows per key: their values, in the rows' order."""
    grouped: list[list[Value]] = [[] for _ in keys]
    for row in rows:
        grouped[row["position"] - 1].append(make(row))
    return grouped
