"""The doctor refuses every server that could lose or damage what was confirmed, and says why."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.embedded.lease import acquire
from ledger.db.examining import examine
from ledger.db.revisions import needed_revision
from tests.app.cli.commands import Commands, write_lines
from tests.app.embedded.conftest import throw_away
from tests.store import Server

OPERATOR = {"reference": "OP", "kind": "OPERATOR", "name": "Operator"}


def failures(commands: Commands) -> dict[str, str]:
    result = commands.run("doctor", "--json")

    found = {finding["check"]: finding["sentence"] for finding in json.loads(result.stdout) if not finding["passed"]}
    assert result.exit_code == (3 if found else 0)
    return found


def test_a_sound_store_passes(commands: Commands) -> None:
    assert failures(commands) == {}
    assert f"ok    The schema is at revision {needed_revision()}." in commands.run("doctor").stdout


@pytest.fixture
async def unmigrated(server: Server) -> AsyncIterator[str]:
    async with server.lend_database(template="template0") as dsn:
        yield dsn


@pytest.fixture
async def forgetful(server: Server, fresh_database: str) -> str:
    """A database that answers a commit before it is on disk."""
    name = urlsplit(fresh_database).path.removeprefix("/")
    await server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return fresh_database


def test_a_store_without_a_schema_is_named_and_only_migrate_makes_one(unmigrated: str, tmp_path: Path) -> None:
    commands = Commands(unmigrated, tmp_path / "home")
    file = write_lines(tmp_path / "parties.jsonl", OPERATOR)
    revision = needed_revision()
    missing = f"The schema is not there yet, the program needs {revision}; run `splitbook migrate`."

    assert failures(commands) == {"schema": missing}
    refused = commands.run("import", "parties", file)
    assert (refused.exit_code, refused.stderr) == (3, missing + "\n")
    assert commands.ask("migrate") == {"before": None, "after": revision}
    assert commands.ask("migrate") == {"before": revision, "after": revision}
    assert failures(commands) == {}
    assert commands.run("import", "parties", file).exit_code == 0


def test_nothing_is_posted_where_a_confirmed_entry_could_be_lost(forgetful: str, tmp_path: Path) -> None:
    commands = Commands(forgetful, tmp_path / "home")

    found = failures(commands)
    refused = commands.run("import", "parties", write_lines(tmp_path / "parties.jsonl", OPERATOR))

    assert found == {
        "synchronous_commit": "synchronous_commit is off: an entry that was confirmed can be gone after a power cut. "
        "Turn it on for this server, database and login."
    }
    assert (refused.exit_code, refused.stderr) == (3, found["synchronous_commit"] + "\n")


def test_a_server_that_a_power_cut_can_damage_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with throw_away(home), acquire(home, parameters={"fsync": "off", "full_page_writes": "off"}):
        found = failures(Commands("", home))

    assert list(found) == ["fsync", "full_page_writes"]
    assert found["fsync"].startswith("fsync is off: a power cut can damage the whole database.")
    assert found["full_page_writes"].startswith("full_page_writes is off: a power cut in the middle of a write can")


def test_a_standby_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with throw_away(home):
        acquire(home).release()
        (home / "postgresql" / "standby.signal").touch()
        with acquire(home) as lease:
            found = failures(Commands(lease.dsn, tmp_path / "other"))

    assert found["standby"] == "The server is a standby and takes no writes; use its primary."


class Played:
    """A server of a version that nobody installs for a test."""

    def __init__(self, **row: Any) -> None:
        self.row = row

    async def fetchrow(self, statement: str, *arguments: Any) -> Any:
        return self.row

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        return needed_revision()


@pytest.mark.parametrize(
    ("number", "version", "encoding", "sentences"),
    [
        (150_014, "15.14", "UTF8", ["The server is PostgreSQL 15.14; Splitbook needs 16 or newer."]),
        (160_000, "16.0", "UTF8", []),
        (180_003, "18.3", "LATIN1", ["The database is in LATIN1; create one with ENCODING 'UTF8'."]),
    ],
)
async def test_an_old_server_and_another_encoding_are_refused(
    number: int, version: str, encoding: str, sentences: list[str]
) -> None:
    durable = dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "on")

    findings = await examine(Played(number=number, version=version, encoding=encoding, is_standby=False, **durable))

    assert [str(finding.remark) for finding in findings if not finding.passed] == sentences
