"""Bars with rate and time left, on stderr: drawn on a terminal, plain lines now and then where it is none."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

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

from app.cli.language import tell
from app.cli.output import say
from ledger.errors import Count, Remark, Words

_LINE_EVERY_S = 2.0


class Work(Words):
    """What takes long."""

    VERIFYING = "Verifying"
    MIGRATING = "Migrating"
    PREVIEWING = "Previewing"
    READING = "Reading files"
    WORKING_OFF = "Working"
    CLOSING = "Closing"
    LOADING = "Loading the demo"
    SETTLING = "Settling its year"
    WRITING = "Writing the demo"
    IMPORTING = "Importing {file}"
    EXPORTING = "Exporting"
    CREATING = "Creating"
    HANDING_OVER = "Handing over"


class Unit(Words):
    """What it is counted in."""

    ROWS = "rows"
    LINES = "lines"
    STEPS = "steps"
    SHEETS = "sheets"
    PAYOUTS = "payouts"
    SUBMISSIONS = "submissions"
    REVISIONS = "revisions"
    ANSWERS = "answers"


class Far(Words):
    """How far it is."""

    PACE = "{items} {unit}, {rate}/s"
    SO_FAR = "{title}: {pace}"
    OF_ALL = "{title}: {pace}, {share} %, {left} s left"
    LEFT = "left"


class Advance(Protocol):
    """What is told how far something is."""

    def __call__(self, done: int, items: int, total: int | None = None, /) -> None:
        """How much is done, how many items that were, and of how much in all where that is heard of only now."""


@contextmanager
def show_progress(
    title: Work | Remark, *, total: int | None, unit: Unit, wanted: bool | None = None
) -> Iterator[Advance]:
    """
    Show how far something is. `wanted` None: on a terminal only; True: as plain lines where there is no terminal.

    `total` is in whatever `advance` counts as done (bytes, orders); the rate is in items.
    """
    on_terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not on_terminal):
        yield lambda done, items, total=None: None
    elif on_terminal:
        with _draw(title, total, unit) as advance:
            yield advance
    else:
        yield _PlainLines(title, total, unit).advance


@contextmanager
def count_progress(
    title: Work, *, unit: Unit, total: int | None = None, wanted: bool | None = None
) -> Iterator[Callable[[int], None]]:
    """As show_progress, of what is counted in its items; without a total nobody knows yet how many there will be."""
    with show_progress(title, total=total, unit=unit, wanted=wanted) as advance:
        yield lambda done: advance(done, done)


def show_migrating(wanted: bool | None = None) -> Callable[[int], AbstractContextManager[Callable[[int], None]]]:
    """What shows how many revisions a store has taken, of so many."""
    return lambda total: count_progress(Work.MIGRATING, total=total, unit=Unit.REVISIONS, wanted=wanted)


@contextmanager
def _draw(title: Work | Remark, total: int | None, unit: Unit) -> Iterator[Advance]:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _RateColumn(unit),
        TimeElapsedColumn(),
        TextColumn(tell(Far.LEFT)),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task(tell(title), total=total, items=0)
    with progress:
        yield lambda done, items, total=None: progress.update(task, completed=done, items=items, total=total)


class _RateColumn(ProgressColumn):
    """Items so far, and per second."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        items, seconds = task.fields["items"], task.elapsed or 0.0
        return Text(tell(_write_pace(items, self._unit, seconds)))


class _PlainLines:
    def __init__(self, title: Work | Remark, total: int | None, unit: Unit) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._began = self._said = time.monotonic()

    def advance(self, done: int, items: int, total: int | None = None, /) -> None:
        self._total = total or self._total
        now = time.monotonic()
        if now - self._said < _LINE_EVERY_S:
            return
        self._said = now
        seconds = now - self._began
        said = Remark(Far.SO_FAR, title=self._title, pace=_write_pace(items, self._unit, seconds))
        if self._total and done:
            left = seconds * (self._total - done) / done
            share = 100 * done // self._total
            said = Remark(Far.OF_ALL, **said.facts, share=share, left=f"{max(0, left):.0f}")
        say(tell(said))


def _write_pace(items: int, unit: Unit, seconds: float) -> Remark:
    return Remark(Far.PACE, items=Count(items), unit=unit, rate=f"{items / seconds if seconds else 0:,.0f}")
