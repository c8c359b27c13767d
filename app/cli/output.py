"""What is printed where: data on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(sentence: str) -> None:
    """Tell the person at the keyboard something that is not data."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def print_line(text: str) -> None:
    """Print one line of data."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_json(value: object) -> None:
    """Print one value as one line of JSON."""
    print_line(json.dumps(value, ensure_ascii=False, default=str))


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Iterable[str]) -> None:
    """Print rows as a table, or as one JSON list."""
    if as_json:
        print_json(rows)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        # Text, not markup: a name with square brackets in it is printed as it is.
        table.add_row(*(Text("" if row[column] is None else str(row[column])) for column in columns))
    Console().print(table)
