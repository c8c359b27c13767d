"""The demo as files."""

import re
from pathlib import Path

import pytest

from app.cli import progress
from tests.app.cli.commands import Commands


def test_who_writes_a_large_marketplace_is_told_how_far_it_is(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    words = ("demo", "--orders", "300", "--write", tmp_path / "files")

    told = commands.run(*words, "--progress")
    quiet = commands.run(*words)

    assert (told.exit_code, quiet.exit_code, quiet.stderr) == (0, 0, "")
    assert re.match(r"Writing the demo: 500 lines, [\d,]+/s, \d\d %, \d+ s left\n", told.stderr)
    assert told.stdout == quiet.stdout
