"""Sheets are closed, previewed and worked on from the command line."""

import json
from pathlib import Path

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.small_market import PARTIES, PLAN, paid, succeeded


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    for words in (
        ("parties", write_lines(tmp_path / "parties.jsonl", *PARTIES)),
        ("fee-plan", tmp_path / "plan.json"),
        ("events", write_lines(tmp_path / "events.jsonl", paid("O1", referrer="D"), succeeded("O1"))),
    ):
        result = commands.run("import", *words)
        assert result.exit_code == 0, result.stderr
    return commands


def read(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_preview_names_every_sheet_with_its_total_and_a_run_closes_them(market: Commands):
    now = ("--now", "2027-01-01T00:00:00Z")
    preview = read(market.run("close", "--preview", "--json", *now).stdout)
    again = read(market.run("close", "--preview", "--json", *now).stdout)

    assert preview == again
    assert {str(sheet["role"]) for sheet in preview if sheet["lines"]} >= {"MERCHANT", "DISTRIBUTOR"}

    done = market.ask("close", "--progress", *now)
    assert done["failed"] == 0
    assert done["sheets.close closed"] == len(preview)
    assert read(market.run("close", "--preview", "--json", *now).stdout) == []
    assert "0 sheets would close; nothing was written." in market.run("close", "--preview", *now).stdout


def test_a_worker_that_finds_nothing_says_so(market: Commands):
    now = ("--now", "2027-01-01T00:00:00Z")
    first = market.run("worker", "--once", *now)
    second = market.run("worker", "--once", *now)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "sheets.close closed" in first.stdout
    assert second.stdout == "0 jobs (nothing was due).\n"


@pytest.mark.parametrize(
    "instant",
    ["2027-01-01", "2027-01-01T00:00:00", "tomorrow", "", "0001-01-01T00:00:00+14:00", "2999-01-01T00:00:00Z"],
)
def test_an_instant_has_its_zone_and_is_not_years_ahead(market: Commands, instant: str):
    for command in (("worker", "--once"), ("close",)):
        result = market.run(*command, "--now", instant)
        assert result.exit_code == 2
