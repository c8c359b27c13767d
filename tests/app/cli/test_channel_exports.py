"""Where payment channels' days and the book differ goes to a file, from the store and over the API."""

import csv
import json
from pathlib import Path

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway
from tests.journeys.small_market import PARTIES, PLAN, paid
from tests.ledger.charging.channel_days.files import Line, capture, make_file


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    for kind, content in (("parties", PARTIES), ("fee-plan", [PLAN]), ("events", [paid("O1"), paid("O2")])):
        result = commands.run("import", kind, write_lines(tmp_path / kind, *content))
        assert result.exit_code == 0, result.stderr
    tell(commands, tmp_path, "F1", "2025-02-01", capture("O1", "99.00", "0.60", channelTransaction="tx-O1"))
    tell(commands, tmp_path, "F2", "2025-02-02", capture("O3", "5.00"))
    return commands


def tell(commands: Commands, folder: Path, name: str, day: str, *records: Line) -> None:
    path = folder / f"{name}.jsonl"
    path.write_bytes(make_file(*records, day=day, name=name))
    assert commands.ask("payout", "files", path)["channel_days"] == 1


def test_differences_are_exported_the_newest_day_first(market: Commands) -> None:
    exported = market.run("export", "channel-differences").stdout
    rows = list(csv.DictReader(exported.splitlines()))
    listed = [json.loads(line) for line in market.run("export", "channel-differences", "--json").stdout.splitlines()]

    assert exported.splitlines()[:3] == [
        "day,channel,legal_entity,file,reason,kind,order,name,record,told,told_currency,booked,booked_currency",
        "2025-02-02,sandbox,LE,F2,BOOK_MISSING,CAPTURE,O3,t-O3,c-O3,500,CNY,,",
        "2025-02-01,sandbox,LE,F1,AMOUNT_DIFF,CAPTURE,O1,tx-O1,c-O1,9900,CNY,10000,CNY",
    ]
    assert [(row["reason"], row["told"], row["booked"]) for row in rows[2:]] == [("CHANNEL_MISSING", "", "10000")]
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in listed] == rows


def test_a_gateway_exports_the_same_to_whoever_sees_all_of_it(market: Commands) -> None:
    operator = market.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()
    auditor = market.run("key", "create", "--role", "auditor", "--name", "bob").stdout.strip()
    party = market.run("key", "create", "--role", "party", "--party", "M", "--name", "m").stdout.strip()
    asked = ("export", "channel-differences", "--from", "2025-02-01", "--through", "2025-02-01")

    with run_gateway(market) as url:
        all_days, auditors, lines = (
            market.run(*words, "--url", url, "--key", key)
            for words, key in ((asked[:2], operator), (asked, auditor), ((*asked, "--json"), operator))
        )
        refused = market.run(*asked, "--url", url, "--key", party)
        unheard = market.run(*asked[:2], "--channel", "other", "--url", url, "--key", operator)

    assert all_days.stdout == market.run(*asked[:2]).stdout
    assert auditors.stdout == market.run(*asked).stdout
    assert lines.stdout == market.run(*asked, "--json").stdout
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "sees a part of the book only" in refused.stderr
    here = market.run(*asked[:2], "--channel", "other")
    assert (unheard.exit_code, unheard.stdout, unheard.stderr) == (1, "", here.stderr)


def test_days_are_chosen_by_channel_and_by_bounds(market: Commands) -> None:
    def count(*words: str) -> int:
        return len(market.run("export", "channel-differences", *words).stdout.splitlines()) - 1

    unheard = market.run("export", "channel-differences", "--channel", "other")
    assert (unheard.exit_code, unheard.stdout) == (1, "")
    assert "Payment channel other has told of no day here" in unheard.stderr
    assert count("--channel", "sandbox") == 3
    assert [count("--from", "2025-02-02"), count("--through", "2025-02-01")] == [1, 2]
    turned = market.run("export", "channel-differences", "--from", "2025-02-02", "--through", "2025-02-01")
    assert (turned.exit_code, turned.stdout) == (1, "")
    assert "From 2025-02-02 to 2025-02-01 there is nothing." in turned.stderr
    wrong = market.run("export", "channel-differences", "--from", "May")
    assert (wrong.exit_code, "a day is written as 2026-01-31" in wrong.stderr) == (2, True)
