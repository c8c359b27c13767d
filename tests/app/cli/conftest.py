"""The program's commands, run in this process on a store of the test's own."""

from pathlib import Path

import pytest

from tests.app.cli.commands import Commands, commands, logs_as_before, write_lines
from tests.journeys.small_market import PARTIES

__all__ = ["commands", "logs_as_before"]


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    """Commands on a store that has the parties of the small market."""
    assert commands.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES)).exit_code == 0
    return commands
