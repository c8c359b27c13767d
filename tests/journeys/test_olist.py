"""The real marketplace data, where it lies beside the repository, comes in by every way."""

import pytest

from tests.app.cli.commands import Commands
from tests.journeys import imported
from tests.journeys.marketplaces import Files, find_olist_files


@pytest.fixture(scope="module")
def files() -> Files:
    return find_olist_files()


def test_imported_twice_it_is_the_oracles_book_once(commands: Commands, files: Files) -> None:
    imported.import_twice(commands, files)


def test_imported_by_four_processes_at_once_it_is_the_same_book(commands: Commands, files: Files) -> None:
    imported.import_four_at_once(commands, files)


def test_imported_over_the_api_it_is_the_same_book(commands: Commands, files: Files) -> None:
    imported.import_over_the_api(commands, files)
