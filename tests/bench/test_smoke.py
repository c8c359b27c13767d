"""Every benchmark runs at a tiny size in the gate. What it measures there means nothing."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.bench import drivers, http_posting, http_reading, order_events, posting, settlement, subtrees
from tests.bench.measuring import Effort
from tests.bench.tables import Topic, show

TINY = Effort(scale=0.0005, runs=1)


@pytest.mark.parametrize("measure", [posting.measure, subtrees.measure, drivers.measure])
async def test_a_benchmark_of_the_ledger_still_runs(
    fresh_database: str, tmp_path: Path, measure: Callable[[str, Effort], Awaitable[Topic]]
) -> None:
    check_and_show(await measure(fresh_database, TINY), tmp_path)


@pytest.mark.parametrize("measure", [order_events.measure, http_posting.measure, http_reading.measure])
async def test_a_benchmark_with_files_and_processes_still_runs(
    fresh_database: str, tmp_path: Path, measure: Callable[[str, Effort, Path], Awaitable[Topic]]
) -> None:
    check_and_show(await measure(fresh_database, TINY, tmp_path), tmp_path)


async def test_the_benchmark_of_closing_still_runs(fresh_database: str, tmp_path: Path) -> None:
    check_and_show(await settlement.measure(fresh_database, TINY, lines=2_000), tmp_path)


def check_and_show(topic: Topic, folder: Path) -> None:
    show(topic, TINY, folder=folder)
    kept = json.loads((folder / f"{topic.name}.json").read_text())
    assert all(row["ours"]["median"] > 0 for row in kept["rows"])
