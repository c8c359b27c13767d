"""A marketplace as files, what its book must be, and the ways in which the files can be imported."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.app.cli.commands import Commands
from tests.olist import find_olist
from tests.oracle.charging_oracle import AccountKey, ExpectedBook, expected_book

Posted = tuple[str, str, tuple[tuple[str, str, int, int], ...]]  # template, line, and per account its two sums


class Files(NamedTuple):
    """What a platform brings along."""

    platform: str
    parties: Path
    fee_plans: list[Path]
    events: Path

    @property
    def steps(self) -> list[tuple[str, Path]]:
        """Kinds and files in the order in which they are imported."""
        return [("parties", self.parties), *(("fee-plan", plan) for plan in self.fee_plans), ("events", self.events)]

    def work_out(self) -> ExpectedBook:
        """Ask the oracle, which shares no code with the ledger."""
        plans = [json.loads(plan.read_text("utf-8")) for plan in self.fee_plans]
        return expected_book(read_lines(self.parties), plans, read_lines(self.events))


def find_olist_files() -> Files:
    """The real marketplace; without its data the test is skipped."""
    folder = find_olist()
    return Files("OP", folder / "parties.jsonl", [folder / "fee_plan.json"], folder / "events.jsonl")


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def import_once(commands: Commands, files: Files, *options: str) -> list[dict[str, Any]]:
    """Import everything here; the counts of each file."""
    return [commands.ask("import", kind, path, *options) for kind, path in files.steps]


def import_in_four_processes(commands: Commands, files: Files, *options: str) -> None:
    """Import everything by four processes at once, each with the whole file."""
    for kind, path in files.steps:
        if kind == "fee-plan":  # one statement each; what four of them do to each other, events do a thousand times
            commands.ask("import", kind, path, *options)
            continue
        processes = [commands.start("import", kind, path, *options) for _ in range(4)]
        for process in processes:
            output, errors = process.communicate(timeout=120)
            assert (process.returncode, errors) == (0, ""), output


def read_balances(text: str) -> dict[AccountKey, tuple[int, int]]:
    """The book that an export says, by place."""
    columns = ["legal_entity", "account_code", "party", "currency", "debit", "credit"]
    header, *rows = csv.reader(text.splitlines())
    assert header == columns
    book = {(row[0], row[1], row[2], row[3]): (int(row[4]), int(row[5])) for row in rows}
    assert len(book) == len(rows)
    assert rows == sorted(rows, key=lambda row: [text.encode() for text in row[:4]])
    return book


def read_orders(text: str) -> dict[str, list[Posted]]:
    """The entries of each order that an export says, in a fixed order."""
    orders: dict[str, list[Posted]] = defaultdict(list)
    for entry in map(json.loads, text.splitlines()):
        sides: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for line in entry["lines"]:
            sides[line["accountCode"], line["party"]][line["side"] == "C"] += int(line["amount"])
        orders[entry["document"].removeprefix("order/")].append(
            (entry["template"], entry["documentLine"], _sort(sides.items()))
        )
    return {order: sorted(entries) for order, entries in orders.items()}


def expect_orders(book: ExpectedBook) -> dict[str, list[Posted]]:
    """The same from the oracle."""
    return {
        order: sorted((entry.template, entry.line, _sort(entry.sides.items())) for entry in entries)
        for order, entries in book.orders.items()
    }


def _sort(sides: Iterable[tuple[tuple[str, str], Iterable[int]]]) -> tuple[tuple[str, str, int, int], ...]:
    return tuple(sorted((*place, *sums) for place, sums in sides))  # type: ignore[arg-type]
