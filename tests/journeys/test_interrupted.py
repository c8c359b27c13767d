"""An import that is cut off leaves whole batches behind, says so, and the same command again completes it."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from app.embedded.lease import acquire
from app.importing import remote
from app.importing.batches import BATCH_LINES
from tests.app.cli.commands import Commands
from tests.app.embedded.conftest import throw_away
from tests.app.embedded.processes import server_pid
from tests.holding import hold, let_go, wait_until_held
from tests.journeys import imported, marketplaces
from tests.journeys.gateways import find_free_port, run_gateway, wait_until_ready
from tests.journeys.marketplaces import Files
from tests.waiting import HANGS_S

# Some are in the book by another transaction than the one that writes now.
SECOND_BATCH = {
    "writes": "INSERT ON order_event",
    "when": "EXISTS (SELECT FROM order_event WHERE xmin <> pg_current_xact_id()::xid)",
}
# Of these the gateway is killed at the second: some are there, and more than were under way are not.
REMOTE_LINES = 4 * remote.BATCH_LINES
INTERRUPTED = "Interrupted. What was committed stays; the same command again completes the rest.\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    written = write_files(tmp_path_factory.mktemp("made up"), Marketplace(orders=1_600, seed=4))
    return Files("demo", written.parties, written.fee_plans, written.events)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Commands]:
    with throw_away(tmp_path / "home") as home:
        yield Commands("", home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_the_same_import_completes_what_is_missing(
    commands: Commands, files: Files, number: signal.Signals
) -> None:
    dsn = commands.environment["SPLITBOOK_DATABASE_URL"]
    process = import_until_it_is_under_way(commands, files, dsn)

    process.send_signal(number)
    output, errors = process.communicate(timeout=HANGS_S)
    let_go(dsn)

    assert process.returncode == 130
    assert errors.endswith(INTERRUPTED)
    check_that_the_rest_is_completed(commands, files, done=read_recorded(output))


def test_after_its_database_was_killed_an_import_says_so_and_the_same_one_completes_it(
    embedded: Commands, files: Files
) -> None:
    with acquire(embedded.home) as lease:
        process = import_until_it_is_under_way(embedded, files, lease.dsn)
        pid = server_pid(embedded.home)
        assert pid is not None

        os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=HANGS_S)
    with acquire(embedded.home) as lease:
        let_go(lease.dsn)

    assert process.returncode == 3
    assert errors.splitlines()[-1] in (
        "The database cannot be reached; nothing was written. Try again. "
        "What was committed stays; the same command again completes the rest.",
        "The answer to the commit was lost; send the same request with the same keys to learn its outcome. "
        "What was committed stays; the same command again completes the rest.",
    )
    assert "Traceback" not in errors
    check_that_the_rest_is_completed(embedded, files, done=read_recorded(output))


def test_after_the_gateway_was_killed_an_import_says_so_and_completes_at_another(
    commands: Commands, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.client.FIRST_PAUSE_S", 0.05)
    for kind, path in files.steps[:-1]:
        assert commands.run("import", kind, path).exit_code == 0
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"".join(files.events.read_bytes().splitlines(keepends=True)[:REMOTE_LINES]))
    key = commands.run("key", "create", "--role", "operator").stdout.strip()

    with killed_when_it_has_written(commands) as url:
        lost = commands.run("import", "events", events, "--url", url, "--key", key)

    assert lost.exit_code == 4, (lost.stdout, lost.stderr)
    assert lost.stderr.startswith(f"The server at {url} cannot be reached any more: ")
    assert lost.stderr.endswith(" What was committed stays; the same command again completes the rest.\n")
    with run_gateway(commands) as url:
        again = commands.ask("import", "events", events, "--url", url, "--key", key)
    assert again["recorded"] + again["replayed"] == REMOTE_LINES
    assert again["replayed"] in (read_recorded(lost.stdout), read_recorded(lost.stdout) + remote.BATCH_LINES)
    assert 0 < again["replayed"] < REMOTE_LINES
    assert commands.ask("verify")["agrees"]


@contextmanager
def killed_when_it_has_written(commands: Commands) -> Iterator[str]:
    """A gateway that is killed as it is to write its second batch of events."""
    dsn = commands.environment["SPLITBOOK_DATABASE_URL"]
    port = find_free_port()
    commands.environment["PORT"] = str(port)
    process = commands.start("serve", "--no-demo")
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, process=process)
    hold(dsn, **SECOND_BATCH)

    def kill() -> None:
        wait_until_held(dsn)
        process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield url
    finally:
        killer.join()
        process.kill()
        process.communicate(timeout=HANGS_S)
        let_go(dsn)


def import_until_it_is_under_way(commands: Commands, files: Files, dsn: str) -> "subprocess.Popen[str]":
    """Import parties and plans, start with the events, and return once some are in the book and others are held."""
    for kind, path in files.steps[:-1]:
        assert commands.run("import", kind, path).exit_code == 0
    hold(dsn, **SECOND_BATCH)
    process = commands.start("import", "events", files.events)
    wait_until_held(dsn)
    return process


def read_recorded(output: str) -> int:
    counts = re.search(r"([\d,]+) lines: ([\d,]+) recorded, 0 already there, 0 refused", output)
    return int(counts[2].replace(",", "")) if counts else 0


def check_that_the_rest_is_completed(commands: Commands, files: Files, *, done: int) -> None:
    total = len(marketplaces.read_lines(files.events))
    assert commands.ask("verify")["agrees"]
    again = commands.ask("import", "events", files.events)

    assert again["recorded"] + again["replayed"] == total
    # The batch that was under way may be in the book as well: its answer came too late to be counted.
    assert again["replayed"] in (done, done + BATCH_LINES)
    assert 0 < again["replayed"] < total
    imported.check_book(commands, files)
