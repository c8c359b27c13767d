"""What is printed where: data on stdout, everything else on stderr."""

import io
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.exporting.output import OutputClosed, OutputFailed, What
from app.system_words import say_failure

_NARROWEST = 160


class DataStream(io.TextIOWrapper):
    """
    Stdout of a command, whatever writes to it. That it cannot be written, on a full disk, is a sentence about the
    output and no OSError, which would speak of the store. That nobody reads it is none either: the command line's
    library would make exit code 1 of that.
    """

    _failed = False

    def write(self, text: str) -> int:
        """Write. Errors: OutputFailed, OutputClosed."""
        with self._naming_itself():
            return super().write(text)

    def flush(self) -> None:
        """Flush, but nothing more once that failed: Python does so at exit. Errors: OutputFailed, OutputClosed."""
        if not self._failed:
            with self._naming_itself():
                super().flush()

    @contextmanager
    def _naming_itself(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError as error:
            _pour_away(self)
            raise OutputClosed from error
        except OSError as error:
            self._failed = True
            raise OutputFailed(place=What.THE_OUTPUT, reason=say_failure(error)) from error


class WordStream(io.TextIOWrapper):
    """
    Stderr of a command: what it says to people, and its log. What a full disk does not take of that is lost, and the
    work goes on: a gateway would otherwise neither start nor stop in order where its log has no more room.
    """

    def write(self, text: str) -> int:
        """Write what can be written. Errors: OutputClosed."""
        with self._losing_words():
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed. Errors: OutputClosed."""
        with self._losing_words():
            super().flush()

    @contextmanager
    def _losing_words(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError as error:
            _pour_away(self)
            raise OutputClosed from error
        except OSError:
            return


def _pour_away(stream: io.TextIOWrapper) -> None:
    # What is still held for a reader who has gone is flushed once more at exit, and Python complains about it there.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def goes_to_a_file() -> bool:
    """Whether stdout is a file, so that what is printed is seen by nobody now."""
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except OSError:  # what is no stream of the system has no number
        return False


def say(sentence: str) -> None:
    """Tell the person at the keyboard something that is not data."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def print_line(text: str) -> None:
    """Print one line of data; nothing once its reader has gone, which has been noticed then."""
    if sys.stdout is not None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def print_json(value: object) -> None:
    """Print one value as one line of JSON."""
    print_line(json.dumps(value, ensure_ascii=False, default=_write_value))


def _write_value(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Iterable[str]) -> None:
    """Print rows as a table, or as one JSON list."""
    if as_json:
        print_json(rows)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.replace("_", " "), no_wrap=True, overflow="ignore")
    for row in rows:
        # Text, not markup: a name with square brackets in it is printed as it is.
        table.add_row(*(Text(_write_cell(row[column])) for column in columns))
    # A pipe has no width, and an id that is cut short is of no use.
    Console(width=max(Console().width, _NARROWEST)).print(table)


def _write_cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    return "" if value is None else str(value)
