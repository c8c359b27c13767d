"""What is exported is exact: a stranger can compute every hash of the journal from the file alone."""

import csv
import hashlib
import json
import os
import pty
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys.small_market import PARTIES, PLAN, merchant, paid, refunded, succeeded
from tests.waiting import HANGS_S

NAMES = ('=1+1,"quoted"', "商户 甲", "Ünïcode")


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    merchants = [merchant(name) for name in NAMES]
    orders = [f"O-{name}" for name in NAMES]
    lines = [paid(order)["lines"] for order in orders]
    sold = [
        paid(order, currency=currency, lines=[lines[0][0] | {"merchant": name, "goods": "100"}], amount="100")
        for order, name, currency in zip(orders, NAMES, ("CNY", "JPY", "KWD"), strict=True)
    ]
    events = [*sold, *(succeeded(order) for order in orders), refunded(orders[2], "33.333")]
    for kind, name, content in (
        ("parties", "parties.jsonl", [*PARTIES, *merchants]),
        ("fee-plan", "plan.json", [PLAN]),
        ("events", "events.jsonl", events),
    ):
        result = commands.run("import", kind, write_lines(tmp_path / name, *content))
        assert result.exit_code == 0, result.stderr
    return commands


def field(text: str) -> bytes:
    return len(text.encode()).to_bytes(4, "big") + text.encode()


def hash_entry(entry: dict[str, Any]) -> tuple[str, str]:
    """Compute fingerprint and content hash as the journal's encoding is written down."""
    said = ("source", "template", "description", "document", "documentLine", "cause", "metadata")
    draft = ["draft", entry["legalEntity"], entry["requestedDate"], *(entry[name] for name in said)]
    draft += [entry["reversalOf"] or "", str(len(entry["lines"]))]
    for line in entry["lines"]:
        draft += [line[name] for name in ("legalEntity", "accountCode", "party", "currency", "side", "amount")]
    fingerprint = hashlib.sha256(b"\x01" + b"".join(map(field, draft))).digest()
    posted = datetime.fromisoformat(entry["postedAt"]) - datetime(1970, 1, 1, tzinfo=UTC)
    microseconds = (posted.days * 86_400 + posted.seconds) * 10**6 + posted.microseconds
    place = [
        entry["platform"],
        entry["sequence"],
        str(microseconds),
        entry["businessDate"],
        entry["key"],
        entry["actor"],
    ]
    head = b"\x01" + b"".join(map(field, ["entry", *place]))
    return fingerprint.hex(), hashlib.sha256(head + (32).to_bytes(4, "big") + fingerprint).hexdigest()


def test_every_hash_follows_from_the_exported_line(market: Commands) -> None:
    entries = [json.loads(line) for line in market.run("export", "entries").stdout.splitlines()]

    assert len(entries) == 10  # capture, channel fee and split of three orders, and a refund
    assert [hash_entry(entry) for entry in entries] == [
        (entry["fingerprint"], entry["contentHash"]) for entry in entries
    ]
    sequences = [int(entry["sequence"]) for entry in entries]
    assert sequences == sorted(set(sequences))


@pytest.mark.parametrize("what", ["balances", "entries"])
def test_who_sends_an_export_to_a_file_sees_how_far_it_is(market: Commands, tmp_path: Path, what: str) -> None:
    market.environment["TERM"] = "xterm"
    shown = {}
    for name, target in (("file", tmp_path / "book"), ("pipe", None)):
        ours, theirs = pty.openpty()
        with open(target or os.devnull, "wb") as file, os.fdopen(theirs, "wb", buffering=0) as terminal:
            running = market.start("export", what, stdout=file if target else subprocess.PIPE, stderr=terminal)
        rows = running.communicate(timeout=HANGS_S)[0]
        shown[name] = read_terminal(ours)
        assert running.returncode == 0

    assert (tmp_path / "book").read_text() == rows
    assert ("Exporting" in shown["file"], shown["pipe"]) == (True, "")


def read_terminal(number: int) -> str:
    """What was drawn on a terminal that nobody draws on any more."""
    drawn = b""
    with os.fdopen(number, "rb", buffering=0) as terminal, suppress(OSError):  # it ends in an error of its own
        while more := terminal.read(4096):
            drawn += more
    return drawn.decode()


def test_balances_keep_every_reference_as_it_is(market: Commands, tmp_path: Path) -> None:
    text = market.run("export", "balances").stdout
    listed = [json.loads(line) for line in market.run("export", "balances", "--json").stdout.splitlines()]
    assert market.run("export", "balances", "-o", tmp_path / "book.csv").stdout == ""

    rows = list(csv.DictReader(text.splitlines()))
    assert (tmp_path / "book.csv").read_text() == text
    assert [{**row, "debit": int(row["debit"]), "credit": int(row["credit"])} for row in rows] == listed
    assert {row["party"] for row in rows if row["account_code"] == "2010"} == set(NAMES)
    for currency in ("CNY", "JPY", "KWD"):
        ours = [row for row in listed if row["currency"] == currency]
        assert sum(row["debit"] for row in ours) == sum(row["credit"] for row in ours) > 0
