"""From rows to values, and from rows that bear the position of their key to one value per key."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import asyncpg

Value = TypeVar("Value")
Fields = TypeVar("Fields", bound=NamedTuple)


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


def read_row(kind: type[Fields], row: asyncpg.Record) -> Fields:
    """A row as a named tuple whose fields have the names of its columns; the row may have more."""
    return kind._make(row[name] for name in kind._fields)
