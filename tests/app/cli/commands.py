"""Commands of the program on one store, in this process or as real ones, and the fixtures of tests that run them."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli.root import program

REPOSITORY = Path(__file__).parents[3]


class Commands:
    """Runs commands on one store: a database of its own, or the embedded one in `home` when `dsn` is empty."""

    def __init__(self, dsn: str, home: Path) -> None:
        self.home = home
        self.environment = {
            "SPLITBOOK_DATABASE_URL": dsn,
            "SPLITBOOK_HOME": str(home),
            "SPLITBOOK_KEY": "",
            "SPLITBOOK_SECRET": "",
            "SPLITBOOK_LANGUAGE": "en",
            "COLUMNS": "200",
        }

    def run(self, *words: object, stdin: bytes = b"") -> Result:
        """Run a command here, to its end."""
        return CliRunner().invoke(program, [str(word) for word in words], env=self.environment, input=stdin)

    def ask(self, *words: object) -> Any:
        """Run a command that prints one JSON value and must succeed."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, (result.stdout, result.stderr, result.exception)
        return json.loads(result.stdout)

    def start(
        self, *words: object, stdout: int | IO[bytes] = subprocess.PIPE, stderr: int | IO[bytes] = subprocess.PIPE
    ) -> "subprocess.Popen[str]":
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "app", *(str(word) for word in words)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )


def write_lines(path: Path, *lines: object) -> Path:
    """Write JSON Lines; a line that is bytes already is written as it is."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in raw))
    return path


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
