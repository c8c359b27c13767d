"""A made-up marketplace comes in by every way, and the book is the same to the cent."""

from pathlib import Path

import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from tests.app.cli.commands import Commands
from tests.journeys import imported
from tests.journeys.marketplaces import Files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    written = write_files(tmp_path_factory.mktemp("made up"), Marketplace(orders=500, seed=20))
    return Files("demo", written.parties, written.fee_plans, written.events)


def test_imported_twice_it_is_the_oracles_book_once(commands: Commands, files: Files) -> None:
    imported.import_twice(commands, files)


def test_imported_by_four_processes_at_once_it_is_the_same_book(commands: Commands, files: Files) -> None:
    imported.import_four_at_once(commands, files)


def test_imported_over_the_api_it_is_the_same_book(commands: Commands, files: Files) -> None:
    imported.import_over_the_api(commands, files)


def test_loaded_as_the_demo_it_is_the_same_book(commands: Commands, files: Files, tmp_path: Path) -> None:
    options = ("--orders", "500", "--seed", "20")

    first = commands.ask("demo", *options)
    again = commands.ask("demo", *options)
    written = commands.ask("demo", *options, "--write", tmp_path / "files")

    imported.check_book(commands, files)
    assert (first["recorded"], first["refused"]) == (again["replayed"], 0)
    assert Path(written["events"]).read_bytes() == files.events.read_bytes()
    assert Path(written["parties"]).read_bytes() == files.parties.read_bytes()


def test_loaded_under_another_name_it_stands_beside_the_first(commands: Commands) -> None:
    for platform in ("demo", "second"):
        assert commands.ask("demo", "--orders", "20", "--platform", platform)["refused"] == 0

    books = [commands.run("export", "balances", "--platform", platform).stdout for platform in ("demo", "second")]
    unnamed = commands.run("export", "balances")

    assert books[0] == books[1]
    assert books[0].count("\n") > 20
    assert (unnamed.exit_code, unnamed.stdout) == (2, "")
    assert unnamed.stderr == "The store has several platforms, choose one with --platform: demo, second.\n"
