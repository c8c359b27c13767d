"""A store per journey."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.app.cli.commands import Commands


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sends the logs of its process to its own stderr; the process here has other tests to run."""
    configuration, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**configuration)
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def commands(fresh_database: str, tmp_path: Path) -> Commands:
    """Commands on a migrated, empty store."""
    return Commands(fresh_database, tmp_path / "home")
