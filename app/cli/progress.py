"""Bars with rate and time left, on stderr: drawn on a terminal, plain lines now and then where it is none."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# `advance(done, items)`: how much of the total is done, and how many items that were.
Advance = Callable[[int, int], None]

_LINE_EVERY_S = 2.0


@contextmanager
def show_progress(title: str, *, total: int | None, unit: str, wanted: bool | None = None) -> Iterator[Advance]:
    """
    Show how far something is. `wanted` None: on a terminal only; True: as plain lines where there is no terminal.

    `total` is in whatever `advance` counts as done (bytes, orders); the rate is in items.
    """
    on_terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not on_terminal):
        yield lambda done, items: None
    elif on_terminal:
        with _draw(title, total, unit) as advance:
            yield advance
    else:
        yield _PlainLines(title, total, unit).advance


@contextmanager
def _draw(title: str, total: int | None, unit: str) -> Iterator[Advance]:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _RateColumn(unit),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task(title, total=total, items=0)
    with progress:
        yield lambda done, items: progress.update(task, completed=done, items=items)


class _RateColumn(ProgressColumn):
    """Items so far, and per second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        items, seconds = task.fields["items"], task.elapsed or 0.0
        return Text(f"{items:,} {self._unit}, {items / seconds if seconds else 0:,.0f}/s")


class _PlainLines:
    def __init__(self, title: str, total: int | None, unit: str) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._began = self._said = time.monotonic()

    def advance(self, done: int, items: int) -> None:
        now = time.monotonic()
        if now - self._said < _LINE_EVERY_S:
            return
        self._said = now
        seconds = now - self._began
        share = ""
        if self._total and done:
            left = seconds * (self._total - done) / done
            share = f", {100 * done // self._total} %, {max(0, left):.0f} s left"
        sys.stderr.write(f"{self._title}: {items:,} {self._unit}, {items / seconds:,.0f}/s{share}\n")
        sys.stderr.flush()
