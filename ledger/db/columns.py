"""
Columns of values for statements that take arrays, as text.

The driver encodes an array element by element, at half a microsecond each; one joined text is several times faster to
make and the server splits it as fast as it reads an array. A statement says `$1::text::bigint[]` for numbers and days,
and `string_to_array($2, chr(31))` for texts; a single empty text arrives as no element, hence `coalesce(…, '')`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

SEPARATOR = "\x1f"

# How each column of a table is written: `numbers`, `texts` and the like, in the order of its columns.
Kinds = Sequence[Callable[[Any], str | bytes]]


def numbers(values: Iterable[int | None]) -> str:
    """Integers as an array literal; None is NULL."""
    return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"


def days(values: Iterable[date]) -> str:
    """Days as an array literal."""
    return "{" + ",".join(map(str, values)) + "}"


def instants(values: Iterable[datetime]) -> str:
    """Instants with their zone, to the microsecond, as an array literal."""
    return "{" + ",".join(map(_write_instant, values)) + "}"


# Instants recur: boundaries of periods, the moment of a batch.
_write_instant = lru_cache(maxsize=10_000)(datetime.isoformat)


def flags(values: Iterable[bool]) -> str:
    """Truths as an array literal."""
    return "{" + ",".join(["t" if value else "f" for value in values]) + "}"


def digests(values: Iterable[bytes]) -> bytes:
    """Digests of 32 bytes each as one run; `substring($1 FROM (32 * place - 31)::int FOR 32)` is the one at a place."""
    return b"".join(values)


def texts(values: Sequence[str]) -> str:
    """
    Texts joined by the unit separator, which no text of ours contains: drafts are checked for it.

    Raises ValueError when one does: it would become two.
    """
    joined = SEPARATOR.join(values)
    if joined.count(SEPARATOR) != max(len(values) - 1, 0):
        raise ValueError("a text contains the unit separator")
    return joined


def draw_columns(rows: Iterable[Sequence[Any]], kinds: Kinds) -> list[str | bytes]:
    """Rows as the columns that these write, empty ones of no rows."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return [write(column) for write, column in zip(kinds, columns, strict=True)]


def transpose(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows as columns, for a statement that takes an array of each. Of no rows there are no columns: ask none then."""
    return [list(column) for column in zip(*rows, strict=True)]
