"""Fee items and fee lines come from files, and where they differ from what is computed here goes to one."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway
from tests.journeys.small_market import PARTIES, PLAN, paid, succeeded

ITEM = {
    "code": "CLEANING",
    "name": "Cleaning",
    "direction": "CHARGE",
    "accounts": {"MERCHANT": "2010"},
    "contra": "4020",
    "tax": {"code": "VAT-6", "rate": "0.06"},
}


def fee(key: str, item: str, amount: str, **more: Any) -> dict[str, Any]:
    line = {"id": key, "party": "M", "settlementEntity": "LE", "item": item, "currency": "CNY", "amount": amount}
    return {**line, "occurredAt": "2025-03-05T00:00:00Z", **more}


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    for kind, content in (("parties", PARTIES), ("fee-plan", [PLAN]), ("events", [paid("O1"), succeeded("O1")])):
        result = commands.run("import", kind, write_lines(tmp_path / kind, *content))
        assert result.exit_code == 0, result.stderr
    return commands


def test_items_and_lines_are_imported_once(market: Commands, tmp_path: Path) -> None:
    items = write_lines(tmp_path / "items.json", {"items": [ITEM]})
    lines = write_lines(tmp_path / "fees.jsonl", fee("L1", "CLEANING", "10.60"), fee("L2", "CLEANING", "1.0a"))

    assert market.ask("import", "fee-items", items)["recorded"] == 1
    assert market.ask("import", "fee-items", items)["replayed"] == 1
    first = market.run("import", "fee-lines", lines, "--json")
    again = market.run("import", "fee-lines", lines, "--json")

    assert (first.exit_code, again.exit_code) == (1, 1)
    counts = [json.loads(run.stdout.splitlines()[-1]) for run in (first, again)]
    assert [(each["recorded"], each["replayed"], each["refused"]) for each in counts] == [(1, 0, 1), (0, 1, 1)]
    rows = [json.loads(line) for line in market.run("export", "balances", "--json").stdout.splitlines()]
    assert [row["credit"] for row in rows if row["account_code"] == "4020"] == [1_000]


def test_a_document_may_begin_with_a_byte_order_mark_and_not_as_a_file_of_another_kind(
    market: Commands, tmp_path: Path
) -> None:
    marked = tmp_path / "items.json"
    marked.write_bytes(b"\xef\xbb\xbf" + json.dumps({"items": [ITEM]}, indent=2).replace("\n", "\r\n").encode())
    packed = tmp_path / "items.json.gz"
    packed.write_bytes(gzip.compress(marked.read_bytes()))

    refused = market.run("import", "fee-items", packed)

    assert (refused.exit_code, refused.stderr) == (
        1,
        "line 1: The file is compressed with gzip: unpack it first. [INVALID_JSON]\n",
    )
    assert market.ask("import", "fee-items", marked)["recorded"] == 1


def test_a_bad_catalogue_is_refused_with_its_place(market: Commands, tmp_path: Path) -> None:
    items = write_lines(tmp_path / "items.json", {"items": [{**ITEM, "contra": "2000"}]})

    result = market.run("import", "fee-items", items)

    assert result.exit_code == 1
    assert "items.0.contra" in result.stderr


def test_differences_are_exported(market: Commands, tmp_path: Path) -> None:
    place = {"order": "O1", "line": "1", "sku": "S", "compareOnly": True}
    lines = [fee("C1", "GOODS", "100.00", **place), fee("C2", "COMMISSION", "7.00", **place)]
    lines.append(fee("C3", "PACKAGING", "1.00", **place))
    assert market.run("import", "fee-lines", write_lines(tmp_path / "fees", *lines)).exit_code == 0

    rows = list(csv.DictReader(market.run("export", "fee-differences").stdout.splitlines()))
    listed = [json.loads(line) for line in market.run("export", "fee-differences", "--json").stdout.splitlines()]

    merchants = [(row["item"], row["reason"], row["own"], row["submitted"]) for row in rows if row["party"] == "M"]
    assert merchants[0] == ("CHANNEL_FEE", "MISSING_SUBMITTED", "-60", "")
    assert ("COMMISSION", "AMOUNT_DIFFERS", "-800", "-700") in merchants
    assert ("PACKAGING", "MISSING_OWN", "", "-100") in merchants
    assert "GOODS" not in {row["item"] for row in rows}
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in listed] == rows


def test_the_help_of_differences_names_its_columns_in_their_order(market: Commands) -> None:
    (header,) = market.run("export", "fee-differences").stdout.splitlines()
    *named, _, _, _ = header.split(",")

    assert f"The columns are {', '.join(named)} (" in market.run("export", "fee-differences", "--help").stdout


def test_differences_of_a_period_may_tell_what_was_left_out(market: Commands) -> None:
    year = ("--paid-from", "2020-01-01", "--paid-to", "2100-01-01T00:00+08:00")
    key = market.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()

    nothing = market.run("export", "fee-differences", *year)
    rows = market.run("export", "fee-differences", *year, "--unmatched")
    with run_gateway(market) as url:
        remote = market.run("export", "fee-differences", *year, "--unmatched", "--url", url, "--key", key)
    refused = market.run("export", "fee-differences", "--unmatched")
    wrong = market.run("export", "fee-differences", "--paid-from", "May")
    before_time = market.run("export", "fee-differences", "--paid-from", "0001-01-01T00:00:00+14:00")

    assert len(nothing.stdout.splitlines()) == 1
    listed = list(csv.DictReader(rows.stdout.splitlines()))
    assert {row["reason"] for row in listed} == {"MISSING_SUBMITTED"}
    assert ("GOODS", "10000") in {(row["item"], row["own"]) for row in listed}
    assert remote.stdout == rows.stdout
    assert (refused.exit_code, wrong.exit_code, before_time.exit_code) == (1, 2, 2)
    assert "give paidFrom and paidTo" in refused.stderr
