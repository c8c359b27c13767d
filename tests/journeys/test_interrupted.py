"""An import that is cut off leaves whole batches behind, says so, and the same command again completes it."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from app.importing import remote
from app.importing.batches import BATCH_LINES
from tests.app.cli.commands import Commands
from tests.app.embedded.conftest import throw_away
from tests.app.embedded.processes import server_pid
from tests.journeys import imported, marketplaces
from tests.journeys.gateways import find_free_port, run_gateway, wait_until_ready
from tests.journeys.marketplaces import Files

INTERRUPTED = "Interrupted. What was committed stays; the same command again completes the rest.\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    written = write_files(tmp_path_factory.mktemp("made up"), Marketplace(orders=2_500, seed=4))
    return Files("demo", written.parties, written.fee_plans, written.events)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Commands]:
    with throw_away(tmp_path / "home") as home:
        yield Commands("", home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_the_same_import_completes_what_is_missing(
    commands: Commands, files: Files, number: signal.Signals
) -> None:
    process = import_until_it_is_under_way(commands, files)

    process.send_signal(number)
    output, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert errors.endswith(INTERRUPTED)
    check_that_the_rest_is_completed(commands, files, done=read_recorded(output))


def test_after_its_database_was_killed_an_import_says_so_and_the_same_one_completes_it(
    embedded: Commands, files: Files
) -> None:
    process = import_until_it_is_under_way(embedded, files)
    pid = server_pid(embedded.home)
    assert pid is not None

    os.kill(pid, signal.SIGKILL)
    output, errors = process.communicate(timeout=60)

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
    events.write_bytes(b"".join(files.events.read_bytes().splitlines(keepends=True)[: 8 * remote.BATCH_LINES]))
    key = commands.run("key", "create", "--role", "operator").stdout.strip()

    with killed_when_it_has_written(commands, key) as url:
        lost = commands.run("import", "events", events, "--url", url, "--key", key)

    assert lost.exit_code == 4, (lost.stdout, lost.stderr)
    assert lost.stderr.startswith(f"The server at {url} cannot be reached: ")
    assert lost.stderr.endswith(" What was committed stays; the same command again completes the rest.\n")
    with run_gateway(commands) as url:
        again = commands.ask("import", "events", events, "--url", url, "--key", key)
    assert again["recorded"] + again["replayed"] == 8 * remote.BATCH_LINES
    assert again["replayed"] in (read_recorded(lost.stdout), read_recorded(lost.stdout) + remote.BATCH_LINES)
    assert 0 < again["replayed"] < 8 * remote.BATCH_LINES
    assert commands.ask("verify")["agrees"]


@contextmanager
def killed_when_it_has_written(commands: Commands, key: str) -> Iterator[str]:
    """A gateway that is killed once the log has grown by what one batch of events writes."""
    port = find_free_port()
    commands.environment["PORT"] = str(port)
    process = commands.start("serve", "--no-demo")
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, process=process)
    before = read_sequence(url, key)
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set() and read_sequence(url, key) < before + remote.BATCH_LINES:
            time.sleep(0.02)
        process.kill()

    killer = threading.Thread(target=watch)
    killer.start()
    try:
        yield url
    finally:
        is_over.set()
        killer.join(timeout=60)
        process.kill()
        process.communicate(timeout=30)


def read_sequence(url: str, key: str) -> int:
    query = {"query": "{ platform { asOf { sequence } } }"}
    answer = httpx.post(f"{url}/graphql", json=query, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return int(answer.json()["data"]["platform"]["asOf"]["sequence"])


def import_until_it_is_under_way(commands: Commands, files: Files) -> "subprocess.Popen[str]":
    """Import parties and plans, start with the events, and return once some of them are in the book."""
    for kind, path in files.steps[:-1]:
        assert commands.run("import", kind, path).exit_code == 0
    process = commands.start("import", "events", files.events)
    while not commands.run("export", "entries").stdout:
        assert process.poll() is None
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
