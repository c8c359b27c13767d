"""Real processes around a home, and what they leave behind."""

import os
import pwd
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.embedded.binaries import find_binaries
from app.embedded.server import find_server
from tests.waiting import HANGS_S

HOLDER = Path(__file__).parent / "holder.py"
REPOSITORY = Path(__file__).parents[3]
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Account:
    """How to run a process as another user, where this is root."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def find_ordinary_user() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


class Holder:
    """One process of `holder.py`."""

    def __init__(
        self,
        home: Path,
        *,
        binaries: Path | None = None,
        code: Path = REPOSITORY,
        holder: Path = HOLDER,
        python: str = sys.executable,
        account: Account | None = None,
    ) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [str(word) for word in (python, holder, home, binaries) if word],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=code,
            **(account.options if account else {}),
        )
        assert self.read_line() == "begun"

    def read_line(self) -> str:
        """The next line of output: the DSN once the server is ready, or the sentence of an error."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> str:
        """Let the command come to its end; what it still said."""
        output, errors = self.process.communicate(timeout=HANGS_S)
        # On a busy machine a command may speak of its waiting; nothing else belongs there.
        assert [line for line in errors.splitlines() if "s so far" not in line] == []
        return output.strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def server_pid(home: Path) -> int | None:
    server = find_server(home / "postgresql")
    return server.pid if server else None


def ask(dsn: str, statement: str) -> str:
    """The one value that a statement returns, as text."""
    command = [find_binaries(None).program("psql"), "-X", "-A", "-t", "-c", statement, dsn]
    done: subprocess.CompletedProcess[str] = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
