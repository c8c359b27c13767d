"""A store is kept by PostgreSQL's own programs while it is at work, and goes on elsewhere from what was kept."""

import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.embedded.binaries import find_binaries
from tests.app.cli.commands import Commands
from tests.journeys.gateways import run_gateway
from tests.journeys.settled_bank import fetch, run_on
from tests.store import Server
from tests.waiting import HANGS_S

# A year of sheets is closed.
SETTLE = ("worker", "--once", "--now", "2026-03-01T00:00:00Z")


@pytest.fixture(params=["fresh_database", "fresh_database_16"])
def at_work(request: pytest.FixtureRequest, tmp_path: Path) -> Commands:
    """Commands on the store that is kept; also of the oldest server, so that it moves to the newest."""
    return Commands(request.getfixturevalue(request.param), tmp_path / "home")


@pytest.fixture
async def elsewhere(server: Server) -> AsyncIterator[str]:
    """A database with nothing in it; roles belong to the server, and the first database brought them."""
    async with server.lend_database(), server.lend_database(template="template0") as dsn:
        yield dsn


def test_a_store_that_is_kept_while_it_is_at_work_goes_on_elsewhere_as_the_same_book(
    at_work: Commands, elsewhere: str, tmp_path: Path
) -> None:
    dsn, kept = at_work.environment["SPLITBOOK_DATABASE_URL"], tmp_path / "splitbook.dump"
    assert at_work.ask("demo", "--orders", "150", "--seed", "7")["refused"] == 0
    key = at_work.run("key", "create", "--role", "operator", "--name", "everything").stdout.strip()
    settling = at_work.start(*SETTLE)
    wait_for_closed_sheets(at_work)
    run_program("pg_dump", "--format=custom", f"--file={kept}", dsn)
    _, said = settling.communicate()
    assert settling.returncode == 0, said

    run_program("pg_restore", "--exit-on-error", f"--dbname={elsewhere}", kept)

    # Keys are hashed with the secret, which is in the home.
    restored = Commands(elsewhere, at_work.home)
    begun, ended = restored.ask("verify"), at_work.ask("verify")
    assert (begun["agrees"], ended["agrees"]) == (True, True)
    assert 0 < begun["sequence"] < ended["sequence"]
    # The time passes that the worker had for its job.
    run_on(restored, "UPDATE job SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")
    restored.ask(*SETTLE)
    assert restored.ask("verify")["agrees"]
    with run_gateway(restored) as url:
        balances = restored.run("export", "balances", "--url", url, "--key", key).stdout
    assert balances == at_work.run("export", "balances").stdout


def run_program(name: str, *words: object) -> None:
    command = [find_binaries(None).program(name), *map(str, words)]
    subprocess.run(command, check=True, capture_output=True, text=True)


def wait_for_closed_sheets(store: Commands) -> None:
    give_up_at = time.monotonic() + HANGS_S
    while not fetch(store, "SELECT FROM sheet WHERE status <> 'OPEN' LIMIT 1"):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
