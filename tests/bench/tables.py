"""A table per topic, and the same figures as JSON."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.measuring import Effort, Figures

FOLDER = Path(__file__).parents[2] / ".bench"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured. `remarks` are further figures with their units in the name."""

    name: str
    unit: str
    ours: Figures
    floor: Figures | None = None
    remarks: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Ours as a share of the floor; of two times, how many floors fit into ours."""
        return None if self.floor is None or not self.floor.median else self.ours.median / self.floor.median


@dataclass(frozen=True, slots=True)
class Topic:
    """What one benchmark found. `floor` says what the floor does, or what else ours is beside."""

    name: str
    title: str
    floor: str
    rows: Sequence[Row]
    server: str
    notes: Sequence[str] = ()
    # Where its figures are not among those of `make bench`.
    command: str | None = None
    # What ours is beside, in the head of its column.
    beside: str = "floor"


def show(topic: Topic, effort: Effort, *, folder: Path = FOLDER) -> None:
    """Print the table, and keep the figures in `folder`."""
    command = topic.command or f"{_setting(effort)}make bench"
    alone = f"{_setting(effort)}.venv/bin/python -m pytest -q -s -m bench --timeout=0 tests/bench -k test_{topic.name}"
    table = Table(title=topic.title, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left")
    table.add_column("")
    table.add_column("unit")
    for name in ("ours", "min–max", topic.beside, "min–max ", f"ours ÷ {topic.beside}"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("also")
    for row in topic.rows:
        table.add_row(row.name, row.unit, *_cells(row), _remarks(row))
    table.caption = "\n".join(
        (
            f"Medians of {effort.runs} runs. {topic.server}, {os.cpu_count()} processors.",
            f"{topic.beside.capitalize()}: {topic.floor}",
            *topic.notes,
            command if topic.command else f"{command}   (this table alone: {alone})",
        )
    )
    Console(width=190).print("", table)
    folder.mkdir(exist_ok=True)
    (folder / f"{topic.name}.json").write_text(
        json.dumps(_write(topic, effort, topic.command or alone), indent=2) + "\n"
    )


def _setting(effort: Effort) -> str:
    return "" if effort.scale == 1 else f"BENCH_SCALE={effort.scale:g} "


def _cells(row: Row) -> list[str]:
    ours = [_figure(row.ours.median), _spread(row.ours)]
    if row.floor is None:
        return [*ours, "", "", ""]
    share = "" if row.share is None else f"{row.share:.0%}" if row.share < 3 else f"{row.share:.1f}×"
    return [*ours, _figure(row.floor.median), _spread(row.floor), share]


def _remarks(row: Row) -> str:
    return ", ".join(f"{name} {_figure(value)}" for name, value in row.remarks.items())


def _spread(figures: Figures) -> str:
    return f"{_figure(figures.low)}–{_figure(figures.high)}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _write(topic: Topic, effort: Effort, command: str) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "title": topic.title,
        "floor": topic.floor,
        "command": command,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "scale": effort.scale,
        "runs": effort.runs,
        "server": topic.server,
        "processors": os.cpu_count(),
        "rows": [
            {
                "name": row.name,
                "unit": row.unit,
                "ours": {"median": row.ours.median, "values": row.ours.values},
                "floor": None if row.floor is None else {"median": row.floor.median, "values": row.floor.values},
                "ours_by_floor": row.share,
                **row.remarks,
            }
            for row in topic.rows
        ],
    }
