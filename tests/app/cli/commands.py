"""Commands of the program on one store, in this process or as real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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

    def start(self, *words: object) -> "subprocess.Popen[str]":
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "app", *(str(word) for word in words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
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
