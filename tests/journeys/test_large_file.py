"""Memory does not grow with the file, neither with good lines nor with bad ones."""

import os
from pathlib import Path

import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from tests.app.cli.commands import Commands
from tests.journeys.gigabyte import CAST_ORDERS, MEGABYTE, import_watched, write_events

# A program with everything loaded takes some 130 MB; four batches of 2 MB, parsed, some 60 more.
CEILING = 300 * MEGABYTE


@pytest.fixture
def market(commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    written = write_files(tmp_path / "market", Marketplace(orders=CAST_ORDERS, seed=1))
    for kind, file in (("parties", written.parties), *(("fee-plan", plan) for plan in written.fee_plans)):
        assert commands.run("import", kind, file).exit_code == 0
    for name, value in commands.environment.items():
        monkeypatch.setenv(name, value)
    return commands


def test_bad_lines_take_no_memory(market: Commands, tmp_path: Path) -> None:
    line = b'{"event":"order.paid","id":"' + b"x" * 1_000 + b'"}\n'
    path = tmp_path / "events.jsonl"
    path.write_bytes(line * 15_000 + b"y" * 20_000_000)

    outcome = import_watched(path)

    assert outcome.exit_code == 1
    assert outcome.counts["refused"] == 15_001
    assert 0 < outcome.peak_bytes < CEILING


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_megabytes_of_events_take_no_more_memory_than_one(market: Commands, tmp_path: Path) -> None:
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    write_events(small, megabytes=1)
    lines = write_events(large, megabytes=50)
    assert os.path.getsize(large) > 50 * MEGABYTE

    first = import_watched(small)
    outcome = import_watched(large)

    assert (first.exit_code, outcome.exit_code) == (0, 0)
    assert outcome.counts["lines"] == lines
    assert outcome.peak_bytes < CEILING
    assert outcome.peak_bytes < first.peak_bytes + 100 * MEGABYTE
    assert market.ask("verify")["agrees"]
