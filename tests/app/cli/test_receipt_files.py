"""Receipts come from files, into the store or over the API, and each once whichever way it came."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway
from tests.journeys.small_market import PARTIES


def receipt(reference: str, amount: str, **more: Any) -> dict[str, Any]:
    line = {"reference": reference, "legalEntity": "LE", "bankAccount": "BOC-1", "currency": "CNY", "amount": amount}
    return {**line, "valueDate": "2025-03-05", **more}


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    result = commands.run("import", "parties", write_lines(tmp_path / "parties", *PARTIES))
    assert result.exit_code == 0, result.stderr
    return commands


def unidentified(market: Commands) -> list[int]:
    rows = [json.loads(line) for line in market.run("export", "balances", "--json").stdout.splitlines()]
    return [row["credit"] for row in rows if row["account_code"] == "2210"]


def test_receipts_are_imported_once_and_a_bad_line_stops_nobody(market: Commands, tmp_path: Path) -> None:
    lines = write_lines(
        tmp_path / "receipts.jsonl",
        receipt("R1", "70.0", payer="王芳", reason="No name on it.", owner="li"),
        receipt("R2", "1.001"),
        receipt("R3", "60", legalEntity="NOBODY"),
        receipt("R4", "60"),
    )

    first = market.run("import", "receipts", lines, "--json")
    again = market.run("import", "receipts", lines, "--json")
    other = market.run("import", "receipts", write_lines(tmp_path / "other", receipt("R4", "61")))

    assert (first.exit_code, again.exit_code, other.exit_code) == (1, 1, 1)
    counts = [json.loads(run.stdout.splitlines()[-1]) for run in (first, again)]
    assert [(each["recorded"], each["replayed"], each["refused"]) for each in counts] == [(2, 0, 2), (0, 2, 2)]
    assert "RECEIPT_CONFLICT" in other.stderr
    assert unidentified(market) == [13_000]
    assert market.run("verify").exit_code == 0


def test_what_came_from_a_file_is_a_replay_over_the_api(market: Commands, tmp_path: Path) -> None:
    lines = [receipt(f"R{number}", "0.5", payer="x") for number in range(120)]
    stored = write_lines(tmp_path / "stored", *lines[:3])
    everything = write_lines(tmp_path / "everything", *lines)
    assert market.run("import", "receipts", stored).exit_code == 0
    key = market.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()

    with run_gateway(market) as url:
        remote = market.run("import", "receipts", everything, "--url", url, "--key", key, "--json")
        bad = market.run(
            "import", "receipts", write_lines(tmp_path / "bad", receipt("B1", "1.001")), "--url", url, "--key", key
        )
    after = market.ask("import", "receipts", everything)

    assert (remote.exit_code, bad.exit_code) == (0, 1)
    counts = json.loads(remote.stdout.splitlines()[-1])
    assert (counts["recorded"], counts["replayed"], counts["refused"]) == (117, 3, 0)
    assert "AMOUNT_TOO_PRECISE" in bad.stderr
    assert (after["recorded"], after["replayed"]) == (0, 120)
    assert unidentified(market) == [6_000]


def test_a_file_that_is_not_there_is_a_wrong_command(market: Commands, tmp_path: Path) -> None:
    assert market.run("import", "receipts", str(tmp_path / "nothing")).exit_code == 2
